// Vector aggregations and label_replace.
#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "query/logql/evaluator.h"
#include "query/logql/stages/regex.h"
#include "query/promql/numeric.h"

namespace tripod::query::logql {

using base::Code;
using base::Result;

namespace {

struct Group {
  Labels labels;
  std::vector<size_t> members;  // of the input
};

std::vector<Group> group_by(const std::vector<Series>& input, const Grouping& grouping) {
  std::vector<Group> out;
  std::unordered_map<std::string, size_t> index;
  for (size_t i = 0; i < input.size(); ++i) {
    Labels labels = grouped(input[i].labels, grouping);
    const auto [at, added] = index.emplace(label_key(labels), out.size());
    if (added) out.push_back({std::move(labels), {}});
    out[at->second].members.push_back(i);
  }
  return out;
}

double reduce(VectorOp op, const std::vector<double>& values) {
  switch (op) {
    case VectorOp::kCount: return static_cast<double>(values.size());
    case VectorOp::kSum: {
      promql::KahanSum sum;
      for (const double value : values) sum.add(value);
      return sum.value();
    }
    case VectorOp::kAvg: {
      promql::KahanMean mean;
      for (const double value : values) mean.add(value);
      return mean.value();
    }
    case VectorOp::kMin:
    case VectorOp::kMax: {
      double out = values[0];
      for (const double value : values) {
        if (std::isnan(out) || (op == VectorOp::kMin ? value < out : value > out)) out = value;
      }
      return out;
    }
    default: {
      promql::Variance variance;
      for (const double value : values) variance.add(value);
      return op == VectorOp::kStddev ? std::sqrt(variance.value()) : variance.value();
    }
  }
}

// Descending (or ascending), numbers before NaN; what is equal stays in order.
void sort_by_value(std::vector<Series>& series, bool descending) {
  std::ranges::stable_sort(series, [&](const Series& a, const Series& b) {
    const double x = a.values[0], y = b.values[0];
    if (std::isnan(x) || std::isnan(y)) return std::isnan(y) && !std::isnan(x);
    return descending ? x > y : x < y;
  });
}

void set_label(Labels& labels, const std::string& name, const std::string& value) {
  std::erase_if(labels, [&](const auto& label) { return label.first == name; });
  if (!value.empty()) labels.emplace_back(name, value);
  std::ranges::sort(labels);
}

}  // namespace

Labels grouped(const Labels& labels, const Grouping& grouping) {
  Labels out;
  for (const auto& label : labels) {
    const bool named = std::ranges::find(grouping.labels, label.first) != grouping.labels.end();
    if (named != grouping.without && !label.second.empty()) out.push_back(label);
  }
  return out;
}

Result<Value> Evaluator::eval_vector(const VectorAggregation& vector) {
  const Grouping grouping = vector.grouping.value_or(Grouping{});
  const auto* inner = vector.expr->as<RangeAggregation>();
  auto input = inner != nullptr ? eval_range(*inner, vector.op == VectorOp::kSum ? &grouping : nullptr) : eval(*vector.expr);
  if (!input) return input;
  switch (vector.op) {
    case VectorOp::kSort:
    case VectorOp::kSortDesc:
      // Of one instant alone: over many, every series has many places.
      if (frame_.steps == 1) sort_by_value(input->series, vector.op == VectorOp::kSortDesc);
      return input;
    case VectorOp::kTopk:
    case VectorOp::kBottomk:
    case VectorOp::kApproxTopk: return take_best(vector, grouping, std::move(*input));
    default: return aggregate_all(vector, grouping, std::move(*input));
  }
}

Value Evaluator::aggregate_all(const VectorAggregation& vector, const Grouping& grouping, Value input) const {
  Value out;
  std::vector<double> values;
  for (Group& group : group_by(input.series, grouping)) {
    Series series{std::move(group.labels), std::vector<double>(frame_.steps, kAbsent)};
    bool any = false;
    for (size_t i = 0; i < frame_.steps; ++i) {
      values.clear();
      for (const size_t member : group.members) {
        if (is_present(input.series[member].values[i])) values.push_back(input.series[member].values[i]);
      }
      if (values.empty()) continue;
      series.values[i] = reduce(vector.op, values);
      any = true;
    }
    if (any) out.series.push_back(std::move(series));
  }
  return out;
}

Value Evaluator::take_best(const VectorAggregation& vector, const Grouping& grouping, Value input) const {
  const bool descending = vector.op != VectorOp::kBottomk;
  std::vector<std::vector<double>> kept(input.series.size(), std::vector<double>(frame_.steps, kAbsent));
  // Equal values: the first in order of labels.
  std::ranges::sort(input.series, {}, &Series::labels);
  const auto groups = group_by(input.series, grouping);
  std::vector<size_t> order;
  for (const Group& group : groups) {
    for (size_t i = 0; i < frame_.steps; ++i) {
      order.clear();
      for (const size_t member : group.members) {
        if (is_present(input.series[member].values[i])) order.push_back(member);
      }
      std::ranges::stable_sort(order, [&](size_t a, size_t b) {
        const double x = input.series[a].values[i], y = input.series[b].values[i];
        if (std::isnan(x) || std::isnan(y)) return std::isnan(y) && !std::isnan(x);
        return descending ? x > y : x < y;
      });
      order.resize(std::min(order.size(), static_cast<size_t>(vector.param)));
      for (const size_t member : order) kept[member][i] = input.series[member].values[i];
    }
  }
  Value out;
  for (size_t member = 0; member < kept.size(); ++member) {
    if (!std::ranges::any_of(kept[member], is_present)) continue;
    out.series.push_back({std::move(input.series[member].labels), std::move(kept[member])});
  }
  return out;
}

Result<Value> Evaluator::eval_label_replace(const LabelReplace& replace) {
  auto input = eval(*replace.expr);
  if (!input) return input;
  const auto regex = compile_anchored(replace.regex);
  if (!regex) return base::fail(regex.error());
  std::vector<re2::StringPiece> groups(static_cast<size_t>((*regex)->NumberOfCapturingGroups()) + 1);
  std::unordered_map<std::string, bool> seen;
  for (Series& series : input->series) {
    std::string source;
    for (const auto& [name, value] : series.labels) {
      if (name == replace.source) source = value;
    }
    const re2::StringPiece text(source);
    if ((*regex)->Match(text, 0, text.size(), RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size()))) {
      std::string value;
      expand_groups(replace.replacement, **regex, groups, value);
      set_label(series.labels, replace.destination, value);
    }
    if (!seen.emplace(label_key(series.labels), true).second) {
      return base::fail(Code::kInvalidArgument, "vector cannot contain metrics with the same labelset");
    }
  }
  return input;
}

}  // namespace tripod::query::logql
