// Issues and events in the words of Sentry's web API. https://docs.sentry.io/api/events/
#pragma once

#include <string_view>

#include "base/json_writer.h"
#include "serve/api/app/issue_json.h"
#include "serve/api/context.h"

namespace tripod::serve {

// An issue: what lists show. Leaves the object open for `write_more` of an issue alone where `is_open`.
void write_sentry_issue(base::JsonWriter& w, const Api& api, const store::Issue& issue, const app::Trend& trend, bool is_open = false);
// An entry of its history; a comment is a "note".
void write_sentry_activity(base::JsonWriter& w, const store::IssueActivity& entry);

// An event: what lists show. `issue` is the one that stands for its own.
void write_sentry_event(base::JsonWriter& w, const store::EventRow& row, std::string_view issue);
// An event with all that it says, and the ids of those beside it (empty: none).
struct SentryNeighbours {
  std::string previous;
  std::string next;
};
void write_sentry_event_details(base::JsonWriter& w, const store::EventRow& row, std::string_view issue, const SentryNeighbours& neighbours);

// The path's organisation and project, where it names them. kNotFound: not ours.
base::Result<> check_sentry_names(const HttpRequest& request);
// The path's issue, by its number; of a merged one the issue that it is part of. kNotFound.
base::Result<int64_t> sentry_issue_of(const Api& api, const HttpRequest& request);

// All but the lists of issues and of events.
void add_sentry_issue_routes(Router& router, const Api& api);

}  // namespace tripod::serve
