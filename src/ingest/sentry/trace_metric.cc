#include "ingest/sentry/trace_metric.h"

#include <fmt/format.h>

#include <string>

#include "ingest/rejection_tally.h"
#include "ingest/sentry/measurement.h"
#include "ingest/sentry/measurement_series.h"

namespace tripod::ingest::sentry {

ItemResult<> decode_trace_metrics(std::string_view json, const SentryContext& context, JsonParser& parser, MetricRoom& room, model::Batch& batch) {
  const auto prepared = prepare_object(json, kMostMetricContainerBytes, "trace_metric item", batch.arena);
  if (!prepared) return std::unexpected(prepared.error());
  bool has_list = false;
  RejectionTally rejected(batch);
  MeasurementSeries series(context, batch, room.series_bytes);
  const auto take = [&](od::value& element) -> Refusal {
    if (room.measurements == 0) return {"too_many_metrics", "is beyond the first 10000 of its envelope"};
    --room.measurements;
    Measurement measurement;
    if (const Refusal why = read_measurement(element, context, batch.arena, measurement); why.reason != nullptr) return why;
    return series.add(measurement);
  };
  try {
    od::document document = open_document(parser, *prepared);
    od::value root = document.get_value();
    for_each_field(root, [&](std::string_view key, od::value& member) {
      if (key != "items" || !is_array(member)) return;
      has_list = true;
      size_t number = 0;
      for_each_element(member, [&](od::value& element) {
        const Refusal why = take(element);
        if (why.reason != nullptr) rejected.add(why.reason, [&] { return fmt::format("metric {} {}", number, why.detail); });
        ++number;
      });
    });
  } catch (const simdjson::simdjson_error& error) {
    rejected.flush();
    series.finish();
    return reject("invalid_json", error.what());
  }
  rejected.flush();
  series.finish();
  if (!has_list) return reject("invalid_metric", "there is no list \"items\"");
  return {};
}

}  // namespace tripod::ingest::sentry
