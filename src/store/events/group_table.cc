#include "store/events/group_table.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "base/hash.h"
#include "store/events/field_text.h"
#include "store/events/heap_bytes.h"
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

// The value that append_key() has written; `from` moves behind it.
FieldValue read_key(const char*& from) {
  const auto type = static_cast<model::ValueType>(*from++);
  if (type == model::ValueType::kNull) return {};
  if (type == model::ValueType::kInt64 || type == model::ValueType::kBool || type == model::ValueType::kFloat64) {
    const char* const at = from;
    from += sizeof(int64_t);
    if (type == model::ValueType::kFloat64) return load_word<double>(at);
    if (type == model::ValueType::kBool) return load_word<int64_t>(at) != 0;
    return load_word<int64_t>(at);
  }
  const size_t size = read_varint(from);
  std::string text(from, size);
  from += size;
  if (type == model::ValueType::kJson) return JsonText{std::move(text)};
  return text;
}

// What the texts of append_key()'s values take besides their std::string.
size_t text_bytes(const char* from, size_t values) {
  size_t bytes = 0;
  for (; values > 0; --values) {
    const FieldValue value = read_key(from);
    const auto* text = std::get_if<std::string>(&value);
    if (const auto* json = std::get_if<JsonText>(&value)) text = &json->text;
    if (text != nullptr) bytes += heap_bytes(*text);
  }
  return bytes;
}

// What it points to.
size_t bytes_of(const GroupTable::Summary& value) {
  return heap_bytes(value.room * sizeof(double)) + (value.sketch == nullptr ? 0 : value.sketch->memory_bytes()) +
         (value.distinct == nullptr ? 0 : value.distinct->memory_bytes());
}

// Of one group, without their sketches.
size_t summaries_bytes(size_t specs) { return heap_bytes(specs * sizeof(GroupTable::Summary) + sizeof(size_t)); }

// The answer's groups, and what is made of them by who asked.
constexpr size_t kAnswers = 2;
// Groups lie in pieces of a few, each with its place in a list.
constexpr size_t kGroupBytes = sizeof(GroupTable::Group) + sizeof(void*);
// How many groups come before what they take is reserved.
constexpr size_t kGroupsPerCheck = 256;

