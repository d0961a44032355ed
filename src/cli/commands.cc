#include "cli/commands.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <memory>
#include <thread>

#include "base/clock.h"
#include "base/time_text.h"
#include "cli/document.h"
#include "cli/events.h"
#include "cli/series_table.h"

namespace tripod::cli {

using base::Code;
using base::Result;
namespace dom = simdjson::dom;

namespace {

// Depth of each span below its parents, for indentation.
int depth_of(const std::map<std::string, std::string>& parents, std::string id) {
  int depth = 0;
  while (depth < 50) {
    const auto it = parents.find(id);
    if (it == parents.end() || it->second.empty() || !parents.contains(it->second)) break;
    id = it->second;
    ++depth;
  }
  return depth;
}

std::string labels_text(const dom::element& metric) {
  std::string name;
  std::string out;
  const dom::object labels = metric.get_object().value_unsafe();
  for (const auto [key, value] : labels) {
    if (key == "__name__") name = std::string(value.get_string().value_unsafe());
    else out += fmt::format("{}{}=\"{}\"", out.empty() ? "" : ", ", key, std::string(value.get_string().value_unsafe()));
  }
  return out.empty() && !name.empty() ? name : name + "{" + out + "}";
}

std::string pair_text(const dom::element& pair) {
  dom::array two = pair.get_array().value_unsafe();
  const double seconds = two.at(0).get_double().value_unsafe();
  return fmt::format("{}  {}", base::format_rfc3339(static_cast<int64_t>(seconds * 1e3) * base::kNanosPerMilli),
                     std::string(two.at(1).get_string().value_unsafe()));
}

void print_metric(const Output& output, const dom::element& series) {
  if (output.json) return print(output, simdjson::minify(series));
  dom::element metric;
  dom::element value;
  dom::array values;
  const std::string labels = series.at_pointer("/metric").get(metric) == simdjson::SUCCESS ? labels_text(metric) : "";
  if (series.at_pointer("/value").get(value) == simdjson::SUCCESS) return print(output, labels + "  " + pair_text(value));
  print(output, labels);
  if (series.at_pointer("/values").get(values) == simdjson::SUCCESS) {
    for (const dom::element pair : values) print(output, "  " + pair_text(pair));
  }
}

}  // namespace

namespace {

constexpr std::chrono::seconds kPauseAtFirst{1};
constexpr std::chrono::seconds kPauseAtMost{10};

std::string with_commas(uint64_t count) {
  std::string out = std::to_string(count);
  for (size_t at = out.size(); at > 3;) out.insert(at -= 3, ",");
  return out;
}

// Of the stream of /api/app/tail/stream.
Result<> print_event(const ServerEvent& event, const Output& output) {
  if (event.name != "row" && event.name != "dropped") return {};
  auto document = Document::parse(event.data);
  if (!document) return base::fail(std::move(document.error()));
  if (event.name == "row") {
    print_rows(output, {(*document)->root});
    return {};
  }
  std::fflush(output.to);
  const bool is_exact = text_at((*document)->root, "exact") != "false";
  fmt::print(stderr, "dropped {} lines{}: they came faster than they were taken\n",
             with_commas(static_cast<uint64_t>(int_at((*document)->root, "count"))), is_exact ? "" : " or more");
  return {};
}

// Whether asking again could help.
bool is_passing(Code code) {
  return code != Code::kInvalidArgument && code != Code::kUnauthenticated && code != Code::kPermissionDenied && code != Code::kNotFound;
}

}  // namespace

Result<> follow(const Server& server, const FollowArguments& a, const Output& output) {
  Parameters parameters = {{"dataset", a.dataset}, {"q", a.query}};
  if (a.last > 0) parameters.insert(parameters.end(), {{"last", std::to_string(a.last)}, {"start", a.start}});
  EventReader reader;
  bool was_open = false;
  auto pause = kPauseAtFirst;
  while (true) {
    Result<> printed;
    bool is_open = false;
    const auto on_event = [&](const ServerEvent& event) {
      if (printed) printed = print_event(event, output);
    };
    const auto on_bytes = [&](std::string_view bytes) {
      is_open = true;
      const bool is_whole = reader.read(bytes, on_event);
      std::fflush(output.to);
      return is_whole && printed && std::ferror(output.to) == 0;
    };
    auto ended = get_stream(server, "/api/app/tail/stream", parameters, reader.last_id(), on_bytes);
    if (!printed) return printed;
    if (std::ferror(output.to) != 0) return base::fail(Code::kIo, "the output was closed");
    was_open = was_open || is_open;
    if (!ended && (!was_open || !is_passing(ended.error().code))) return ended;
    if (is_open) pause = kPauseAtFirst;
    fmt::print(stderr, "{}; going on from there in {} s\n", ended ? "the server ended the stream" : ended.error().message, pause.count());
    reader.reset();
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, kPauseAtMost);
  }
}

