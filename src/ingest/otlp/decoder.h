// OTLP export requests (binary protobuf or JSON) -> model::Batch.
// https://opentelemetry.io/docs/specs/otlp/ and opentelemetry-proto 1.x.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "ingest/decode_limits.h"
#include "model/batch.h"

namespace tripod::ingest::otlp {

using Limits = DecodeLimits;

// The three decoders are pure functions; each adds to `batch` and keeps `body` alive in
// Batch::bodies, since nearly all text points into it. An item that cannot be taken (a span without
// a trace id) is rejected by name in Batch::rejections and the rest is kept; text that
// is not UTF-8 is repaired with U+FFFD.
//
// Errors: kInvalidArgument when the body is not the protobuf message it should be (then nothing of
// it may be used: discard the batch), kTooLarge over a limit. Messages say which field of which
// message is broken, and at which byte.
base::Result<> decode_traces(std::shared_ptr<const std::string> body, model::Batch& batch,
                             const Limits& limits = {});
base::Result<> decode_logs(std::shared_ptr<const std::string> body, model::Batch& batch,
                           const Limits& limits = {});

// Metrics become Prometheus series by the rules of Prometheus's own OTLP receiver (see
// ingest/naming/prometheus_names.h): sums, gauges, explicit histograms (_bucket, _sum, _count), summaries, and
// target_info per resource. Points of delta temporality are marked in Batch::deltas: their series hold
// the growth. Delta sums that are not monotonic ("unsupported_delta_up_down_counter") and exponential
// histograms ("unsupported_exponential_histogram") are rejected per data point. Exemplars of sums and
// buckets go to Batch::exemplars, others are counted in Batch::unkept.
base::Result<> decode_metrics(std::shared_ptr<const std::string> body, model::Batch& batch,
                              const Limits& limits = {});

// The same from the JSON form: the same records, rejections and errors. A member of the wrong type
// ("invalid_field") rejects its span, log record or metric; outside of one (in a resource) it is an
// error. `body` is not kept.
base::Result<> decode_traces_json(std::shared_ptr<const std::string> body, model::Batch& batch,
                                  const Limits& limits = {});
base::Result<> decode_logs_json(std::shared_ptr<const std::string> body, model::Batch& batch,
                                const Limits& limits = {});
base::Result<> decode_metrics_json(std::shared_ptr<const std::string> body, model::Batch& batch,
                                   const Limits& limits = {});

}  // namespace tripod::ingest::otlp
