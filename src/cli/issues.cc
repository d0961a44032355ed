// `tripod issues`: list, show, and what people do with issues.
#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/json_writer.h"
#include "cli/commands.h"
#include "cli/document.h"
#include "cli/issue_text.h"
#include "cli/tables.h"

namespace tripod::cli {

using base::Code;
using base::Result;
using Action = IssueArguments::Action;
namespace dom = simdjson::dom;

namespace {

constexpr std::string_view kIssues = "/api/app/issues";

std::string path_of(int64_t id, std::string_view rest = {}) { return fmt::format("{}/{}{}", kIssues, id, rest); }

// "12" or "DEFAULT-12".
Result<int64_t> id_of(std::string_view text) {
  const size_t dash = text.rfind('-');
  const std::string_view digits = dash == std::string_view::npos || dash == 0 ? text : text.substr(dash + 1);
  int64_t id = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
  if (error != std::errc() || end != digits.data() + digits.size() || id <= 0) {
    return base::fail(Code::kInvalidArgument, "not an issue: \"" + std::string(text) + "\"; issues are called 12 or DEFAULT-12");
  }
  return id;
}

Result<std::vector<int64_t>> ids_of(const std::vector<std::string>& texts) {
  std::vector<int64_t> out;
  for (const std::string& text : texts) {
    const auto id = id_of(text);
    if (!id) return base::fail(id.error());
    out.push_back(*id);
  }
  return out;
}

void print_lines(const Output& output, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) print(output, line);
}

Result<> list(const Server& server, const IssueArguments& a, const Output& output) {
  auto answer = ask(server, kIssues, {{"status", a.status}, {"query", a.query}, {"sort", a.sort}, {"limit", std::to_string(a.limit)}});
  if (!answer) return base::fail(std::move(answer.error()));
  const auto issues = (*answer)->list("/issues");
  std::vector<std::vector<std::string>> cells;
  for (const dom::element& issue : issues) {
    if (output.json) print(output, simdjson::minify(issue));
    cells.push_back({text_at(issue, "short_id"), text_at(issue, "count"), text_at(issue, "users"), state_word(issue), time_at(issue, "last_seen_ns"), printable(text_at(issue, "title"))});
  }
  static const std::array<TableColumn, 6> kColumns{{{"ISSUE"}, {"EVENTS", true}, {"USERS", true}, {"STATE"}, {"LAST SEEN"}, {"TITLE"}}};
  if (!output.json) print_lines(output, table_lines(kColumns, cells));
  const int64_t total = int_at((*answer)->root, "total");
  const auto shown = static_cast<int64_t>(issues.size());
  if (total > shown) {
    std::fflush(output.to);
    fmt::print(stderr, "{} of {} issues; --limit shows more\n", shown, total);
  }
  return {};
}

Result<std::unique_ptr<Document>> newest_event(const Server& server, const IssueArguments& a, int64_t id) {
  if (!a.event.empty()) return ask(server, "/api/app/events/" + a.event, {});
  return ask(server, path_of(id, a.oldest ? "/events/oldest" : "/events/latest"), {});
}

Result<> show_one(const Server& server, const IssueArguments& a, int64_t id, const Output& output) {
  auto issue = ask(server, path_of(id), {});
  if (!issue) return base::fail(std::move(issue.error()));
  auto tags = ask(server, path_of(id, "/tags"), {});
  if (!tags) return base::fail(std::move(tags.error()));
  auto event = newest_event(server, a, id);
  // An issue outlives its events.
  const bool has_event = event.has_value();
  if (!has_event && (event.error().code != Code::kNotFound || !a.event.empty())) return base::fail(std::move(event.error()));
  if (output.json) {
    dom::element tag_list;
    const bool has_tags = (*tags)->root.at_pointer("/tags").get(tag_list) == simdjson::SUCCESS;
    print(output, fmt::format(R"({{"issue":{},"event":{},"tags":{}}})", std::string(simdjson::minify((*issue)->root)),
                              has_event ? std::string(simdjson::minify((*event)->root)) : "null", has_tags ? std::string(simdjson::minify(tag_list)) : "[]"));
    return {};
  }
  const Paint paint(output.colour);
  print_lines(output, issue_lines((*issue)->root, paint));
  const auto tag_list = (*tags)->list("/tags");
  if (!tag_list.empty()) print(output, "\n" + paint.strong("Tags of all its events"));
  print_lines(output, tag_lines(tag_list, paint));
  print(output, "\n" + paint.strong(!a.event.empty() ? "Event" : a.oldest ? "Oldest event" : "Newest event"));
  if (has_event) print_lines(output, event_lines((*event)->root, {.locals = a.locals, .full = a.full}, paint));
  else print(output, "none is stored any more");
  print_warnings(**tags);
  return {};
}

Result<> history_of(const Server& server, int64_t id, const Output& output) {
  auto answer = ask(server, path_of(id, "/activity"), {{"limit", "1000"}});
  if (!answer) return base::fail(std::move(answer.error()));
  const Paint paint(output.colour);
  for (const dom::element& entry : (*answer)->list("/activity")) print(output, output.json ? simdjson::minify(entry) : activity_line(entry, paint));
  return {};
}

// Each issue as it is now, in a line.
Result<> print_states(const Server& server, const std::vector<int64_t>& ids, const Output& output) {
  for (const int64_t id : ids) {
    auto issue = ask(server, path_of(id), {});
    if (!issue) return base::fail(std::move(issue.error()));
    const dom::element& e = (*issue)->root;
    dom::element assignee;
    const bool is_assigned = e.at_pointer("/assignee/email").get(assignee) == simdjson::SUCCESS;
    const std::string whose = is_assigned ? "; assigned to " + printable(assignee.get_string().value_unsafe()) : "";
    print(output, output.json ? simdjson::minify(e) : text_at(e, "short_id") + "  " + state_text(e) + whose);
  }
  return {};
}

void write_ids(base::JsonWriter& w, const std::vector<int64_t>& ids) {
  w.key("ids").begin_array();
  for (const int64_t id : ids) w.int64(id);
  w.end_array();
}

// Of a time that is to come: "7d" is in seven days.
std::string end_of(const std::string& text) { return instant_of(text) == text ? text : "now+" + text; }

std::string change_of(const IssueArguments& a, const std::vector<int64_t>& ids) {
  std::string body;
  base::JsonWriter w(body);
  w.begin_object();
  write_ids(w, ids);
  if (a.action == Action::kAssign) w.field("assignee", a.assignee);
  else w.field("status", a.action == Action::kResolve ? "resolved" : a.action == Action::kArchive ? "ignored" : "unresolved");
  if (a.in_next_release) w.field("resolution", "next_release");
  if (!a.in_release.empty()) w.field("resolution", "release").field("release", a.in_release);
  if (!a.until_time.empty()) w.field("archive_until", end_of(a.until_time));
  if (a.until_events > 0) w.field("archive_events", a.until_events);
  if (a.until_users > 0) w.field("archive_users", a.until_users);
  w.end_object();
  return body;
}

Result<> comment(const Server& server, const IssueArguments& a, const std::vector<int64_t>& ids, const Output& output) {
  std::string body;
  base::JsonWriter w(body);
  w.begin_object().field("text", a.text).end_object();
  const Paint paint(output.colour);
  for (const int64_t id : ids) {
    auto answer = send(server, Verb::kPost, path_of(id, "/comments"), body);
    if (!answer) return base::fail(std::move(answer.error()));
    auto entry = Document::parse(*answer);
    if (!entry) return base::fail(std::move(entry.error()));
    print(output, output.json ? simdjson::minify((*entry)->root) : fmt::format("DEFAULT-{}  {}", id, activity_line((*entry)->root, paint)));
  }
  return {};
}

Result<> merge(const Server& server, const IssueArguments& a, const std::vector<int64_t>& ids, const Output& output) {
  const auto into = id_of(a.into);
  if (!into) return base::fail(into.error());
  std::string body;
  base::JsonWriter w(body);
  w.begin_object().field("into", *into);
  write_ids(w, ids);
  w.end_object();
  if (auto done = send(server, Verb::kPost, std::string(kIssues) + "/merge", body); !done) return base::fail(std::move(done.error()));
  std::vector<int64_t> all{*into};
  all.insert(all.end(), ids.begin(), ids.end());
  return print_states(server, all, output);
}

Result<> unmerge(const Server& server, const std::vector<int64_t>& ids, const Output& output) {
  for (const int64_t id : ids) {
    if (auto done = send(server, Verb::kPost, path_of(id, "/unmerge"), "{}"); !done) return base::fail(std::move(done.error()));
  }
  return print_states(server, ids, output);
}

Result<> remove(const Server& server, const IssueArguments& a, const std::vector<int64_t>& ids, const Output& output) {
  if (!a.yes) return base::fail(Code::kInvalidArgument, "an issue is deleted with its history and events, for good: say so with --yes");
  std::string body;
  base::JsonWriter w(body);
  w.begin_object();
  write_ids(w, ids);
  w.end_object();
  auto answer = send(server, Verb::kDelete, kIssues, body);
  if (!answer) return base::fail(std::move(answer.error()));
  if (output.json) print(output, *answer);
  for (const int64_t id : ids) {
    if (!output.json) print(output, fmt::format("DEFAULT-{}  deleted", id));
  }
  return {};
}

Result<> change(const Server& server, const IssueArguments& a, const std::vector<int64_t>& ids, const Output& output) {
  if (auto done = send(server, Verb::kPut, kIssues, change_of(a, ids)); !done) return base::fail(std::move(done.error()));
  return print_states(server, ids, output);
}

}  // namespace

Result<> issues(const Server& server, const IssueArguments& a, const Output& output) {
  if (a.action == Action::kList) return list(server, a, output);
  const auto ids = ids_of(a.ids);
  if (!ids) return base::fail(ids.error());
  switch (a.action) {
    case Action::kList:
    case Action::kShow:
    case Action::kHistory:
      for (size_t i = 0; i < ids->size(); ++i) {
        if (i > 0 && !output.json) print(output, "");
        auto shown = a.action == Action::kShow ? show_one(server, a, (*ids)[i], output) : history_of(server, (*ids)[i], output);
        if (!shown) return shown;
      }
      return {};
    case Action::kResolve:
    case Action::kUnresolve:
    case Action::kArchive:
    case Action::kAssign: return change(server, a, *ids, output);
    case Action::kComment: return comment(server, a, *ids, output);
    case Action::kMerge: return merge(server, a, *ids, output);
    case Action::kUnmerge: return unmerge(server, *ids, output);
    case Action::kDelete: return remove(server, a, *ids, output);
  }
  return {};
}

}  // namespace tripod::cli
