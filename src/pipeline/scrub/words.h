// The words that make a name sensitive. docs/scrubbing.md has the list in full.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/scrub/trigger.h"

namespace tripod::pipeline::scrub {

// How sure the word makes us that what follows it in running text is a secret.
enum class Strength : uint8_t {
  kStrong,     // password, api_key, credit_card …
  kWeak,       // auth, token …: also words of prose; after ":" the value must look like a secret
  kCookie,     // session: only as the name of a cookie
  kParameter,  // sig, signature: only as the name of a URL parameter
};

struct WordMatch {
  size_t end = 0;  // after the word
  Strength strength = Strength::kStrong;
  bool plural_tokens = false;  // "tokens": numbers under it are counts
  bool authorization = false;  // an Authorization header: its value has several words
};

// Thread-safe after construction.
class Words {
 public:
  // `extra`: sensitive besides the built-in ones, as substrings of names. `safe`: names that are
  // never sensitive (whole names, any case).
  Words(std::vector<std::string> extra, std::vector<std::string> safe);

  // The word that starts at `at`, if one does.
  std::optional<WordMatch> match(std::string_view text, size_t at) const;

  // The strongest word in the name of an attribute, a JSON member, a tag. nullopt: nothing
  // sensitive, or a safe name. kParameter words and (unless `cookie`) kCookie words do not count;
  // "session" counts as a whole name only.
  std::optional<WordMatch> match_name(std::string_view name, bool cookie = false) const;

  const TriggerScan& triggers() const { return triggers_; }

 private:
  const std::vector<std::string> extra_;  // lower case
  const std::vector<std::string> safe_;   // lower case
  const TriggerScan triggers_;
};

bool same_ignoring_case(std::string_view text, std::string_view lower);
bool is_word_char(char c);  // letters, digits, _ and -

}  // namespace tripod::pipeline::scrub
