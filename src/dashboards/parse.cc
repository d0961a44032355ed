// Dashboards from YAML: every key is known or refused, and what is wrong is told with its place. YAML's aliases say the same
// thing many times in a few bytes: what is read out of the text is bounded as the text itself is.
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>

#include "dashboards/dashboard.h"
#include "query/promql/parser.h"

namespace tripod::dashboards {

using base::Code;
using base::Result;

namespace {

constexpr size_t kMostText = 10'000;
constexpr size_t kMostTags = 20;
constexpr size_t kMostVariables = 20;
constexpr size_t kMostPanels = 200;
constexpr size_t kMostQueries = 26;
// Of all panels together.
constexpr size_t kMostAllQueries = 1000;
constexpr uint64_t kColumns = 12;

constexpr std::array<std::string_view, 4> kTypes = {"graph", "stat", "table", "heatmap"};
constexpr std::array<std::string_view, 9> kUnits = {"s", "ms", "bytes", "bytes/s", "/s", "ratio", "percent", "instant", "number"};

// Thrown inside this file only; parse() makes an error of it.
struct Wrong {
  std::string message;
  YAML::Mark mark;
};

std::string place(const YAML::Mark& mark) {
  if (mark.is_null()) return "";
  return "line " + std::to_string(mark.line + 1) + ", column " + std::to_string(mark.column + 1) + ": ";
}

// A mapping with these keys alone.
void check_keys(const YAML::Node& node, const char* what, std::initializer_list<std::string_view> keys) {
  if (!node.IsMap()) throw Wrong{std::string(what) + ": a mapping is expected", node.Mark()};
  // Not more than there are keys are looked at: an alias may name a mapping of very many a thousand times.
  std::vector<std::string_view> seen;
  for (const auto& entry : node) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
    const auto known = std::ranges::find(keys, key);
    if (known == keys.end()) throw Wrong{std::string(what) + ": unknown key \"" + key + "\"", entry.first.Mark()};
    if (std::ranges::find(seen, *known) != seen.end()) throw Wrong{std::string(what) + ": \"" + key + "\" stands there twice", entry.first.Mark()};
    seen.push_back(*known);
  }
}

bool flag(const YAML::Node& map, const char* key, bool fallback) {
  const YAML::Node value = map[key];
  if (!value.IsDefined()) return fallback;
  bool out = false;
  if (!YAML::convert<bool>::decode(value, out)) throw Wrong{std::string(key) + ": true or false is expected", value.Mark()};
  return out;
}

YAML::Node list(const YAML::Node& map, const char* key, size_t most) {
  const YAML::Node value = map[key];
  if (!value.IsDefined() || value.IsNull()) return YAML::Node(YAML::NodeType::Sequence);
  if (!value.IsSequence()) throw Wrong{std::string(key) + ": a list is expected", value.Mark()};
  if (value.size() > most) throw Wrong{std::string(key) + ": more than " + std::to_string(most), value.Mark()};
  return value;
}

void check_promql(const std::string& expr, const std::vector<Variable>& variables, const YAML::Mark& mark) {
  const auto ready = with_variables(expr, variables);
  if (!ready) throw Wrong{ready.error().message, mark};
  if (const auto parsed = query::promql::parse(*ready); !parsed) throw Wrong{parsed.error().message, mark};
}

// What reading one text has come to so far.
class Reader {
 public:
  Header read_header(const YAML::Node& root) {
    check_keys(root, "dashboard", {"title", "description", "tags", "variables", "rows"});
    Header out;
    out.title = text(root, "title", true);
    out.description = text(root, "description");
    for (const YAML::Node& tag : list(root, "tags", kMostTags)) {
      if (!tag.IsScalar() || tag.Scalar().size() > kMostText) throw Wrong{"tags: short texts are expected", tag.Mark()};
      out.tags.push_back(taken(tag));
    }
    return out;
  }

  Dashboard read(const YAML::Node& root) {
    Header header = read_header(root);
    Dashboard out{.title = std::move(header.title), .description = std::move(header.description), .tags = std::move(header.tags), .variables = {}, .rows = {}};
    for (const YAML::Node& variable : list(root, "variables", kMostVariables)) out.variables.push_back(read_variable(variable, out.variables));
    size_t panels = 0;
    for (const YAML::Node& node : list(root, "rows", kMostPanels)) {
      check_keys(node, "row", {"title", "panels"});
      Row row{.title = text(node, "title"), .panels = {}};
      for (const YAML::Node& panel : list(node, "panels", kMostPanels)) {
        if (++panels > kMostPanels) throw Wrong{"more than " + std::to_string(kMostPanels) + " panels", panel.Mark()};
        row.panels.push_back(read_panel(panel, out.variables));
      }
      out.rows.push_back(std::move(row));
    }
    if (panels == 0) throw Wrong{"the dashboard has no panels", root.Mark()};
    return out;
  }

 private:
  // A scalar's text, counted.
  std::string taken(const YAML::Node& value) {
    bytes_ += value.Scalar().size();
    if (bytes_ > kMostBytes) throw Wrong{"with what its aliases repeat, the dashboard is longer than " + std::to_string(kMostBytes) + " bytes", value.Mark()};
    return value.Scalar();
  }

