// What a recording rule makes of its query's answer.
#pragma once

#include <vector>

#include "alert/rule.h"
#include "base/result.h"
#include "query/promql/engine.h"

namespace tripod::alert {

// The answer's series, each once: an instant vector, or a scalar as a vector of one series without labels. kInternal for other types.
base::Result<std::vector<query::promql::VectorSample>> vector_of(query::promql::QueryResult&& answer);

// The series to be stored: under the rule's name, its labels put over theirs. Errors in Prometheus's words: kAlreadyExists for the
// same labels twice, kResourceExhausted over `limit` (0: none).
base::Result<std::vector<query::promql::VectorSample>> record(const RuleDefinition& rule, query::promql::QueryResult&& answer, uint64_t limit);

}  // namespace tripod::alert
