// Messages of many records as few patterns, with how often, since when, and whether they are new.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/events/event_store.h"

namespace tripod::query::patterns {

// Records of one dataset whose field holds their message.
struct PatternSource {
  store::Dataset dataset = store::Dataset::kLogs;
  std::string field = "body";
  store::Predicate filter;
};

struct PatternPlan {
  std::vector<PatternSource> sources;
  store::TimeRange range;         // must have both ends
  int64_t step = 0;               // of the trend, nanoseconds from range.start; 0: a thirtieth of the range
  size_t limit = 50;              // patterns, the commonest
  bool compare_with_before = true;  // look at the window of the same length before the range for what is new
  store::QueryBounds bounds;
};

struct Pattern {
  std::string text;               // "order <_> paid after <_>ms"
  std::string regex;              // RE2: matches the messages of the pattern, and hardly any other
  store::Dataset dataset = store::Dataset::kLogs;
  std::string field;
  uint64_t count = 0;
  double share = 0;               // of Patterns::total
  std::vector<uint64_t> trend;    // by step
  std::string example;            // the commonest of its messages
  base::UnixNanos first_seen = 0, last_seen = 0;  // within the range
  bool is_new = false;            // not in the window before; false where that was not looked at
};

struct Patterns {
  std::vector<Pattern> patterns;  // commonest first
  uint64_t total = 0;             // records of the range with a message
  uint64_t found = 0;             // patterns before the limit
  base::UnixNanos start = 0;
  int64_t step = 1;
  store::QueryStats stats;        // says in its warnings where counts are estimated from a sample
};

// Exact where the messages have at most some 200,000 different texts per step of the trend; of more a sample of every part of the range is
// taken and its figures told. Errors: kInvalidArgument (a range without ends), kDeadlineExceeded, kResourceExhausted.
base::Result<Patterns> find_patterns(store::EventStore& events, const PatternPlan& plan);

}  // namespace tripod::query::patterns
