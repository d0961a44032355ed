// Operators between scalars and vectors.
#include <algorithm>
#include <cmath>
#include <functional>
#include <unordered_map>

#include "query/promql/evaluator.h"
#include "query/promql/labels.h"

namespace tripod::query::promql {

using base::Code;
using base::fail;
using base::Result;

namespace {

using Cardinality = VectorMatching::Cardinality;

struct Outcome {
  double value;
  bool keep;  // of a comparison: it holds
};

Outcome compute(BinaryOp op, double l, double r) {
  switch (op) {
    case BinaryOp::kAdd:
      return {l + r, true};
    case BinaryOp::kSub:
      return {l - r, true};
    case BinaryOp::kMul:
      return {l * r, true};
    case BinaryOp::kDiv:
      return {l / r, true};
    case BinaryOp::kMod:
      return {std::fmod(l, r), true};
    case BinaryOp::kPow:
      return {std::pow(l, r), true};
    case BinaryOp::kAtan2:
      return {std::atan2(l, r), true};
    case BinaryOp::kEqual:
      return {l, l == r};
    case BinaryOp::kNotEqual:
      return {l, l != r};
    case BinaryOp::kLess:
      return {l, l < r};
    case BinaryOp::kLessEqual:
      return {l, l <= r};
    case BinaryOp::kGreater:
      return {l, l > r};
    case BinaryOp::kGreaterEqual:
      return {l, l >= r};
    default:
      return {l, false};  // set operators are evaluated elsewhere
  }
}

bool drops_name(const Binary& binary) { return !is_comparison(binary.op) || binary.return_bool; }

// The result of one pair of samples: kAbsent where a filter does not hold.
double combine(const Binary& binary, double l, double r) {
  const Outcome outcome = compute(binary.op, l, r);
  if (binary.return_bool) return outcome.keep ? 1 : 0;
  return outcome.keep ? outcome.value : kAbsent;
}

std::string match_key(const Binary& binary, const store::Labels& labels) {
  return signature(labels, binary.matching.labels, binary.matching.on);
}

// The labels a match is made on, for errors.
store::Labels matched_labels(const Binary& binary, store::Labels labels) {
  if (binary.matching.on) {
    keep_labels(labels, binary.matching.labels);
  } else {
    erase_labels(labels, binary.matching.labels);
    erase_label(labels, kMetricName);
  }
  return labels;
}

// Labels of a result: the "many" side's, without the name where an arithmetic operator makes
// another value (of bool it is only marked), cut to what was matched on where it is one to one, and
// with the labels that group_x takes from the "one" side.
store::Labels result_labels(const Binary& binary, const store::Labels& many,
                            const store::Labels& one) {
  store::Labels out = many;
  if (!is_comparison(binary.op)) erase_label(out, kMetricName);
  if (binary.matching.cardinality == Cardinality::kOneToOne) {
    if (binary.matching.on) {
      keep_labels(out, binary.matching.labels);
    } else {
      erase_labels(out, binary.matching.labels);
    }
  }
  for (const std::string& name : binary.matching.include)
    set_label(out, name, get_label(one, name));
  return out;
}

// Series of the "one" side with the same match key; at each step at most one of them may have a
// sample.
struct Group {
  std::vector<const Series*> series;
  std::unordered_map<size_t, std::vector<bool>>
      used;                   // steps that have found their match, per column
  std::vector<bool> matched;  // steps at which anything matched; kept where sides are filled
};

constexpr size_t kNobody = static_cast<size_t>(-1);

// A pair of series at one step; a filled side has a value without a series.
struct Pair {
  const Series* many = nullptr;
  const Series* one = nullptr;
  double many_value = kAbsent;
  double one_value = kAbsent;
  size_t column = kNobody;  // where this pair's results go, once known
};

// Adds a column to a result, or fails where there is no room for it.
using AddColumn = std::function<Result<>(Series column)>;

// The match of a vector with a vector, step by step over whole columns. How many those are only the
// match tells: what group_x takes over and filled sides make more of them than either side has.
class Matcher {
 public:
  // `add` adds to `out`.
  Matcher(const Binary& binary, size_t steps, std::vector<Series>& out, AddColumn add)
      : binary_(binary), steps_(steps), out_(out), add_(std::move(add)) {}

  Result<> add_one_side(const Value& one, const Value& many) {
    // A step without samples on the other side is never matched, unless that side is filled.
    std::vector<bool> any(steps_, binary_.matching.fills());
    for (const Series& series : many.series) {
      for (size_t step = 0; step < steps_; ++step)
        any[step] = any[step] || is_present(series.values[step]);
    }
    for (const Series& series : one.series) {
      Group& group = group_of(series);
      for (const Series* other : group.series) {
        for (size_t step = 0; step < steps_; ++step) {
          if (any[step] && is_present(series.values[step]) && is_present(other->values[step])) {
            return duplicate(series, *other);
          }
        }
      }
      group.series.push_back(&series);
    }
    return {};
  }

