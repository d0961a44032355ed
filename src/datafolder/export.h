// Records of a dataset as JSON lines.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fs.h"
#include "base/result.h"
#include "store/events/plan.h"

namespace tripod::datafolder {

struct ExportRequest {
  std::string data;
  store::Dataset dataset = store::Dataset::kLogs;
  store::TimeRange range;
  store::Predicate filter;
  size_t page_rows = 10'000;  // read and written at a time
};

struct ExportSummary {
  uint64_t records = 0;
  std::vector<std::string> damage;    // what could not be read: its records are missing
  std::vector<std::string> unhidden;  // what could not be read and would have kept records out
};

// Oldest first, a line each: {"time":"…","time_ns":"…","fields":{…}}. `write` takes whole lines; its error ends the export. Lines
// kept as templates have their `original`. Reads while a server writes: all that is stored when the call begins
// and not deleted meanwhile, each record once.
base::Result<ExportSummary> export_records(base::Fs& fs, const base::Clock& clock, const ExportRequest& request,
                                           const std::function<base::Result<>(std::string_view)>& write);

}  // namespace tripod::datafolder
