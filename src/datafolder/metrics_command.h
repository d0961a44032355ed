// The command `tripod metrics`: what takes the room in the metric store, samples out of it and into it as OpenMetrics text, as promtool's
// tsdb commands do. Analysing works beside a running server; the others take the folder for themselves.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fs.h"
#include "base/result.h"

namespace tripod::datafolder {

struct MetricsCommand {
  enum class Action { kAnalyze, kExport, kBackfill };
  Action action = Action::kAnalyze;
  std::string data = "./tripod-data";
  std::vector<std::string> match;  // kAnalyze, kExport: selectors, any of which matches; none: all series
  std::string start, end;          // kExport: as parse_instant() reads them, both included; empty: no bound
  std::string file;                // kBackfill: OpenMetrics text with timestamps; "-": standard input
  size_t limit = 20;               // kAnalyze: rows of each table
  bool json = false;               // kAnalyze
};

// The process's exit status: 0; 1 when it failed or samples were refused (it has said which on `complaints`); 2 when the arguments are wrong.
int run_command(base::Fs& fs, const base::Clock& clock, const MetricsCommand& command, std::FILE* out, std::FILE* complaints);

}  // namespace tripod::datafolder
