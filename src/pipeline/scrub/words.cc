#include "pipeline/scrub/words.h"

#include <algorithm>
#include <array>

namespace tripod::pipeline::scrub {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

std::vector<std::string> lowered(std::vector<std::string> words) {
  for (std::string& word : words) std::transform(word.begin(), word.end(), word.begin(), lower);
  std::erase_if(words, [](const std::string& word) { return word.empty(); });
  return words;
}

enum class Bounds : uint8_t { kNone, kLeft, kBoth };

struct Word {
  std::string_view text;
  Strength strength;
  Bounds bounds = Bounds::kNone;
};

// "_" stands for "_", "-" or nothing.
constexpr std::array<Word, 25> kWords = {{
    {"password", Strength::kStrong},
    {"passwd", Strength::kStrong},
    {"passphrase", Strength::kStrong},
    {"passcode", Strength::kStrong},
    {"pwd", Strength::kStrong, Bounds::kBoth},
    {"private_key", Strength::kStrong},
    {"secret", Strength::kStrong},
    {"sessionid", Strength::kStrong},
    {"session_key", Strength::kStrong},
    {"session", Strength::kCookie, Bounds::kBoth},
    {"ssn", Strength::kStrong, Bounds::kBoth},
    {"signature", Strength::kParameter, Bounds::kBoth},
    {"sig", Strength::kParameter, Bounds::kBoth},
    {"api_key", Strength::kStrong},
    {"auth", Strength::kWeak},
    {"credential", Strength::kWeak},
    {"credit_card", Strength::kStrong},
    {"card_number", Strength::kStrong},
    {"csrf", Strength::kWeak},
    {"xsrf", Strength::kWeak},
    {"cvv", Strength::kStrong, Bounds::kLeft},
    {"cvc", Strength::kStrong, Bounds::kLeft},
    {"token", Strength::kWeak},
    {"otp", Strength::kWeak, Bounds::kBoth},
    {"two_factor", Strength::kWeak},
}};

// Whether a word starts at `at`: nothing alphanumeric before it, or a camelCase hump.
bool bounded_left(std::string_view text, size_t at) {
  if (at == 0) return true;
  const char before = text[at - 1];
  if (!is_letter(before) && !is_digit(before)) return true;
  return is_upper(text[at]) && !is_upper(before);
}

bool bounded_right(std::string_view text, size_t end) {
  if (end >= text.size() || !is_letter(text[end])) return true;
  return is_upper(text[end]) && !is_upper(text[end - 1]);
}

// Length of the text that spells `word` at `at`, or 0.
size_t spelled(std::string_view text, size_t at, std::string_view word) {
  size_t i = at;
  for (const char w : word) {
    if (w == '_') {
      if (i < text.size() && (text[i] == '_' || text[i] == '-')) ++i;
      continue;
    }
    if (i >= text.size() || lower(text[i]) != w) return 0;
    ++i;
  }
  return i - at;
}

bool starts(std::string_view text, size_t at, std::string_view prefix) {
  return same_ignoring_case(text.substr(std::min(at, text.size()), prefix.size()), prefix);
}

// Everyday words that only begin like a sensitive one.
bool is_harmless(std::string_view text, std::string_view word, size_t end) {
  if (word == "auth") {  // author, authority; not authorize, authorization
    return starts(text, end, "or") && !starts(text, end, "oriz") && !starts(text, end, "oris");
  }
  if (word == "secret") return starts(text, end, "ar") || starts(text, end, "ly");
  if (word == "token") return starts(text, end, "iz") || starts(text, end, "is");
  return false;
}

// "otp" within "totp" and "hotp", not within "hotpath".
bool otp_bounded(std::string_view text, size_t at) {
  if (bounded_left(text, at)) return true;
  const char before = lower(text[at - 1]);
  return (before == 't' || before == 'h') && bounded_left(text, at - 1);
}

bool within_bounds(std::string_view text, size_t at, size_t end, const Word& word) {
  if (word.bounds == Bounds::kNone) return true;
  const bool left = word.text == "otp" ? otp_bounded(text, at) : bounded_left(text, at);
  if (!left || (word.bounds == Bounds::kBoth && !bounded_right(text, end))) return false;
  if (word.text == "cvv" || word.text == "cvc") return bounded_right(text, end);
  // PWD and OLDPWD are the shell's working directories.
  return word.text != "pwd" || text.substr(at, 3) != "PWD" || (at > 0 && text[at - 1] == '_');
}

}  // namespace

bool same_ignoring_case(std::string_view text, std::string_view lower_text) {
  return text.size() == lower_text.size() &&
         std::equal(text.begin(), text.end(), lower_text.begin(),
                    [](char a, char b) { return lower(a) == b; });
}

bool is_word_char(char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; }

Words::Words(std::vector<std::string> extra, std::vector<std::string> safe)
    : extra_(lowered(std::move(extra))), safe_(lowered(std::move(safe))), triggers_(extra_) {}

std::optional<WordMatch> Words::match(std::string_view text, size_t at) const {
  const char first = lower(text[at]);
  for (const Word& word : kWords) {
    if (word.text.front() != first) continue;
    const size_t length = spelled(text, at, word.text);
    const size_t end = at + length;
    if (length == 0 || is_harmless(text, word.text, end) || !within_bounds(text, at, end, word))
      continue;
    WordMatch match{end, word.strength, false, false};
    match.plural_tokens =
        word.text == "token" && starts(text, end, "s") && bounded_right(text, end + 1);
    match.authorization =
        word.text == "auth" && (starts(text, end, "oriz") || starts(text, end, "oris"));
    // access_token, sessionToken: no word of prose.
    const bool compound = word.text == "token" && at > 0 &&
                          (text[at - 1] == '_' || text[at - 1] == '-' || is_letter(text[at - 1]));
    if (match.authorization || compound) match.strength = Strength::kStrong;
    return match;
  }
  for (const std::string& word : extra_) {
    if (word.front() == first && starts(text, at, word))
      return WordMatch{at + word.size(), Strength::kStrong, false, false};
  }
  return std::nullopt;
}

std::optional<WordMatch> Words::match_name(std::string_view name, bool cookie) const {
  std::optional<WordMatch> best;
  for (size_t at = triggers_.next(name, 0); at != std::string_view::npos;
       at = triggers_.next(name, at + 1)) {
    const auto found = match(name, at);
    if (!found || found->strength == Strength::kParameter) continue;
    if (found->strength == Strength::kCookie) {
      if (!cookie || at != 0 || found->end != name.size()) continue;
    }
    if (!best || found->strength == Strength::kStrong) best = found;
    if (best->strength == Strength::kStrong) break;
  }
  if (best && !safe_.empty()) {
    for (const std::string& safe : safe_) {
      if (same_ignoring_case(name, safe)) return std::nullopt;
    }
  }
  return best;
}

}  // namespace tripod::pipeline::scrub
