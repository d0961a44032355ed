#include "alert/rule_file.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "base/glob.h"
#include "base/utf8.h"
#include "query/promql/labels.h"
#include "query/promql/parser.h"
#include "query/promql/text.h"

namespace tripod::alert {

using base::Code;
using base::fail;
using base::Result;
namespace promql = query::promql;

namespace {

constexpr size_t kMostFiles = 10'000;  // of one pattern

using Keys = std::initializer_list<std::string_view>;

// Words for people: what Prometheus calls what it reads into.
constexpr const char* kFileType = "rulefmt.RuleGroups";
constexpr const char* kGroupType = "rulefmt.RuleGroup";
constexpr const char* kRuleType = "rulefmt.Rule";

bool is_given(const YAML::Node& node) { return node.IsDefined() && !node.IsNull(); }

// Reads one document and collects what is wrong with it. Throws YAML::Exception only.
class Reader {
 public:
  Reader(std::string file, const GroupDefaults& defaults, ParsedRuleFile& out) : file_(std::move(file)), defaults_(defaults), out_(out) {}

  void read(const YAML::Node& document);
  void wrong(const YAML::Mark& mark, const std::string& why);

 private:
  void read_group(const YAML::Node& node);
  void read_rule(const YAML::Node& node, GroupDefinition& group, const store::Labels& group_labels);
  void check_rule(const YAML::Node& node, const RuleDefinition& rule, const std::string& where);
  void parse_expression(const YAML::Node& node, RuleDefinition& rule, const std::string& where);
  // False, and said, where it is something else.
  bool check_map(const YAML::Node& node, Keys keys, const char* type);
  std::string text(const YAML::Node& map, const char* key);
  int64_t duration_ms(const YAML::Node& map, const char* key, int64_t fallback);
  uint64_t number(const YAML::Node& map, const char* key);
  store::Labels labels(const YAML::Node& map, const char* key, std::string_view what, const std::string& where);

  const std::string file_;
  const GroupDefaults defaults_;
  ParsedRuleFile& out_;
};

void Reader::wrong(const YAML::Mark& mark, const std::string& why) {
  if (out_.errors.size() >= kMostErrors) return;
  const std::string place = mark.is_null() ? "" : std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1) + ":";
  out_.errors.push_back(file_ + ":" + place + " " + why);
}

bool Reader::check_map(const YAML::Node& node, Keys keys, const char* type) {
  if (!node.IsMap()) {
    wrong(node.Mark(), std::string("cannot unmarshal into ") + type + ": a mapping is expected");
    return false;
  }
  std::set<std::string> seen;
  for (const auto& pair : node) {
    const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "?";
    if (!seen.insert(key).second) wrong(pair.first.Mark(), "mapping key \"" + key + "\" already defined");
    if (std::ranges::find(keys, key) == keys.end()) wrong(pair.first.Mark(), "field " + key + " not found in type " + type);
  }
  return true;
}

std::string Reader::text(const YAML::Node& map, const char* key) {
  const YAML::Node value = map[key];
  if (!is_given(value)) return "";
  if (!value.IsScalar()) {
    wrong(value.Mark(), std::string(key) + ": a string is expected");
    return "";
  }
  return value.Scalar();
}

int64_t Reader::duration_ms(const YAML::Node& map, const char* key, int64_t fallback) {
  const std::string written = text(map, key);
  if (written.empty()) return fallback;
  const auto ms = written == "0" ? std::optional<int64_t>(0) : promql::parse_duration_ms(written);
  if (!ms) wrong(map[key].Mark(), "not a valid duration string: " + promql::quote(written));
  return ms.value_or(fallback);
}

uint64_t Reader::number(const YAML::Node& map, const char* key) {
  const std::string written = text(map, key);
  uint64_t out = 0;
  const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), out);
  if (!written.empty() && (error != std::errc() || end != written.data() + written.size())) {
    wrong(map[key].Mark(), "cannot unmarshal " + promql::quote(written) + " into int");
  }
  return out;
}

// `what` is "label" or "annotation"; `where` is put before what is wrong.
store::Labels Reader::labels(const YAML::Node& map, const char* key, std::string_view what, const std::string& where) {
  store::Labels out;
  const YAML::Node node = map[key];
  if (!is_given(node)) return out;
  if (!node.IsMap()) {
    wrong(node.Mark(), std::string(key) + ": a mapping of strings is expected");
    return out;
  }
  std::set<std::string> seen;
  for (const auto& pair : node) {
    if (!pair.first.IsScalar() || (!pair.second.IsScalar() && !pair.second.IsNull())) {
      wrong(pair.first.Mark(), std::string(key) + ": a mapping of strings is expected");
      continue;
    }
    const std::string& name = pair.first.Scalar();
    const std::string value = pair.second.IsNull() ? "" : pair.second.Scalar();
    if (!seen.insert(name).second) wrong(pair.first.Mark(), "mapping key \"" + name + "\" already defined");
    const bool reserved = what == "label" && name == promql::kMetricName;
    if (name.empty() || reserved || !base::is_valid_utf8(name)) wrong(pair.first.Mark(), where + "invalid " + std::string(what) + " name: " + name);
    if (!base::is_valid_utf8(value)) wrong(pair.second.Mark(), where + "invalid " + std::string(what) + " value: " + promql::quote(value));
    // An empty label of a rule takes away the series' own.
    out.emplace_back(name, value);
  }
  std::ranges::sort(out);
  return out;
}