  Result<> add_many_side(const Series& many) {
    const auto& fill = binary_.matching.fill_right;
    const auto at = groups_.find(match_key(binary_, many.labels));
    if (at == groups_.end() && !fill) return {};
    Group& group = at == groups_.end() ? group_of(many) : at->second;
    for (const Series* one : group.series) {
      Pair pair{.many = &many, .one = one};
      for (size_t step = 0; step < steps_; ++step) {
        pair.many_value = many.values[step];
        pair.one_value = one->values[step];
        if (!is_present(pair.many_value) || !is_present(pair.one_value)) continue;
        if (auto ok = emit(pair, group, step); !ok) return ok;
      }
    }
    return fill ? fill_one_side(many, group, *fill) : Result<>();
  }

  // Samples of the "one" side that nothing matched, where the other side is filled.
  Result<> fill_many_side(const Series& one) {
    Group& group = group_of(one);
    Pair pair{.one = &one, .many_value = *binary_.matching.fill_left};
    for (size_t step = 0; step < steps_; ++step) {
      pair.one_value = one.values[step];
      if (!is_present(pair.one_value) || group.matched[step]) continue;
      if (auto ok = emit(pair, group, step); !ok) return ok;
    }
    return {};
  }

 private:
  Group& group_of(const Series& series) {
    Group& group = groups_[match_key(binary_, series.labels)];
    if (binary_.matching.fills()) group.matched.resize(steps_, false);
    return group;
  }

  Result<> fill_one_side(const Series& many, Group& group, double value) {
    Pair pair{.many = &many, .one_value = value};
    for (size_t step = 0; step < steps_; ++step) {
      pair.many_value = many.values[step];
      const auto has_value = [&](const Series* one) { return is_present(one->values[step]); };
      if (!is_present(pair.many_value) || std::ranges::any_of(group.series, has_value)) continue;
      if (auto ok = emit(pair, group, step); !ok) return ok;
    }
    return {};
  }

  Result<> duplicate(const Series& series, const Series& other) const {
    const char* side = binary_.matching.cardinality == Cardinality::kOneToMany ? "left" : "right";
    return fail(
        Code::kAlreadyExists,
        "found duplicate series for the match group " +
            to_string(matched_labels(binary_, series.labels)) + " on the " + side +
            " hand-side of the operation: [" + to_string(series.labels) + ", " +
            to_string(other.labels) +
            "];many-to-many matching not allowed: matching labels must be unique on one side");
  }

  Result<> emit(Pair& pair, Group& group, size_t step) {
    const bool swapped = binary_.matching.cardinality == Cardinality::kOneToMany;
    if (pair.column == kNobody) {
      const auto column = column_of(pair);
      if (!column) return fail(column.error());
      pair.column = *column;
    }
    if (!group.matched.empty()) group.matched[step] = true;
    const double value = swapped ? combine(binary_, pair.one_value, pair.many_value)
                                 : combine(binary_, pair.many_value, pair.one_value);
    // What a filter does not keep is no match: only what it keeps has to be unique.
    if (!is_present(value)) return {};
    if (auto ok = claim(group, pair.column, step); !ok) return ok;
    double& cell = out_[pair.column].values[step];
    if (is_present(cell)) {
      return fail(Code::kAlreadyExists, "vector cannot contain metrics with the same labelset");
    }
    cell = value;
    return {};
  }

  // Within one group a step gives one result (one to one), or one per distinct label set (many to
  // one).
  Result<> claim(Group& group, size_t column, size_t step) {
    const bool one_to_one = binary_.matching.cardinality == Cardinality::kOneToOne;
    std::vector<bool>& used = group.used[one_to_one ? 0 : column];
    if (used.empty()) used.resize(steps_, false);
    if (used[step]) {
      return fail(Code::kAlreadyExists,
                  one_to_one
                      ? "multiple matches for labels: many-to-one matching must be explicit "
                        "(group_left/group_right)"
                      : "multiple matches for labels: grouping labels must ensure unique matches");
    }
    used[step] = true;
    return {};
  }

  Result<size_t> column_of(const Pair& pair) {
    // A filled side has the labels that are matched on.
    store::Labels filled;
    if (pair.many == nullptr) filled = matched_labels(binary_, pair.one->labels);
    if (pair.one == nullptr) filled = matched_labels(binary_, pair.many->labels);
    store::Labels labels = result_labels(binary_, pair.many != nullptr ? pair.many->labels : filled,
                                         pair.one != nullptr ? pair.one->labels : filled);
    const bool drop_name = binary_.return_bool || (pair.many != nullptr && pair.many->drop_name);
    const auto [at, is_new] =
        columns_.try_emplace(label_key(labels) + (drop_name ? '-' : '+'), out_.size());
    const size_t column = at->second;
    if (!is_new) return column;
    auto ok = add_({std::move(labels), std::vector<double>(steps_, kAbsent), drop_name});
    if (!ok) return fail(std::move(ok.error()));
    return column;
  }

