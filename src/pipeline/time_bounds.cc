#include "pipeline/time_bounds.h"

#include <algorithm>

#include "base/time_text.h"

namespace tripod::pipeline {

namespace {

class Bounds {
 public:
  Bounds(model::Batch& batch, base::UnixNanos oldest, base::UnixNanos newest)
      : batch_(batch), oldest_(std::max<base::UnixNanos>(oldest, 0)), newest_(newest) {}

  bool fits(base::UnixNanos time) const { return time >= oldest_ && time <= newest_; }
  std::string_view reason(base::UnixNanos time) const { return time < oldest_ ? kTimestampTooOld : kTimestampTooNew; }
  bool allow(base::UnixNanos time, std::string_view what) {
    if (fits(time)) [[likely]] return true;
    const bool old = time < oldest_;
    batch_.reject(reason(time),
                  std::string(what) + " at " + base::format_rfc3339(time) + (old ? " is before " : " is after ") +
                      base::format_rfc3339(old ? oldest_ : newest_));
    return false;
  }

 private:
  model::Batch& batch_;
  const base::UnixNanos oldest_;
  const base::UnixNanos newest_;
};

// Times that no nanoseconds hold are told as the last one that they do.
base::UnixNanos to_nanos(int64_t ms) {
  constexpr int64_t kMostMs = INT64_MAX / base::kNanosPerMilli;
  return std::clamp(ms, -kMostMs, kMostMs) * base::kNanosPerMilli;
}

}  // namespace

void keep_within(model::Batch& batch, base::UnixNanos now, const TimeBounds& limits) {
  const base::UnixNanos newest = now + limits.newest;
  Bounds log_bounds(batch, now - limits.oldest_log, newest);
  Bounds span_bounds(batch, now - limits.oldest_span, newest);
  for (model::LogRecord& log : batch.logs) {
    if (log.observed_time == 0) log.observed_time = now;
    if (log.time == 0) log.time = log.observed_time;
  }
  std::erase_if(batch.logs, [&](const model::LogRecord& log) {
    if (log_bounds.allow(log.time, "log record")) [[likely]] return false;
    // Each record is looked at once and before anything moves to its place: this is where it was.
    batch.left_out_logs.push_back({.position = static_cast<uint32_t>(&log - batch.logs.data()), .reason = log_bounds.reason(log.time), .time = log.time});
    return true;
  });
  std::erase_if(batch.spans, [&](const model::Span& span) {
    if (span.end_time < span.start_time) {
      batch.reject("negative_duration", "span " + span.span_id.hex() + " ends before it starts");
      return true;
    }
    if (span_bounds.fits(span.start_time) && span_bounds.fits(span.end_time)) [[likely]] return false;
    const std::string what = "span " + span.span_id.hex();
    return !span_bounds.allow(span.start_time, what) || !span_bounds.allow(span.end_time, "end of " + what);
  });
  for (model::SeriesSamples& series : batch.series) {
    const auto too_new = std::ranges::find_if(series.samples, [&](const model::Sample& s) {
      return s.time_ms > newest / base::kNanosPerMilli;
    });
    if (too_new == series.samples.end()) continue;
    const auto left = static_cast<size_t>(too_new - series.samples.begin());
    batch.reject("timestamp_too_new", "sample at " + base::format_rfc3339(to_nanos(too_new->time_ms)),
                 series.samples.size() - left);
    series.samples = series.samples.first(left);
  }
  std::erase_if(batch.series, [](const model::SeriesSamples& s) { return s.samples.empty(); });
}

}  // namespace tripod::pipeline
