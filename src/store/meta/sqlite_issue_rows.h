// What the files of issues in SQLite share. Functions work within the caller's transaction and throw soci::soci_error.
//
// An issue that others were merged into has the sums of all of them in its row; its own share is then kept in a row with the
// negative number, merged into it like the others. So a merge is undone by adding up those that are left.
#pragma once

#include <soci/soci.h>

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/meta/issue.h"

namespace tripod::store::issue_rows {

// What decides about an issue's life.
struct State {
  int64_t id = 0;
  int64_t project = 0;
  int64_t merged_into = 0;
  bool has_merged = false;
  IssueStatus status = IssueStatus::kUnresolved;
  base::UnixNanos status_time = 0;
  int64_t assignee = 0;
  Resolution resolution;
  Archive archive;
  uint64_t count = 0;
  uint64_t users = 0;
  bool users_estimated = false;
};

std::optional<State> load(soci::session& db, int64_t id);
// The same for what a caller named: positive numbers only.
base::Result<State> require(soci::session& db, int64_t id);
// Those merged into it, at all depths, without rows of own shares; the issue itself first.
std::vector<int64_t> members(soci::session& db, int64_t id);

void add_activity(soci::session& db, IssueActivity& entry);   // sets its id

// Back to unresolved, whatever it was.
void reopen(soci::session& db, int64_t id, IssueSubstatus as, base::UnixNanos when);

// Users of one row: exactly up to kMostExactUsers, then by UserSketch.
inline constexpr uint64_t kMostExactUsers = 5000;
void add_users(soci::session& db, int64_t id, std::span<const std::string> users);
// Makes the users of `into` those of all `from`.
void join_users(soci::session& db, int64_t into, std::span<const int64_t> from);

// The project's releases decide by semantic version.
bool follows_semver(soci::session& db, int64_t project);
// The newest release of the project; empty: there is none.
std::string current_release(soci::session& db, int64_t project);
// All of them, newest first.
std::vector<Release> releases_in_order(soci::session& db, int64_t project);
// Whether an event of `release` in a resolved issue of the project means that it is back. Sentry's rule: an event without a release
// tells nothing about an issue that was resolved from some release on.
bool reopens(soci::session& db, int64_t project, const Resolution& resolution, std::string_view release);

}  // namespace tripod::store::issue_rows
