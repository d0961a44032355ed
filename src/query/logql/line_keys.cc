#include "query/logql/line_keys.h"

#include "query/logql/go_text.h"
#include "query/logql/stages/json_scan.h"

namespace tripod::query::logql {

LineKeys::LineKeys() : logfmt_(std::move(*compile(LogfmtParser{.strict = false, .keep_empty = true, .fields = {}}))) {}

void LineKeys::read(std::string_view line) {
  names_.clear();
  prefix_.clear();
  if (const size_t first = line.find_first_not_of(" \t\r\n"); first != line.npos && line[first] == '{') return walk(line, 0);
  parsed_.labels.clear();
  parsed_.text = line;
  logfmt_->run(parsed_);
  for (const LabelSet::Entry& entry : parsed_.labels.entries()) names_.insert(entry.name);
}

// Up to where the text is no JSON any more.
void LineKeys::walk(std::string_view object, int depth) {
  JsonScanner scanner(object);
  if (!scanner.enter_object()) return;
  std::string key;
  JsonItem item;
  while (true) {
    const auto more = scanner.next_member(key, item);
    if (!more || !*more) return;
    const size_t length = prefix_.size();
    if (length > 0) prefix_ += '_';
    append_sanitized(prefix_, key);
    names_.insert(prefix_);
    if (item.kind == JsonKind::kObject && depth < kMostJsonNesting) walk(item.raw, depth + 1);
    prefix_.resize(length);
  }
}

}  // namespace tripod::query::logql
