#include "query/search/operand.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "query/search/fields.h"
#include "query/search/parser.h"

namespace tripod::query::search {

using base::Code;
using base::fail;
using base::Result;
using store::FieldValue;
using store::Predicate;
using Op = Predicate::Op;

namespace {

// kWildcard's own escapes: `*` means any text, everything else itself.
std::string wildcard_pattern(const Word& word) {
  std::string out;
  for (size_t i = 0; i < word.text.size(); ++i) {
    const char c = word.text[i];
    if (word.is_star(i)) {
      if (out.empty() || !word.is_star(i - 1)) out += '*';
      continue;
    }
    if (c == '*' || c == '?' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

// The same anywhere inside a text.
std::string inner_wildcard_pattern(const Word& word) {
  std::string out = wildcard_pattern(word);
  if (!word.is_star(0)) out.insert(out.begin(), '*');
  if (!word.is_star(word.text.size() - 1)) out += '*';
  return out;
}

bool only_stars(const Word& word) {
  for (size_t i = 0; i < word.text.size(); ++i) {
    if (!word.is_star(i)) return false;
  }
  return true;
}

Result<Predicate> make_regex(std::string key, const std::string& pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  const RE2 regex(pattern, options);
  if (!regex.ok())
    return fail(Code::kInvalidArgument, "expected a regular expression: " + regex.error());
  return Predicate::compare(Op::kRegex, std::move(key), pattern);
}

// A number in its narrowest type. "1.0" is the integer 1, as numbers compare by value.
std::optional<FieldValue> parse_number(std::string_view text) {
  const char* end = text.data() + text.size();
  int64_t whole = 0;
  if (const auto [at, ec] = std::from_chars(text.data(), end, whole);
      ec == std::errc() && at == end)
    return whole;
  double real = 0;
  const auto [at, ec] = std::from_chars(text.data(), end, real);
  if (ec != std::errc() || at != end || !std::isfinite(real)) return std::nullopt;
  const bool digits_only = text.find_first_not_of("-0123456789") == std::string_view::npos;
  if (digits_only) return std::nullopt;  // more digits than an integer holds: an id
  if (std::trunc(real) == real && std::fabs(real) < 9.2e18) return static_cast<int64_t>(real);
  return real;
}

// The value of a field that counts units of time: a duration with its unit, or a bare number in the
// field's own.
std::optional<FieldValue> time_operand(std::string_view text, double nanos_per_unit) {
  if (const auto nanos = parse_duration(text)) {
    const double units = *nanos / nanos_per_unit;
    if (std::trunc(units) == units && std::fabs(units) < 9.2e18) return static_cast<int64_t>(units);
    return units;
  }
  return parse_number(text);
}

Op store_op(CompareOp op) {
  switch (op) {
    case CompareOp::kMatch:
    case CompareOp::kEqual:
      return Op::kEqual;
    case CompareOp::kNotEqual:
      return Op::kNotEqual;
    case CompareOp::kLess:
      return Op::kLess;
    case CompareOp::kLessEqual:
      return Op::kLessEqual;
    case CompareOp::kGreater:
      return Op::kGreater;
    case CompareOp::kGreaterEqual:
      return Op::kGreaterEqual;
    case CompareOp::kContains:
      return Op::kContains;
  }
  return Op::kEqual;
}

bool is_order(CompareOp op) { return op >= CompareOp::kLess && op <= CompareOp::kGreaterEqual; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  });
  return out;
}

// One field of one comparison.
class Comparison {
 public:
  Comparison(store::Dataset dataset, std::string field, CompareOp op, const Value& value)
      : dataset_(dataset), field_(std::move(field)), op_(op), value_(value), unit_(nanos_per_unit(field_)) {}
  // Of a column that has no field's name: its unit is told.
  Comparison(std::string column, CompareOp op, const Value& value, double unit)
      : dataset_(store::Dataset::kLinks), field_(std::move(column)), op_(op), value_(value), unit_(unit) {}

  Result<Predicate> make() {
    if (value_.kind == Value::Kind::kRegex) return regex();
    if (op_ == CompareOp::kContains) return leaf(Op::kContains, text());
    if (value_.kind == Value::Kind::kWord && value_.word.has_star() && !is_order(op_))
      return wildcard();
    // = and != with a quoted value ask for exactly that text.
    const bool by_meaning = value_.kind == Value::Kind::kWord || op_ == CompareOp::kMatch;
    if (is_span_level(dataset_, field_) && by_meaning) {
      if (auto level = span_level_comparison()) return std::move(*level);
    }
    if (const auto levels = levels_of(dataset_, field_); by_meaning && !levels.empty()) {
      if (auto level = level_comparison(levels)) return std::move(*level);
    }
    if (is_prose(dataset_, field_) && op_ == CompareOp::kMatch) return leaf(Op::kContains, text());
    return value_.kind == Value::Kind::kQuoted ? leaf(store_op(op_), text()) : typed();
  }

 private:
  const std::string& text() const {
    return value_.kind == Value::Kind::kWord ? value_.word.text : value_.text;
  }
  Predicate leaf(Op op, FieldValue operand) const {
    return Predicate::compare(op, field_, std::move(operand));
  }

  Predicate positive(Predicate predicate) const {
    return op_ == CompareOp::kNotEqual ? Predicate::negate(std::move(predicate))
                                       : std::move(predicate);
  }

  Result<Predicate> regex() const {
    if (is_order(op_) || op_ == CompareOp::kContains) {
      return fail(Code::kInvalidArgument,
                  "expected a value to compare with, got a regular expression");
    }
    auto out = make_regex(field_, value_.text);
    if (!out) return out;
    return positive(std::move(*out));
  }

  Predicate wildcard() const {
    if (only_stars(value_.word)) return positive(leaf(Op::kExists, {}));
    const bool inside = is_prose(dataset_, field_) && op_ == CompareOp::kMatch;
    return positive(leaf(Op::kWildcard, inside ? inner_wildcard_pattern(value_.word)
                                               : wildcard_pattern(value_.word)));
  }

  // level:warning is level:warn; level:>=warn is every level from there.
  std::optional<Predicate> level_comparison(std::span<const std::string_view> levels) const {
    std::string word = lower(text());
    if (word == "warn" || word == "warning")
      word = dataset_ == store::Dataset::kLogs ? "warn" : "warning";
    if (word == "critical") word = "fatal";
    const auto at = std::ranges::find(levels, word);
    if (at == levels.end()) return std::nullopt;
    const auto index = static_cast<size_t>(at - levels.begin());
    if (!is_order(op_)) return leaf(store_op(op_), word);
    const bool up = op_ == CompareOp::kGreater || op_ == CompareOp::kGreaterEqual;
    const bool with = op_ == CompareOp::kGreaterEqual || op_ == CompareOp::kLessEqual;
    const size_t from = up ? index + (with ? 0 : 1) : 0;
    const size_t to = up ? levels.size() : index + (with ? 1 : 0);
    std::vector<Predicate> any;
    for (size_t i = from; i < to; ++i) any.push_back(leaf(Op::kEqual, std::string(levels[i])));
    return any.empty() ? Predicate::negate({}) : Predicate::any_of(std::move(any));
  }

  // A span has no level but a status: error is error, ok and unset are info.
  std::optional<Predicate> span_level_comparison() const {
    std::string word = lower(text());
    if (word == "warning") word = "warn";
    if (word == "critical") word = "fatal";
    const auto levels = levels_of(store::Dataset::kLogs, "severity_text");
    const auto at = std::ranges::find(levels, word);
    if (at == levels.end()) return std::nullopt;
    static constexpr std::pair<std::string_view, std::string_view> kStatuses[] = {{"unset", "info"}, {"ok", "info"}, {"error", "error"}};
    std::vector<Predicate> any;
    for (const auto& [status, level] : kStatuses) {
      const auto rank = std::ranges::find(levels, level);
      const bool wanted = op_ == CompareOp::kLess           ? rank < at
                          : op_ == CompareOp::kLessEqual    ? rank <= at
                          : op_ == CompareOp::kGreater      ? rank > at
                          : op_ == CompareOp::kGreaterEqual ? rank >= at
                                                            : rank == at;
      if (wanted) any.push_back(Predicate::equal(field_, std::string(status)));
    }
    const bool negated = op_ == CompareOp::kNotEqual;
    if (any.empty()) return negated ? Predicate{} : Predicate::negate({});
    if (any.size() == 1 && negated) return leaf(Op::kNotEqual, any.front().operand);
    return positive(any.size() == 1 ? std::move(any.front()) : Predicate::any_of(std::move(any)));
  }

  Result<Predicate> typed() const {
    if (unit_ != 0) {
      const auto operand = time_operand(text(), unit_);
      if (!operand) {
        return fail(Code::kInvalidArgument, "expected a duration such as 500ms or 1.5s for " +
                                                field_ + ", got \"" + text() + "\"");
      }
      return leaf(store_op(op_), *operand);
    }
    if (field_ == "http.response.status_code" || field_ == "status" || field_ == "status_code") {
      if (auto hundred = status_class()) return std::move(*hundred);
    }
    if (is_always_text(field_)) return leaf(store_op(op_), text());
    if (!is_order(op_) && (text() == "true" || text() == "false"))
      return leaf(store_op(op_), text() == "true");
    auto number = parse_number(text());
    if (!number) return leaf(store_op(op_), text());
    if (is_order(op_) || number_text(*number) == text())
      return leaf(store_op(op_), std::move(*number));
    // "1.10" may be a number or a version: whoever wrote it meant either.
    std::vector<Predicate> both;
    both.push_back(leaf(store_op(op_), std::move(*number)));
    both.push_back(leaf(store_op(op_), text()));
    return op_ == CompareOp::kNotEqual ? Predicate::all_of(std::move(both))
                                       : Predicate::any_of(std::move(both));
  }

  // 5xx
  std::optional<Predicate> status_class() const {
    const std::string& word = text();
    const bool shape = word.size() == 3 && word[0] >= '1' && word[0] <= '5' &&
                       (word[1] | 0x20) == 'x' && (word[2] | 0x20) == 'x';
    if (!shape || is_order(op_)) return std::nullopt;
    const int64_t from = (word[0] - '0') * 100;
    std::vector<Predicate> both;
    both.push_back(leaf(Op::kGreaterEqual, from));
    both.push_back(leaf(Op::kLess, from + 100));
    return positive(Predicate::all_of(std::move(both)));
  }

  const store::Dataset dataset_;
  const std::string field_;
  const CompareOp op_;
  const Value& value_;
  const double unit_;  // nanoseconds per unit of the field; 0: it counts no time
};

}  // namespace

std::optional<double> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    double nanos;
  };
  static constexpr Unit kUnits[] = {{"ns", 1},  {"us", 1e3}, {"µs", 1e3},   {"ms", 1e6},
                                    {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}};
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    double count = 0;
    const auto [at, ec] =
        std::from_chars(text.data(), text.data() + text.size(), count, std::chars_format::fixed);
    if (ec != std::errc() || count < 0 || !std::isfinite(count)) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(at - text.data()));
    const size_t letters = std::min(text.find_first_of("0123456789."), text.size());
    const auto* unit = std::ranges::find(kUnits, text.substr(0, letters), &Unit::name);
    if (unit == std::end(kUnits)) return std::nullopt;
    total += count * unit->nanos;
    text.remove_prefix(letters);
  }
  return total < 9.2e18 ? std::optional(total) : std::nullopt;
}

