// tripod monitors: which jobs run, which do not.
#include <fmt/format.h>
#include <simdjson.h>

#include "cli/commands.h"
#include "cli/document.h"
#include "cli/tables.h"

namespace tripod::cli {

using base::Result;
namespace dom = simdjson::dom;

namespace {

std::string time_of(const dom::element& e, std::string_view key) { return text_at(e, key).empty() ? "" : time_at(e, key); }

std::string schedule_of(const dom::element& monitor) {
  dom::element schedule;
  if (monitor["schedule"].get(schedule) != simdjson::SUCCESS || schedule.is_null()) return "unknown";
  if (text_at(schedule, "type") == "crontab") return text_at(schedule, "crontab") + " " + text_at(monitor, "time_zone");
  return "every " + text_at(schedule, "value") + " " + text_at(schedule, "unit");
}

Result<std::string> id_of(const Server& server, const std::string& name) {
  auto answer = ask(server, "/api/app/monitors", {});
  if (!answer) return base::fail(std::move(answer.error()));
  for (const dom::element& monitor : (*answer)->list("/monitors")) {
    if (text_at(monitor, "slug") == name || text_at(monitor, "id") == name) return text_at(monitor, "id");
  }
  return base::fail(base::Code::kNotFound, "there is no monitor \"" + name + "\"");
}

void print_lines(const Output& output, std::span<const TableColumn> columns, std::span<const std::vector<std::string>> cells) {
  for (const std::string& line : table_lines(columns, cells)) print(output, line);
}

}  // namespace

Result<> monitors(const Server& server, const Output& output) {
  auto answer = ask(server, "/api/app/monitors", {});
  if (!answer) return base::fail(std::move(answer.error()));
  std::vector<std::vector<std::string>> cells;
  for (const dom::element& monitor : (*answer)->list("/monitors")) {
    if (output.json) {
      print(output, simdjson::minify(monitor));
      continue;
    }
    dom::array environments;
    if (monitor["environments"].get(environments) != simdjson::SUCCESS) continue;
    const std::string slug = printable(text_at(monitor, "slug")), muted = text_at(monitor, "muted") == "true" ? " (muted)" : "";
    for (const dom::element environment : environments) {
      cells.push_back({slug, text_at(environment, "status") + muted, printable(text_at(environment, "environment")), time_of(environment, "last_check_in_ns"),
                       time_of(environment, "expected_ns"), text_at(environment, "failures"), printable(schedule_of(monitor))});
    }
  }
  static const std::vector<TableColumn> kColumns = {{"MONITOR"}, {"STATUS"}, {"ENVIRONMENT"}, {"LAST"}, {"NEXT"}, {"FAILURES", true}, {"SCHEDULE"}};
  if (!output.json) print_lines(output, kColumns, cells);
  return {};
}

Result<> check_ins(const Server& server, const std::string& monitor, int limit, const Output& output) {
  auto id = id_of(server, monitor);
  if (!id) return base::fail(std::move(id.error()));
  auto answer = ask(server, "/api/app/monitors/" + *id + "/check_ins", {{"limit", std::to_string(limit)}});
  if (!answer) return base::fail(std::move(answer.error()));
  std::vector<std::vector<std::string>> cells;
  for (const dom::element& row : (*answer)->list("/check_ins")) {
    if (output.json) {
      print(output, simdjson::minify(row));
      continue;
    }
    const int64_t duration = int_at(row, "duration_ns"), late = int_at(row, "late_ns");
    cells.push_back({time_at(row, "added_ns"), text_at(row, "status"), printable(text_at(row, "environment")),
                     duration > 0 ? fmt::format("{:.1f}s", static_cast<double>(duration) / 1e9) : "", late > 0 ? fmt::format("{:.0f}s", static_cast<double>(late) / 1e9) : "",
                     text_at(row, "id")});
  }
  static const std::vector<TableColumn> kColumns = {{"TIME"}, {"STATUS"}, {"ENVIRONMENT"}, {"TOOK", true}, {"LATE", true}, {"ID"}};
  if (!output.json) print_lines(output, kColumns, cells);
  return {};
}

}  // namespace tripod::cli
