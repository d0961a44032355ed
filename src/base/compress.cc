#include "base/compress.h"

#include <zstd.h>

#include <memory>

namespace tripod::base {
namespace {

struct FreeZstd {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// A context costs several hundred kB to set up, blocks come by the thousand: each thread keeps one
// of each.
ZSTD_CCtx* compressor() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeZstd> context(ZSTD_createCCtx());
  TRIPOD_CHECK(context != nullptr);
  return context.get();
}

ZSTD_DCtx* decompressor() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeZstd> context(ZSTD_createDCtx());
  TRIPOD_CHECK(context != nullptr);
  return context.get();
}

}  // namespace

std::string zstd_compress(std::string_view bytes, int level) {
  std::string out;
  size_t error = 0;
  out.resize_and_overwrite(ZSTD_compressBound(bytes.size()), [&](char* to, size_t room) {
    const size_t n = ZSTD_compressCCtx(compressor(), to, room, bytes.data(), bytes.size(), level);
    error = ZSTD_isError(n) ? n : 0;
    return ZSTD_isError(n) ? size_t{0} : n;
  });
  // With room for the bound only a lack of memory is left as a reason.
  TRIPOD_CHECK(!ZSTD_isError(error));
  return out;
}

Result<std::string> zstd_decompress(std::string_view frame, size_t max_bytes) {
  const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
    return fail(Code::kDataLoss, "zstd: not a frame with a content size");
  }
  if (size > max_bytes) {
    return fail(Code::kTooLarge, "zstd: content of " + std::to_string(size) + " bytes, limit " +
                                     std::to_string(max_bytes));
  }
  std::string out;
  size_t got = 0;
  out.resize_and_overwrite(static_cast<size_t>(size), [&](char* to, size_t room) {
    got = ZSTD_decompressDCtx(decompressor(), to, room, frame.data(), frame.size());
    return ZSTD_isError(got) ? size_t{0} : got;
  });
  if (ZSTD_isError(got)) {
    return fail(Code::kDataLoss, std::string("zstd: ") + ZSTD_getErrorName(got));
  }
  return out;
}

}  // namespace tripod::base
