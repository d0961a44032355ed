// A Sentry `trace_metric` item (a container of measurements) -> series.
// https://develop.sentry.dev/sdk/telemetry/metrics/
#pragma once

#include <string_view>

#include "ingest/sentry/context.h"
#include "ingest/sentry/json_value.h"
#include "model/batch.h"

namespace tripod::ingest::sentry {

inline constexpr size_t kMostMetricContainerBytes = 10u << 20;
// What is left for the measurements of one envelope, however many items hold them: their number, and what their series may take in the
// batch. Each may be a series of its own, and a distribution twenty.
struct MetricRoom {
  size_t measurements = 10'000;
  size_t series_bytes = 64u << 20;
};

// Appends the series of `json`, {"items": [...]}. Counters become sums (name_total) and distributions histograms with fixed bounds: how
// much they grew is in Batch::deltas, at the time they were received, since the processes of one server report to the same series.
// Gauges are samples at their own times. Names, units and labels are those that an OTLP metric of this name would get, with `job` (the
// context's service), `instance` (the host), `environment` and `release`; what the SDK says of itself, of its process and of the user
// is left out. Counters and distributions carry the trace of their last measurement as an exemplar.
// One that cannot be taken is rejected by its number ("invalid_metric", "invalid_timestamp", "negative_delta",
// "too_many_metrics") and the others are kept. Errors of the whole: "too_large", "invalid_json", "json_too_deep", "not_an_object",
// "invalid_metric" where there is no list.
ItemResult<> decode_trace_metrics(std::string_view json, const SentryContext& context, JsonParser& parser, MetricRoom& room, model::Batch& batch);

}  // namespace tripod::ingest::sentry
