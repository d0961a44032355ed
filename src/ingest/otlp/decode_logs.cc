#include <utility>

#include "ingest/otlp/decode_context.h"
#include "ingest/otlp/decoder.h"

namespace tripod::ingest::otlp {
namespace {

using model::LogRecord;
using model::SpanId;
using model::TraceId;

constexpr SignalNames kNames{"ExportLogsServiceRequest", "resource_logs", "scope_logs",
                             "log_records"};

class LogsHandler {
 public:
  explicit LogsHandler(DecodeContext& context) : context_(context) {}

  void item(std::string_view message) {
    fault_ = nullptr;
    LogRecord record;
    const size_t mark = context_.attributes_mark();
    read(message, record);
    if (context_.take_fault() && fault_ == nullptr) fault_ = &kValueTooDeep;
    if (fault_ != nullptr) {
      context_.reject(*fault_);
      context_.drop_attributes(mark);
      return;
    }
    record.attributes = context_.take_attributes(mark);
    if (!context_.charge(sizeof(LogRecord))) return;
    record.resource = context_.resource_index();
    record.scope = context_.scope_index();
    context_.batch().logs.push_back(record);
  }
  void resource_done() {}

 private:
  static constexpr Fault kBadTraceId{"invalid_trace_id", "trace_id must be empty or 16 bytes"};
  static constexpr Fault kBadSpanId{"invalid_span_id", "span_id must be empty or 8 bytes"};

  void read(std::string_view message, LogRecord& record) {
    for (auto reader = reader_of(message); !context_.exhausted() && reader.next();) {
      switch (reader.tag_and_type()) {
        case field(LogField::kTime, kFixed64):
          record.time = time_of(reader.get_fixed64(), fault_);
          break;
        case field(LogField::kObservedTime, kFixed64):
          record.observed_time = time_of(reader.get_fixed64(), fault_);
          break;
        case field(LogField::kSeverityNumber, kVarint): {
          const int32_t number = reader.get_enum();
          record.severity_number =
              number >= 1 && number <= 24 ? static_cast<uint8_t>(number) : uint8_t{0};
          break;
        }
        case field(LogField::kSeverityText, kLength):
          record.severity_text = context_.text(reader.get_view());
          break;
        case field(LogField::kBody, kLength):
          record.body = context_.any_value(reader.get_view());
          break;
        case field(LogField::kAttributes, kLength):
          context_.push_attribute(reader.get_view());
          break;
        case field(LogField::kTraceId, kLength):
          record.trace_id = id_of<TraceId>(reader.get_view(), kBadTraceId, fault_);
          break;
        case field(LogField::kSpanId, kLength):
          record.span_id = id_of<SpanId>(reader.get_view(), kBadSpanId, fault_);
          break;
        default:
          read_rest(reader);
      }
    }
  }

  void read_rest(protozero::pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case field(LogField::kDroppedAttributes, kVarint):
        if (const uint32_t count = reader.get_uint32(); count > 0) {
          context_.push_attribute({"otel.dropped_attributes_count", model::Value::int64(count)});
        }
        break;
      case field(LogField::kEventName, kLength):
        if (const auto name = context_.text(reader.get_view()); !name.empty()) {
          context_.push_attribute({"event.name", model::Value::string(name)});
        }
        break;
      default:
        reader.skip();
    }
  }

  DecodeContext& context_;
  const Fault* fault_ = nullptr;  // of the record being read: the last thing found wrong
};

}  // namespace

base::Result<> decode_logs(std::shared_ptr<const std::string> body, model::Batch& batch,
                           const Limits& limits) {
  return run_decode<LogsHandler>({std::move(body), {}}, batch, limits, kNames);
}

base::Result<> decode_logs_json(std::shared_ptr<const std::string> body, model::Batch& batch,
                                const Limits& limits) {
  return run_decode_json<LogsHandler>(body, kLogsRequest, batch, limits, kNames);
}

}  // namespace tripod::ingest::otlp
