#include "serve/api/app/issue_json.h"

#include "serve/api/bounds.h"

namespace tripod::serve::app {

using base::JsonWriter;
using base::Result;

Result<std::map<int64_t, Trend>> trends_of(const Api& api, const HttpRequest& request, std::span<const store::Issue> issues) {
  std::map<int64_t, Trend> out;
  if (issues.empty()) return out;
  const base::UnixNanos now = api.clock.now();
  const base::UnixNanos start = now - now % base::kNanosPerHour - 23 * base::kNanosPerHour;
  std::vector<store::Predicate> any;
  std::map<int64_t, int64_t> part_of;   // every member, of which issue it is part
  for (const store::Issue& issue : issues) {
    const auto members = api.meta.issue_members(issue.id);
    if (!members) return base::fail(members.error());
    for (const int64_t member : *members) {
      part_of[member] = issue.id;
      any.push_back(store::Predicate::equal("issue.id", member));
    }
  }
  store::AggregatePlan plan{.dataset = store::Dataset::kErrors,
                            .range = {start, start + base::kNanosPerDay},
                            .filter = store::Predicate::any_of(std::move(any)),
                            .step = base::kNanosPerHour,
                            .by = {"issue.id"}};
  plan.bounds = query_bounds(api.clock, request);
  auto result = api.events.aggregate(plan);
  if (!result) return base::fail(std::move(result.error()));
  for (const store::Issue& issue : issues) out[issue.id].start = start;
  for (const store::AggregateGroup& g : result->groups) {
    const auto* id = std::get_if<int64_t>(&g.by[0]);
    const auto hour = static_cast<size_t>((g.bucket - start) / base::kNanosPerHour);
    const auto whole = id != nullptr ? part_of.find(*id) : part_of.end();
    if (hour < 24 && whole != part_of.end()) out[whole->second].counts[hour] += g.count;
  }
  return out;
}

std::string short_id(const store::Issue& issue) { return "DEFAULT-" + std::to_string(issue.id); }

namespace {

void write_shares(JsonWriter& w, const char* list, const char* name, const Result<std::vector<std::pair<std::string, uint64_t>>>& shares) {
  w.key(list).begin_array();
  if (shares) {
    for (const auto& [value, count] : *shares) w.begin_object().field(name, value).field("count", count).end_object();
  }
  w.end_array();
}

std::string_view resolution_name(store::Resolution::Kind kind) {
  switch (kind) {
    case store::Resolution::Kind::kNone: return "";
    case store::Resolution::Kind::kNow: return "now";
    case store::Resolution::Kind::kInNextRelease: return "next_release";
    case store::Resolution::Kind::kInRelease: return "release";
  }
  return "";
}

void write_resolution(JsonWriter& w, const store::Resolution& resolution) {
  w.key("resolution");
  if (resolution.kind == store::Resolution::Kind::kNone) {
    w.null();
    return;
  }
  w.begin_object().field("kind", resolution_name(resolution.kind)).field("release", resolution.release).end_object();
}

void write_archive(JsonWriter& w, bool is_archived, const store::Archive& archive) {
  w.key("archive");
  if (!is_archived) {
    w.null();
    return;
  }
  w.begin_object().field("for_ever", archive.is_for_ever()).key("until_ns");
  if (archive.until == 0) w.null();
  else w.int64_string(archive.until);
  w.field("events", archive.events).field("users", archive.users).end_object();
}

void write_user(JsonWriter& w, const Api& api, std::string_view key, int64_t id) {
  w.key(key);
  if (const auto users = id == 0 ? Result<std::vector<store::User>>(std::vector<store::User>()) : api.meta.users()) {
    for (const store::User& user : *users) {
      if (user.id != id) continue;
      w.begin_object().field("id", user.id).field("email", user.email).end_object();
      return;
    }
  }
  w.null();
}

}  // namespace

void write_issue(JsonWriter& w, const Api& api, const store::Issue& issue, const Trend& trend, const StoredEvents* stored) {
  w.begin_object().field("id", issue.id).field("short_id", short_id(issue)).field("title", issue.title).field("type", issue.type);
  w.field("issue_type", issue.kind).field("issue_category", issue.kind == store::kErrorKind ? "error" : "performance");
  w.field("value", issue.value).field("culprit", issue.culprit).field("level", issue.level).field("platform", issue.platform);
  w.field("status", store::issue_status_name(issue.status)).field("substatus", store::issue_substatus_name(issue.substatus));
  w.key("first_seen_ns").int64_string(issue.first_seen).key("last_seen_ns").int64_string(issue.last_seen).field("count", issue.count);
  w.field("users", issue.users).field("users_estimated", issue.users_estimated);
  w.key("status_time_ns").int64_string(issue.status_time).field("status_by", issue.status_by.name);
  write_resolution(w, issue.resolution);
  write_archive(w, issue.status == store::IssueStatus::kIgnored, issue.archive);
  write_user(w, api, "assignee", issue.assignee);
  w.key("merged_into");
  if (issue.merged_into == 0) w.null();
  else w.int64(issue.merged_into);
  w.field("project", "default").field("first_release", issue.first_release).field("last_release", issue.last_release);
  write_shares(w, "releases", "release", api.meta.issue_releases(issue.id));
  write_shares(w, "environments", "environment", api.meta.issue_environments(issue.id));
  w.key("trend").begin_object().key("start_ns").int64_string(trend.start).key("step_ns").int64_string(trend.step);
  w.key("counts").begin_array();
  for (uint64_t n : trend.counts) w.uint64(n);
  w.end_array().end_object().key("stored");
  if (stored == nullptr) w.null();
  else w.begin_object().field("events", stored->events).field("whole", stored->whole).end_object();
  w.end_object();
}

Result<> write_one_issue(JsonWriter& w, const Api& api, const HttpRequest& request, const store::Issue& issue) {
  auto trends = trends_of(api, request, {&issue, 1});
  if (!trends) return base::fail(std::move(trends.error()));
  const auto stored = stored_events_of(api, request, issue.id);
  if (!stored) return base::fail(stored.error());
  write_issue(w, api, issue, (*trends)[issue.id], &*stored);
  return {};
}

void write_activity(JsonWriter& w, const Api& api, const store::IssueActivity& entry) {
  using store::ActivityKind;
  using Who = store::Actor::Kind;
  w.begin_object().field("id", entry.id).field("kind", store::activity_kind_name(entry.kind)).key("time_ns").int64_string(entry.time);
  w.field("by", entry.actor.name).field("by_kind", entry.actor.kind == Who::kUser ? "user" : entry.actor.kind == Who::kToken ? "token" : "system");
  w.field("text", entry.text).field("release", entry.release);
  write_resolution(w, entry.resolution);
  write_archive(w, entry.kind == ActivityKind::kArchived || entry.kind == ActivityKind::kEscalated, entry.archive);
  write_user(w, api, "assignee", entry.kind == ActivityKind::kAssigned ? entry.other : 0);
  w.key("issue");
  if (entry.kind == ActivityKind::kMerged || entry.kind == ActivityKind::kUnmerged) w.int64(entry.other);
  else w.null();
  w.key("edited_ns");
  if (entry.edited == 0) w.null();
  else w.int64_string(entry.edited);
  w.end_object();
}

Result<> write_issues(JsonWriter& w, const Api& api, const HttpRequest& request, std::span<const store::Issue> issues) {
  auto trends = trends_of(api, request, issues);
  if (!trends) return base::fail(std::move(trends.error()));
  w.begin_array();
  for (const store::Issue& issue : issues) write_issue(w, api, issue, (*trends)[issue.id]);
  w.end_array();
  return {};
}

}  // namespace tripod::serve::app
