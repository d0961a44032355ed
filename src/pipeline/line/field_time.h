// Instants as log lines write them.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "model/batch.h"

namespace tripod::pipeline {

// RFC 3339 and ISO 8601 (also with a blank for the T and a comma before the fraction), or unix
// seconds, milli-, micro- or nanoseconds as a number or its text: which of them is told by size.
// Without an offset it is UTC.
std::optional<base::UnixNanos> time_of_text(std::string_view text);
std::optional<base::UnixNanos> time_of_value(const model::Value& value);

// Whether a line's own time may replace the one its record came with: after 1990, and not more than
// a day after the line was seen (a clock can be wrong; a replayed file is old and right).
bool is_sane_time(base::UnixNanos time, const model::LogRecord& shipped);

}  // namespace tripod::pipeline
