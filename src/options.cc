#include "options.h"

#include <algorithm>

#include "query/promql/parser.h"

namespace tripod {

using base::Result;

store::Retention retention_of(const cli::Retention& setting) { return {.age = setting.age, .bytes = setting.bytes}; }

store::SeriesLimits series_limits_of(const cli::SeriesSettings& series) {
  return {.in_all = series.in_all, .per_metric = series.per_metric, .per_job = series.per_job};
}

Result<std::vector<store::MetricRetentionRule>> series_retention_of(const std::vector<cli::SeriesRetention>& settings) {
  std::vector<store::MetricRetentionRule> out;
  for (const cli::SeriesRetention& setting : settings) {
    auto matchers = query::promql::parse_selector(setting.selector);
    if (!matchers) return base::fail(base::Code::kInvalidArgument, "retention-metrics-series: " + setting.selector + ": " + matchers.error().message);
    out.push_back({std::move(*matchers), setting.age});
  }
  return out;
}

pipeline::TimeBounds time_bounds_of(const cli::RetentionSettings& retention) {
  return {.oldest_log = retention.logs.age, .oldest_span = retention.spans.age};
}

items::FileLimits file_limits_of(const cli::AttachmentSettings& attachments) {
  return {.most_bytes = attachments.most_bytes, .total_bytes = attachments.kept.bytes, .age = attachments.kept.age};
}

pipeline::ThinningRules thinning_rules_of(const cli::ServeOptions::Thinning& thinning) {
  return {.first = thinning.first, .per_minute = thinning.per_minute, .one_of = thinning.one_of};
}

serve::SentryFilters sentry_filters_of(const cli::ServeOptions::Sentry& s) {
  return {s.releases, s.messages, s.health_checks, s.localhost, s.browser_extensions, s.legacy_browsers};
}

sampling::SamplerOptions sampler_options_of(const cli::ServeOptions& options) {
  sampling::SamplerOptions out;
  out.most_bytes = options.sampling.most_bytes;
  out.window = options.sampling.window.age;
  // A sixteenth of the memory at most, 40 bytes each.
  out.traces.cached_decisions = std::min<size_t>(out.traces.cached_decisions, options.memory / 16 / 40);
  out.checkpoint = options.data + "/events/sampling-checkpoint";
  return out;
}

Result<std::shared_ptr<const sampling::Policies>> policies_of(const cli::SamplingSettings& sampling, base::Fs& fs) {
  if (sampling.policies.empty() || !sampling.is_on) {
    return std::make_shared<const sampling::Policies>(sampling.slow, sampling.is_on ? sampling.percentage : 100);
  }
  auto text = fs.read_all(sampling.policies);
  if (!text) return base::fail(base::Code::kInvalidArgument, "sampling-policies: " + text.error().message);
  auto policies = sampling::Policies::parse(*text, sampling.policies);
  if (!policies) return base::fail(std::move(policies.error()));
  return std::make_shared<const sampling::Policies>(std::move(*policies));
}

store::DiskLimits disk_limits_of(const cli::DiskSettings& disk) {
  const bool refuses = disk.when_low == cli::DiskSettings::WhenLow::kRefuse;
  return {.low_water_bytes = disk.low_water_bytes,
          .low_water_share = disk.low_water_share,
          .when_low = refuses ? store::DiskLimits::WhenLow::kRefuse : store::DiskLimits::WhenLow::kDropOldest};
}

}  // namespace tripod
