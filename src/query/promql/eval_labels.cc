// label_replace() and label_join().
#include <re2/re2.h>

#include <charconv>

#include "base/utf8.h"
#include "query/promql/evaluator.h"
#include "query/promql/labels.h"
#include "query/promql/text.h"

namespace tripod::query::promql {

using base::Code;
using base::fail;
using base::Result;

namespace {

bool is_label_name(std::string_view name) { return !name.empty() && base::is_valid_utf8(name); }

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// A replacement text with $1, ${1}, $name, ${name} and $$, as Go's Regexp.Expand reads it: the
// longest word counts, an unknown group is empty, a stray $ stands for itself.
class Template {
 public:
  Template(std::string_view text, const RE2& regex) {
    const auto& groups = regex.NamedCapturingGroups();
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '$') {
        literal(text.substr(i, 1));
        continue;
      }
      if (i + 1 < text.size() && text[i + 1] == '$') {
        literal("$");
        ++i;
        continue;
      }
      const bool braces = i + 1 < text.size() && text[i + 1] == '{';
      const size_t from = i + 1 + (braces ? 1 : 0);
      size_t to = from;
      while (to < text.size() && is_word(text[to])) ++to;
      if (to == from || (braces && (to >= text.size() || text[to] != '}'))) {
        literal("$");
        continue;
      }
      group(text.substr(from, to - from), groups);
      i = braces ? to : to - 1;
    }
  }

  std::string expand(std::span<const re2::StringPiece> captures) const {
    std::string out;
    for (const Part& part : parts_) {
      if (part.group < 0) {
        out += part.text;
      } else if (static_cast<size_t>(part.group) < captures.size()) {
        out.append(captures[static_cast<size_t>(part.group)].data(),
                   captures[static_cast<size_t>(part.group)].size());
      }
    }
    return out;
  }

 private:
  struct Part {
    int group = -1;  // or a literal
    std::string text;
  };

  void literal(std::string_view text) {
    if (parts_.empty() || parts_.back().group >= 0) parts_.emplace_back();
    parts_.back().text += text;
  }

  void group(std::string_view name, const std::map<std::string, int>& groups) {
    int number = 0;
    const auto [end, ec] = std::from_chars(name.data(), name.data() + name.size(), number);
    const bool padded = name.size() > 1 && name.front() == '0';  // "01" is a name, not a number
    if (ec == std::errc() && end == name.data() + name.size() && !padded) {
      parts_.push_back({number, {}});
    } else if (const auto at = groups.find(std::string(name)); at != groups.end()) {
      parts_.push_back({at->second, {}});
    }
  }

  std::vector<Part> parts_;
};

}  // namespace

Result<Value> Evaluator::eval_label_replace(const Call& call) {
  std::string texts[4];  // destination, replacement, source, pattern
  for (size_t i = 0; i < 4; ++i) {
    auto text = eval(*call.args[i + 1]);
    if (!text) return text;
    texts[i] = std::move(text->text);
  }
  const auto& [destination, replacement, source, pattern] = texts;
  RE2::Options options;
  options.set_log_errors(false);
  options.set_dot_nl(true);
  const RE2 regex(pattern, options);
  if (!regex.ok()) {
    return fail(Code::kInvalidArgument,
                "invalid regular expression in label_replace(): " + pattern);
  }
  if (!is_label_name(destination)) {
    return fail(Code::kInvalidArgument,
                "invalid destination label name in label_replace(): " + destination);
  }
  auto value = eval(*call.args.front());
  if (!value) return value;
  const Template replace(replacement, regex);
  std::vector<re2::StringPiece> captures(static_cast<size_t>(regex.NumberOfCapturingGroups()) + 1);
  for (Series& series : value->series) {
    if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
    const std::string text(get_label(series.labels, source));
    if (!regex.Match(text, 0, text.size(), RE2::ANCHOR_BOTH, captures.data(),
                     static_cast<int>(captures.size()))) {
      continue;
    }
    set_label(series.labels, destination, replace.expand(captures));
    if (destination == kMetricName) series.drop_name = false;
  }
  if (auto ok = merge_same_labels(*value); !ok) return fail(std::move(ok.error()));
  return value;
}

Result<Value> Evaluator::eval_label_join(const Call& call) {
  std::vector<std::string> texts;  // destination, separator, sources...
  for (size_t i = 1; i < call.args.size(); ++i) {
    auto text = eval(*call.args[i]);
    if (!text) return text;
    texts.push_back(std::move(text->text));
  }
  for (size_t i = 2; i < texts.size(); ++i) {
    if (!is_label_name(texts[i])) {
      return fail(Code::kInvalidArgument, "invalid source label name in label_join(): " + texts[i]);
    }
  }
  if (!is_label_name(texts[0])) {
    return fail(Code::kInvalidArgument,
                "invalid destination label name in label_join(): " + texts[0]);
  }
  auto value = eval(*call.args.front());
  if (!value) return value;
  for (Series& series : value->series) {
    std::string joined;
    for (size_t i = 2; i < texts.size(); ++i) {
      if (i > 2) joined += texts[1];
      joined += get_label(series.labels, texts[i]);
    }
    set_label(series.labels, texts[0], joined);
    if (texts[0] == kMetricName) series.drop_name = false;
  }
  if (auto ok = merge_same_labels(*value); !ok) return fail(std::move(ok.error()));
  return value;
}

}  // namespace tripod::query::promql
