// Instants with a time zone, written and read by Go's layouts ("2006-01-02T15:04:05Z07:00").
// https://pkg.go.dev/time#pkg-constants
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tripod::query::logql::text_template {

// A zone of the IANA database. Immutable.
struct Zone {
  struct Span {
    int64_t from = INT64_MIN;  // unix seconds
    int32_t offset = 0;        // seconds east of UTC
    std::string abbreviation;
  };
  std::vector<Span> spans;  // by `from`

  const Span& at(int64_t unix_seconds) const;
};
using ZonePtr = std::shared_ptr<const Zone>;

// UTC where the name is "" or "UTC", or where the system has no zone of this name, as Loki has it. "Local" is
// UTC: servers have no place.
ZonePtr load_zone(std::string_view name);
ZonePtr utc();

struct GoTime {
  int64_t nanos = 0;  // since 1970
  ZonePtr zone = utc();
};

std::string format_go_time(const GoTime& time, std::string_view layout);
// A time without a zone of its own is one of `zone`. kInvalidArgument: `parsing time "x" as "layout"`.
base::Result<GoTime> parse_go_time(std::string_view layout, std::string_view text, const ZonePtr& zone);

}  // namespace tripod::query::logql::text_template
