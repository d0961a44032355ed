#include "query/logql/record_reader.h"

#include <variant>

#include "query/logql/labels.h"
#include "store/events/field_text.h"

namespace tripod::query::logql {
namespace {

// Bounds what many thousand distinct keys may hold.
constexpr size_t kMostKeys = 20'000;

// The view points into the value or into `buffer`.
std::string_view text_of(const store::FieldValue& value, store::NumberBuffer& buffer) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return store::field_text(store::to_view(value), buffer);
}

}  // namespace

const RecordReader::Key& RecordReader::key_of(std::string_view field) {
  if (const auto found = keys_.find(field); found != keys_.end()) return found->second;
  Key key;
  key.label = field_to_loki_label(field);
  key.exact = key.label == field;
  key.of_stream = is_stream_field(field);
  if (field == "body" || field == "original") {
    key.role = Role::kLine;
  } else if (field.starts_with(kStreamMarkPrefix)) {
    const std::string_view label = field.substr(kStreamMarkPrefix.size());
    key.role = Role::kMark;
    key.label = field_to_loki_label(label);
    key.value_field = field_of_mark(label);
  } else if (field == kServiceField) {
    key.role = Role::kService;
  } else if (field == kSeverityField) {
    key.role = Role::kSeverity;
  }
  return keys_.emplace(std::string(field), std::move(key)).first->second;
}

void RecordReader::find_keys(const store::EventRow& row) {
  if (keys_.size() > kMostKeys) keys_.clear();
  row_keys_.clear();
  used_.assign(row.fields.size(), false);
  pushed_ = false;
  for (const auto& [name, value] : row.fields) {
    row_keys_.push_back(&key_of(name));
    pushed_ |= row_keys_.back()->role == Role::kMark;
  }
}

void RecordReader::read_stream(const store::EventRow& row, LabelSet& labels) {
  labels.clear();
  find_keys(row);
  store::NumberBuffer buffer;
  const auto add = [&](size_t i, std::string_view label) {
    used_[i] = true;
    if (const std::string_view text = text_of(row.fields[i].second, buffer); !text.empty()) labels.add_stream(label, text);
  };
  for (size_t i = 0; i < row.fields.size(); ++i) {
    const Key& key = *row_keys_[i];
    if (key.role == Role::kMark) {
      for (size_t k = 0; k < row.fields.size(); ++k) {
        if (row.fields[k].first == key.value_field) add(k, key.label);
      }
    } else if (!pushed_ && key.of_stream) {
      add(i, key.label);
    }
  }
  if (!pushed_) return;
  for (size_t i = 0; i < row.fields.size(); ++i) {
    if (row_keys_[i]->role == Role::kService) add(i, kServiceLabel);
  }
}

void RecordReader::read(const store::EventRow& row, Line& line) {
  read_stream(row, line.labels);
  line.time = row.time;
  line.text = line.message = {};
  bool original = false;
  store::NumberBuffer buffer;
  for (size_t i = 0; i < row.fields.size(); ++i) {
    const auto& [name, value] = row.fields[i];
    if (row_keys_[i]->role == Role::kLine && !original) {
      original = name == "original" && !text_of(value, buffer).empty();
      if (name != "original" || original) {
        line.text = text_of(value, buffer);
        if (!line.text.empty() && line.text.data() == buffer.data()) {
          line.buffer = line.text;
          line.text = line.buffer;
        }
      }
    } else if (row_keys_[i]->role == Role::kSeverity) {
      if (const std::string_view text = text_of(value, buffer); !text.empty()) line.labels.add_metadata(kDetectedLevelLabel, text);
    }
  }
  is_original_ = original;
  add_metadata(row, line.labels, true);
  add_metadata(row, line.labels, false);
  const store::FieldValue* body = original ? row.find("body") : nullptr;
  if (const auto* text = body == nullptr ? nullptr : std::get_if<std::string>(body)) line.message = *text;
}

// A name that several fields are written by is that of the one spelt so.
void RecordReader::add_metadata(const store::EventRow& row, LabelSet& labels, bool exact) {
  store::NumberBuffer buffer;
  for (size_t i = 0; i < row.fields.size(); ++i) {
    const Key& key = *row_keys_[i];
    if (used_[i] || key.exact != exact || (key.role != Role::kPlain && key.role != Role::kService)) continue;
    const std::string_view text = text_of(row.fields[i].second, buffer);
    // Ingest writes a stream's host and environment by OpenTelemetry's names too.
    if (text.empty() || (labels.stream_has(key.label) && labels.get(key.label) == text)) continue;
    labels.add_metadata(key.label, text);
  }
}

}  // namespace tripod::query::logql
