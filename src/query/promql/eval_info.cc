// info(): labels of info metrics, target_info above all, added to series of the same job and
// instance. https://prometheus.io/docs/prometheus/latest/querying/functions/#info
#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "query/promql/compiled_matcher.h"
#include "query/promql/evaluator.h"
#include "query/promql/labels.h"

namespace tripod::query::promql {

using base::Code;
using base::fail;
using base::Result;

namespace {

using store::LabelMatcher;
using Op = LabelMatcher::Op;

constexpr std::string_view kDefaultInfo = "target_info";
// What identifies the target of a series.
const std::vector<std::string>& identifying() {
  static const std::vector<std::string> kNames = {"instance", "job"};
  return kNames;
}

// The second argument: which info metrics, and which of their labels.
struct Wanted {
  std::vector<LabelMatcher> names;  // of __name__; never empty
  std::vector<LabelMatcher> data;   // of the labels to add; empty: all of them
  std::vector<CompiledMatcher> compiled_names;
  // A series without any info is kept only where the labels asked for may be missing.
  bool may_be_missing;

  explicit Wanted(const VectorSelector* selector) {
    for (const LabelMatcher& matcher :
         selector != nullptr ? selector->matchers : std::vector<LabelMatcher>()) {
      (matcher.name == kMetricName ? names : data).push_back(matcher);
    }
    if (names.empty())
      names.push_back({Op::kEqual, std::string(kMetricName), std::string(kDefaultInfo)});
    for (const LabelMatcher& matcher : names) compiled_names.emplace_back(matcher);
    may_be_missing = std::ranges::all_of(
        data, [](const LabelMatcher& matcher) { return CompiledMatcher(matcher).matches(""); });
  }

