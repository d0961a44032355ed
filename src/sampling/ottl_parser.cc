#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "pipeline/normalise/normalise.h"
#include "sampling/ottl_tree.h"

namespace tripod::sampling {

using base::Code;
using base::Result;
using model::Value;
using model::ValueType;
using Kind = OttlNode::Kind;
using Operator = OttlNode::Operator;

namespace {

constexpr int kMostDepth = 64;

constexpr std::array<std::pair<std::string_view, int64_t>, 9> kEnums = {{
    {"SPAN_KIND_UNSPECIFIED", 0},
    {"SPAN_KIND_INTERNAL", 1},
    {"SPAN_KIND_SERVER", 2},
    {"SPAN_KIND_CLIENT", 3},
    {"SPAN_KIND_PRODUCER", 4},
    {"SPAN_KIND_CONSUMER", 5},
    {"STATUS_CODE_UNSET", 0},
    {"STATUS_CODE_OK", 1},
    {"STATUS_CODE_ERROR", 2},
}};

struct PathName {
  std::string_view name;
  OttlPath path;
  bool has_key;
};

constexpr std::array<PathName, 20> kSpanPaths = {{
    {"attributes", OttlPath::kAttribute, true},
    {"name", OttlPath::kName, false},
    {"kind", OttlPath::kKind, false},
    {"kind.string", OttlPath::kKindText, false},
    {"status.code", OttlPath::kStatusCode, false},
    {"status.message", OttlPath::kStatusMessage, false},
    {"trace_state", OttlPath::kTraceState, false},
    {"trace_state", OttlPath::kTraceStateMember, true},
    {"start_time_unix_nano", OttlPath::kStart, false},
    {"end_time_unix_nano", OttlPath::kEnd, false},
    {"trace_id.string", OttlPath::kTraceId, false},
    {"span_id.string", OttlPath::kSpanId, false},
    {"parent_span_id.string", OttlPath::kParentSpanId, false},
    {"resource.attributes", OttlPath::kResourceAttribute, true},
    {"instrumentation_scope.name", OttlPath::kScopeName, false},
    {"instrumentation_scope.version", OttlPath::kScopeVersion, false},
    {"scope.name", OttlPath::kScopeName, false},
    {"scope.version", OttlPath::kScopeVersion, false},
    {"instrumentation_library.name", OttlPath::kScopeName, false},
    {"instrumentation_library.version", OttlPath::kScopeVersion, false},
}};

constexpr std::array<PathName, 3> kEventPaths = {{
    {"attributes", OttlPath::kEventAttribute, true},
    {"name", OttlPath::kEventName, false},
    {"time_unix_nano", OttlPath::kEventTime, false},
}};

std::optional<OttlPath> path_of(std::string_view name, bool has_key, OttlContext context) {
  const auto find = [&](const auto& paths) -> std::optional<OttlPath> {
    const auto found = std::ranges::find_if(paths, [&](const PathName& one) { return one.name == name && one.has_key == has_key; });
    return found == paths.end() ? std::nullopt : std::optional(found->path);
  };
  if (context == OttlContext::kSpan) {
    if (name.starts_with("span.")) name.remove_prefix(5);
    return find(kSpanPaths);
  }
  if (name.starts_with("span.")) {
    name.remove_prefix(5);
    return find(kSpanPaths);
  }
  if (name.starts_with("resource.") || name.starts_with("scope.") || name.starts_with("instrumentation_")) return find(kSpanPaths);
  if (name.starts_with("spanevent.")) name.remove_prefix(10);
  return find(kEventPaths);
}

struct Stop {
  base::Error error;
};

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Recursive descent, by the grammar of OTTL: or, and, not, comparison, + -, * /, value.
class Parser {
 public:
  Parser(std::string_view text, OttlContext context) : text_(text), context_(context) {}

