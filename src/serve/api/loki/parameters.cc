#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "query/logql/go_text.h"
#include "query/logql/parser.h"
#include "serve/api/bounds.h"
#include "serve/api/loki/endpoints.h"
#include "serve/api/request_range.h"

namespace tripod::serve::loki {

using base::Code;
using base::Result;

Result<base::UnixNanos> instant(std::string_view text, base::UnixNanos now) {
  int64_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  constexpr int64_t kLeastNanos = 1'000'000'000'000;   // below: seconds
  if (ec == std::errc() && end == text.data() + text.size() && value >= kLeastNanos) return value;
  return base::parse_instant(text, now);
}

Result<store::TimeRange> time_range(const Api& api, const HttpRequest& request) {
  const base::UnixNanos now = api.clock.now();
  store::TimeRange range{.start = now - base::kNanosPerHour, .end = now + 1};
  if (const auto text = request.parameter("end"); !text.empty()) {
    const auto end = instant(text, now);
    if (!end) return base::fail(Code::kInvalidArgument, "end: " + end.error().message);
    range.end = *end;
    range.start = saturating_minus(range.end, base::kNanosPerHour);
  }
  if (const auto text = request.parameter("since"); !text.empty()) {
    const auto since = base::parse_duration(text);
    if (!since) return base::fail(Code::kInvalidArgument, "since: " + since.error().message);
    range.start = saturating_minus(range.end, *since);
  }
  if (const auto text = request.parameter("start"); !text.empty()) {
    const auto start = instant(text, now);
    if (!start) return base::fail(Code::kInvalidArgument, "start: " + start.error().message);
    range.start = *start;
  }
  if (range.end < range.start) return base::fail(Code::kInvalidArgument, "end timestamp must not be before or equal to start time");
  return bounded(range);
}

Result<int64_t> duration(std::string_view name, std::string_view text) {
  const auto bad = [&] {
    return base::fail(Code::kInvalidArgument, std::string(name) + ": cannot parse \"" + std::string(text) + "\" to a valid duration");
  };
  constexpr double kMostSeconds = 1e9;
  if (const auto seconds = query::logql::parse_go_float(text)) {
    if (!(*seconds > 0) || *seconds > kMostSeconds) return bad();
    return static_cast<int64_t>(std::llround(*seconds * 1e9));
  }
  const auto nanos = query::logql::parse_query_duration(text);
  if (!nanos || *nanos <= 0 || *nanos > static_cast<int64_t>(kMostSeconds) * base::kNanosPerSecond) return bad();
  return *nanos;
}

Result<int64_t> step(const HttpRequest& request, store::TimeRange range) {
  if (const auto text = request.parameter("step"); !text.empty()) return duration("step", text);
  const int64_t seconds = (range.end - range.start) / base::kNanosPerSecond / 250;
  return std::max<int64_t>(seconds, 1) * base::kNanosPerSecond;
}

Result<std::vector<query::logql::Matcher>> selector(const HttpRequest& request) {
  auto matchers = query::logql::parse_selector(request.parameter("query"));
  if (!matchers) matchers.error().code = Code::kInvalidArgument;
  return matchers;
}

// What LogQL has and we do not is the caller's mistake like any other text that cannot be read.
Result<query::logql::ExprPtr> expression(const HttpRequest& request) {
  auto expr = query::logql::parse(request.parameter("query"));
  if (!expr) expr.error().code = Code::kInvalidArgument;
  return expr;
}

query::logql::LabelStyle label_style(const HttpRequest& request) {
  const auto flags = words(request.header("X-Loki-Response-Encoding-Flags"));
  const bool categorized = std::ranges::find(flags, "categorize-labels") != flags.end();
  return categorized ? query::logql::LabelStyle::kCategorized : query::logql::LabelStyle::kMerged;
}

Result<query::logql::StreamQuestion> stream_question(const Api& api, const HttpRequest& request) {
  const auto range = time_range(api, request);
  if (!range) return base::fail(range.error());
  auto matchers = selector(request);
  if (!matchers) return base::fail(std::move(matchers.error()));
  return query::logql::StreamQuestion{std::move(*matchers), *range, {}, 0, query_bounds(api.clock, request)};
}

HttpResponse list_answer(const std::vector<std::string>& texts) {
  std::string body;
  base::JsonWriter w(body);
  w.begin_object().field("status", "success").key("data").begin_array();
  for (const std::string& text : texts) w.string(text);
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    std::string_view word = text.substr(0, end);
    while (word.starts_with(' ')) word.remove_prefix(1);
    while (word.ends_with(' ')) word.remove_suffix(1);
    if (!word.empty()) out.emplace_back(word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace tripod::serve::loki
