// One block of the spool: header, zstd of the frames, each with its checksum.
#include <cstring>

#include "base/compress.h"
#include "base/hash.h"
#include "base/hex.h"
#include "ship/spool.h"

namespace tripod::ship {

using base::Code;
using base::Result;

namespace {

constexpr std::string_view kMagic = "TripodS1";
constexpr int kLevel = 1;
constexpr size_t kMostBodyBytes = 256u << 20;
constexpr size_t kIdBytes = 16;

void put(std::string& out, uint64_t value) {
  for (int i = 0; i < 8; ++i) out += static_cast<char>(value >> (8 * i));
}

uint64_t get(std::string_view bytes, size_t at) {
  uint64_t value = 0;
  for (int i = 7; i >= 0; --i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<size_t>(i)]);
  return value;
}

}  // namespace

// magic 8 | id 16 | records 8 | lines 8 | bytes of the body 8 | its hash 8 | hash of the above 8 |
// body
std::string encode_block(const Batch& batch) {
  const std::string body = base::zstd_compress(batch.body, kLevel);
  std::string out(kMagic);
  out += base::from_hex(batch.id).value_or(std::string(kIdBytes, '\0'));
  put(out, batch.records);
  put(out, batch.lines);
  put(out, body.size());
  put(out, base::hash64(body));
  put(out, base::hash64(out));
  TRIPOD_CHECK(out.size() == kBlockHeaderBytes);
  return out + body;
}

Result<BlockHeader> decode_block_header(std::string_view bytes) {
  const bool whole =
      bytes.size() >= kBlockHeaderBytes && bytes.starts_with(kMagic) &&
      get(bytes, kBlockHeaderBytes - 8) == base::hash64(bytes.substr(0, kBlockHeaderBytes - 8));
  const uint64_t body = whole ? get(bytes, 40) : 0;
  if (!whole || body > kMostBodyBytes)
    return base::fail(Code::kDataLoss, "a block's header is damaged or cut off");
  return BlockHeader{.size = kBlockHeaderBytes + body, .lines = get(bytes, 32)};
}

Result<Batch> decode_block(std::string_view bytes) {
  auto header = decode_block_header(bytes);
  if (!header) return base::fail(std::move(header.error()));
  const std::string_view body = bytes.substr(kBlockHeaderBytes);
  if (bytes.size() != header->size || base::hash64(body) != get(bytes, 48)) {
    return base::fail(Code::kDataLoss, "a block's body is damaged or cut off");
  }
  auto frames = base::zstd_decompress(body, kMostBodyBytes);
  if (!frames) return base::fail(std::move(frames.error()));
  Batch out;
  out.id = base::to_hex(bytes.substr(kMagic.size(), kIdBytes));
  out.records = get(bytes, 24);
  out.lines = header->lines;
  out.body = std::move(*frames);
  return out;
}

}  // namespace tripod::ship
