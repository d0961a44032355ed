#include "ingest/cloudwatch/put_log_events.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/json_text.h"
#include "base/time_text.h"
#include "ingest/cloudwatch/names.h"
#include "ingest/stream/stream_labels.h"
#include "pipeline/line/line.h"

namespace tripod::ingest::cloudwatch {
namespace {

namespace ondemand = simdjson::ondemand;
using model::LogRecord;
using model::Value;
using simdjson::SUCCESS;

constexpr size_t kMostEvents = 10'000;
constexpr size_t kMostBytes = 1'048'576;
constexpr size_t kEventOverhead = 26;
constexpr int64_t kLongestSpan = 24 * base::kNanosPerHour;
constexpr std::string_view kSpaces = " \t\r\n";

std::string_view trimmed(std::string_view token) {
  while (!token.empty() && kSpaces.find(token.back()) != kSpaces.npos) token.remove_suffix(1);
  return token;
}

// The last instant that nanoseconds hold stands for all behind it: too new either way.
base::UnixNanos to_nanos(int64_t ms) { return std::min(ms, INT64_MAX / base::kNanosPerMilli) * base::kNanosPerMilli; }

// Functions answer false when something is wrong; fault_ then says what.
class Decoder {
 public:
  Decoder(std::string_view body, simdjson::padded_string_view text, model::Batch& batch)
      : body_(body), text_(text), batch_(batch) {}

  std::expected<PutLogEvents, PutFault> run() {
    ondemand::parser parser;
    ondemand::document document;
    ondemand::object root;
    if (parser.iterate(text_).get(document) != SUCCESS || document.get_object().get(root) != SUCCESS) {
      return std::unexpected(PutFault{.malformed = true, .message = "the body is not a JSON object"});
    }
    if (!read_root(root)) return std::unexpected(std::move(fault_));
    const char* rest = nullptr;
    if (document.current_location().get(rest) != simdjson::OUT_OF_BOUNDS) {
      malformed("something follows the JSON object");
      return std::unexpected(std::move(fault_));
    }
    if (!check()) return std::unexpected(std::move(fault_));
    out_.events = batch_.logs.size();
    set_resources();
    return std::move(out_);
  }

 private:
  bool malformed(std::string message) {
    if (fault_.message.empty()) fault_ = {.malformed = true, .message = std::move(message)};
    return false;
  }
  bool invalid(std::string message) {
    if (fault_.message.empty()) fault_ = {.malformed = false, .message = std::move(message)};
    return false;
  }
  bool not_json() { return malformed(fmt::format("the body is not valid JSON in or after event {}", batch_.logs.size())); }
  std::string event_member(std::string_view name) const {
    return fmt::format("logEvents.{}.{}", batch_.logs.size(), name);
  }

  bool read_root(ondemand::object& root) {
    for (auto found : root) {
      ondemand::field field;
      std::string_view key;
      if (std::move(found).get(field) != SUCCESS || field.unescaped_key().get(key) != SUCCESS) return not_json();
      if (key == "logGroupName" && !read_name(field.value(), "logGroupName", out_.group)) return false;
      if (key == "logStreamName" && !read_name(field.value(), "logStreamName", out_.stream)) return false;
      if (key == "logEvents" && !read_events(field.value())) return false;
    }
    return true;
  }

  bool read_name(ondemand::value& value, std::string_view member, std::string& out) {
    std::string_view text;
    if (!read_string(value, text)) return malformed(fmt::format("{} must be a string", member));
    out = std::string(text);
    return true;
  }

  bool read_events(ondemand::value& value) {
    ondemand::array events;
    if (has_events_) return malformed("logEvents is there twice");
    if (value.get_array().get(events) != SUCCESS) return malformed("logEvents must be a list");
    has_events_ = true;
    for (auto element : events) {
      ondemand::object event;
      if (std::move(element).get_object().get(event) != SUCCESS) {
        return malformed(fmt::format("logEvents.{} must be an object", batch_.logs.size()));
      }
      if (!read_event(event)) return false;
    }
    return true;
  }

  bool read_event(ondemand::object& event) {
    LogRecord record;
    std::optional<int64_t> millis;
    std::optional<std::string_view> message;
    for (auto found : event) {
      ondemand::field field;
      std::string_view key;
      if (std::move(found).get(field) != SUCCESS || field.unescaped_key().get(key) != SUCCESS) return not_json();
      if (key == "timestamp") {
        int64_t number = 0;
        if (field.value().get_int64().get(number) != SUCCESS) return malformed(event_member("timestamp must be a whole number"));
        millis = number;
      } else if (key == "message") {
        std::string_view text;
        if (!read_string(field.value(), text)) return malformed(event_member("message must be a string"));
        message = text;
      }
    }
    if (!millis || *millis < 0) return invalid(event_member("timestamp must be milliseconds since 1970"));
    if (!message || message->empty()) return invalid(event_member("message must have length greater than or equal to 1"));
    if (batch_.logs.size() >= kMostEvents) return invalid(fmt::format("a batch has at most {} events", kMostEvents));
    bytes_ += message->size() + kEventOverhead;
    if (bytes_ > kMostBytes) {
      return invalid(fmt::format("Upload too large: more than {} bytes (reached at index {})", kMostBytes, batch_.logs.size()));
    }
    record.time = to_nanos(*millis);
    record.body = Value::string(*message);
    batch_.logs.push_back(record);
    return true;
  }

