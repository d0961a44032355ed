// Operators between two metrics, or a metric and a number.
#include <algorithm>
#include <map>
#include <unordered_map>

#include "query/logql/evaluator.h"
#include "query/logql/numeric.h"

namespace tripod::query::logql {

using base::Code;
using base::Result;

namespace {

using Cardinality = VectorMatching::Cardinality;

Labels match_labels(const Labels& labels, const VectorMatching& matching) {
  return grouped(labels, {.without = !matching.on, .labels = matching.labels});
}

// The value of one step; kAbsent where a comparison filters it out. A filter keeps `kept`.
double operate(const Binary& binary, double left, double right, double kept) {
  const double value = scalar_operation(binary.op, left, right);
  if (!is_comparison(binary.op) || binary.return_bool) return value;
  return value != 0 ? kept : kAbsent;
}

bool any_present(const std::vector<double>& values) { return std::ranges::any_of(values, is_present); }

Labels result_labels(const Labels& many, const Labels& one, const VectorMatching& matching) {
  if (matching.cardinality == Cardinality::kOneToOne) return match_labels(many, matching);
  Labels out = many;
  for (const std::string& name : matching.include) {
    std::erase_if(out, [&](const auto& label) { return label.first == name; });
    for (const auto& label : one) {
      if (label.first == name && !label.second.empty()) out.push_back(label);
    }
  }
  std::ranges::sort(out);
  return out;
}

std::unexpected<base::Error> duplicate(const Labels& group, const char* side) {
  return base::fail(Code::kInvalidArgument,
                    "found duplicate series for the match group " + to_string(group) + " on the " + side +
                        " hand-side of the operation; many-to-many matching not allowed: matching labels must be unique "
                        "on one side");
}

}  // namespace

Result<Value> Evaluator::eval_binary(const Binary& binary) {
  auto lhs = eval(*binary.lhs);
  if (!lhs) return lhs;
  auto rhs = eval(*binary.rhs);
  if (!rhs) return rhs;
  if (lhs->is_scalar) return with_scalar(binary, std::move(*rhs), *lhs, true);
  if (rhs->is_scalar) return with_scalar(binary, std::move(*lhs), *rhs, false);
  if (is_set_op(binary.op)) return set_operation(binary, std::move(*lhs), std::move(*rhs));
  return vector_vector(binary, std::move(*lhs), std::move(*rhs));
}

Value Evaluator::with_scalar(const Binary& binary, Value vector, const Value& scalar, bool scalar_is_left) const {
  const double number = scalar.series[0].values[0];
  for (Series& series : vector.series) {
    for (double& value : series.values) {
      if (!is_present(value)) continue;
      value = scalar_is_left ? operate(binary, number, value, value) : operate(binary, value, number, value);
    }
  }
  std::erase_if(vector.series, [](const Series& series) { return !any_present(series.values); });
  return vector;
}

// Each step matches by itself: a group may have one series now and another later.
Result<Value> Evaluator::vector_vector(const Binary& binary, Value lhs, Value rhs) const {
  const VectorMatching& matching = binary.matching;
  const bool swapped = matching.cardinality == Cardinality::kOneToMany;
  const std::vector<Series>& many = swapped ? rhs.series : lhs.series;
  const std::vector<Series>& one = swapped ? lhs.series : rhs.series;
  std::unordered_map<std::string, std::vector<size_t>> ones;
  for (size_t i = 0; i < one.size(); ++i) ones[label_key(match_labels(one[i].labels, matching))].push_back(i);
  Value out;
  std::unordered_map<std::string, size_t> results;
  for (const Series& left : many) {
    if (auto polled = state_.poll(); !polled) return base::fail(std::move(polled.error()));
    const Labels group = match_labels(left.labels, matching);
    const auto partners = ones.find(label_key(group));
    if (partners == ones.end()) continue;
    const Series* last = nullptr;  // the partner of the step before, and where their result is
    size_t place = 0;
    for (size_t i = 0; i < frame_.steps; ++i) {
      if (!is_present(left.values[i])) continue;
      const Series* right = nullptr;
      for (const size_t k : partners->second) {
        if (!is_present(one[k].values[i])) continue;
        if (right != nullptr) return duplicate(group, swapped ? "left" : "right");
        right = &one[k];
      }
      if (right == nullptr) continue;
      const double a = swapped ? right->values[i] : left.values[i];
      const double b = swapped ? left.values[i] : right->values[i];
      const double value = operate(binary, a, b, a);
      if (right != last) {
        last = right;
        Labels labels = result_labels(left.labels, right->labels, matching);
        const auto [at, added] = results.emplace(label_key(labels), out.series.size());
        if (added) out.series.push_back({std::move(labels), std::vector<double>(frame_.steps, kAbsent)});
        place = at->second;
      }
      double& cell = out.series[place].values[i];
      if (is_present(cell)) {
        if (matching.cardinality == Cardinality::kOneToOne) return duplicate(group, "left");
        return base::fail(Code::kInvalidArgument,
                          "multiple matches for labels: grouping labels must ensure unique matches");
      }
      cell = value;
    }
  }
  std::erase_if(out.series, [](const Series& series) { return !any_present(series.values); });
  return out;
}

Value Evaluator::set_operation(const Binary& binary, Value lhs, Value rhs) const {
  const size_t steps = frame_.steps;
  const auto presence = [&](const std::vector<Series>& series) {
    std::unordered_map<std::string, std::vector<bool>> out;
    for (const Series& one : series) {
      auto& there = out[label_key(match_labels(one.labels, binary.matching))];
      there.resize(steps);
      for (size_t i = 0; i < steps; ++i) {
        if (is_present(one.values[i])) there[i] = true;
      }
    }
    return out;
  };
  // Keeps the values of those steps at which the other side has (or has not) a series of the group.
  const auto keep = [&](std::vector<Series>& series, const auto& other, bool wanted) {
    for (Series& one : series) {
      const auto found = other.find(label_key(match_labels(one.labels, binary.matching)));
      for (size_t i = 0; i < steps; ++i) {
        const bool there = found != other.end() && found->second[i];
        if (there != wanted) one.values[i] = kAbsent;
      }
    }
    std::erase_if(series, [](const Series& one) { return !any_present(one.values); });
  };
  if (binary.op != BinaryOp::kOr) {
    keep(lhs.series, presence(rhs.series), binary.op == BinaryOp::kAnd);
    return lhs;
  }
  keep(rhs.series, presence(lhs.series), false);
  // A label set may come from the left at one step and from the right at another.
  std::unordered_map<std::string, size_t> index;
  for (size_t i = 0; i < lhs.series.size(); ++i) index.emplace(label_key(lhs.series[i].labels), i);
  for (Series& one : rhs.series) {
    const auto found = index.find(label_key(one.labels));
    if (found == index.end()) {
      lhs.series.push_back(std::move(one));
      continue;
    }
    for (size_t i = 0; i < steps; ++i) {
      if (is_present(one.values[i])) lhs.series[found->second].values[i] = one.values[i];
    }
  }
  return lhs;
}

}  // namespace tripod::query::logql
