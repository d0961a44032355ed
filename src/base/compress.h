// Compression: zstd for our own blocks, and every Content-Encoding that senders use, each within a
// byte limit.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tripod::base {

// One zstd frame (RFC 8878) that states its content size. `level` is 1 (fast) to 19 (small).
// Thread-safe.
std::string zstd_compress(std::string_view bytes, int level);
// One frame as zstd_compress() made it. kTooLarge when the content would exceed `max_bytes`
// (nothing that large is allocated), kDataLoss when the frame is damaged, cut off or does not state
// its size. Thread-safe.
Result<std::string> zstd_decompress(std::string_view frame, size_t max_bytes);

// Undoes one HTTP Content-Encoding: "" and "identity", "gzip" and "x-gzip" (RFC 1952, several
// members too), "deflate" (RFC 1950, and the bare RFC 1951 that some clients send), "br" (RFC
// 7932), "zstd" (RFC 8878, windows up to the 8 MiB of RFC 9659), "snappy" (one raw block, as
// Prometheus remote write and Loki send it). Names in any case. The result is never larger than
// `max_bytes`: decompression stops there with kTooLarge. kInvalidArgument names the encoding when
// the input is damaged, cut off or followed by something else; kUnsupported for other encodings.
// Thread-safe.
Result<std::string> decode_content(std::string_view encoding, std::string_view body,
                                   size_t max_bytes);

}  // namespace tripod::base