void Reader::parse_expression(const YAML::Node& node, RuleDefinition& rule, const std::string& where) {
  if (rule.query.empty()) return wrong(node.Mark(), where + "field 'expr' must be set in rule");
  auto parsed = promql::parse(rule.query);
  if (!parsed) return wrong(node["expr"].Mark(), where + "could not parse expression: " + parsed.error().message);
  const auto type = (*parsed)->type;
  if (type != promql::ValueType::kScalar && type != promql::ValueType::kVector) {
    // Prometheus finds out when it evaluates: "rule result is not a vector or scalar".
    return wrong(node["expr"].Mark(), where + "rule result is not a vector or scalar: " + std::string(promql::documented_type(type)));
  }
  rule.expr = std::move(*parsed);
}

void Reader::check_rule(const YAML::Node& node, const RuleDefinition& rule, const std::string& where) {
  const bool record = is_given(node["record"]), alert = is_given(node["alert"]);
  if (record && alert) wrong(node["alert"].Mark(), where + "only one of 'record' and 'alert' must be set");
  if (rule.name.empty()) wrong(node.Mark(), where + "one of 'record' or 'alert' must be set");
  if (!base::is_valid_utf8(rule.name)) wrong(node.Mark(), where + "invalid recording rule name: " + promql::quote(rule.name));
  if (!record || alert) return;
  for (const char* key : {"annotations", "for", "keep_firing_for"}) {
    if (is_given(node[key])) wrong(node[key].Mark(), where + "invalid field '" + key + "' in recording rule");
  }
  if (rule.name.find_first_of("{}") != std::string::npos) {
    wrong(node["record"].Mark(), where + "braces present in the recording rule name; should it be in expr?: " + rule.name);
  }
}

void Reader::read_rule(const YAML::Node& node, GroupDefinition& group, const store::Labels& group_labels) {
  if (!check_map(node, {"record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"}, kRuleType)) return;
  RuleDefinition rule;
  rule.kind = is_given(node["alert"]) ? RuleDefinition::Kind::kAlerting : RuleDefinition::Kind::kRecording;
  rule.name = text(node, rule.kind == RuleDefinition::Kind::kAlerting ? "alert" : "record");
  const std::string where = "group " + promql::quote(group.name) + ", rule " + std::to_string(group.rules.size() + 1) + ", " + promql::quote(rule.name) + ": ";
  check_rule(node, rule, where);
  rule.query = text(node, "expr");
  parse_expression(node, rule, where);
  rule.for_ms = duration_ms(node, "for", 0);
  rule.keep_firing_for_ms = duration_ms(node, "keep_firing_for", 0);
  rule.labels = labels(node, "labels", "label", where);
  for (const auto& [name, value] : group_labels) {
    if (std::ranges::find(rule.labels, name, &std::pair<std::string, std::string>::first) == rule.labels.end()) rule.labels.emplace_back(name, value);
  }
  std::ranges::sort(rule.labels);
  rule.annotations = labels(node, "annotations", "annotation", where);
  group.rules.push_back(std::move(rule));
}

void Reader::read_group(const YAML::Node& node) {
  if (!check_map(node, {"name", "interval", "query_offset", "limit", "rules", "labels"}, kGroupType)) return;
  GroupDefinition group;
  group.file = file_;
  group.name = text(node, "name");
  if (group.name.empty()) wrong(node.Mark(), "Groupname must not be empty");
  const bool is_known = std::ranges::any_of(out_.groups, [&](const GroupDefinition& other) { return other.name == group.name; });
  if (is_known) wrong(node.Mark(), "groupname: \"" + group.name + "\" is repeated in the same file");
  group.interval_ms = duration_ms(node, "interval", defaults_.interval_ms);
  if (group.interval_ms == 0) group.interval_ms = defaults_.interval_ms;
  group.query_offset_ms = duration_ms(node, "query_offset", defaults_.query_offset_ms);
  group.limit = number(node, "limit");
  const store::Labels group_labels = labels(node, "labels", "label", "");
  const YAML::Node rules = node["rules"];
  const bool given = is_given(rules);
  if (given && !rules.IsSequence()) wrong(rules.Mark(), "rules: a list is expected");
  if (given && rules.IsSequence()) {
    for (const auto& rule : rules) read_rule(rule, group, group_labels);
  }
  out_.groups.push_back(std::move(group));
}

void Reader::read(const YAML::Node& document) {
  if (!is_given(document) || !check_map(document, {"groups"}, kFileType)) return;
  const YAML::Node groups = document["groups"];
  if (!is_given(groups)) return;
  if (!groups.IsSequence()) return wrong(groups.Mark(), "groups: a list is expected");
  for (const auto& group : groups) read_group(group);
}

