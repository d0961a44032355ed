#include "pipeline/issue_deletions.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace tripod::pipeline {

namespace {

constexpr size_t kMostAtOnce = 100;   // issues of one removal

}  // namespace

base::Result<> remove_events_of_deleted_issues(store::IssueStore& meta, store::EventStore& events) {
  const auto open = meta.issue_deletions();
  if (!open) return base::fail(open.error());
  for (size_t from = 0; from < open->size(); from += kMostAtOnce) {
    const auto some = std::span(*open).subspan(from, std::min(kMostAtOnce, open->size() - from));
    std::vector<store::Predicate> any;
    for (const auto& [issue, mark] : some) any.push_back(store::Predicate::equal("issue.id", issue));
    const auto removal = events.remove({.dataset = store::Dataset::kErrors, .range = {}, .filter = store::Predicate::any_of(std::move(any)), .text = "events of deleted issues"});
    if (!removal) return base::fail(removal.error());
    for (const auto& [issue, mark] : some) {
      if (auto ok = meta.set_issue_events_removed(issue, mark); !ok) return ok;
    }
  }
  return {};
}

}  // namespace tripod::pipeline