  std::string text(const YAML::Node& map, const char* key, bool needed = false) {
    const YAML::Node value = map[key];
    if (!value.IsDefined() || value.IsNull()) {
      if (needed) throw Wrong{std::string(key) + " is missing", map.Mark()};
      return "";
    }
    if (!value.IsScalar()) throw Wrong{std::string(key) + ": a text is expected", value.Mark()};
    if (value.Scalar().size() > kMostText) throw Wrong{std::string(key) + ": longer than " + std::to_string(kMostText) + " bytes", value.Mark()};
    if (needed && value.Scalar().empty()) throw Wrong{std::string(key) + " is empty", value.Mark()};
    return taken(value);
  }

  // One of a few words; `fallback` where it is not there.
  template <size_t N>
  std::string word(const YAML::Node& map, const char* key, const std::array<std::string_view, N>& words, std::string fallback) {
    std::string value = text(map, key);
    if (value.empty()) return fallback;
    if (std::ranges::find(words, value) != words.end()) return value;
    std::string all;
    for (const std::string_view one : words) all += (all.empty() ? "" : ", ") + std::string(one);
    throw Wrong{std::string(key) + ": \"" + value + "\" is none of " + all, map[key].Mark()};
  }

  std::string name(const YAML::Node& map, const char* key) {
    const std::string value = text(map, key, true);
    const bool good = std::ranges::all_of(value, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; });
    if (!good || (value[0] >= '0' && value[0] <= '9')) throw Wrong{std::string(key) + ": \"" + value + "\" is no name of letters, digits and _", map[key].Mark()};
    return value;
  }

  Variable read_variable(const YAML::Node& node, const std::vector<Variable>& before) {
    check_keys(node, "variable", {"name", "title", "label", "of", "multiple"});
    Variable out;
    out.name = name(node, "name");
    if (out.name == "rate" || out.name == "step") throw Wrong{"name: $" + out.name + " is there by itself", node["name"].Mark()};
    if (std::ranges::find(before, out.name, &Variable::name) != before.end()) throw Wrong{"name: there are two variables " + out.name, node["name"].Mark()};
    out.title = text(node, "title");
    if (out.title.empty()) out.title = out.name;
    out.label = text(node, "label");
    if (out.label.empty()) out.label = out.name;
    out.of = text(node, "of", true);
    out.multiple = flag(node, "multiple", true);
    check_promql(out.of, before, node["of"].Mark());
    return out;
  }

  Query read_query(const YAML::Node& node, const std::vector<Variable>& variables) {
    if (++queries_ > kMostAllQueries) throw Wrong{"more than " + std::to_string(kMostAllQueries) + " queries", node.Mark()};
    check_keys(node, "query", {"expr", "legend"});
    Query out{.expr = text(node, "expr", true), .legend = text(node, "legend")};
    check_promql(out.expr, variables, node["expr"].Mark());
    return out;
  }

  Panel read_panel(const YAML::Node& node, const std::vector<Variable>& variables) {
    check_keys(node, "panel", {"title", "description", "type", "unit", "stack", "log", "width", "queries"});
    Panel out;
    out.title = text(node, "title", true);
    out.description = text(node, "description");
    out.type = word(node, "type", kTypes, "graph");
    out.unit = word(node, "unit", kUnits, "");
    out.stack = flag(node, "stack", false);
    out.log = flag(node, "log", false);
    if (out.stack && out.log) throw Wrong{"log: areas on top of each other cannot be read on a scale of powers", node["log"].Mark()};
    if (const std::string width = text(node, "width"); !width.empty()) {
      const auto [end, error] = std::from_chars(width.data(), width.data() + width.size(), out.width);
      if (error != std::errc() || end != width.data() + width.size() || out.width < 1 || out.width > kColumns) {
        throw Wrong{"width: a number from 1 to 12 is expected", node["width"].Mark()};
      }
    }
    const YAML::Node queries = list(node, "queries", kMostQueries);
    if (queries.size() == 0) throw Wrong{"panel \"" + out.title + "\" has no queries", node.Mark()};
    for (const YAML::Node& query : queries) out.queries.push_back(read_query(query, variables));
    return out;
  }

  size_t bytes_ = 0;
  size_t queries_ = 0;
};

// What `read` makes of the text.
template <class Read>
auto parsed(std::string_view source, Read read) -> Result<decltype(read(YAML::Node()))> {
  if (source.size() > kMostBytes) return base::fail(Code::kInvalidArgument, "longer than " + std::to_string(kMostBytes) + " bytes");
  try {
    return read(YAML::Load(std::string(source)));
  } catch (const Wrong& wrong) {
    return base::fail(Code::kInvalidArgument, place(wrong.mark) + wrong.message);
  } catch (const YAML::Exception& e) {
    return base::fail(Code::kInvalidArgument, place(e.mark) + e.msg);
  }
}

}  // namespace

Result<Dashboard> parse(std::string_view source) {
  return parsed(source, [](const YAML::Node& root) { return Reader().read(root); });
}

Result<Header> parse_header(std::string_view source) {
  return parsed(source, [](const YAML::Node& root) { return Reader().read_header(root); });
}

}  // namespace tripod::dashboards
