// Loki push requests -> model::Batch.
// https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/result.h"
#include "ingest/decode_limits.h"
#include "model/batch.h"

namespace tripod::ingest::loki {

// Each stream becomes a Resource (see ingest/stream/stream_labels.h), each entry a LogRecord whose
// body is the line as sent; a severity label is the severity of its lines. Structured metadata
// become attributes, trace_id and span_id in it the record's ids. Text that is not UTF-8 is
// repaired with U+FFFD.
//
// An entry without a readable time or line, and a stream whose labels cannot be read, are rejected
// by name
// ("streams[0].values[3]: ...") and the rest is kept. Errors: kInvalidArgument when the document
// itself is malformed (discard the batch then), kTooLarge over a limit.

// application/json: {"streams":[{"stream":{"a":"b"},"values":[["<unix
// ns>","line",{"key":"value"}]]}]}
base::Result<> decode_push_json(std::shared_ptr<const std::string> body, model::Batch& batch,
                                const DecodeLimits& limits = {});

// application/x-protobuf: logproto.PushRequest in one snappy block, which is `body` here; the
// decompressed message is at most `max_decompressed` bytes.
base::Result<> decode_push_protobuf(std::string_view body, size_t max_decompressed,
                                    model::Batch& batch, const DecodeLimits& limits = {});

}  // namespace tripod::ingest::loki
