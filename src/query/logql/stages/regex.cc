#include "query/logql/stages/regex.h"

#include <algorithm>

namespace tripod::query::logql {
namespace {

constexpr int64_t kMostRegexMemory = 8 << 20;

base::Result<Regex> make(const std::string& pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMostRegexMemory);
  auto out = std::make_shared<const RE2>(pattern, options);
  if (!out->ok()) {
    return base::fail(base::Code::kInvalidArgument, "error parsing regexp: " + out->error());
  }
  return out;
}

}  // namespace

std::string go_regex(std::string_view pattern) {
  std::string out;
  bool in_class = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\' && i + 1 < pattern.size()) {
      out += c;
      out += pattern[++i];
      continue;
    }
    if (c == '[') in_class = true;
    if (c == ']') in_class = false;
    out += c;
    const std::string_view rest = pattern.substr(i);
    if (!in_class && rest.starts_with("(?<") && rest.size() > 3 && rest[3] != '=' && rest[3] != '!') {
      out += "?P";
      ++i;
    }
  }
  return out;
}

std::string anchored(std::string_view pattern) { return "^(?s:" + go_regex(pattern) + ")$"; }

base::Result<Regex> compile_regex(std::string_view pattern) { return make(go_regex(pattern)); }
base::Result<Regex> compile_anchored(std::string_view pattern) {
  // Of itself first: "a)(b" must not become valid by what is put around it.
  if (auto alone = make(go_regex(pattern)); !alone) return base::fail(std::move(alone.error()));
  return make(anchored(pattern));
}

void expand_groups(std::string_view form, const RE2& regex, std::span<const re2::StringPiece> groups,
                   std::string& out) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  for (size_t i = 0; i < form.size(); ++i) {
    if (form[i] != '$' || i + 1 >= form.size()) {
      out += form[i];
      continue;
    }
    if (form[i + 1] == '$') {
      out += '$';
      ++i;
      continue;
    }
    const bool braces = form[i + 1] == '{';
    const size_t start = i + 1 + (braces ? 1 : 0);
    size_t end = start;
    while (end < form.size() && is_word(form[end])) ++end;
    if (end == start || (braces && (end >= form.size() || form[end] != '}'))) {
      out += '$';
      continue;
    }
    const std::string name(form.substr(start, end - start));
    size_t group = groups.size();
    if (std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; }) && name.size() < 4) {
      group = 0;
      for (const char c : name) group = group * 10 + static_cast<size_t>(c - '0');
    } else if (const auto found = regex.NamedCapturingGroups().find(name); found != regex.NamedCapturingGroups().end()) {
      group = static_cast<size_t>(found->second);
    }
    if (group < groups.size()) out.append(groups[group].data(), groups[group].size());
    i = braces ? end : end - 1;
  }
}

base::Result<LabelMatcher> LabelMatcher::make(const Matcher& matcher) {
  LabelMatcher out;
  out.matcher_ = matcher;
  if (is_regex(matcher.op)) {
    auto regex = compile_anchored(matcher.value);
    if (!regex) return base::fail(std::move(regex.error()));
    out.regex_ = std::move(*regex);
  }
  return out;
}

bool LabelMatcher::matches(std::string_view value) const {
  const bool positive =
      regex_ ? RE2::PartialMatch(re2::StringPiece(value.data(), value.size()), *regex_)
             : value == matcher_.value;
  return positive != is_negative(matcher_.op);
}

}  // namespace tripod::query::logql
