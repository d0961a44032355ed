// What callers ask to be done with issues, in our own words or in Sentry's, and its doing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "serve/api/context.h"
#include "serve/api/json_body.h"

namespace tripod::serve {

struct IssueEdit {
  std::optional<store::Resolution> resolve;
  std::optional<store::Archive> archive;
  bool reopen = false;
  std::optional<int64_t> assignee;   // 0: nobody
  bool merge = false;                // the later ones into the first
};

store::Actor actor_of(const HttpRequest& request);

// {status, resolution, release, archive_until, archive_events, archive_users, assignee}: docs/openapi.yaml.
base::Result<IssueEdit> issue_edit_of(const Api& api, const HttpRequest& request, const JsonBody& body);
// {status, statusDetails, assignedTo, merge …}: https://docs.sentry.io/api/events/bulk-mutate-a-list-of-issues/
base::Result<IssueEdit> sentry_issue_edit_of(const Api& api, const HttpRequest& request, const JsonBody& body);

base::Result<> edit_issues(const Api& api, const HttpRequest& request, std::span<const int64_t> ids, const IssueEdit& edit);
// The issues, what was merged into them, and their events.
base::Result<> delete_issues(const Api& api, std::span<const int64_t> ids);

// A comment that the caller may change: their own, or of an admin any.
base::Result<store::IssueActivity> own_comment(const Api& api, const HttpRequest& request, std::string_view issue, std::string_view comment);

// A positive number; nullopt: anything else.
std::optional<int64_t> issue_number(std::string_view text);
// By e-mail, "me", "user:1" or a number; empty or "none": 0. kInvalidArgument: nobody is called so.
base::Result<int64_t> user_named(const Api& api, const HttpRequest& request, std::string_view name);

}  // namespace tripod::serve
