// An issue as JSON, with what the event store adds: its trend and releases.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "base/json_writer.h"
#include "serve/api/context.h"
#include "serve/api/thinned.h"

namespace tripod::serve::app {

// Events per hour of the last 24 hours, oldest first.
struct Trend {
  base::UnixNanos start = 0;
  int64_t step = base::kNanosPerHour;
  std::vector<uint64_t> counts = std::vector<uint64_t>(24);
};
// One aggregation for all issues of a list. Issues without events are left out.
base::Result<std::map<int64_t, Trend>> trends_of(const Api& api, const HttpRequest& request, std::span<const store::Issue> issues);

std::string short_id(const store::Issue& issue);   // "DEFAULT-12"
// `stored`: what is stored of its events; null: it is not told, as in lists.
void write_issue(base::JsonWriter& w, const Api& api, const store::Issue& issue, const Trend& trend, const StoredEvents* stored = nullptr);
// One issue alone, with all that is known of it.
base::Result<> write_one_issue(base::JsonWriter& w, const Api& api, const HttpRequest& request, const store::Issue& issue);
// One entry of an issue's history: schema IssueActivity.
void write_activity(base::JsonWriter& w, const Api& api, const store::IssueActivity& entry);
// A list with trends: [Issue…]
base::Result<> write_issues(base::JsonWriter& w, const Api& api, const HttpRequest& request, std::span<const store::Issue> issues);

}  // namespace tripod::serve::app
