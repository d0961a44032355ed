#include "store/events/distinct.h"

#include "store/events/encoding/column.h"

namespace tripod::store {
namespace {

// Records of one stream point to the same text: no need to look at it again.
bool same_place(const model::Value& a, const model::Value& b) {
  if (a.type() != b.type()) return false;
  if (!a.has_text()) return same_value(a, b);
  return a.text().data() == b.text().data() && a.text().size() == b.text().size();
}

}  // namespace

bool DistinctFinder::find(std::span<const model::Value> values, size_t most) {
  table_.clear();
  gave_up_.clear();
  codes_.clear();
  codes_.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0 && same_place(values[i], values[i - 1])) {
      codes_.push_back(codes_.back());
      continue;
    }
    const uint32_t number = table_.number_of(values[i], value_hash(values[i]));
    if (table_.size() > most) {
      give_up(values);
      return false;
    }
    codes_.push_back(static_cast<uint16_t>(number));
  }
  return true;
}

// The hashes are wanted all the same; those of the values seen so far are there.
void DistinctFinder::give_up(std::span<const model::Value> values) {
  gave_up_.assign(table_.hashes().begin(), table_.hashes().end());
  for (size_t i = codes_.size() + 1; i < values.size(); ++i) {
    if (!same_place(values[i], values[i - 1])) gave_up_.push_back(value_hash(values[i]));
  }
  table_.clear();
  codes_.clear();
}

}  // namespace tripod::store
