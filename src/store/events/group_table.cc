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

std::vector<ValueSpec> summarised_values(const AggregatePlan& plan) {
  std::vector<ValueSpec> out;
  if (!plan.value.empty()) out.push_back({plan.value, plan.quantiles, false});
  out.insert(out.end(), plan.values.begin(), plan.values.end());
  return out;
}

std::vector<std::string> with_fallbacks(const AggregatePlan& plan, const std::string& field) {
  std::vector<std::string> out = {field};
  if (const auto found = plan.fallbacks.find(field); found != plan.fallbacks.end()) {
    out.insert(out.end(), found->second.begin(), found->second.end());
  }
  return out;
}

uint64_t distinct_hash(const model::Value& value) {
  NumberBuffer buffer;
  return base::hash64(field_text(value, buffer));
}

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
  const size_t bytes = sizeof(Group) + 2 * key_.size() + by.size() * sizeof(FieldValue) +
                       specs_.size() * (sizeof(ValueSummary) + sizeof(DDSketch)) + 64;
  if (!limits_.reserve(bytes, stats_)) return nullptr;
  Group& group = groups_.emplace_back();
  group.key = key_;
  group.out.bucket = static_cast<base::UnixNanos>(static_cast<uint64_t>(plan_.first_bucket()) +
                                                  bucket * static_cast<uint64_t>(plan_.step));
  for (const model::Value& value : by) group.out.by.push_back(to_field_value(value));
  group.out.values.resize(specs_.size());
  for (size_t i = 0; i < specs_.size(); ++i) {
    if (!specs_[i].quantiles.empty()) group.out.values[i].sketch = std::make_shared<DDSketch>();
    if (specs_[i].distinct) group.out.values[i].distinct_sketch = std::make_shared<DistinctSketch>();
  }
  by_key_.emplace(group.key, &group);
  return &group;
}

void GroupTable::add_number(Group& group, size_t spec, double number) {
  if (std::isnan(number)) return;
  ValueSummary& out = group.out.values[spec];
  out.min = out.count == 0 ? number : std::min(out.min, number);
  out.max = out.count == 0 ? number : std::max(out.max, number);
  out.sum += number;
  ++out.count;
  if (out.sketch == nullptr) return;
  const size_t before = out.sketch->memory_bytes();
  out.sketch->add(number);
  const size_t after = out.sketch->memory_bytes();
  if (after > before) (void)limits_.reserve(after - before, stats_);
}

void GroupTable::add_distinct(Group& group, size_t spec, uint64_t hash) {
  DistinctSketch& sketch = *group.out.values[spec].distinct_sketch;
  const size_t before = sketch.memory_bytes();
  sketch.add(hash);
  const size_t after = sketch.memory_bytes();
  if (after > before) (void)limits_.reserve(after - before, stats_);
  if (after < before) limits_.give_back(before - after);
}

void GroupTable::finish(AggregateGroup& group) const {
  for (size_t i = 0; i < specs_.size(); ++i) {
    ValueSummary& value = group.values[i];
    if (value.sketch != nullptr) {
      for (double quantile : specs_[i].quantiles) {
        value.quantiles.push_back(std::clamp(value.sketch->quantile(quantile), value.min, value.max));
      }
    }
    if (value.distinct_sketch != nullptr) {
      value.distinct = value.distinct_sketch->count();
      value.distinct_is_exact = value.distinct_sketch->is_exact();
    }
    if (plan_.keep_sketches) continue;
    value.sketch.reset();
    value.distinct_sketch.reset();
  }
  if (plan_.value.empty()) return;
  ValueSummary& value = group.values.front();
  group.sum = value.sum;
  group.min = value.min;
  group.max = value.max;
  group.value_count = value.count;
  group.quantiles = std::move(value.quantiles);
  group.values.erase(group.values.begin());
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
    finish(group->out);
    out.push_back(std::move(group->out));
  }
  by_key_.clear();
  groups_.clear();
  return out;
}

}  // namespace tripod::store
