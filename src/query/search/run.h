// Answers a question out of the event store: what the store can do is pushed down to it, the rest is done over its results
// within bounds.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/result.h"
#include "query/search/answer.h"
#include "query/search/question.h"
#include "store/events/event_store.h"

namespace tripod::query::search {

struct RunOptions {
  store::TimeRange range;
  size_t limit = 200;                                   // records of a page
  store::Order order = store::Order::kNewestFirst;      // of records that are not sorted otherwise
  std::string cursor;                                   // Answer::cursor of the page before; only for records
  store::QueryBounds bounds;
};

// Errors: kInvalidArgument (a cursor that is not ours, more points than are given), kResourceExhausted (too many groups,
// values or records to sort; memory), kDeadlineExceeded. They say what to narrow. An answer that is not whole for another reason
// says so in its warnings.
base::Result<Answer> run(store::EventStore& events, const Question& question, const RunOptions& options);

// What `| fields` leaves of a record: those that it has, in their order and under their names.
void keep_fields(store::Dataset dataset, std::span<const FieldName> names, store::EventRow& row);

inline constexpr size_t kMostLines = 10'000;      // of a table
inline constexpr size_t kMostSeries = 1'000;
inline constexpr size_t kMostPoints = 11'000;     // of a series
inline constexpr size_t kMostSorted = 1'000'000;  // records that a sort looks at where the store cannot narrow them

}  // namespace tripod::query::search
