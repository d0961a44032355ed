#include "ingest/sentry/event.h"

#include <fmt/format.h>

#include <array>

#include "base/hash.h"
#include "ingest/sentry/common_fields.h"
#include "ingest/sentry/json_value.h"
#include "ingest/sentry/resource.h"
#include "ingest/sentry/stacktrace.h"
#include "ingest/sentry/timestamp.h"

namespace tripod::ingest::sentry {
namespace {

std::string_view known_level(std::string_view level) {
  for (const std::string_view known : {"fatal", "error", "warning", "info", "debug"}) {
    if (level == known) return known;
  }
  if (level == "warn") return "warning";
  if (level == "critical") return "fatal";
  if (level == "log") return "info";
  return "error";  // what Sentry takes for none and for unknown ones
}

bool is_conversion(std::string_view text, size_t at) {
  const std::string_view two = text.substr(at, 2);
  if (two == "{}") return true;
  return two.size() == 2 && two[0] == '%' &&
         std::string_view("sdifr").find(two[1]) != std::string_view::npos;
}

// "order %s of %d" with its parameters put in, where the SDK sent only the template.
std::string_view format_message(std::string_view text, const std::vector<std::string_view>& params,
                                base::Arena& arena) {
  if (params.empty()) return text;
  std::string out;
  size_t next = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (next < params.size() && is_conversion(text, i)) {
      out.append(params[next++]);
      ++i;
    } else {
      out.push_back(text[i]);
    }
  }
  return arena.copy(out);
}

// The same bytes give the same id: a repeated delivery is seen as the same event.
model::EventId derived_id(std::string_view json) {
  model::EventId id;
  const std::array<uint64_t, 2> halves = {base::hash64(json, 1), base::hash64(json, 2)};
  std::memcpy(id.bytes.data(), halves.data(), sizeof halves);
  return id;
}

class EventReader {
 public:
  EventReader(base::Arena& arena, model::ErrorEvent& event)
      : arena_(arena),
        event_(event),
        attributes_(arena),
        tags_(arena),
        contexts_{arena, attributes_} {}

  void read(od::value root) {
    for_each_field(root, [&](std::string_view key, od::value& member) {
      for (const Field& field : fields()) {
        if (field.name == key) return read_field(field, member);
      }
    });
  }

  bool is_transaction() const { return type_ == "transaction"; }

  // After read(): what depends on several members.
  void finish(const SentryContext& context, model::Batch& batch) {
    take_trace();
    set_time(context);
    event_.level = known_level(event_.level);
    if (event_.platform.empty()) event_.platform = "other";
    if (event_.message.empty()) event_.message = event_.message_template;
    if (event_.exceptions.empty() && event_.thread_frames.empty())
      event_.thread_frames = top_frames_;
    event_.user_id = user_.best();
    event_.request_method = request_.method;
    event_.request_url = request_.url;
    attributes_.add_text("request_id", tags_.text("request_id"));
    attributes_.add_text("mechanism.type", mechanism_);
    attributes_.add_text("sentry.errors", arena_.copy(invalid_));
    attributes_.add_text("sdk.name", sdk_name_);
    attributes_.add_text("sdk.version", sdk_version_);
    add_request(request_, arena_, attributes_);
    add_user(user_, attributes_);
    event_.resource =
        resource_of(batch, {service_name(context), event_.release, event_.environment,
                            event_.server_name, sdk_name_, sdk_version_, event_.platform});
    event_.tags = tags_.finish();
    event_.attributes = attributes_.finish();
  }

 private:
  using Read = void (EventReader::*)(od::value&);
  // The types that a member may have; null is none, and always may be.
  enum Shape : uint8_t { kText = 1, kObject = 2, kArray = 4 };
  static constexpr size_t kMostNoted = 500;  // bytes
  struct Field {
    std::string_view name;
    Read read;
    uint8_t shapes;
  };

