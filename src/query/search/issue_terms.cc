#include "query/search/issue_terms.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/time_text.h"
#include "query/search/operand.h"
#include "query/search/parser.h"
#include "query/search/search.h"

namespace tripod::query::search {

using base::Code;
using base::Result;
using store::IssueFilter;
using store::Predicate;
using Field = store::IssueFilter::Field;

namespace {

// Keys of conditions over issues begin with this, which no name of a field may.
constexpr char kMark = '\x01';

enum class Type : uint8_t { kText, kNumber, kTime };

struct Column {
  std::string_view name;
  Field field;
  Type type;
};

constexpr std::array kColumns = {
    Column{"times_seen", Field::kCount, Type::kNumber},   Column{"timesSeen", Field::kCount, Type::kNumber},
    Column{"users", Field::kUsers, Type::kNumber},        Column{"user_count", Field::kUsers, Type::kNumber},
    Column{"issue.id", Field::kId, Type::kNumber},        Column{"firstSeen", Field::kFirstSeen, Type::kTime},
    Column{"first_seen", Field::kFirstSeen, Type::kTime}, Column{"age", Field::kFirstSeen, Type::kTime},
    Column{"lastSeen", Field::kLastSeen, Type::kTime},    Column{"last_seen", Field::kLastSeen, Type::kTime},
    Column{"title", Field::kTitle, Type::kText},          Column{"error.type", Field::kType, Type::kText},
    Column{"error.value", Field::kValue, Type::kText},    Column{"culprit", Field::kCulprit, Type::kText},
    Column{"level", Field::kLevel, Type::kText},          Column{"platform", Field::kPlatform, Type::kText},
    Column{"platform.name", Field::kPlatform, Type::kText}, Column{"release", Field::kRelease, Type::kText},
    Column{"firstRelease", Field::kFirstRelease, Type::kText}, Column{"first_release", Field::kFirstRelease, Type::kText},
    Column{"issue.type", Field::kKind, Type::kText},
    Column{"environment", Field::kEnvironment, Type::kText}, Column{"message", Field::kText, Type::kText},
};

struct IsWord {
  std::string_view word;
  Field field;
  int64_t number;
  bool negated = false;
};
constexpr int64_t number_of(store::IssueStatus status) { return static_cast<int64_t>(status); }
constexpr int64_t number_of(store::IssueSubstatus status) { return static_cast<int64_t>(status); }
constexpr std::array kIsWords = {
    IsWord{"unresolved", Field::kStatus, number_of(store::IssueStatus::kUnresolved)},
    IsWord{"resolved", Field::kStatus, number_of(store::IssueStatus::kResolved)},
    IsWord{"archived", Field::kStatus, number_of(store::IssueStatus::kIgnored)},
    IsWord{"ignored", Field::kStatus, number_of(store::IssueStatus::kIgnored)},
    IsWord{"new", Field::kSubstatus, number_of(store::IssueSubstatus::kNew)},
    IsWord{"ongoing", Field::kSubstatus, number_of(store::IssueSubstatus::kOngoing)},
    IsWord{"regressed", Field::kSubstatus, number_of(store::IssueSubstatus::kRegressed)},
    IsWord{"escalating", Field::kSubstatus, number_of(store::IssueSubstatus::kEscalating)},
    IsWord{"unassigned", Field::kAssignee, 0},
    IsWord{"assigned", Field::kAssignee, 0, true},
};

std::string key_of(Field field) { return {kMark, static_cast<char>('A' + static_cast<int>(field))}; }
Field field_of(std::string_view key) { return static_cast<Field>(key[1] - 'A'); }
bool is_of_issue(std::string_view key) { return key.size() == 2 && key[0] == kMark; }

const Column* column_of(std::string_view name) {
  const auto it = std::ranges::find(kColumns, name, &Column::name);
  return it == kColumns.end() ? nullptr : &*it;
}

bool is_assignee(std::string_view name) { return name == "assigned" || name == "assigned_to" || name == "assignee"; }

std::unexpected<base::Error> wrong(std::string message) { return base::fail(Code::kInvalidArgument, std::move(message)); }

// The value as it was written; a regular expression is none.
Result<std::string> text_of(const Value& value) {
  if (value.kind == Value::Kind::kRegex) return base::fail(Code::kUnsupported, "expected a word (* stands for any text), got a regular expression");
  return value.kind == Value::Kind::kQuoted ? value.text : value.word.text;
}

std::optional<Predicate::Op> order_of(CompareOp op) {
  switch (op) {
    case CompareOp::kMatch:
    case CompareOp::kEqual: return Predicate::Op::kEqual;
    case CompareOp::kLess: return Predicate::Op::kLess;
    case CompareOp::kLessEqual: return Predicate::Op::kLessEqual;
    case CompareOp::kGreater: return Predicate::Op::kGreater;
    case CompareOp::kGreaterEqual: return Predicate::Op::kGreaterEqual;
    case CompareOp::kNotEqual:
    case CompareOp::kContains: break;
  }
  return std::nullopt;
}

class Words final : public ColumnComparer {
 public:
  Words(const IssueWords& words, bool* says_status) : words_(words), says_status_(says_status) {}

