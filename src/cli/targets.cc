// `tripod targets`.
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/document.h"
#include "cli/tables.h"

namespace tripod::cli {

using base::Result;
namespace dom = simdjson::dom;

namespace {

bool is_bad(const dom::element& target) {
  return text_at(target, "up") == "false" || !text_at(target, "error").empty() || !text_at(target, "warning").empty();
}

std::string state_of(const dom::element& target) {
  if (int_at(target, "last_scrape_ns") == 0) return "not yet";
  return text_at(target, "up") == "true" ? "up" : "down";
}

std::string ago(int64_t then, int64_t now) { return then == 0 ? "-" : fmt::format("{} s", std::max<int64_t>(0, now - then) / base::kNanosPerSecond); }

std::string said_of(const dom::element& target) {
  const std::string error = text_at(target, "error");
  return printable(error.empty() ? text_at(target, "warning") : error);
}

// What keeps targets from being known or scraped at all: a list of them that could not be read, an address that cannot be one.
size_t print_troubles(const Document& status, const Output& output) {
  size_t count = 0;
  for (const dom::element& source : status.list("/scrape_sources")) {
    if (text_at(source, "error").empty()) continue;
    ++count;
    if (output.json) print(output, simdjson::minify(source));
    else print(output, printable(fmt::format("job {}: {}: {}; its {} targets are the last ones known", text_at(source, "job"), text_at(source, "source"), text_at(source, "error"), text_at(source, "targets"))));
  }
  for (const dom::element& target : status.list("/scrape_unusable")) {
    ++count;
    if (output.json) print(output, fmt::format("{{\"error\":{}}}", simdjson::minify(target)));
    else print(output, printable(std::string(target.get_string().value_unsafe())));
  }
  return count;
}

}  // namespace

Result<size_t> targets(const Server& server, bool only_bad, const Output& output) {
  auto answer = ask(server, "/api/app/status", {});
  if (!answer) return base::fail(std::move(answer.error()));
  const int64_t now = base::SystemClock().now();
  size_t bad = 0;
  std::vector<std::vector<std::string>> cells;
  for (const dom::element& target : (*answer)->list("/scrape_targets")) {
    bad += is_bad(target) ? 1 : 0;
    if (only_bad && !is_bad(target)) continue;
    if (output.json) print(output, simdjson::minify(target));
    cells.push_back({printable(text_at(target, "job")), printable(text_at(target, "url")), state_of(target), ago(int_at(target, "last_scrape_ns"), now),
                     text_at(target, "samples"), said_of(target)});
  }
  if (!output.json && !cells.empty()) {
    const std::vector<TableColumn> columns{{"JOB"}, {"URL"}, {"STATE"}, {"SCRAPED", true}, {"SAMPLES", true}, {"WHY"}};
    for (const std::string& line : table_lines(columns, cells)) print(output, line);
  }
  return bad + print_troubles(**answer, output);
}

}  // namespace tripod::cli
