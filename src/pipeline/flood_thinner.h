// Which events of a flood are stored without their payload: docs/decisions/010-a-flood-is-thinned-to-its-columns.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "base/clock.h"

namespace tripod::pipeline {

// Of each issue.
struct ThinningRules {
  uint64_t first = 100;       // so many events are whole in any case
  uint64_t per_minute = 600;  // and so many a minute; 0: all are
  uint64_t one_of = 100;      // beyond that one of so many is; at least 1
};

// Thread-safe. Remembers the issues that events came of lately, some 64 bytes each; one that it has forgotten begins anew, and has more whole events for it.
class FloodThinner {
 public:
  static constexpr size_t kMostIssues = 100'000;
  explicit FloodThinner(const ThinningRules& rules, size_t most_issues = kMostIssues) : rules_(rules), most_issues_(most_issues) {}

  // Whether the next event of the issue is stored whole; it counts as that.
  bool keeps_whole(int64_t issue, base::UnixNanos now);
  // An event that was to be whole could not be stored.
  void give_back(int64_t issue);
  // For events from now on.
  void set_rules(const ThinningRules& rules);
  size_t issues() const;

 private:
  struct Seen {
    base::UnixNanos since = 0;   // of the minute
    uint64_t in_minute = 0;      // events
    uint64_t whole = 0;
    uint64_t beyond = 0;         // events that might have been thinned
  };
  void make_room(base::UnixNanos now);

  mutable std::mutex mu_;
  // guarded by mu_
  ThinningRules rules_;
  const size_t most_issues_;
  std::unordered_map<int64_t, Seen> seen_;
};

}  // namespace tripod::pipeline
