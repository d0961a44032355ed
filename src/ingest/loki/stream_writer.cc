#include "ingest/loki/stream_writer.h"

#include <fmt/format.h>

#include <utility>

#include "ingest/stream/stream_labels.h"

namespace tripod::ingest::loki {

using model::Attribute;
using model::LogRecord;

namespace {

// As JSON lines have it; Loki itself cuts or refuses from 256 KiB on.
constexpr size_t kMostLineBytes = 1u << 20;

}  // namespace

void StreamWriter::begin_stream() {
  ++stream_;
  entry_ = -1;
  labels_.clear();
  bad_labels_.clear();
  first_record_ = batch_.logs.size();
}

void StreamWriter::bad_labels(std::string why) { bad_labels_ = std::move(why); }

void StreamWriter::reject_stream(std::string_view why) {
  rejections_.add("invalid_stream", [&] { return fmt::format("{}: {}", place(), why); });
}

void StreamWriter::end_stream() {
  const size_t count = batch_.logs.size() - first_record_;
  entry_ = -1;
  if (count == 0) return;
  if (!bad_labels_.empty()) {
    rejections_.add(
        "invalid_labels", [&] { return fmt::format("{}: {}", place(), bad_labels_); }, count);
    batch_.logs.resize(first_record_);
    return;
  }
  const auto resource = static_cast<uint32_t>(batch_.resources.size());
  batch_.resources.push_back({stream_attributes(labels_, batch_.arena)});
  const std::string_view severity = stream_severity(labels_);
  for (LogRecord& record : std::span(batch_.logs).subspan(first_record_)) {
    record.resource = resource;
    if (record.severity_text.empty()) record.severity_text = severity;
  }
}

void StreamWriter::add_metadata(std::string_view name, model::Value value) {
  if (value.is_string()) {
    if (name == "trace_id" || name == "traceid" || name == "traceID") {
      const auto id = model::TraceId::from_hex(value.text());
      if (!id.empty() && record_.trace_id.empty()) {
        record_.trace_id = id;
        return;
      }
    } else if (name == "span_id" || name == "spanid" || name == "spanID") {
      const auto id = model::SpanId::from_hex(value.text());
      if (!id.empty() && record_.span_id.empty()) {
        record_.span_id = id;
        return;
      }
    } else if (is_severity_label(name)) {
      record_.severity_text = value.text();
    }
  }
  if (!name.empty()) metadata_.push_back({name, value});
}

void StreamWriter::end_entry() {
  if (const size_t size = record_.body.text().size(); size > kMostLineBytes) {
    return reject_entry("line_too_long", fmt::format("{} bytes, at most {}", size, kMostLineBytes));
  }
  record_.attributes = batch_.arena.copy_array(std::span<const Attribute>(metadata_));
  batch_.logs.push_back(record_);
  ++added_;
}

void StreamWriter::reject_entry(std::string_view reason, std::string_view why) {
  rejections_.add(reason, [&] { return fmt::format("{}: {}", place(), why); });
}

bool StreamWriter::exhausted() const {
  return added_ * sizeof(LogRecord) + (batch_.arena.bytes_reserved() - arena_before_) +
             metadata_.size() * sizeof(Attribute) + labels_.size() * sizeof(model::Label) >
         limit_;
}

base::Error StreamWriter::too_large() const {
  return {
      base::Code::kTooLarge,
      fmt::format(
          "the push takes more than {} bytes once decoded (reached at {}); send smaller batches",
          limit_, place())};
}

std::string StreamWriter::place() const {
  if (stream_ < 0) return "its first field";
  std::string out = fmt::format("streams[{}]", stream_);
  if (entry_ >= 0) out += fmt::format(".values[{}]", entry_);
  return out;
}

}  // namespace tripod::ingest::loki
