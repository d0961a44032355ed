// PromQL's text forms: quoted strings, durations, sample values, places in a query.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tripod::query::promql {

// Double-quoted with Go's escapes, as label values are shown: a"b -> "a\"b". Bytes that are not
// valid UTF-8 become \xNN.
std::string quote(std::string_view text);
// The content of a literal in '…', "…" (Go escapes) or `…` (raw), quotes included in `literal`.
base::Result<std::string> unquote(std::string_view literal);

// "1h30m", "500ms", "1d"; milliseconds. Units y w d h m s ms, each at most once, in this order.
// nullopt: not a duration, or past 292 years.
std::optional<int64_t> parse_duration_ms(std::string_view text);
// "1h30m", "0s", "-5m": days, weeks and years only where they divide evenly, as Prometheus prints
// them.
std::string format_duration_ms(int64_t ms);

// A number literal: 1, .5, 1e3, 0x1F, 1_000, Inf, NaN (any case). Integers with a leading zero are
// octal, as in Prometheus.
std::optional<double> parse_number(std::string_view text);

// A sample's value as the Prometheus API writes it: shortest form that reads back the same, no
// exponent for 1e-6 <= |v| < 1e21, "NaN", "+Inf", "-Inf".
std::string format_value(double value);
// A value without exponent ever: what count_values puts in its label.
std::string format_value_fixed(double value);
// A number in a message: Go's %v and %g (exponent below 1e-4 and from 1e6).
std::string format_number(double value);

// "line:column", both from 1 (columns count bytes), of a byte offset.
std::string place(std::string_view query, size_t offset);

// [a-zA-Z_][a-zA-Z0-9_]*
bool is_legacy_label_name(std::string_view name);
// [a-zA-Z_:][a-zA-Z0-9_:]*
bool is_legacy_metric_name(std::string_view name);

}  // namespace tripod::query::promql
