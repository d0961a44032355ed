#include "store/events/column_writer.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "base/compress.h"
#include "base/hash.h"
#include "store/events/bloom.h"
#include "store/events/field_text.h"
#include "store/events/tokens.h"

namespace tripod::store {
namespace {

constexpr TypeSet kInts = 1u << static_cast<unsigned>(model::ValueType::kInt64);
constexpr TypeSet kFloats = 1u << static_cast<unsigned>(model::ValueType::kFloat64);
constexpr TypeSet kStrings = 1u << static_cast<unsigned>(model::ValueType::kString);
constexpr TypeSet kJsons = 1u << static_cast<unsigned>(model::ValueType::kJson);
constexpr TypeSet kBools = 1u << static_cast<unsigned>(model::ValueType::kBool);

constexpr size_t kLeastToCompress = 48;
// More distinct words than this make a filter too large to be worth reading.
constexpr size_t kMostWords = 48u << 10;
constexpr size_t kMostWordText = 4u << 20;

// How many distinct values still make a dictionary. One is a constant, which every type has.
size_t most_distinct(TypeSet types, size_t values) {
  if (types == kBools) return 1;
  const bool numbers = (types & ~(kInts | kFloats)) == 0;
  return std::max<size_t>(1, numbers ? std::min<size_t>(255, values / 4) : values / 2);
}

void append_presence(const ColumnStage& stage, size_t block_rows, std::string& out) {
  const size_t at = out.size();
  out.resize(at + (block_rows + 7) / 8);
  for (uint16_t row : stage.rows) out[at + row / 8] = static_cast<char>(out[at + row / 8] | 1 << (row % 8));
}

}  // namespace

ColumnEntry ColumnWriter::write(const ColumnStage& stage, size_t block_rows, Use use, uint64_t file_offset,
                                std::string& out) {
  ColumnEntry entry{};
  ColumnInput input{stage.values, stage.types, {}, {}};
  bool distinct = false;
  if (use == Use::kField) {
    distinct = distinct_.find(stage.values, most_distinct(stage.types, stage.values.size()));
    if (distinct) {
      input.distinct = distinct_.values();
      input.codes = distinct_.codes();
    }
  }
  const Encoding encoding = choose_encoding(input);
  raw_.clear();
  if (stage.values.size() != block_rows) {
    entry.flags |= ColumnEntry::kHasPresence;
    append_presence(stage, block_rows, raw_);
  }
  encode_column(encoding, input, raw_);
  entry.encoding = static_cast<uint8_t>(encoding);
  entry.types = stage.types;
  entry.values = static_cast<uint32_t>(stage.values.size());
  measure(stage, entry);
  hashes_.clear();
  const bool has_texts = (stage.types & (kStrings | kJsons)) != 0;
  if (use == Use::kField && has_texts && encoding != Encoding::kConstant) collect_hashes(stage, distinct, entry);
  write_chunk(raw_, file_offset, entry, out);
  return entry;
}

ColumnEntry ColumnWriter::write_raw(Encoding encoding, std::string_view raw, std::vector<uint64_t> bloom_hashes,
                                    uint64_t file_offset, std::string& out) {
  ColumnEntry entry{};
  entry.encoding = static_cast<uint8_t>(encoding);
  hashes_ = std::move(bloom_hashes);
  write_chunk(raw, file_offset, entry, out);
  return entry;
}

void ColumnWriter::measure(const ColumnStage& stage, ColumnEntry& entry) const {
  if ((stage.types & (kInts | kFloats)) != 0) entry.flags |= ColumnEntry::kHasNumbers;
  if (stage.types == kInts) {
    entry.flags |= ColumnEntry::kIntRange;
    const auto [least, most] = std::ranges::minmax(stage.values, {}, &model::Value::as_int64);
    entry.least = static_cast<uint64_t>(least.as_int64());
    entry.most = static_cast<uint64_t>(most.as_int64());
  } else if (stage.types == kFloats) {
    entry.flags |= ColumnEntry::kFloatRange;
    double least = HUGE_VAL, most = -HUGE_VAL;
    for (const model::Value& value : stage.values) {
      if (std::isnan(value.as_float64())) continue;
      least = std::min(least, value.as_float64());
      most = std::max(most, value.as_float64());
    }
    entry.least = std::bit_cast<uint64_t>(least);
    entry.most = std::bit_cast<uint64_t>(most);
  } else if ((stage.types & ~(kStrings | kJsons)) == 0) {
    entry.flags |= ColumnEntry::kTextSizes;
    size_t least = SIZE_MAX, most = 0;
    for (const model::Value& value : stage.values) {
      least = std::min(least, value.text().size());
      most = std::max(most, value.text().size());
    }
    entry.least = least;
    entry.most = most;
  }
}

void ColumnWriter::collect_hashes(const ColumnStage& stage, bool distinct, ColumnEntry& entry) {
  const auto values = distinct ? distinct_.values() : std::span<const model::Value>(stage.values);
  if ((stage.types & ~(kStrings | kJsons)) == 0) {
    hashes_.assign(distinct_.hashes().begin(), distinct_.hashes().end());
  } else {
    // Numbers and booleans among texts are found by their text.
    NumberBuffer buffer;
    for (const model::Value& value : values) hashes_.push_back(base::hash64(field_text(value, buffer)));
  }
  // Identifiers are one word each, and JSON has too many.
  const bool identifiers = stage.types == kStrings && hex::fits({values, stage.types, {}, {}});
  const size_t value_hashes = hashes_.size();
  if (identifiers) entry.flags |= ColumnEntry::kIdentifiers;
  if ((stage.types & kJsons) == 0 && !identifiers) {
    if (collect_words(values)) {
      entry.flags |= ColumnEntry::kBloomHasWords;
    } else {
      hashes_.resize(value_hashes);
    }
  }
}

// False when there are too many.
bool ColumnWriter::collect_words(std::span<const model::Value> values) {
  size_t text_bytes = 0;
  for (const model::Value& value : values) text_bytes += value.text().size();
  if (text_bytes > kMostWordText) return false;
  // About one word in eight bytes; half of the slots stay empty.
  const size_t slots = std::bit_ceil(std::clamp<size_t>(text_bytes / 4, 64, 2 * kMostWords));
  word_slots_.assign(slots, 0);
  const size_t before = hashes_.size();
  const size_t most = slots / 2;
  for (const model::Value& value : values) {
    if (!value.has_text()) continue;
    for_each_word(value.text(), [&](uint64_t hash) {
      if (hash == 0 || hashes_.size() - before > most) return;
      size_t at = hash & (slots - 1);
      while (word_slots_[at] != 0 && word_slots_[at] != hash) at = (at + 1) & (slots - 1);
      if (word_slots_[at] == hash) return;
      word_slots_[at] = hash;
      hashes_.push_back(hash);
    });
    if (hashes_.size() - before > most) return false;
  }
  return true;
}

void ColumnWriter::write_chunk(std::string_view raw, uint64_t file_offset, ColumnEntry& entry, std::string& out) {
  entry.offset = file_offset + out.size();
  entry.raw_bytes = static_cast<uint32_t>(raw.size());
  raw_bytes_ += raw.size();
  std::string packed;
  if (raw.size() >= kLeastToCompress) packed = base::zstd_compress(raw, zstd_level_);
  const bool smaller = !packed.empty() && packed.size() + packed.size() / 16 < raw.size();
  if (smaller) entry.flags |= ColumnEntry::kCompressed;
  const std::string_view stored = smaller ? std::string_view(packed) : raw;
  entry.stored_bytes = static_cast<uint32_t>(stored.size());
  entry.chunk_checksum = base::hash64(stored);
  out.append(stored);
  if (hashes_.empty()) return;
  const size_t bloom_at = out.size();
  append_bloom(out, hashes_);
  entry.bloom_bytes = static_cast<uint32_t>(out.size() - bloom_at);
  entry.bloom_checksum = static_cast<uint32_t>(base::hash64(std::string_view(out).substr(bloom_at)));
}

}  // namespace tripod::store
