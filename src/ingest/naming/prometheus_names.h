// OpenTelemetry metric and attribute names -> Prometheus names, as Prometheus's own OTLP receiver
// makes them with "UnderscoreEscapingWithSuffixes".
// https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
#pragma once

#include <string>
#include <string_view>

namespace tripod::ingest::naming {

enum class MetricKind : unsigned char {
  kGauge,         // "_ratio" where the unit is 1
  kMonotonicSum,  // "_total"
  kOther,         // unit suffix only
};

// "http.server.duration" in "ms" -> "http_server_duration_milliseconds": invalid characters
// separate words that "_" joins; the unit is appended unless the name has it already (s -> seconds,
// By/s -> bytes_per_second; units in {} are annotations). Empty when nothing of the name is left.
std::string metric_name(std::string_view name, std::string_view unit, MetricKind kind);

// "http.method" -> "http_method", "1st" -> "key_1st", "_x" -> "key_x"; a leading "__" stays.
std::string label_name(std::string_view attribute_key);

// A bound or quantile as the value of `le` and `quantile`: the shortest decimal that reads back to
// the same double, never in exponent form: "0.005", "1", "10000000", "+Inf".
std::string bound_text(double bound);

}  // namespace tripod::ingest::naming
