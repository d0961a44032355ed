// What the pipes behind an aggregation make of its table. Private to query/search.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "query/search/answer.h"
#include "query/search/question.h"

namespace tripod::query::search {

// Applies the steps in their order to Answer::lines and Answer::columns.
base::Result<> apply_steps(Answer& answer, std::span<const TableStep> steps);
// The same for Answer::series: `where` takes away points, `limit` and `fields` whole series.
base::Result<> apply_steps_to_series(Answer& answer, std::span<const TableStep> steps);

}  // namespace tripod::query::search
