#include "cli/arguments.h"

#include <CLI/CLI.hpp>

#include <map>
#include <memory>

namespace tripod::cli {

namespace {

// Flags of `serve` out of the settings table.
void add_settings(CLI::App& serve, Texts& flags) {
  for (const Setting& setting : settings()) {
    if (setting.only_environment) continue;
    const std::string name(setting.name);
    std::string help(setting.help);
    if (!setting.default_value.empty()) help += " [" + std::string(setting.default_value) + "]";
    if (setting.is_flag) {
      serve.add_flag_callback("--" + name, [&flags, name] { flags[name] = "true"; }, help);
    } else {
      serve.add_option_function<std::string>("--" + name, [&flags, name](const std::string& value) { flags[name] = value; }, help);
    }
  }
  serve.footer("Each setting is also an environment variable (--otlp-http is TRIPOD_OTLP_HTTP) and a key of the YAML file (otlp_http).\n"
               "TRIPOD_ADMIN_TOKEN and TRIPOD_DSN_KEY set the admin's token and the project's key for unattended starts.");
}

struct ShipOption {
  const char* name;
  const char* help;
  bool is_flag = false;
};
constexpr ShipOption kShipOptions[] = {
    {"config", "YAML file of inputs and output; then only --to, --state, --key-file, --ca-file and --log-level stand beside it"},
    {"check", "only say whether the options and the file are right", true},
    {"to", "the server [http://127.0.0.1:8700]"},
    {"key-file", "file with the key that the server asks for"},
    {"key-env", "environment variable with the key [TRIPOD_KEY]"},
    {"ca-file", "certificates to trust, PEM"},
    {"state", "folder of what must be remembered: offsets, spool [./tripod-ship]"},
    {"stdin", "read standard input, as the path - does", true},
    {"service", "service.name of the records"},
    {"label", "NAME=TEXT for every record; may be repeated"},
    {"exclude", "pattern of paths that are not followed; may be repeated"},
    {"start", "of files that are there at the first start: beginning or end [beginning]"},
    {"multiline", "auto joins tracebacks of Python and Java, off joins nothing [auto]"},
    {"multiline-start", "regular expression (RE2) of a record's first line; all others are joined to it"},
    {"spool-size", "bound of what waits on disk without a file [256MiB]"},
    {"no-compression", "send bodies as they are, not as zstd", true},
    {"log-level", "debug, info, warn or error [info]"},
};

void add_ship(CLI::App& app, ShipCommand& c) {
  CLI::App* ship = app.add_subcommand("ship", "follow log files and send their lines to a server");
  ship->add_option("paths", c.paths, "files or patterns: /var/log/shop/*.log, /srv/**/app.log; - is standard input");
  for (const ShipOption& option : kShipOptions) {
    const std::string name = option.name;
    if (option.is_flag) {
      ship->add_flag_callback("--" + name, [&c, name] { c.options.emplace_back(name, "true"); }, option.help);
    } else {
      ship->add_option_function<std::vector<std::string>>(
          "--" + name,
          [&c, name](const std::vector<std::string>& values) {
            for (const std::string& value : values) c.options.emplace_back(name, value);
          },
          option.help)->allow_extra_args(false);
    }
  }
}

void add_store(CLI::App& app, StoreCommand& c, bool& json) {
  CLI::App* store = app.add_subcommand("store", "look into a data folder, check it, copy it; while the server runs, too");
  store->require_subcommand(1);
  const auto add = [&](const char* name, const char* help) {
    CLI::App* sub = store->add_subcommand(name, help);
    sub->add_option("--data", c.data, "the data folder, or a backup to look into")->capture_default_str();
    sub->callback([&c, name] { c.action = name; });
    return sub;
  };
  CLI::App* inspect = add("inspect", "datasets, partitions, parts, columns and their bytes");
  inspect->add_option("--dataset", c.dataset, "only logs, spans, errors, links, sessions or span_window");
  inspect->add_flag("--json", json, "one JSON object");
  CLI::App* verify = add("verify", "every checksum; exit status 1 when something is damaged");
  verify->add_flag("--json", json, "one JSON object");
  CLI::App* lines = add("export", "records as JSON lines, oldest first");
  lines->add_option("query", c.query, "only those that match (docs/search.md)");
  lines->add_option("--dataset", c.dataset, "logs, spans, errors, links, sessions or span_window [logs]");
  lines->add_option("--start,--since", c.start, "from this time: now-1h, RFC 3339 or unix seconds");
  lines->add_option("--end,--until", c.end, "to this time, excluded");
  add("backup", "into a folder that is missing or empty, by hard links")->add_option("folder", c.backup, "the backup")->required();
  add("restore", "a backup as the data folder, which must be missing or empty")->add_option("folder", c.backup, "the backup")->required();
}

void add_metrics(CLI::App& app, MetricsCommand& c, bool& json) {
  CLI::App* metrics = app.add_subcommand("metrics", "what takes the room in the metric store; samples out of it and into it as OpenMetrics text");
  metrics->require_subcommand(1);
  const auto add = [&](const char* name, const char* help) {
    CLI::App* sub = metrics->add_subcommand(name, help);
    sub->add_option("--data", c.data, "the data folder")->capture_default_str();
    sub->callback([&c, name] { c.action = name; });
    return sub;
  };
  CLI::App* analyze = add("analyze", "series, samples and bytes by metric, values by label; while the server runs, too");
  analyze->add_option("--limit", c.limit, "rows of each table")->check(CLI::Range(1, 100000))->capture_default_str();
  analyze->add_flag("--json", json, "one JSON object");
  CLI::App* samples = add("export", "samples as OpenMetrics text; the server must not run");
  samples->add_option("--start,--since", c.start, "from this time: now-1h, RFC 3339 or unix seconds");
  samples->add_option("--end,--until", c.end, "to this time");
  for (CLI::App* sub : {analyze, samples}) sub->add_option("--match", c.match, "only series of this selector; may be given more than once");
  add("backfill", "takes OpenMetrics text with timestamps in; the server must not run")->add_option("file", c.file, "- is standard input")->required();
}

struct Commands {
  ServeCommand serve;
  ShipCommand ship;
  StoreCommand store;
  CheckCommand check;
  MetricsCommand metrics;
  LogsCommand logs;
  TailCommand tail;
  TraceCommand trace;
  IssuesCommand issues;
  ReleasesCommand releases;
  MonitorsCommand monitors;
  TargetsCommand targets;
  TopCommand top;
  SeriesCommand series;
  QueryCommand query;
  // Of each question: CLI11 reads the environment for all of them, also for those that were not asked, and would overwrite what stands
  // on the command line if they shared it.
  std::map<std::string, Server> servers;
};

// Of signals as numbers.
void add_metrics(CLI::App* top, CLI::App* query, Commands& c) {
  top->add_option("--window", c.top.arguments.window, "requests of so long before now")->capture_default_str();
  top->add_option("--every", c.top.arguments.every_seconds, "seconds between two pictures")->check(CLI::Range(1, 3600))->capture_default_str();
  top->add_flag("--once", c.top.arguments.once, "one picture, and the end");
  query->add_option("query", c.query.arguments.query, "PromQL expression")->required();
  CLI::Option* time = query->add_option("--time", c.query.arguments.time, "the instant: now-1h, RFC 3339 or unix seconds")->capture_default_str();
  CLI::Option* start = query->add_option("--start", c.query.arguments.start, "start of a range query, with --end")->excludes(time);
  CLI::Option* end = query->add_option("--end", c.query.arguments.end, "end of a range query, with --start")->excludes(time);
  query->add_option("--step", c.query.arguments.step, "of a range query: 15s, 1m; without it the range has 250 steps")->excludes(time);
  start->needs(end);
  end->needs(start);
  query->add_flag("--table", c.query.arguments.table, "columns for labels; of a range last, mean, min and max of each series");
}

void add_releases(CLI::App* releases, ReleaseArguments& a) {
  releases->add_option("--environment", a.environment, "sessions and requests of this one alone");
  releases->add_option("--since", a.start, "sessions and requests from this time: 24h, now-7d, RFC 3339")->capture_default_str();
  releases->require_subcommand(0, 1);
  const auto add = [&](const char* name, const char* help, ReleaseArguments::Action action) {
    CLI::App* sub = releases->add_subcommand(name, help)->fallthrough();
    sub->callback([&a, action] { a.action = action; });
    return sub;
  };
  CLI::App* list = add("list", "all of them, newest first", ReleaseArguments::Action::kList);
  list->add_option("query", a.query, "part of a version");
  list->add_option("--sort", a.sort, "date, sessions, users, adoption, crash_free_sessions, crash_free_users, new_issues, events or last_seen")->capture_default_str();
  add("show", "one, with its issues, commits and deploys", ReleaseArguments::Action::kShow)->add_option("release", a.release, "its version")->required();
  CLI::App* compare = add("compare", "which errors are new in one, and what got slower", ReleaseArguments::Action::kCompare);
  compare->add_option("base", a.base, "the version before")->required();
  compare->add_option("release", a.release, "the version after")->required();
}

using IssueAction = IssueArguments::Action;

// A subcommand about issues that are named.
CLI::App* add_issue_action(CLI::App* issues, IssueArguments& a, std::string name, std::string help, IssueAction action) {
  CLI::App* sub = issues->add_subcommand(std::move(name), std::move(help))->fallthrough();
  sub->add_option("ids", a.ids, "issues: 12 or DEFAULT-12")->required();
  sub->callback([&a, action] {
    a.action = action;
    // What a subcommand does not take falls through to the list.
    if (!a.query.empty()) throw CLI::ExtrasError({a.query});
    if (!a.status.empty()) throw CLI::ExtrasError({"--status"});
  });
  return sub;
}

void add_issue_actions(CLI::App* issues, IssueArguments& a) {
  CLI::App* show = add_issue_action(issues, a, "show", "stack trace, tags and counts, with the newest event", IssueAction::kShow);
  show->add_flag("--locals", a.locals, "variables of the frames");
  show->add_flag("--full", a.full, "source of all frames, and values in their whole length");
  CLI::Option* oldest = show->add_flag("--oldest", a.oldest, "with the oldest event");
  show->add_option("--event", a.event, "with this event, by its id")->excludes(oldest);
  add_issue_action(issues, a, "history", "who did what, and comments, newest first", IssueAction::kHistory);
  CLI::App* resolve = add_issue_action(issues, a, "resolve", "now, or in a release", IssueAction::kResolve);
  CLI::Option* next = resolve->add_flag("--in-next-release", a.in_next_release, "in the one after the current one");
  resolve->add_option("--in-release", a.in_release, "in this one, which may be to come")->excludes(next);
  add_issue_action(issues, a, "unresolve", "open again", IssueAction::kUnresolve);
  CLI::App* archive = add_issue_action(issues, a, "archive", "for ever, or until the first of these", IssueAction::kArchive);
  archive->add_option("--until-time", a.until_time, "7d (from now on), RFC 3339 or unix seconds");
  archive->add_option("--until-events", a.until_events, "so many more events")->check(CLI::Range(1, 1'000'000'000));
  archive->add_option("--until-users", a.until_users, "so many more users")->check(CLI::Range(1, 1'000'000'000));
  add_issue_action(issues, a, "assign", "to a user", IssueAction::kAssign)->add_option("--to", a.assignee, "an e-mail, or none")->required();
  add_issue_action(issues, a, "comment", "add one", IssueAction::kComment)->add_option("-m,--message", a.text, "its text, Markdown by convention")->required();
  add_issue_action(issues, a, "merge", "make them part of another one", IssueAction::kMerge)->add_option("--into", a.into, "which one stays")->required();
  add_issue_action(issues, a, "unmerge", "let them stand for themselves again", IssueAction::kUnmerge);
  add_issue_action(issues, a, "delete", "with their history and events, for good", IssueAction::kDelete)->add_flag("--yes", a.yes, "they are to be deleted");
}

void add_issues(CLI::App* issues, IssueArguments& a) {
  issues->add_option("query", a.query, "a question: assigned:me times_seen:>100 browser:Firefox payment (docs/tasks/the-life-of-an-issue.md)");
  issues->add_option("--status", a.status, "unresolved, resolved, ignored or all; without it unresolved ones, unless the question says is:");
  issues->add_option("--sort", a.sort, "last_seen, first_seen, count or users")->capture_default_str();
  issues->add_option("--limit", a.limit, "at most this many")->check(CLI::Range(1, 500))->capture_default_str();
  issues->require_subcommand(0, 1);
  add_issue_actions(issues, a);
}

void add_questions(CLI::App& app, Commands& c, Arguments& out) {
  auto common = [&](CLI::App* sub) {
    Server& server = c.servers[sub->get_name()];
    sub->add_option("--url", server.url, "the server")->envname("TRIPOD_URL");
    // A token on a command line is seen by everybody on the machine.
    sub->add_option("--token", server.token, "a read token; better in TRIPOD_TOKEN")->envname("TRIPOD_TOKEN");
    sub->add_flag("--json", out.json, "JSON lines");
    return sub;
  };
  CLI::App* logs = common(app.add_subcommand("logs", "search log records"));
  logs->add_option("query", c.logs.arguments.query, "a question: level:error service:djzen | count by path (docs/search.md)");
  logs->add_option("--start,--since", c.logs.arguments.start, "2h, now-1h, RFC 3339 or unix seconds")->capture_default_str();
  CLI::Option* logs_end = logs->add_option("--end,--until", c.logs.arguments.end, "as --since")->capture_default_str();
  logs->add_option("--dataset", c.logs.arguments.dataset, "logs, spans, errors or all")
      ->check(CLI::IsMember({"logs", "spans", "errors", "all"}))->capture_default_str();
  logs->add_option("-C,--context", c.logs.arguments.context, "so many records before and behind each that matches")->check(CLI::Range(0, 1000));
  logs->add_flag("-f,--follow", c.logs.follow, "go on with new ones as they are stored")->excludes(logs_end);
  logs->add_option("--limit", c.logs.arguments.limit, "at most this many")->check(CLI::Range(1, 10000))->capture_default_str();
  CLI::App* tail = common(app.add_subcommand("tail", "follow new log records"));
  tail->add_option("query", c.tail.arguments.query, "search query");
  tail->add_option("-n,--last", c.tail.arguments.last, "begin with so many of the last hour")->check(CLI::Range(0, 10000))->capture_default_str();
  CLI::App* trace = common(app.add_subcommand("trace", "the spans of one trace"));
  trace->add_option("id", c.trace.id, "trace id, 32 hexadecimal digits")->required();
  add_issues(common(app.add_subcommand("issues", "issues of the errors received: lists, one of them, and what is done with them")), c.issues.arguments);
  add_releases(common(app.add_subcommand("releases", "releases: their health, what they brought, two of them compared")), c.releases.arguments);
  CLI::App* monitors = common(app.add_subcommand("monitors", "cron monitors: which jobs run, which do not"));
  monitors->add_option("monitor", c.monitors.monitor, "of one of them, its check-ins");
  monitors->add_option("--limit", c.monitors.limit, "at most this many check-ins")->check(CLI::Range(1, 10000))->capture_default_str();
  CLI::App* targets = common(app.add_subcommand("targets", "what is scraped, and why something is not"));
  targets->add_flag("--down", c.targets.only_bad, "only what is down or warned of; exit status 1 when there is something");
  CLI::App* series = common(app.add_subcommand("series", "which metric, label or value has how many series"));
  series->add_option("match", c.series.arguments.match, "only series that match: http_requests_total or '{job=\"web\"}'");
  series->add_option("--limit", c.series.arguments.limit, "at most this many of each")->check(CLI::Range(1, 1000))->capture_default_str();
  add_metrics(common(app.add_subcommand("top", "rate, errors and latency of each service, live")), common(app.add_subcommand("query", "evaluate PromQL")), c);
}

}  // namespace

std::optional<Arguments> parse_arguments(int argc, char** argv, const char* version, int& exit_code) {
  CLI::App app("Tripod: errors, logs, metrics and traces of a web application in one program", "tripod");
  app.set_version_flag("--version", version);
  app.require_subcommand(1);
  Arguments out;
  Commands c;
  CLI::App* serve = app.add_subcommand("serve", "receive, keep and answer");
  add_settings(*serve, c.serve.flags);
  add_ship(app, c.ship);
  add_store(app, c.store, out.json);
  CLI::App* check = app.add_subcommand("check", "say what is wrong with a configuration, before it is used")->require_subcommand(1);
  check->add_subcommand("rules", "rule files in Prometheus's syntax; exit status 1 when something is wrong")
      ->add_option("file", c.check.files, "rule files")
      ->required();
  add_metrics(app, c.metrics, out.json);
  add_questions(app, c, out);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    exit_code = app.exit(e);
    return std::nullopt;
  }
  out.server = c.servers[app.get_subcommands().front()->get_name()];
  if (app.got_subcommand("serve")) out.command = std::move(c.serve);
  if (app.got_subcommand("ship")) out.command = std::move(c.ship);
  if (app.got_subcommand("store")) out.command = std::move(c.store);
  if (app.got_subcommand("check")) out.command = std::move(c.check);
  if (app.got_subcommand("metrics")) out.command = std::move(c.metrics);
  if (app.got_subcommand("logs")) out.command = std::move(c.logs);
  if (app.got_subcommand("tail")) out.command = std::move(c.tail);
  if (app.got_subcommand("trace")) out.command = std::move(c.trace);
  if (app.got_subcommand("series")) out.command = std::move(c.series);
  if (app.got_subcommand("issues")) out.command = std::move(c.issues);
  if (app.got_subcommand("releases")) out.command = std::move(c.releases);
  if (app.got_subcommand("monitors")) out.command = std::move(c.monitors);
  if (app.got_subcommand("targets")) out.command = c.targets;
  if (app.got_subcommand("top")) out.command = std::move(c.top);
  if (app.got_subcommand("query")) out.command = std::move(c.query);
  return out;
}

}  // namespace tripod::cli
