#include <utility>

#include "ingest/otlp/decode_context.h"
#include "ingest/otlp/decoder.h"

namespace tripod::ingest::otlp {
namespace {

using model::Span;
using model::SpanEvent;
using model::SpanId;
using model::SpanLink;
using model::TraceId;

constexpr SignalNames kNames{"ExportTraceServiceRequest", "resource_spans", "scope_spans", "spans"};

class TracesHandler {
 public:
  explicit TracesHandler(DecodeContext& context) : context_(context) {}

  void item(std::string_view message) {
    events_.clear();
    links_.clear();
    fault_ = nullptr;
    Span span;
    const size_t mark = context_.attributes_mark();
    read(message, span);
    if (!accept(span)) {
      context_.drop_attributes(mark);
      return;
    }
    span.attributes = context_.take_attributes(mark);
    if (!context_.charge(sizeof(Span) + events_.size() * sizeof(SpanEvent) +
                         links_.size() * sizeof(SpanLink))) {
      return;
    }
    auto& arena = context_.batch().arena;
    span.events = arena.copy_array(std::span<const SpanEvent>(events_));
    span.links = arena.copy_array(std::span<const SpanLink>(links_));
    span.resource = context_.resource_index();
    span.scope = context_.scope_index();
    context_.batch().spans.push_back(span);
  }
  void resource_done() {}

 private:
  static constexpr Fault kBadTraceId{"invalid_trace_id", "trace_id must be 16 bytes, not all zero"};
  static constexpr Fault kBadSpanId{"invalid_span_id", "span_id must be 8 bytes, not all zero"};
  static constexpr Fault kBadParentId{"invalid_parent_span_id",
                                      "parent_span_id must be empty or 8 bytes"};
  static constexpr Fault kBadLink{"invalid_link", "a link's ids must be 16 and 8 bytes"};

  bool accept(const Span& span) {
    if (fault_ == nullptr && span.trace_id.empty()) fault_ = &kBadTraceId;
    if (fault_ == nullptr && span.span_id.empty()) fault_ = &kBadSpanId;
    if (context_.take_fault() && fault_ == nullptr) fault_ = &kValueTooDeep;
    if (fault_ == nullptr) return !context_.exhausted();
    context_.reject(*fault_);
    return false;
  }

  // Unknown kinds and codes of newer senders read as "unspecified", as protobuf's open enums do.
  static model::SpanKind kind(int32_t number) {
    return number >= 0 && number <= 5 ? static_cast<model::SpanKind>(number)
                                      : model::SpanKind::kUnspecified;
  }
  static model::StatusCode status_code(int32_t number) {
    return number >= 0 && number <= 2 ? static_cast<model::StatusCode>(number)
                                      : model::StatusCode::kUnset;
  }

  void read(std::string_view message, Span& span) {
    for (auto reader = reader_of(message); !context_.exhausted() && reader.next();) {
      switch (reader.tag_and_type()) {
        case field(SpanField::kTraceId, kLength):
          span.trace_id = id_of<TraceId>(reader.get_view(), kBadTraceId, fault_);
          break;
        case field(SpanField::kSpanId, kLength):
          span.span_id = id_of<SpanId>(reader.get_view(), kBadSpanId, fault_);
          break;
        case field(SpanField::kParentSpanId, kLength):
          span.parent_span_id = id_of<SpanId>(reader.get_view(), kBadParentId, fault_);
          break;
        case field(SpanField::kTraceState, kLength):
          span.trace_state = context_.text(reader.get_view());
          break;
        case field(SpanField::kName, kLength):
          span.name = context_.text(reader.get_view());
          break;
        case field(SpanField::kKind, kVarint):
          span.kind = kind(reader.get_enum());
          break;
        case field(SpanField::kStartTime, kFixed64):
          span.start_time = time_of(reader.get_fixed64(), fault_);
          break;
        case field(SpanField::kEndTime, kFixed64):
          span.end_time = time_of(reader.get_fixed64(), fault_);
          break;
        case field(SpanField::kAttributes, kLength):
          context_.push_attribute(reader.get_view());
          break;
        default:
          read_rest(reader, span);
      }
    }
  }

