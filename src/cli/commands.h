// The questions a terminal can ask: tail, logs, trace, issues, releases, targets, series, top, query. Each prints a table for people, or JSON lines for pipes.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cli/client.h"

namespace tripod::cli {

struct Output {
  std::FILE* to = stdout;
  bool json = false;
  bool colour = false;  // where `to` is a terminal that is to be coloured
};

struct SearchArguments {
  std::string query;           // with or without pipes
  std::string dataset = "logs";  // or spans, errors, all
  std::string start = "now-1h";
  std::string end = "now";
  int limit = 100;
  int context = 0;             // so many lines before and behind each that matches
};

// The instant that --since or --until means: "2h" is now-2h, everything else stays as it is.
std::string instant_of(const std::string& text);
// Records newest last, or in the order that the question sorts them; tables, series and patterns as columns.
base::Result<> logs(const Server& server, const SearchArguments& arguments, const Output& output);
struct FollowArguments {
  std::string query;
  std::string dataset = "logs";  // or spans, errors, all
  int last = 0;               // records that are there already, first
  std::string start = "now-1h";  // and not older
};
// Prints new records as they are stored, until interrupted. When the server goes away it is asked again and again, and goes on where it
// ended; says on standard error how many records were dropped. Fails where the first answer is an error, and later where asking again
// cannot help.
base::Result<> follow(const Server& server, const FollowArguments& arguments, const Output& output);
base::Result<> trace(const Server& server, const std::string& id, const Output& output);
// Issues: a list, or something about, or done to, those of `ids` ("12", "DEFAULT-12"). A change is done to all of them or to none, but for
// comments and unmerging, which end at the first that fails.
struct IssueArguments {
  enum class Action : uint8_t { kList, kShow, kHistory, kResolve, kUnresolve, kArchive, kAssign, kComment, kMerge, kUnmerge, kDelete } action = Action::kList;
  std::vector<std::string> ids;
  std::string query, status, sort = "last_seen";   // of the list
  int limit = 100;
  bool locals = false, full = false, oldest = false;   // of what is shown
  std::string event;                               // its id, instead of the newest one
  bool in_next_release = false;                    // resolved so; without any: now
  std::string in_release;
  std::string until_time;                          // archived so: "7d", "now+7d", RFC 3339; without any: for ever
  int64_t until_events = 0, until_users = 0;
  std::string assignee;                            // e-mail, "me", "none"
  std::string text;                                // of a comment
  std::string into;                                // of a merge: which one stays
  bool yes = false;                                // deletes
};
base::Result<> issues(const Server& server, const IssueArguments& arguments, const Output& output);
// Releases with their health; one with the issues, commits and deploys it brought; or what one brought that another had not.
struct ReleaseArguments {
  enum class Action : uint8_t { kList, kShow, kCompare } action = Action::kList;
  std::string query;           // part of a version
  std::string sort = "date";
  std::string base, release;   // of show and compare
  std::string environment;     // empty: all
  std::string start = "now-14d";
};
base::Result<> releases(const Server& server, const ReleaseArguments& arguments, const Output& output);
// Cron monitors, in each of their environments.
base::Result<> monitors(const Server& server, const Output& output);
// The check-ins of one of them, by its slug or id, newest first.
base::Result<> check_ins(const Server& server, const std::string& monitor, int limit, const Output& output);
// Scrape targets, and the sources they were found in; answers how many are down or warned of. `only_bad`: the others are not printed.
base::Result<size_t> targets(const Server& server, bool only_bad, const Output& output);
// Rate, errors and latency of each service's requests; again and again on a terminal and as JSON, else once.
struct TopArguments {
  std::string window = "5m";  // a duration before now
  int every_seconds = 2;
  bool once = false;
};
base::Result<> top(const Server& server, const TopArguments& arguments, const Output& output);
// How the active series spread over metrics, labels, values and jobs, against yesterday; of all, or of those that a selector matches.
struct SeriesArguments {
  std::string match;
  int limit = 10;  // of each table
};
base::Result<> series(const Server& server, const SeriesArguments& arguments, const Output& output);
// An instant query at `time`; with `start`, `end` or `step` a range query, of the last hour unless told.
struct MetricArguments {
  std::string query;
  std::string time = "now";
  std::string start;
  std::string end;
  std::string step;  // default_step() when empty
  bool table = false;  // aligned columns, one for each label; of a range one line a series with its figures
};
// About 250 steps from `start` to `end`, in whole seconds and at least one: "14s". kInvalidArgument: not a time.
base::Result<std::string> default_step(const std::string& start, const std::string& end, base::UnixNanos now);
base::Result<> query(const Server& server, const MetricArguments& arguments, const Output& output);

}  // namespace tripod::cli
