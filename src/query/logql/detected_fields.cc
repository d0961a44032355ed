#include "query/logql/detected_fields.h"

#include <algorithm>

#include "query/logql/go_text.h"
#include "query/logql/stages/json_scan.h"

namespace tripod::query::logql {
namespace {

constexpr size_t kMostFields = 5'000;
constexpr int kMostDepth = 32;

std::string type_of(const std::string& value) {
  if (value == "true" || value == "false") return "boolean";
  if (const auto number = parse_go_float(value)) {
    return value.find_first_of(".eEnN") == std::string::npos ? "int" : "float";
  }
  if (parse_go_duration(value)) return "duration";
  if (parse_go_bytes(value)) return "bytes";
  return "string";
}

}  // namespace

FieldDetector::FieldDetector()
    : json_(std::move(*compile(JsonParser{}))), logfmt_(std::move(*compile(LogfmtParser{}))) {}

void FieldDetector::note(const std::string& name, const std::string& value, std::string_view parser) {
  const auto found = fields_.find(name);
  if (found == fields_.end() && fields_.size() >= kMostFields) return;
  DetectedField& field = found == fields_.end() ? fields_[name] : found->second;
  ++field.lines;
  const std::string type = type_of(value);
  if (field.type.empty()) {
    field.type = type;
  } else if (field.type != type) {
    const bool numbers = (field.type == "int" || field.type == "float") && (type == "int" || type == "float");
    field.type = numbers ? "float" : "string";
  }
  if (field.values.size() < kMostDetectedValues) field.values.insert(value);
  if (!parser.empty() && std::ranges::find(field.parsers, parser) == field.parsers.end()) field.parsers.emplace_back(parser);
}

void FieldDetector::add(const Line& line) {
  // Metadata needs no parser, and is not read a second time out of the line.
  std::set<std::string> known;
  Line parsed;
  for (const LabelSet::Entry& entry : line.labels.entries()) {
    if (entry.source == LabelSource::kStream) parsed.labels.add_stream(entry.name, entry.value);
    if (!entry.alive || entry.source == LabelSource::kStream || entry.value.empty()) continue;
    known.insert(entry.name);
    note(entry.name, entry.value, "");
  }
  parsed.text = line.text;
  std::string_view parser = "json";
  json_->run(parsed);
  if (parsed.labels.has_error()) {
    parsed.labels.reset_error();
    parsed.labels.reset_error_details();
    parser = "logfmt";
    // Any text has words; a line is logfmt where it has pairs.
    if (line.text.find('=') == line.text.npos) return;
    logfmt_->run(parsed);
  } else {
    std::vector<std::string> path;
    note_paths(line.text, path, 0);
  }
  for (const auto& [name, value] : parsed.labels.sorted(false, false, true)) {
    if (value.empty() || known.contains(name)) continue;
    note(name, value, parser);
    std::string bare = name;
    if (bare.ends_with("_extracted") && !paths_.contains(bare)) bare.resize(bare.size() - std::string_view("_extracted").size());
    const auto path = paths_.find(bare);
    if (parser == "json" && path != paths_.end() && fields_.contains(name)) fields_[name].json_path = path->second;
  }
}

void FieldDetector::note_paths(std::string_view json, std::vector<std::string>& path, int depth) {
  JsonScanner scanner(json);
  if (depth > kMostDepth || !scanner.enter_object()) return;
  std::string key;
  JsonItem item;
  while (true) {
    const auto more = scanner.next_member(key, item);
    if (!more || !*more) return;
    path.push_back(key);
    if (item.kind == JsonKind::kObject) {
      note_paths(item.raw, path, depth + 1);
    } else if (item.kind != JsonKind::kArray && paths_.size() < kMostFields) {
      std::string name;
      for (const std::string& part : path) {
        if (!name.empty()) name += '_';
        append_sanitized(name, part);
      }
      paths_.try_emplace(std::move(name), path);
    }
    path.pop_back();
  }
}

}  // namespace tripod::query::logql
