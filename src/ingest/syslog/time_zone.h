// Clock times without a zone, as RFC 3164 sends them, to instants.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace tripod::ingest::syslog {

// Immutable, cheap to copy, thread-safe.
class TimeZone {
 public:
  TimeZone() = default;  // UTC

  // "UTC", an offset ("+02:00", "-0530"), or a name of the tz database ("Europe/Berlin"), which
  // must be installed. Error: kInvalidArgument.
  static base::Result<TimeZone> parse(const std::string& name);

  // `local` is the clock's reading, counted as if it were UTC. Of a reading that the clock shows
  // twice, the first; of one that it skips, as if it had not been put forward yet.
  base::UnixNanos to_utc(base::UnixNanos local) const;

 private:
  struct Rules;
  std::shared_ptr<const Rules> rules_;  // null: UTC
};

}  // namespace tripod::ingest::syslog
