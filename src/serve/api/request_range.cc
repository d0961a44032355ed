#include "serve/api/request_range.h"

#include <algorithm>
#include <charconv>

#include "base/time_text.h"

namespace tripod::serve {

using base::Code;
using base::Result;

int64_t saturating_minus(int64_t a, int64_t b) {
  int64_t out = 0;
  if (!__builtin_sub_overflow(a, b, &out)) return out;
  return b > 0 ? INT64_MIN : INT64_MAX;
}

store::TimeRange bounded(store::TimeRange range) {
  constexpr base::UnixNanos kMost = INT64_MAX / 2;
  return {std::clamp<base::UnixNanos>(range.start, 0, kMost), std::clamp<base::UnixNanos>(range.end, 0, kMost)};
}

Result<store::TimeRange> time_range_of(const HttpRequest& request, base::UnixNanos now, int64_t default_range) {
  store::TimeRange range{.start = 0, .end = now + 1};
  if (std::string_view text = request.parameter("end"); !text.empty()) {
    auto end = base::parse_instant(text, now);
    if (!end) return base::fail(Code::kInvalidArgument, "end: " + end.error().message);
    range.end = *end;
  }
  range.start = saturating_minus(range.end, default_range);
  if (std::string_view text = request.parameter("start"); !text.empty()) {
    auto start = base::parse_instant(text, now);
    if (!start) return base::fail(Code::kInvalidArgument, "start: " + start.error().message);
    range.start = *start;
  }
  if (range.start > range.end) return base::fail(Code::kInvalidArgument, "start is after end");
  return bounded(range);
}

Result<int64_t> int_parameter(const HttpRequest& request, std::string_view name, int64_t fallback, int64_t least, int64_t most) {
  const std::string_view text = request.parameter(name);
  if (text.empty()) return fallback;
  int64_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size() || value < least || value > most) {
    return base::fail(Code::kInvalidArgument, std::string(name) + " must be a whole number between " + std::to_string(least) +
                                                  " and " + std::to_string(most));
  }
  return value;
}

}  // namespace tripod::serve