  OttlNodePtr parse() {
    OttlNodePtr out = any();
    skip_space();
    if (at_ < text_.size()) wrong(fmt::format("unexpected \"{}\"", text_[at_]));
    return out;
  }

 private:
  [[noreturn]] void wrong(const std::string& why, Code code = Code::kInvalidArgument) const {
    throw Stop{{code, fmt::format("column {}: {}", at_ + 1, why)}};
  }
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
  }
  bool take(std::string_view symbol) {
    skip_space();
    if (!text_.substr(at_).starts_with(symbol)) return false;
    at_ += symbol.size();
    return true;
  }
  // The word itself, not the beginning of a longer one.
  bool take_word(std::string_view word) {
    skip_space();
    const std::string_view rest = text_.substr(at_);
    if (!rest.starts_with(word)) return false;
    if (rest.size() > word.size() && (is_name_start(rest[word.size()]) || is_digit(rest[word.size()]) || rest[word.size()] == '.')) return false;
    at_ += word.size();
    return true;
  }
  void expect(std::string_view symbol) {
    if (!take(symbol)) wrong(fmt::format("\"{}\" is expected", symbol));
  }
  static OttlNodePtr make(Kind kind) {
    auto out = std::make_unique<OttlNode>();
    out->kind = kind;
    return out;
  }
  void check_condition(const OttlNode& node) const {
    if (!node.is_boolean()) wrong("a condition is expected: a comparison, true, false, or a function that is true or false");
  }

  OttlNodePtr any() { return chain(Kind::kOr, "or", &Parser::all); }
  OttlNodePtr all() { return chain(Kind::kAnd, "and", &Parser::negation); }
  OttlNodePtr chain(Kind kind, std::string_view word, OttlNodePtr (Parser::*next)());
  OttlNodePtr negation();
  OttlNodePtr comparison();
  OttlNodePtr sum();
  OttlNodePtr product();
  OttlNodePtr value();
  OttlNodePtr text_literal();
  OttlNodePtr number_literal();
  OttlNodePtr named();
  OttlNodePtr function(std::string_view name, size_t start);
  OttlNodePtr path(std::string_view name, size_t start);
  std::string quoted();

