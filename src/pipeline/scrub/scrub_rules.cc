#include "pipeline/scrub/scrub_rules.h"

#include <re2/re2.h>

#include "pipeline/group/md5.h"
#include "pipeline/group/rule_text.h"

namespace tripod::pipeline::scrub {
namespace {

using group::RuleLine;

constexpr size_t kHashDigits = 16;
constexpr int64_t kMostRegexMemory = 1 << 20;

base::Result<ScrubAction> read_action(RuleLine& line) {
  const size_t from = line.position();
  const std::string_view word = line.word();
  if (word == "remove") return ScrubAction::kRemove;
  if (word == "mask") return ScrubAction::kMask;
  if (word == "hash") return ScrubAction::kHash;
  return line.error_at(from, "remove, mask or hash was expected");
}

base::Result<ScrubRule> read_rule(const group::NumberedLine& numbered) {
  RuleLine line(numbered.text, numbered.number);
  line.skip_blanks();
  ScrubRule rule;
  rule.text = line.rest();
  const auto action = read_action(line);
  if (!action) return base::fail(action.error());
  rule.action = *action;
  line.skip_blanks();
  const bool by_key = line.take("key:");
  if (!by_key && !line.take("path:")) return line.error("key: or path: was expected");
  const size_t at = line.position();
  auto argument = line.argument();
  if (!argument) return base::fail(std::move(argument.error()));
  if (argument->empty()) return line.error_at(at, by_key ? "a name was expected after key:" : "a regular expression was expected after path:");
  if (!line.nothing_left()) return line.error("nothing was expected after the rule");
  if (by_key) {
    rule.key.emplace(*argument, group::GlobKind::kText, group::GlobCase::kIgnored);
    return rule;
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMostRegexMemory);
  auto path = std::make_shared<re2::RE2>(*argument, options);
  if (!path->ok()) return line.error_at(at, "not a regular expression: " + path->error());
  rule.path = std::move(path);
  return rule;
}

// Letters of other scripts are hidden byte by byte, as one "*" a character.
std::string mask(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) == 0x80) continue;
    const auto low = static_cast<char>(c | 0x20);
    const bool hidden = byte >= 0x80 || (c >= '0' && c <= '9') || (low >= 'a' && low <= 'z');
    out.push_back(hidden ? '*' : c);
  }
  return out;
}

}  // namespace

base::Result<ScrubRules> ScrubRules::parse(std::string_view text, std::string_view hash_key) {
  const auto lines = group::rule_lines(text);
  if (!lines) return base::fail(lines.error());
  ScrubRules out;
  out.hash_key_ = hash_key;
  for (const group::NumberedLine& line : *lines) {
    auto rule = read_rule(line);
    if (!rule) return base::fail(std::move(rule.error()));
    out.rules_.push_back(std::move(*rule));
  }
  return out;
}

const ScrubRule* ScrubRules::match(std::string_view name, std::string_view path) const {
  for (const ScrubRule& rule : rules_) {
    if (rule.key ? rule.key->matches(name) : re2::RE2::FullMatch(re2::StringPiece(path.data(), path.size()), *rule.path)) return &rule;
  }
  return nullptr;
}

std::string ScrubRules::hide(const ScrubRule& rule, std::string_view value) const {
  switch (rule.action) {
    case ScrubAction::kRemove: return "[Filtered]";
    case ScrubAction::kMask: return mask(value);
    case ScrubAction::kHash: return "sha256:" + group::keyed_hash_hex(hash_key_, value).substr(0, kHashDigits);
  }
  return "[Filtered]";
}

}  // namespace tripod::pipeline::scrub
