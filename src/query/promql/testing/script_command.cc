#include "query/promql/testing/script_command.h"

#include <re2/re2.h>

#include "query/promql/testing/series_notation.h"
#include "query/promql/text.h"

namespace tripod::query::promql::testing {

using base::Code;
using base::fail;
using base::Result;

namespace {

// A message without its place at the end, " (1:10)": scripts give it or leave it out.
std::string_view without_place(std::string_view message) {
  const size_t open = message.rfind(" (");
  if (open == std::string_view::npos || !message.ends_with(')')) return message;
  const std::string_view inside = message.substr(open + 2, message.size() - open - 3);
  return inside.find_first_not_of("0123456789:") == std::string_view::npos ? message.substr(0, open)
                                                                           : message;
}

Result<int64_t> take_time(std::string_view& text) {
  const std::string_view word = take_word(text);
  const auto time = parse_time(word);
  if (!time) return fail(Code::kInvalidArgument, "bad time " + quote(word));
  return *time;
}

Result<> take_keyword(std::string_view& text, std::string_view keyword) {
  const std::string_view word = take_word(text);
  if (word == keyword) return {};
  return fail(Code::kInvalidArgument, "expected " + quote(keyword) + ", got " + quote(word));
}

// from <start> to <end> step <step>
Result<RangeParams> take_range(std::string_view& text) {
  RangeParams range;
  for (const auto& [keyword, value] :
       {std::pair{"from", &range.start_ms}, {"to", &range.end_ms}, {"step", &range.step_ms}}) {
    if (auto ok = take_keyword(text, keyword); !ok) return fail(std::move(ok.error()));
    const auto time = take_time(text);
    if (!time) return fail(time.error());
    *value = *time;
  }
  return range;
}

// "msg: text", "regex: text" or nothing.
Result<TextExpectation> parse_match(std::string_view text) {
  TextExpectation out;
  if (text.empty()) return out;
  if (text.starts_with("msg:")) {
    out.match = TextExpectation::Match::kExact;
    text.remove_prefix(4);
  } else if (text.starts_with("regex:")) {
    out.match = TextExpectation::Match::kRegex;
    text.remove_prefix(6);
  } else {
    return fail(Code::kInvalidArgument, "expected msg: or regex:, got " + quote(text));
  }
  text = trim(text);
  out.text = text;
  if (out.match == TextExpectation::Match::kRegex) {
    RE2::Options options;
    options.set_log_errors(false);
    if (const RE2 regex(out.text, options); !regex.ok())
      return fail(Code::kInvalidArgument, "bad regex: " + regex.error());
  }
  return out;
}

Result<> expect_line(EvalCommand& command, std::string_view text) {
  const std::string_view what = take_word(text);
  if (what == "ordered") {
    command.ordered = true;
  } else if (what == "no_warn") {
    command.warnings = Demand::kNone;
  } else if (what == "no_info") {
    command.infos = Demand::kNone;
  } else if (what == "string") {
    auto value = unquote(text);
    if (!value) return fail(std::move(value.error()));
    command.string = std::move(*value);
  } else if (what == "range") {
    if (auto ok = take_keyword(text, "vector"); !ok) return ok;
    const auto range = take_range(text);
    if (!range) return fail(range.error());
    command.range = *range;
    command.range_vector = true;
  } else if (what == "fail" || what == "warn" || what == "info") {
    auto match = parse_match(text);
    if (!match) return fail(std::move(match.error()));
    if (what == "fail") {
      command.failure = std::move(*match);
    } else if (what == "warn") {
      command.warnings = Demand::kSome;
      command.warning_texts.push_back(std::move(*match));
    } else {
      command.infos = Demand::kSome;
      command.info_texts.push_back(std::move(*match));
    }
  } else {
    return fail(Code::kInvalidArgument, "unknown expectation " + quote(what));
  }
  return {};
}

}  // namespace

bool TextExpectation::holds(const std::string& got) const {
  switch (match) {
    case Match::kAny:
      return true;
    case Match::kExact:
      return got == text || without_place(got) == text;
    case Match::kRegex:
      return RE2::PartialMatch(got, text);
  }
  return false;
}

Result<EvalCommand> parse_eval(std::string_view line) {
  EvalCommand command;
  const std::string_view verb = take_word(line);
  if (verb == "eval_fail") {
    command.failure = TextExpectation();
  } else if (verb == "eval_ordered") {
    command.ordered = true;
  } else if (verb == "eval_warn") {
    command.warnings = Demand::kSome;
    command.warning_texts.emplace_back();
  } else if (verb == "eval_info") {
    command.infos = Demand::kSome;
    command.info_texts.emplace_back();
  } else if (verb != "eval") {
    return fail(Code::kInvalidArgument, "unknown command " + quote(verb));
  }
  const std::string_view kind = take_word(line);
  if (kind == "instant") {
    // Without "at" it is time 0.
    if (line.starts_with("at ")) {
      take_word(line);
      const auto time = take_time(line);
      if (!time) return fail(time.error());
      command.time_ms = *time;
    }
  } else if (kind == "range") {
    const auto range = take_range(line);
    if (!range) return fail(range.error());
    command.is_range = true;
    command.range = *range;
  } else {
    return fail(Code::kInvalidArgument, "expected instant or range, got " + quote(kind));
  }
  command.query = line;
  return command;
}

Result<> parse_expectation(EvalCommand& command, std::string_view line, size_t line_number) {
  const std::string_view whole = line;
  const std::string_view word = take_word(line);
  if (word == "expect") return expect_line(command, line);
  if (word == "expected_fail_message" || word == "expected_fail_regexp") {
    if (!command.failure)
      return fail(Code::kInvalidArgument, std::string(word) + " without eval_fail");
    auto match =
        parse_match((word == "expected_fail_message" ? "msg: " : "regex: ") + std::string(line));
    if (!match) return fail(std::move(match.error()));
    command.failure = std::move(*match);
    return {};
  }
  if (const auto scalar = parse_value(whole)) {
    command.scalar = scalar;
    return {};
  }
  const auto [series, values] = split_series(whole);
  auto labels = parse_labels(series);
  if (!labels) {
    return fail(Code::kInvalidArgument,
                "bad series " + quote(series) + ": " + labels.error().message);
  }
  command.series.push_back({line_number, std::move(*labels), std::string(values)});
  return {};
}

}  // namespace tripod::query::promql::testing
