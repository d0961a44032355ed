// What OTLP clients are answered: Export*ServiceResponse and google.rpc.Status, as protobuf bytes
// or JSON. https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "model/batch.h"

namespace tripod::ingest::otlp {

// partial_success with the count of rejected items and why; empty (nothing to say) when all was
// taken. The three responses have the same form, and so the same bytes.
std::string encode_traces_response(const model::Batch& batch);
std::string encode_logs_response(const model::Batch& batch);
std::string encode_metrics_response(const model::Batch& batch);
// As JSON, whose names differ: rejectedSpans, rejectedLogRecords, rejectedDataPoints. "{}" when all
// was taken.
std::string encode_traces_response_json(const model::Batch& batch);
std::string encode_logs_response_json(const model::Batch& batch);
std::string encode_metrics_response_json(const model::Batch& batch);

// google.rpc.Status: the body of an OTLP/HTTP error, and of the gRPC trailer
// grpc-status-details-bin. `grpc_code` is a canonical code (3 INVALID_ARGUMENT, 8
// RESOURCE_EXHAUSTED, 14 UNAVAILABLE). With `retry_after` it carries a RetryInfo detail, without
// which clients may not repeat RESOURCE_EXHAUSTED.
std::string encode_status(int grpc_code, std::string_view message,
                          std::optional<std::chrono::milliseconds> retry_after = std::nullopt);

// google.rpc.RetryInfo alone: the trailer google.rpc.retryinfo-bin, which the Python exporter
// reads.
std::string encode_retry_info(std::chrono::milliseconds retry_after);

// "3 rejected: 2 invalid_trace_id (resource_spans[0]...: ...), 1 ...": at most a few kilobytes.
// Empty when none was.
std::string rejection_summary(const model::Batch& batch);

}  // namespace tripod::ingest::otlp