  bool is_info(const store::Labels& labels) const {
    const std::string_view name = get_label(labels, kMetricName);
    return std::ranges::all_of(compiled_names,
                               [&](const auto& matcher) { return matcher.matches(name); });
  }
  bool takes(std::string_view label) const {
    return data.empty() || std::ranges::any_of(data, [&](const LabelMatcher& matcher) {
             return matcher.name == label;
           });
  }
};

// "a|b" of the values that the base series have, so that only their infos are read.
std::vector<LabelMatcher> info_matchers(const Value& base, const Wanted& wanted) {
  std::map<std::string, std::set<std::string>> values;
  for (const Series& series : base.series) {
    if (wanted.is_info(series.labels)) continue;
    for (const std::string& name : identifying()) {
      const std::string_view value = get_label(series.labels, name);
      if (!value.empty()) values[name].emplace(value);
    }
  }
  std::vector<LabelMatcher> out;
  if (values.empty()) return out;
  out = wanted.names;
  out.insert(out.end(), wanted.data.begin(), wanted.data.end());
  for (const auto& [name, distinct] : values) {
    std::string pattern;
    for (const std::string& value : distinct) {
      if (!pattern.empty()) pattern += '|';
      pattern += RE2::QuoteMeta(value);
    }
    out.push_back({Op::kRegex, name, std::move(pattern)});
  }
  return out;
}

// Infos of one target by the metric's name; each with the times of its samples.
using InfosByName = std::map<std::string, std::vector<const Series*>>;

// The newest info of one name at a step; null: none. Two as new as each other are an error.
Result<const Series*> newest(const std::vector<const Series*>& infos, size_t step) {
  const Series* best = nullptr;
  for (const Series* info : infos) {
    if (!is_present(info->values[step])) continue;
    if (best == nullptr || info->values[step] > best->values[step]) {
      best = info;
    } else if (info->values[step] == best->values[step]) {
      const std::string time = std::to_string(static_cast<int64_t>(info->values[step] * 1000));
      return fail(Code::kAlreadyExists, "found duplicate series for info metric: existing " +
                                            to_string(best->labels) + " @ " + time + ", new " +
                                            to_string(info->labels) + " @ " + time);
    }
  }
  return best;
}

// Adds an info's labels that the base does not have. Two infos must not disagree.
Result<> add_labels(const Series& info, const store::Labels& base, const Wanted& wanted,
                    store::Labels& added) {
  for (const auto& [name, value] : info.labels) {
    if (name == kMetricName || !wanted.takes(name)) continue;
    const std::string_view other = get_label(added, name);
    if (!other.empty() && other != value)
      return fail(Code::kAlreadyExists, "conflicting label: " + name);
    if (get_label(base, name).empty()) set_label(added, name, value);
  }
  return {};
}

// Splits a base series into one per set of labels that its infos add over time. `append` adds a
// series to `out`, or fails where there is no room.
template <class Append>
Result<> enrich(const Series& base, const InfosByName& infos, const Wanted& wanted,
                std::vector<Series>& out, Append append) {
  std::map<store::Labels, size_t> made;  // to the index of `out`
  size_t at = out.size();                // the one of the step before, once there is any
  for (size_t step = 0; step < base.values.size(); ++step) {
    if (!is_present(base.values[step])) continue;
    store::Labels added;
    bool any = false;
    for (const auto& [name, candidates] : infos) {
      const auto info = newest(candidates, step);
      if (!info) return fail(info.error());
      if (*info == nullptr) continue;
      any = true;
      if (auto ok = add_labels(**info, base.labels, wanted, added); !ok) return ok;
    }
    if (!any && !wanted.may_be_missing) continue;
    store::Labels labels = base.labels;
    for (const auto& [name, value] : added) set_label(labels, name, value);
    if (made.empty() || out[at].labels != labels) {
      const auto [found, is_new] = made.try_emplace(labels, out.size());
      at = found->second;
      if (is_new) {
        std::vector<double> values(base.values.size(), kAbsent);
        auto ok = append({std::move(labels), std::move(values), base.drop_name});
        if (!ok) return ok;
      }
    }
    out[at].values[step] = base.values[step];
  }
  return {};
}

// The time shift of the first selector inside: infos are read where the series were.
const TimeShift* first_shift(const Expr& expr) {
  if (const auto* selector = expr.as<VectorSelector>()) return &selector->shift;
  if (const auto* matrix = expr.as<MatrixSelector>()) return &matrix->selector.shift;
  for (const Expr* child : children(expr)) {
    if (const TimeShift* shift = first_shift(*child)) return shift;
  }
  return nullptr;
}

}  // namespace

Result<Value> Evaluator::eval_info(const Call& call) {
  auto base = eval(*call.args.front());
  if (!base) return base;
  const Wanted wanted(call.args.size() > 1 ? call.args[1]->as<VectorSelector>() : nullptr);

  VectorSelector selector;
  selector.matchers = info_matchers(*base, wanted);
  if (const TimeShift* shift = first_shift(*call.args.front())) selector.shift = *shift;
  Value infos;
  if (!selector.matchers.empty()) {
    // The times of samples, not their values: of two infos the newer counts.
    auto selected = eval_selector(selector, Yield::kTimestamp);
    if (!selected) return selected;
    infos = std::move(*selected);
  }
  std::unordered_map<std::string, InfosByName> by_target;
  for (const Series& info : infos.series) {
    by_target[signature(info.labels, identifying(), true)]
             [std::string(get_label(info.labels, kMetricName))]
                 .push_back(&info);
  }

  Value out;
  const auto add = [&](Series series) -> Result<> {
    if (auto ok = state_.poll(); !ok) return ok;
    return append(std::move(series), out);
  };
  const InfosByName none;
  for (Series& series : base->series) {
    if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
    if (wanted.is_info(series.labels)) {
      if (auto ok = add(std::move(series)); !ok) return fail(std::move(ok.error()));
      continue;
    }
    const auto at = by_target.find(signature(series.labels, identifying(), true));
    const InfosByName& own = at != by_target.end() ? at->second : none;
    if (auto ok = enrich(series, own, wanted, out.series, add); !ok)
      return fail(std::move(ok.error()));
  }
  if (auto ok = merge_same_labels(out); !ok) return fail(std::move(ok.error()));
  return out;
}

}  // namespace tripod::query::promql
