// What a decoder makes of one request's body: records of the four signals, plus what had to be left out.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/clock.h"
#include "model/ids.h"
#include "model/items.h"
#include "model/value.h"

namespace tripod::model {

// Who sent a record: OpenTelemetry Resource (or Loki stream labels, or what a Sentry event says of itself).
struct Resource {
  std::span<Attribute> attributes;
};

// OpenTelemetry instrumentation scope.
struct Scope {
  std::string_view name;
  std::string_view version;
};

// Whose tracer made a span, or the trace that a log record is of.
enum class SpanSource : uint8_t { kOtel, kSentry };

// OpenTelemetry LogRecord. https://opentelemetry.io/docs/specs/otel/logs/data-model/
struct LogRecord {
  base::UnixNanos time = 0;           // 0: unknown; the pipeline then takes observed_time
  base::UnixNanos observed_time = 0;  // when we (or the collector before us) saw it
  uint32_t resource = 0;              // index into Batch::resources
  uint32_t scope = 0;                 // index into Batch::scopes
  uint8_t severity_number = 0;        // 1..24, 0 = unknown
  std::string_view severity_text;     // as sent; the pipeline normalises to trace|debug|info|warn|error|fatal
  Value body;                         // the message; a structured body is JSON
  std::string_view original;          // the line as it came, where the body was taken out of it; else empty
  // Where not empty: `original` is this LineTemplate filled with the record's own fields, by their current names.
  std::string_view original_template;
  TraceId trace_id;
  SpanId span_id;
  SpanSource source = SpanSource::kOtel;
  bool time_is_of_line = false;       // `time` stands in the line itself: it is the program's, not a shipper's
  std::span<Attribute> attributes;
};

enum class SpanKind : uint8_t { kUnspecified, kInternal, kServer, kClient, kProducer, kConsumer };
enum class StatusCode : uint8_t { kUnset, kOk, kError };

// W3C's trace flag "sampled", in Span::flags.
inline constexpr uint32_t kSampledFlag = 1;

struct SpanEvent {
  base::UnixNanos time = 0;
  std::string_view name;
  std::span<Attribute> attributes;
};

struct SpanLink {
  TraceId trace_id;
  SpanId span_id;
  std::span<Attribute> attributes;
};

// What the SQL statement of a span is, whatever values it has (sql/statement.h).
struct SqlStatement {
  uint64_t fingerprint = 0;
  std::string_view fingerprint_text;   // 16 hexadecimal digits
  std::string_view normalised;         // sql::Statement::normalised
  bool is_select = false;
  bool is_cut = false;                 // the sender cut it: others may begin alike
};

// OpenTelemetry Span; Sentry transactions and their spans become these too.
struct Span {
  TraceId trace_id;
  SpanId span_id;
  SpanId parent_span_id;
  std::string_view trace_state;
  std::string_view name;
  SpanKind kind = SpanKind::kUnspecified;
  SpanSource source = SpanSource::kOtel;
  StatusCode status_code = StatusCode::kUnset;
  uint32_t flags = 0;  // OTLP's: W3C trace flags in the low 8 bits; not stored
  std::string_view status_message;
  base::UnixNanos start_time = 0;
  base::UnixNanos end_time = 0;
  uint32_t resource = 0;
  uint32_t scope = 0;
  std::span<Attribute> attributes;
  std::span<SpanEvent> events;
  std::span<SpanLink> links;
  const SqlStatement* statement = nullptr;   // set by the pipeline where there is one
};

// One frame of a stack trace. https://develop.sentry.dev/sdk/data-model/event-payloads/stacktrace/
struct Frame {
  std::string_view module;
  std::string_view function;
  std::string_view filename;
  std::string_view abs_path;
  std::string_view context_line;
  std::string_view package;   // of native and .NET frames: the library
  std::string_view platform;  // where it is not the event's
  int32_t line = 0;
  int8_t in_app = -1;  // 1 yes, 0 no, -1 not said
};

struct Exception {
  std::string_view type;
  std::string_view value;
  std::string_view module;
  int8_t handled = -1;  // mechanism.handled: 1, 0, -1 not said
  bool synthetic = false;
  bool is_exception_group = false;
  int32_t exception_id = -1;
  int32_t parent_id = -1;
  std::span<Frame> frames;  // oldest call first, as Sentry sends them
};

// What we found ourselves, where an event tells of no error: it decides about the issue and its name.
struct Finding {
  std::string_view issue_type;   // Sentry's word: "performance_n_plus_one_db_queries"
  std::string_view title;        // of all issues of the type: "N+1 Query"
  std::string_view value;        // what tells this issue from others of the type, for people
  std::string_view culprit;
  std::string_view hash;         // the issue's
  bool keeps_trace = false;      // the event's trace is to be kept, as an example
};

// A Sentry event. The typed members serve grouping and search; `payload` is the whole event as JSON.
struct ErrorEvent {
  EventId event_id;
  base::UnixNanos time = 0;
  base::UnixNanos received_time = 0;
  uint64_t project = 0;
  uint32_t resource = 0;  // service.name, service.version (release), deployment.environment.name, host.name
  std::string_view level;      // fatal|error|warning|info|debug
  std::string_view platform;
  std::string_view logger;
  std::string_view transaction;
  std::string_view release;
  std::string_view environment;
  std::string_view server_name;
  std::string_view message_template;  // logentry.message
  std::string_view message;           // logentry.formatted, or message
  std::string_view request_method;
  std::string_view request_url;
  std::string_view user_id;           // user.id, else email, username, ip_address
  TraceId trace_id;                   // Sentry's own trace
  SpanId span_id;
  std::span<Exception> exceptions;    // in event order: the last one is the one raised
  std::span<Frame> thread_frames;     // stack trace of the crashed or current thread, where there is no exception
  std::span<std::string_view> fingerprint;
  std::span<Attribute> tags;          // event tags
  std::span<Attribute> attributes;    // other searchable facts (contexts.*, extra.request_id, celery task id ...)
  std::string_view payload;           // JSON object
  const Finding* finding = nullptr;   // set where it is no error
};

// What a release's users went through: the state of one session as an update tells it, or counts of many that began at one time.
// https://develop.sentry.dev/sdk/telemetry/sessions/
struct SessionUpdate {
  base::UnixNanos started = 0;
  uint64_t project = 0;
  uint32_t resource = 0;      // service.version (the release), deployment.environment.name
  std::string_view id;        // of the one session; empty: counts of many
  std::string_view user_id;   // whose; empty: not said
  uint64_t begun = 0;         // sessions that are told of for the first time
  uint64_t errored = 0;       // with an error, those that crashed or ended abnormally among them
  uint64_t crashed = 0;
  uint64_t abnormal = 0;
};

// One sample: milliseconds and a value, as in Prometheus. A stale marker is the NaN 0x7ff0000000000002.
struct Sample {
  int64_t time_ms = 0;
  double value = 0;
};

enum class MetricType : uint8_t { kUnknown, kCounter, kGauge, kHistogram, kSummary, kGaugeHistogram, kInfo, kStateSet };

struct Label {
  std::string_view name;
  std::string_view value;
};

// Samples of one series, oldest first. Labels are sorted by name, without empty values, and hold __name__.
struct SeriesSamples {
  std::span<Label> labels;
  std::span<Sample> samples;
};

// Samples that say how much their series have grown since `start_ms`, until the pipeline makes sums of them: OTLP's delta temporality.
// They are those of one data point: Batch::series from `first` on, each with one sample, all of the same time.
struct DeltaPoint {
  uint32_t first = 0;
  uint32_t count = 0;    // 1 or more
  uint64_t shape = 0;    // of a histogram: its bounds; when they change, all of its series begin anew
  int64_t start_ms = 0;  // 0: not said
  // The sender never sends a point again, and its time is when it was received: one like it is another, and none comes late.
  bool sent_once = false;
};

// A measurement behind a sample of a series: https://prometheus.io/docs/specs/om/open_metrics_spec/#exemplars
struct Exemplar {
  std::span<Label> labels;  // its own, trace_id and span_id among them; sorted by name, may be empty
  double value = 0;
  int64_t time_ms = 0;
};

// Exemplars of one series, oldest first. `series` are its labels, as in SeriesSamples.
struct SeriesExemplars {
  std::span<Label> series;
  std::span<Exemplar> exemplars;
};

struct MetricMetadata {
  std::string_view family;
  MetricType type = MetricType::kUnknown;
  std::string_view help;
  std::string_view unit;
};

// An item that was not taken, with why: counted, listed in the UI, told to the client where the protocol can.
struct Rejection {
  std::string reason;   // stable snake_case word, few distinct: "timestamp_out_of_range", "invalid_utf8", ...
  std::string detail;   // for people: which item, what was wrong; never a secret
  uint64_t count = 1;
};

// A log record that was left out after decoding, for answers that name each item. `position` is where the decoder put it in
// Batch::logs; `reason` is its Rejection's, a static text.
struct LeftOutLog {
  uint32_t position = 0;
  std::string_view reason;
  base::UnixNanos time = 0;
};

// A Sentry envelope item (or another kind of record) that is understood and counted but has no store.
struct Unkept {
  std::string item;     // "profile", "client_report", ...
  uint64_t count = 1;
};

// Owns everything its records point to. Movable; not thread-safe.
// Resource 0 and scope 0 may be used only after being added.
struct Batch {
  base::Arena arena;
  std::vector<std::shared_ptr<const std::string>> bodies;  // buffers that views may point into
  std::vector<std::shared_ptr<const void>> kept;           // whatever else they may point into

  std::vector<Resource> resources;
  std::vector<Scope> scopes;
  std::vector<LogRecord> logs;
  std::vector<Span> spans;
  std::vector<ErrorEvent> errors;
  std::vector<SessionUpdate> sessions;
  std::vector<SeriesSamples> series;
  std::vector<DeltaPoint> deltas;  // in the order of `series`, none twice
  std::vector<SeriesExemplars> exemplars;
  std::vector<MetricMetadata> metadata;
  Items items;

  std::vector<Rejection> rejections;
  std::vector<LeftOutLog> left_out_logs;  // also among the rejections
  std::vector<Unkept> unkept;

  // The same reason with the same detail is counted, not listed twice; details past 20 are folded into the count.
  void reject(std::string_view reason, std::string_view detail, uint64_t count = 1);
  void add_unkept(std::string_view item, uint64_t count = 1);
  uint64_t rejected_count() const;
  uint64_t sample_count() const;
};

inline constexpr uint64_t kStaleMarkerBits = 0x7ff0000000000002ULL;
double stale_marker();
bool is_stale_marker(double value);

}  // namespace tripod::model
