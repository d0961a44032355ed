#include "store/events/column_writer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

#include "base/compress.h"
#include "base/hash.h"
#include "store/events/encoding/packed_ints.h"
#include "store/events/field_text.h"

namespace tripod::store {
namespace {

constexpr TypeSet kInts = 1u << static_cast<unsigned>(model::ValueType::kInt64);
constexpr TypeSet kFloats = 1u << static_cast<unsigned>(model::ValueType::kFloat64);
constexpr TypeSet kStrings = 1u << static_cast<unsigned>(model::ValueType::kString);
constexpr TypeSet kJsons = 1u << static_cast<unsigned>(model::ValueType::kJson);
constexpr TypeSet kBools = 1u << static_cast<unsigned>(model::ValueType::kBool);

constexpr size_t kLeastToCompress = 48;
// How many distinct values still make a dictionary. One is a constant, which every type has.
size_t most_distinct(TypeSet types, size_t values) {
  if (types == kBools) return 1;
  const bool numbers = (types & ~(kInts | kFloats)) == 0;
  return std::max<size_t>(1, numbers ? std::min<size_t>(255, values / 4) : values / 2);
}

// Identifiers do not compress: a dictionary is smaller as long as some of them repeat.
size_t most_distinct_identifiers(size_t values) { return values - values / 8; }

void append_presence(const ColumnStage& stage, size_t block_rows, std::string& out) {
  const size_t at = out.size();
  out.resize(at + (block_rows + 7) / 8);
  for (uint16_t row : stage.rows) out[at + row / 8] = static_cast<char>(out[at + row / 8] | 1 << (row % 8));
}

bool only_texts(TypeSet types) { return (types & ~(kStrings | kJsons)) == 0; }

}  // namespace

void ColumnWriter::start_block(uint32_t number, size_t rows, uint64_t file_offset, std::string& out) {
  block_ = number;
  block_rows_ = rows;
  file_offset_ = file_offset;
  out_ = &out;
}

ColumnEntry ColumnWriter::write(ColumnStage& stage, ValueCountsBuilder& counts) {
  const Values values = look_at(stage);
  ColumnEntry entry = encode(stage, values.input);
  measure(values, entry);
  const bool has_texts = (stage.types & (kStrings | kJsons)) != 0;
  if (count(values.input, counts)) {
    entry.set(ColumnEntry::kCounted);
  } else if (has_texts) {
    filter(values, entry);
  }
  write_chunk(raw_, entry);
  return entry;
}

ColumnEntry ColumnWriter::write_system(std::span<const int64_t> values) {
  ColumnEntry entry{};
  raw_.clear();
  append_packed(raw_, values);
  entry.block = block_;
  entry.encoding = static_cast<uint8_t>(Encoding::kInt64);
  entry.types = kInts;
  entry.values = static_cast<uint32_t>(values.size());
  entry.set(ColumnEntry::kHasNumbers);
  entry.set(ColumnEntry::kIntRange);
  const auto [least, most] = std::ranges::minmax(values);
  entry.least = static_cast<uint64_t>(least);
  entry.most = static_cast<uint64_t>(most);
  write_chunk(raw_, entry);
  return entry;
}

ColumnEntry ColumnWriter::write_raw(Encoding encoding, std::string_view raw,
                                    std::span<const ColumnStage* const> stages) {
  ColumnEntry entry{};
  entry.block = block_;
  entry.encoding = static_cast<uint8_t>(encoding);
  NumberBuffer buffer;
  for (const ColumnStage* stage : stages) {
    entry.types |= stage->types;
    for (const model::Value& value : stage->values) {
      const std::string_view text = field_text(value, buffer);
      if (text.size() <= kLongestKnownValue) filter_.add_value(base::hash64(text));
      if (value.has_text()) filter_.add_text(value.text());
    }
  }
  entry.set(ColumnEntry::kValuesKnown);
  entry.set(ColumnEntry::kGramsKnown);
  write_chunk(raw, entry);
  return entry;
}

ColumnEntry ColumnWriter::copy(const ColumnEntry& from, std::string_view stored) {
  ColumnEntry entry = from;
  entry.block = block_;
  entry.offset = file_offset_ + out_->size();
  entry.entry_checksum = entry.checksum();
  raw_bytes_ += entry.raw_bytes;
  out_->append(stored);
  return entry;
}

ColumnEntry ColumnWriter::rewrite(const ColumnEntry& from, std::string_view raw) {
  ColumnEntry entry = from;
  entry.block = block_;
  entry.flags = static_cast<uint16_t>(entry.flags & ~ColumnEntry::kCompressed);
  write_chunk(raw, entry);
  return entry;
}

// A constant or a dictionary where that is worth it.
ColumnWriter::Values ColumnWriter::look_at(ColumnStage& stage) {
  Values out{{{}, stage.types, {}, {}}, stage.all(), {}, false};
  out.identifiers = out.input.identifiers = stage.types == kStrings && hex::fits({out.all, stage.types, {}, {}});
  const size_t most = out.identifiers ? most_distinct_identifiers(stage.size()) : most_distinct(stage.types, stage.size());
  if (stage.is_numbered()) {
    out.hashes = stage.hashes;
    if (stage.distinct.size() <= most) {
      out.input.distinct = stage.distinct;
      out.input.codes = stage.codes;
      return out;
    }
    stage.spell_out();
  } else {
    if (distinct_.find(stage.values, most)) {
      out.all = out.input.distinct = distinct_.values();
      out.input.codes = distinct_.codes();
    }
    out.hashes = distinct_.hashes();
  }
  out.input.values = stage.values;
  return out;
}

ColumnEntry ColumnWriter::encode(const ColumnStage& stage, const ColumnInput& input) {
  ColumnEntry entry{};
  const Encoding encoding = choose_encoding(input);
  raw_.clear();
  if (stage.size() != block_rows_) {
    entry.set(ColumnEntry::kHasPresence);
    append_presence(stage, block_rows_, raw_);
  }
  encode_column(encoding, input, raw_);
  entry.block = block_;
  entry.encoding = static_cast<uint8_t>(encoding);
  entry.types = stage.types;
  entry.values = static_cast<uint32_t>(stage.size());
  return entry;
}

void ColumnWriter::measure(const Values& values, ColumnEntry& entry) const {
  const TypeSet types = values.input.types;
  if ((types & (kInts | kFloats)) != 0) entry.set(ColumnEntry::kHasNumbers);
  if (types == kInts) {
    entry.set(ColumnEntry::kIntRange);
    const auto [least, most] = std::ranges::minmax(values.all, {}, &model::Value::as_int64);
    entry.least = static_cast<uint64_t>(least.as_int64());
    entry.most = static_cast<uint64_t>(most.as_int64());
  } else if (types == kFloats) {
    entry.set(ColumnEntry::kFloatRange);
    double least = HUGE_VAL, most = -HUGE_VAL;
    for (const model::Value& value : values.all) {
      if (std::isnan(value.as_float64())) continue;
      least = std::min(least, value.as_float64());
      most = std::max(most, value.as_float64());
    }
    entry.least = std::bit_cast<uint64_t>(least);
    entry.most = std::bit_cast<uint64_t>(most);
  } else if (only_texts(types)) {
    entry.set(ColumnEntry::kTextSizes);
    size_t least = SIZE_MAX, most = 0;
    for (const model::Value& value : values.all) {
      least = std::min(least, value.text().size());
      most = std::max(most, value.text().size());
    }
    entry.least = least;
    entry.most = most;
  }
}

bool ColumnWriter::count(const ColumnInput& input, ValueCountsBuilder& counts) {
  if (input.types == kBools && input.distinct.size() != 1) {
    // As the encoding keeps them: a bit is the number of its value.
    const std::array values = {model::Value::boolean(false), model::Value::boolean(true)};
    counts_.assign(2, 0);
    for (const model::Value& value : input.values) ++counts_[value.as_bool() ? 1 : 0];
    return counts.add_block(block_, values, counts_);
  }
  if (input.distinct.empty()) return false;
  counts_.assign(input.distinct.size(), 0);
  for (uint16_t code : input.codes) ++counts_[code];
  return counts.add_block(block_, input.distinct, counts_);
}

// Tells the block's filter what the column's texts are.
void ColumnWriter::filter(const Values& values, ColumnEntry& entry) {
  if (values.identifiers) {
    entry.set(ColumnEntry::kIdentifiers);
  } else {
    for (const model::Value& value : values.all) {
      if (value.has_text()) filter_.add_text(value.text());
    }
    entry.set(ColumnEntry::kGramsKnown);
  }
  if (only_texts(values.input.types) && entry.most <= kLongestKnownValue) {
    for (uint64_t hash : values.hashes) filter_.add_value(hash);
  } else {
    // Numbers and booleans among texts are found by their text.
    NumberBuffer buffer;
    for (const model::Value& value : values.all) {
      const std::string_view text = field_text(value, buffer);
      if (text.size() <= kLongestKnownValue) filter_.add_value(base::hash64(text));
    }
  }
  entry.set(ColumnEntry::kValuesKnown);
}

void ColumnWriter::write_chunk(std::string_view raw, ColumnEntry& entry) {
  entry.offset = file_offset_ + out_->size();
  entry.raw_bytes = static_cast<uint32_t>(raw.size());
  raw_bytes_ += raw.size();
  std::string packed;
  if (raw.size() >= kLeastToCompress) packed = base::zstd_compress(raw, zstd_level_);
  const bool smaller = !packed.empty() && packed.size() + packed.size() / 16 < raw.size();
  if (smaller) entry.set(ColumnEntry::kCompressed);
  const std::string_view stored = smaller ? std::string_view(packed) : raw;
  entry.stored_bytes = static_cast<uint32_t>(stored.size());
  entry.chunk_checksum = base::hash64(stored);
  entry.entry_checksum = entry.checksum();
  out_->append(stored);
}

}  // namespace tripod::store