// What the document itself says about rules. Throws YAML::Exception.
struct Named {
  GroupDefaults defaults;
  std::vector<std::string> patterns;
};

Named read_document(const YAML::Node& document, Reader& reader) {
  Named out;
  if (!document.IsMap()) return out;
  const YAML::Node global = document["global"];
  if (is_given(global) && global.IsMap()) {
    const auto duration = [&](const char* key, int64_t& into, bool may_be_zero) {
      const YAML::Node value = global[key];
      if (!is_given(value)) return;
      const auto ms = value.IsScalar() ? value.Scalar() == "0" ? std::optional<int64_t>(0) : promql::parse_duration_ms(value.Scalar()) : std::nullopt;
      if (!ms) return reader.wrong(value.Mark(), std::string("global: ") + key + ": not a valid duration string");
      if (*ms > 0 || may_be_zero) into = *ms;
    };
    duration("evaluation_interval", out.defaults.interval_ms, false);
    duration("rule_query_offset", out.defaults.query_offset_ms, true);
  }
  const YAML::Node files = document["rule_files"];
  if (!is_given(files)) return out;
  if (!files.IsSequence()) {
    reader.wrong(files.Mark(), "rule_files: a list is expected");
    return out;
  }
  for (const auto& pattern : files) {
    if (pattern.IsScalar() && !pattern.Scalar().empty()) out.patterns.push_back(pattern.Scalar());
    else reader.wrong(pattern.Mark(), "rule_files: a path is expected");
  }
  return out;
}

void append(std::vector<std::string>& all, std::vector<std::string> more) {
  for (std::string& one : more) {
    if (all.size() < kMostErrors) all.push_back(std::move(one));
  }
}

// Files that a pattern names, those read before left out.
Result<std::vector<std::string>> files_of(const std::string& pattern, const std::string& document, base::Fs& fs) {
  const std::string folder = base::parent_dir(document);
  const std::string path = pattern.starts_with('/') || folder == "." ? pattern : folder + "/" + pattern;
  const auto glob = base::Glob::parse(path);
  if (!glob) return fail(Code::kInvalidArgument, "rule_files: " + glob.error().message);
  std::vector<std::string> out;
  glob->expand(fs, kMostFiles, out);
  // Prometheus takes a pattern without matches silently; a plain path that is not there is a mistake.
  if (out.empty() && path.find_first_of("*?[") == std::string::npos) return fail(Code::kNotFound, "rule_files: no such file: " + path);
  return out;
}

std::string joined(const std::vector<std::string>& errors) {
  std::string out;
  for (const std::string& error : errors) out += (out.empty() ? "" : "\n") + error;
  return out;
}

}  // namespace

std::string GroupDefinition::fingerprint() const {
  std::string out = key() + " " + std::to_string(interval_ms) + " " + std::to_string(query_offset_ms) + " " + std::to_string(limit);
  for (const RuleDefinition& rule : rules) {
    out += "\n" + std::to_string(static_cast<int>(rule.kind)) + promql::quote(rule.name) + promql::quote(rule.query) + promql::to_string(rule.labels) +
           promql::to_string(rule.annotations) + std::to_string(rule.for_ms) + "," + std::to_string(rule.keep_firing_for_ms);
  }
  return out;
}

ParsedRuleFile parse_rule_file(const std::string& yaml, const std::string& file, const GroupDefaults& defaults) {
  ParsedRuleFile out;
  Reader reader(file, defaults, out);
  try {
    reader.read(YAML::Load(yaml));
  } catch (const YAML::Exception& e) {
    reader.wrong(e.mark, "yaml: " + e.msg);
  }
  return out;
}

Result<RuleSet> read_rules(const std::string& yaml, const std::string& file, base::Fs& fs) {
  ParsedRuleFile top;
  Reader reader(file, {}, top);
  Named named;
  try {
    named = read_document(YAML::Load(yaml), reader);
  } catch (const YAML::Exception& e) {
    reader.wrong(e.mark, "yaml: " + e.msg);
  }
  RuleSet out;
  for (const std::string& pattern : named.patterns) {
    const auto files = files_of(pattern, file, fs);
    if (!files) append(top.errors, {file + ": " + files.error().message});
    for (const std::string& path : files.value_or(std::vector<std::string>())) {
      if (std::ranges::find(out.files, path) != out.files.end()) continue;
      out.files.push_back(path);
      const auto status = fs.status(path);
      if (status && status->size > kMostRuleFileBytes) {
        append(top.errors, {path + ": larger than 16 MiB"});
        continue;
      }
      auto text = fs.read_all(path);
      if (!text) append(top.errors, {path + ": " + text.error().message});
      if (!text) continue;
      ParsedRuleFile parsed = parse_rule_file(*text, path, named.defaults);
      append(top.errors, std::move(parsed.errors));
      for (GroupDefinition& group : parsed.groups) out.groups.push_back(std::move(group));
    }
  }
  if (!top.errors.empty()) return fail(Code::kInvalidArgument, joined(top.errors));
  return out;
}

}  // namespace tripod::alert
