#include "query/logql/pushdown.h"

#include <algorithm>
#include <optional>
#include <span>

#include "query/logql/stages/regex.h"

namespace tripod::query::logql {
namespace {

using store::Predicate;
using Op = Predicate::Op;

Predicate any_exists(std::span<const std::string> fields) {
  std::vector<Predicate> out;
  for (const std::string& field : fields) out.push_back(Predicate::exists(field));
  return Predicate::any_of(std::move(out));
}

// What holds of the first of the fields that a record has. Halves, as senders choose how many fields one label stands for: the
// condition gets no deeper than their number's logarithm.
template <class F>
Predicate of_first(std::span<const std::string> fields, const F& holds) {
  if (fields.size() == 1) return holds(fields[0]);
  const auto before = fields.first(fields.size() / 2), rest = fields.subspan(fields.size() / 2);
  Predicate behind = Predicate::all_of({Predicate::negate(any_exists(before)), of_first(rest, holds)});
  return Predicate::any_of({of_first(before, holds), std::move(behind)});
}

bool matches_empty(const Matcher& matcher) {
  if (!is_regex(matcher.op)) return matcher.value.empty();
  const auto regex = compile_anchored(matcher.value);
  return regex && RE2::PartialMatch("", **regex);
}

// Where a missing label is the empty text.
Predicate label_predicate(const Matcher& matcher, const std::vector<std::string>& fields, bool any_field) {
  const auto one = [&](const std::string& field) {
    return is_regex(matcher.op) ? Predicate::compare(Op::kRegex, field, anchored(matcher.value))
                                : Predicate::equal(field, matcher.value);
  };
  Predicate positive;
  if (any_field) {
    std::vector<Predicate> any;
    for (const std::string& field : fields) any.push_back(one(field));
    positive = Predicate::any_of(std::move(any));
  } else {
    positive = of_first(std::span(fields), one);
  }
  if (matches_empty(matcher)) {
    positive = Predicate::any_of({Predicate::negate(any_exists(fields)), std::move(positive)});
  }
  return is_negative(matcher.op) ? Predicate::negate(std::move(positive)) : positive;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// The line is the original one, or else the body.
Predicate of_line(const Predicate& of_field) {
  Predicate original = of_field, body = of_field;
  const auto set_key = [](Predicate& p, const char* key) {
    p.key = key;
    for (Predicate& child : p.children) child.key = key;
  };
  set_key(original, "original");
  set_key(body, "body");
  Predicate only_body = Predicate::all_of({Predicate::negate(Predicate::exists("original")), std::move(body)});
  return Predicate::any_of({std::move(original), std::move(only_body)});
}

Predicate line_contains(const std::string& text) {
  Predicate contains = Predicate::compare(Op::kContains, "", text);
  // The store's substring search ignores case and is fast; LogQL's does not ignore it.
  if (!std::ranges::any_of(text, is_letter)) return of_line(contains);
  return of_line(Predicate::all_of({std::move(contains), Predicate::compare(Op::kRegex, "", RE2::QuoteMeta(text))}));
}

// Null where a line filter is not for the store: ip() and patterns that no expression says.
std::optional<Predicate> line_predicate(const LineFilter& filter) {
  if (filter.op == LineOp::kPattern || filter.op == LineOp::kNotPattern) return std::nullopt;
  std::vector<Predicate> any;
  for (const LineFilter::Term& term : filter.terms) {
    if (term.is_ip) return std::nullopt;
    if (filter.op == LineOp::kRegex || filter.op == LineOp::kNotRegex) {
      if (term.text.empty()) any.emplace_back();
      else any.push_back(of_line(Predicate::compare(Op::kRegex, "", go_regex(term.text))));
    } else if (term.text.empty()) {
      any.emplace_back();
    } else {
      any.push_back(line_contains(term.text));
    }
  }
  Predicate positive = Predicate::any_of(std::move(any));
  return is_negative(filter.op) ? Predicate::negate(std::move(positive)) : std::move(positive);
}

std::optional<Op> number_op(CompareOp op) {
  switch (op) {
    case CompareOp::kEqual: return Op::kEqual;
    case CompareOp::kLess: return Op::kLess;
    case CompareOp::kLessEqual: return Op::kLessEqual;
    case CompareOp::kGreater: return Op::kGreater;
    case CompareOp::kGreaterEqual: return Op::kGreaterEqual;
    default: return std::nullopt;
  }
}

bool is_error_label(std::string_view name) { return name == kErrorLabel || name == kErrorDetailsLabel; }

// Null where the store would say something else than the stage: fields that may be no numbers, units, addresses.
std::optional<Predicate> filter_predicate(const LabelFilter& filter, const FieldCatalog& catalog) {
  using Kind = LabelFilter::Kind;
  if (filter.kind == Kind::kAnd || filter.kind == Kind::kOr) {
    std::vector<Predicate> parts;
    for (const LabelFilter& child : filter.children) {
      auto part = filter_predicate(child, catalog);
      if (!part) return std::nullopt;
      parts.push_back(std::move(*part));
    }
    return filter.kind == Kind::kAnd ? Predicate::all_of(std::move(parts)) : Predicate::any_of(std::move(parts));
  }
  const std::string& name = filter.matcher.name;
  // "_extracted" names a second field of a label's name, which only the reading of a record finds.
  if (is_error_label(name) || name.ends_with("_extracted")) return std::nullopt;
  const auto fields = catalog.fields_of(name);
  if (filter.kind == Kind::kString) return label_predicate(filter.matcher, fields, false);
  const std::string_view type = fields.size() == 1 ? catalog.type_of(fields[0]) : "";
  const auto op = number_op(filter.compare);
  if (filter.kind != Kind::kNumber || !op || (type != "int64" && type != "float64")) return std::nullopt;
  return Predicate::compare(*op, fields[0], filter.number);
}

// Behind parsers: a value that a label got from the line stands in it, unless it was written with escapes. True of all
// lines that the filter lets pass, and of others.
std::optional<Predicate> hint_predicate(const LabelFilter& filter, const FieldCatalog& catalog) {
  if (filter.kind == LabelFilter::Kind::kAnd) {
    std::vector<Predicate> parts;
    for (const LabelFilter& child : filter.children) {
      if (auto part = hint_predicate(child, catalog)) parts.push_back(std::move(*part));
    }
    if (parts.empty()) return std::nullopt;
    return Predicate::all_of(std::move(parts));
  }
  const Matcher& matcher = filter.matcher;
  if (filter.kind != LabelFilter::Kind::kString || matcher.op != MatchOp::kEqual || matcher.value.size() < 3 ||
      is_error_label(matcher.name) || matcher.name.ends_with("_extracted")) {
    return std::nullopt;
  }
  std::vector<Predicate> any;
  for (const std::string& part : {matcher.value, std::string("\\"), std::string("\xEF\xBF\xBD")}) {
    any.push_back(of_line(Predicate::compare(Op::kContains, "", part)));
  }
  for (const std::string& field : catalog.fields_of(matcher.name)) any.push_back(Predicate::equal(field, matcher.value));
  return Predicate::any_of(std::move(any));
}

// What is still as it came at one point of a pipeline.
struct State {
  bool line_is_original = true;
  bool labels_are_fields = true;
  bool labels_are_of_line = true;  // parsers may have added some, nothing else changed them
  bool can_fail = false;
};

template <class T>
bool is(const Stage& stage) {
  return std::holds_alternative<T>(stage);
}

void step(const Stage& stage, State& state) {
  const bool parser = is<JsonParser>(stage) || is<LogfmtParser>(stage) || is<RegexpParser>(stage) ||
                      is<PatternParser>(stage) || is<UnpackParser>(stage);
  if (parser) state.labels_are_fields = false;
  if (is<LineFormat>(stage) || is<UnpackParser>(stage) || is<Decolorize>(stage)) {
    state.line_is_original = state.labels_are_of_line = false;
  }
  if (is<LabelFormat>(stage) || is<DropLabels>(stage) || is<KeepLabels>(stage)) {
    state.labels_are_fields = state.labels_are_of_line = false;
  }
  if (is<JsonParser>(stage) || is<LogfmtParser>(stage) || is<UnpackParser>(stage) || is<LineFormat>(stage) ||
      is<LabelFormat>(stage)) {
    state.can_fail = true;
  }
  if (const auto* filter = std::get_if<LabelFilter>(&stage); filter != nullptr && filter->kind != LabelFilter::Kind::kString) {
    state.can_fail = true;
  }
}

bool reads_line(const Stage& stage) {
  return !(is<LabelFilter>(stage) || is<DropLabels>(stage) || is<KeepLabels>(stage));
}

// | __error__="" and | drop __error__ where nothing before it can fail.
bool is_idle(const Stage& stage, const State& state) {
  if (const auto* drop = std::get_if<DropLabels>(&stage); drop != nullptr && !state.can_fail) {
    return std::ranges::all_of(drop->picks, is_error_label, &LabelPick::name);
  }
  const auto* filter = std::get_if<LabelFilter>(&stage);
  return filter != nullptr && !state.can_fail && filter->kind == LabelFilter::Kind::kString &&
         is_error_label(filter->matcher.name) && filter->matcher.op == MatchOp::kEqual && filter->matcher.value.empty();
}

}  // namespace

Predicate plan_selector(const std::vector<Matcher>& matchers, const FieldCatalog& catalog) {
  std::vector<Predicate> all;
  for (const Matcher& matcher : matchers) {
    const bool level = matcher.name == kLevelLabel || matcher.name == kDetectedLevelLabel;
    all.push_back(label_predicate(matcher, catalog.fields_of(matcher.name), level));
  }
  return Predicate::all_of(std::move(all));
}

LogPlan plan_logs(const LogQuery& query, const FieldCatalog& catalog) {
  LogPlan out;
  std::vector<Predicate> all;
  all.push_back(plan_selector(query.matchers, catalog));
  State state;
  for (const Stage& stage : query.stages) {
    if (is_idle(stage, state)) continue;
    if (const auto* lines = std::get_if<LineFilter>(&stage); lines != nullptr && state.line_is_original) {
      if (auto pushed = line_predicate(*lines)) {
        all.push_back(std::move(*pushed));
        continue;
      }
    }
    if (const auto* labels = std::get_if<LabelFilter>(&stage)) {
      std::optional<Predicate> pushed;
      if (state.labels_are_fields) pushed = filter_predicate(*labels, catalog);
      if (pushed) {
        all.push_back(std::move(*pushed));
        continue;
      }
      if (state.labels_are_of_line) {
        if (auto hint = hint_predicate(*labels, catalog)) all.push_back(std::move(*hint));
      }
    }
    step(stage, state);
    out.reads_lines |= reads_line(stage);
    out.stages.push_back(stage);
  }
  out.may_fail = state.can_fail;
  out.filter = Predicate::all_of(std::move(all));
  return out;
}

}  // namespace tripod::query::logql
