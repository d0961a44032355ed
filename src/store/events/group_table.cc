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

// The key's slot, or the empty one where it belongs.
GroupTable::Slot& GroupTable::slot_of(uint64_t hash, std::string_view key) {
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  while (slots_[at].group != nullptr && !(slots_[at].hash == hash && slots_[at].group->key == key)) at = (at + 1) & mask;
  return slots_[at];
}

void GroupTable::insert(uint64_t hash, Group& group) {
  if (groups_.size() * 2 > slots_.size()) {
    std::vector<Slot> old(slots_.size() * 4);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.group != nullptr) slot_of(slot.hash, slot.group->key) = slot;
    }
  }
  slot_of(hash, group.key) = {hash, &group};
}

base::Result<GroupTable::Group*> GroupTable::find_or_add(uint64_t bucket, std::span<const model::Value> by) {
  key_.clear();
  append_word(key_, bucket);
  for (const model::Value& value : by) append_key(key_, value);
  const uint64_t hash = base::hash64(key_);
  if (const Slot& slot = slot_of(hash, key_); slot.group != nullptr) return slot.group;
  auto group = add_group(bucket, by);
  if (group && *group != nullptr) insert(hash, **group);
  return group;
}

base::Result<> GroupTable::check_room() const {
  if (groups_.size() < plan_.max_groups) return {};
  return base::fail(base::Code::kResourceExhausted,
                    "more than " + std::to_string(plan_.max_groups) +
                        " groups: narrow the filter or group by fewer fields");
}

base::Result<GroupTable::Group*> GroupTable::add_group(uint64_t bucket, std::span<const model::Value> by) {
  if (auto room = check_room(); !room) return base::fail(std::move(room.error()));
  // The key is held twice: as bytes and as values.
  const size_t bytes = sizeof(Group) + 2 * key_.size() + by.size() * sizeof(FieldValue) +
                       specs_.size() * (sizeof(ValueSummary) + sizeof(DDSketch)) + 64;
  if (!limits_.reserve(bytes)) return nullptr;
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
  return &group;
}

void GroupTable::add_number(Group& group, size_t spec, double number) {
  if (std::isnan(number)) return;
  NumberSummary one;
  one.add(number);
  add_numbers(group, spec, one);
  if (group.out.values[spec].sketch == nullptr) return;
  group.out.values[spec].sketch->add(number);
  reserve_sketches(group);
}

void GroupTable::add_numbers(Group& group, size_t spec, const NumberSummary& numbers) {
  ValueSummary& out = group.out.values[spec];
  out.present += numbers.present;
  if (numbers.count == 0) return;
  out.min = out.count == 0 ? numbers.min : std::min(out.min, numbers.min);
  out.max = out.count == 0 ? numbers.max : std::max(out.max, numbers.max);
  out.sum += numbers.sum;
  out.count += numbers.count;
}

void GroupTable::add_distinct(Group& group, size_t spec, uint64_t hash) {
  group.out.values[spec].distinct_sketch->add(hash);
  reserve_sketches(group);
}

void GroupTable::reserve_sketches(Group& group) {
  size_t bytes = 0;
  for (const ValueSummary& value : group.out.values) {
    if (value.sketch != nullptr) bytes += value.sketch->memory_bytes();
    if (value.distinct_sketch != nullptr) bytes += value.distinct_sketch->memory_bytes();
  }
  if (bytes == group.sketch_bytes) return;
  if (bytes < group.sketch_bytes) {
    limits_.give_back(group.sketch_bytes - bytes);
  } else if (!limits_.reserve(bytes - group.sketch_bytes)) {
    return;
  }
  group.sketch_bytes = bytes;
}

base::Result<> GroupTable::merge(GroupTable&& other) {
  if (groups_.empty()) {
    groups_.swap(other.groups_);
    slots_.swap(other.slots_);
    return {};
  }
  // Its memory goes as ours grows.
  for (; !other.groups_.empty(); other.groups_.pop_front()) {
    Group& from = other.groups_.front();
    const uint64_t hash = base::hash64(from.key);
    if (const Slot& slot = slot_of(hash, from.key); slot.group != nullptr) {
      merge_group(*slot.group, std::move(from));
      reserve_sketches(*slot.group);
      continue;
    }
    if (auto room = check_room(); !room) return room;
    insert(hash, groups_.emplace_back(std::move(from)));
  }
  return {};
}

void GroupTable::merge_group(Group& group, Group&& other) {
  add_times(group, other.out.first, other.out.last);
  add_count(group, other.out.count);
  for (size_t i = 0; i < group.out.values.size(); ++i) {
    ValueSummary& value = group.out.values[i];
    const ValueSummary& more = other.out.values[i];
    add_numbers(group, i, {more.present, more.count, more.sum, more.min, more.max});
    if (value.sketch != nullptr) value.sketch->merge(*more.sketch);
    if (value.distinct_sketch != nullptr) value.distinct_sketch->merge(*more.distinct_sketch);
  }
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
  sorted.reserve(groups_.size());
  for (Group& group : groups_) sorted.push_back(&group);
  std::ranges::sort(sorted, [](const Group* a, const Group* b) {
    if (a->out.bucket != b->out.bucket) return a->out.bucket < b->out.bucket;
    if (a->out.count != b->out.count) return a->out.count > b->out.count;
    return a->key < b->key;
  });
  std::vector<AggregateGroup> out;
  out.reserve(groups_.size());
  for (Group* group : sorted) {
    for (const ValueSummary& value : group->out.values) {
      if (value.sketch != nullptr) value.sketch->settle();
    }
    if (plan_.keep_sketches) reserve_sketches(*group);
    finish(group->out);
    out.push_back(std::move(group->out));
  }
  slots_.assign(64, {});
  groups_.clear();
  return out;
}

}  // namespace tripod::store
