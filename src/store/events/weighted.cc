#include "store/events/weighted.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>
#include <utility>

#include "store/events/ddsketch.h"
#include "store/events/distinct_sketch.h"
#include "store/events/field_text.h"

namespace tripod::store {
namespace {

// A weight has few different values; more groups than this are too many in any case.
constexpr size_t kMostWeights = 16;

double weight_of(const FieldValue& value) {
  double weight = 1;
  if (const auto* real = std::get_if<double>(&value)) weight = *real;
  if (const auto* whole = std::get_if<int64_t>(&value)) weight = static_cast<double>(*whole);
  return std::isfinite(weight) && weight > 1 ? weight : 1;
}

uint64_t scaled(uint64_t count, double weight) { return static_cast<uint64_t>(std::llround(static_cast<double>(count) * weight)); }

void scale(ValueSummary& value, double weight) {
  value.present = scaled(value.present, weight);
  value.count = scaled(value.count, weight);
  value.sum *= weight;
  if (value.sketch != nullptr) value.sketch->scale(weight);
}

void merge(ValueSummary& into, const ValueSummary& from) {
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

std::string key_of(const AggregateGroup& group) {
  std::string key = std::to_string(group.bucket);
  for (const FieldValue& value : group.by) {
    const std::string text = field_text(value);
    key += ' ' + std::to_string(value.index()) + ' ' + std::to_string(text.size()) + ':' + text;
  }
  return key;
}

class Weighted {
 public:
  explicit Weighted(const AggregatePlan& plan) : plan_(plan) {}

  AggregatePlan inner() const {
    AggregatePlan out = plan_;
    out.weight.clear();
    out.by.push_back(plan_.weight);
    out.keep_sketches = true;
    out.max_groups = plan_.max_groups > SIZE_MAX / kMostWeights ? SIZE_MAX : plan_.max_groups * kMostWeights;
    if (!plan_.value.empty()) out.values.push_back({.field = plan_.value, .quantiles = plan_.quantiles});
    out.value.clear();
    out.quantiles.clear();
    return out;
  }

  void take(AggregateGroup group) {
    const double weight = weight_of(group.by.back());
    group.by.pop_back();
    if (weight > 1) {
      is_estimated_ = true;
      group.count = scaled(group.count, weight);
      for (ValueSummary& value : group.values) scale(value, weight);
    }
    const auto [at, is_new] = places_.try_emplace(key_of(group), groups_.size());
    if (is_new) {
      groups_.push_back(std::move(group));
      return;
    }
    AggregateGroup& into = groups_[at->second];
    into.count += group.count;
    into.first = std::min(into.first, group.first);
    into.last = std::max(into.last, group.last);
    for (size_t i = 0; i < into.values.size(); ++i) merge(into.values[i], group.values[i]);
  }

  base::Result<AggregateResult> finish(QueryStats stats) {
    if (groups_.size() > plan_.max_groups) {
      return base::fail(base::Code::kResourceExhausted, "more than " + std::to_string(plan_.max_groups) + " groups");
    }
    for (AggregateGroup& group : groups_) finish(group);
    std::ranges::stable_sort(groups_, [](const AggregateGroup& a, const AggregateGroup& b) { return a.bucket != b.bucket ? a.bucket < b.bucket : a.count > b.count; });
    if (is_estimated_) stats.warnings.push_back("estimated: each of the records that were kept is counted " + plan_.weight + " times");
    return AggregateResult{std::move(groups_), std::move(stats)};
  }

 private:
  void finish(AggregateGroup& group) const {
    for (size_t i = 0; i < group.values.size(); ++i) {
      ValueSummary& value = group.values[i];
      const auto& quantiles = i < plan_.values.size() ? plan_.values[i].quantiles : plan_.quantiles;
      value.quantiles.clear();
      for (const double quantile : quantiles) {
        if (value.sketch != nullptr && value.count > 0) value.quantiles.push_back(std::clamp(value.sketch->quantile(quantile), value.min, value.max));
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
    const ValueSummary value = std::move(group.values.back());
    group.values.pop_back();
    group.sum = value.sum;
    group.min = value.min;
    group.max = value.max;
    group.value_count = value.count;
    group.quantiles = value.quantiles;
  }

  const AggregatePlan& plan_;
  std::vector<AggregateGroup> groups_;
  std::unordered_map<std::string, size_t> places_;
  bool is_estimated_ = false;
};

}  // namespace

base::Result<AggregateResult> aggregate_weighted(const AggregatePlan& plan,
                                                 const std::function<base::Result<AggregateResult>(const AggregatePlan&)>& aggregate) {
  Weighted weighted(plan);
  auto result = aggregate(weighted.inner());
  if (!result) return result;
  for (AggregateGroup& group : result->groups) weighted.take(std::move(group));
  return weighted.finish(std::move(result->stats));
}

}  // namespace tripod::store