Result<> trace(const Server& server, const std::string& id, const Output& output) {
  auto answer = ask(server, "/api/app/traces/" + id, {});
  if (!answer) return base::fail(std::move(answer.error()));
  const auto spans = (*answer)->list("/spans");
  std::map<std::string, std::string> parents;
  for (const dom::element& span : spans) parents[text_at(span, "span_id")] = text_at(span, "parent_span_id");
  const int64_t start = int_at((*answer)->root, "start_ns");
  for (const dom::element& span : spans) {
    if (output.json) {
      print(output, simdjson::minify(span));
      continue;
    }
    const int depth = depth_of(parents, text_at(span, "span_id"));
    print(output, fmt::format("{:>10} {:>10}  {:<6} {:<5} {}{}", "+" + duration_text(int_at(span, "start_ns") - start),
                              duration_text(int_at(span, "duration_ns")), text_at(span, "source"), text_at(span, "status") == "error" ? "ERROR" : "",
                              std::string(static_cast<size_t>(depth) * 2, ' '), printable(text_at(span, "name"))));
  }
  print_warnings(**answer);
  return {};
}

Result<std::string> default_step(const std::string& start, const std::string& end, base::UnixNanos now) {
  constexpr int64_t kSteps = 250;
  const auto from = base::parse_instant(start, now);
  if (!from) return base::fail(Code::kInvalidArgument, "--start: " + from.error().message);
  const auto to = base::parse_instant(end, now);
  if (!to) return base::fail(Code::kInvalidArgument, "--end: " + to.error().message);
  const int64_t seconds = *to / base::kNanosPerSecond - *from / base::kNanosPerSecond;
  return std::to_string(std::max<int64_t>(1, seconds / kSteps)) + "s";
}

namespace {

// Of /api/app/query_range.
Result<Parameters> range_parameters(const MetricArguments& a) {
  const std::string start = a.start.empty() ? "now-1h" : a.start;
  const std::string end = a.end.empty() ? "now" : a.end;
  auto step = a.step.empty() ? default_step(start, end, base::SystemClock().now()) : Result<std::string>(a.step);
  if (!step) return base::fail(std::move(step.error()));
  return Parameters{{"query", a.query}, {"start", start}, {"end", end}, {"step", std::move(*step)}};
}

Result<std::unique_ptr<Document>> ask_metrics(const Server& server, const MetricArguments& a) {
  if (a.start.empty() && a.end.empty() && a.step.empty()) return ask(server, "/api/app/query", {{"query", a.query}, {"time", a.time}});
  auto parameters = range_parameters(a);
  if (!parameters) return base::fail(std::move(parameters.error()));
  return ask(server, "/api/app/query_range", *parameters);
}

}  // namespace

Result<> query(const Server& server, const MetricArguments& a, const Output& output) {
  auto answer = ask_metrics(server, a);
  if (!answer) return base::fail(std::move(answer.error()));
  std::string_view type;
  if ((*answer)->root.at_pointer("/data/resultType").get(type) != simdjson::SUCCESS) return base::fail(Code::kInternal, "the server's answer has no result");
  if (type == "scalar" || type == "string") {
    dom::element pair;
    if ((*answer)->root.at_pointer("/data/result").get(pair) == simdjson::SUCCESS) print(output, output.json ? simdjson::minify(pair) : pair_text(pair));
  }
  else if (a.table && !output.json) {
    print_series_table(output, (*answer)->list("/data/result"));
  }
  else {
    for (const dom::element& series : (*answer)->list("/data/result")) print_metric(output, series);
  }
  print_warnings(**answer);
  return {};
}

}  // namespace tripod::cli
