// Query results in the shape of Prometheus's HTTP API.
#include "query/promql/engine.h"
#include "query/promql/text.h"

namespace tripod::query::promql {
namespace {

// Seconds with as many decimals as the milliseconds need: 1435781451.781, 1435781451.
std::string unix_seconds(int64_t ms) {
  const uint64_t magnitude = ms < 0 ? 0 - static_cast<uint64_t>(ms) : static_cast<uint64_t>(ms);
  std::string out = (ms < 0 ? "-" : "") + std::to_string(magnitude / 1000);
  if (const uint64_t fraction = magnitude % 1000; fraction != 0) {
    const std::string digits = std::to_string(fraction);
    out += "." + std::string(3 - digits.size(), '0') + digits;
  }
  return out;
}

void write_sample(const model::Sample& sample, base::JsonWriter& json) {
  json.begin_array()
      .raw(unix_seconds(sample.time_ms))
      .string(format_value(sample.value))
      .end_array();
}

}  // namespace

void write_json(const store::Labels& labels, base::JsonWriter& json) {
  json.begin_object();
  for (const auto& [name, value] : labels) json.field(name, std::string_view(value));
  json.end_object();
}

void write_json(const QueryResult& result, base::JsonWriter& json) {
  json.begin_object().field("resultType", type_name(result.type)).key("result");
  switch (result.type) {
    case ValueType::kScalar:
      write_sample(result.scalar, json);
      break;
    case ValueType::kString:
      json.begin_array().raw(unix_seconds(result.string_time_ms)).string(result.string).end_array();
      break;
    case ValueType::kMatrix:
      json.begin_array();
      for (const MatrixSeries& series : result.matrix) {
        json.begin_object().key("metric");
        write_json(series.labels, json);
        json.key("values").begin_array();
        for (const model::Sample& sample : series.samples) write_sample(sample, json);
        json.end_array().end_object();
      }
      json.end_array();
      break;
    default:
      json.begin_array();
      for (const VectorSample& one : result.vector) {
        json.begin_object().key("metric");
        write_json(one.labels, json);
        json.key("value");
        write_sample(one.sample, json);
        json.end_object();
      }
      json.end_array();
  }
  json.end_object();
}

}  // namespace tripod::query::promql
