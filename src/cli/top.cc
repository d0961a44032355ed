// `tripod top`: the golden signals of each service, live in a terminal.
#include <fmt/format.h>
#include <simdjson.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <span>
#include <thread>

#include "base/clock.h"
#include "base/time_text.h"
#include "cli/commands.h"
#include "cli/document.h"
#include "cli/tables.h"

namespace tripod::cli {

using base::Result;
namespace dom = simdjson::dom;

namespace {

constexpr size_t kSparkColumns = 30;
constexpr std::string_view kClearAll = "\x1b[2J";

std::string number_text(double value) {
  if (value >= 100) return fmt::format("{:.0f}", value);
  return value >= 10 ? fmt::format("{:.1f}", value) : fmt::format("{:.2f}", value);
}

// A member that is a number; `none` where it is missing or null.
double number_at(const dom::element& e, std::string_view key, double none) {
  double out = none;
  return e[key].get(out) == simdjson::SUCCESS ? out : none;
}

std::string latency_text(const dom::element& service, std::string_view key) {
  const double ms = number_at(service, key, -1);
  if (ms < 0) return "-";
  return ms >= 1000 ? number_text(ms / 1000) + " s" : number_text(ms) + " ms";
}

// The requests over time, two points a column: the newest at the right.
std::string spark(const dom::element& service) {
  dom::array points;
  if (service.at_pointer("/series/requests").get(points) != simdjson::SUCCESS) return "";
  std::vector<uint64_t> counts;
  for (const dom::element point : points) {
    uint64_t count = 0;
    if (point.get(count) != simdjson::SUCCESS) count = 0;
    counts.push_back(count);
  }
  std::vector<uint64_t> columns(std::min(kSparkColumns, counts.size()));
  for (size_t at = 0; at < counts.size(); ++at) columns[at * columns.size() / counts.size()] += counts[at];
  return sparkline(columns);
}

std::vector<std::string> row_of(const dom::element& service) {
  const bool is_sentry = text_at(service, "source") == "sentry";
  return {printable(text_at(service, "service")) + (is_sentry ? " (Sentry)" : ""),
          number_text(number_at(service, "rate", 0)) + " /s",
          fmt::format("{:.1f} %", number_at(service, "error_ratio", 0) * 100),
          latency_text(service, "p50_ms"),
          latency_text(service, "p95_ms"),
          latency_text(service, "p99_ms"),
          spark(service)};
}

std::vector<dom::element> by_requests(const Document& overview) {
  auto services = overview.list("/services");
  std::ranges::stable_sort(services, std::ranges::greater(), [](const dom::element& s) { return int_at(s, "requests"); });
  return services;
}

std::vector<std::string> picture(const TopArguments& a, const Document& overview) {
  std::vector<std::vector<std::string>> cells;
  for (const dom::element& service : by_requests(overview)) cells.push_back(row_of(service));
  std::vector<std::string> out;
  out.push_back(fmt::format("{}  requests of the last {}, {} open issues with events in it", time_text(int_at(overview.root, "end_ns")), a.window, int_at(overview.root, "issues_total")));
  out.emplace_back();
  if (cells.empty()) {
    out.emplace_back("no requests: services show here once their traces arrive");
    return out;
  }
  const std::vector<TableColumn> columns{{"SERVICE"}, {"RATE", true}, {"ERRORS", true}, {"P50", true}, {"P95", true}, {"P99", true}, {"REQUESTS"}};
  for (std::string& line : table_lines(columns, cells)) out.push_back(std::move(line));
  return out;
}

// Asked anew for each picture: the window may have another size by then. Nothing where the terminal does not know.
ScreenSize size_of(std::FILE* terminal) {
  winsize size{};
  if (ioctl(fileno(terminal), TIOCGWINSZ, &size) != 0) return {};
  return {.rows = size.ws_row, .columns = size.ws_col};
}

// The picture with its warnings: one of a part of the answer must not look whole. On top, where they are never cut off.
std::vector<std::string> live_picture(const TopArguments& a, const Document& overview) {
  std::vector<std::string> out;
  for (const dom::element& warning : overview.list("/warnings")) {
    std::string_view text;
    if (warning.get(text) == simdjson::SUCCESS) out.push_back("warning: " + printable(text));
  }
  for (std::string& line : picture(a, overview)) out.push_back(std::move(line));
  return out;
}

// Over the last picture.
void draw(const Output& output, std::span<const std::string> lines) {
  fmt::print(output.to, "{}", screen_of(lines, size_of(output.to)));
  std::fflush(output.to);
}

// One line of JSON a service, or the picture.
Result<> once(const Server& server, const TopArguments& a, const Output& output, bool live) {
  auto overview = ask(server, "/api/app/overview", {{"start", "now-" + a.window}, {"end", "now"}});
  if (!overview) return base::fail(std::move(overview.error()));
  if (output.json) {
    for (dom::element service : by_requests(**overview)) print(output, simdjson::minify(service));
    print_warnings(**overview);
    std::fflush(output.to);
  } else if (live) {
    draw(output, live_picture(a, **overview));
  } else {
    for (const std::string& line : picture(a, **overview)) print(output, line);
    print_warnings(**overview);
  }
  return {};
}

}  // namespace

Result<> top(const Server& server, const TopArguments& a, const Output& output) {
  const bool live = !a.once && !output.json && isatty(fileno(output.to)) == 1;
  if (auto window = base::parse_duration(a.window); !window || *window <= 0) {
    return base::fail(base::Code::kInvalidArgument, "--window: not a duration: " + a.window);
  }
  if (live) fmt::print(output.to, "{}", kClearAll);
  bool answered = false;
  while (true) {
    auto ok = once(server, a, output, live);
    // What worked once may work again: a server that starts anew is waited for.
    if (!ok && (!answered || a.once)) return ok;
    if (!ok && live) draw(output, std::vector<std::string>{printable(ok.error().message), "", "asking again"});
    if (!ok && !live) fmt::print(stderr, "{}; asking again\n", printable(ok.error().message));
    answered = true;
    if (a.once || (!live && !output.json)) return {};
    if (std::ferror(output.to) != 0) return base::fail(base::Code::kIo, "the output was closed");
    std::this_thread::sleep_for(std::chrono::seconds(a.every_seconds));
  }
}

}  // namespace tripod::cli
