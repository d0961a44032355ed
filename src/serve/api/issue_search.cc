#include "serve/api/issue_search.h"

#include "query/search/issue_terms.h"
#include "serve/api/bounds.h"
#include "serve/api/issue_actions.h"

namespace tripod::serve {

using base::Result;
using store::Predicate;

namespace {

constexpr size_t kMostIssuesOfTags = 200'000;

Result<std::vector<int64_t>> issues_with(const Api& api, const HttpRequest& request, const Predicate& events) {
  store::AggregatePlan plan{.dataset = store::Dataset::kErrors, .filter = events, .by = {"issue.id"}, .max_groups = kMostIssuesOfTags};
  plan.bounds = query_bounds(api.clock, request);
  const auto result = api.events.aggregate(plan);
  if (!result) return base::fail(result.error());
  if (result->stats.incomplete) return base::fail(base::Code::kResourceExhausted, "the events that were asked for are too many to look at: name fewer tags, or more of an issue");
  std::vector<int64_t> out;
  for (const store::AggregateGroup& group : result->groups) {
    if (const auto* id = std::get_if<int64_t>(&group.by[0])) out.push_back(*id);
  }
  return out;
}

}  // namespace

Result<store::IssueQuery> issue_query_of(const Api& api, const HttpRequest& request, std::string_view text, bool unresolved_by_default, size_t* error_position) {
  const query::search::IssueWords words{
      .now = api.clock.now(),
      .user = [&](std::string_view name) { return user_named(api, request, name); },
      .latest_release = [&]() -> Result<std::string> {
        const auto releases = api.meta.releases(1, 1);
        if (!releases) return base::fail(releases.error());
        return releases->empty() ? std::string() : releases->front().version;
      },
      .issues_with = [&](const Predicate& events) { return issues_with(api, request, events); }};
  auto question = query::search::parse_issue_question(text, words, error_position);
  if (!question) return base::fail(std::move(question.error()));
  store::IssueQuery out{.filter = std::move(question->filter)};
  if (unresolved_by_default && !question->says_status) out.status = store::IssueStatus::kUnresolved;
  return out;
}

Result<Predicate> events_of_issue(const Api& api, int64_t id) {
  const auto members = api.meta.issue_members(id);
  if (!members) return base::fail(members.error());
  if (members->size() == 1) return Predicate::equal("issue.id", id);
  std::vector<Predicate> any;
  for (const int64_t member : *members) any.push_back(Predicate::equal("issue.id", member));
  return Predicate::any_of(std::move(any));
}

Result<store::Issue> standing_issue(const Api& api, int64_t id) {
  auto issue = api.meta.issue(id);
  for (size_t i = 0; issue && issue->merged_into != 0 && i < store::kMostMerged; ++i) issue = api.meta.issue(issue->merged_into);
  return issue;
}

Result<Predicate> events_beside(const Api& api, int64_t id) {
  const auto issue = standing_issue(api, id);
  if (issue) return events_of_issue(api, issue->id);
  if (issue.error().code == base::Code::kNotFound) return Predicate::equal("issue.id", id);
  return base::fail(issue.error());
}

}  // namespace tripod::serve
