#include "ingest/otlp/json_schema.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "ingest/otlp/fields.h"

namespace tripod::ingest::otlp {
namespace {

using enum JsonType;

template <class Number>
constexpr JsonField entry(std::string_view name, Number number, JsonType type,
                          const JsonMessage* message = nullptr) {
  return {name, static_cast<protozero::pbf_tag_type>(number), type, message, nullptr};
}
template <class Number>
constexpr JsonField entry(std::string_view name, Number number,
                          int32_t (*enum_number)(std::string_view)) {
  return {name, static_cast<protozero::pbf_tag_type>(number), kEnum, nullptr, enum_number};
}

// Names of newer senders read as 0, "unspecified", as their numbers do.
int32_t number_among(std::string_view name, std::string_view prefix,
                     std::span<const std::string_view> names) {
  if (!name.starts_with(prefix)) return 0;
  const auto found = std::ranges::find(names, name.substr(prefix.size()));
  return found == names.end() ? 0 : static_cast<int32_t>(found - names.begin());
}

int32_t span_kind(std::string_view name) {
  static constexpr std::array<std::string_view, 6> kNames{"UNSPECIFIED", "INTERNAL", "SERVER",
                                                          "CLIENT",      "PRODUCER", "CONSUMER"};
  return number_among(name, "SPAN_KIND_", kNames);
}

int32_t status_code(std::string_view name) {
  static constexpr std::array<std::string_view, 3> kNames{"UNSET", "OK", "ERROR"};
  return number_among(name, "STATUS_CODE_", kNames);
}

int32_t temporality(std::string_view name) {
  static constexpr std::array<std::string_view, 3> kNames{"UNSPECIFIED", "DELTA", "CUMULATIVE"};
  return number_among(name, "AGGREGATION_TEMPORALITY_", kNames);
}

// SEVERITY_NUMBER_INFO is 9, SEVERITY_NUMBER_INFO2 is 10 ...
int32_t severity_number(std::string_view name) {
  static constexpr std::array<std::string_view, 6> kNames{"TRACE", "DEBUG", "INFO",
                                                          "WARN",  "ERROR", "FATAL"};
  constexpr std::string_view kPrefix = "SEVERITY_NUMBER_";
  if (!name.starts_with(kPrefix)) return 0;
  name.remove_prefix(kPrefix.size());
  int32_t step = 0;
  if (!name.empty() && name.back() >= '2' && name.back() <= '4') {
    step = name.back() - '1';
    name.remove_suffix(1);
  }
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return 0;
  return static_cast<int32_t>(found - kNames.begin()) * 4 + 1 + step;
}

// Values nest in themselves.
extern const JsonMessage kAnyValue;
extern const JsonMessage kKeyValue;

constexpr std::array kArrayValueFields{
    entry("values", ListField::kValues, kMessages, &kAnyValue),
};
constexpr JsonMessage kArrayValue{kArrayValueFields};
constexpr std::array kKvlistFields{
    entry("values", ListField::kValues, kMessages, &kKeyValue),
};
constexpr JsonMessage kKvlist{kKvlistFields};

constexpr std::array kAnyValueFields{
    entry("stringValue", AnyValueField::kString, kString),
    entry("intValue", AnyValueField::kInt, kInt64),
    entry("boolValue", AnyValueField::kBool, kBool),
    entry("doubleValue", AnyValueField::kDouble, kDouble),
    entry("arrayValue", AnyValueField::kArray, kContainer, &kArrayValue),
    entry("kvlistValue", AnyValueField::kKvlist, kContainer, &kKvlist),
    entry("bytesValue", AnyValueField::kBytes, kBytes),
};
constinit const JsonMessage kAnyValue{kAnyValueFields};
constexpr std::array kKeyValueFields{
    entry("key", KeyValueField::kKey, kString),
    entry("value", KeyValueField::kValue, kMessage, &kAnyValue),
};
constinit const JsonMessage kKeyValue{kKeyValueFields};

constexpr std::array kResourceFields{
    entry("attributes", ResourceField::kAttributes, kMessages, &kKeyValue),
};
constexpr JsonMessage kResource{kResourceFields};
constexpr std::array kScopeFields{
    entry("name", ScopeField::kName, kString),
    entry("version", ScopeField::kVersion, kString),
};
constexpr JsonMessage kScope{kScopeFields};

constexpr std::array kEventFields{
    entry("timeUnixNano", EventField::kTime, kFixed64),
    entry("name", EventField::kName, kString),
    entry("attributes", EventField::kAttributes, kMessages, &kKeyValue),
};
constexpr JsonMessage kEvent{kEventFields};
constexpr std::array kLinkFields{
    entry("traceId", LinkField::kTraceId, kId),
    entry("spanId", LinkField::kSpanId, kId),
    entry("attributes", LinkField::kAttributes, kMessages, &kKeyValue),
};
constexpr JsonMessage kLink{kLinkFields};
constexpr std::array kStatusFields{
    entry("message", SpanStatusField::kMessage, kString),
    entry("code", SpanStatusField::kCode, status_code),
};
constexpr JsonMessage kStatus{kStatusFields};
constexpr std::array kSpanFields{
    entry("traceId", SpanField::kTraceId, kId),
    entry("spanId", SpanField::kSpanId, kId),
    entry("traceState", SpanField::kTraceState, kString),
    entry("parentSpanId", SpanField::kParentSpanId, kId),
    entry("name", SpanField::kName, kString),
    entry("kind", SpanField::kKind, span_kind),
    entry("startTimeUnixNano", SpanField::kStartTime, kFixed64),
    entry("endTimeUnixNano", SpanField::kEndTime, kFixed64),
    entry("attributes", SpanField::kAttributes, kMessages, &kKeyValue),
    entry("droppedAttributesCount", SpanField::kDroppedAttributes, kUint32),
    entry("events", SpanField::kEvents, kMessages, &kEvent),
    entry("droppedEventsCount", SpanField::kDroppedEvents, kUint32),
    entry("links", SpanField::kLinks, kMessages, &kLink),
    entry("droppedLinksCount", SpanField::kDroppedLinks, kUint32),
    entry("status", SpanField::kStatus, kMessage, &kStatus),
    entry("flags", SpanField::kFlags, kFixed32),
};
constexpr JsonMessage kSpan{kSpanFields};

constexpr std::array kLogFields{
    entry("timeUnixNano", LogField::kTime, kFixed64),
    entry("observedTimeUnixNano", LogField::kObservedTime, kFixed64),
    entry("severityNumber", LogField::kSeverityNumber, severity_number),
    entry("severityText", LogField::kSeverityText, kString),
    entry("body", LogField::kBody, kMessage, &kAnyValue),
    entry("attributes", LogField::kAttributes, kMessages, &kKeyValue),
    entry("droppedAttributesCount", LogField::kDroppedAttributes, kUint32),
    entry("traceId", LogField::kTraceId, kId),
    entry("spanId", LogField::kSpanId, kId),
    entry("eventName", LogField::kEventName, kString),
};
constexpr JsonMessage kLog{kLogFields};

// Points of exponential histograms are only counted.
constexpr JsonMessage kOnlyCounted{};

constexpr std::array kExemplarFields{
    entry("timeUnixNano", ExemplarField::kTime, kFixed64),
    entry("asDouble", ExemplarField::kAsDouble, kDouble),
    entry("asInt", ExemplarField::kAsInt, kSfixed64),
    entry("spanId", ExemplarField::kSpanId, kId),
    entry("traceId", ExemplarField::kTraceId, kId),
    entry("filteredAttributes", ExemplarField::kAttributes, kMessages, &kKeyValue),
};
constexpr JsonMessage kExemplar{kExemplarFields};

constexpr std::array kNumberPointFields{
    entry("startTimeUnixNano", NumberPointField::kStart, kFixed64),
    entry("timeUnixNano", NumberPointField::kTime, kFixed64),
    entry("asDouble", NumberPointField::kAsDouble, kDouble),
    entry("asInt", NumberPointField::kAsInt, kSfixed64),
    entry("exemplars", NumberPointField::kExemplars, kMessages, &kExemplar),
    entry("attributes", NumberPointField::kAttributes, kMessages, &kKeyValue),
    entry("flags", NumberPointField::kFlags, kUint32),
};
constexpr JsonMessage kNumberPoint{kNumberPointFields};
constexpr std::array kHistogramPointFields{
    entry("startTimeUnixNano", HistogramPointField::kStart, kFixed64),
    entry("timeUnixNano", HistogramPointField::kTime, kFixed64),
    entry("count", HistogramPointField::kCount, kFixed64),
    entry("sum", HistogramPointField::kSum, kDouble),
    entry("bucketCounts", HistogramPointField::kBucketCounts, kFixed64s),
    entry("explicitBounds", HistogramPointField::kExplicitBounds, kDoubles),
    entry("exemplars", HistogramPointField::kExemplars, kMessages, &kExemplar),
    entry("attributes", HistogramPointField::kAttributes, kMessages, &kKeyValue),
    entry("flags", HistogramPointField::kFlags, kUint32),
};
constexpr JsonMessage kHistogramPoint{kHistogramPointFields};
constexpr std::array kQuantileFields{
    entry("quantile", QuantileField::kQuantile, kDouble),
    entry("value", QuantileField::kValue, kDouble),
};
constexpr JsonMessage kQuantile{kQuantileFields};
constexpr std::array kSummaryPointFields{
    entry("timeUnixNano", SummaryPointField::kTime, kFixed64),
    entry("count", SummaryPointField::kCount, kFixed64),
    entry("sum", SummaryPointField::kSum, kDouble),
    entry("quantileValues", SummaryPointField::kQuantiles, kMessages, &kQuantile),
    entry("attributes", SummaryPointField::kAttributes, kMessages, &kKeyValue),
    entry("flags", SummaryPointField::kFlags, kUint32),
};
constexpr JsonMessage kSummaryPoint{kSummaryPointFields};

// Gauge, Sum, Histogram, ExponentialHistogram and Summary number their fields alike; what one of
// them does not have, its decoder does not read.
constexpr std::array<JsonField, 3> points_fields(const JsonMessage& point) {
  return {entry("dataPoints", PointsField::kDataPoints, kPoints, &point),
          entry("aggregationTemporality", PointsField::kAggregationTemporality, temporality),
          entry("isMonotonic", PointsField::kIsMonotonic, kBool)};
}
constexpr std::array kNumbersFields = points_fields(kNumberPoint);
constexpr JsonMessage kNumbers{kNumbersFields};
constexpr std::array kHistogramFields = points_fields(kHistogramPoint);
constexpr JsonMessage kHistogram{kHistogramFields};
constexpr std::array kExponentialHistogramFields = points_fields(kOnlyCounted);
constexpr JsonMessage kExponentialHistogram{kExponentialHistogramFields};
constexpr std::array kSummaryFields = points_fields(kSummaryPoint);
constexpr JsonMessage kSummary{kSummaryFields};
constexpr std::array kMetricFields{
    entry("name", MetricField::kName, kString),
    entry("description", MetricField::kDescription, kString),
    entry("unit", MetricField::kUnit, kString),
    entry("gauge", MetricField::kGauge, kMessage, &kNumbers),
    entry("sum", MetricField::kSum, kMessage, &kNumbers),
    entry("histogram", MetricField::kHistogram, kMessage, &kHistogram),
    entry("exponentialHistogram", MetricField::kExponentialHistogram, kMessage,
          &kExponentialHistogram),
    entry("summary", MetricField::kSummary, kMessage, &kSummary),
};
constexpr JsonMessage kMetric{kMetricFields};

// Scope{Spans,Logs,Metrics}, Resource{Spans,Logs,Metrics} and the requests differ in names alone.
constexpr std::array<JsonField, 2> scope_entry(std::string_view items, const JsonMessage& item) {
  return {entry("scope", ScopeEntryField::kScope, kMessage, &kScope),
          entry(items, ScopeEntryField::kItems, kItems, &item)};
}
constexpr std::array<JsonField, 2> resource_entry(std::string_view scopes, const JsonMessage& of) {
  return {entry("resource", ResourceEntryField::kResource, kMessage, &kResource),
          entry(scopes, ResourceEntryField::kScopeEntries, kMessages, &of)};
}
constexpr std::array<JsonField, 1> request(std::string_view resources, const JsonMessage& of) {
  return {entry(resources, RequestField::kResourceEntries, kMessages, &of)};
}

constexpr std::array kScopeSpansFields = scope_entry("spans", kSpan);
constexpr JsonMessage kScopeSpans{kScopeSpansFields};
constexpr std::array kResourceSpansFields = resource_entry("scopeSpans", kScopeSpans);
constexpr JsonMessage kResourceSpans{kResourceSpansFields};
constexpr std::array kTracesRequestFields = request("resourceSpans", kResourceSpans);

constexpr std::array kScopeLogsFields = scope_entry("logRecords", kLog);
constexpr JsonMessage kScopeLogs{kScopeLogsFields};
constexpr std::array kResourceLogsFields = resource_entry("scopeLogs", kScopeLogs);
constexpr JsonMessage kResourceLogs{kResourceLogsFields};
constexpr std::array kLogsRequestFields = request("resourceLogs", kResourceLogs);

constexpr std::array kScopeMetricsFields = scope_entry("metrics", kMetric);
constexpr JsonMessage kScopeMetrics{kScopeMetricsFields};
constexpr std::array kResourceMetricsFields = resource_entry("scopeMetrics", kScopeMetrics);
constexpr JsonMessage kResourceMetrics{kResourceMetricsFields};
constexpr std::array kMetricsRequestFields = request("resourceMetrics", kResourceMetrics);

// "time_unix_nano" is "timeUnixNano".
bool is_snake_of(std::string_view snake, std::string_view camel) {
  size_t at = 0;
  for (char c : camel) {
    if (c >= 'A' && c <= 'Z') {
      if (at >= snake.size() || snake[at++] != '_') return false;
      c = static_cast<char>(c - 'A' + 'a');
    }
    if (at >= snake.size() || snake[at++] != c) return false;
  }
  return at == snake.size();
}

}  // namespace

const JsonField* JsonMessage::find(std::string_view name) const {
  for (const JsonField& field : fields) {
    if (field.name == name) return &field;
  }
  if (name.find('_') == std::string_view::npos) return nullptr;
  for (const JsonField& field : fields) {
    if (is_snake_of(name, field.name)) return &field;
  }
  return nullptr;
}

constinit const JsonMessage kTracesRequest{kTracesRequestFields};
constinit const JsonMessage kLogsRequest{kLogsRequestFields};
constinit const JsonMessage kMetricsRequest{kMetricsRequestFields};

}  // namespace tripod::ingest::otlp
