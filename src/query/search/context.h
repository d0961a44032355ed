// The records around one record, in the order in which they are stored.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "query/search/answer.h"

namespace tripod::query::search {

struct ContextPlan {
  // Of which records the neighbours are looked for: those of the same origin (service, host, process, container, file), those of the
  // same service, or all of the dataset.
  enum class Scope : uint8_t { kStream, kService, kAll };

  store::Dataset dataset = store::Dataset::kLogs;
  base::UnixNanos time = 0;
  uint64_t sequence = 0;
  size_t before = 20;
  size_t after = 20;
  Scope scope = Scope::kStream;
  // Where records are marked with the names of their stream's labels, the marks' prefix: those labels are of the origin too.
  std::string mark_prefix;
  store::Predicate filter;        // of the neighbours, besides the scope
  store::QueryBounds bounds;
};

struct Context {
  std::vector<store::EventRow> before;  // oldest first, ending at the record
  store::EventRow row;
  std::vector<store::EventRow> after;   // oldest first
  std::vector<std::pair<std::string, store::FieldValue>> stream;  // what the scope demanded
  bool more_before = false, more_after = false;
  store::QueryStats stats;
};

// Neighbours by (time, sequence): right where times are equal. kNotFound where there is no such record.
base::Result<Context> find_context(store::EventStore& events, const ContextPlan& plan);

}  // namespace tripod::query::search
