// Traces of nobody's request: OpenTelemetry's instrumentations trace the Sentry SDK's own POSTs, and a worker's talk with its broker.
#pragma once

#include "model/batch.h"

namespace tripod::pipeline {

struct OwnNoise {
  uint64_t exports = 0;
  uint64_t broker_chatter = 0;
};

// Removes root CLIENT spans of OpenTelemetry that call a telemetry intake path (Sentry envelopes, OTLP, Loki push), and those that are
// a worker's polling of its Redis broker. Answers how many of each. Which and why: docs/joining.md.
OwnNoise drop_own_noise(model::Batch& batch);

}  // namespace tripod::pipeline
