// Spans whose only work is sending telemetry: OpenTelemetry's HTTP instrumentation traces the Sentry SDK's own POSTs and the like.
#pragma once

#include "model/batch.h"

namespace tripod::pipeline {

// Removes root CLIENT spans that call a telemetry intake path (Sentry envelopes, OTLP, Loki push). Answers how many.
size_t drop_own_noise(model::Batch& batch);

}  // namespace tripod::pipeline
