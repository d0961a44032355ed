#include "store/events/distinct.h"

#include <bit>

#include "base/hash.h"
#include "store/events/encoding/column.h"

namespace tripod::store {
namespace {

uint64_t mix(uint64_t bits) {
  bits *= 0x9e3779b97f4a7c15ULL;
  return bits ^ (bits >> 32);
}

// Records of one stream point to the same text: no need to look at it again.
bool same_place(const model::Value& a, const model::Value& b) {
  if (a.type() != b.type()) return false;
  if (!a.has_text()) return same_value(a, b);
  return a.text().data() == b.text().data() && a.text().size() == b.text().size();
}

}  // namespace

uint64_t value_hash(const model::Value& value) {
  if (value.has_text()) return base::hash64(value.text());
  if (value.type() == model::ValueType::kFloat64) return mix(std::bit_cast<uint64_t>(value.as_float64()));
  return mix(static_cast<uint64_t>(value.as_int64()) + 1);
}

bool DistinctFinder::find(std::span<const model::Value> values, size_t most) {
  distinct_.clear();
  hashes_.clear();
  codes_.clear();
  codes_.reserve(values.size());
  slots_.assign(64, kEmpty);
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0 && same_place(values[i], values[i - 1])) {
      codes_.push_back(codes_.back());
      continue;
    }
    const uint32_t number = number_of(values[i], value_hash(values[i]));
    if (distinct_.size() > most) {
      give_up(values);
      return false;
    }
    codes_.push_back(static_cast<uint16_t>(number));
  }
  return true;
}

uint32_t DistinctFinder::number_of(const model::Value& value, uint64_t hash) {
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  for (; slots_[at] != kEmpty; at = (at + 1) & mask) {
    const uint32_t number = slots_[at];
    if (hashes_[number] == hash && same_value(distinct_[number], value)) return number;
  }
  const auto number = static_cast<uint32_t>(distinct_.size());
  slots_[at] = number;
  distinct_.push_back(value);
  hashes_.push_back(hash);
  if (distinct_.size() * 2 > slots_.size()) grow();
  return number;
}

void DistinctFinder::grow() {
  slots_.assign(slots_.size() * 4, kEmpty);
  const size_t mask = slots_.size() - 1;
  for (uint32_t number = 0; number < hashes_.size(); ++number) {
    size_t at = hashes_[number] & mask;
    while (slots_[at] != kEmpty) at = (at + 1) & mask;
    slots_[at] = number;
  }
}

// The hashes are wanted all the same; those of the values seen so far are there.
void DistinctFinder::give_up(std::span<const model::Value> values) {
  for (size_t i = codes_.size() + 1; i < values.size(); ++i) {
    if (!same_place(values[i], values[i - 1])) hashes_.push_back(value_hash(values[i]));
  }
  distinct_.clear();
  codes_.clear();
}

}  // namespace tripod::store
