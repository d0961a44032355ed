// An issue and its history as Sentry's web API writes them.
#include "base/time_text.h"
#include "serve/api/sentry_issues.h"

namespace tripod::serve {

using base::JsonWriter;

namespace {

std::string time_text(base::UnixNanos t) { return base::format_rfc3339(t); }

std::string_view substatus_name(const store::Issue& issue) {
  if (issue.status == store::IssueStatus::kUnresolved) return store::issue_substatus_name(issue.substatus);
  if (issue.status == store::IssueStatus::kResolved) return "";
  return issue.archive.is_for_ever() ? "archived_forever" : "archived_until_condition_met";
}

void write_user(JsonWriter& w, std::string_view key, int64_t id, std::string_view email) {
  w.key(key).begin_object().field("type", "user").field("id", std::to_string(id)).field("email", email).field("name", email).field("username", email).end_object();
}

void write_assignee(JsonWriter& w, const Api& api, int64_t id) {
  if (id != 0) {
    if (const auto users = api.meta.users()) {
      for (const store::User& user : *users) {
        if (user.id == id) return write_user(w, "assignedTo", user.id, user.email);
      }
    }
  }
  w.key("assignedTo").null();
}

void write_archive(JsonWriter& w, const store::Archive& archive) {
  if (archive.until != 0) w.field("ignoreUntil", time_text(archive.until));
  if (archive.events != 0) w.field("ignoreCount", archive.events);
  if (archive.users != 0) w.field("ignoreUserCount", archive.users);
}

void write_status_details(JsonWriter& w, const store::Issue& issue) {
  using Kind = store::Resolution::Kind;
  w.key("statusDetails").begin_object();
  if (issue.resolution.kind == Kind::kInNextRelease) w.field("inNextRelease", true);
  if (issue.resolution.kind == Kind::kInRelease) w.field("inRelease", issue.resolution.release);
  if (issue.status == store::IssueStatus::kIgnored) write_archive(w, issue.archive);
  if (!issue.status_by.name.empty()) write_user(w, "actor", issue.status_by.id, issue.status_by.name);
  w.end_object();
}

std::string_view activity_type(const store::IssueActivity& entry) {
  using enum store::ActivityKind;
  using Kind = store::Resolution::Kind;
  switch (entry.kind) {
    case kUnresolved: return "set_unresolved";
    case kResolved: return entry.resolution.kind == Kind::kNow ? "set_resolved" : "set_resolved_in_release";
    case kRegressed: return "set_regression";
    case kArchived: return "set_ignored";
    case kEscalated: return "set_escalating";
    case kAssigned: return "assigned";
    case kUnassigned: return "unassigned";
    case kMerged: return "merge";
    case kUnmerged: return "unmerge_source";
    case kComment: return "note";
  }
  return "note";
}

}  // namespace

void write_sentry_issue(JsonWriter& w, const Api& api, const store::Issue& issue, const app::Trend& trend, bool is_open) {
  const std::string id = std::to_string(issue.id);
  w.begin_object().field("id", id).field("shortId", app::short_id(issue)).field("title", issue.title).field("culprit", issue.culprit);
  w.field("level", issue.level).field("platform", issue.platform).field("status", store::issue_status_name(issue.status));
  if (const std::string_view substatus = substatus_name(issue); substatus.empty()) w.key("substatus").null();
  else w.field("substatus", substatus);
  write_status_details(w, issue);
  write_assignee(w, api, issue.assignee);
  w.field("count", std::to_string(issue.count)).field("userCount", issue.users).field("userCountEstimated", issue.users_estimated);
  w.field("firstSeen", time_text(issue.first_seen)).field("lastSeen", time_text(issue.last_seen));
  const bool is_error = issue.kind == store::kErrorKind;
  w.field("type", !is_error ? "generic" : issue.type.empty() ? "default" : "error").field("issueType", issue.kind).field("issueCategory", is_error ? "error" : "performance");
  w.field("permalink", api.addresses.http + "/issues/" + id).field("logger", "").key("shareId").null();
  w.field("isPublic", false).field("isBookmarked", false).field("isSubscribed", false).field("hasSeen", false);
  w.key("annotations").begin_array().end_array();
  w.key("project").begin_object().field("id", "1").field("slug", "default").field("name", "default").field("platform", issue.platform).end_object();
  w.key("metadata").begin_object().field("type", issue.type).field("value", issue.value).field("title", issue.title).end_object();
  w.key("stats").begin_object().key("24h").begin_array();
  for (size_t i = 0; i < trend.counts.size(); ++i) {
    const int64_t seconds = (trend.start + static_cast<int64_t>(i) * trend.step) / base::kNanosPerSecond;
    w.begin_array().int64(seconds).uint64(trend.counts[i]).end_array();
  }
  w.end_array().end_object();
  if (!is_open) w.end_object();
}

void write_sentry_activity(JsonWriter& w, const store::IssueActivity& entry) {
  w.begin_object().field("id", std::to_string(entry.id)).field("type", activity_type(entry)).field("dateCreated", time_text(entry.time));
  if (entry.actor.name.empty()) w.key("user").null();
  else write_user(w, "user", entry.actor.id, entry.actor.name);
  w.key("data").begin_object();
  if (entry.kind == store::ActivityKind::kComment) w.field("text", entry.text);
  if (entry.kind == store::ActivityKind::kRegressed) w.field("version", entry.release);
  if (entry.resolution.kind == store::Resolution::Kind::kInRelease) w.field("version", entry.resolution.release);
  if (entry.resolution.kind == store::Resolution::Kind::kInNextRelease) w.field("version", "").field("current_release_version", entry.resolution.release);
  if (entry.kind == store::ActivityKind::kArchived) write_archive(w, entry.archive);
  if (entry.kind == store::ActivityKind::kAssigned) w.field("assignee", std::to_string(entry.other)).field("assigneeType", "user");
  if (entry.kind == store::ActivityKind::kMerged) w.key("issues").begin_array().begin_object().field("id", std::to_string(entry.other)).end_object().end_array();
  if (entry.kind == store::ActivityKind::kUnmerged) w.field("destination_id", std::to_string(entry.other));
  w.end_object().end_object();
}

}  // namespace tripod::serve
