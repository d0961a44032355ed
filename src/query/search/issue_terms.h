// The search bar over issues: Sentry's words on the grammar of all search bars. docs/tasks/the-life-of-an-issue.md
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/events/plan.h"
#include "store/meta/issue.h"

namespace tripod::query::search {

// What the words of a question stand for; all are asked while it is read. Errors are of the word's place.
struct IssueWords {
  base::UnixNanos now = 0;
  std::function<base::Result<int64_t>(std::string_view)> user;            // `assigned:` me, an e-mail; 0: nobody
  std::function<base::Result<std::string>()> latest_release;             // `release:latest`; empty: there is none
  std::function<base::Result<std::vector<int64_t>>(const store::Predicate&)> issues_with;   // that have such error events
};

struct IssueQuestion {
  store::IssueFilter filter;
  bool says_status = false;   // it has a term `is:` about the status: otherwise a list may have its own
};

// `is:unresolved assigned:me times_seen:>100 browser:Firefox* "payment failed"`. What is no word of issues is a field or tag of error
// events: terms of these that stand beside each other must be true of one event, and `!browser:x` means that no event is so. Errors
// are kInvalidArgument or kUnsupported and read "column 8: expected …, got …"; `error_position`, where given, receives the byte offset.
base::Result<IssueQuestion> parse_issue_question(std::string_view text, const IssueWords& words, size_t* error_position = nullptr);

}  // namespace tripod::query::search
