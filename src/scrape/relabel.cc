#include "scrape/relabel.h"

#include <openssl/evp.h>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>

namespace tripod::scrape {

using base::Code;
using base::fail;
using base::Result;

namespace {

struct ActionName {
  std::string_view name;
  RelabelAction action;
};
constexpr ActionName kActions[] = {
    {"replace", RelabelAction::kReplace},     {"keep", RelabelAction::kKeep},
    {"drop", RelabelAction::kDrop},           {"keepequal", RelabelAction::kKeepEqual},
    {"dropequal", RelabelAction::kDropEqual}, {"hashmod", RelabelAction::kHashMod},
    {"labelmap", RelabelAction::kLabelMap},   {"labeldrop", RelabelAction::kLabelDrop},
    {"labelkeep", RelabelAction::kLabelKeep}, {"lowercase", RelabelAction::kLowercase},
    {"uppercase", RelabelAction::kUppercase},
};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string fold(std::string text, char from, char to, int by) {
  for (char& c : text) {
    if (c >= from && c <= to) c = static_cast<char>(c + by);
  }
  return text;
}

// The last eight bytes of the MD5, as Prometheus has it, so that shards agree with its own.
uint64_t md5_tail(std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  TRIPOD_CHECK(EVP_Digest(text.data(), text.size(), digest, &size, EVP_md5(), nullptr) == 1);
  uint64_t out = 0;
  for (unsigned i = 8; i < 16; ++i) out = out << 8 | digest[i];
  return out;
}

// What one $reference of a template stands for; `name` is a number or a group's name.
std::string_view group_text(const re2::RE2& regex, std::span<const re2::StringPiece> groups,
                            std::string_view name) {
  size_t number = groups.size();
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) {
    const auto& named = regex.NamedCapturingGroups();
    const auto found = named.find(std::string(name));
    if (found == named.end()) return {};
    number = static_cast<size_t>(found->second);
  }
  if (number >= groups.size()) return {};
  return {groups[number].data(), groups[number].size()};
}

// Go's Regexp.Expand: $name, ${name}, $1, ${1}, $$; the longest run of word characters is the name.
std::string expand(const re2::RE2& regex, std::span<const re2::StringPiece> groups,
                   std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t dollar = text.find('$');
    out += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar + 1);
    if (text.starts_with('$')) {
      out += '$';
      text.remove_prefix(1);
      continue;
    }
    const bool braced = text.starts_with('{');
    std::string_view rest = text.substr(braced ? 1 : 0);
    const auto size = static_cast<size_t>(std::ranges::find_if_not(rest, is_word) - rest.begin());
    const bool whole = size > 0 && (!braced || (size < rest.size() && rest[size] == '}'));
    if (!whole) {
      out += '$';
      continue;
    }
    out += group_text(regex, groups, rest.substr(0, size));
    text = rest.substr(size + (braced ? 1 : 0));
  }
  return out;
}

bool match(const re2::RE2& regex, std::string_view text, std::vector<re2::StringPiece>& groups) {
  groups.resize(static_cast<size_t>(regex.NumberOfCapturingGroups()) + 1);
  return regex.Match(text, 0, text.size(), re2::RE2::ANCHOR_BOTH, groups.data(),
                     static_cast<int>(groups.size()));
}

bool needs_target(RelabelAction action) {
  switch (action) {
    case RelabelAction::kReplace:
    case RelabelAction::kHashMod:
    case RelabelAction::kLowercase:
    case RelabelAction::kUppercase:
    case RelabelAction::kKeepEqual:
    case RelabelAction::kDropEqual:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::optional<RelabelAction> parse_relabel_action(std::string_view name) {
  const std::string lower = fold(std::string(name), 'A', 'Z', 'a' - 'A');
  const auto found = std::ranges::find(kActions, std::string_view(lower), &ActionName::name);
  if (found == std::end(kActions)) return std::nullopt;
  return found->action;
}

Result<RelabelRule> RelabelRule::compile(RelabelConfig config) {
  if (needs_target(config.action) && config.target_label.empty()) {
    return fail(Code::kInvalidArgument, "this relabel action needs a target_label");
  }
  if (config.action == RelabelAction::kHashMod && config.modulus == 0) {
    return fail(Code::kInvalidArgument, "hashmod needs a modulus");
  }
  re2::RE2::Options options;
  options.set_dot_nl(true);
  options.set_log_errors(false);
  auto regex = std::make_shared<re2::RE2>(config.regex, options);
  if (!regex->ok()) {
    return fail(Code::kInvalidArgument,
                "bad regular expression \"" + config.regex + "\": " + regex->error());
  }
  RelabelRule rule;
  rule.config_ = std::move(config);
  rule.regex_ = std::move(regex);
  return rule;
}

void RelabelRule::replace(LabelSet& labels, const std::string& value) const {
  std::vector<re2::StringPiece> groups;
  if (!match(*regex_, value, groups)) return;
  const std::string target = expand(*regex_, groups, config_.target_label);
  if (target.empty()) return;
  labels.set(target, expand(*regex_, groups, config_.replacement));
}

void RelabelRule::map_names(LabelSet& labels) const {
  std::vector<re2::StringPiece> groups;
  for (const auto& [name, value] : std::vector<LabelSet::Pair>(labels.pairs())) {
    if (!match(*regex_, name, groups)) continue;
    const std::string mapped = expand(*regex_, groups, config_.replacement);
    if (!mapped.empty()) labels.set(mapped, value);
  }
}

bool RelabelRule::apply(LabelSet& labels) const {
  std::string value;
  for (size_t i = 0; i < config_.source_labels.size(); ++i) {
    if (i > 0) value += config_.separator;
    value += labels.get(config_.source_labels[i]);
  }
  const auto matches = [&](std::string_view text) {
    std::vector<re2::StringPiece> groups;
    return match(*regex_, text, groups);
  };
  switch (config_.action) {
    case RelabelAction::kReplace:
      replace(labels, value);
      return true;
    case RelabelAction::kKeep:
      return matches(value);
    case RelabelAction::kDrop:
      return !matches(value);
    case RelabelAction::kKeepEqual:
      return labels.get(config_.target_label) == value;
    case RelabelAction::kDropEqual:
      return labels.get(config_.target_label) != value;
    case RelabelAction::kHashMod:
      labels.set(config_.target_label, std::to_string(md5_tail(value) % config_.modulus));
      return true;
    case RelabelAction::kLabelMap:
      map_names(labels);
      return true;
    case RelabelAction::kLabelDrop:
      labels.remove_if(matches);
      return true;
    case RelabelAction::kLabelKeep:
      labels.remove_if([&](std::string_view name) { return !matches(name); });
      return true;
    case RelabelAction::kLowercase:
      labels.set(config_.target_label, fold(value, 'A', 'Z', 'a' - 'A'));
      return true;
    case RelabelAction::kUppercase:
      labels.set(config_.target_label, fold(value, 'a', 'z', 'A' - 'a'));
      return true;
  }
  return true;
}

bool relabel(std::span<const RelabelRule> rules, LabelSet& labels) {
  return std::ranges::all_of(rules, [&](const RelabelRule& rule) { return rule.apply(labels); });
}

}  // namespace tripod::scrape
