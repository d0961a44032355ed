#include "query/promql/evaluator.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <unordered_set>

#include "query/promql/labels.h"
#include "query/promql/text.h"

namespace tripod::query::promql {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr size_t kMaxAnnotations = 10;

constexpr const char* kSameLabelset = "vector cannot contain metrics with the same labelset";

// Series without a sample count too: their labels take room.
constexpr size_t kSeriesOverhead = 1;

}  // namespace

Result<SampleCharge> SampleCharge::make(SampleBudget& budget, size_t count, size_t bytes_each) {
  if (count > budget.left()) {
    return fail(
        Code::kResourceExhausted,
        "query processing would load too many samples into memory in query execution (limit " +
            std::to_string(budget.limit()) + ")");
  }
  SampleCharge charge;
  if (budget.memory() != nullptr && count > 0) {
    base::MemoryCharge memory = budget.memory()->try_charge(count * bytes_each);
    if (!memory) {
      return fail(Code::kResourceExhausted, "query needs more memory than is free (" +
                                                std::to_string(count * bytes_each) +
                                                " bytes more)");
    }
    charge.memory_.push_back(std::move(memory));
  }
  budget.used_ += count;
  charge.budget_ = &budget;
  charge.count_ = count;
  return charge;
}

void SampleCharge::join(SampleCharge&& other) {
  if (budget_ == nullptr) {
    *this = std::move(other);
    return;
  }
  count_ += std::exchange(other.count_, 0);
  std::ranges::move(other.memory_, std::back_inserter(memory_));
}

void Annotations::add(std::vector<std::string>& to, std::string text) {
  if (to.size() >= kMaxAnnotations || std::ranges::find(to, text) != to.end()) return;
  to.push_back(std::move(text));
}

Result<> QueryState::poll() const {
  if (cancel.stop_requested())
    return fail(Code::kCancelled, "query was canceled in expression evaluation");
  if (clock.steady() >= deadline_steady) {
    return fail(Code::kDeadlineExceeded, "query timed out in expression evaluation");
  }
  return {};
}

void QueryState::warn(PosRange pos, const std::string& text_of_warning) {
  notes.add(notes.warnings,
            "PromQL warning: " + text_of_warning + " (" + place(text, pos.start) + ")");
}

void QueryState::inform(PosRange pos, const std::string& text_of_info) {
  notes.add(notes.infos, "PromQL info: " + text_of_info + " (" + place(text, pos.start) + ")");
}

Result<Value> Evaluator::eval(const Expr& expr) {
  if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
  if (!expr.step_invariant || frame_.steps == 1) return eval_node(expr);
  Evaluator once(state_, Frame{frame_.start_ms, frame_.step_ms, 1});
  auto value = once.eval_node(expr);
  if (!value) return value;
  return broadcast(std::move(*value));
}

Result<Value> Evaluator::broadcast(Value once) {
  auto charge =
      SampleCharge::make(state_.samples, once.series.size() * frame_.steps, sizeof(double));
  if (!charge) return fail(std::move(charge.error()));
  for (Series& series : once.series) series.values.assign(frame_.steps, series.values.front());
  once.charge = std::move(*charge);
  return once;
}

Result<Value> Evaluator::eval_node(const Expr& expr) {
  if (const auto* number = expr.as<NumberLiteral>()) return new_scalar(number->value);
  if (const auto* string = expr.as<StringLiteral>()) {
    Value out;
    out.type = ValueType::kString;
    out.text = string->value;
    return out;
  }
  if (const auto* selector = expr.as<VectorSelector>())
    return eval_selector(*selector, Yield::kValue);
  if (const auto* call = expr.as<Call>()) return eval_call(expr, *call);
  if (const auto* aggregation = expr.as<Aggregation>()) return eval_aggregation(*aggregation);
  if (const auto* binary = expr.as<Binary>()) return eval_binary(*binary);
  if (const auto* unary = expr.as<Unary>()) return eval_unary(*unary);
  if (const auto* paren = expr.as<Paren>()) return eval(*paren->expr);
  return fail(Code::kInternal, "range vector where an instant vector was expected");
}

Result<RangeVector> Evaluator::eval_range_vector(const Expr& expr) {
  if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
  const Expr& inner = strip_parens(expr);
  if (const auto* matrix = inner.as<MatrixSelector>()) return eval_matrix(*matrix);
  if (const auto* subquery = inner.as<Subquery>()) return eval_subquery(*subquery);
  return fail(Code::kInternal, "range vector expected");
}

Result<Value> Evaluator::eval_unary(const Unary& unary) {
  auto value = eval(*unary.expr);
  if (!value || !unary.negate) return value;
  for (Series& series : value->series) {
    series.drop_name = true;
    for (double& v : series.values) {
      if (is_present(v)) v = -v;
    }
  }
  return value;
}

Result<Value> Evaluator::new_scalar(double fill) {
  auto out = new_vector(1);
  if (!out) return out;
  out->type = ValueType::kScalar;
  out->series.push_back({{}, std::vector<double>(frame_.steps, fill)});
  return out;
}

Result<Value> Evaluator::new_vector(size_t series) {
  auto charge = SampleCharge::make(state_.samples, series * std::max(frame_.steps, kSeriesOverhead),
                                   sizeof(double));
  if (!charge) return fail(std::move(charge.error()));
  Value out;
  out.series.reserve(series);
  out.charge = std::move(*charge);
  return out;
}

Result<> Evaluator::append(Series series, Value& to) {
  auto charge = SampleCharge::make(state_.samples, series.values.size(), sizeof(double));
  if (!charge) return fail(std::move(charge.error()));
  to.charge.join(std::move(*charge));
  to.series.push_back(std::move(series));
  return {};
}

void Evaluator::prune(Value& value) {
  std::erase_if(value.series, [](const Series& series) {
    return std::ranges::none_of(series.values, is_present);
  });
}

Result<> Evaluator::merge_same_labels(Value& value) const {
  std::unordered_map<std::string, size_t> seen;
  seen.reserve(value.series.size());
  size_t kept = 0;
  for (size_t i = 0; i < value.series.size(); ++i) {
    // A name that goes in the end does not make a series the same as one whose name stays.
    std::string key = label_key(value.series[i].labels);
    key += value.series[i].drop_name ? '-' : '+';
    const auto [at, is_new] = seen.try_emplace(std::move(key), kept);
    if (is_new) {
      if (kept != i) value.series[kept] = std::move(value.series[i]);
      ++kept;
      continue;
    }
    std::vector<double>& into = value.series[at->second].values;
    const std::vector<double>& from = value.series[i].values;
    for (size_t step = 0; step < into.size(); ++step) {
      if (!is_present(from[step])) continue;
      if (is_present(into[step])) return fail(Code::kAlreadyExists, kSameLabelset);
      into[step] = from[step];
    }
  }
  value.series.resize(kept);
  return {};
}

Result<> Evaluator::finish_names(Value& value) const {
  bool any = false;
  for (Series& series : value.series) {
    if (!series.drop_name) continue;
    erase_label(series.labels, kMetricName);
    series.drop_name = false;
    any = true;
  }
  return any ? merge_same_labels(value) : Result<>();
}

Result<> Evaluator::finish_names(RangeVector& range) {
  std::unordered_set<std::string> seen;
  for (RangeSeries& series : range.series) {
    if (series.drop_name) erase_label(series.labels, kMetricName);
    if (!seen.insert(label_key(series.labels)).second)
      return fail(Code::kAlreadyExists, kSameLabelset);
  }
  return {};
}

}  // namespace tripod::query::promql
