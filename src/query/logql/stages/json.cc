// | json, with and without expressions.
#include <charconv>
#include <variant>
#include <vector>

#include "query/logql/go_text.h"
#include "query/logql/stages/json_path.h"
#include "query/logql/stages/json_scan.h"
#include "query/logql/stages/stage.h"

namespace tripod::query::logql {
namespace {

using base::Result;

void fail_line(Line& line, std::string_view details) {
  line.labels.set_error(kJsonParserError, details);
}

// Every scalar becomes a label, named by the keys on its way joined with '_'. Arrays are left out.
class AllFields final : public StageRunner {
 public:
  bool run(Line& line) override {
    prefix_.clear();
    if (const auto walked = walk(line.text, line.labels, 0); !walked) {
      fail_line(line, walked.error().message);
    }
    return true;
  }

 private:
  Result<> walk(std::string_view text, LabelSet& labels, int depth) {
    JsonScanner scanner(text);
    if (auto entered = scanner.enter_object(); !entered) return entered;
    std::string key;
    JsonItem item;
    while (true) {
      const auto more = scanner.next_member(key, item);
      if (!more) return base::fail(more.error());
      if (!*more) return {};
      if (item.kind == JsonKind::kArray || item.kind == JsonKind::kNull) continue;
      const size_t length = prefix_.size();
      if (length > 0) prefix_ += '_';
      append_sanitized(prefix_, key);
      Result<> inner;
      if (item.kind == JsonKind::kObject) {
        if (depth < kMostJsonNesting) inner = walk(item.raw, labels, depth + 1);
      } else if (!prefix_.empty()) {
        labels.extract(prefix_, json_label_value(item));
      }
      prefix_.resize(length);
      if (!inner) return inner;
    }
  }

  std::string prefix_;
};

class Expressions final : public StageRunner {
 public:
  struct Field {
    std::string name;
    JsonPath path;
  };
  explicit Expressions(std::vector<Field> fields) : fields_(std::move(fields)) {}

  bool run(Line& line) override {
    if (line.text.empty()) return true;
    if (std::string_view("\"{[").find(line.text[0]) == std::string_view::npos) {
      fail_line(line, "");
      return true;
    }
    for (const Field& field : fields_) {
      JsonItem item;
      const auto found = find_json(line.text, field.path, item);
      if (!found) {
        fail_line(line, found.error().message);
      } else if (*found) {
        line.labels.extract(field.name, json_label_value(item));
      } else if (line.labels.find(field.name) == nullptr) {
        line.labels.extract(field.name, "");
      }
    }
    return true;
  }

 private:
  const std::vector<Field> fields_;
};

}  // namespace

Result<bool> find_json(std::string_view text, const JsonPath& path, JsonItem& out) {
  auto item = JsonScanner(text).value();
  if (!item) return base::fail(std::move(item.error()));
  for (const auto& step : path) {
    JsonScanner scanner(item->raw);
    JsonItem member;
    bool found = false;
    if (const auto* name = std::get_if<std::string>(&step)) {
      if (item->kind != JsonKind::kObject) return false;
      if (auto entered = scanner.enter_object(); !entered) return base::fail(entered.error());
      std::string key;
      while (!found) {
        const auto more = scanner.next_member(key, member);
        if (!more) return base::fail(more.error());
        if (!*more) return false;
        found = key == *name;
      }
    } else {
      if (item->kind != JsonKind::kArray) return false;
      if (auto entered = scanner.enter_array(); !entered) return base::fail(entered.error());
      for (size_t i = 0; !found; ++i) {
        const auto more = scanner.next_element(member);
        if (!more) return base::fail(more.error());
        if (!*more) return false;
        found = i == std::get<size_t>(step);
      }
    }
    *item = member;
  }
  out = *item;
  return true;
}

Result<JsonPath> parse_json_path(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return base::fail(base::Code::kInvalidArgument,
                      "cannot parse expression [" + std::string(text) + "]: " + std::string(why));
  };
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  JsonPath out;
  size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '[') {
      const bool quoted = at + 1 < text.size() && text[at + 1] == '"';
      const size_t end = quoted ? text.find("\"]", at + 2) : text.find(']', at);
      if (end == text.npos) return bad("syntax error: unexpected $end, expecting ]");
      if (quoted) {
        out.emplace_back(std::string(text.substr(at + 2, end - at - 2)));
        at = end + 2;
        continue;
      }
      const std::string_view digits = text.substr(at + 1, end - at - 1);
      size_t index = 0;
      const auto [stop, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
      if (ec != std::errc() || stop != digits.data() + digits.size()) {
        return bad("syntax error: expecting STRING or INDEX");
      }
      out.emplace_back(index);
      at = end + 1;
      continue;
    }
    if (text[at] == '.') {
      if (out.empty() || ++at >= text.size()) return bad("syntax error: unexpected DOT");
    } else if (!out.empty()) {
      return bad("syntax error: expecting DOT or [");
    }
    size_t end = at;
    while (end < text.size() && is_word(text[end])) ++end;
    if (end == at || (text[at] >= '0' && text[at] <= '9')) return bad("syntax error: expecting FIELD");
    out.emplace_back(std::string(text.substr(at, end - at)));
    at = end;
  }
  if (out.empty()) return bad("syntax error: unexpected $end");
  return out;
}

Result<StagePtr> compile(const JsonParser& stage) {
  if (stage.fields.empty()) return std::make_unique<AllFields>();
  std::vector<Expressions::Field> fields;
  for (const Extraction& one : stage.fields) {
    auto path = parse_json_path(one.expression);
    if (!path) return base::fail(std::move(path.error()));
    fields.push_back({one.name, std::move(*path)});
  }
  return std::make_unique<Expressions>(std::move(fields));
}

}  // namespace tripod::query::logql
