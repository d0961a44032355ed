// `tripod logs`: a question in the search language and its answer, whatever its kind.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "cli/document.h"
#include "cli/tables.h"

namespace tripod::cli {

using base::Result;
namespace dom = simdjson::dom;

namespace {

std::string cell_text(const dom::element& cell, std::string_view unit) {
  if (cell.is_null()) return "-";
  if (cell.is_string()) return printable(cell.get_string().value_unsafe());
  double number = 0;
  if (cell.get(number) != simdjson::SUCCESS) return simdjson::minify(cell);
  if (unit == "ns") return duration_text(static_cast<int64_t>(number));
  if (unit == "percent") return fmt::format("{:.1f}%", number);
  // Every number can be had as a double: what is none is asked first. Large ones in digits, as people count.
  if (cell.is_int64() || cell.is_uint64()) return simdjson::minify(cell);
  return std::abs(number) >= 1e6 && std::abs(number) < 1e15 ? fmt::format("{:.0f}", number) : fmt::format("{:.6g}", number);
}

struct Columns {
  std::vector<TableColumn> list;
  std::vector<std::string> names;
  std::vector<std::string> roles;
  std::vector<std::string> units;
};

Columns columns_of(const Document& answer) {
  Columns out;
  for (const dom::element& column : answer.list("/columns")) {
    const std::string type = text_at(column, "type");
    out.names.push_back(text_at(column, "name"));
    out.roles.push_back(text_at(column, "role"));
    out.units.push_back(text_at(column, "unit"));
    out.list.push_back({printable(out.names.back()), type == "number" || type == "integer"});
  }
  return out;
}

void print_object(const Output& output, const std::vector<std::string>& names, const std::vector<std::string>& json) {
  std::string line = "{";
  for (size_t i = 0; i < names.size(); ++i) {
    std::string name;
    base::JsonWriter(name).string(names[i]);
    line += fmt::format("{}{}:{}", i == 0 ? "" : ",", name, json[i]);
  }
  print(output, line + "}");
}

void print_cells(const Output& output, const Columns& columns, const std::vector<std::vector<std::string>>& cells) {
  for (const std::string& line : table_lines(columns.list, cells)) print(output, line);
}

void print_table(const Output& output, const Document& answer) {
  const Columns columns = columns_of(answer);
  std::vector<std::vector<std::string>> cells;
  for (const dom::element& line : answer.list("/table")) {
    auto& texts = cells.emplace_back();
    const dom::array list = line.get_array().value_unsafe();
    for (const dom::element cell : list) {
      texts.push_back(output.json ? simdjson::minify(cell) : cell_text(cell, columns.units[texts.size()]));
    }
    if (output.json) print_object(output, columns.names, texts);
  }
  if (!output.json) print_cells(output, columns, cells);
}

// One line for each instant and key at which there is a value; the values of one key stand beside each other.
void print_series(const Output& output, const Document& answer) {
  const Columns columns = columns_of(answer);
  const int64_t start = int_at(answer.root, "start_ns"), step = int_at(answer.root, "step_ns");
  std::map<std::string, std::vector<dom::element>> by_keys;
  std::vector<std::string> order;
  for (const dom::element& series : answer.list("/series")) {
    const std::string keys = text_at(series, "keys");
    if (!by_keys.contains(keys)) order.push_back(keys);
    by_keys[keys].push_back(series);
  }
  std::vector<std::vector<std::string>> cells;
  for (int64_t i = 0; i < int_at(answer.root, "points"); ++i) {
    for (const std::string& keys : order) {
      const auto& of_keys = by_keys[keys];
      std::vector<std::string> line;
      bool known = false;
      for (size_t c = 0; c < columns.names.size(); ++c) {
        const std::string& name = columns.names[c];
        dom::element cell;
        if (columns.roles[c] == "time") {
          line.push_back(output.json ? "\"" + base::format_rfc3339(start + i * step) + "\"" : time_text(start + i * step));
          continue;
        }
        bool found = false;
        if (columns.roles[c] == "key") {
          dom::object members;
          found = of_keys.front().at_pointer("/keys").get(members) == simdjson::SUCCESS && members.at_key(name).get(cell) == simdjson::SUCCESS;
        } else {
          const auto series = std::ranges::find_if(of_keys, [&](const dom::element& s) { return text_at(s, "value") == name; });
          found = series != of_keys.end() && series->at_pointer("/points/" + std::to_string(i)).get(cell) == simdjson::SUCCESS;
          known = known || (found && !cell.is_null());
        }
        line.push_back(!found ? (output.json ? "null" : "-") : output.json ? simdjson::minify(cell) : cell_text(cell, columns.units[c]));
      }
      if (!known) continue;
      if (output.json) print_object(output, columns.names, line);
      else cells.push_back(std::move(line));
    }
  }
  if (!output.json) print_cells(output, columns, cells);
}

void print_patterns(const Output& output, const Document& answer) {
  std::vector<std::vector<std::string>> cells;
  for (const dom::element& pattern : answer.list("/patterns")) {
    if (output.json) {
      print(output, simdjson::minify(pattern));
      continue;
    }
    std::vector<uint64_t> counts;
    dom::array trend;
    if (pattern.at_pointer("/trend/counts").get(trend) == simdjson::SUCCESS) {
      for (const dom::element count : trend) counts.push_back(count.get_uint64().value_unsafe());
    }
    double share = 0;
    if (pattern.at_pointer("/share").get(share) != simdjson::SUCCESS) share = 0;
    const bool is_new = text_at(pattern, "is_new") == "true";
    cells.push_back({text_at(pattern, "count"), fmt::format("{:.1f}%", share * 100), sparkline(counts),
                     is_new ? time_at(pattern, "first_seen_ns") : "", printable(text_at(pattern, "pattern"))});
  }
  if (output.json) return;
  const std::vector<TableColumn> columns = {{"COUNT", true}, {"SHARE", true}, {"TREND", false}, {"NEW SINCE", false}, {"PATTERN", false}};
  for (const std::string& line : table_lines(columns, cells)) print(output, line);
}

std::string chosen_line(const dom::element& row, const std::vector<std::string>& names) {
  dom::element fields;
  std::string out = time_at(row, "time_ns");
  if (row.at_pointer("/fields").get(fields) != simdjson::SUCCESS) return out;
  for (const std::string& name : names) {
    if (const std::string text = text_at(fields, name); !text.empty()) out += "  " + name + "=" + printable(text);
  }
  return out;
}

void print_records(const Output& output, const Document& answer) {
  auto rows = answer.list("/rows");
  const bool newest_first = !rows.empty() && text_at(answer.root, "ranked") != "true" && int_at(rows.front(), "time_ns") >= int_at(rows.back(), "time_ns");
  if (newest_first) std::ranges::reverse(rows);  // newest last, next to the prompt
  std::vector<std::string> names;
  for (const dom::element& name : answer.list("/fields")) names.emplace_back(name.get_string().value_unsafe());
  if (names.empty() || output.json) return print_rows(output, rows);
  for (const dom::element& row : rows) print(output, chosen_line(row, names));
}

std::string identity_of(const dom::element& row) { return text_at(row, "dataset") + "." + text_at(row, "seq"); }

// Matches in the order of time, each with what was stored around it; nothing twice.
Result<> print_with_context(const Server& server, int context, const Output& output, const Document& answer) {
  auto matches = answer.list("/rows");
  std::ranges::stable_sort(matches, {}, [](const dom::element& row) { return int_at(row, "time_ns"); });
  std::set<std::string> matched, printed;
  for (const dom::element& row : matches) matched.insert(identity_of(row));
  const std::string lines = std::to_string(context);
  for (const dom::element& match : matches) {
    auto around = ask(server, "/api/app/context",
                      {{"dataset", text_at(match, "dataset")}, {"time", text_at(match, "time_ns")}, {"sequence", text_at(match, "seq")}, {"before", lines}, {"after", lines}});
    if (!around) return base::fail(std::move(around.error()));
    auto rows = (*around)->list("/before");
    rows.push_back((*around)->root["row"].value_unsafe());
    std::ranges::move((*around)->list("/after"), std::back_inserter(rows));
    const bool joins = std::ranges::any_of(rows, [&](const dom::element& row) { return printed.contains(identity_of(row)); });
    if (!printed.empty() && !joins && !output.json) print(output, "--");
    for (const dom::element& row : rows) {
      const std::string identity = identity_of(row);
      if (!printed.insert(identity).second) continue;
      const bool is_match = matched.contains(identity);
      if (output.json) print(output, fmt::format("{{\"match\":{},\"row\":{}}}", is_match, simdjson::minify(row)));
      else print(output, (is_match ? "> " : "  ") + record_line(row));
    }
    print_warnings(**around);
  }
  return {};
}

}  // namespace

std::string instant_of(const std::string& text) {
  const bool digit = !text.empty() && text.front() >= '0' && text.front() <= '9';
  return digit && text.find_first_not_of("0123456789") != std::string::npos && base::parse_duration(text) ? "now-" + text : text;
}

Result<> logs(const Server& server, const SearchArguments& a, const Output& output) {
  auto answer = ask(server, "/api/app/search",
                    {{"dataset", a.dataset}, {"q", a.query}, {"start", instant_of(a.start)}, {"end", instant_of(a.end)}, {"limit", std::to_string(a.limit)}});
  if (!answer) return base::fail(std::move(answer.error()));
  const std::string kind = text_at((*answer)->root, "kind");
  if (kind == "rows" && a.context > 0) {
    if (auto printed = print_with_context(server, a.context, output, **answer); !printed) return printed;
  } else if (kind == "table") {
    print_table(output, **answer);
  } else if (kind == "series") {
    print_series(output, **answer);
  } else if (kind == "patterns") {
    print_patterns(output, **answer);
  } else {
    print_records(output, **answer);
  }
  print_warnings(**answer);
  if (kind == "rows" && !text_at((*answer)->root, "cursor").empty()) {
    fmt::print(stderr, "the first {} of more: --limit takes up to 10000, --since and --until another range\n", (*answer)->list("/rows").size());
  }
  return {};
}

}  // namespace tripod::cli
