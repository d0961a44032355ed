// Records of several datasets as one list in the order of time. Private to query/search.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "query/search/answer.h"
#include "query/search/question.h"

namespace tripod::query::search {

// Where a page ended. Records of one time are in the order of their datasets, then of their sequence.
struct RecordPosition {
  base::UnixNanos time = 0;
  store::Dataset dataset = store::Dataset::kLogs;
  uint64_t sequence = 0;
  friend auto operator<=>(const RecordPosition&, const RecordPosition&) = default;
};
RecordPosition position_of(const Record& record);

struct RecordPlan {
  store::TimeRange range;
  store::Order order = store::Order::kNewestFirst;
  size_t limit = 100;
  std::optional<RecordPosition> after;
  // By dataset the fields to return; all where there is none.
  std::map<store::Dataset, std::vector<std::string>> project;
  store::QueryBounds bounds;
};
struct RecordPage {
  std::vector<Record> records;
  bool has_more = false;
  store::QueryStats stats;
};

// Whole from its start, as ScanResult is: what memory did not suffice for is missing at the end, and has_more set. No records where it
// did not suffice for the first one of some dataset.
base::Result<RecordPage> scan_records(store::EventStore& events, std::span<const Question::Part> parts, const RecordPlan& plan);
// The record at a position; nullopt where there is none.
base::Result<std::optional<Record>> find_record(store::EventStore& events, const RecordPosition& position,
                                                const store::QueryBounds& bounds);

}  // namespace tripod::query::search
