#include "serve/api/issue_actions.h"

#include <charconv>

#include "base/time_text.h"
#include "pipeline/issue_deletions.h"

namespace tripod::serve {

using base::Code;
using base::Result;
using store::Archive;
using store::Resolution;

namespace {

constexpr int64_t kNanosPerMinute = 60 * base::kNanosPerSecond;
constexpr int64_t kMostMinutes = int64_t{100} * 366 * 24 * 60;

std::unexpected<base::Error> wrong(std::string message) { return base::fail(Code::kInvalidArgument, std::move(message)); }

// So many more, where it is said.
Result<uint64_t> more_of(const JsonBody& body, std::string_view key) {
  const auto number = body.number(key);
  if (body.names(key) && !number && body.text(key)) return wrong("\"" + std::string(key) + "\" must be a whole number");
  if (number && (*number < 1 || *number > 1'000'000'000)) return wrong("\"" + std::string(key) + "\" must be 1 to 1000000000");
  return static_cast<uint64_t>(number.value_or(0));
}

Result<Resolution> resolution_of(const JsonBody& body) {
  const std::string how = body.text("resolution").value_or("now");
  const std::string release = body.text("release").value_or("");
  if (how == "now") return Resolution{};
  if (how == "next_release") return Resolution{.kind = Resolution::Kind::kInNextRelease, .release = {}};
  if (how != "release") return wrong("resolution must be now, next_release or release");
  if (release.empty()) return wrong("\"release\" is missing");
  return Resolution{.kind = Resolution::Kind::kInRelease, .release = release};
}

Result<Archive> archive_of(const Api& api, const JsonBody& body) {
  Archive out;
  const auto events = more_of(body, "archive_events");
  if (!events) return base::fail(events.error());
  const auto users = more_of(body, "archive_users");
  if (!users) return base::fail(users.error());
  out.events = *events;
  out.users = *users;
  if (const auto until = body.text("archive_until"); until && !until->empty()) {
    const auto instant = base::parse_instant(*until, api.clock.now());
    if (!instant) return wrong("archive_until: " + instant.error().message);
    if (*instant <= api.clock.now()) return wrong("archive_until must be in the future");
    out.until = *instant;
  }
  return out;
}

Result<Resolution> sentry_resolution_of(const Api& api, const JsonBody& body, bool next) {
  if (next || body.flag("statusDetails.inNextRelease").value_or(false)) return Resolution{.kind = Resolution::Kind::kInNextRelease, .release = {}};
  if (body.names("statusDetails.inCommit")) return base::fail(Code::kUnsupported, "statusDetails.inCommit is not supported: name a release");
  const auto release = body.text("statusDetails.inRelease");
  if (!release) return Resolution{};
  if (release->empty()) return wrong("statusDetails.inRelease must name a release");
  if (*release != "latest") return Resolution{.kind = Resolution::Kind::kInRelease, .release = *release};
  const auto releases = api.meta.releases(1, 1);
  if (!releases) return base::fail(releases.error());
  if (releases->empty()) return wrong("There are no releases associated with this project.");
  return Resolution{.kind = Resolution::Kind::kInRelease, .release = releases->front().version};
}

// Newer clients put these into statusDetails, older ones beside the status.
Result<Archive> sentry_archive_of(const Api& api, const JsonBody& body) {
  if (body.text("substatus").value_or("") == "archived_until_escalating") {
    return base::fail(Code::kUnsupported, "archived_until_escalating is not supported: archive for a time or until so many events or users");
  }
  Archive out;
  for (const std::string prefix : {"", "statusDetails."}) {
    for (const char* window : {"ignoreWindow", "ignoreUserWindow"}) {
      if (body.number(prefix + window)) return base::fail(Code::kUnsupported, std::string(window) + " is not supported: counts have no window");
    }
    const auto events = more_of(body, prefix + "ignoreCount");
    if (!events) return base::fail(events.error());
    const auto users = more_of(body, prefix + "ignoreUserCount");
    if (!users) return base::fail(users.error());
    if (*events != 0) out.events = *events;
    if (*users != 0) out.users = *users;
    if (const auto minutes = body.number(prefix + "ignoreDuration")) {
      if (*minutes < 1 || *minutes > kMostMinutes) return wrong("ignoreDuration must be a number of minutes");
      out.until = api.clock.now() + *minutes * kNanosPerMinute;
    }
    if (const auto until = body.text(prefix + "ignoreUntil")) {
      const auto instant = base::parse_instant(*until, api.clock.now());
      if (!instant) return wrong("ignoreUntil: " + instant.error().message);
      out.until = *instant;
    }
  }
  return out;
}

}  // namespace

store::Actor actor_of(const HttpRequest& request) {
  const bool is_token = request.principal.kind == Principal::Kind::kToken;
  return {.kind = is_token ? store::Actor::Kind::kToken : store::Actor::Kind::kUser, .id = request.principal.id, .name = request.principal.name};
}

std::optional<int64_t> issue_number(std::string_view text) {
  int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id <= 0) return std::nullopt;
  return id;
}

Result<int64_t> user_named(const Api& api, const HttpRequest& request, std::string_view name) {
  if (name.empty() || name == "none") return 0;
  if (name == "me") {
    if (request.principal.kind != Principal::Kind::kUser) return wrong("\"me\" is a user who has signed in: a token is nobody");
    return request.principal.id;
  }
  if (name.starts_with("team:") || name.starts_with('#')) return base::fail(Code::kUnsupported, "there are no teams: name a user");
  const std::string_view plain = name.starts_with("user:") ? name.substr(5) : name;
  const auto id = issue_number(plain);
  const auto users = api.meta.users();
  if (!users) return base::fail(users.error());
  for (const store::User& user : *users) {
    if (user.email == plain || (id && user.id == *id)) return user.id;
  }
  return wrong("no user \"" + std::string(name) + "\"");
}

Result<IssueEdit> issue_edit_of(const Api& api, const HttpRequest& request, const JsonBody& body) {
  IssueEdit out;
  const std::string status = body.text("status").value_or("");
  if (status == "resolved") {
    auto how = resolution_of(body);
    if (!how) return base::fail(std::move(how.error()));
    out.resolve = std::move(*how);
  } else if (status == "ignored" || status == "archived") {
    auto archive = archive_of(api, body);
    if (!archive) return base::fail(std::move(archive.error()));
    out.archive = *archive;
  } else if (status == "unresolved") {
    out.reopen = true;
  } else if (body.names("status")) {
    return wrong("status must be unresolved, resolved or ignored");
  }
  if (body.names("assignee")) {
    const auto user = user_named(api, request, body.text("assignee").value_or(""));
    if (!user) return base::fail(user.error());
    out.assignee = *user;
  }
  if (!body.names("status") && !body.names("assignee")) return wrong("nothing to do: \"status\" or \"assignee\" is missing");
  return out;
}

Result<IssueEdit> sentry_issue_edit_of(const Api& api, const HttpRequest& request, const JsonBody& body) {
  IssueEdit out;
  const std::string status = body.text("status").value_or("");
  if (status == "resolved" || status == "resolvedInNextRelease") {
    auto how = sentry_resolution_of(api, body, status != "resolved");
    if (!how) return base::fail(std::move(how.error()));
    out.resolve = std::move(*how);
  } else if (status == "ignored" || status == "archived" || status == "muted") {
    auto archive = sentry_archive_of(api, body);
    if (!archive) return base::fail(std::move(archive.error()));
    out.archive = *archive;
  } else if (status == "unresolved" || status == "reprocessing") {
    out.reopen = true;
  } else if (body.names("status")) {
    return wrong("Invalid value for 'status': \"" + status + "\" is not a valid choice.");
  }
  if (body.names("assignedTo")) {
    const auto user = user_named(api, request, body.number("assignedTo") ? std::to_string(*body.number("assignedTo")) : body.text("assignedTo").value_or(""));
    if (!user) return base::fail(user.error());
    out.assignee = *user;
  }
  out.merge = body.flag("merge").value_or(false) || body.number("merge").value_or(0) == 1;
  if (body.flag("discard").value_or(false)) return base::fail(Code::kUnsupported, "discard is not supported: delete the issues");
  return out;
}

Result<store::IssueActivity> own_comment(const Api& api, const HttpRequest& request, std::string_view issue, std::string_view comment) {
  const auto issue_id = issue_number(issue);
  const auto id = issue_number(comment);
  if (!issue_id || !id) return base::fail(Code::kNotFound, "no such comment");
  auto entry = api.meta.comment(*issue_id, *id);
  if (!entry) return entry;
  const store::Actor caller = actor_of(request);
  const bool is_own = entry->actor.kind == caller.kind && entry->actor.id == caller.id;
  if (is_own || request.principal.has(kScopeAdmin)) return entry;
  return base::fail(Code::kPermissionDenied, "the comment is of " + entry->actor.name);
}

Result<> edit_issues(const Api& api, const HttpRequest& request, std::span<const int64_t> ids, const IssueEdit& edit) {
  const store::Actor by = actor_of(request);
  if (edit.assignee) {
    if (auto ok = api.meta.assign_issues(ids, *edit.assignee, by); !ok) return ok;
  }
  if (edit.resolve) {
    if (auto ok = api.meta.resolve_issues(ids, *edit.resolve, by); !ok) return ok;
  }
  if (edit.archive) {
    if (auto ok = api.meta.archive_issues(ids, *edit.archive, by); !ok) return ok;
  }
  if (edit.reopen) {
    if (auto ok = api.meta.reopen_issues(ids, by); !ok) return ok;
  }
  if (edit.merge && ids.size() > 1) return api.meta.merge_issues(ids[0], ids.subspan(1), by);
  return {};
}

Result<> delete_issues(const Api& api, std::span<const int64_t> ids) {
  if (auto deleted = api.meta.delete_issues(ids); !deleted) return base::fail(std::move(deleted.error()));
  return pipeline::remove_events_of_deleted_issues(api.meta, api.events);
}

}  // namespace tripod::serve
