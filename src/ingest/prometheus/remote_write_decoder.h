// Reads the body of a Prometheus remote write request, 1.0 or 2.0.
// https://prometheus.io/docs/specs/prw/remote_write_spec/ and https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ingest/decode_limits.h"
#include "ingest/prometheus/content_type.h"
#include "model/batch.h"

namespace tripod::ingest::prometheus {

// `body` is one snappy block holding a prometheus.WriteRequest or an io.prometheus.write.v2.Request. Its series and metadata are
// appended to the batch, whose texts point into the decompressed body, which the batch keeps. The body as a whole fails with kTooLarge
// (more than `max_decompressed` bytes, or more memory than the limits once read), kInvalidArgument (not snappy, not protobuf) or kUnsupported (kUnknown); the batch is then as it
// was. A series that cannot be kept is named in `batch.rejections` and the others stay: "missing_metric_name", "duplicate_label_name",
// "empty_label_name", "invalid_utf8", "invalid_symbol_reference", "unsupported_native_histogram" (counted per histogram). Labels that
// come unsorted are sorted, empty values left out. Exemplars go to `batch.exemplars`.
base::Result<> decode_remote_write(std::string_view body, RemoteWriteVersion version, size_t max_decompressed, model::Batch& batch);

// The same of a message that is not compressed.
base::Result<> decode_write_request(std::shared_ptr<const std::string> message, RemoteWriteVersion version, model::Batch& batch, const DecodeLimits& limits = {});

}  // namespace tripod::ingest::prometheus
