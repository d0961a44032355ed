#include "store/metrics/block_format.h"

#include <algorithm>
#include <charconv>

#include "base/hash.h"
#include "base/hex.h"
#include "store/metrics/varint.h"

namespace tripod::store::metrics {

using base::Code;
using base::fail;
using base::Result;

namespace {

bool is_known(uint32_t version) { return version >= 1 && version <= kBlockVersion; }

}  // namespace

std::string encode_block_meta(const BlockMeta& meta) {
  std::string out(kMetaMagic);
  put_fixed(out, kBlockVersion);
  put_varint(out, meta.id);
  put_signed(out, meta.min_time);
  put_signed(out, meta.max_time);
  put_varint(out, meta.series);
  put_varint(out, meta.samples);
  put_varint(out, meta.chunks_bytes);
  put_varint(out, meta.index_bytes);
  put_varint(out, meta.wal_sequence);
  put_varint(out, meta.level);
  put_varint(out, meta.replaces.size());
  for (uint64_t id : meta.replaces) put_varint(out, id);
  put_fixed(out, base::hash64(out));
  return out;
}

base::Result<BlockMeta> decode_block_meta(std::string_view bytes) {
  if (bytes.size() < kMetaMagic.size() + 4 + 8 || !bytes.starts_with(kMetaMagic)) {
    return fail(Code::kDataLoss, "not a block's meta file");
  }
  const std::string_view body = bytes.substr(0, bytes.size() - 8);
  if (ByteReader(bytes.substr(body.size())).fixed<uint64_t>() != base::hash64(body)) {
    return fail(Code::kDataLoss, "checksum of the block's meta file does not match");
  }
  ByteReader in(body.substr(kMetaMagic.size()));
  if (const auto version = in.fixed<uint32_t>(); !is_known(version)) {
    return fail(Code::kUnsupported, "block version " + std::to_string(version));
  }
  BlockMeta meta;
  meta.id = in.varint();
  meta.min_time = in.signed_varint();
  meta.max_time = in.signed_varint();
  meta.series = in.varint();
  meta.samples = in.varint();
  meta.chunks_bytes = in.varint();
  meta.index_bytes = in.varint();
  meta.wal_sequence = in.varint();
  meta.level = in.varint();
  meta.replaces.resize(in.varint_at_most(in.left()));
  for (uint64_t& id : meta.replaces) id = in.varint();
  if (!in.ok() || in.left() > 0) return fail(Code::kDataLoss, "malformed meta file of a block");
  return meta;
}

std::string block_name(uint64_t id) {
  char digits[16];
  for (int i = 15; i >= 0; --i, id >>= 4) digits[i] = "0123456789abcdef"[id & 15];
  return {digits, sizeof(digits)};
}

std::optional<uint64_t> parse_block_name(std::string_view name) {
  if (name.size() != 16 || !base::is_hex(name)) return std::nullopt;
  uint64_t id = 0;
  std::from_chars(name.data(), name.data() + name.size(), id, 16);
  return id;
}

std::string encode_footer(const SectionTable& table) {
  std::string out;
  for (const SectionPlace& place : table.places) {
    put_fixed(out, place.offset);
    put_fixed(out, place.size);
    put_fixed(out, place.hash);
  }
  put_fixed(out, table.version);
  put_fixed(out, base::hash64(out));
  out += kIndexMagic;
  return out;
}

base::Result<SectionTable> decode_footer(std::string_view bytes) {
  if (bytes.size() != kFooterBytes || !bytes.ends_with(kIndexMagic)) {
    return fail(Code::kDataLoss, "not a block's index");
  }
  const std::string_view body = bytes.substr(0, kFooterBytes - 16);
  ByteReader in(bytes);
  SectionTable table;
  for (SectionPlace& place : table.places) {
    place.offset = in.fixed<uint64_t>();
    place.size = in.fixed<uint64_t>();
    place.hash = in.fixed<uint64_t>();
  }
  table.version = in.fixed<uint32_t>();
  if (in.fixed<uint64_t>() != base::hash64(body)) {
    return fail(Code::kDataLoss, "checksum of the index's footer does not match");
  }
  if (!is_known(table.version)) {
    return fail(Code::kUnsupported, "index version " + std::to_string(table.version));
  }
  return table;
}

std::string encode_position(uint64_t wal_sequence) {
  std::string out(kPositionMagic);
  put_fixed(out, kPositionVersion);
  put_fixed(out, wal_sequence);
  put_fixed(out, base::hash64(out));
  return out;
}

Result<uint64_t> decode_position(std::string_view bytes) {
  constexpr size_t kBytes = kPositionMagic.size() + 4 + 8 + 8;
  const std::string_view body = bytes.substr(0, bytes.size() - std::min<size_t>(8, bytes.size()));
  if (bytes.size() != kBytes || !bytes.starts_with(kPositionMagic) ||
      ByteReader(bytes.substr(body.size())).fixed<uint64_t>() != base::hash64(body))
    return fail(Code::kDataLoss, "the metrics' position in the log is damaged");
  ByteReader in(body.substr(kPositionMagic.size()));
  if (const auto version = in.fixed<uint32_t>(); version != kPositionVersion)
    return fail(Code::kUnsupported, "the metrics' position in the log, version " + std::to_string(version));
  return in.fixed<uint64_t>();
}

}  // namespace tripod::store::metrics
