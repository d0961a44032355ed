#include "cli/storage_settings.h"

#include <charconv>
#include <tuple>
#include <utility>

#include "base/time_text.h"
#include "cli/settings.h"

namespace tripod::cli {

using base::Code;
using base::Result;

namespace {

constexpr std::string_view kForEver = "forever";
// Less would reject what senders hold back for a moment.
constexpr int64_t kLeastAge = base::kNanosPerHour;

std::unexpected<base::Error> bad(std::string_view name, std::string_view what) {
  return base::fail(Code::kInvalidArgument, std::string(name) + ": " + std::string(what));
}

Result<int64_t> parse_age(std::string_view name, const std::string& text) {
  if (text == kForEver) return INT64_MAX;
  auto age = base::parse_duration(text);
  if (!age) return bad(name, age.error().message);
  if (*age < kLeastAge) return bad(name, "at least 1h, or \"forever\"");
  return age;
}

Result<Retention> parse_retention(const TextOf& text, const std::string& name) {
  auto age = parse_age(name + "-age", text(name + "-age"));
  if (!age) return base::fail(std::move(age.error()));
  Retention out{*age, 0};
  const std::string& size = text(name + "-size");
  if (size.empty()) return out;
  auto bytes = parse_size(size);
  if (!bytes) return bad(name + "-size", bytes.error().message);
  if (*bytes == 0) return bad(name + "-size", "more than 0");
  out.bytes = *bytes;
  return out;
}

// Commas part them, but for those within braces and quotes.
std::vector<std::string_view> parted(std::string_view text) {
  std::vector<std::string_view> out;
  size_t from = 0;
  int depth = 0;
  char quote = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ',';
    if (i == text.size() || (c == ',' && depth == 0 && quote == 0)) {
      out.push_back(text.substr(from, i - from));
      from = i + 1;
    } else if (quote != 0) {
      if (c == '\\' && quote != '`' && i + 1 < text.size()) ++i;
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'' || c == '`') {
      quote = c;
    } else {
      depth += (c == '{') - (c == '}');
    }
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// `{job="batch"} 7d, up 30d`: the selectors are read by who knows PromQL.
Result<std::vector<SeriesRetention>> parse_series_retention(std::string_view name, std::string_view text) {
  std::vector<SeriesRetention> out;
  if (trimmed(text).empty()) return out;
  for (const std::string_view part : parted(text)) {
    const std::string_view rule = trimmed(part);
    const size_t space = rule.rfind(' ');
    if (space == std::string_view::npos) return bad(name, "a selector and an age: {job=\"batch\"} 7d");
    auto age = parse_age(name, std::string(rule.substr(space + 1)));
    if (!age) return base::fail(std::move(age.error()));
    out.push_back({std::string(trimmed(rule.substr(0, space))), *age});
  }
  return out;
}

}  // namespace

Result<RetentionSettings> retention_settings(const TextOf& text) {
  RetentionSettings out;
  for (auto [name, retention] : {std::pair{"retention-logs", &out.logs}, std::pair{"retention-spans", &out.spans},
                                 std::pair{"retention-errors", &out.errors}, std::pair{"retention-links", &out.links},
                                 std::pair{"retention-sessions", &out.sessions},
                                 std::pair{"retention-metrics", &out.metrics}}) {
    auto parsed = parse_retention(text, name);
    if (!parsed) return base::fail(std::move(parsed.error()));
    *retention = *parsed;
  }
  auto series = parse_series_retention("retention-metrics-series", text("retention-metrics-series"));
  if (!series) return base::fail(std::move(series.error()));
  out.series = std::move(*series);
  return out;
}

Result<SeriesSettings> series_settings(const TextOf& text, uint64_t memory) {
  // An active series with its labels takes about half of this (docs/performance.md).
  constexpr uint64_t kMemoryPerSeries = 2048;
  const uint64_t that_fit = memory / kMemoryPerSeries;
  SeriesSettings out{that_fit, that_fit / 2, that_fit / 2};
  for (auto [name, limit] : {std::pair{"series-limit", &out.in_all}, std::pair{"series-limit-per-job", &out.per_job},
                             std::pair{"series-limit-per-metric", &out.per_metric}}) {
    const std::string& said = text(name);
    if (said == "auto") continue;
    *limit = 0;
    if (said == "off") continue;
    const char* end = said.data() + said.size();
    const auto [at, error] = std::from_chars(said.data(), end, *limit);
    if (error != std::errc() || at != end || *limit == 0) return bad(name, "a number above 0, auto or off");
  }
  return out;
}

Result<AttachmentSettings> attachment_settings(const TextOf& text) {
  auto kept = parse_retention(text, "attachments");
  if (!kept) return base::fail(std::move(kept.error()));
  auto most = parse_size(text("attachments-each"));
  if (!most) return bad("attachments-each", most.error().message);
  if (kept->bytes == 0) return bad("attachments-size", "a size");
  return AttachmentSettings{*most, *kept};
}

Result<SamplingSettings> sampling_settings(const TextOf& text, uint64_t memory) {
  SamplingSettings out;
  const std::string& mode = text("sampling");
  if (mode != "on" && mode != "off") return bad("sampling", "must be on or off");
  out.is_on = mode == "on";
  const std::string& share = text("sampling-percentage");
  const auto [at, error] = std::from_chars(share.data(), share.data() + share.size(), out.percentage);
  if (error != std::errc() || at != share.data() + share.size() || !(out.percentage >= 0 && out.percentage <= 100)) {
    return bad("sampling-percentage", "a number from 0 to 100");
  }
  for (auto [name, to, least] : {std::tuple{"sampling-slow", &out.slow, int64_t{1}}, std::tuple{"sampling-window-age", &out.window.age, 2 * base::kNanosPerMinute}}) {
    auto parsed = base::parse_duration(text(name));
    if (!parsed) return bad(name, parsed.error().message);
    if (*parsed < least) return bad(name, least == 1 ? "more than 0" : "at least 2m");
    *to = *parsed;
  }
  out.policies = text("sampling-policies");
  out.most_bytes = memory / 4;
  for (auto [name, to, least] : {std::tuple{"sampling-memory", &out.most_bytes, uint64_t{1} << 20}, std::tuple{"sampling-window-size", &out.window.bytes, uint64_t{16} << 20}}) {
    if (text(name) == "auto" && to == &out.most_bytes) continue;
    auto parsed = parse_size(text(name));
    if (!parsed) return bad(name, parsed.error().message);
    if (*parsed < least) return bad(name, "at least " + std::to_string(least >> 20) + "MiB");
    *to = *parsed;
  }
  return out;
}

Result<DiskSettings> disk_settings(const TextOf& text) {
  DiskSettings out;
  const std::string& low = text("disk-low-water");
  if (low.ends_with('%')) {
    double percent = 0;
    const char* end = low.data() + low.size() - 1;
    const auto [at, error] = std::from_chars(low.data(), end, percent);
    if (error != std::errc() || at != end || !(percent >= 0 && percent < 100)) {
      return bad("disk-low-water", "a size, or a share between 0% and 100%");
    }
    out.low_water_share = percent / 100;
  } else {
    auto bytes = parse_size(low);
    if (!bytes) return bad("disk-low-water", bytes.error().message);
    out.low_water_bytes = *bytes;
  }
  const std::string& when = text("disk-when-low");
  if (when != "refuse" && when != "drop_oldest") return bad("disk-when-low", "must be refuse or drop_oldest");
  out.when_low = when == "refuse" ? DiskSettings::WhenLow::kRefuse : DiskSettings::WhenLow::kDropOldest;
  return out;
}

}  // namespace tripod::cli
