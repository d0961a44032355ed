#include "ingest/sentry/trace_metric.h"

#include "ingest/sentry/item_container.h"
#include "ingest/sentry/measurement.h"
#include "ingest/sentry/measurement_series.h"

namespace tripod::ingest::sentry {

ItemResult<> decode_trace_metrics(std::string_view json, const SentryContext& context, JsonParser& parser, MetricRoom& room, model::Batch& batch) {
  MeasurementSeries series(context, batch, room.series_bytes);
  const auto take = [&](od::value& element) -> Refusal {
    if (room.measurements == 0) return {"too_many_metrics", "is beyond the first 10000 of its envelope"};
    --room.measurements;
    Measurement measurement;
    if (const Refusal why = read_measurement(element, context, batch.arena, measurement); why.reason != nullptr) return why;
    return series.add(measurement);
  };
  constexpr ItemContainer kContainer{.item = "trace_metric item", .element = "metric", .without_list = "invalid_metric", .most_bytes = kMostMetricContainerBytes};
  auto done = each_element(kContainer, json, parser, batch, take);
  series.finish();
  return done;
}

}  // namespace tripod::ingest::sentry
