// A dashboard: rows of panels that draw PromQL queries, with variables. The format of its file is documented in
// docs/dashboards.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "base/result.h"

namespace tripod::dashboards {

struct Query {
  std::string expr;    // PromQL with variables: $job, ${job}; $rate, $step
  std::string legend;  // "{{view}}"; empty: what the series differ in
};

// A choice of a label's values that queries refer to as $name.
struct Variable {
  std::string name;
  std::string title;     // as the page shows it; the name where none is given
  std::string label;     // whose values
  std::string of;        // selector of the series that have it; may refer to variables before this one
  bool multiple = true;  // several values, or all, may be chosen
};

struct Panel {
  std::string title;
  std::string description;
  std::string type;  // graph, stat, table, heatmap
  std::string unit;  // one of units(); empty: guessed from the queries
  bool stack = false;
  bool log = false;
  uint64_t width = 6;  // of 12 columns
  std::vector<Query> queries;
};

struct Row {
  std::string title;
  std::vector<Panel> panels;
};

// What a list shows of one.
struct Header {
  std::string title;
  std::string description;
  std::vector<std::string> tags;
};

struct Dashboard {
  std::string title;
  std::string description;
  std::vector<std::string> tags;
  std::vector<Variable> variables;
  std::vector<Row> rows;
};

// What a file or a saved dashboard may have at most; its texts together as well, those that aliases repeat among them.
inline constexpr size_t kMostBytes = 256 << 10;

// Reads YAML, or JSON, which is YAML too. Every query must be valid PromQL with its variables put in. Errors:
// kInvalidArgument with "line 3, column 5: why".
base::Result<Dashboard> parse(std::string_view text);

// As parse(), without a look at variables, rows and their queries.
base::Result<Header> parse_header(std::string_view text);

// `expr` as PromQL that can be parsed: a placeholder for each of `variables`, durations for $rate and $step.
// kInvalidArgument: a variable that is none of them, or one in a string of '…' or `…`: what is chosen is escaped for "…".
base::Result<std::string> with_variables(std::string_view expr, const std::vector<Variable>& variables);

// As one JSON object with the keys of the file.
void write_json(const Dashboard& dashboard, base::JsonWriter& w);

}  // namespace tripod::dashboards