  // What has another type is read as far as it can be, and noted: the payload has it as it came.
  void read_field(const Field& field, od::value& member) {
    const od::json_type type = member.type();
    const uint8_t shape = type == od::json_type::object ? kObject : type == od::json_type::array ? kArray : kText;
    if (type != od::json_type::null && (field.shapes & shape) == 0 && invalid_.size() < kMostNoted) {
      invalid_ += (invalid_.empty() ? "invalid_data: " : ", ") + std::string(field.name);
    }
    (this->*field.read)(member);
  }

  template <std::string_view model::ErrorEvent::* member>
  void text(od::value& value) {
    event_.*member = read_text(value, arena_);
  }
  void type(od::value& value) { type_ = read_text(value, arena_); }
  void event_id(od::value& value) {
    event_.event_id = model::EventId::from_hex(read_text(value, arena_));
  }
  void timestamp(od::value& value) { timestamp_ = read_text(value, arena_); }
  void culprit(od::value& value) {
    if (event_.transaction.empty()) event_.transaction = read_text(value, arena_);
  }
  void transaction(od::value& value) {
    const std::string_view name = read_text(value, arena_);
    if (!name.empty()) event_.transaction = name;
  }
  void message(od::value& value) {
    if (!is_object(value)) {
      const std::string_view plain = read_text(value, arena_);
      if (event_.message.empty()) event_.message = plain;
      return;
    }
    std::vector<std::string_view> params;
    std::string_view formatted;
    for_each_field(value, [&](std::string_view key, od::value& member) {
      if (key == "message")
        event_.message_template = read_text(member, arena_);
      else if (key == "formatted")
        formatted = read_text(member, arena_);
      else if (key == "params")
        for_each_element(member,
                         [&](od::value& p) { params.push_back(read_text_or_json(p, arena_)); });
    });
    event_.message =
        formatted.empty() ? format_message(event_.message_template, params, arena_) : formatted;
  }
  void exception(od::value& value) {
    event_.exceptions = read_exceptions(value, arena_, mechanism_);
  }
  void threads(od::value& value) { event_.thread_frames = read_threads(value, arena_); }
  void stacktrace(od::value& value) { top_frames_ = read_stacktrace(value, arena_); }
  void tags(od::value& value) { read_tags(value, arena_, tags_); }
  void request(od::value& value) { request_ = read_request(value, arena_); }
  void user(od::value& value) { user_ = read_user(value, arena_); }
  void contexts(od::value& value) { contexts_.read(value); }
  void extra(od::value& value) { read_extra(value, arena_, attributes_); }
  // Stays in the payload alone.
  void unread(od::value&) {}
  void sdk(od::value& value) { read_sdk(value, arena_, sdk_name_, sdk_version_); }
  void dist(od::value& value) { attributes_.add_text("dist", read_text(value, arena_)); }
  void transaction_info(od::value& value) {
    for_each_field(value, [&](std::string_view key, od::value& member) {
      if (key == "source")
        attributes_.add_text("sentry.transaction.source", read_text(member, arena_));
    });
  }
  void fingerprint(od::value& value) {
    std::vector<std::string_view> parts;
    for_each_element(value, [&](od::value& part) { parts.push_back(read_text(part, arena_)); });
    event_.fingerprint = arena_.copy_array(std::span<const std::string_view>(parts));
  }

  void take_trace() {
    const TraceContext& trace = contexts_.trace;
    event_.trace_id = trace.trace_id;
    event_.span_id = trace.span_id;
    attributes_.add_text("sentry.op", trace.op);
    attributes_.add_text("sentry.origin", trace.origin);
    if (!trace.parent_span_id.empty()) {
      attributes_.add_text("sentry.parent_span_id", arena_.copy(trace.parent_span_id.hex()));
    }
  }

  void set_time(const SentryContext& context) {
    event_.received_time = context.received_time;
    const auto time = parse_timestamp(timestamp_);
    if (time && is_believable(*time, context.received_time)) {
      event_.time = *time;
      return;
    }
    event_.time = context.received_time;
    attributes_.add_text("sentry.original_timestamp", timestamp_);
  }

  std::string_view service_name(const SentryContext& context) const {
    for (const std::string_view tag : {"service.name", "service"}) {
      if (!tags_.text(tag).empty()) return tags_.text(tag);
    }
    return contexts_.service_name.empty() ? context.service_name : contexts_.service_name;
  }

