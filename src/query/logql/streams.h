// The streams behind a selector, and how much each of them holds: what lists of labels, series and volumes are made of.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "query/logql/ast.h"
#include "query/logql/labels.h"
#include "query/logql/label_set.h"
#include "store/events/event_store.h"

namespace tripod::query::logql {

struct StreamRows {
  Labels labels;
  int64_t bucket = 0;   // with `step`: the start of the time bucket
  uint64_t lines = 0;
};

struct StreamQuestion {
  std::vector<Matcher> matchers;
  store::TimeRange range;
  std::vector<std::string> labels;  // empty: all labels of streams; else only these are told apart
  int64_t step = 0;                 // nanoseconds; 0: the range as a whole
  store::QueryBounds bounds;
};

// Distinct label sets with their number of lines, sorted by labels and bucket. Counted from columns, no line is read.
// kInvalidArgument past 100,000 of them; kDeadlineExceeded; the store's errors.
base::Result<std::vector<StreamRows>> find_streams(store::EventStore& store, const StreamQuestion& question);

// Mean bytes of a line of each label set that find_streams() gave (by its labels): exact where they hold at most kExactLines
// lines together, else of the newest kExactLines. Labels{} is the mean of all, for label sets without a line among those.
inline constexpr size_t kExactLines = 20'000;
base::Result<std::map<Labels, double>> mean_line_bytes(store::EventStore& store, const StreamQuestion& question);

}  // namespace tripod::query::logql
