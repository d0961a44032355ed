#include "query/search/group_merge.h"

#include <algorithm>
#include <cmath>

#include "query/search/cells.h"
#include "store/events/ddsketch.h"
#include "store/events/distinct_sketch.h"

namespace tripod::query::search {

using Function = Measure::Function;
using store::Predicate;

namespace {

constexpr size_t kMostGroups = 1'000'000;

// The measures that summarise one field share one spec of the plan.
std::vector<const FieldName*> summarised(const Aggregation& aggregation) {
  std::vector<const FieldName*> out;
  for (const Measure& measure : aggregation.measures) {
    if (measure.field.name.empty()) continue;
    const bool known = std::ranges::any_of(out, [&](const FieldName* name) { return *name == measure.field; });
    if (!known) out.push_back(&measure.field);
  }
  return out;
}

base::Result<> set_fallbacks(store::AggregatePlan& plan, const FieldName& name, std::vector<std::string> fields) {
  const std::string first = fields.front();
  fields.erase(fields.begin());
  const auto [known, is_new] = plan.fallbacks.try_emplace(first, fields);
  if (is_new || known->second == fields) return {};
  return base::fail(base::Code::kUnsupported, "\"" + name.name + "\" and another name of the question ask the field " + first + " in different ways");
}

void merge(store::ValueSummary& into, store::ValueSummary&& from) {
  if (from.count != 0) {
    into.min = into.count == 0 ? from.min : std::min(into.min, from.min);
    into.max = into.count == 0 ? from.max : std::max(into.max, from.max);
  }
  into.present += from.present;
  into.count += from.count;
  into.sum += from.sum;
  if (into.sketch != nullptr && from.sketch != nullptr) into.sketch->merge(*from.sketch);
  if (into.distinct_sketch != nullptr && from.distinct_sketch != nullptr) into.distinct_sketch->merge(*from.distinct_sketch);
}

// Whole numbers as such, so that the greatest of some integers is one.
Cell number(double value) {
  constexpr double kMostExact = 9007199254740992.0;  // 2^53
  if (!std::isfinite(value)) return {};
  if (std::trunc(value) == value && std::fabs(value) < kMostExact) return static_cast<int64_t>(value);
  return value;
}

}  // namespace

base::Result<store::AggregatePlan> plan_of(const Question::Part& part, const Aggregation& aggregation) {
  store::AggregatePlan plan{.dataset = part.dataset};
  std::vector<Predicate> all = {part.filter};
  for (const FieldName& key : aggregation.by) {
    auto fields = fields_behind(part.dataset, key);
    plan.by.push_back(fields.front());
    std::vector<Predicate> any;
    for (const std::string& field : fields) any.push_back(Predicate::exists(field));
    if (aggregation.only_with_keys) all.push_back(Predicate::any_of(std::move(any)));
    if (auto ok = set_fallbacks(plan, key, std::move(fields)); !ok) return base::fail(std::move(ok.error()));
  }
  for (const FieldName* field : summarised(aggregation)) {
    auto fields = fields_behind(part.dataset, *field);
    store::ValueSpec spec{.field = fields.front(), .quantiles = {}, .distinct = false};
    for (const Measure& measure : aggregation.measures) {
      if (measure.field != *field) continue;
      if (measure.function == Function::kQuantile) spec.quantiles.push_back(measure.quantile);
      if (measure.function == Function::kUnique) spec.distinct = true;
    }
    plan.values.push_back(std::move(spec));
    if (auto ok = set_fallbacks(plan, *field, std::move(fields)); !ok) return base::fail(std::move(ok.error()));
  }
  plan.filter = all.size() == 1 ? std::move(all.front()) : Predicate::all_of(std::move(all));
  plan.step = aggregation.step;
  plan.aligned = true;
  plan.keep_sketches = true;
  plan.max_groups = kMostGroups;
  if (part.dataset == store::Dataset::kSpans) plan.weight = store::kAdjustedCountField;
  return plan;
}

std::vector<MeasureSource> sources_of(const Aggregation& aggregation) {
  const auto fields = summarised(aggregation);
  std::vector<MeasureSource> out;
  for (const Measure& measure : aggregation.measures) {
    const auto spec = std::ranges::find_if(fields, [&](const FieldName* name) { return *name == measure.field; });
    out.push_back({spec == fields.end() ? SIZE_MAX : static_cast<size_t>(spec - fields.begin())});
  }
  return out;
}

void GroupMerge::add(std::vector<store::AggregateGroup> groups) {
  for (store::AggregateGroup& group : groups) {
    const std::string key = std::to_string(group.bucket) + " " + key_of(group.by);
    const auto [at, is_new] = index_.try_emplace(key, groups_.size());
    if (is_new) {
      groups_.push_back({group.bucket, std::move(group.by), group.count, std::move(group.values)});
      continue;
    }
    Group& into = groups_[at->second];
    into.count += group.count;
    for (size_t i = 0; i < into.values.size(); ++i) merge(into.values[i], std::move(group.values[i]));
  }
}

void GroupMerge::add_empty(size_t values) {
  groups_.push_back({0, {}, 0, std::vector<store::ValueSummary>(values)});
}

std::vector<Group> GroupMerge::take() {
  index_.clear();
  return std::move(groups_);
}

Cell value_of(const Measure& measure, const MeasureSource& source, const Group& group, double seconds) {
  if (source.spec == SIZE_MAX) {
    if (measure.function == Function::kRate) return number(static_cast<double>(group.count) / seconds);
    return static_cast<int64_t>(group.count);
  }
  const store::ValueSummary& value = group.values[source.spec];
  if (measure.function == Function::kCount) return static_cast<int64_t>(value.present);
  if (measure.function == Function::kUnique) {
    return static_cast<int64_t>(value.distinct_sketch == nullptr ? 0 : value.distinct_sketch->count());
  }
  if (value.count == 0) return {};
  switch (measure.function) {
    case Function::kSum: return number(value.sum);
    case Function::kAverage: return number(value.sum / static_cast<double>(value.count));
    case Function::kMin: return number(value.min);
    case Function::kMax: return number(value.max);
    case Function::kQuantile:
      if (measure.quantile >= 1) return number(value.max);
      if (measure.quantile <= 0) return number(value.min);
      return number(std::clamp(value.sketch->quantile(measure.quantile), value.min, value.max));
    default: return {};
  }
}

}  // namespace tripod::query::search
