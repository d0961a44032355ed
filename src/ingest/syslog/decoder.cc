#include "ingest/syslog/decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/utf8.h"
#include "pipeline/line/severity.h"

namespace tripod::ingest::syslog {
namespace {

using model::Attribute;
using model::LogRecord;
using model::Value;

constexpr size_t kMostAttributes = 1000;  // of a record, as of a line

// RFC 5424, table 1, by the names of syslog.conf(5); 12 to 15 by rsyslog's.
constexpr std::array<std::string_view, 24> kFacilities{
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
    "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
    "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};

// A pid as a number; others ("worker-3") stay text.
bool read_pid(std::string_view text, int64_t& out) {
  constexpr size_t kMostDigits = 10;
  if (text.empty() || text.size() > kMostDigits) return false;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  return ec == std::errc() && end == text.data() + text.size() && out >= 0;
}

}  // namespace

Decoder::Decoder(const Options& options, model::Batch& batch, const DecodeLimits& limits)
    : options_(options),
      batch_(batch),
      rejections_(batch),
      limit_(limits.decoded_bytes),
      arena_before_(batch.arena.bytes_reserved()) {}

bool Decoder::exhausted() const {
  return added_ * sizeof(LogRecord) + (batch_.arena.bytes_reserved() - arena_before_) > limit_;
}

void Decoder::add(std::string_view bytes, const Frame& frame, std::string_view sender) {
  switch (frame.fault) {
    case FrameFault::kNone:
      return add_message(bytes.substr(frame.begin, frame.size), sender);
    case FrameFault::kTooLong:
      return rejections_.add("message_too_long", [&] {
        return fmt::format("a message of {} bytes or more, at most {}", frame.size,
                           kMostMessageBytes);
      });
    case FrameFault::kIncomplete:
      return rejections_.add("incomplete_frame", [&] {
        return fmt::format("a message without its end, after {} bytes", frame.size);
      });
  }
}

void Decoder::add_message(std::string_view text, std::string_view sender) {
  if (exhausted()) return;
  if (!base::is_valid_utf8(text)) text = batch_.arena.copy(base::replace_invalid_utf8(text));
  const Message message = parse_message(text, options_.zone, options_.received);
  LogRecord record;
  record.time = message.time;
  record.observed_time = options_.received;
  record.body = Value::string(message.text);
  if (message.priority >= 0) {
    const auto severity = pipeline::severity_from_number(message.priority % 8);
    record.severity_number = severity.number;
    record.severity_text = severity.text;
  }
  add_attributes(message, record);
  record.resource = resource_of(message.hostname.empty() ? sender : message.hostname,
                                message.app_name.empty() ? options_.service : message.app_name);
  batch_.logs.push_back(record);
  ++added_;
}

void Decoder::add_attributes(const Message& message, LogRecord& record) {
  attributes_.clear();
  dropped_attributes_ = 0;
  if (message.priority >= 0) {
    const auto facility = kFacilities[static_cast<size_t>(message.priority) / 8];
    attributes_.push_back({"syslog.facility", Value::string(facility)});
  }
  if (int64_t pid = 0; read_pid(message.procid, pid)) {
    attributes_.push_back({"process.pid", Value::int64(pid)});
  } else if (!message.procid.empty()) {
    attributes_.push_back({"syslog.procid", Value::string(message.procid)});
  }
  if (!message.msgid.empty()) {
    attributes_.push_back({"syslog.msgid", Value::string(message.msgid)});
  }
  ParameterReader parameters(message.structured_data);
  while (const auto parameter = parameters.next()) add_parameter(*parameter, record);
  if (dropped_attributes_ > 0) {
    attributes_.push_back(
        {"otel.dropped_attributes_count", Value::int64(static_cast<int64_t>(dropped_attributes_))});
  }
  record.attributes = batch_.arena.copy_array(std::span<const Attribute>(attributes_));
}

void Decoder::add_parameter(const Parameter& parameter, LogRecord& record) {
  if (parameter.name == "trace_id" && record.trace_id.empty()) {
    record.trace_id = model::TraceId::from_hex(parameter.value);
    if (!record.trace_id.empty()) return;
  }
  if (parameter.name == "span_id" && record.span_id.empty()) {
    record.span_id = model::SpanId::from_hex(parameter.value);
    if (!record.span_id.empty()) return;
  }
  if (attributes_.size() >= kMostAttributes || exhausted()) {
    ++dropped_attributes_;
    return;
  }
  key_.assign("syslog.structured_data.").append(parameter.id).append(".").append(parameter.name);
  attributes_.push_back({batch_.arena.copy(key_), Value::string(unescaped(parameter))});
}

// RFC 5424, 6.3.3: \" \\ and \] stand for what is escaped; any other backslash for itself.
std::string_view Decoder::unescaped(const Parameter& parameter) {
  const std::string_view value = parameter.value;
  if (!parameter.has_escapes) return value;
  std::string out;
  out.reserve(value.size());
  for (size_t i = 0; i < value.size(); ++i) {
    const bool escapes = value[i] == '\\' && i + 1 < value.size() &&
                         (value[i + 1] == '"' || value[i + 1] == '\\' || value[i + 1] == ']');
    if (escapes) ++i;
    out += value[i];
  }
  return batch_.arena.copy(out);
}

uint32_t Decoder::resource_of(std::string_view host, std::string_view service) {
  key_.assign(host).append(1, '\0').append(service);
  const auto [found, is_new] =
      resources_.try_emplace(key_, static_cast<uint32_t>(batch_.resources.size()));
  if (!is_new) return found->second;
  std::array<Attribute, 3> attributes;
  size_t count = 0;
  for (const auto& [name, value] :
       {std::pair<std::string_view, std::string_view>("service.name", service),
        {"deployment.environment.name", options_.environment},
        {"host.name", host}}) {
    if (!value.empty()) attributes[count++] = {name, Value::string(batch_.arena.copy(value))};
  }
  batch_.resources.push_back(
      {batch_.arena.copy_array(std::span<const Attribute>(attributes.data(), count))});
  return found->second;
}

base::Result<> Decoder::finish() {
  if (exhausted()) {
    return base::fail(base::Code::kTooLarge,
                      fmt::format("the messages take more than {} bytes once decoded (reached at "
                                  "message {}); send smaller batches",
                                  limit_, added_));
  }
  rejections_.flush();
  return {};
}

base::Result<> decode(std::shared_ptr<const std::string> body, const Options& options,
                      std::string_view sender, model::Batch& batch, const DecodeLimits& limits) {
  batch.bodies.push_back(std::move(body));
  const std::string_view bytes = *batch.bodies.back();
  std::vector<Frame> frames;
  FrameSplitter splitter(kMostMessageBytes);
  const size_t done = splitter.split(bytes, frames);
  const size_t last = frames.size();
  splitter.end(bytes.substr(done), FrameSplitter::End::kEndsLine, frames);
  if (frames.size() > last) frames.back().begin += done;
  Decoder decoder(options, batch, limits);
  for (const Frame& frame : frames) decoder.add(bytes, frame, sender);
  return decoder.finish();
}

}  // namespace tripod::ingest::syslog
