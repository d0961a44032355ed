// The questions a terminal can ask: tail, logs, trace, issues, query. Each prints a table for people, or JSON lines for pipes.
#pragma once

#include <cstdio>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "cli/client.h"

namespace tripod::cli {

struct Output {
  std::FILE* to = stdout;
  bool json = false;
};

struct SearchArguments {
  std::string query;
  std::string start = "now-1h";
  std::string end = "now";
  int limit = 100;
};

base::Result<> logs(const Server& server, const SearchArguments& arguments, const Output& output);
// Follows new records until interrupted, or for `rounds` polls (negative: no end).
base::Result<> tail(const Server& server, const std::string& query, const Output& output, int rounds);
base::Result<> trace(const Server& server, const std::string& id, const Output& output);
base::Result<> issues(const Server& server, const std::string& status, const std::string& query, const Output& output);
// An instant query at `time`; with `start`, `end` or `step` a range query, of the last hour unless told.
struct MetricArguments {
  std::string query;
  std::string time = "now";
  std::string start;
  std::string end;
  std::string step;  // default_step() when empty
};
// About 250 steps from `start` to `end`, in whole seconds and at least one: "14s". kInvalidArgument: not a time.
base::Result<std::string> default_step(const std::string& start, const std::string& end, base::UnixNanos now);
base::Result<> query(const Server& server, const MetricArguments& arguments, const Output& output);

}  // namespace tripod::cli