  bool takes_free_text() const override { return true; }
  bool has(const Key&) const override { return true; }

  Result<Predicate> exists(const Key& key) const override {
    if (!key.literal && is_assignee(key.name)) return Predicate::negate(Predicate::equal(key_of(Field::kAssignee), int64_t{0}));
    return make_exists(store::Dataset::kErrors, key);
  }

  Result<Predicate> compare(const Key& key, CompareOp op, const Value& value) const override {
    if (op == CompareOp::kNotEqual) {
      auto equal = compare(key, CompareOp::kMatch, value);
      if (!equal) return equal;
      return Predicate::negate(std::move(*equal));
    }
    if (!key.name.empty() && key.name.front() == kMark) return wrong("expected the name of a field, got a control character");
    if (!key.literal && key.name == "is") return compare_is(op, value);
    if (!key.literal && is_assignee(key.name)) return compare_assignee(op, value);
    if (!key.literal && key.name == "issue.category") return compare_category(op, value);
    const Column* column = key.literal ? nullptr : column_of(key.name);
    if (column == nullptr) return make_comparison(store::Dataset::kErrors, key, op, value);
    if (column->type == Type::kNumber) return compare_number(*column, op, value);
    if (column->type == Type::kTime) return compare_time(*column, op, value);
    return compare_text(*column, op, value);
  }

 private:
  Result<Predicate> compare_is(CompareOp op, const Value& value) const {
    const auto text = text_of(value);
    if (!text) return base::fail(text.error());
    for (const IsWord& word : kIsWords) {
      if (*text != word.word || op != CompareOp::kMatch) continue;
      if (word.field == Field::kStatus || word.field == Field::kSubstatus) *says_status_ = true;
      Predicate out = Predicate::equal(key_of(word.field), word.number);
      return word.negated ? Predicate::negate(std::move(out)) : std::move(out);
    }
    std::string known;
    for (const IsWord& word : kIsWords) known += (known.empty() ? "" : ", ") + std::string(word.word);
    return wrong("expected one of " + known + " after \"is:\", got \"" + *text + "\"");
  }

  // What is no error is a finding about performance.
  Result<Predicate> compare_category(CompareOp op, const Value& value) const {
    const auto text = text_of(value);
    if (!text) return base::fail(text.error());
    if ((op != CompareOp::kMatch && op != CompareOp::kEqual) || (*text != "error" && *text != "performance")) {
      return wrong("expected issue.category:error or issue.category:performance");
    }
    Predicate is_error = Predicate::equal(key_of(Field::kKind), std::string(store::kErrorKind));
    return *text == "error" ? std::move(is_error) : Predicate::negate(std::move(is_error));
  }

  Result<Predicate> compare_assignee(CompareOp op, const Value& value) const {
    const auto text = text_of(value);
    if (!text) return base::fail(text.error());
    if (op != CompareOp::kMatch && op != CompareOp::kEqual) return wrong("expected assigned:me, assigned:none or an e-mail");
    const auto user = words_.user(*text);
    if (!user) return base::fail(user.error());
    return Predicate::equal(key_of(Field::kAssignee), *user);
  }

