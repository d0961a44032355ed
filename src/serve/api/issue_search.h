// Questions for lists of issues, the same in every API.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "serve/api/context.h"

namespace tripod::serve {

// What `text` asks of issues (docs/tasks/the-life-of-an-issue.md). Where it says nothing of a status and `unresolved_by_default`, unresolved ones.
// `error_position`, where given, receives the byte offset of what is wrong in the text, and is left as it is by any other error.
base::Result<store::IssueQuery> issue_query_of(const Api& api, const HttpRequest& request, std::string_view text, bool unresolved_by_default, size_t* error_position = nullptr);

// The events of an issue and of those merged into it. kNotFound: no such issue.
base::Result<store::Predicate> events_of_issue(const Api& api, int64_t id);
// The issue that stands for this one: itself, or the one that it was merged into.
base::Result<store::Issue> standing_issue(const Api& api, int64_t id);
// Those of the issue that stands for the one that an event names; of an issue that is gone that one's alone.
base::Result<store::Predicate> events_beside(const Api& api, int64_t id);

}  // namespace tripod::serve
