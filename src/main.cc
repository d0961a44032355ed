// What the command line asks for, and who does it.
#include <cstdlib>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alert/check_command.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/heap.h"
#include "cli/arguments.h"
#include "datafolder/command.h"
#include "datafolder/metrics_command.h"
#include "program.h"
#include "ship/command.h"
#include "version.h"

namespace tripod {
namespace {

using base::Result;

const char* environment(const char* name) { return std::getenv(name); }

// https://no-color.org: set to anything but nothing.
bool has_colour() {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0') && (terminal == nullptr || std::string_view(terminal) != "dumb");
}

struct Run {
  const cli::Arguments& arguments;
  cli::Output output{stdout, arguments.json, has_colour()};

  int operator()(const cli::ServeCommand& c) const { return serve_until_signal(c, environment); }
  int operator()(const cli::ShipCommand& c) const {
    return ship::run_command({.values = c.options, .paths = c.paths}, environment);
  }
  int operator()(const cli::StoreCommand& c) const {
    umask(077);
    using Action = datafolder::Command::Action;
    static constexpr std::pair<std::string_view, Action> kActions[] = {
        {"inspect", Action::kInspect}, {"verify", Action::kVerify}, {"export", Action::kExport}, {"backup", Action::kBackup}, {"restore", Action::kRestore}};
    datafolder::Command command{.data = c.data, .backup = c.backup, .dataset = c.dataset, .start = c.start, .end = c.end, .query = c.query, .json = arguments.json};
    for (const auto& [name, action] : kActions) {
      if (name == c.action) command.action = action;
    }
    base::RealFs fs;
    return datafolder::run_command(fs, base::SystemClock(), command, stdout, stderr);
  }
  int operator()(const cli::MetricsCommand& c) const {
    umask(077);
    using Action = datafolder::MetricsCommand::Action;
    const Action action = c.action == "analyze" ? Action::kAnalyze : c.action == "export" ? Action::kExport : Action::kBackfill;
    base::RealFs fs;
    return datafolder::run_command(fs, base::SystemClock(),
                                   {.action = action, .data = c.data, .match = c.match, .start = c.start, .end = c.end, .file = c.file, .limit = c.limit, .json = arguments.json},
                                   stdout, stderr);
  }
  int operator()(const cli::LogsCommand& c) const {
    const cli::SearchArguments& a = c.arguments;
    if (!c.follow) return end(cli::logs(arguments.server, a, output));
    return end(cli::follow(arguments.server, {.query = a.query, .dataset = a.dataset, .last = a.limit, .start = cli::instant_of(a.start)}, output));
  }
  int operator()(const cli::TailCommand& c) const { return end(cli::follow(arguments.server, c.arguments, output)); }
  int operator()(const cli::TraceCommand& c) const { return end(cli::trace(arguments.server, c.id, output)); }
  int operator()(const cli::IssuesCommand& c) const { return end(cli::issues(arguments.server, c.arguments, output)); }
  int operator()(const cli::ReleasesCommand& c) const { return end(cli::releases(arguments.server, c.arguments, output)); }
  int operator()(const cli::MonitorsCommand& c) const {
    return end(c.monitor.empty() ? cli::monitors(arguments.server, output) : cli::check_ins(arguments.server, c.monitor, c.limit, output));
  }
  int operator()(const cli::TargetsCommand& c) const {
    auto bad = cli::targets(arguments.server, c.only_bad, output);
    if (!bad) return end(base::fail(std::move(bad.error())));
    return c.only_bad && *bad > 0 ? 1 : 0;
  }
  int operator()(const cli::CheckCommand& c) const {
    base::RealFs fs;
    return alert::check_rule_files(fs, c.files, stdout, stderr);
  }
  int operator()(const cli::TopCommand& c) const { return end(cli::top(arguments.server, c.arguments, output)); }
  int operator()(const cli::SeriesCommand& c) const { return end(cli::series(arguments.server, c.arguments, output)); }
  int operator()(const cli::QueryCommand& c) const { return end(cli::query(arguments.server, c.arguments, output)); }

  static int end(const Result<>& result) {
    if (result) return 0;
    fmt::print(stderr, "tripod: {}\n", result.error().message);
    return 1;
  }
};

}  // namespace
}  // namespace tripod

int main(int argc, char** argv) {
  tripod::base::bound_free_memory();
  int exit_code = 0;
  const auto arguments = tripod::cli::parse_arguments(argc, argv, tripod::kVersion, exit_code);
  if (!arguments) return exit_code;
  return std::visit(tripod::Run{*arguments}, arguments->command);
}
