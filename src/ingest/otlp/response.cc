#include "ingest/otlp/response.h"

#include <fmt/format.h>

#include <protozero/pbf_builder.hpp>

#include "base/json_writer.h"
#include "base/utf8.h"
#include "ingest/otlp/fields.h"

namespace tripod::ingest::otlp {
namespace {

constexpr size_t kMostMessageBytes = 4096;

std::string encode_response(const model::Batch& batch) {
  std::string out;
  const uint64_t rejected = batch.rejected_count();
  if (rejected == 0) return out;
  const std::string summary = rejection_summary(batch);
  {
    // A nested builder writes its length when it goes.
    protozero::pbf_builder<ResponseField> response(out);
    protozero::pbf_builder<PartialSuccessField> partial(response, ResponseField::kPartialSuccess);
    partial.add_int64(PartialSuccessField::kRejected, static_cast<int64_t>(rejected));
    partial.add_string(PartialSuccessField::kErrorMessage, summary.data(), summary.size());
  }
  return out;
}

// 64-bit integers are strings in protobuf's JSON mapping.
std::string encode_response_json(const model::Batch& batch, std::string_view count_name) {
  std::string out;
  base::JsonWriter w(out);
  w.begin_object();
  if (const uint64_t rejected = batch.rejected_count(); rejected > 0) {
    w.key("partialSuccess").begin_object();
    w.key(count_name).int64_string(static_cast<int64_t>(rejected));
    w.field("errorMessage", rejection_summary(batch)).end_object();
  }
  w.end_object();
  return out;
}

}  // namespace

std::string rejection_summary(const model::Batch& batch) {
  if (batch.rejections.empty()) return {};
  std::string out = fmt::format("{} rejected:", batch.rejected_count());
  std::string_view separator = " ";
  for (const model::Rejection& r : batch.rejections) {
    if (out.size() > kMostMessageBytes) {
      out += ", ...";
      break;
    }
    out += fmt::format("{}{} {} ({})", separator, r.count, r.reason,
                       base::utf8_prefix(r.detail, kMostMessageBytes / 4));
    separator = ", ";
  }
  return out;
}

std::string encode_traces_response(const model::Batch& batch) { return encode_response(batch); }
std::string encode_logs_response(const model::Batch& batch) { return encode_response(batch); }
std::string encode_metrics_response(const model::Batch& batch) { return encode_response(batch); }

std::string encode_traces_response_json(const model::Batch& batch) {
  return encode_response_json(batch, "rejectedSpans");
}
std::string encode_logs_response_json(const model::Batch& batch) {
  return encode_response_json(batch, "rejectedLogRecords");
}
std::string encode_metrics_response_json(const model::Batch& batch) {
  return encode_response_json(batch, "rejectedDataPoints");
}

std::string encode_retry_info(std::chrono::milliseconds retry_after) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(retry_after);
  const auto rest = std::chrono::nanoseconds(retry_after - seconds);
  std::string out;
  {
    protozero::pbf_builder<RetryInfoField> info(out);
    protozero::pbf_builder<DurationField> delay(info, RetryInfoField::kRetryDelay);
    delay.add_int64(DurationField::kSeconds, seconds.count());
    delay.add_int32(DurationField::kNanos, static_cast<int32_t>(rest.count()));
  }
  return out;
}

std::string encode_status(int grpc_code, std::string_view message,
                          std::optional<std::chrono::milliseconds> retry_after) {
  const std::string text = base::replace_invalid_utf8(message);
  std::string out;
  protozero::pbf_builder<StatusField> status(out);
  status.add_int32(StatusField::kCode, grpc_code);
  status.add_string(StatusField::kMessage, text.data(), text.size());
  if (retry_after) {
    const std::string info = encode_retry_info(*retry_after);
    protozero::pbf_builder<AnyField> any(status, StatusField::kDetails);
    any.add_string(AnyField::kTypeUrl, "type.googleapis.com/google.rpc.RetryInfo");
    any.add_bytes(AnyField::kValue, info);
  }
  return out;
}

}  // namespace tripod::ingest::otlp
