// Answers that are calculated: tables, and with `every` time series. Private to query/search.
#pragma once

#include "query/search/run.h"

namespace tripod::query::search {

base::Result<Answer> run_table(store::EventStore& events, const Question& question, const RunOptions& options);

}  // namespace tripod::query::search
