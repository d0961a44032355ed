// `tripod releases`: list, show, compare.
#include <fmt/format.h>

#include <array>
#include <span>

#include "cli/commands.h"
#include "cli/document.h"
#include "cli/tables.h"

namespace tripod::cli {

using base::Result;
namespace dom = simdjson::dom;

namespace {

constexpr size_t kShownCommit = 12;

// As one segment of a path.
std::string path_segment(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

dom::element member(const dom::element& e, std::string_view key) {
  dom::element out;
  return e.at_key(key).get(out) == simdjson::SUCCESS ? out : dom::element();
}

// "99.53 %"; "-" where it is not known.
std::string share_at(const dom::element& e, std::string_view key) {
  double share = 0;
  if (e.at_key(key).get(share) != simdjson::SUCCESS) return "-";
  // Cut, not rounded: 100 % are all.
  return fmt::format("{:.2f} %", static_cast<double>(static_cast<int64_t>(share * 10'000)) / 100);
}

std::string users_of(const dom::element& health) { return (text_at(health, "users_exact") == "false" ? "about " : "") + text_at(health, "users"); }

std::string milliseconds_at(const dom::element& e, std::string_view key) {
  double value = 0;
  return e.at_key(key).get(value) == simdjson::SUCCESS ? fmt::format("{:.1f} ms", value) : "-";
}

std::string growth_at(const dom::element& e, std::string_view key) {
  double value = 0;
  return e.at_key(key).get(value) == simdjson::SUCCESS ? fmt::format("{:+.0f} %", value * 100) : "-";
}

void print_table(const Output& output, std::span<const TableColumn> columns, const std::vector<std::vector<std::string>>& cells) {
  for (const std::string& line : table_lines(columns, cells)) print(output, line);
}

void print_issues(const Output& output, const char* title, const std::vector<dom::element>& issues) {
  print(output, fmt::format("\n{}: {}", title, issues.empty() ? "none" : std::to_string(issues.size())));
  if (issues.empty()) return;
  const std::array<TableColumn, 4> columns{{{"ISSUE"}, {"EVENTS", true}, {"USERS", true}, {"TITLE"}}};
  std::vector<std::vector<std::string>> cells;
  for (const dom::element& issue : issues) cells.push_back({text_at(issue, "short_id"), text_at(issue, "count"), text_at(issue, "users"), printable(text_at(issue, "title"))});
  print_table(output, columns, cells);
}

std::vector<std::string> row_of(const dom::element& release) {
  const dom::element health = member(release, "health");
  return {printable(text_at(release, "version")), time_at(release, "first_seen_ns"), text_at(health, "sessions"), share_at(health, "crash_free_sessions"), users_of(health),
          share_at(health, "crash_free_users"), share_at(health, "adoption"), text_at(release, "events"), text_at(release, "new_issues")};
}

void print_releases(const Output& output, const std::vector<dom::element>& releases) {
  const std::array<TableColumn, 9> columns{{{"RELEASE"}, {"FIRST SEEN"}, {"SESSIONS", true}, {"CRASH-FREE", true}, {"USERS", true}, {"CRASH-FREE", true}, {"ADOPTION", true},
                                            {"ERRORS", true}, {"NEW ISSUES", true}}};
  std::vector<std::vector<std::string>> cells;
  for (const dom::element& release : releases) cells.push_back(row_of(release));
  print_table(output, columns, cells);
}

void print_commits(const Output& output, const std::vector<dom::element>& commits) {
  if (commits.empty()) return;
  print(output, "\nCommits");
  const std::array<TableColumn, 4> columns{{{"COMMIT"}, {"TIME"}, {"AUTHOR"}, {"MESSAGE"}}};
  std::vector<std::vector<std::string>> cells;
  for (const dom::element& commit : commits) {
    const std::string message = text_at(commit, "message");
    cells.push_back({printable(text_at(commit, "id")).substr(0, kShownCommit), time_at(commit, "time_ns"), printable(text_at(commit, "author_name")),
                     printable(message.substr(0, message.find('\n')))});
  }
  print_table(output, columns, cells);
}

void print_deploys(const Output& output, const std::vector<dom::element>& deploys) {
  if (deploys.empty()) return;
  print(output, "\nDeploys");
  const std::array<TableColumn, 3> columns{{{"ENVIRONMENT"}, {"FINISHED"}, {"NAME"}}};
  std::vector<std::vector<std::string>> cells;
  for (const dom::element& deploy : deploys) {
    cells.push_back({printable(text_at(deploy, "environment")), time_at(deploy, "finished_ns"), printable(text_at(deploy, "name"))});
  }
  print_table(output, columns, cells);
}

void print_slower(const Output& output, const dom::element& root, const std::vector<dom::element>& routes) {
  print(output, fmt::format("\nSlower, of {} routes: {}", text_at(root, "compared_routes"), routes.empty() ? "none" : std::to_string(routes.size())));
  if (routes.empty()) return;
  const std::array<TableColumn, 6> columns{{{"SERVICE"}, {"ROUTE"}, {"P95 BEFORE", true}, {"P95 AFTER", true}, {"P95", true}, {"P50", true}}};
  std::vector<std::vector<std::string>> cells;
  for (const dom::element& route : routes) {
    const std::string method = text_at(route, "method");
    cells.push_back({printable(text_at(route, "service")), printable((method.empty() ? "" : method + " ") + text_at(route, "route")), milliseconds_at(member(route, "base"), "p95_ms"),
                     milliseconds_at(member(route, "release"), "p95_ms"), growth_at(route, "p95_change"), growth_at(route, "p50_change")});
  }
  print_table(output, columns, cells);
}

Result<> list(const Server& server, const ReleaseArguments& a, const Output& output) {
  auto answer = ask(server, "/api/app/releases", {{"query", a.query}, {"sort", a.sort}, {"environment", a.environment}, {"start", instant_of(a.start)}, {"limit", "100"}});
  if (!answer) return base::fail(std::move(answer.error()));
  const auto releases = (*answer)->list("/releases");
  if (output.json) {
    for (const dom::element& release : releases) print(output, simdjson::minify(release));
  } else {
    print_releases(output, releases);
  }
  print_warnings(**answer);
  return {};
}

Result<> show(const Server& server, const ReleaseArguments& a, const Output& output) {
  auto answer = ask(server, "/api/app/releases/" + path_segment(a.release), {{"environment", a.environment}, {"start", instant_of(a.start)}});
  if (!answer) return base::fail(std::move(answer.error()));
  const dom::element root = (*answer)->root;
  if (output.json) {
    print(output, simdjson::minify(root));
    return {};
  }
  print_releases(output, {root});
  print_issues(output, "New issues", (*answer)->list("/new_issue_list"));
  print_issues(output, "Regressed issues", (*answer)->list("/regressed_issue_list"));
  print_commits(output, (*answer)->list("/commits"));
  print_deploys(output, (*answer)->list("/deploys"));
  print_warnings(**answer);
  return {};
}

Result<> compare(const Server& server, const ReleaseArguments& a, const Output& output) {
  auto answer =
      ask(server, "/api/app/releases/compare", {{"base", a.base}, {"release", a.release}, {"environment", a.environment}, {"start", instant_of(a.start)}});
  if (!answer) return base::fail(std::move(answer.error()));
  const dom::element root = (*answer)->root;
  if (output.json) {
    print(output, simdjson::minify(root));
    return {};
  }
  print_releases(output, {member(root, "base"), member(root, "release")});
  print_issues(output, "New issues", (*answer)->list("/new_issues"));
  print_issues(output, "Issues that are gone", (*answer)->list("/gone_issues"));
  print_slower(output, root, (*answer)->list("/slower"));
  print_warnings(**answer);
  return {};
}

}  // namespace

Result<> releases(const Server& server, const ReleaseArguments& a, const Output& output) {
  if (a.action == ReleaseArguments::Action::kShow) return show(server, a, output);
  return a.action == ReleaseArguments::Action::kCompare ? compare(server, a, output) : list(server, a, output);
}

}  // namespace tripod::cli