  const std::string_view text_;
  const OttlContext context_;
  size_t at_ = 0;
  int depth_ = 0;
};

OttlNodePtr Parser::chain(Kind kind, std::string_view word, OttlNodePtr (Parser::*next)()) {
  OttlNodePtr first = (this->*next)();
  if (!take_word(word)) {
    if (kind == Kind::kOr) check_condition(*first);
    return first;
  }
  OttlNodePtr out = make(kind);
  check_condition(*first);
  out->children.push_back(std::move(first));
  do {
    out->children.push_back((this->*next)());
    check_condition(*out->children.back());
  } while (take_word(word));
  return out;
}

OttlNodePtr Parser::negation() {
  if (!take_word("not")) return comparison();
  OttlNodePtr out = make(Kind::kNot);
  if (++depth_ > kMostDepth) wrong("too deep");
  out->children.push_back(negation());
  --depth_;
  check_condition(*out->children.back());
  return out;
}

OttlNodePtr Parser::comparison() {
  OttlNodePtr left = sum();
  static constexpr std::array<std::pair<std::string_view, Operator>, 6> kOperators = {{{"==", Operator::kEqual},
                                                                                      {"!=", Operator::kNotEqual},
                                                                                      {"<=", Operator::kLessOrEqual},
                                                                                      {">=", Operator::kGreaterOrEqual},
                                                                                      {"<", Operator::kLess},
                                                                                      {">", Operator::kGreater}}};
  for (const auto& [symbol, op] : kOperators) {
    if (!take(symbol)) continue;
    OttlNodePtr out = make(Kind::kCompare);
    out->op = op;
    out->children.push_back(std::move(left));
    out->children.push_back(sum());
    return out;
  }
  return left;
}

OttlNodePtr Parser::sum() {
  OttlNodePtr left = product();
  while (true) {
    const bool is_plus = take("+");
    if (!is_plus && !take("-")) return left;
    OttlNodePtr out = make(Kind::kMath);
    out->op = is_plus ? Operator::kAdd : Operator::kSubtract;
    out->children.push_back(std::move(left));
    out->children.push_back(product());
    left = std::move(out);
    if (++depth_ > kMostDepth) wrong("too long a calculation");
  }
}

OttlNodePtr Parser::product() {
  OttlNodePtr left = value();
  while (true) {
    const bool is_times = take("*");
    if (!is_times && !take("/")) return left;
    OttlNodePtr out = make(Kind::kMath);
    out->op = is_times ? Operator::kMultiply : Operator::kDivide;
    out->children.push_back(std::move(left));
    out->children.push_back(value());
    left = std::move(out);
    if (++depth_ > kMostDepth) wrong("too long a calculation");
  }
}

OttlNodePtr Parser::value() {
  skip_space();
  if (at_ >= text_.size()) wrong("unexpected end");
  const char c = text_[at_];
  if (c == '(') {
    ++at_;
    if (++depth_ > kMostDepth) wrong("too deep");
    // Either a calculation or a condition: the operators that follow show which.
    OttlNodePtr out = chain(Kind::kAnd, "and", &Parser::negation);
    if (take_word("or")) {
      OttlNodePtr either = make(Kind::kOr);
      check_condition(*out);
      either->children.push_back(std::move(out));
      either->children.push_back(any());
      out = std::move(either);
    }
    expect(")");
    --depth_;
    return out;
  }
  if (c == '"') return text_literal();
  if (is_digit(c) || c == '-' || c == '+') return number_literal();
  if (is_name_start(c)) return named();
  wrong(fmt::format("unexpected \"{}\"", c));
}

std::string Parser::quoted() {
  expect("\"");
  std::string out;
  while (at_ < text_.size() && text_[at_] != '"') {
    char c = text_[at_++];
    if (c == '\\') {
      if (at_ >= text_.size()) break;
      c = text_[at_++];
      if (c == 'n') c = '\n';
      else if (c == 't') c = '\t';
      else if (c == 'r') c = '\r';
      else if (c != '"' && c != '\\' && c != '/') out += '\\';  // of a regular expression: \d
    }
    out += c;
  }
  if (at_ >= text_.size()) wrong("a text without end");
  ++at_;
  return out;
}

OttlNodePtr Parser::text_literal() {
  OttlNodePtr out = make(Kind::kLiteral);
  out->text = quoted();
  out->literal = Value::string(out->text);
  return out;
}

OttlNodePtr Parser::number_literal() {
  const size_t start = at_;
  if (text_[at_] == '-' || text_[at_] == '+') ++at_;
  const size_t digits = at_;
  while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.')) ++at_;
  const std::string_view written = text_.substr(text_[start] == '+' ? digits : start, at_ - (text_[start] == '+' ? digits : start));
  OttlNodePtr out = make(Kind::kLiteral);
  int64_t whole = 0;
  double real = 0;
  const char* last = written.data() + written.size();
  if (const auto read = std::from_chars(written.data(), last, whole); read.ec == std::errc() && read.ptr == last) {
    out->literal = Value::int64(whole);
  } else if (const auto other = std::from_chars(written.data(), last, real); other.ec == std::errc() && other.ptr == last) {
    out->literal = Value::float64(real);
  } else {
    wrong("a number is expected");
  }
  return out;
}

OttlNodePtr Parser::named() {
  const size_t start = at_;
  while (at_ < text_.size() && (is_name_start(text_[at_]) || is_digit(text_[at_]) || text_[at_] == '.')) ++at_;
  const std::string_view name = text_.substr(start, at_ - start);
  if (name == "true" || name == "false" || name == "nil") {
    OttlNodePtr out = make(Kind::kLiteral);
    if (name != "nil") out->literal = Value::boolean(name == "true");
    return out;
  }
  for (const auto& [word, number] : kEnums) {
    if (word != name) continue;
    OttlNodePtr out = make(Kind::kLiteral);
    out->literal = Value::int64(number);
    return out;
  }
  return at_ < text_.size() && text_[at_] == '(' ? function(name, start) : path(name, start);
}

OttlNodePtr Parser::path(std::string_view name, size_t start) {
  OttlNodePtr out = make(Kind::kPath);
  const bool has_key = at_ < text_.size() && text_[at_] == '[';
  if (has_key) {
    ++at_;
    out->text = quoted();
    expect("]");
    if (at_ < text_.size() && text_[at_] == '[') wrong("unsupported: a key inside an attribute's value", Code::kUnsupported);
  }
  const auto known = path_of(name, has_key, context_);
  if (!known) {
    at_ = start;
    wrong(fmt::format("unsupported: {} \"{}{}\"", is_name_start(name[0]) && name[0] < 'a' ? "enum or function" : "path", name, has_key ? "[...]" : ""), Code::kUnsupported);
  }
  out->path = *known;
  const bool is_attribute = *known == OttlPath::kAttribute || *known == OttlPath::kResourceAttribute || *known == OttlPath::kEventAttribute;
  if (is_attribute) out->text = pipeline::normalise::current_name(out->text);
  return out;
}

OttlNodePtr Parser::function(std::string_view name, size_t start) {
  static constexpr std::array<std::pair<std::string_view, Kind>, 8> kFunctions = {{{"IsMatch", Kind::kIsMatch},
                                                                                  {"IsRootSpan", Kind::kIsRootSpan},
                                                                                  {"HasPrefix", Kind::kHasPrefix},
                                                                                  {"HasSuffix", Kind::kHasSuffix},
                                                                                  {"IsString", Kind::kIsType},
                                                                                  {"IsInt", Kind::kIsType},
                                                                                  {"IsDouble", Kind::kIsType},
                                                                                  {"IsBool", Kind::kIsType}}};
  const auto known = std::ranges::find(kFunctions, name, &std::pair<std::string_view, Kind>::first);
  if (known == kFunctions.end()) {
    at_ = start;
    wrong(fmt::format("unsupported: function \"{}\"", name), Code::kUnsupported);
  }
  expect("(");
  OttlNodePtr out = make(known->second);
  if (out->kind == Kind::kIsRootSpan) {
    expect(")");
    return out;
  }
  if (++depth_ > kMostDepth) wrong("too deep");
  out->children.push_back(sum());
  --depth_;
  if (out->kind == Kind::kIsType) {
    out->type = name == "IsString" ? ValueType::kString : name == "IsInt" ? ValueType::kInt64 : name == "IsDouble" ? ValueType::kFloat64 : ValueType::kBool;
  } else {
    expect(",");
    skip_space();
    out->text = quoted();
  }
  if (out->kind == Kind::kIsMatch) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(4 << 20);
    auto expression = std::make_shared<const RE2>(out->text, options);
    if (!expression->ok()) wrong(fmt::format("\"{}\" is no regular expression: {}", out->text, expression->error()));
    out->expression = std::move(expression);
  }
  expect(")");
  return out;
}

}  // namespace

bool OttlNode::is_boolean() const {
  if (kind == Kind::kLiteral) return literal.type() == ValueType::kBool;
  return kind != Kind::kPath && kind != Kind::kMath;
}

Result<std::shared_ptr<const OttlExpression>> parse_ottl(std::string_view text, OttlContext context) {
  if (text.size() > kMostOttlBytes) return base::fail(Code::kTooLarge, fmt::format("longer than {} bytes", kMostOttlBytes));
  try {
    return make_ottl_expression(Parser(text, context).parse());
  } catch (const Stop& stop) {
    return base::fail(stop.error);
  }
}

}  // namespace tripod::sampling
