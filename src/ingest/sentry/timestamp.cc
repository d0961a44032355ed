#include "ingest/sentry/timestamp.h"

#include <charconv>
#include <cmath>

#include "base/time_text.h"

namespace tripod::ingest::sentry {
namespace {

// Nanoseconds since 1970 fit 64 bits until April 2262.
constexpr int64_t kMostSeconds = 9'223'372'035;

std::optional<base::UnixNanos> from_double(std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!(std::fabs(seconds) <= 9e9)) return std::nullopt;
  return std::llround(seconds * 1e9);
}

// A float holds unix seconds to a tenth of a microsecond only: the digits are read as digits.
std::optional<base::UnixNanos> from_decimal(std::string_view text) {
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || seconds > kMostSeconds || seconds < 0) return from_double(text);
  std::string_view rest(end, static_cast<size_t>(text.data() + text.size() - end));
  if (rest.empty()) return seconds * base::kNanosPerSecond;
  if (rest.front() != '.') return from_double(text);
  rest.remove_prefix(1);
  int64_t nanos = 0;
  int64_t scale = base::kNanosPerSecond / 10;
  for (const char c : rest) {
    if (c < '0' || c > '9') return from_double(text);
    nanos += (c - '0') * scale;
    scale /= 10;
  }
  return seconds * base::kNanosPerSecond + nanos;
}

}  // namespace

std::optional<base::UnixNanos> parse_timestamp(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text.find(':') == std::string_view::npos) return from_decimal(text);
  const auto parsed = base::parse_rfc3339(text);
  if (!parsed) return std::nullopt;
  return *parsed;
}

}  // namespace tripod::ingest::sentry
