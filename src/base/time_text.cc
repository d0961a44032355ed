#include "base/time_text.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <optional>

namespace tripod::base {
namespace {

using Int128 = __int128;

constexpr int64_t kSecondsPerDay = 86'400;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::unexpected<Error> bad(std::string_view what, std::string_view text) {
  // Query parameters are echoed in the error, cut so that a huge one stays readable.
  constexpr size_t kShown = 64;
  std::string message(what);
  message.append(": \"").append(text.substr(0, kShown));
  message.append(text.size() > kShown ? "…\"" : "\"");
  return fail(Code::kInvalidArgument, std::move(message));
}

// Reads characters off the front of a text.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}
  bool done() const { return rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  void skip(size_t n = 1) { rest_.remove_prefix(n); }
  bool take(char c) {
    if (peek() != c || rest_.empty()) return false;
    skip();
    return true;
  }
  // Exactly `count` digits.
  std::optional<int> digits(size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int value = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!is_digit(rest_[i])) return std::nullopt;
      value = value * 10 + (rest_[i] - '0');
    }
    skip(count);
    return value;
  }
  // One or more digits as a fraction of a second: nanoseconds, what is finer is dropped.
  std::optional<int64_t> fraction() {
    if (!is_digit(peek())) return std::nullopt;
    int64_t nanos = 0;
    int64_t weight = kNanosPerSecond / 10;
    for (; is_digit(peek()); skip()) {
      nanos += weight * (peek() - '0');
      weight /= 10;
    }
    return nanos;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

std::optional<UnixNanos> to_nanos(Int128 seconds, int64_t nanos) {
  const Int128 value = seconds * kNanosPerSecond + nanos;
  if (value < INT64_MIN || value > INT64_MAX) return std::nullopt;
  return static_cast<UnixNanos>(value);
}

// Days since 1970-01-01, nullopt where the calendar has no such day.
std::optional<int64_t> parse_date(Cursor& in) {
  const auto year = in.digits(4);
  if (!year || !in.take('-')) return std::nullopt;
  const auto month = in.digits(2);
  if (!month || !in.take('-')) return std::nullopt;
  const auto day = in.digits(2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

struct TimeOfDay {
  int64_t seconds;
  int64_t nanos;
};

std::optional<TimeOfDay> parse_time_of_day(Cursor& in) {
  const auto hour = in.digits(2);
  if (!hour || *hour > 23 || !in.take(':')) return std::nullopt;
  const auto minute = in.digits(2);
  if (!minute || *minute > 59 || !in.take(':')) return std::nullopt;
  const auto second = in.digits(2);
  if (!second || *second > 60) return std::nullopt;  // 60: a leap second, the next second for us
  int64_t nanos = 0;
  // ISO 8601 has the comma too, and Python's logging writes it.
  if (in.take('.') || in.take(',')) {
    const auto fraction = in.fraction();
    if (!fraction) return std::nullopt;
    nanos = *fraction;
  }
  return TimeOfDay{int64_t{*hour} * 3600 + int64_t{*minute} * 60 + *second, nanos};
}

// "Z", "+hh:mm", "+hhmm", "+hh" or nothing: seconds east of UTC.
std::optional<int64_t> parse_offset(Cursor& in) {
  if (in.done() || in.take('Z') || in.take('z')) return 0;
  const bool west = in.peek() == '-';
  if (!in.take('+') && !in.take('-')) return std::nullopt;
  const auto hours = in.digits(2);
  if (!hours || *hours > 23) return std::nullopt;
  int minutes = 0;
  if (!in.done()) {
    in.take(':');
    const auto got = in.digits(2);
    if (!got || *got > 59) return std::nullopt;
    minutes = *got;
  }
  const int64_t seconds = int64_t{*hours} * 3600 + int64_t{minutes} * 60;
  return west ? -seconds : seconds;
}

struct Unit {
  std::string_view name;
  int64_t nanos;
};

// In the order they may appear.
// https://prometheus.io/docs/prometheus/latest/querying/basics/#time-durations
constexpr Unit kUnits[] = {
    {"y", 365 * kNanosPerDay}, {"w", 7 * kNanosPerDay}, {"d", kNanosPerDay},   {"h", kNanosPerHour},
    {"m", kNanosPerMinute},    {"s", kNanosPerSecond},  {"ms", kNanosPerMilli}};

std::string_view take_while(std::string_view& text, bool (*matches)(char)) {
  size_t n = 0;
  while (n < text.size() && matches(text[n])) ++n;
  const std::string_view taken = text.substr(0, n);
  text.remove_prefix(n);
  return taken;
}

// "1700000000", "-1.5": exact to the nanosecond, unlike a double.
std::optional<UnixNanos> parse_decimal_seconds(std::string_view text) {
  Cursor in(text);
  const bool negative = in.take('-');
  if (!is_digit(in.peek())) return std::nullopt;
  Int128 seconds = 0;
  for (; is_digit(in.peek()); in.skip()) {
    seconds = seconds * 10 + (in.peek() - '0');
    if (seconds > INT64_MAX) return std::nullopt;
  }
  int64_t nanos = 0;
  if (in.take('.') && !in.done()) {
    const auto fraction = in.fraction();
    if (!fraction) return std::nullopt;
    nanos = *fraction;
  }
  if (!in.done()) return std::nullopt;
  return negative ? to_nanos(-seconds, -nanos) : to_nanos(seconds, nanos);
}

// "1.7e9": clients that print a double may choose an exponent.
std::optional<UnixNanos> parse_exponent_seconds(std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  const double nanos = seconds * 1e9;
  if (!(std::abs(nanos) < 9.2e18)) return std::nullopt;
  return static_cast<UnixNanos>(std::llround(nanos));
}

Result<UnixNanos> parse_relative(std::string_view text, UnixNanos now) {
  std::string_view rest = text.substr(3);
  if (rest.empty()) return now;
  const bool minus = rest.front() == '-';
  if (!minus && rest.front() != '+') return bad("not a time", text);
  const auto duration = parse_duration(rest.substr(1));
  if (!duration) return fail(duration.error());
  const Int128 at = minus ? Int128{now} - *duration : Int128{now} + *duration;
  if (at < INT64_MIN || at > INT64_MAX) return bad("time out of range", text);
  return static_cast<UnixNanos>(at);
}

}  // namespace

Result<UnixNanos> parse_rfc3339(std::string_view text) {
  Cursor in(text);
  const auto days = parse_date(in);
  if (!days || !(in.take('T') || in.take('t') || in.take(' '))) {
    return bad("not an RFC 3339 time", text);
  }
  const auto time = parse_time_of_day(in);
  if (!time) return bad("not an RFC 3339 time", text);
  const auto offset = parse_offset(in);
  if (!offset || !in.done()) return bad("not an RFC 3339 time", text);
  const auto nanos =
      to_nanos(Int128{*days} * kSecondsPerDay + time->seconds - *offset, time->nanos);
  if (!nanos) return bad("time out of range (1677-09-21 to 2262-04-11)", text);
  return *nanos;
}

std::string format_rfc3339(UnixNanos t) {
  int64_t seconds = t / kNanosPerSecond;
  int64_t nanos = t % kNanosPerSecond;
  if (nanos < 0) {
    nanos += kNanosPerSecond;
    --seconds;
  }
  const auto whole = std::chrono::sys_seconds(std::chrono::seconds(seconds));
  const auto day = std::chrono::floor<std::chrono::days>(whole);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(whole - day);
  char out[48];
  const int length = std::snprintf(
      out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02d.", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
      static_cast<int>(time.seconds().count()));
  std::string text(out, static_cast<size_t>(length));
  const bool micros = nanos % 1000 == 0;
  const int tail = micros ? std::snprintf(out, sizeof out, "%06dZ", static_cast<int>(nanos / 1000))
                          : std::snprintf(out, sizeof out, "%09dZ", static_cast<int>(nanos));
  return text.append(out, static_cast<size_t>(tail));
}

Result<int64_t> parse_duration(std::string_view text) {
  if (text == "0") return 0;
  if (text.empty()) return bad("empty duration", text);
  std::string_view rest = text;
  Int128 total = 0;
  size_t next_unit = 0;
  while (!rest.empty()) {
    const std::string_view number = take_while(rest, is_digit);
    const std::string_view unit = take_while(rest, [](char c) { return !is_digit(c); });
    int64_t count = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), count);
    if (number.empty() || error != std::errc())
      return bad("not a duration like 15s or 1h30m", text);
    size_t i = next_unit;
    while (i < std::size(kUnits) && kUnits[i].name != unit) ++i;
    if (i == std::size(kUnits)) {
      return bad("not a duration (units y w d h m s ms, each once, largest first)", text);
    }
    next_unit = i + 1;
    total += Int128{count} * kUnits[i].nanos;
    if (total > INT64_MAX) return bad("duration too long (292 years at most)", text);
  }
  return static_cast<int64_t>(total);
}

Result<UnixNanos> parse_instant(std::string_view text, UnixNanos now) {
  if (text.starts_with("now")) return parse_relative(text, now);
  if (const auto seconds = parse_decimal_seconds(text)) return *seconds;
  if (text.find_first_of("eE") != std::string_view::npos) {
    if (const auto seconds = parse_exponent_seconds(text)) return *seconds;
  }
  if (text.size() >= 10 && text[4] == '-') return parse_rfc3339(text);
  return bad("not a time (unix seconds, RFC 3339 or now-15m)", text);
}

}  // namespace tripod::base
