#include "store/events/group_table.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/hash.h"
#include "store/events/field_text.h"
#include "store/events/varint.h"

namespace tripod::store {
namespace {

// Type and length before each text: no two lists of values give the same key.
void append_key(std::string& out, const model::Value& value) {
  out += static_cast<char>(value.type());
  switch (value.type()) {
    case model::ValueType::kNull: break;
    case model::ValueType::kInt64:
    case model::ValueType::kBool: append_word(out, value.as_int64()); break;
    case model::ValueType::kFloat64: append_word(out, value.as_float64()); break;
    case model::ValueType::kString:
    case model::ValueType::kBytes:
    case model::ValueType::kJson: append_text(out, value.text()); break;
  }
}

}  // namespace

size_t GroupTable::TextHash::operator()(std::string_view text) const { return base::hash64(text); }

base::Result<GroupTable::Group*> GroupTable::find_or_add(uint64_t bucket,
                                                         std::span<const model::Value> by) {
  key_.clear();
  append_word(key_, bucket);
  for (const model::Value& value : by) append_key(key_, value);
  if (auto found = by_key_.find(std::string_view(key_)); found != by_key_.end()) {
    return found->second;
  }
  return add_group(bucket, by);
}

base::Result<GroupTable::Group*> GroupTable::add_group(uint64_t bucket,
                                                       std::span<const model::Value> by) {
  if (groups_.size() >= plan_.max_groups) {
    return base::fail(base::Code::kResourceExhausted,
                      "more than " + std::to_string(plan_.max_groups) +
                          " groups: narrow the filter or group by fewer fields");
  }
  // The key is held twice: as bytes and as values.
  const size_t bytes = sizeof(Group) + 2 * key_.size() + by.size() * sizeof(FieldValue) + 64;
  if (!limits_.reserve(bytes, stats_)) return nullptr;
  Group& group = groups_.emplace_back();
  group.key = key_;
  group.out.bucket = static_cast<base::UnixNanos>(static_cast<uint64_t>(plan_.range.start) +
                                                  bucket * static_cast<uint64_t>(plan_.step));
  for (const model::Value& value : by) group.out.by.push_back(to_field_value(value));
  if (!plan_.quantiles.empty()) group.sketch = std::make_unique<DDSketch>();
  by_key_.emplace(group.key, &group);
  return &group;
}

void GroupTable::add(Group& group, const model::Value& value) {
  AggregateGroup& out = group.out;
  ++out.count;
  if (!is_number(value)) return;
  const double number = value.type() == model::ValueType::kInt64
                            ? static_cast<double>(value.as_int64())
                            : value.as_float64();
  if (std::isnan(number)) return;
  out.min = out.value_count == 0 ? number : std::min(out.min, number);
  out.max = out.value_count == 0 ? number : std::max(out.max, number);
  out.sum += number;
  ++out.value_count;
  if (group.sketch == nullptr) return;
  const size_t before = group.sketch->memory_bytes();
  group.sketch->add(number);
  const size_t after = group.sketch->memory_bytes();
  if (after > before) (void)limits_.reserve(after - before, stats_);
}

std::vector<AggregateGroup> GroupTable::take() {
  std::vector<Group*> sorted;
  for (Group& group : groups_) sorted.push_back(&group);
  std::ranges::sort(sorted, [](const Group* a, const Group* b) {
    if (a->out.bucket != b->out.bucket) return a->out.bucket < b->out.bucket;
    if (a->out.count != b->out.count) return a->out.count > b->out.count;
    return a->key < b->key;
  });
  std::vector<AggregateGroup> out;
  for (Group* group : sorted) {
    if (group->sketch != nullptr) {
      for (double quantile : plan_.quantiles) {
        const double estimate = group->sketch->quantile(quantile);
        group->out.quantiles.push_back(std::clamp(estimate, group->out.min, group->out.max));
      }
    }
    out.push_back(std::move(group->out));
  }
  by_key_.clear();
  groups_.clear();
  return out;
}

}  // namespace tripod::store