  static std::span<const Field> fields();

  base::Arena& arena_;
  model::ErrorEvent& event_;
  AttributeList attributes_;
  AttributeList tags_;
  ContextReader contexts_;
  RequestFacts request_;
  UserFacts user_;
  std::span<model::Frame> top_frames_;
  std::string_view type_;
  std::string_view timestamp_;
  std::string_view mechanism_;
  std::string_view sdk_name_;
  std::string_view sdk_version_;
  std::string invalid_;  // of which members the type was wrong
};

// Also under the names that SDKs used before 2017 ("sentry.interfaces.…").
std::span<const EventReader::Field> EventReader::fields() {
  static constexpr Field kFields[] = {
      {"event_id", &EventReader::event_id, kText},
      {"type", &EventReader::type, kText},
      {"timestamp", &EventReader::timestamp, kText},
      {"level", &EventReader::text<&model::ErrorEvent::level>, kText},
      {"platform", &EventReader::text<&model::ErrorEvent::platform>, kText},
      {"logger", &EventReader::text<&model::ErrorEvent::logger>, kText},
      {"transaction", &EventReader::transaction, kText},
      {"culprit", &EventReader::culprit, kText},
      {"transaction_info", &EventReader::transaction_info, kObject},
      {"release", &EventReader::text<&model::ErrorEvent::release>, kText},
      {"dist", &EventReader::dist, kText},
      {"environment", &EventReader::text<&model::ErrorEvent::environment>, kText},
      {"server_name", &EventReader::text<&model::ErrorEvent::server_name>, kText},
      {"message", &EventReader::message, kText | kObject},
      {"logentry", &EventReader::message, kText | kObject},
      {"sentry.interfaces.Message", &EventReader::message, kText | kObject},
      {"exception", &EventReader::exception, kObject | kArray},
      {"sentry.interfaces.Exception", &EventReader::exception, kObject | kArray},
      {"threads", &EventReader::threads, kObject | kArray},
      {"stacktrace", &EventReader::stacktrace, kObject},
      {"sentry.interfaces.Stacktrace", &EventReader::stacktrace, kObject},
      {"tags", &EventReader::tags, kObject | kArray},
      {"request", &EventReader::request, kObject},
      {"sentry.interfaces.Http", &EventReader::request, kObject},
      {"user", &EventReader::user, kObject},
      {"sentry.interfaces.User", &EventReader::user, kObject},
      {"contexts", &EventReader::contexts, kObject},
      {"extra", &EventReader::extra, kObject},
      {"fingerprint", &EventReader::fingerprint, kArray},
      {"sdk", &EventReader::sdk, kObject},
      {"breadcrumbs", &EventReader::unread, kObject | kArray},
      {"modules", &EventReader::unread, kObject},
      {"debug_meta", &EventReader::unread, kObject},
  };
  return kFields;
}

}  // namespace

ItemResult<EventKind> decode_event(std::string_view json, model::EventId fallback_id,
                                   const SentryContext& context, JsonParser& parser,
                                   model::Batch& batch) {
  if (json.size() > kMostEventBytes) {
    return reject("too_large",
                  fmt::format("event of {} bytes; the limit is {}", json.size(), kMostEventBytes));
  }
  const auto prepared = prepare_json(json, batch.arena);
  if (!prepared) return std::unexpected(prepared.error());
  if (prepared->find_first_not_of(" \t\r\n") != prepared->find('{')) {
    return reject("not_an_object", "event is not a JSON object");
  }
  model::ErrorEvent event;
  event.project = context.project;
  event.payload = *prepared;
  try {
    EventReader reader(batch.arena, event);
    od::document document = open_document(parser, *prepared);
    reader.read(document.get_value());
    if (reader.is_transaction()) return EventKind::kTransaction;
    reader.finish(context, batch);
  } catch (const simdjson::simdjson_error& error) {
    return reject("invalid_json", error.what());
  }
  if (event.event_id.empty())
    event.event_id = fallback_id.empty() ? derived_id(*prepared) : fallback_id;
  batch.errors.push_back(event);
  return EventKind::kError;
}

}  // namespace tripod::ingest::sentry
