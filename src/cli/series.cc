// `tripod series`: which metric, label or value has how many series.
#include <fmt/format.h>
#include <simdjson.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/document.h"
#include "cli/tables.h"

namespace tripod::cli {

using base::Result;
namespace dom = simdjson::dom;

namespace {

using Cells = std::vector<std::vector<std::string>>;

// "+120", "-3", "0"; "?" where yesterday's number is not known.
std::string growth(const dom::element& entry, std::string_view number) {
  if (text_at(entry, "yesterday").empty()) return "?";
  const int64_t grown = int_at(entry, number) - int_at(entry, "yesterday");
  return grown > 0 ? fmt::format("+{}", grown) : fmt::format("{}", grown);
}

std::string limit_text(const dom::element& limits, std::string_view name) {
  const std::string limit = text_at(limits, name);
  return limit == "0" ? "no limit" : limit;
}

void print_table(const Output& output, const std::vector<TableColumn>& columns, const Cells& cells) {
  if (cells.empty()) return;
  print(output, "");
  for (const std::string& line : table_lines(columns, cells)) print(output, line);
}

std::string senders_of(const dom::element& job) {
  std::string out;
  dom::array senders;
  if (job["senders"].get(senders) != simdjson::SUCCESS) return out;
  constexpr int kMostShown = 5;
  int shown = 0;
  for (const dom::element sender : senders) {
    if (shown++ == kMostShown) return out + ", …";
    const std::string peer = text_at(sender, "peer");
    out += (out.empty() ? "" : ", ") + text_at(sender, "protocol") + (peer.empty() ? "" : " from " + peer);
  }
  return out;
}

void print_head(const Output& output, const dom::element& root) {
  dom::element limits, yesterday;
  if (root["limits"].get(limits) != simdjson::SUCCESS || root["yesterday"].get(yesterday) != simdjson::SUCCESS) return;
  print(output, fmt::format("{} active series; may be: {} in all, {} of a job, {} of a metric", text_at(root, "series"), limit_text(limits, "all"),
                            limit_text(limits, "per_job"), limit_text(limits, "per_metric")));
  if (yesterday.is_null()) {
    print(output, "nothing is kept of yesterday to compare with");
    return;
  }
  print(output, fmt::format("{} series had samples between {} and {}: SINCE is against these", text_at(yesterday, "series"), time_at(yesterday, "start_ns"),
                            time_at(yesterday, "end_ns")));
}

void print_unasked(const Output& output, const Document& answer) {
  dom::element never;
  if (answer.root["never_asked"].get(never) != simdjson::SUCCESS || text_at(never, "count") == "0") return;
  std::string names;
  for (const dom::element& metric : answer.list("/never_asked/metrics")) {
    names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", text_at(metric, "name"), text_at(metric, "series"));
  }
  print(output, "");
  print(output, printable(fmt::format("{} of the largest metrics were asked for by no question or rule since {}: {}", text_at(never, "count"), time_at(never, "since_ns"), names)));
  if (text_at(never, "questions_without_name") != "0") {
    print(output, fmt::format("{} selectors named no metric (a pattern, or other labels alone): what they asked for is not counted", text_at(never, "questions_without_name")));
  }
  if (text_at(never, "is_complete") == "false") print(output, "more names were asked for than are remembered: some of these may have been asked for");
}

}  // namespace

Result<> series(const Server& server, const SeriesArguments& arguments, const Output& output) {
  Parameters parameters{{"limit", std::to_string(arguments.limit)}};
  if (!arguments.match.empty()) parameters.emplace_back("match", arguments.match);
  auto answer = ask(server, "/api/app/series_statistics", parameters);
  if (!answer) return base::fail(std::move(answer.error()));
  if (output.json) {
    print(output, simdjson::minify((*answer)->root));
    return {};
  }
  print_head(output, (*answer)->root);
  Cells metrics, labels, pairs, jobs;
  for (const dom::element& e : (*answer)->list("/metrics")) metrics.push_back({text_at(e, "series"), growth(e, "series"), text_at(e, "asked") == "true" ? "yes" : "no", printable(text_at(e, "name"))});
  for (const dom::element& e : (*answer)->list("/labels")) labels.push_back({text_at(e, "values"), growth(e, "values"), text_at(e, "series"), printable(text_at(e, "name"))});
  for (const dom::element& e : (*answer)->list("/pairs")) pairs.push_back({text_at(e, "series"), growth(e, "series"), printable(text_at(e, "name") + "=" + text_at(e, "value"))});
  for (const dom::element& e : (*answer)->list("/jobs")) jobs.push_back({text_at(e, "series"), growth(e, "series"), printable(text_at(e, "name")), printable(senders_of(e))});
  print_table(output, {{"SERIES", true}, {"SINCE", true}, {"ASKED"}, {"METRIC"}}, metrics);
  print_table(output, {{"VALUES", true}, {"SINCE", true}, {"SERIES", true}, {"LABEL"}}, labels);
  print_table(output, {{"SERIES", true}, {"SINCE", true}, {"LABEL=VALUE"}}, pairs);
  print_table(output, {{"SERIES", true}, {"SINCE", true}, {"JOB"}, {"SENT BY"}}, jobs);
  if (text_at((*answer)->root, "senders_are_complete") == "false") print(output, "more senders of series were met than are remembered: those that sent longest ago are not named");
  print_unasked(output, **answer);
  return {};
}

}  // namespace tripod::cli