  static Result<Predicate> compare_number(const Column& column, CompareOp op, const Value& value) {
    const auto text = text_of(value);
    if (!text) return base::fail(text.error());
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    const auto order = order_of(op);
    if (error != std::errc() || end != text->data() + text->size() || !order) {
      return wrong("expected a whole number, as in " + std::string(column.name) + ":>100, got \"" + *text + "\"");
    }
    return Predicate::compare(*order, key_of(column.field), number);
  }

  // "-24h": within the last day; "+24h": before that; a day or an instant, with a sign for before and after.
  Result<Predicate> compare_time(const Column& column, CompareOp op, const Value& value) const {
    const auto text = text_of(value);
    if (!text) return base::fail(text.error());
    const std::string key = key_of(column.field);
    const auto order = order_of(op);
    const bool is_relative = text->starts_with('-') || text->starts_with('+');
    const std::string expected = "expected a time such as " + std::string(column.name) + ":-24h or :>2026-01-31, got \"" + *text + "\"";
    if (!order) return wrong(expected);
    if (is_relative) {
      const auto ago = base::parse_duration(std::string_view(*text).substr(1));
      if (!ago) return wrong(expected);
      const base::UnixNanos then = words_.now - *ago;
      if (*order != Predicate::Op::kEqual) return Predicate::compare(*order, key, then);
      return Predicate::compare(text->front() == '-' ? Predicate::Op::kGreaterEqual : Predicate::Op::kLessEqual, key, then);
    }
    const auto day = base::parse_rfc3339(*text + "T00:00:00Z");
    const auto instant = day ? day : base::parse_instant(*text, words_.now);
    if (!instant) return wrong(expected);
    if (*order != Predicate::Op::kEqual || !day) return Predicate::compare(*order, key, *instant);
    return Predicate::all_of({Predicate::compare(Predicate::Op::kGreaterEqual, key, *instant), Predicate::compare(Predicate::Op::kLess, key, *instant + base::kNanosPerDay)});
  }

  Result<Predicate> compare_text(const Column& column, CompareOp op, const Value& value) const {
    auto text = text_of(value);
    if (!text) return base::fail(std::move(text.error()));
    const std::string key = key_of(column.field);
    const bool prose = column.field == Field::kText || column.field == Field::kTitle || column.field == Field::kValue;
    if (op == CompareOp::kContains || (prose && op == CompareOp::kMatch)) return Predicate::compare(Predicate::Op::kContains, key, std::move(*text));
    if (op != CompareOp::kMatch && op != CompareOp::kEqual) return wrong("expected " + std::string(column.name) + ":value: it has no order");
    if (column.field == Field::kRelease && *text == "latest" && value.kind == Value::Kind::kWord) {
      auto latest = words_.latest_release();
      if (!latest) return base::fail(std::move(latest.error()));
      if (latest->empty()) return Predicate::any_of({});
      return Predicate::equal(key, std::move(*latest));
    }
    if (value.kind == Value::Kind::kWord && value.word.has_star()) return Predicate::compare(Predicate::Op::kWildcard, key, std::move(*text));
    return Predicate::equal(key, std::move(*text));
  }

  const IssueWords& words_;
  bool* const says_status_;
};

// From the tree that the grammar made to conditions of the issue store.
class Translator {
 public:
  explicit Translator(const IssueWords& words) : words_(words) {}

  Result<IssueFilter> translate(const Predicate& p) const {
    using Op = Predicate::Op;
    if (p.op == Op::kTrue) return IssueFilter{};
    if (is_of_events(p)) return of_events(p);
    if (p.op == Op::kAnd) return translate_and(p);
    if (p.op == Op::kOr || p.op == Op::kNot) {
      IssueFilter out{.op = p.op == Op::kOr ? IssueFilter::Op::kOr : IssueFilter::Op::kNot};
      for (const Predicate& child : p.children) {
        auto part = translate(child);
        if (!part) return part;
        out.children.push_back(std::move(*part));
      }
      return out;
    }
    if (is_free_text(p)) return translate_text(p);
    return translate_leaf(p);
  }

