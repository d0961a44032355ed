#include "cli/storage_settings.h"

#include <charconv>
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

}  // namespace

Result<RetentionSettings> retention_settings(const TextOf& text) {
  RetentionSettings out;
  for (auto [name, retention] : {std::pair{"retention-logs", &out.logs}, std::pair{"retention-spans", &out.spans},
                                 std::pair{"retention-errors", &out.errors}, std::pair{"retention-links", &out.links},
                                 std::pair{"retention-metrics", &out.metrics}}) {
    auto parsed = parse_retention(text, name);
    if (!parsed) return base::fail(std::move(parsed.error()));
    *retention = *parsed;
  }
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
