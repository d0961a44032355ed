// Loki's label names ([a-zA-Z_][a-zA-Z0-9_]*) and the fields of log records behind them.
// https://grafana.com/docs/loki/latest/get-started/labels/
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tripod::query::logql {

// "service.name" -> "service_name", "severity_text" -> "level"; every character a label cannot have
// becomes '_'.
std::string field_to_loki_label(std::string_view field);

// The way back: at least one field, each of which may hold the label's value, since records from
// different senders share a label's name ("service.name" of one, "service_name" of another). All
// that fit among `known_fields` (what the store has); without any, the well-known OpenTelemetry
// attribute, else a field of that very name. "level" and "detected_level" are "severity_text" first.
std::vector<std::string> loki_label_to_fields(std::string_view label,
                                              std::span<const std::string> known_fields = {});

}  // namespace tripod::query::logql