std::unexpected<base::Error> too_much() {
  return base::fail(base::Code::kResourceExhausted,
                    "the groups need more memory than the query may have: narrow the time range or the filter, or group by fields with "
                    "fewer values");
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

double number_of(const model::Value& value) {
  if (value.type() == model::ValueType::kInt64) return static_cast<double>(value.as_int64());
  return value.type() == model::ValueType::kFloat64 ? value.as_float64() : std::numeric_limits<double>::quiet_NaN();
}

uint64_t distinct_hash(const model::Value& value) {
  NumberBuffer buffer;
  return base::hash64(field_text(value, buffer));
}

bool AnswerRoom::reach(size_t bytes) {
  size_t known = reached_.load(std::memory_order_relaxed);
  while (known < bytes) {
    if (!reached_.compare_exchange_weak(known, bytes, std::memory_order_relaxed)) continue;
    return limits_.reserve(kAnswers * (bytes - known));
  }
  return true;
}

GroupTable::GroupTable(const AggregatePlan& plan, QueryLimits& limits, AnswerRoom& room)
    : plan_(plan), limits_(limits), room_(room), specs_(summarised_values(plan)), slots_(64), keys_(1) {}

GroupTable::~GroupTable() { limits_.give_back(reserved_); }

size_t GroupTable::memory_bytes() const {
  size_t bytes = slots_.size() * sizeof(Slot) + groups_.size() * kGroupBytes + value_bytes_;
  for (const base::Arena& keys : keys_) bytes += keys.bytes_reserved();
  return bytes;
}

base::Result<> GroupTable::account() { return account(0); }

// `beside`: what is held for the moment.
base::Result<> GroupTable::account(size_t beside) {
  const size_t bytes = memory_bytes() + beside;
  if (bytes < reserved_) {
    limits_.give_back(reserved_ - bytes);
  } else if (!limits_.reserve(bytes - reserved_)) {
    return too_much();
  }
  reserved_ = bytes;
  if (!room_.reach(answer_bytes_)) return too_much();
  return {};
}

// The key's slot, or the empty one where it belongs.
GroupTable::Slot& GroupTable::slot_of(uint32_t hash, std::string_view key) {
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  while (slots_[at].number != 0 && !(slots_[at].hash == hash && groups_[slots_[at].number - 1].key_view() == key)) at = (at + 1) & mask;
  return slots_[at];
}

// Of the last of groups_. `beside`: as of account().
base::Result<> GroupTable::insert(Group& group, size_t beside) {
  if (groups_.size() * 4 > slots_.size() * 3) {
    if (auto room = account(beside + 2 * slots_.size() * sizeof(Slot)); !room) return room;
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    const size_t mask = slots_.size() - 1;
    for (const Slot& slot : old) {
      if (slot.number == 0) continue;
      size_t at = slot.hash & mask;
      while (slots_[at].number != 0) at = (at + 1) & mask;
      slots_[at] = slot;
    }
  }
  slot_of(group.hash, group.key_view()) = {group.hash, static_cast<uint32_t>(groups_.size())};
  return groups_.size() % kGroupsPerCheck == 0 ? account(beside) : base::Result<>();
}

base::Result<GroupTable::Group*> GroupTable::find_or_add(uint64_t bucket, std::span<const model::Value> by) {
  key_.clear();
  append_word(key_, bucket);
  for (const model::Value& value : by) append_key(key_, value);
  const auto hash = static_cast<uint32_t>(base::hash64(key_));
  if (const Slot& slot = slot_of(hash, key_); slot.number != 0) return &groups_[slot.number - 1];
  return add_group(hash);
}

base::Result<> GroupTable::check_room() const {
  if (groups_.size() < plan_.max_groups) return {};
  return base::fail(base::Code::kResourceExhausted,
                    "more than " + std::to_string(plan_.max_groups) +
                        " groups: narrow the time range or the filter, or group by fields with fewer values");
}

// Of key_.
base::Result<GroupTable::Group*> GroupTable::add_group(uint32_t hash) {
  if (auto room = check_room(); !room) return base::fail(std::move(room.error()));
  answer_bytes_ += answer_bytes_of(key_);
  Group& group = groups_.emplace_back();
  group.key = keys_.back().copy(key_).data();
  group.key_bytes = static_cast<uint32_t>(key_.size());
  group.hash = hash;
  if (!specs_.empty()) {
    group.values = std::make_unique<Summary[]>(specs_.size());
    value_bytes_ += summaries_bytes(specs_.size());
  }
  for (size_t i = 0; i < specs_.size(); ++i) {
    Summary& value = group.values[i];
    if (!specs_[i].quantiles.empty()) value.sketch = std::make_unique<DDSketch>();
    if (specs_[i].distinct) value.distinct = std::make_unique<DistinctSketch>();
    value_bytes_ += bytes_of(value);
  }
  if (auto inserted = insert(group, 0); !inserted) return base::fail(std::move(inserted.error()));
  return &group;
}

// Of a group with this key.
size_t GroupTable::answer_bytes_of(std::string_view key) const {
  // Its place in the list by which groups are sorted counts too.
  size_t bytes = sizeof(AggregateGroup) + sizeof(Group*) + heap_bytes(plan_.by.size() * sizeof(FieldValue)) +
                 heap_bytes(specs_.size() * sizeof(ValueSummary)) + text_bytes(key.data() + sizeof(uint64_t), plan_.by.size());
  // Sketches that are kept have an owner's counts beside them.
  for (const ValueSpec& spec : specs_) bytes += heap_bytes(spec.quantiles.size() * sizeof(double)) + 2 * heap_bytes(1);
  return bytes;
}

void GroupTable::make_room(Summary& value) {
  constexpr uint32_t kLeast = 4, kMost = 512;
  if (value.room == kMost) return settle(value);
  const uint32_t room = std::clamp(4 * value.room, kLeast, kMost);
  auto waiting = std::make_unique_for_overwrite<double[]>(room);
  std::copy_n(value.waiting.get(), value.waits, waiting.get());
  value_bytes_ += heap_bytes(room * sizeof(double)) - heap_bytes(value.room * sizeof(double));
  value.waiting = std::move(waiting);
  value.room = room;
}

void GroupTable::settle(Summary& value) {
  if (value.sketch == nullptr) return;  // nothing waits
  const std::span<const double> numbers(value.waiting.get(), std::exchange(value.waits, 0));
  NumberSummary sum;
  for (const double number : numbers) sum.add(number);
  value.numbers.add(sum);
  value_bytes_ -= value.sketch->memory_bytes();
  value.sketch->add(numbers);
  value_bytes_ += value.sketch->memory_bytes();
}

void GroupTable::add_distinct(Group& group, size_t spec, uint64_t hash) {
  DistinctSketch& sketch = *group.values[spec].distinct;
  value_bytes_ -= sketch.memory_bytes();
  sketch.add(hash);
  value_bytes_ += sketch.memory_bytes();
}

base::Result<> GroupTable::merge(GroupTable&& other) {
  std::move(other.keys_.begin(), other.keys_.end(), std::inserter(keys_, keys_.begin()));
  other.keys_.clear();
  reserved_ += std::exchange(other.reserved_, 0);
  value_bytes_ += std::exchange(other.value_bytes_, 0);
  if (groups_.empty()) {
    groups_.swap(other.groups_);
    slots_.swap(other.slots_);
    answer_bytes_ = other.answer_bytes_;
    return account();
  }
  // Its memory goes as ours grows.
  for (; !other.groups_.empty(); other.groups_.pop_front()) {
    Group& from = other.groups_.front();
    if (const Slot& slot = slot_of(from.hash, from.key_view()); slot.number != 0) {
      merge_group(groups_[slot.number - 1], std::move(from));
      continue;
    }
    if (auto room = check_room(); !room) return room;
    answer_bytes_ += answer_bytes_of(from.key_view());
    if (auto inserted = insert(groups_.emplace_back(std::move(from)), other.memory_bytes()); !inserted) return inserted;
  }
  return account();
}

void GroupTable::merge_group(Group& group, Group&& other) {
  add_times(group, other.first, other.last);
  add_count(group, other.count);
  for (size_t i = 0; i < specs_.size(); ++i) {
    Summary& value = group.values[i];
    Summary& more = other.values[i];
    settle(value), settle(more);
    value.numbers.add(more.numbers);
    value_bytes_ -= bytes_of(value) + bytes_of(more);
    if (value.sketch != nullptr) value.sketch->merge(*more.sketch);
    if (value.distinct != nullptr) value.distinct->merge(*more.distinct);
    value_bytes_ += bytes_of(value);
  }
  if (!specs_.empty()) value_bytes_ -= summaries_bytes(specs_.size());
}

AggregateGroup GroupTable::answer_of(Group& group) const {
  AggregateGroup out;
  const char* key = group.key;
  const auto bucket = load_word<uint64_t>(key);
  key += sizeof(bucket);
  out.bucket = static_cast<base::UnixNanos>(static_cast<uint64_t>(plan_.first_bucket()) + bucket * static_cast<uint64_t>(plan_.step));
  out.by.reserve(plan_.by.size());
  for (size_t i = 0; i < plan_.by.size(); ++i) out.by.push_back(read_key(key));
  out.count = group.count;
  out.first = group.first;
  out.last = group.last;
  answer_values(group, out);
  return out;
}

void GroupTable::answer_values(Group& group, AggregateGroup& out) const {
  out.values.resize(specs_.size());
  for (size_t i = 0; i < specs_.size(); ++i) {
    ValueSummary& value = out.values[i];
    Summary& from = group.values[i];
    value.present = from.numbers.present;
    value.count = from.numbers.count;
    value.sum = from.numbers.sum;
    if (value.count != 0) value.min = from.numbers.min, value.max = from.numbers.max;
    if (from.sketch != nullptr) {
      for (double quantile : specs_[i].quantiles) {
        value.quantiles.push_back(std::clamp(from.sketch->quantile(quantile), value.min, value.max));
      }
    }
    if (from.distinct != nullptr) {
      value.distinct = from.distinct->count();
      value.distinct_is_exact = from.distinct->is_exact();
    }
    if (!plan_.keep_sketches) continue;
    value.sketch = std::move(from.sketch);
    value.distinct_sketch = std::move(from.distinct);
  }
  if (plan_.value.empty()) return;
  ValueSummary& value = out.values.front();
  out.sum = value.sum;
  out.min = value.min;
  out.max = value.max;
  out.value_count = value.count;
  out.quantiles = std::move(value.quantiles);
  out.values.erase(out.values.begin());
}

std::vector<AggregateGroup> GroupTable::take() {
  std::vector<Group*> sorted;
  sorted.reserve(groups_.size());
  for (Group& group : groups_) sorted.push_back(&group);
  std::ranges::sort(sorted, [](const Group* a, const Group* b) {
    const auto left = load_word<uint64_t>(a->key), right = load_word<uint64_t>(b->key);
    if (left != right) return left < right;
    if (a->count != b->count) return a->count > b->count;
    return a->key_view() < b->key_view();
  });
  std::vector<AggregateGroup> out;
  out.reserve(groups_.size());
  for (Group* group : sorted) {
    for (size_t i = 0; i < specs_.size(); ++i) {
      settle(group->values[i]);
    }
    out.push_back(answer_of(*group));
  }
  slots_.assign(64, {});
  groups_.clear();
  keys_.clear();
  keys_.emplace_back();
  value_bytes_ = answer_bytes_ = 0;
  limits_.give_back(std::exchange(reserved_, 0));
  return out;
}

}  // namespace tripod::store
