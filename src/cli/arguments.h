// The command line as a value. CLI11 stays inside arguments.cc.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/settings.h"

namespace tripod::cli {

struct ServeCommand {
  Texts flags;   // by setting name, only what was given
};
struct ShipCommand {
  std::vector<std::pair<std::string, std::string>> options;   // names without "--" and values, only what was given, in order
  std::vector<std::string> paths;
};
struct LogsCommand {
  SearchArguments arguments;
  bool follow = false;
};
struct TailCommand {
  FollowArguments arguments;
};
struct TraceCommand {
  std::string id;
};
struct MonitorsCommand {
  std::string monitor;  // empty: a list of them
  int limit = 50;
};
struct IssuesCommand {
  IssueArguments arguments;
};
struct ReleasesCommand {
  ReleaseArguments arguments;
};
struct TargetsCommand {
  bool only_bad = false;  // those that are down or warned of
};
struct TopCommand {
  TopArguments arguments;
};
struct SeriesCommand {
  SeriesArguments arguments;
};
struct QueryCommand {
  MetricArguments arguments;
};

// `check rules`: without a server.
struct CheckCommand {
  std::vector<std::string> files;
};

// On a data folder, without a server.
struct StoreCommand {
  std::string action;  // inspect, verify, export, backup, restore
  std::string data = "./tripod-data";
  std::string backup;
  std::string dataset;
  std::string start, end;
  std::string query;
};

// On the metric store of a data folder, without a server.
struct MetricsCommand {
  std::string action;  // analyze, export, backfill
  std::string data = "./tripod-data";
  std::vector<std::string> match;
  std::string start, end;
  std::string file;
  size_t limit = 20;
};

struct Arguments {
  std::variant<ServeCommand, ShipCommand, StoreCommand, CheckCommand, MetricsCommand, LogsCommand, TailCommand, TraceCommand, IssuesCommand, MonitorsCommand, ReleasesCommand, TargetsCommand, TopCommand, SeriesCommand, QueryCommand> command;
  Server server;      // of the questions
  bool json = false;
};

// Nothing when the program should end at once with `exit_code` (help was printed, or the arguments were wrong).
std::optional<Arguments> parse_arguments(int argc, char** argv, const char* version, int& exit_code);

}  // namespace tripod::cli