  // A view into the body where the string holds no escapes, else a copy in the arena.
  bool read_string(ondemand::value& value, std::string_view& out) {
    ondemand::json_type type;
    if (value.type().get(type) != SUCCESS || type != ondemand::json_type::string) return false;
    const std::string_view token = trimmed(value.raw_json_token());
    if (token.size() < 2) return false;
    const std::string_view inner = token.substr(1, token.size() - 2);
    if (inner.empty() || std::memchr(inner.data(), '\\', inner.size()) == nullptr) {
      out = body_.substr(static_cast<size_t>(inner.data() - text_.data()), inner.size());
      ondemand::raw_json_string consumed;
      return value.get_raw_json_string().get(consumed) == SUCCESS;
    }
    std::string_view unescaped;
    if (value.get_string().get(unescaped) != SUCCESS) return false;
    out = batch_.arena.copy(unescaped);
    return true;
  }

  bool check() {
    if (auto fault = fault_of_group(out_.group); !fault.empty()) return invalid(std::move(fault));
    if (auto fault = fault_of_stream(out_.stream); !fault.empty()) return invalid(std::move(fault));
    const auto& logs = batch_.logs;
    if (logs.empty()) return invalid("logEvents must have length greater than or equal to 1");
    for (size_t i = 1; i < logs.size(); ++i) {
      if (logs[i].time >= logs[i - 1].time) continue;
      return invalid(fmt::format("Log events in a single PutLogEvents request must be in chronological order: index {} "
                                 "({}) is before index {} ({})",
                                 i, base::format_rfc3339(logs[i].time), i - 1, base::format_rfc3339(logs[i - 1].time)));
    }
    const auto late = std::ranges::find_if(logs, [&](const LogRecord& log) { return log.time - logs.front().time > kLongestSpan; });
    if (late == logs.end()) return true;
    return invalid(fmt::format("The batch of log events in a single PutLogEvents request cannot span more than 24 hours: "
                               "index {} is further than that from index 0",
                               late - logs.begin()));
  }

  void set_resources() {
    resource_of(service_of_group(out_.group));
    pipeline::LineParser parser;
    std::vector<LogRecord> extra;
    for (LogRecord& record : batch_.logs) {
      // Read here only where the line may name its service: what the pipeline has still to read, it reads.
      if (record.body.text().find("\"service") == std::string_view::npos) continue;
      const size_t before = extra.size();
      parser.parse(record, batch_, extra);
      take_service(record);
      for (size_t i = before; i < extra.size(); ++i) take_service(extra[i]);
    }
    batch_.logs.insert(batch_.logs.end(), extra.begin(), extra.end());
  }

  void take_service(LogRecord& record) {
    for (const std::string_view name : {"service.name", "service_name", "service"}) {
      const auto field = std::ranges::find(record.attributes, name, &model::Attribute::key);
      if (field == record.attributes.end() || !field->value.is_string() || field->value.text().empty()) continue;
      record.resource = resource_of(field->value.text());
      std::rotate(field, field + 1, record.attributes.end());
      record.attributes = record.attributes.first(record.attributes.size() - 1);
      return;
    }
  }

  uint32_t resource_of(std::string_view service) {
    const auto number = static_cast<uint32_t>(batch_.resources.size());
    const auto [known, is_new] = resources_.try_emplace(service, number);
    if (is_new) {
      const model::Label labels[] = {{"aws.log.group.names", batch_.arena.copy(out_.group)},
                                     {"aws.log.stream.names", batch_.arena.copy(out_.stream)},
                                     {"service_name", batch_.arena.copy(service)}};
      batch_.resources.push_back({stream_attributes(labels, batch_.arena)});
    }
    return known->second;
  }

  const std::string_view body_;
  const simdjson::padded_string_view text_;
  model::Batch& batch_;
  PutLogEvents out_;
  PutFault fault_;
  bool has_events_ = false;
  size_t bytes_ = 0;
  std::unordered_map<std::string_view, uint32_t> resources_;  // by service
};

}  // namespace

std::expected<PutLogEvents, PutFault> decode_put_log_events(std::shared_ptr<const std::string> body, model::Batch& batch) {
  body = base::readable_json(std::move(body));
  batch.bodies.push_back(body);
  if (body->capacity() - body->size() >= simdjson::SIMDJSON_PADDING) {
    const simdjson::padded_string_view in_place(body->data(), body->size(), body->capacity());
    return Decoder(*body, in_place, batch).run();
  }
  const simdjson::padded_string copy(*body);
  return Decoder(*body, copy, batch).run();
}

}  // namespace tripod::ingest::cloudwatch
