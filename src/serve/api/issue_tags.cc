#include "serve/api/issue_tags.h"

#include <algorithm>
#include <functional>

#include "serve/api/bounds.h"
#include "serve/api/issue_search.h"

namespace tripod::serve {

using base::Result;

namespace {

constexpr size_t kMostTags = 50;

Result<std::vector<query::search::FieldName>> tag_fields(const Api& api, const store::Issue& issue) {
  auto fields = api.events.fields(store::Dataset::kErrors, {issue.first_seen, issue.last_seen + 1});
  if (!fields) return base::fail(std::move(fields.error()));
  std::ranges::stable_sort(*fields, std::greater(), &store::FieldInfo::rows);
  std::vector<query::search::FieldName> out;
  for (const char* name : {"level", "transaction", "service.version", "deployment.environment.name", "host.name"}) out.push_back({.name = name, .literal = true});
  for (const store::FieldInfo& field : *fields) {
    if (field.name.starts_with("tags.") && out.size() < kMostTags) out.push_back({.name = field.name, .literal = true});
  }
  return out;
}

}  // namespace

std::string tag_name(std::string_view field) {
  if (field.starts_with("tags.")) return std::string(field.substr(5));
  if (field == "service.version") return "release";
  if (field == "deployment.environment.name") return "environment";
  if (field == "host.name") return "server_name";
  return std::string(field);
}

Result<query::search::Facets> tags_of_issue(const Api& api, const HttpRequest& request, int64_t id, size_t values) {
  const auto issue = api.meta.issue(id);
  if (!issue) return base::fail(issue.error());
  auto filter = events_of_issue(api, id);
  if (!filter) return base::fail(std::move(filter.error()));
  auto fields = tag_fields(api, *issue);
  if (!fields) return base::fail(std::move(fields.error()));
  const query::search::Question::Part part{.dataset = store::Dataset::kErrors, .filter = std::move(*filter)};
  query::search::FacetPlan plan{.fields = std::move(*fields), .is_hidden = {}, .range = {issue->first_seen, issue->last_seen + 1}, .limit = values};
  plan.bounds = query_bounds(api.clock, request);
  return query::search::find_facets(api.events, {&part, 1}, plan);
}

}  // namespace tripod::serve
