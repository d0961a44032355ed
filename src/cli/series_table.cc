#include "cli/series_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <set>
#include <string>

#include "cli/document.h"
#include "cli/tables.h"

namespace tripod::cli {

namespace dom = simdjson::dom;

namespace {

using Labels = std::map<std::string, std::string>;

Labels labels_of(const dom::element& series) {
  Labels out;
  dom::object labels;
  if (series.at_pointer("/metric").get(labels) != simdjson::SUCCESS) return out;
  for (const auto [key, value] : labels) out[std::string(key)] = std::string(value.get_string().value_unsafe());
  return out;
}

// Of a sample: [time, "value"].
std::string_view value_of(const dom::element& sample) {
  std::string_view out;
  dom::element second;
  if (sample.at(1).get(second) != simdjson::SUCCESS || second.get(out) != simdjson::SUCCESS) return "";
  return out;
}

// "+Inf" and "NaN" are numbers too.
double number_of(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double out = std::numeric_limits<double>::quiet_NaN();
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

struct Figures {
  size_t count = 0;
  double last = 0, sum = 0;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
};

Figures figures_of(const dom::array& samples) {
  Figures out;
  for (const dom::element sample : samples) {
    out.last = number_of(value_of(sample));
    out.sum += out.last;
    out.min = std::min(out.min, out.last);
    out.max = std::max(out.max, out.last);
    ++out.count;
  }
  return out;
}

// The columns behind the labels.
std::vector<std::string> cells_of(const dom::element& series, bool is_range) {
  dom::element value;
  if (!is_range) return {series.at_pointer("/value").get(value) == simdjson::SUCCESS ? std::string(value_of(value)) : ""};
  dom::array samples;
  if (series.at_pointer("/values").get(samples) != simdjson::SUCCESS) return {"0", "", "", "", ""};
  const Figures f = figures_of(samples);
  const auto text = [](double number) { return fmt::format("{:.6g}", number); };
  return {std::to_string(f.count), text(f.last), text(f.sum / static_cast<double>(f.count)), text(f.min), text(f.max)};
}

}  // namespace

void print_series_table(const Output& output, const std::vector<dom::element>& series) {
  if (series.empty()) return;
  std::vector<Labels> labels;
  std::set<std::string> names;
  for (const dom::element& one : series) {
    labels.push_back(labels_of(one));
    for (const auto& [name, value] : labels.back()) names.insert(name);
  }
  dom::element values;
  const bool is_range = series.front().at_pointer("/values").get(values) == simdjson::SUCCESS;
  std::vector<TableColumn> columns;
  for (const std::string& name : names) columns.push_back({name == "__name__" ? "METRIC" : printable(name)});
  for (const char* name : is_range ? std::vector{"SAMPLES", "LAST", "MEAN", "MIN", "MAX"} : std::vector{"VALUE"}) columns.push_back({name, true});
  std::vector<std::vector<std::string>> cells;
  for (size_t at = 0; at < series.size(); ++at) {
    std::vector<std::string>& line = cells.emplace_back();
    for (const std::string& name : names) line.push_back(printable(labels[at].contains(name) ? labels[at].at(name) : ""));
    for (std::string& cell : cells_of(series[at], is_range)) line.push_back(std::move(cell));
  }
  for (const std::string& line : table_lines(columns, cells)) print(output, line);
}

}  // namespace tripod::cli
