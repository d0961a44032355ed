#include "base/time_zone.h"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <optional>
#include <string_view>
#include <utility>

namespace tripod::base {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "+02:00", "-0530", "+02": seconds east of UTC.
std::optional<int> parse_offset(std::string_view text) {
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int sign = text[0] == '-' ? -1 : 1;
  int value = 0;
  size_t digits = 0;
  for (char c : text.substr(1)) {
    if (c == ':' && digits == 2) continue;
    if (!is_digit(c) || ++digits > 4) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  if (digits != 2 && digits != 4) return std::nullopt;
  if (digits == 2) value *= 100;
  const int hours = value / 100;
  const int minutes = value % 100;
  if (hours > 14 || minutes > 59) return std::nullopt;
  return sign * (hours * 3600 + minutes * 60);
}

// The library would open any file by its path, and this name may come from outside.
bool is_zone_name(std::string_view name) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
  return !name.empty() && name.size() < 64 && name[0] != '/' &&
         name.find_first_not_of(kAllowed) == name.npos;
}

// Whole seconds, rounded down, and the rest.
std::pair<int64_t, int64_t> parts_of(UnixNanos time) {
  const int64_t rest = time % kNanosPerSecond;
  const int64_t below = rest < 0 ? 1 : 0;
  return {time / kNanosPerSecond - below, rest + below * kNanosPerSecond};
}

}  // namespace

struct TimeZone::Rules {
  absl::TimeZone zone;
};

Result<TimeZone> TimeZone::parse(const std::string& name) {
  TimeZone out;
  if (name == "UTC" || name == "Z") return out;
  absl::TimeZone zone;
  if (const auto seconds = parse_offset(name)) {
    zone = absl::FixedTimeZone(*seconds);
  } else if (!is_zone_name(name) ||
             !absl::LoadTimeZone(absl::string_view(name.data(), name.size()), &zone)) {
    return fail(Code::kInvalidArgument,
                      "unknown time zone \"" + name + "\": UTC, +02:00 or Europe/Berlin are known");
  }
  out.rules_ = std::make_shared<const Rules>(Rules{zone});
  return out;
}

UnixNanos TimeZone::to_utc(UnixNanos local) const {
  if (rules_ == nullptr) return local;
  const auto [seconds, nanos] = parts_of(local);
  const absl::CivilSecond reading =
      absl::ToCivilSecond(absl::FromUnixSeconds(seconds), absl::UTCTimeZone());
  return absl::ToUnixSeconds(rules_->zone.At(reading).pre) * kNanosPerSecond + nanos;
}

UnixNanos TimeZone::to_local(UnixNanos utc) const {
  if (rules_ == nullptr) return utc;
  return utc + rules_->zone.At(absl::FromUnixSeconds(parts_of(utc).first)).offset * kNanosPerSecond;
}

}  // namespace tripod::base