 private:
  static bool is_free_text(const Predicate& p) {
    return p.key.empty() && (p.op == Predicate::Op::kContains || p.op == Predicate::Op::kWildcard || p.op == Predicate::Op::kRegex);
  }
  static bool is_of_events(const Predicate& p) {
    using Op = Predicate::Op;
    if (p.op == Op::kTrue || p.op == Op::kNot) return false;
    if (p.op == Op::kAnd || p.op == Op::kOr) return !p.children.empty() && std::ranges::all_of(p.children, is_of_events);
    return !is_free_text(p) && !is_of_issue(p.key);
  }

  Result<IssueFilter> of_events(const Predicate& p) const {
    auto ids = words_.issues_with(p);
    if (!ids) return base::fail(std::move(ids.error()));
    return IssueFilter{.op = IssueFilter::Op::kIsOneOf, .ids = std::move(*ids)};
  }

  // Conditions of events that stand beside each other are asked of one event.
  Result<IssueFilter> translate_and(const Predicate& p) const {
    IssueFilter out{.op = IssueFilter::Op::kAnd};
    std::vector<Predicate> of_one_event;
    for (const Predicate& child : p.children) {
      if (is_of_events(child)) {
        of_one_event.push_back(child);
        continue;
      }
      auto part = translate(child);
      if (!part) return part;
      out.children.push_back(std::move(*part));
    }
    if (!of_one_event.empty()) {
      auto part = of_events(Predicate::all_of(std::move(of_one_event)));
      if (!part) return part;
      out.children.push_back(std::move(*part));
    }
    return out;
  }

  static Result<IssueFilter> translate_text(const Predicate& p) {
    if (p.op == Predicate::Op::kRegex) return base::fail(Code::kUnsupported, "issues are not searched by regular expressions: * stands for any text");
    const auto op = p.op == Predicate::Op::kWildcard ? IssueFilter::Op::kLike : IssueFilter::Op::kContains;
    return IssueFilter{.op = op, .field = Field::kText, .text = std::get<std::string>(p.operand)};
  }

  static Result<IssueFilter> translate_leaf(const Predicate& p) {
    IssueFilter out{.field = field_of(p.key)};
    if (const auto* number = std::get_if<int64_t>(&p.operand)) out.number = *number;
    else out.text = std::get<std::string>(p.operand);
    switch (p.op) {
      case Predicate::Op::kLess: out.op = IssueFilter::Op::kLess; break;
      case Predicate::Op::kLessEqual: out.op = IssueFilter::Op::kLessEqual; break;
      case Predicate::Op::kGreater: out.op = IssueFilter::Op::kGreater; break;
      case Predicate::Op::kGreaterEqual: out.op = IssueFilter::Op::kGreaterEqual; break;
      case Predicate::Op::kContains: out.op = IssueFilter::Op::kContains; break;
      case Predicate::Op::kWildcard: out.op = IssueFilter::Op::kLike; break;
      default: out.op = IssueFilter::Op::kEqual; break;
    }
    return out;
  }

  const IssueWords& words_;
};

}  // namespace

Result<IssueQuestion> parse_issue_question(std::string_view text, const IssueWords& words, size_t* error_position) {
  if (text.size() > kMaxQueryBytes) return wrong("the query is longer than " + std::to_string(kMaxQueryBytes) + " bytes");
  IssueQuestion out;
  Scanner in(text);
  const Words columns(words, &out.says_status);
  Parser parser(in, store::Dataset::kErrors, &columns);
  const Predicate predicate = parser.parse();
  if (!in.failed() && !in.at_end()) in.fail(in.at, "expected a term, got a pipe: a list of issues has none", Code::kUnsupported);
  if (in.failed()) {
    if (error_position != nullptr) *error_position = in.error->position;
    return base::fail(in.error->code, "column " + std::to_string(in.column(in.error->position)) + ": " + in.error->message);
  }
  auto filter = Translator(words).translate(predicate);
  if (!filter) return base::fail(std::move(filter.error()));
  out.filter = std::move(*filter);
  return out;
}

}  // namespace tripod::query::search
