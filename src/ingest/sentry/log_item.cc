#include "ingest/sentry/log_item.h"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "ingest/sentry/attributes.h"
#include "ingest/sentry/item_container.h"
#include "ingest/sentry/resource.h"
#include "ingest/sentry/timestamp.h"

namespace tripod::ingest::sentry {
namespace {

using model::LogRecord;
using model::Value;

// https://develop.sentry.dev/sdk/telemetry/logs/#log-severity-level
uint8_t severity_of_level(std::string_view level) {
  static constexpr std::array<std::pair<std::string_view, uint8_t>, 7> kLevels = {
      {{"trace", 1}, {"debug", 5}, {"info", 9}, {"warn", 13}, {"warning", 13}, {"error", 17}, {"fatal", 21}}};
  for (const auto& [name, number] : kLevels) {
    if (name == level) return number;
  }
  return 0;
}

std::string_view name_of(std::string_view key) { return key == "logger.name" ? std::string_view("logger") : key; }

// gunicorn gives its access log the request's headers, cookies and environment as parameters: "{cookie}i", "{wsgi.input}e".
bool is_of_servers_environment(std::string_view key) {
  constexpr std::string_view kParameter = "sentry.message.parameter.{";
  return key.starts_with(kParameter) && key.size() > kParameter.size() + 2 && key[key.size() - 2] == '}';
}

// One record being read.
class LogReader {
 public:
  LogReader(const SentryContext& context, model::Batch& batch) : context_(context), batch_(batch), attributes_(batch.arena) {}

  Refusal read(od::value& value) {
    if (!is_object(value)) return {"invalid_log", "is not a JSON object"};
    record_.source = model::SpanSource::kSentry;
    for_each_field(value, [&](std::string_view key, od::value& member) { field(key, member); });
    if (record_.body.is_null()) return {"invalid_log", "has no body"};
    if (!has_time_) return {"invalid_timestamp", "has no timestamp, or one that cannot be read"};
    finish();
    return {};
  }

 private:
  void field(std::string_view key, od::value& member) {
    if (key == "timestamp") {
      const auto time = parse_timestamp(read_text(member, batch_.arena));
      has_time_ = time.has_value();
      record_.time = time.value_or(0);
    } else if (key == "body") {
      record_.body = read_value(member, batch_.arena);
    } else if (key == "level") {
      level_ = read_text(member, batch_.arena);
    } else if (key == "severity_number") {
      number_ = read_int64(member).value_or(0);
    } else if (key == "trace_id") {
      record_.trace_id = model::TraceId::from_hex(read_text(member, batch_.arena));
    } else if (key == "span_id") {
      record_.span_id = model::SpanId::from_hex(read_text(member, batch_.arena));
    } else if (key == "attributes") {
      for_each_field(member, [&](std::string_view name, od::value& typed) { attribute(name, typed); });
    }
  }

  // {"value": ..., "type": ...}; the value has its type in JSON already.
  void attribute(std::string_view name, od::value& typed) {
    Value value;
    for_each_field(typed, [&](std::string_view part, od::value& member) {
      if (part == "value") value = read_value(member, batch_.arena);
    });
    if (value.is_null() || is_of_servers_environment(name)) return;
    const std::string_view text = value.text();
    if (name == "sentry.release") sender_.release = text;
    else if (name == "sentry.environment") sender_.environment = text;
    else if (name == "sentry.sdk.name") sender_.sdk_name = text;
    else if (name == "sentry.sdk.version") sender_.sdk_version = text;
    else if (name == "sentry.severity_number" && number_ == 0 && value.type() == model::ValueType::kInt64) number_ = value.as_int64();
    else if (name == "sentry.trace.parent_span_id" && record_.span_id.empty()) record_.span_id = model::SpanId::from_hex(text);
    else if (name != "sentry.severity_number" && name != "sentry.severity_text") attributes_.add(name_of(name), value);
    if (name == "server.address") sender_.server_name = text;
  }

  void finish() {
    record_.observed_time = context_.received_time;
    if (!is_believable(record_.time, context_.received_time)) {
      attributes_.add("sentry.original_timestamp", Value::int64(record_.time));
      record_.time = context_.received_time;
    }
    record_.severity_number = number_ >= 1 && number_ <= 24 ? static_cast<uint8_t>(number_) : severity_of_level(level_);
    record_.severity_text = level_;
    sender_.service_name = context_.service_name;
    const bool is_python = sender_.sdk_name.starts_with("sentry.python");
    sender_.platform = is_python ? "python" : sender_.sdk_name.starts_with("sentry.javascript") ? "javascript" : std::string_view();
    record_.resource = resource_of(batch_, sender_);
    record_.scope = sender_.sdk_name.empty() ? UINT32_MAX : scope_of(batch_, sender_.sdk_name, sender_.sdk_version);
    record_.attributes = attributes_.finish();
    batch_.logs.push_back(record_);
  }

  const SentryContext& context_;
  model::Batch& batch_;
  AttributeList attributes_;
  LogRecord record_;
  Sender sender_;
  std::string_view level_;
  int64_t number_ = 0;
  bool has_time_ = false;
};

}  // namespace

ItemResult<> decode_logs(std::string_view json, const SentryContext& context, JsonParser& parser, model::Batch& batch) {
  constexpr ItemContainer kContainer{.item = "log item", .element = "log", .without_list = "invalid_log", .most_bytes = kMostLogContainerBytes};
  return each_element(kContainer, json, parser, batch, [&](od::value& element) { return LogReader(context, batch).read(element); });
}

}  // namespace tripod::ingest::sentry
