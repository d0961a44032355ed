#include "query/promql/testing/series_notation.h"

#include <algorithm>
#include <cmath>

#include "query/promql/labels.h"
#include "query/promql/parser.h"
#include "query/promql/text.h"

namespace tripod::query::promql::testing {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr size_t kMostSlots = 1'000'000;

bool append_repeated(std::string_view item, size_t repeat, std::vector<Slot>& out) {
  size_t sign = item.find_first_of("+-", 1);
  while (sign != std::string_view::npos && (item[sign - 1] == 'e' || item[sign - 1] == 'E')) {
    sign = item.find_first_of("+-", sign + 1);
  }
  const auto first = parse_value(item.substr(0, sign));
  const auto step =
      sign == std::string_view::npos ? std::optional(0.0) : parse_value(item.substr(sign));
  if (!first || !step) return false;
  double value = *first;
  for (size_t i = 0; i <= repeat; ++i) {
    out.push_back({value, false});
    value += *step;
  }
  return true;
}

bool parse_item(std::string_view item, std::vector<Slot>& out) {
  size_t repeat = 0;
  const size_t x = item.rfind('x');
  const bool repeated = x != std::string_view::npos && x > 0;
  if (repeated) {
    const auto count = parse_number(item.substr(x + 1));
    if (!count || !(*count >= 0 && *count < static_cast<double>(kMostSlots))) return false;
    repeat = static_cast<size_t>(*count);
    item = item.substr(0, x);
  }
  if (item == "_") {
    out.resize(out.size() + (repeated ? repeat : 1));
    return true;
  }
  if (item == "stale") {
    out.push_back({kAbsent, true});
    return !repeated;
  }
  return append_repeated(item, repeat, out);
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

std::string_view take_word(std::string_view& text) {
  text = trim(text);
  const size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text = trim(text.substr(end));
  return word;
}

std::optional<int64_t> parse_time(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (const auto ms = parse_duration_ms(text)) return negative ? -*ms : *ms;
  const auto seconds = parse_number(text);
  if (!seconds) return std::nullopt;
  return std::llround(*seconds * 1000) * (negative ? -1 : 1);
}

std::optional<double> parse_value(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto value = parse_number(text);
  if (!value) return std::nullopt;
  return negative ? -*value : *value;
}

std::pair<std::string_view, std::string_view> split_series(std::string_view text) {
  size_t i = 0;
  char quote_char = 0;
  bool braces = false;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (quote_char != 0) {
      if (c == '\\' && quote_char != '`')
        ++i;
      else if (c == quote_char)
        quote_char = 0;
    } else if (c == '"' || c == '\'' || c == '`') {
      quote_char = c;
    } else if (c == '{') {
      braces = true;
    } else if (c == '}') {
      return {text.substr(0, i + 1), trim(text.substr(i + 1))};
    } else if ((c == ' ' || c == '\t') && !braces) {
      // "name {labels}" is one series too.
      if (!trim(text.substr(i)).starts_with('{')) break;
    }
  }
  i = std::min(i, text.size());
  return {text.substr(0, i), trim(text.substr(i))};
}

Result<store::Labels> parse_labels(std::string_view text) {
  store::Labels labels;
  if (text == "{}") return labels;
  auto matchers = parse_selector(text);
  if (!matchers) return fail(std::move(matchers.error()));
  for (const store::LabelMatcher& matcher : *matchers) {
    if (matcher.op != store::LabelMatcher::Op::kEqual) {
      return fail(Code::kInvalidArgument, "a series has labels, not matchers");
    }
    set_label(labels, matcher.name, matcher.value);
  }
  return labels;
}

Result<std::vector<Slot>> parse_slots(std::string_view values) {
  std::vector<Slot> slots;
  while (!values.empty()) {
    const std::string_view item = take_word(values);
    if (item.starts_with("{{"))
      return fail(Code::kUnsupported, "native histograms are not supported");
    if (!parse_item(item, slots) || slots.size() > kMostSlots)
      return fail(Code::kInvalidArgument, "bad value " + quote(item));
  }
  return slots;
}

}  // namespace tripod::query::promql::testing
