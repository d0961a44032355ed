#include "store/events/value_counts.h"

#include <memory>
#include <utility>

#include "store/events/encoding/value_codec.h"
#include "store/events/part_format.h"
#include "store/events/varint.h"

namespace tripod::store {
namespace {

// Of one block, and of all counted blocks of a part: counts are small beside what they spare reading, or they are not kept.
constexpr size_t kMostInBlock = 256;
constexpr size_t kMostInPart = 8192;
constexpr size_t kMostBytesOfBlock = 32u << 10;
constexpr size_t kMostBytesOfPart = 512u << 10;

}  // namespace

bool ValueCountsBuilder::has_room(std::span<const model::Value> values) const {
  if (values.empty() || values.size() > kMostInBlock) return false;
  size_t bytes = 0;
  for (const model::Value& value : values) bytes += value.text().size();
  return bytes <= kMostBytesOfBlock && values_.size() + bytes <= kMostBytesOfPart &&
         numbers_.size() + values.size() <= kMostInPart;
}

bool ValueCountsBuilder::add_block(uint32_t block, std::span<const model::Value> values,
                                   std::span<const uint32_t> counts) {
  if (!has_room(values)) return false;
  append_varint(body_, block - next_block_);
  append_varint(body_, values.size());
  std::string key;
  for (const model::Value& value : values) {
    key.clear();
    append_value(key, value);
    const auto [found, is_new] = numbers_.try_emplace(key, static_cast<uint32_t>(numbers_.size()));
    if (is_new) values_ += key;
    append_varint(body_, found->second);
  }
  for (uint32_t count : counts) append_varint(body_, count);
  next_block_ = block + 1;
  ++blocks_;
  return true;
}

std::string ValueCountsBuilder::encode() const {
  std::string out;
  append_varint(out, numbers_.size());
  out += values_;
  append_varint(out, blocks_);
  out += body_;
  return out;
}

base::Result<std::unique_ptr<const ValueCounts>> ValueCounts::decode(std::string bytes, uint32_t blocks) {
  std::unique_ptr<ValueCounts> out(new ValueCounts());
  out->bytes_ = std::move(bytes);
  if (!out->read(blocks)) return base::fail(base::Code::kDataLoss, "part: malformed value counts");
  return out;
}

bool ValueCounts::read(uint32_t blocks) {
  CheckedReader in(bytes_);
  uint64_t count = 0;
  // Every value takes at least its tag.
  if (!in.varint(count) || count > in.left()) return false;
  values_.resize(count);
  for (model::Value& value : values_) {
    if (!read_value(in, value)) return false;
  }
  uint64_t counted = 0, next = 0;
  if (!in.varint(counted) || counted > blocks) return false;
  starts_.reserve(blocks + 1);
  starts_.push_back(0);
  for (uint64_t i = 0; i < counted; ++i) {
    uint64_t skipped = 0, entries = 0, v = 0, rows = 0;
    if (!in.varint(skipped) || skipped >= blocks - next || !in.varint(entries) || entries == 0 || entries > in.left()) return false;
    next += skipped + 1;
    starts_.resize(next, static_cast<uint32_t>(entry_values_.size()));
    for (uint64_t e = 0; e < entries; ++e) {
      if (!in.varint(v) || v >= values_.size()) return false;
      entry_values_.push_back(static_cast<uint32_t>(v));
    }
    for (uint64_t e = 0; e < entries; ++e) {
      if (!in.varint(v) || v == 0 || v > kMaxBlockRows - rows) return false;
      rows += v;
      entry_counts_.push_back(static_cast<uint32_t>(v));
    }
    starts_.push_back(static_cast<uint32_t>(entry_values_.size()));
  }
  starts_.resize(size_t{blocks} + 1, static_cast<uint32_t>(entry_values_.size()));
  return in.left() == 0;
}

uint64_t ValueCounts::Block::rows() const {
  uint64_t n = 0;
  for (uint32_t count : counts) n += count;
  return n;
}

ValueCounts::Block ValueCounts::block(uint32_t number) const {
  const size_t begin = starts_[number], size = starts_[number + 1] - begin;
  return {std::span(entry_values_).subspan(begin, size), std::span(entry_counts_).subspan(begin, size)};
}

size_t ValueCounts::memory_bytes() const {
  return sizeof(*this) + bytes_.capacity() + values_.capacity() * sizeof(model::Value) +
         (starts_.capacity() + entry_values_.capacity() + entry_counts_.capacity()) * sizeof(uint32_t);
}

}  // namespace tripod::store
