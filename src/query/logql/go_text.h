// Numbers, durations and sizes as Go's standard library and go-humanize read and write them: what
// Loki's filters, conversions and templates are made of, with their error texts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tripod::query::logql {

// strconv.ParseFloat: decimal and hexadecimal (with p exponent), inf, infinity, nan in any case.
// kInvalidArgument: `strconv.ParseFloat: parsing "x": invalid syntax`.
base::Result<double> parse_go_float(std::string_view text);
// time.ParseDuration: "1h15m30.918s", "-1.5h", "0"; nanoseconds. `time: invalid duration "x"`.
base::Result<int64_t> parse_go_duration(std::string_view text);
// What a query may say: Prometheus's durations (1d, 2w, 1h30m) or else Go's (1.5h); nanoseconds.
base::Result<int64_t> parse_query_duration(std::string_view text);
// humanize.ParseBytes: "42MB", "42 mib", "1,000", "1.5k"; bytes.
base::Result<uint64_t> parse_go_bytes(std::string_view text);

// time.Duration's String(): "1h15m30.918s", "1.5µs", "0s".
std::string format_go_duration(int64_t nanos);
// humanize.Bytes without its blank: "1.5MB", "82B".
std::string format_go_bytes(uint64_t bytes);
// strconv.FormatFloat(value, 'f', -1, 64): never an exponent.
std::string format_go_fixed(double value);

// The first character's length in bytes where it is valid UTF-8, else 0. @pre not empty.
size_t rune_length(std::string_view text);
// Appends a code point; what is none becomes U+FFFD.
void append_rune(std::string& out, uint32_t rune);
// Takes the first character off `text` (U+FFFD and one byte where it is no UTF-8). @pre not empty.
uint32_t take_rune(std::string_view& text);
// Without characters that are not UTF-8 and without U+FFFD: no label's value may have them.
std::string without_bad_runes(std::string_view text);
bool has_bad_rune(std::string_view text);

// A JSON key, a logfmt key or a field's name as a label's: blanks at the ends go, every other
// character than letters, digits and '_' becomes '_', a leading digit gets a '_' before it.
std::string sanitize_label(std::string_view key);
// The same of a further part of a name: a leading digit may stay.
void append_sanitized(std::string& to, std::string_view key);

}  // namespace tripod::query::logql
