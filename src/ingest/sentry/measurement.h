// One measurement of a Sentry `trace_metric` item, as read. Internal to this folder.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "ingest/sentry/context.h"
#include "ingest/sentry/item_container.h"
#include "ingest/sentry/json_value.h"
#include "model/batch.h"

namespace tripod::ingest::sentry {

enum class MeasurementType : uint8_t { kCounter, kGauge, kDistribution };

// Texts live in the arena.
struct Measurement {
  std::string_view name;
  std::string_view unit;  // Sentry's word: "millisecond", "byte", ...
  MeasurementType type = MeasurementType::kCounter;
  double value = 0;
  base::UnixNanos time = 0;
  model::TraceId trace_id;
  model::SpanId span_id;
  std::vector<model::Label> labels;  // sorted by name, none twice, none empty; without __name__
};

Refusal read_measurement(od::value& value, const SentryContext& context, base::Arena& arena, Measurement& out);

}  // namespace tripod::ingest::sentry
