// The OTLP messages as JSON names them: for each member its name, field number and type, so that
// one walk writes any of them in protobuf's wire format. Internal to this folder.
// https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding and
// https://protobuf.dev/programming-guides/json/
#pragma once

#include <cstdint>
#include <protozero/types.hpp>
#include <span>
#include <string_view>

namespace tripod::ingest::otlp {

enum class JsonType : uint8_t {
  kString,
  kId,     // hexadecimal, unlike other bytes: OTLP's one deviation from protobuf's mapping
  kBytes,  // base64 of either alphabet, padded or not
  kBool,
  kInt64,   // numbers may be strings; as varint
  kUint32,  // as varint
  kEnum,    // number or name
  kFixed32,
  kFixed64,
  kSfixed64,
  kDouble,    // number, or "NaN", "Infinity", "-Infinity"
  kFixed64s,  // array, packed
  kDoubles,   // array, packed
  kMessage,
  kMessages,   // array
  kItems,      // array of spans, log records or metrics: one that is wrong is rejected alone
  kPoints,     // array of data points: what is counted of a metric that is rejected
  kContainer,  // an AnyValue's array or map: bounded in depth
};

struct JsonMessage;

struct JsonField {
  std::string_view name;  // lowerCamelCase
  protozero::pbf_tag_type number = 0;
  JsonType type = JsonType::kString;
  const JsonMessage* message = nullptr;                     // of the types above that hold messages
  int32_t (*enum_number)(std::string_view name) = nullptr;  // of kEnum
};

// Members that no decoder of ours reads are left out, as unknown ones are.
struct JsonMessage {
  std::span<const JsonField> fields;

  // By lowerCamelCase or by the name in the .proto file (snake_case); null: unknown.
  const JsonField* find(std::string_view name) const;
};

// Export{Trace,Logs,Metrics}ServiceRequest.
extern const JsonMessage kTracesRequest;
extern const JsonMessage kLogsRequest;
extern const JsonMessage kMetricsRequest;

}  // namespace tripod::ingest::otlp
