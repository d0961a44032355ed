#include "store/metrics/matcher.h"

#include <re2/re2.h>

#include <algorithm>

namespace tripod::store::metrics {
namespace {

using base::Code;
using base::fail;

bool is_meta(char c) { return std::string_view(".+*?()[]{}^$|\\").contains(c); }

// "(…)" or "(?:…)" around the whole expression, taken off once.
std::string_view without_group(std::string_view regex) {
  if (regex.size() < 2 || regex.front() != '(' || regex.back() != ')') return regex;
  std::string_view inside = regex.substr(1, regex.size() - 2);
  if (inside.starts_with("?:")) inside.remove_prefix(2);
  return inside;
}

re2::RE2::Options regex_options() {
  re2::RE2::Options options;
  options.set_dot_nl(true);
  options.set_log_errors(false);
  return options;
}

}  // namespace

std::optional<std::vector<std::string>> literal_alternatives(std::string_view regex) {
  regex = without_group(regex);
  std::vector<std::string> out(1);
  for (size_t i = 0; i < regex.size(); ++i) {
    char c = regex[i];
    if (c == '|') {
      out.emplace_back();
      continue;
    }
    if (c == '\\') {
      // Only an escaped punctuation mark stands for itself.
      if (++i == regex.size() || !(is_meta(regex[i]) || regex[i] == '-' || regex[i] == '/')) {
        return std::nullopt;
      }
      c = regex[i];
    } else if (is_meta(c)) {
      return std::nullopt;
    }
    out.back().push_back(c);
  }
  std::ranges::sort(out);
  const auto same = std::ranges::unique(out);
  out.erase(same.begin(), same.end());
  return out;
}

base::Result<CompiledMatcher> CompiledMatcher::compile(const LabelMatcher& matcher) {
  using Op = LabelMatcher::Op;
  CompiledMatcher out;
  out.name_ = matcher.name;
  out.negative_ = matcher.op == Op::kNotEqual || matcher.op == Op::kNotRegex;
  if (matcher.op == Op::kEqual || matcher.op == Op::kNotEqual) {
    out.literals_ = {matcher.value};
    out.listed_ = true;
  } else if (auto literals = literal_alternatives(matcher.value)) {
    out.literals_ = std::move(*literals);
    out.listed_ = true;
  } else {
    auto regex = std::make_shared<re2::RE2>("^(?:" + matcher.value + ")$", regex_options());
    if (!regex->ok()) {
      return fail(Code::kInvalidArgument, "label " + matcher.name + ": bad regular expression \"" +
                                              matcher.value + "\": " + regex->error());
    }
    out.ranged_ = regex->PossibleMatchRange(&out.range_from_, &out.range_to_, 32);
    out.everything_ = !out.negative_ && matcher.value == ".*";
    out.regex_ = std::move(regex);
  }
  out.matches_empty_ = out.matches("");
  return out;
}

bool CompiledMatcher::matches(std::string_view value) const {
  if (listed_) return std::ranges::binary_search(literals_, value) != negative_;
  if (everything_) return true;
  if (ranged_ && (value < range_from_ || value > range_to_)) return negative_;
  return re2::RE2::FullMatch(value, *regex_) != negative_;
}

bool matches_all(std::span<const CompiledMatcher> matchers, std::span<const model::Label> labels) {
  return std::ranges::all_of(matchers, [&](const CompiledMatcher& matcher) {
    const auto at = std::ranges::find(labels, matcher.name(), &model::Label::name);
    return matcher.matches(at == labels.end() ? std::string_view() : at->value);
  });
}

base::Result<std::vector<CompiledMatcher>> compile_matchers(
    std::span<const LabelMatcher> matchers) {
  std::vector<CompiledMatcher> out;
  out.reserve(matchers.size());
  for (const LabelMatcher& matcher : matchers) {
    auto compiled = CompiledMatcher::compile(matcher);
    if (!compiled) return fail(std::move(compiled.error()));
    out.push_back(std::move(*compiled));
  }
  return out;
}

}  // namespace tripod::store::metrics
