// Which of two releases of a project is the later one: by semantic version where the project follows it, otherwise by when they were
// first seen. https://docs.sentry.io/product/releases/naming-releases/ https://semver.org/
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.h"

namespace tripod::model {

// "package@1.2.3-beta.1+45", where package and the rest after the version are optional, as are minor, patch and a fourth number.
// Points into the text it was read from.
struct SemanticVersion {
  std::string_view package;
  uint64_t major = 0, minor = 0, patch = 0, revision = 0;
  std::string_view pre;     // "beta.1"; empty: none
  std::string_view build;   // "45"; empty: none

  // nullopt: no semantic version. A number alone ("7") or of more than 18 digits is none, nor is a commit's hash.
  static std::optional<SemanticVersion> parse(std::string_view release);
};

// Precedence as semver has it, without regard to the package; of equal ones that with the higher numeric build is the
// later, after those without one.
std::strong_ordering operator<=>(const SemanticVersion& a, const SemanticVersion& b);
bool operator==(const SemanticVersion& a, const SemanticVersion& b);

// Sentry's rule over the newest releases, newest first, of which ten count: of one or two any has a semantic version; of more one of
// the last three has, and of ten at least three.
inline constexpr size_t kReleasesThatTell = 10;
bool follows_semver(std::span<const std::string_view> newest_first);

// A release and when it was first seen; `order` tells apart those of one instant.
struct SeenRelease {
  std::string_view version;
  base::UnixNanos first_seen = 0;
  int64_t order = 0;
};

// Where one of the two has no semantic version, or both have equal ones, first sight decides. Equal text is the same release.
std::strong_ordering compare_releases(const SeenRelease& a, const SeenRelease& b, bool by_semver);

}  // namespace tripod::model
