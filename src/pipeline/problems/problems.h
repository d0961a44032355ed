// Performance problems of one trace: the same query once a row, the same call once a row, a query that takes too long.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace tripod::pipeline::problems {

enum class ProblemKind : uint8_t { kNPlusOneQueries, kNPlusOneCalls, kSlowQuery };
inline constexpr size_t kProblemKinds = 3;
// Sentry's names of issue types: "performance_n_plus_one_db_queries", "performance_n_plus_one_api_calls", "performance_slow_db_query".
std::string_view issue_type_of(ProblemKind kind);
// For people: "N+1 Query", "N+1 API Call", "Slow DB Query".
std::string_view title_of(ProblemKind kind);

// When something is a problem. Times in nanoseconds.
struct ProblemRules {
  // https://docs.sentry.io/product/issues/issue-details/performance-issues/n-one-queries/: behind another query, at least so many in a row.
  uint32_t least_in_sequence = 5;
  // Without that: at least so many under one parent, whatever comes between them.
  uint32_t least_in_parent = 10;
  int64_t least_query_time = 50 * base::kNanosPerMilli;   // of wall time, together
  uint32_t least_calls = 10;                              // HTTP calls under one parent
  int64_t least_call_time = 50 * base::kNanosPerMilli;
  int64_t slow_query = 500 * base::kNanosPerMilli;        // of one query
};

// A span as far as it matters: a query, or an HTTP call. 40 bytes, since many are held until their trace is complete.
struct CallSpan {
  uint64_t span_id = 0;      // as eight bytes in the machine's order: equal or not
  uint64_t parent = 0;
  uint64_t pattern = 0;      // of queries: sql::Statement::fingerprint; of calls: of method and URL, numbers left out. 0: nobody knows
  base::UnixNanos start = 0;
  uint64_t duration : 60 = 0;
  uint64_t is_query : 1 = 0;
  uint64_t is_select : 1 = 0;
  uint64_t is_cut : 1 = 0;   // the statement was cut by the sender: two that look alike need not be
  uint64_t is_sentry : 1 = 0;
  base::UnixNanos end() const { return start + static_cast<int64_t>(duration); }
};
static_assert(sizeof(CallSpan) == 40);

struct Problem {
  ProblemKind kind = ProblemKind::kNPlusOneQueries;
  uint64_t pattern = 0;
  uint64_t parent = 0;       // span id
  int64_t cost = 0;          // nanoseconds of wall time that the spans cover; where they overlap once
  base::UnixNanos start = 0;
  base::UnixNanos end = 0;
  std::vector<uint32_t> spans;   // which, by their place in what was asked about; oldest first
};

// Pure. Spans are those of one trace in any order; those of several parents are never one problem. Each pattern of a parent is one problem at most,
// and so is each slow query.
std::vector<Problem> find_problems(std::span<const CallSpan> spans, const ProblemRules& rules);

}  // namespace tripod::pipeline::problems
