#include "monitor/resolve.h"

namespace tripod::monitor {

base::Result<> resolve_issue(store::IssueStore& issues, int64_t issue) {
  constexpr int kMostDepth = 100;  // of issues merged into others
  auto known = issues.issue(issue);
  for (int depth = 0; known && known->merged_into != 0 && depth < kMostDepth; ++depth) known = issues.issue(known->merged_into);
  if (!known) return known.error().code == base::Code::kNotFound ? base::Result<>() : base::fail(known.error());
  if (known->status == store::IssueStatus::kResolved) return {};
  return issues.resolve_issues({&known->id, 1}, {.kind = store::Resolution::Kind::kNow, .release = {}}, {.kind = store::Actor::Kind::kSystem, .id = 0, .name = "monitors"});
}

}  // namespace tripod::monitor