  void read_rest(protozero::pbf_reader& reader, Span& span) {
    switch (reader.tag_and_type()) {
      case field(SpanField::kEvents, kLength):
        read_event(reader.get_view());
        break;
      case field(SpanField::kLinks, kLength):
        read_link(reader.get_view());
        break;
      case field(SpanField::kStatus, kLength):
        read_status(reader.get_view(), span);
        break;
      case field(SpanField::kFlags, kFixed32):
        span.flags = reader.get_fixed32();
        break;
      case field(SpanField::kDroppedAttributes, kVarint):
        dropped("otel.dropped_attributes_count", reader.get_uint32());
        break;
      case field(SpanField::kDroppedEvents, kVarint):
        dropped("otel.dropped_events_count", reader.get_uint32());
        break;
      case field(SpanField::kDroppedLinks, kVarint):
        dropped("otel.dropped_links_count", reader.get_uint32());
        break;
      default:
        reader.skip();
    }
  }

  // What the SDK left out is said where the specification puts it for formats without such a field.
  // https://opentelemetry.io/docs/specs/otel/common/mapping-to-non-otlp/#dropped-attributes-count
  void dropped(std::string_view key, uint32_t count) {
    if (count > 0) context_.push_attribute({key, model::Value::int64(count)});
  }

  void read_event(protozero::data_view message) {
    SpanEvent event;
    const size_t mark = context_.attributes_mark();
    for (protozero::pbf_reader reader(message); reader.next();) {
      switch (reader.tag_and_type()) {
        case field(EventField::kTime, kFixed64):
          event.time = time_of(reader.get_fixed64(), fault_);
          break;
        case field(EventField::kName, kLength):
          event.name = context_.text(reader.get_view());
          break;
        case field(EventField::kAttributes, kLength):
          context_.push_attribute(reader.get_view());
          break;
        default:
          reader.skip();
      }
    }
    event.attributes = context_.take_attributes(mark);
    if (context_.charge(sizeof(SpanEvent))) events_.push_back(event);
  }

  void read_link(protozero::data_view message) {
    SpanLink link;
    const size_t mark = context_.attributes_mark();
    for (protozero::pbf_reader reader(message); reader.next();) {
      switch (reader.tag_and_type()) {
        case field(LinkField::kTraceId, kLength):
          link.trace_id = id_of<TraceId>(reader.get_view(), kBadLink, fault_);
          break;
        case field(LinkField::kSpanId, kLength):
          link.span_id = id_of<SpanId>(reader.get_view(), kBadLink, fault_);
          break;
        case field(LinkField::kAttributes, kLength):
          context_.push_attribute(reader.get_view());
          break;
        default:
          reader.skip();
      }
    }
    link.attributes = context_.take_attributes(mark);
    if (context_.charge(sizeof(SpanLink))) links_.push_back(link);
  }

  void read_status(protozero::data_view message, Span& span) {
    for (protozero::pbf_reader reader(message); reader.next();) {
      switch (reader.tag_and_type()) {
        case field(SpanStatusField::kMessage, kLength):
          span.status_message = context_.text(reader.get_view());
          break;
        case field(SpanStatusField::kCode, kVarint):
          span.status_code = status_code(reader.get_enum());
          break;
        default:
          reader.skip();
      }
    }
  }

  DecodeContext& context_;
  std::vector<SpanEvent> events_;
  std::vector<SpanLink> links_;
  const Fault* fault_ = nullptr;  // of the span being read: the last thing found wrong
};

}  // namespace

base::Result<> decode_traces(std::shared_ptr<const std::string> body, model::Batch& batch,
                             const Limits& limits) {
  return run_decode<TracesHandler>({std::move(body), {}}, batch, limits, kNames);
}

base::Result<> decode_traces_json(std::shared_ptr<const std::string> body, model::Batch& batch,
                                  const Limits& limits) {
  return run_decode_json<TracesHandler>(body, kTracesRequest, batch, limits, kNames);
}

}  // namespace tripod::ingest::otlp
