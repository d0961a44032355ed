// rule = [ "[" matcher "]" "|" ] matcher… [ "|" "[" matcher "]" ] action…
#include <algorithm>
#include <array>
#include <charconv>

#include "pipeline/group/rule_text.h"
#include "pipeline/group/stack_rules.h"

namespace tripod::pipeline::group {
namespace {

using Field = FrameMatcher::Field;
using Whose = FrameMatcher::Whose;
using Kind = FrameAction::Kind;

struct FieldName {
  std::string_view name;
  Field field;
};

constexpr std::array<FieldName, 16> kFields = {{
    {"stack.module", Field::kModule},   {"module", Field::kModule},     {"stack.abs_path", Field::kPath},
    {"path", Field::kPath},             {"stack.package", Field::kPackage}, {"package", Field::kPackage},
    {"stack.function", Field::kFunction}, {"function", Field::kFunction}, {"category", Field::kCategory},
    {"family", Field::kFamily},         {"app", Field::kApp},           {"error.type", Field::kType},
    {"type", Field::kType},             {"error.value", Field::kValue}, {"value", Field::kValue},
    {"error.mechanism", Field::kMechanism},
}};

std::string lowered(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

class Parser {
 public:
  Parser(const NumberedLine& line, bool built_in) : line_(line.text, line.number), built_in_(built_in) {
    rule_.text = line.text.substr(line.indent);
  }

  base::Result<StackRule> parse() {
    rule_.built_in = built_in_;
    if (auto ok = matchers(); !ok) return base::fail(std::move(ok.error()));
    if (auto ok = actions(); !ok) return base::fail(std::move(ok.error()));
    return std::move(rule_);
  }

 private:
  base::Result<> matchers() {
    if (line_.nothing_left()) return line_.error("a rule was expected");
    if (line_.take("[")) {
      if (auto ok = in_brackets(Whose::kCaller); !ok) return ok;
      line_.skip_blanks();
      if (!line_.take("|")) return line_.error("\"|\" expected after the caller in brackets");
    }
    size_t own = 0;
    while (!line_.nothing_left() && !at_action() && !line_.rest().starts_with("|")) {
      if (auto ok = matcher(Whose::kOwn); !ok) return ok;
      ++own;
    }
    if (own == 0) return line_.error("a matcher such as stack.function:name was expected");
    if (line_.take("|")) {
      line_.skip_blanks();
      if (!line_.take("[")) return line_.error("\"[\" expected: a callee stands in brackets");
      return in_brackets(Whose::kCallee);
    }
    return {};
  }

  base::Result<> in_brackets(Whose whose) {
    line_.skip_blanks();
    if (auto ok = matcher(whose); !ok) return ok;
    line_.skip_blanks();
    if (!line_.take("]")) return line_.error("\"]\" expected, after a blank");
    return {};
  }

  base::Result<> matcher(Whose whose) {
    const size_t from = line_.position();
    FrameMatcher out;
    out.whose = whose;
    out.negated = line_.take("!");
    const std::string_view name = line_.word();
    const auto known = std::find_if(kFields.begin(), kFields.end(), [&](const FieldName& f) { return f.name == name; });
    if (known == kFields.end() && name != "mechanism") {
      return line_.error_at(from, name.empty() ? "a matcher such as stack.function:name was expected"
                                               : "unknown matcher \"" + std::string(name) + "\"");
    }
    out.field = known == kFields.end() ? Field::kMechanism : known->field;
    if (!line_.take(":")) return line_.error("\":\" expected after " + std::string(name));
    const size_t value = line_.position();
    auto argument = line_.argument();
    if (!argument) return base::fail(std::move(argument.error()));
    if (argument->empty()) return line_.error_at(value, "a value was expected after " + std::string(name) + ":");
    if (auto ok = set_argument(out, *argument, value); !ok) return ok;
    if (whose == Whose::kOwn && out.field == Field::kFamily && !out.negated) rule_.families &= out.families;
    rule_.matchers.push_back(std::move(out));
    return {};
  }

  base::Result<> set_argument(FrameMatcher& out, const std::string& text, size_t at) {
    switch (out.field) {
      case Field::kFamily: return set_families(out, text, at);
      case Field::kApp: {
        const std::string word = lowered(text);
        out.app = word == "yes" || word == "true" || word == "1";
        if (!out.app && word != "no" && word != "false" && word != "0") return line_.error_at(at, "app is yes or no");
        return {};
      }
      case Field::kPath:
      case Field::kPackage: out.glob.emplace(lowered(text), GlobKind::kPath, GlobCase::kExact); return {};
      default: out.glob.emplace(text, GlobKind::kText, GlobCase::kExact); return {};
    }
  }

  base::Result<> set_families(FrameMatcher& out, std::string_view text, size_t at) {
    while (!text.empty()) {
      const size_t comma = text.find(',');
      const std::string_view word = text.substr(0, comma);
      text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
      if (word == "all") out.families = 7;
      else if (word == "javascript") out.families |= static_cast<uint8_t>(Family::kJavaScript);
      else if (word == "native") out.families |= static_cast<uint8_t>(Family::kNative);
      else if (word == "other") out.families |= static_cast<uint8_t>(Family::kOther);
      else return line_.error_at(at, "family is javascript, native, other or all");
    }
    return {};
  }

  bool at_action() const {
    std::string_view rest = line_.rest();
    if (rest.starts_with('+') || rest.starts_with('-') || rest.starts_with('^')) return true;
    if (rest.starts_with("v+") || rest.starts_with("v-")) return true;
    const size_t word = rest.find_first_of(" \t:=\"");
    return word != std::string_view::npos && rest[word] == '=';
  }

  base::Result<> actions() {
    if (line_.nothing_left()) return line_.error("an action such as -app, +group or max-frames=3 was expected");
    while (!line_.nothing_left()) {
      const size_t from = line_.position();
      if (auto ok = at_action() && !is_flag() ? variable() : flag(); !ok) return ok;
      line_.skip_blanks();
      if (line_.position() == from) return line_.error("an action was expected");
    }
    return {};
  }

  bool is_flag() const {
    const char c = line_.rest().front();
    return c == '+' || c == '-' || c == '^' || line_.rest().starts_with("v+") || line_.rest().starts_with("v-");
  }

  base::Result<> flag() {
    const size_t from = line_.position();
    FrameAction out;
    if (line_.take("^")) out.range = FrameAction::Range::kYounger;
    else if (line_.take("v")) out.range = FrameAction::Range::kOlder;
    out.on = line_.take("+");
    if (!out.on && !line_.take("-")) return line_.error_at(from, "an action such as -app, ^-group or max-frames=3 was expected");
    const std::string_view name = line_.word();
    if (name == "app") out.kind = Kind::kApp;
    else if (name == "group") out.kind = Kind::kGroup;
    else return line_.error_at(from, "the actions with + and - are app and group");
    rule_.actions.push_back(std::move(out));
    return {};
  }

  base::Result<> variable() {
    const size_t from = line_.position();
    const std::string_view name = line_.word();
    if (!line_.take("=")) return line_.error("\"=\" expected");
    const size_t at = line_.position();
    auto value = line_.argument();
    if (!value) return base::fail(std::move(value.error()));
    FrameAction out;
    if (name == "category") {
      if (value->empty()) return line_.error_at(at, "a category was expected");
      out.kind = Kind::kCategory;
      out.category = std::move(*value);
    } else if (name == "max-frames" || name == "min-frames") {
      out.kind = name == "max-frames" ? Kind::kMaxFrames : Kind::kMinFrames;
      const auto [end, ec] = std::from_chars(value->data(), value->data() + value->size(), out.frames);
      if (ec != std::errc() || end != value->data() + value->size()) return line_.error_at(at, "a number of frames was expected");
    } else {
      return line_.error_at(from, "\"" + std::string(name) + "\" cannot be set: category, max-frames and min-frames can");
    }
    rule_.actions.push_back(std::move(out));
    return {};
  }

  RuleLine line_;
  const bool built_in_;
  StackRule rule_;
};

}  // namespace

base::Result<StackRules> StackRules::parse(std::string_view text, bool built_in) {
  const auto lines = rule_lines(text);
  if (!lines) return base::fail(lines.error());
  StackRules out;
  for (const NumberedLine& line : *lines) {
    auto rule = Parser(line, built_in).parse();
    if (!rule) return base::fail(std::move(rule.error()));
    out.rules_.push_back(std::move(*rule));
  }
  return out;
}

}  // namespace tripod::pipeline::group
