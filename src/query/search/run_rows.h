// Answers that are records: pages in the order of time, sorted, or one of each value. Private to query/search.
#pragma once

#include "query/search/run.h"

namespace tripod::query::search {

base::Result<Answer> run_rows(store::EventStore& events, const Question& question, const RunOptions& options);

}  // namespace tripod::query::search
