#include "pipeline/line/field_time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/time_text.h"

namespace tripod::pipeline {
namespace {

constexpr base::UnixNanos kYear1990 = 631'152'000 * base::kNanosPerSecond;

// Nanoseconds per unit of a number that means a time after 1973 and before the year 5138; 0 for
// anything else.
int64_t unit_of(double number) {
  if (!(number >= 1e8)) return 0;
  if (number < 1e11) return base::kNanosPerSecond;
  if (number < 1e14) return base::kNanosPerMilli;
  if (number < 1e17) return 1000;
  return number < 9e18 ? 1 : 0;
}

std::optional<base::UnixNanos> time_of_integer(int64_t number) {
  const int64_t unit = unit_of(static_cast<double>(number));
  base::UnixNanos out = 0;
  if (unit == 0 || __builtin_mul_overflow(number, unit, &out)) return std::nullopt;
  return out;
}

std::optional<base::UnixNanos> time_of_double(double number) {
  const int64_t unit = unit_of(number);
  if (unit == 0) return std::nullopt;
  // Whole and fraction apart: a double does not hold nanoseconds since 1970.
  const double whole = std::floor(number);
  const auto seconds = time_of_integer(static_cast<int64_t>(whole));
  if (!seconds) return std::nullopt;
  return *seconds + static_cast<int64_t>((number - whole) * static_cast<double>(unit));
}

std::optional<base::UnixNanos> time_of_digits(std::string_view text) {
  const auto end = text.end();
  int64_t integer = 0;
  if (std::from_chars(text.begin(), end, integer).ptr == end) return time_of_integer(integer);
  double number = 0;
  if (std::from_chars(text.begin(), end, number).ptr == end) return time_of_double(number);
  return std::nullopt;
}

}  // namespace

std::optional<base::UnixNanos> time_of_text(std::string_view text) {
  constexpr size_t kLongest = 48;
  if (text.empty() || text.size() > kLongest) return std::nullopt;
  const bool is_date = text.size() > 10 && text[4] == '-';
  if (!is_date) return time_of_digits(text);
  std::array<char, kLongest> plain;
  std::ranges::replace_copy(text, plain.begin(), ',', '.');
  const auto parsed = base::parse_rfc3339(std::string_view(plain.data(), text.size()));
  if (!parsed) return std::nullopt;
  return *parsed;
}

std::optional<base::UnixNanos> time_of_value(const model::Value& value) {
  switch (value.type()) {
    case model::ValueType::kString:
      return time_of_text(value.text());
    case model::ValueType::kInt64:
      return time_of_integer(value.as_int64());
    case model::ValueType::kFloat64:
      return time_of_double(value.as_float64());
    default:
      return std::nullopt;
  }
}

bool is_sane_time(base::UnixNanos time, const model::LogRecord& shipped) {
  const base::UnixNanos seen = shipped.observed_time != 0 ? shipped.observed_time : shipped.time;
  // The line's own time is all there is: it is believed or, later and by name, rejected.
  if (seen == 0) return true;
  return time >= kYear1990 && time - base::kNanosPerDay <= seen;
}

}  // namespace tripod::pipeline
