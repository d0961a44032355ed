// Loki's label names ([a-zA-Z_][a-zA-Z0-9_]*) and the fields of log records behind them.
// https://grafana.com/docs/loki/latest/get-started/labels/
//
// A record that was pushed in a stream (`stream.label.<name>`, docs/fields.md) has that stream's labels,
// and the service found in it. Any other record's are those fields that say who sent it and how severe
// it is. Every other field is what Loki calls structured metadata.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "store/events/event_store.h"

namespace tripod::query::logql {

// Of a field's name; docs/fields.md.
inline constexpr std::string_view kStreamMarkPrefix = "stream.label.";
// An attribute whose name was taken by another value.
inline constexpr std::string_view kSecondPrefix = "attributes.";
inline constexpr std::string_view kServiceField = "service.name";
inline constexpr std::string_view kSeverityField = "severity_text";
inline constexpr std::string_view kServiceLabel = "service_name";
inline constexpr std::string_view kLevelLabel = "level";
inline constexpr std::string_view kDetectedLevelLabel = "detected_level";

// "service.name" -> "service_name", "severity_text" -> "level", "attributes.app" -> "app"; every
// character a label cannot have becomes '_'.
std::string field_to_loki_label(std::string_view field);
// Tells streams apart where records came without labels (OpenTelemetry).
bool is_stream_field(std::string_view field);
// Where the value of a marked label lies: ingest renames service_name.
std::string_view field_of_mark(std::string_view label);

// The fields of a range's records, asked by label. Immutable; thread-safe.
class FieldCatalog {
 public:
  FieldCatalog() = default;
  explicit FieldCatalog(std::vector<store::FieldInfo> fields);

  // The fields that may hold a label's value, the first that a record has being it: the streams' own, then a
  // field of that very name, then those that are written alike. Never empty: without any, the well-known
  // OpenTelemetry attribute of the name, else the name.
  std::vector<std::string> fields_of(std::string_view label) const;
  // Whether some record of the range may have the label.
  bool has(std::string_view label) const { return by_label_.contains(label); }
  // "int64", "float64" …; empty when unknown.
  std::string_view type_of(std::string_view field) const;

  const std::vector<store::FieldInfo>& fields() const { return fields_; }
  // Names of all stream.label.<name> fields.
  const std::vector<std::string>& marks() const { return marks_; }
  // Everything that a record's stream labels are made of: marks, their values, stream fields.
  std::vector<std::string> stream_fields() const;
  // The names of labels that streams of the range may have.
  std::vector<std::string> stream_labels() const;

 private:
  std::vector<store::FieldInfo> fields_;  // by name
  std::vector<std::string> marks_;
  std::map<std::string, std::vector<std::string>, std::less<>> by_label_;
};

}  // namespace tripod::query::logql
