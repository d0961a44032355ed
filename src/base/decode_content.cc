// Content-Encoding: one small stream adapter per library, one loop that grows the output up to the
// limit.
#include <brotli/decode.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <memory>

#include "base/compress.h"

namespace tripod::base {
namespace {

enum class Step : uint8_t {
  kMore,     // made progress, or needs room
  kStarved,  // took all input and wants more
  kEnd,      // the stream ended
  kDamaged,
  kTooLarge,  // the stream asks for a window past what we give
};

struct Io {
  const uint8_t* in;
  size_t in_left;
  uint8_t* out;
  size_t out_left;
};

// zlib in one of its three framings.
class ZlibStream {
 public:
  // `window_bits` as inflateInit2 takes it: 31 gzip, 15 zlib, -15 bare deflate.
  explicit ZlibStream(int window_bits) : gzip_(window_bits > 15) {
    TRIPOD_CHECK(inflateInit2(&stream_, window_bits) == Z_OK);
  }
  ZlibStream(const ZlibStream&) = delete;
  ZlibStream& operator=(const ZlibStream&) = delete;
  ~ZlibStream() { inflateEnd(&stream_); }

  Step step(Io& io) {
    // avail_* are 32 bits wide: at most 1 GiB goes into one call.
    constexpr size_t kMost = 1u << 30;
    const auto in = static_cast<uInt>(std::min(io.in_left, kMost));
    const auto out = static_cast<uInt>(std::min(io.out_left, kMost));
    stream_.next_in = const_cast<Bytef*>(io.in);
    stream_.avail_in = in;
    stream_.next_out = io.out;
    stream_.avail_out = out;
    const int answer = inflate(&stream_, Z_NO_FLUSH);
    io.in += in - stream_.avail_in;
    io.in_left -= in - stream_.avail_in;
    io.out += out - stream_.avail_out;
    io.out_left -= out - stream_.avail_out;
    if (answer == Z_STREAM_END) return next_member(io);
    if (answer == Z_OK) return Step::kMore;
    if (answer == Z_BUF_ERROR)
      return io.in_left == 0 && io.out_left != 0 ? Step::kStarved : Step::kMore;
    return Step::kDamaged;
  }

 private:
  Step next_member(const Io& io) {
    if (!gzip_ || io.in_left == 0) return Step::kEnd;
    return inflateReset(&stream_) == Z_OK ? Step::kMore : Step::kDamaged;
  }

  const bool gzip_;
  z_stream stream_{};
};

class BrotliStream {
 public:
  BrotliStream() : state_(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {
    TRIPOD_CHECK(state_ != nullptr);
  }
  Step step(Io& io) {
    const auto answer = BrotliDecoderDecompressStream(state_.get(), &io.in_left, &io.in,
                                                      &io.out_left, &io.out, nullptr);
    switch (answer) {
      case BROTLI_DECODER_RESULT_SUCCESS:
        return Step::kEnd;
      case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
        return Step::kStarved;
      case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
        return Step::kMore;
      case BROTLI_DECODER_RESULT_ERROR:
        break;
    }
    return Step::kDamaged;
  }

 private:
  struct Free {
    void operator()(BrotliDecoderState* state) const { BrotliDecoderDestroyInstance(state); }
  };
  const std::unique_ptr<BrotliDecoderState, Free> state_;
};

class ZstdStream {
 public:
  ZstdStream() : context_(ZSTD_createDCtx()) {
    TRIPOD_CHECK(context_ != nullptr);
    // RFC 9659: a window above 8 MiB is not for HTTP; it would let 20 bytes ask for 128 MiB.
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, 23);
  }
  Step step(Io& io) {
    ZSTD_inBuffer in{io.in, io.in_left, 0};
    ZSTD_outBuffer out{io.out, io.out_left, 0};
    const size_t answer = ZSTD_decompressStream(context_.get(), &out, &in);
    io.in += in.pos;
    io.in_left -= in.pos;
    io.out += out.pos;
    io.out_left -= out.pos;
    if (ZSTD_isError(answer)) {
      const bool window = ZSTD_getErrorCode(answer) == ZSTD_error_frameParameter_windowTooLarge;
      return window ? Step::kTooLarge : Step::kDamaged;
    }
    if (answer == 0) return io.in_left == 0 ? Step::kEnd : Step::kMore;  // more: the next frame
    return io.in_left == 0 && io.out_left != 0 ? Step::kStarved : Step::kMore;
  }