  const Binary& binary_;
  const size_t steps_;
  std::unordered_map<std::string, Group> groups_;    // by match key; nodes stay where they are
  std::unordered_map<std::string, size_t> columns_;  // result labels to index of out_
  std::vector<Series>& out_;
  const AddColumn add_;
};

// Which steps have a sample, per match key.
std::unordered_map<std::string, std::vector<bool>> presence(const Binary& binary, const Value& side,
                                                            size_t steps) {
  std::unordered_map<std::string, std::vector<bool>> out;
  for (const Series& series : side.series) {
    std::vector<bool>& present = out[match_key(binary, series.labels)];
    present.resize(steps, false);
    for (size_t step = 0; step < steps; ++step)
      present[step] = present[step] || is_present(series.values[step]);
  }
  return out;
}

// Takes away the samples of `value` at steps where the other side has (`keep_present` false) or
// lacks (true) a match.
void filter(const Binary& binary, Value& value,
            const std::unordered_map<std::string, std::vector<bool>>& other, bool keep_present) {
  for (Series& series : value.series) {
    const auto at = other.find(match_key(binary, series.labels));
    for (size_t step = 0; step < series.values.size(); ++step) {
      const bool present = at != other.end() && at->second[step];
      if (present != keep_present) series.values[step] = kAbsent;
    }
  }
}

}  // namespace

Result<Value> Evaluator::eval_binary(const Binary& binary) {
  auto lhs = eval(*binary.lhs);
  if (!lhs) return lhs;
  auto rhs = eval(*binary.rhs);
  if (!rhs) return rhs;
  const bool left_scalar = lhs->type == ValueType::kScalar;
  const bool right_scalar = rhs->type == ValueType::kScalar;
  if (left_scalar && right_scalar) return scalar_scalar(binary, *lhs, *rhs);
  if (left_scalar) return vector_scalar(binary, std::move(*rhs), *lhs, true);
  if (right_scalar) return vector_scalar(binary, std::move(*lhs), *rhs, false);
  if (is_set_op(binary.op)) return set_operation(binary, std::move(*lhs), std::move(*rhs));
  return vector_vector(binary, *lhs, *rhs);
}

Result<Value> Evaluator::scalar_scalar(const Binary& binary, const Value& lhs, const Value& rhs) {
  auto out = new_scalar();
  if (!out) return out;
  for (size_t step = 0; step < frame_.steps; ++step) {
    out->series.front().values[step] =
        combine(binary, lhs.series.front().values[step], rhs.series.front().values[step]);
  }
  return out;
}

Result<Value> Evaluator::vector_scalar(const Binary& binary, Value vector, const Value& scalar,
                                       bool scalar_is_left) {
  const std::vector<double>& other = scalar.series.front().values;
  for (Series& series : vector.series) {
    if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
    series.drop_name = series.drop_name || drops_name(binary);
    for (size_t step = 0; step < series.values.size(); ++step) {
      double& v = series.values[step];
      if (!is_present(v)) continue;
      const double result =
          scalar_is_left ? combine(binary, other[step], v) : combine(binary, v, other[step]);
      // A filter keeps the vector's value even where the scalar stands on the left.
      const bool filtered = is_comparison(binary.op) && !binary.return_bool && is_present(result);
      v = filtered ? v : result;
    }
  }
  prune(vector);
  return vector;
}

Result<Value> Evaluator::vector_vector(const Binary& binary, const Value& lhs, const Value& rhs) {
  const bool swapped = binary.matching.cardinality == Cardinality::kOneToMany;
  const Value& many = swapped ? rhs : lhs;
  const Value& one = swapped ? lhs : rhs;
  Value out;
  Matcher matcher(binary, frame_.steps, out.series, [&](Series column) -> Result<> {
    if (auto ok = state_.poll(); !ok) return ok;
    return append(std::move(column), out);
  });
  if (auto ok = matcher.add_one_side(one, many); !ok) return fail(std::move(ok.error()));
  for (const Series& series : many.series) {
    if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
    if (auto ok = matcher.add_many_side(series); !ok) return fail(std::move(ok.error()));
  }
  if (binary.matching.fill_left) {
    for (const Series& series : one.series) {
      if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
      if (auto ok = matcher.fill_many_side(series); !ok) return fail(std::move(ok.error()));
    }
  }
  prune(out);
  return out;
}

Result<Value> Evaluator::set_operation(const Binary& binary, Value lhs, Value rhs) {
  if (binary.op == BinaryOp::kAnd || binary.op == BinaryOp::kUnless) {
    filter(binary, lhs, presence(binary, rhs, frame_.steps), binary.op == BinaryOp::kAnd);
    prune(lhs);
    return lhs;
  }
  filter(binary, rhs, presence(binary, lhs, frame_.steps), false);
  prune(rhs);
  auto out = new_vector(lhs.series.size() + rhs.series.size());
  if (!out) return out;
  for (Value* side : {&lhs, &rhs}) std::ranges::move(side->series, std::back_inserter(out->series));
  if (auto ok = merge_same_labels(*out); !ok) return fail(std::move(ok.error()));
  return out;
}

}  // namespace tripod::query::promql
