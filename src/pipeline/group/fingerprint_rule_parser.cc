// rule = matcher… "->" value [","] value… [title="…"]
#include <algorithm>
#include <array>

#include "pipeline/group/fingerprint_rules.h"
#include "pipeline/group/rule_text.h"

namespace tripod::pipeline::group {
namespace {

using Field = FingerprintMatcher::Field;

struct FieldName {
  std::string_view name;
  Field field;
};

constexpr std::array<FieldName, 19> kFields = {{
    {"error.type", Field::kType},       {"type", Field::kType},         {"error.value", Field::kValue},
    {"value", Field::kValue},           {"stack.module", Field::kModule}, {"module", Field::kModule},
    {"stack.abs_path", Field::kPath},   {"path", Field::kPath},         {"stack.package", Field::kPackage},
    {"package", Field::kPackage},       {"stack.function", Field::kFunction}, {"function", Field::kFunction},
    {"message", Field::kMessage},       {"logger", Field::kLogger},     {"level", Field::kLevel},
    {"family", Field::kFamily},         {"app", Field::kApp},           {"sdk", Field::kSdk},
    {"release", Field::kRelease},
}};

bool is_yes(std::string_view text) { return text == "yes" || text == "true" || text == "1"; }
bool is_no(std::string_view text) { return text == "no" || text == "false" || text == "0"; }

class Parser {
 public:
  explicit Parser(const NumberedLine& line) : line_(line.text, line.number) { rule_.text = line.text.substr(line.indent); }

  base::Result<FingerprintRule> parse() {
    line_.skip_blanks();
    while (!line_.take("->")) {
      if (line_.nothing_left()) return line_.error(rule_.matchers.empty() ? "a rule was expected" : "\"->\" and a fingerprint were expected");
      if (auto ok = matcher(); !ok) return base::fail(std::move(ok.error()));
      line_.skip_blanks();
    }
    if (rule_.matchers.empty()) return line_.error("a matcher such as error.type:Name was expected before \"->\"");
    while (!line_.nothing_left()) {
      if (auto ok = value(); !ok) return base::fail(std::move(ok.error()));
      line_.skip_blanks();
      (void)line_.take(",");
    }
    if (rule_.fingerprint.empty()) return line_.error("a fingerprint was expected after \"->\"");
    return std::move(rule_);
  }

 private:
  base::Result<> matcher() {
    const size_t from = line_.position();
    FingerprintMatcher out;
    out.negated = line_.take("!");
    const std::string_view name = line_.word();
    const auto known = std::find_if(kFields.begin(), kFields.end(), [&](const FieldName& f) { return f.name == name; });
    if (name.starts_with("tags.") && name.size() > 5) {
      out.field = Field::kTag;
      out.text = name.substr(5);
    } else if (known != kFields.end()) {
      out.field = known->field;
    } else {
      return line_.error_at(from, name.empty() ? "a matcher such as error.type:Name was expected" : "unknown matcher \"" + std::string(name) + "\"");
    }
    if (!line_.take(":")) return line_.error("\":\" expected after " + std::string(name));
    const size_t at = line_.position();
    auto argument = line_.argument();
    if (!argument) return base::fail(std::move(argument.error()));
    if (argument->empty()) return line_.error_at(at, "a value was expected after " + std::string(name) + ":");
    return finish(std::move(out), std::move(*argument), at);
  }

  base::Result<> finish(FingerprintMatcher out, std::string argument, size_t at) {
    switch (out.field) {
      case Field::kApp:
        out.app = is_yes(argument);
        if (!out.app && !is_no(argument)) return line_.error_at(at, "app is yes or no");
        break;
      case Field::kFamily:
      case Field::kSdk: out.text = std::move(argument); break;
      case Field::kPath:
      case Field::kPackage:
      case Field::kRelease: out.glob.emplace(argument, GlobKind::kPath, GlobCase::kIgnored); break;
      case Field::kMessage:
      case Field::kValue:
      case Field::kLevel: out.glob.emplace(argument, GlobKind::kText, GlobCase::kIgnored); break;
      default: out.glob.emplace(argument, GlobKind::kText, GlobCase::kExact);
    }
    rule_.matchers.push_back(std::move(out));
    return {};
  }

  base::Result<> value() {
    const size_t from = line_.position();
    if (line_.rest().starts_with("{{")) {
      const size_t end = line_.rest().find("}}");
      if (end == std::string_view::npos) return line_.error_at(from, "\"}}\" is missing");
    }
    if (const std::string_view rest = line_.rest(); rest.starts_with("title=")) {
      line_.move(6);
      auto title = line_.argument();
      if (!title) return base::fail(std::move(title.error()));
      if (title->empty()) return line_.error_at(from, "a title was expected");
      rule_.title = std::move(*title);
      return {};
    }
    if (line_.rest().starts_with('"')) {
      auto quoted = line_.argument();
      if (!quoted) return base::fail(std::move(quoted.error()));
      rule_.fingerprint.push_back(std::move(*quoted));
      return {};
    }
    rule_.fingerprint.push_back(unquoted());
    if (rule_.fingerprint.back().empty()) return line_.error_at(from, "a value was expected");
    return {};
  }

  // Up to a blank or a comma; {{ … }} may hold blanks, and stand in the middle: system-{{ error.value }}.
  std::string unquoted() {
    std::string out;
    while (!line_.at_end()) {
      const std::string_view rest = line_.rest();
      if (rest.starts_with("{{")) {
        const size_t end = rest.find("}}");
        const size_t size = end == std::string_view::npos ? rest.size() : end + 2;
        out.append(rest.substr(0, size));
        line_.move(size);
        continue;
      }
      if (rest.front() == ' ' || rest.front() == '\t' || rest.front() == ',') break;
      out.push_back(rest.front());
      line_.move(1);
    }
    return out;
  }

  RuleLine line_;
  FingerprintRule rule_;
};

}  // namespace

base::Result<FingerprintRules> FingerprintRules::parse(std::string_view text) {
  const auto lines = rule_lines(text);
  if (!lines) return base::fail(lines.error());
  FingerprintRules out;
  for (const NumberedLine& line : *lines) {
    auto rule = Parser(line).parse();
    if (!rule) return base::fail(std::move(rule.error()));
    out.rules_.push_back(std::move(*rule));
  }
  return out;
}

}  // namespace tripod::pipeline::group
