#include "store/events/value_table.h"

#include <algorithm>
#include <bit>

#include "base/hash.h"
#include "store/events/encoding/column.h"

namespace tripod::store {
namespace {

uint64_t mix(uint64_t bits) {
  bits *= 0x9e3779b97f4a7c15ULL;
  return bits ^ (bits >> 32);
}

}  // namespace

uint64_t value_hash(const model::Value& value) {
  if (value.has_text()) return base::hash64(value.text());
  if (value.type() == model::ValueType::kFloat64) return mix(std::bit_cast<uint64_t>(value.as_float64()));
  return mix(static_cast<uint64_t>(value.as_int64()) + 1);
}

uint32_t ValueTable::number_of(const model::Value& value, uint64_t hash) {
  if (slots_.empty()) slots_.assign(kFirstSlots, kEmpty);
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  for (; slots_[at] != kEmpty; at = (at + 1) & mask) {
    const uint32_t number = slots_[at];
    if (hashes_[number] == hash && same_value(values_[number], value)) return number;
  }
  const uint32_t number = append(value);
  slots_[at] = number;
  hashes_.push_back(hash);
  if (hashes_.size() * 2 > slots_.size()) grow();
  return number;
}

uint32_t ValueTable::append(const model::Value& value) {
  values_.push_back(value);
  return static_cast<uint32_t>(values_.size() - 1);
}

void ValueTable::clear() {
  slots_.assign(std::min(slots_.size(), kFirstSlots), kEmpty);
  values_.clear();
  hashes_.clear();
}

void ValueTable::grow() {
  slots_.assign(slots_.size() * 4, kEmpty);
  const size_t mask = slots_.size() - 1;
  for (uint32_t number = 0; number < hashes_.size(); ++number) {
    size_t at = hashes_[number] & mask;
    while (slots_[at] != kEmpty) at = (at + 1) & mask;
    slots_[at] = number;
  }
}

}  // namespace tripod::store
