// What of a log query the store can answer by itself: selectors, line filters on lines as they came, label filters on
// fields.
#pragma once

#include <vector>

#include "base/result.h"
#include "query/logql/ast.h"
#include "query/logql/labels.h"
#include "store/events/plan.h"

namespace tripod::query::logql {

struct LogPlan {
  store::Predicate filter;    // of the logs dataset: all lines of the query match it
  std::vector<Stage> stages;  // what is left to do with each of them; empty: the filter says all
  bool reads_lines = false;   // `stages` look at the text of lines
  bool may_fail = false;      // `stages` may set __error__
};

// The selector alone. A label is the first of its fields that a record has; `level` and `detected_level` are any of
// theirs.
store::Predicate plan_selector(const std::vector<Matcher>& matchers, const FieldCatalog& catalog);
LogPlan plan_logs(const LogQuery& query, const FieldCatalog& catalog);

}  // namespace tripod::query::logql
