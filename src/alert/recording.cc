#include "alert/recording.h"

#include <unordered_set>

#include "query/promql/labels.h"

namespace tripod::alert {

using base::Code;
using base::fail;
using base::Result;
namespace promql = query::promql;

Result<std::vector<promql::VectorSample>> vector_of(promql::QueryResult&& answer) {
  if (answer.type == promql::ValueType::kVector) return std::move(answer.vector);
  if (answer.type != promql::ValueType::kScalar) return fail(Code::kInternal, "rule result is not a vector or scalar");
  std::vector<promql::VectorSample> out;
  out.push_back({{}, answer.scalar});
  return out;
}

Result<std::vector<promql::VectorSample>> record(const RuleDefinition& rule, promql::QueryResult&& answer, uint64_t limit) {
  auto out = vector_of(std::move(answer));
  if (!out) return out;
  std::unordered_set<std::string> seen;
  for (promql::VectorSample& series : *out) {
    promql::set_label(series.labels, promql::kMetricName, rule.name);
    for (const auto& [name, value] : rule.labels) promql::set_label(series.labels, name, value);
    if (!seen.insert(promql::label_key(series.labels)).second) {
      return fail(Code::kAlreadyExists, "vector contains metrics with the same labelset after applying rule labels");
    }
  }
  if (limit > 0 && out->size() > limit) {
    return fail(Code::kResourceExhausted, "exceeded limit of " + std::to_string(limit) + " with " + std::to_string(out->size()) + " series");
  }
  return out;
}

}  // namespace tripod::alert
