// Members of a structured line -> the typed fields of a log record.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "model/batch.h"
#include "pipeline/line/field_roles.h"
#include "pipeline/line/line_names.h"

namespace tripod::pipeline {

// Names a sender has given; each goes before the well-known names of its role. Empty: the
// well-known ones alone.
struct LineFieldNames {
  std::string message;
  std::string time;
  std::string level;
};

// Keeps buffers; not thread-safe.
class RecordFiller {
 public:
  explicit RecordFiller(LineFieldNames names) : names_(std::move(names)) {}

  // Sets the record's time, severity, body, ids and attributes from `fields` (which is reordered
  // and shortened). False when there was no message: the body is then as before.
  bool fill(std::vector<model::Attribute>& fields, model::LogRecord& record, model::Batch& batch);

 private:
  static constexpr size_t kRoles = static_cast<size_t>(FieldRole::kSpanId) + 1;

  FieldMeaning meaning_of(const model::Attribute& field) const;
  // Whether this value can play the role.
  bool fits(FieldRole role, const model::Value& value, const model::LogRecord& record);
  void choose(const std::vector<model::Attribute>& fields, const model::LogRecord& record);
  static void rename(const LineNames& names, std::vector<model::Attribute>& fields);
  void apply(FieldRole role, model::Attribute& field, model::LogRecord& record);
  void merge(const std::vector<model::Attribute>& fields, model::LogRecord& record,
             model::Batch& batch);

  const LineFieldNames names_;
  std::array<int32_t, kRoles> chosen_{};  // index of the field that plays each role, -1: none
  base::UnixNanos time_ = 0;              // of the field chosen for kTime
  bool any_renamed_ = false;              // there may be fields of another name
  std::vector<model::Attribute> merged_;
};

// Removes attributes whose key an earlier one has. O(n log n).
void drop_duplicate_keys(std::vector<model::Attribute>& attributes);

}  // namespace tripod::pipeline
