// What the settings mean to the parts of the program. Part of main.cc, which alone knows both.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "cli/settings.h"
#include "items/item_keeper.h"
#include "pipeline/flood_thinner.h"
#include "pipeline/time_bounds.h"
#include "sampling/sampler.h"
#include "serve/ingest/sentry_filters.h"
#include "store/disk/disk_guard.h"
#include "store/events/event_store.h"
#include "store/metrics/embedded_metric_store.h"

namespace tripod {

store::Retention retention_of(const cli::Retention& setting);
store::SeriesLimits series_limits_of(const cli::SeriesSettings& series);
base::Result<std::vector<store::MetricRetentionRule>> series_retention_of(const std::vector<cli::SeriesRetention>& settings);
// What senders still hold back is taken as long as it would be kept.
pipeline::TimeBounds time_bounds_of(const cli::RetentionSettings& retention);
items::FileLimits file_limits_of(const cli::AttachmentSettings& attachments);
pipeline::ThinningRules thinning_rules_of(const cli::ServeOptions::Thinning& thinning);
serve::SentryFilters sentry_filters_of(const cli::ServeOptions::Sentry& s);
sampling::SamplerOptions sampler_options_of(const cli::ServeOptions& options);
// What the file of policies says, else errors, slow ones and a share of the rest. While sampling is off, what was undecided before is kept.
// kInvalidArgument where the file cannot be read; Policies::parse()'s errors.
base::Result<std::shared_ptr<const sampling::Policies>> policies_of(const cli::SamplingSettings& sampling, base::Fs& fs);
store::DiskLimits disk_limits_of(const cli::DiskSettings& disk);

}  // namespace tripod
