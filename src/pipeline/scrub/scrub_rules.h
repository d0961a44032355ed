// What people want hidden besides what always is: by the name of a member or attribute, or by where it stands. docs/scrubbing.md
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pipeline/group/glob.h"

namespace re2 {
class RE2;
}

namespace tripod::pipeline::scrub {

enum class ScrubAction : uint8_t {
  kRemove,  // "[Filtered]" takes the place of the value
  kMask,    // every letter and digit becomes "*"
  kHash,    // "sha256:" and 16 hexadecimal digits of an HMAC: equal values stay equal
};

struct ScrubRule {
  std::string text;  // as written
  ScrubAction action = ScrubAction::kRemove;
  std::optional<group::Glob> key;          // of a name, in any case
  std::shared_ptr<const re2::RE2> path;    // of names joined by dots: request.data.phone
};

// Immutable once made; thread-safe.
class ScrubRules {
 public:
  ScrubRules() = default;
  // One rule a line: remove|mask|hash, then key:GLOB or path:REGEX. `hash_key` is what hashes are keyed with. kInvalidArgument: "line 3, column 14: …".
  static base::Result<ScrubRules> parse(std::string_view text, std::string_view hash_key);

  // The first rule for a value; nullptr: none. `path` ends with `name`.
  const ScrubRule* match(std::string_view name, std::string_view path) const;
  bool empty() const { return rules_.empty(); }
  void append(const ScrubRules& more) { rules_.insert(rules_.end(), more.rules_.begin(), more.rules_.end()); }
  // What takes the place of a value.
  std::string hide(const ScrubRule& rule, std::string_view value) const;

 private:
  std::vector<ScrubRule> rules_;
  std::string hash_key_;
};

}  // namespace tripod::pipeline::scrub
