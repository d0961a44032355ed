// Values of fields with their counts, and counts over time: what stands beside the records of a question. Everything is counted by
// the store on its dictionaries and statistics; no record is read.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/search/question.h"
#include "store/events/event_store.h"

namespace tripod::query::search {

using Parts = std::span<const Question::Part>;

struct ValueCount {
  std::string text;
  uint64_t count = 0;
  bool is_text = true;   // a string; numbers and booleans are not
};

struct ValuePlan {
  FieldName field;
  std::string prefix;    // only values that begin so, whatever the case
  store::TimeRange range;
  size_t limit = 20;
  size_t max_values = 100'000;   // more different ones are kResourceExhausted
  store::QueryBounds bounds;
};
struct ValueCounts {
  std::vector<ValueCount> values;  // commonest first, equal ones by their text
  uint64_t rows = 0;               // records that have the field
  uint64_t other = 0;              // of those whose value is not listed
  store::QueryStats stats;
};
base::Result<ValueCounts> count_values(store::EventStore& events, Parts parts, const ValuePlan& plan);

struct FacetPlan {
  std::vector<FieldName> fields;  // empty: those that say most
  // Fields that are not somebody's (marks): never among those chosen.
  std::function<bool(std::string_view)> is_hidden;
  store::TimeRange range;
  size_t limit = 10;
  store::QueryBounds bounds;
};
struct Facet {
  std::string field;              // as stored, in the first dataset that has it
  std::string name;               // as people write it
  ValueCounts values;
};
struct Facets {
  std::vector<Facet> facets;
  uint64_t total = 0;             // matching records
  store::QueryStats stats;
};
base::Result<Facets> find_facets(store::EventStore& events, Parts parts, const FacetPlan& plan);

struct FieldSummary {
  std::string name;               // as stored
  std::string type;
  uint64_t rows = 0;
};
// Of several datasets as one list, by name, from indexes only.
base::Result<std::vector<FieldSummary>> list_fields(store::EventStore& events, std::span<const store::Dataset> datasets, store::TimeRange range);

struct HistogramPlan {
  FieldName by;                   // empty name: not split
  store::TimeRange range;
  size_t buckets = 60;
  store::QueryBounds bounds;
};
struct Histogram {
  struct Series {
    std::string key;              // empty where records lack the field
    std::vector<uint64_t> counts;
    uint64_t total = 0;
  };
  base::UnixNanos start = 0;
  int64_t step = 1;
  std::vector<Series> series;     // largest first; beyond kMostHistogramSeries together as "other", last
  uint64_t total = 0;
  store::QueryStats stats;
};
inline constexpr size_t kMostHistogramSeries = 20;
base::Result<Histogram> count_over_time(store::EventStore& events, Parts parts, const HistogramPlan& plan);

}  // namespace tripod::query::search
