#include "model/release_order.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tripod::model {

namespace {

constexpr size_t kMostDigits = 18;

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_identifiers(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
  });
}

// The text up to `mark`, which is taken out with it.
std::string_view cut(std::string_view& text, char mark) {
  const size_t at = text.find(mark);
  const std::string_view out = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return out;
}

// "1.2", "1.2.3" or "1.2.3.4".
bool read_numbers(std::string_view text, SemanticVersion& version) {
  const std::array<uint64_t*, 4> parts = {&version.major, &version.minor, &version.patch, &version.revision};
  if (text.empty() || text.back() == '.' || text.find('.') == std::string_view::npos) return false;
  for (uint64_t* part : parts) {
    if (text.empty()) return true;
    const std::string_view digits = cut(text, '.');
    if (!is_digits(digits) || digits.size() > kMostDigits) return false;
    std::from_chars(digits.data(), digits.data() + digits.size(), *part);
  }
  return text.empty();
}

std::strong_ordering compare_digits(std::string_view a, std::string_view b) {
  a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
  b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
  if (a.size() != b.size()) return a.size() <=> b.size();
  return a <=> b;
}

// semver.org, 11.4: numbers by value and before texts, more parts after fewer.
std::strong_ordering compare_pre(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.empty() <=> b.empty();   // none is later than any
  while (!a.empty() && !b.empty()) {
    const std::string_view left = cut(a, '.');
    const std::string_view right = cut(b, '.');
    const bool left_number = is_digits(left);
    const bool right_number = is_digits(right);
    if (left_number != right_number) return left_number ? std::strong_ordering::less : std::strong_ordering::greater;
    const auto order = left_number ? compare_digits(left, right) : left <=> right;
    if (order != std::strong_ordering::equal) return order;
  }
  return a.size() <=> b.size();
}

}  // namespace

std::optional<SemanticVersion> SemanticVersion::parse(std::string_view release) {
  SemanticVersion out;
  if (const size_t at = release.rfind('@'); at != std::string_view::npos) {
    out.package = release.substr(0, at);
    release.remove_prefix(at + 1);
  }
  if (release.starts_with('v') || release.starts_with('V')) release.remove_prefix(1);
  if (const size_t plus = release.find('+'); plus != std::string_view::npos) {
    out.build = release.substr(plus + 1);
    if (!is_identifiers(out.build)) return std::nullopt;
    release = release.substr(0, plus);
  }
  if (const size_t dash = release.find('-'); dash != std::string_view::npos) {
    out.pre = release.substr(dash + 1);
    if (!is_identifiers(out.pre)) return std::nullopt;
    release = release.substr(0, dash);
  }
  if (!read_numbers(release, out)) return std::nullopt;
  return out;
}

std::strong_ordering operator<=>(const SemanticVersion& a, const SemanticVersion& b) {
  if (const auto c = a.major <=> b.major; c != 0) return c;
  if (const auto c = a.minor <=> b.minor; c != 0) return c;
  if (const auto c = a.patch <=> b.patch; c != 0) return c;
  if (const auto c = a.revision <=> b.revision; c != 0) return c;
  if (const auto c = compare_pre(a.pre, b.pre); c != 0) return c;
  const bool a_counts = is_digits(a.build);
  const bool b_counts = is_digits(b.build);
  if (a_counts && b_counts) return compare_digits(a.build, b.build);
  return a_counts <=> b_counts;
}

bool operator==(const SemanticVersion& a, const SemanticVersion& b) { return (a <=> b) == std::strong_ordering::equal; }

bool follows_semver(std::span<const std::string_view> newest_first) {
  constexpr size_t kLatest = 3;
  constexpr size_t kEnoughOfTen = 3;
  newest_first = newest_first.first(std::min(newest_first.size(), kReleasesThatTell));
  size_t all = 0;
  size_t latest = 0;
  for (size_t i = 0; i < newest_first.size(); ++i) {
    if (!SemanticVersion::parse(newest_first[i])) continue;
    ++all;
    if (i < kLatest) ++latest;
  }
  if (newest_first.size() < kReleasesThatTell) return latest > 0;
  return latest > 0 && all >= kEnoughOfTen;
}

std::strong_ordering compare_releases(const SeenRelease& a, const SeenRelease& b, bool by_semver) {
  if (a.version == b.version) return std::strong_ordering::equal;
  if (by_semver) {
    const auto left = SemanticVersion::parse(a.version);
    const auto right = SemanticVersion::parse(b.version);
    if (left && right && *left != *right) return *left <=> *right;
  }
  if (a.first_seen != b.first_seen) return a.first_seen <=> b.first_seen;
  return a.order <=> b.order;
}

}  // namespace tripod::model
