#include "ingest/elastic/document_reader.h"

#include <algorithm>
#include <bit>

#include "ingest/elastic/ecs.h"
#include "pipeline/line/field_time.h"

namespace tripod::ingest::elastic {
namespace {

using model::Attribute;
using model::LogRecord;
using model::Value;
using pipeline::FlattenOutcome;

void append_value(std::string& key, const Value& value) {
  key.push_back(static_cast<char>('0' + static_cast<int>(value.type())));
  if (value.has_text()) {
    key.append(value.text());
  } else {
    const int64_t number = value.type() == model::ValueType::kFloat64
                               ? std::bit_cast<int64_t>(value.as_float64())
                               : value.as_int64();
    key.append(reinterpret_cast<const char*>(&number), sizeof(number));
  }
  key.push_back('\0');
}

}  // namespace

FlattenOutcome DocumentReader::add(std::string_view text, std::string_view index, std::string_view id) {
  LogRecord record;
  const FlattenOutcome outcome = parser_.parse_object(text, record, batch_);
  if (outcome != FlattenOutcome::kObject) return outcome;
  fields_.assign(record.attributes.begin(), record.attributes.end());
  take_message(record);
  // Where another of its fields is the time, as a logger's own `timestamp` is.
  std::erase_if(fields_, [&](const Attribute& a) { return a.key == "@timestamp" && pipeline::time_of_value(a.value) == record.time; });
  rename_fields(fields_, batch_.arena);
  record.resource = take_resource(index);
  if (!id.empty()) fields_.push_back({"log.record.uid", Value::string(id)});
  record.attributes = batch_.arena.copy_array(std::span<const Attribute>(fields_));
  batch_.logs.push_back(record);
  return outcome;
}

void DocumentReader::take_message(LogRecord& record) {
  const bool has_message = !record.original.empty();
  record.original = {};
  if (!has_message) {
    const auto log = std::ranges::find(fields_, "log", &Attribute::key);
    if (log == fields_.end() || !log->value.is_string() || log->value.text().empty()) return;
    record.body = log->value;
    fields_.erase(log);
  }
  std::erase_if(fields_, [&](const Attribute& a) { return a.key == "event.original" && a.value == record.body; });
}

uint32_t DocumentReader::take_resource(std::string_view index) {
  const auto moved = std::ranges::stable_partition(fields_, [](const Attribute& a) { return !is_of_resource(a.key); });
  key_.assign(index).push_back('\0');
  for (const Attribute& field : moved) {
    key_.append(field.key).push_back('\0');
    append_value(key_, field.value);
  }
  const auto known = resources_.find(key_);
  if (known != resources_.end()) {
    fields_.erase(moved.begin(), moved.end());
    return known->second;
  }
  std::vector<Attribute> attributes;
  if (!index.empty()) attributes.push_back({"elasticsearch.index", Value::string(index)});
  attributes.insert(attributes.end(), moved.begin(), moved.end());
  fields_.erase(moved.begin(), moved.end());
  const auto number = static_cast<uint32_t>(batch_.resources.size());
  batch_.resources.push_back({batch_.arena.copy_array(std::span<const Attribute>(attributes))});
  resources_.emplace(key_, number);
  return number;
}

}  // namespace tripod::ingest::elastic
