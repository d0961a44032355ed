// Readings of a clock in some place of the world, and instants. https://www.iana.org/time-zones
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace tripod::base {

// Immutable, cheap to copy, thread-safe. "local" is a clock's reading, counted as if it were UTC.
class TimeZone {
 public:
  TimeZone() = default;  // UTC

  // "UTC", an offset ("+02:00", "-0530"), or a name of the tz database ("Europe/Berlin"), which
  // must be installed. Error: kInvalidArgument.
  static Result<TimeZone> parse(const std::string& name);

  // Of a reading that the clock shows twice, the first; of one that it skips, as if it had not been
  // put forward yet.
  UnixNanos to_utc(UnixNanos local) const;
  UnixNanos to_local(UnixNanos utc) const;

 private:
  struct Rules;
  std::shared_ptr<const Rules> rules_;  // null: UTC
};

}  // namespace tripod::base
