#include "dashboards/dashboard.h"

#include <algorithm>

namespace tripod::dashboards {

using base::Code;
using base::JsonWriter;
using base::Result;

namespace {

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_part(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }

// The name behind a '$', with or without braces; empty where it is no variable: "$" may end a regular expression.
std::string_view variable_at(std::string_view rest, size_t& length) {
  const bool braced = rest.starts_with('{');
  const size_t start = braced ? 1 : 0;
  size_t end = start;
  if (end < rest.size() && is_name_start(rest[end])) {
    while (end < rest.size() && is_name_part(rest[end])) ++end;
  }
  if (end == start || (braced && (end == rest.size() || rest[end] != '}'))) return {};
  length = end + (braced ? 1 : 0);
  return rest.substr(start, end - start);
}

// Where in PromQL's text a character stands: in a string, and of which quotes.
class Place {
 public:
  void pass(char c) {
    if (escaped_) {
      escaped_ = false;
    } else if (inside_ == '#') {
      if (c == '\n') inside_ = 0;
    } else if (inside_ == 0) {
      if (c == '"' || c == '\'' || c == '`' || c == '#') inside_ = c;
    } else if (c == inside_) {
      inside_ = 0;
    } else {
      escaped_ = c == '\\' && inside_ != '`';
    }
  }
  bool in_other_quotes() const { return inside_ == '\'' || inside_ == '`'; }

 private:
  char inside_ = 0;  // the quote, '#' in a comment, 0 outside
  bool escaped_ = false;
};

void write_queries(const std::vector<Query>& queries, JsonWriter& w) {
  w.key("queries").begin_array();
  for (const Query& query : queries) {
    w.begin_object().field("expr", query.expr);
    if (!query.legend.empty()) w.field("legend", query.legend);
    w.end_object();
  }
  w.end_array();
}

void write_panel(const Panel& panel, JsonWriter& w) {
  w.begin_object().field("title", panel.title);
  if (!panel.description.empty()) w.field("description", panel.description);
  w.field("type", panel.type);
  if (!panel.unit.empty()) w.field("unit", panel.unit);
  if (panel.stack) w.field("stack", true);
  if (panel.log) w.field("log", true);
  w.field("width", panel.width);
  write_queries(panel.queries, w);
  w.end_object();
}

}  // namespace

Result<std::string> with_variables(std::string_view expr, const std::vector<Variable>& variables) {
  std::string out;
  Place place;
  for (size_t at = 0; at < expr.size();) {
    size_t length = 0;
    const std::string_view name =
        expr[at] == '$' ? variable_at(expr.substr(at + 1), length) : std::string_view();
    if (name.empty()) {
      place.pass(expr[at]);
      out += expr[at++];
      continue;
    }
    if (name == "rate") {
      out += "5m";
    } else if (name == "step") {
      out += "1m";
    } else if (std::ranges::find(variables, name, &Variable::name) == variables.end()) {
      return base::fail(Code::kInvalidArgument, "there is no variable $" + std::string(name));
    } else if (place.in_other_quotes()) {
      return base::fail(Code::kInvalidArgument, "$" + std::string(name) + " must stand in double quotes: values are escaped for these");
    } else {
      out += 'x';
    }
    place.pass('x');
    at += 1 + length;
  }
  return out;
}

void write_json(const Dashboard& dashboard, JsonWriter& w) {
  w.begin_object().field("title", dashboard.title).field("description", dashboard.description);
  w.key("tags").begin_array();
  for (const std::string& tag : dashboard.tags) w.string(tag);
  w.end_array().key("variables").begin_array();
  for (const Variable& variable : dashboard.variables) {
    w.begin_object()
        .field("name", variable.name)
        .field("title", variable.title)
        .field("label", variable.label)
        .field("of", variable.of)
        .field("multiple", variable.multiple)
        .end_object();
  }
  w.end_array().key("rows").begin_array();
  for (const Row& row : dashboard.rows) {
    w.begin_object().field("title", row.title).key("panels").begin_array();
    for (const Panel& panel : row.panels) write_panel(panel, w);
    w.end_array().end_object();
  }
  w.end_array().end_object();
}

}  // namespace tripod::dashboards