std::string number_text(const FieldValue& number) {
  char buffer[64];
  const auto text = [&](auto... value) {
    const auto [end, ec] = std::to_chars(buffer, buffer + sizeof(buffer), value...);
    return ec == std::errc() ? std::string(buffer, end) : std::string();
  };
  if (const auto* whole = std::get_if<int64_t>(&number)) return text(*whole);
  const double real = std::get<double>(number);
  const std::string plain = text(real);
  // Nothing but digits would read as an integer, or as an id where there are too many.
  const bool digits = plain.find_first_not_of("-0123456789") == std::string::npos;
  return digits ? text(real, std::chars_format::scientific) : plain;
}

Predicate combine(Op op, std::vector<Predicate> parts) {
  std::vector<Predicate> flat;
  for (Predicate& part : parts) {
    if (part.op == op) {
      std::ranges::move(part.children, std::back_inserter(flat));
    } else {
      flat.push_back(std::move(part));
    }
  }
  return op == Op::kAnd ? Predicate::all_of(std::move(flat)) : Predicate::any_of(std::move(flat));
}

namespace {

// in:spans. A constant: a query is read once for each dataset.
Result<Predicate> make_dataset(store::Dataset dataset, CompareOp op, const Value& value) {
  const std::string& name = value.kind == Value::Kind::kWord ? value.word.text : value.text;
  const bool comparable = op == CompareOp::kMatch || op == CompareOp::kEqual || op == CompareOp::kNotEqual;
  const bool known = name == "logs" || name == "spans" || name == "errors";
  if (!comparable || !known || value.kind == Value::Kind::kRegex) {
    return fail(Code::kInvalidArgument, "expected logs, spans or errors after \"in:\" (a field of that name is \"in\" in quotes)");
  }
  const bool same = (name == store::dataset_name(dataset)) == (op != CompareOp::kNotEqual);
  return same ? Predicate{} : Predicate::negate({});
}

}  // namespace

