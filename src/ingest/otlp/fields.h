// Field numbers of the OTLP messages that are read, as protozero wants them: one enum per message.
// Source: opentelemetry-proto 1.x, collector/{trace,logs,metrics}/v1 and common, resource, trace,
// logs, metrics.
#pragma once

#include <protozero/types.hpp>

namespace tripod::ingest::otlp {

// Export{Trace,Logs,Metrics}ServiceRequest, Resource{Spans,Logs,Metrics} and
// Scope{Spans,Logs,Metrics} number their fields alike, so one enum serves the three signals.
enum class RequestField : protozero::pbf_tag_type { kResourceEntries = 1 };
enum class ResourceEntryField : protozero::pbf_tag_type { kResource = 1, kScopeEntries = 2 };
enum class ScopeEntryField : protozero::pbf_tag_type { kScope = 1, kItems = 2 };

enum class ResourceField : protozero::pbf_tag_type { kAttributes = 1 };
enum class ScopeField : protozero::pbf_tag_type { kName = 1, kVersion = 2 };
enum class KeyValueField : protozero::pbf_tag_type { kKey = 1, kValue = 2 };
enum class ListField : protozero::pbf_tag_type { kValues = 1 };  // ArrayValue, KeyValueList
enum class AnyValueField : protozero::pbf_tag_type {
  kString = 1,
  kBool = 2,
  kInt = 3,
  kDouble = 4,
  kArray = 5,
  kKvlist = 6,
  kBytes = 7,
};

enum class SpanField : protozero::pbf_tag_type {
  kTraceId = 1,
  kSpanId = 2,
  kTraceState = 3,
  kParentSpanId = 4,
  kName = 5,
  kKind = 6,
  kStartTime = 7,
  kEndTime = 8,
  kAttributes = 9,
  kDroppedAttributes = 10,
  kEvents = 11,
  kDroppedEvents = 12,
  kLinks = 13,
  kDroppedLinks = 14,
  kStatus = 15,
  kFlags = 16,
};
enum class EventField : protozero::pbf_tag_type { kTime = 1, kName = 2, kAttributes = 3 };
enum class LinkField : protozero::pbf_tag_type { kTraceId = 1, kSpanId = 2, kAttributes = 4 };
enum class SpanStatusField : protozero::pbf_tag_type { kMessage = 2, kCode = 3 };

enum class LogField : protozero::pbf_tag_type {
  kTime = 1,
  kSeverityNumber = 2,
  kSeverityText = 3,
  kBody = 5,
  kAttributes = 6,
  kDroppedAttributes = 7,
  kTraceId = 9,
  kSpanId = 10,
  kObservedTime = 11,
  kEventName = 12,
};

enum class MetricField : protozero::pbf_tag_type {
  kName = 1,
  kDescription = 2,
  kUnit = 3,
  kGauge = 5,
  kSum = 7,
  kHistogram = 9,
  kExponentialHistogram = 10,
  kSummary = 11,
};
// Gauge, Sum, Histogram, ExponentialHistogram and Summary.
enum class PointsField : protozero::pbf_tag_type {
  kDataPoints = 1,
  kAggregationTemporality = 2,
  kIsMonotonic = 3,
};
enum class NumberPointField : protozero::pbf_tag_type {
  kStart = 2,
  kTime = 3,
  kAsDouble = 4,
  kExemplars = 5,
  kAsInt = 6,
  kAttributes = 7,
  kFlags = 8,
};
enum class HistogramPointField : protozero::pbf_tag_type {
  kStart = 2,
  kTime = 3,
  kCount = 4,
  kSum = 5,
  kBucketCounts = 6,
  kExplicitBounds = 7,
  kExemplars = 8,
  kAttributes = 9,
  kFlags = 10,
};
enum class SummaryPointField : protozero::pbf_tag_type {
  kTime = 3,
  kCount = 4,
  kSum = 5,
  kQuantiles = 6,
  kAttributes = 7,
  kFlags = 8,
};
enum class ExemplarField : protozero::pbf_tag_type {
  kTime = 2,
  kAsDouble = 3,
  kSpanId = 4,
  kTraceId = 5,
  kAsInt = 6,
  kAttributes = 7,
};
enum class QuantileField : protozero::pbf_tag_type { kQuantile = 1, kValue = 2 };

// Answers: Export*ServiceResponse, Export*PartialSuccess, google.rpc.Status, google.protobuf.Any,
// google.rpc.RetryInfo, google.protobuf.Duration.
enum class ResponseField : protozero::pbf_tag_type { kPartialSuccess = 1 };
enum class PartialSuccessField : protozero::pbf_tag_type { kRejected = 1, kErrorMessage = 2 };
enum class StatusField : protozero::pbf_tag_type { kCode = 1, kMessage = 2, kDetails = 3 };
enum class AnyField : protozero::pbf_tag_type { kTypeUrl = 1, kValue = 2 };
enum class RetryInfoField : protozero::pbf_tag_type { kRetryDelay = 1 };
enum class DurationField : protozero::pbf_tag_type { kSeconds = 1, kNanos = 2 };

}  // namespace tripod::ingest::otlp
