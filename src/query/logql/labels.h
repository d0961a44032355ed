// Loki's label names ([a-zA-Z_][a-zA-Z0-9_]*) and the fields of log records behind them.
// https://grafana.com/docs/loki/latest/get-started/labels/
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tripod::query::logql {

// "service.name" -> "service_name", "severity_text" -> "level"; every character a label cannot have
// becomes '_'.
std::string field_to_loki_label(std::string_view field);

// The way back. Several fields may share a label's name: one of `known_fields` (what the store has)
// counts before the well-known OpenTelemetry attributes, and what neither knows is a field of that
// very name. "detected_level" is "level".
std::string loki_label_to_field(std::string_view label,
                                std::span<const std::string> known_fields = {});

}  // namespace tripod::query::logql
