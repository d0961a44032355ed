#include "pipeline/line/logfmt.h"

#include <charconv>
#include <optional>

#include "model/line_template.h"
#include "pipeline/line/quoted.h"

namespace tripod::pipeline {
namespace {

using model::Value;

constexpr size_t kLongestKey = 128;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_key(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '@'; }
bool is_of_key(char c) { return begins_key(c) || is_digit(c) || c == '.' || c == '-' || c == '/'; }

// Of the key at `from`, with a '=' behind it; 0: there is none.
size_t key_length(std::string_view text, size_t from) {
  if (from >= text.size() || !begins_key(text[from])) return 0;
  size_t end = from + 1;
  while (end < text.size() && is_of_key(text[end])) ++end;
  return end < text.size() && text[end] == '=' && end - from <= kLongestKey ? end - from : 0;
}

// Numbers that are written again as they stand: an id like 007 or 1e5 stays text.
Value typed(std::string_view text) {
  if (text == "true" || text == "false") return Value::boolean(text == "true");
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || !is_digit(digits.front())) return Value::string(text);
  if (model::is_plain_float(text) || model::fixed_decimals(text) > 0) {
    double number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return Value::float64(number);
  }
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  const bool canonical = digits.front() != '0' || text == "0";
  return whole && canonical ? Value::int64(number) : Value::string(text);
}

// The value at `at`, which is moved behind it; none where it is no value.
std::optional<Value> take_value(std::string_view text, size_t& at, base::Arena& arena) {
  if (at < text.size() && (text[at] == '"' || text[at] == '\'')) {
    const auto quoted = take_quoted(text, at, arena);
    if (!quoted) return std::nullopt;
    return Value::string(*quoted);
  }
  const size_t start = at;
  while (at < text.size() && text[at] != ' ' && text[at] != '\t') {
    if (text[at] == '"' || text[at] == '\n' || text[at] == '\r') return std::nullopt;
    ++at;
  }
  return typed(text.substr(start, at - start));
}

}  // namespace

bool begins_as_logfmt(std::string_view text) { return key_length(text, 0) != 0; }

bool read_logfmt(std::string_view text, base::Arena& arena, std::vector<model::Attribute>& out) {
  const size_t before = out.size();
  size_t at = 0;
  while (at < text.size()) {
    const size_t length = key_length(text, at);
    const std::string_view key = text.substr(at, length);
    at += length + 1;
    const auto value = length == 0 ? std::nullopt : take_value(text, at, arena);
    if (!value || (at < text.size() && text[at] != ' ' && text[at] != '\t')) {
      out.resize(before);
      return false;
    }
    out.push_back({key, *value});
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  }
  if (out.size() - before >= 2) return true;
  out.resize(before);
  return false;
}

}  // namespace tripod::pipeline
