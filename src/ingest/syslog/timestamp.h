// The times of syslog headers.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/time_zone.h"

namespace tripod::ingest::syslog {

struct HeaderTime {
  base::UnixNanos time = 0;
  size_t length = 0;  // of its text
};

// The time that `text` begins with: "Oct 11 22:14:15" (RFC 3164), with a year before or after the
// day, with a fraction; or RFC 3339, as rsyslog's forward format has it. Without a zone it is in
// `zone`. Without a year it is the latest such day up to one day after `received`.
std::optional<HeaderTime> parse_header_time(std::string_view text, const base::TimeZone& zone,
                                            base::UnixNanos received);

}  // namespace tripod::ingest::syslog
