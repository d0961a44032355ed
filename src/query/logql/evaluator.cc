#include "query/logql/evaluator.h"

#include "query/promql/text.h"

namespace tripod::query::logql {

using base::Code;
using base::Result;

Result<> QueryState::poll() const {
  if (bounds.cancelled.stop_requested()) return base::fail(Code::kCancelled, "the query was cancelled");
  if (clock.steady() < bounds.deadline_steady) return {};
  return base::fail(Code::kDeadlineExceeded,
                    "the query took too long; narrow its selector or its time range, or filter lines before they are parsed");
}

Result<FieldCatalog> QueryState::catalog(store::TimeRange range) const {
  auto fields = store.fields(store::Dataset::kLogs, range);
  if (!fields) return base::fail(std::move(fields.error()));
  return FieldCatalog(std::move(*fields));
}

Result<> QueryState::take(const store::QueryStats& of_store) {
  stats.lines_read += of_store.scanned_rows;
  stats.bytes_read += of_store.scanned_bytes;
  stats.blocks_skipped += of_store.pruned_blocks;
  if (!of_store.incomplete) return {};
  if (auto polled = poll(); !polled) return polled;
  std::string why = "the answer would not be complete";
  for (const std::string& warning : of_store.warnings) why += "; " + warning;
  return base::fail(Code::kResourceExhausted, std::move(why));
}

std::string to_string(const Labels& labels) {
  std::string out = "{";
  for (const auto& [name, value] : labels) {
    if (out.size() > 1) out += ", ";
    out += name + "=" + promql::quote(value);
  }
  return out + "}";
}

Result<Value> Evaluator::eval(const Expr& expr) {
  if (auto polled = state_.poll(); !polled) return base::fail(std::move(polled.error()));
  if (const auto* literal = expr.as<Literal>()) {
    return Value{true, {{{}, std::vector<double>(frame_.steps, literal->value)}}};
  }
  if (const auto* vector = expr.as<VectorLiteral>()) {
    return Value{false, {{{}, std::vector<double>(frame_.steps, vector->value)}}};
  }
  if (const auto* range = expr.as<RangeAggregation>()) return eval_range(*range, nullptr);
  if (const auto* vector = expr.as<VectorAggregation>()) return eval_vector(*vector);
  if (const auto* binary = expr.as<Binary>()) return eval_binary(*binary);
  if (const auto* replace = expr.as<LabelReplace>()) return eval_label_replace(*replace);
  return base::fail(Code::kInvalidArgument, "a log query is not a metric");
}

}  // namespace tripod::query::logql