 private:
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  const std::unique_ptr<ZSTD_DCtx, Free> context_;
};

std::unexpected<Error> damaged(std::string_view encoding, std::string_view what) {
  return fail(Code::kInvalidArgument,
              "content-encoding " + std::string(encoding) + ": " + std::string(what));
}

std::unexpected<Error> too_large(std::string_view encoding, size_t max_bytes) {
  return fail(Code::kTooLarge, "content-encoding " + std::string(encoding) + ": more than " +
                                   std::to_string(max_bytes) + " bytes");
}

// Runs `stream` over `body`. The output doubles until it holds all, or until it is full at
// `max_bytes`; a single spare byte then tells a stream that ends there from one that goes on.
template <class Stream>
Result<std::string> run(Stream& stream, std::string_view encoding, std::string_view body,
                        size_t max_bytes) {
  std::string out;
  uint8_t spare = 0;
  Io io{reinterpret_cast<const uint8_t*>(body.data()), body.size(), nullptr, 0};
  size_t filled = 0;
  for (;;) {
    if (filled == out.size() && filled < max_bytes) {
      const size_t wish = out.empty() ? std::max<size_t>(body.size() * 4, 4096) : out.size() * 2;
      out.resize(std::min(wish, max_bytes));
    }
    const bool full = filled == out.size();
    io.out = full ? &spare : reinterpret_cast<uint8_t*>(out.data()) + filled;
    io.out_left = full ? 1 : out.size() - filled;
    const size_t room = io.out_left;
    const Step step = stream.step(io);
    const size_t made = room - io.out_left;
    if (full && made != 0) return too_large(encoding, max_bytes);
    filled += made;
    switch (step) {
      case Step::kMore:
        break;
      case Step::kStarved:
        return damaged(encoding, "the body is cut off");
      case Step::kDamaged:
        return damaged(encoding, "the body is damaged");
      case Step::kTooLarge:
        return fail(Code::kTooLarge, "content-encoding zstd: window over 8 MiB (RFC 9659)");
      case Step::kEnd:
        if (io.in_left != 0) return damaged(encoding, "bytes after the end of the stream");
        out.resize(filled);
        return out;
    }
  }
}

Result<std::string> inflate_deflate(std::string_view body, size_t max_bytes) {
  // RFC 9110 means the zlib format; a body without its header (RFC 1950, 2.2) is bare deflate.
  bool zlib = false;
  if (body.size() >= 2) {
    const auto first = static_cast<uint8_t>(body[0]);
    const auto second = static_cast<uint8_t>(body[1]);
    zlib = (first & 15) == 8 && (first * 256 + second) % 31 == 0;
  }
  ZlibStream stream(zlib ? 15 : -15);
  return run(stream, "deflate", body, max_bytes);
}

Result<std::string> uncompress_snappy(std::string_view body, size_t max_bytes) {
  size_t size = 0;
  if (!snappy::GetUncompressedLength(body.data(), body.size(), &size)) {
    return damaged("snappy", "the body is damaged");
  }
  if (size > max_bytes) return too_large("snappy", max_bytes);
  // Three bytes make at most 64: a claim beyond that is not worth an allocation.
  if (size / 22 > body.size()) return damaged("snappy", "the body is cut off");
  std::string out(size, '\0');
  if (!snappy::RawUncompress(body.data(), body.size(), out.data())) {
    return damaged("snappy", "the body is damaged");
  }
  return out;
}

bool same_name(std::string_view encoding, std::string_view name) {
  return std::ranges::equal(encoding, name, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
  });
}

}  // namespace

Result<std::string> decode_content(std::string_view encoding, std::string_view body,
                                   size_t max_bytes) {
  if (encoding.empty() || same_name(encoding, "identity")) {
    if (body.size() > max_bytes) return too_large("identity", max_bytes);
    return std::string(body);
  }
  if (same_name(encoding, "gzip") || same_name(encoding, "x-gzip")) {
    ZlibStream stream(31);
    return run(stream, "gzip", body, max_bytes);
  }
  if (same_name(encoding, "deflate")) return inflate_deflate(body, max_bytes);
  if (same_name(encoding, "br")) {
    BrotliStream stream;
    return run(stream, "br", body, max_bytes);
  }
  if (same_name(encoding, "zstd")) {
    ZstdStream stream;
    return run(stream, "zstd", body, max_bytes);
  }
  if (same_name(encoding, "snappy")) return uncompress_snappy(body, max_bytes);
  constexpr size_t kShown = 32;
  return fail(Code::kUnsupported, "content-encoding \"" + std::string(encoding.substr(0, kShown)) +
                                      "\" (supported: identity, gzip, deflate, br, zstd, snappy)");
}

}  // namespace tripod::base
