// The time at the front of a line of text, and whether it is better than the time the line was shipped at.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "model/batch.h"

namespace tripod::pipeline {

struct HeadTime {
  base::UnixNanos time = 0;
  bool has_zone = false;      // else it is the program's local time, and `time` what it is in UTC
  bool has_fraction = false;  // else it is exact to the second
};

// Takes "2026-11-22 16:39:57,135", "2026-11-22T16:39:57.135Z", "2026-11-22 16:39:57 +0000", "2026/11/22 16:39:57" off the
// front of `text`.
std::optional<HeadTime> take_head_time(std::string_view& text);

// Access logs: "22/Nov/2026:16:39:57 +0000"; Django's and Python's own servers: "22/Nov/2026 16:39:57".
std::optional<HeadTime> access_time(std::string_view text);

// Gives the record the line's time, where that is the better one; its time of shipping is then its observed time.
// - Not a time that is not sane (field_time.h).
// - Not a time to the second within two seconds before the line was seen: that one is finer.
// - Of times without a zone those that UTC explains: at most five minutes from the time the line was seen, or more than 14
//   hours before it. In between, another time zone is likelier than a line that was late.
void apply_head_time(const HeadTime& head, model::LogRecord& record);

}  // namespace tripod::pipeline
