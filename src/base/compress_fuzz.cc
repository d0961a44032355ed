// Any body under any Content-Encoding (chosen by the first byte): no crash, and never more than the
// limit.
#include <cstdint>
#include <iterator>
#include <string_view>

#include "base/compress.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod::base;
  constexpr const char* kEncodings[] = {"gzip", "deflate", "br", "zstd", "snappy", "identity"};
  constexpr size_t kLimit = 1 << 16;
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto got = decode_content(kEncodings[data[0] % std::size(kEncodings)], body, kLimit);
  TRIPOD_CHECK(!got || got->size() <= kLimit);
  const auto block = zstd_decompress(body, kLimit);
  TRIPOD_CHECK(!block || block->size() <= kLimit);
  return 0;
}