Result<Predicate> make_comparison(store::Dataset dataset, const Key& key, CompareOp op,
                                  const Value& value) {
  if (!key.literal && key.name == kDatasetKey) return make_dataset(dataset, op, value);
  std::vector<std::string> fields = {key.name};
  if (!key.literal) fields = resolve_fields(dataset, key.name);
  std::vector<Predicate> out;
  for (std::string& field : fields) {
    auto one = Comparison(dataset, std::move(field), op, value).make();
    if (!one) return one;
    out.push_back(std::move(*one));
  }
  // Several fields: any of them may hold the value, and none of them the unwanted one.
  return combine(op == CompareOp::kNotEqual ? Op::kAnd : Op::kOr, std::move(out));
}

Result<Predicate> make_column_comparison(const std::string& column, CompareOp op, const Value& value,
                                         double nanos_per_unit) {
  return Comparison(column, op, value, nanos_per_unit).make();
}

Result<Predicate> make_free_text(const Value& value) {
  if (value.kind == Value::Kind::kRegex) return make_regex("", value.text);
  if (value.kind == Value::Kind::kQuoted) return Predicate::compare(Op::kContains, "", value.text);
  if (only_stars(value.word)) return Predicate{};
  if (value.word.has_star())
    return Predicate::compare(Op::kWildcard, "", inner_wildcard_pattern(value.word));
  return Predicate::compare(Op::kContains, "", value.word.text);
}

Predicate make_exists(store::Dataset dataset, const Key& key) {
  std::vector<std::string> fields = {key.name};
  if (!key.literal) fields = resolve_fields(dataset, key.name);
  std::vector<Predicate> out;
  for (std::string& field : fields) out.push_back(Predicate::exists(std::move(field)));
  return Predicate::any_of(std::move(out));
}

}  // namespace tripod::query::search
