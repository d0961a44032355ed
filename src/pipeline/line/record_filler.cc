#include "pipeline/line/record_filler.h"

#include <algorithm>
#include <numeric>

#include "pipeline/line/field_time.h"
#include "pipeline/line/line_head.h"
#include "pipeline/line/severity.h"

namespace tripod::pipeline {
namespace {

using model::Attribute;
using model::LogRecord;
using model::Value;

constexpr size_t kLongestSeverity = 32;

// Loggers without a current span write zeros.
bool is_no_id(std::string_view hex) {
  return hex.empty() || hex.find_first_not_of("0-") == hex.npos;
}

// Whether an id can be taken out of the attributes: none at all, or one that does not contradict
// the record's.
template <class Id>
bool fits_id(const Value& value, const Id& known) {
  if (!value.is_string()) return false;
  if (is_no_id(value.text())) return true;
  const Id id = Id::from_hex(value.text());
  return !id.empty() && (known.empty() || known == id);
}

Severity severity_of(const Value& value) {
  if (value.is_string()) return severity_from_text(value.text());
  if (value.type() == model::ValueType::kInt64) return severity_from_number(value.as_int64());
  return {};
}

}  // namespace

bool RecordFiller::fits(FieldRole role, const Value& value, const LogRecord& record) {
  switch (role) {
    case FieldRole::kMessage:
    case FieldRole::kStackTrace:
      return value.is_string() && !value.text().empty();
    case FieldRole::kSeverity:
      // A word we do not know says something too, where nothing else does.
      return severity_of(value) ||
             (value.is_string() && !value.text().empty() &&
              value.text().size() <= kLongestSeverity && record.severity_number == 0);
    case FieldRole::kSeverityNumber:
      return value.type() == model::ValueType::kInt64 && severity_from_otel(value.as_int64());
    case FieldRole::kTime: {
      const auto time = time_of_value(value);
      if (!time || !is_sane_time(*time, record)) return false;
      time_ = *time;
      return true;
    }
    case FieldRole::kTraceId:
      return fits_id(value, record.trace_id);
    case FieldRole::kSpanId:
      return fits_id(value, record.span_id);
    case FieldRole::kRenamed:
    case FieldRole::kNone:
      return false;
  }
  return false;
}

void drop_duplicate_keys(std::vector<Attribute>& attributes) {
  constexpr size_t kFew = 16;  // below this, comparing all pairs is faster
  if (attributes.size() <= kFew) {
    auto end = attributes.begin();
    for (auto& attribute : attributes) {
      const auto same = [&](const Attribute& a) { return a.key == attribute.key; };
      if (std::none_of(attributes.begin(), end, same)) *end++ = attribute;
    }
    attributes.erase(end, attributes.end());
    return;
  }
  std::vector<uint32_t> order(attributes.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, {}, [&](uint32_t i) { return attributes[i].key; });
  std::vector<bool> repeated(attributes.size());
  bool any = false;
  for (size_t i = 1; i < order.size(); ++i) {
    if (attributes[order[i]].key != attributes[order[i - 1]].key) continue;
    repeated[order[i]] = any = true;
  }
  if (!any) return;
  size_t at = 0;
  std::erase_if(attributes, [&](const Attribute&) { return repeated[at++]; });
}

FieldMeaning RecordFiller::meaning_of(const Attribute& field) const {
  if (field.key == names_.message && !names_.message.empty()) return {FieldRole::kMessage, 0};
  if (field.key == names_.time && !names_.time.empty()) return {FieldRole::kTime, 0};
  if (field.key == names_.level && !names_.level.empty()) return {FieldRole::kSeverity, 0};
  FieldMeaning meaning = field_meaning(field.key);
  ++meaning.rank;  // the sender's own names go first
  return meaning;
}

void RecordFiller::choose(const std::vector<Attribute>& fields, const LogRecord& record) {
  std::array<uint8_t, kRoles> ranks{};
  chosen_.fill(-1);
  any_renamed_ = false;
  for (size_t i = 0; i < fields.size(); ++i) {
    const FieldMeaning meaning = meaning_of(fields[i]);
    any_renamed_ = any_renamed_ || meaning.role == FieldRole::kRenamed;
    if (meaning.role == FieldRole::kNone || meaning.role == FieldRole::kRenamed) continue;
    const auto role = static_cast<size_t>(meaning.role);
    if (chosen_[role] >= 0 && ranks[role] <= meaning.rank) continue;
    if (!fits(meaning.role, fields[i].value, record)) continue;
    chosen_[role] = static_cast<int32_t>(i);
    ranks[role] = meaning.rank;
  }
}

void RecordFiller::apply(FieldRole role, Attribute& field, LogRecord& record) {
  const Value& value = field.value;
  switch (role) {
    case FieldRole::kMessage:
      record.body = Value::string(value.text());
      return;
    case FieldRole::kSeverity:
      if (const Severity known = severity_of(value)) {
        record.severity_number = known.number;
        record.severity_text = known.text;
      } else {
        record.severity_text = value.text();
      }
      return;
    case FieldRole::kSeverityNumber: {
      const Severity known = severity_from_otel(value.as_int64());
      record.severity_number = known.number;
      record.severity_text = known.text;
      return;
    }
    case FieldRole::kTime:
      if (record.observed_time == 0) record.observed_time = record.time;
      record.time = time_;
      record.time_is_of_line = true;
      return;
    case FieldRole::kTraceId:
      if (record.trace_id.empty()) record.trace_id = model::TraceId::from_hex(value.text());
      return;
    case FieldRole::kSpanId:
      if (record.span_id.empty()) record.span_id = model::SpanId::from_hex(value.text());
      return;
    case FieldRole::kStackTrace:
    case FieldRole::kRenamed:
    case FieldRole::kNone:
      return;
  }
}

void RecordFiller::rename(const LineNames& names, std::vector<Attribute>& fields) {
  for (size_t i = 0; i < fields.size(); ++i) {
    fields[i].key = names.of(fields[i].key);
    const auto place = fields[i].key == kCallerKey && fields[i].value.is_string() ? code_place(fields[i].value.text()) : std::nullopt;
    if (!place) continue;
    fields[i] = {"code.file.path", Value::string(place->path)};
    fields.insert(fields.begin() + static_cast<std::ptrdiff_t>(++i), {"code.line.number", Value::int64(place->line)});
  }
}

bool RecordFiller::fill(std::vector<Attribute>& fields, LogRecord& record, model::Batch& batch) {
  choose(fields, record);
  LineNames names;
  if (any_renamed_) {
    for (const Attribute& field : fields) names.add(field.key);
  }
  for (size_t role = 0; role < kRoles; ++role) {
    if (chosen_[role] < 0) continue;
    Attribute& field = fields[static_cast<size_t>(chosen_[role])];
    apply(static_cast<FieldRole>(role), field, record);
    if (static_cast<FieldRole>(role) == FieldRole::kStackTrace) {
      field.key = "exception.stacktrace";
      chosen_[role] = -1;  // stays an attribute
    }
  }
  size_t at = 0;
  std::erase_if(fields, [&](const Attribute&) {
    return std::ranges::find(chosen_, static_cast<int32_t>(at++)) != chosen_.end();
  });
  if (any_renamed_) rename(names, fields);
  merge(fields, record, batch);
  return chosen_[static_cast<size_t>(FieldRole::kMessage)] >= 0;
}

void RecordFiller::merge(const std::vector<Attribute>& fields, LogRecord& record,
                         model::Batch& batch) {
  merged_.assign(record.attributes.begin(), record.attributes.end());
  merged_.insert(merged_.end(), fields.begin(), fields.end());
  drop_duplicate_keys(merged_);
  record.attributes = batch.arena.copy_array(std::span<const Attribute>(merged_));
}

}  // namespace tripod::pipeline
