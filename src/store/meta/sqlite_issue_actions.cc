// What people do with issues: resolve, archive, re-open, assign, delete.
#include <soci/soci.h>

#include <algorithm>
#include <map>

#include "store/meta/sqlite_guard.h"
#include "store/meta/sqlite_issue_rows.h"

namespace tripod::store {

using base::Code;
using base::Result;
using soci::into;
using soci::use;

namespace {

void set_status(soci::session& db, int64_t id, IssueStatus status, base::UnixNanos now, const Actor& by) {
  issue_rows::reopen(db, id, IssueSubstatus::kNone, now);   // whatever was said about the former status goes
  const int value = static_cast<int>(status);
  const int kind = static_cast<int>(by.kind);
  db << "UPDATE issue SET status = :s, status_by_kind = :k, status_by = :b, status_by_name = :n WHERE id = :id", use(value), use(kind),
      use(by.id), use(by.name), use(id);
}

// The issue that it is part of and that stands for itself.
int64_t root_of(soci::session& db, const issue_rows::State& part) {
  int64_t root = part.merged_into;
  for (auto above = issue_rows::load(db, root); above && above->merged_into != 0; above = issue_rows::load(db, root)) root = above->merged_into;
  return root;
}

}  // namespace

template <class Action>
Result<> SqliteMetaStore::with_each_issue(const char* what, std::span<const int64_t> ids, Action&& action) {
  return with_issues(what, [&](soci::session& db) -> Result<> {
    soci::transaction transaction(db);
    const base::UnixNanos now = clock_.now();
    for (const int64_t id : ids) {
      const auto state = issue_rows::require(db, id);
      if (!state) return base::fail(state.error());
      if (state->merged_into != 0) {
        return base::fail(Code::kInvalidArgument, "issue " + std::to_string(id) + " is part of issue " + std::to_string(state->merged_into));
      }
      IssueActivity entry{.issue = id, .time = now};
      if (action(db, *state, entry)) issue_rows::add_activity(db, entry);
    }
    transaction.commit();
    return {};
  });
}

Result<> SqliteMetaStore::resolve_issues(std::span<const int64_t> ids, const Resolution& resolution, const Actor& by) {
  std::map<int64_t, std::string> current;   // release of each project
  const auto resolve = [&](soci::session& db, const issue_rows::State& state, IssueActivity& entry) {
    Resolution how = resolution;
    if (how.kind == Resolution::Kind::kInNextRelease) {
      const auto [project, is_first] = current.try_emplace(state.project);
      if (is_first) project->second = issue_rows::current_release(db, state.project);
      how.release = project->second;
    }
    if (how.kind == Resolution::Kind::kNow) how.release.clear();
    if (state.status == IssueStatus::kResolved && state.resolution == how) return false;
    set_status(db, state.id, IssueStatus::kResolved, entry.time, by);
    const int kind = static_cast<int>(how.kind);
    db << "UPDATE issue SET resolution = :k, resolution_release = :r WHERE id = :id", use(kind), use(how.release), use(state.id);
    entry.kind = ActivityKind::kResolved;
    entry.actor = by;
    entry.resolution = std::move(how);
    return true;
  };
  return with_each_issue("resolve issues", ids, resolve);
}

Result<> SqliteMetaStore::archive_issues(std::span<const int64_t> ids, const Archive& archive, const Actor& by) {
  const auto put_away = [&](soci::session& db, const issue_rows::State& state, IssueActivity& entry) {
    set_status(db, state.id, IssueStatus::kIgnored, entry.time, by);
    const auto events = static_cast<int64_t>(archive.events);
    const auto users = static_cast<int64_t>(archive.users);
    const auto events_then = static_cast<int64_t>(state.count);
    const auto users_then = static_cast<int64_t>(state.users);
    db << "UPDATE issue SET archive_until = :u, archive_events = :e, archive_users = :n, archive_events_then = :et, archive_users_then = :nt "
          "WHERE id = :id",
        use(archive.until), use(events), use(users), use(events_then), use(users_then), use(state.id);
    if (archive.until != 0) next_ageing_ = std::min(next_ageing_, archive.until);
    entry.kind = ActivityKind::kArchived;
    entry.actor = by;
    entry.archive = archive;
    return true;
  };
  return with_each_issue("archive issues", ids, put_away);
}

Result<> SqliteMetaStore::reopen_issues(std::span<const int64_t> ids, const Actor& by) {
  const auto open_again = [&](soci::session& db, const issue_rows::State& state, IssueActivity& entry) {
    if (state.status == IssueStatus::kUnresolved) return false;
    issue_rows::reopen(db, state.id, IssueSubstatus::kOngoing, entry.time);
    entry.kind = ActivityKind::kUnresolved;
    entry.actor = by;
    return true;
  };
  return with_each_issue("re-open issues", ids, open_again);
}

Result<> SqliteMetaStore::assign_issues(std::span<const int64_t> ids, int64_t user, const Actor& by) {
  if (user != 0) {
    auto known = guarded("assign issues", [&](soci::session& db) -> Result<bool> {
      int found = 0;
      db << "SELECT count(*) FROM user WHERE id = :id", use(user), into(found);
      return found > 0;
    });
    if (!known) return base::fail(std::move(known.error()));
    if (!*known) return base::fail(Code::kInvalidArgument, "no user " + std::to_string(user));
  }
  const auto assign = [&](soci::session& db, const issue_rows::State& state, IssueActivity& entry) {
    if (state.assignee == user) return false;
    db << "UPDATE issue SET assignee = :u WHERE id = :id", use(user), use(state.id);
    entry.kind = user == 0 ? ActivityKind::kUnassigned : ActivityKind::kAssigned;
    entry.actor = by;
    entry.other = user;
    return true;
  };
  return with_each_issue("assign issues", ids, assign);
}

void SqliteMetaStore::on_issues_deleted(std::function<void(std::span<const int64_t>)> deleted) {
  std::lock_guard lock(deleted_mu_);
  deleted_ = std::move(deleted);
}

Result<std::vector<int64_t>> SqliteMetaStore::delete_issues(std::span<const int64_t> ids) {
  auto all = with_issues("delete issues", [&](soci::session& db) -> Result<std::vector<int64_t>> {
    soci::transaction transaction(db);
    std::vector<int64_t> out;
    for (const int64_t id : ids) {
      const auto state = issue_rows::load(db, id);
      if (!state && std::ranges::find(out, id) != out.end()) continue;   // named twice, or with the one that it was part of
      if (!state || id <= 0) return base::fail(Code::kNotFound, "no issue " + std::to_string(id));
      if (state->merged_into != 0) {
        if (std::ranges::find(ids, root_of(db, *state)) != ids.end()) continue;   // goes with it
        return base::fail(Code::kInvalidArgument, "issue " + std::to_string(id) + " is part of issue " + std::to_string(state->merged_into));
      }
      for (const int64_t member : issue_rows::members(db, id)) {
        for (const int64_t row : {member, -member}) {
          for (const char* table : {"issue_hash", "issue_release", "issue_environment", "issue_user", "issue_activity"}) {
            db << std::string("DELETE FROM ") + table + " WHERE issue = :id", use(row);
          }
          db << "DELETE FROM issue WHERE id = :id", use(row);
        }
        db << "INSERT INTO issue_deletion (issue, mark) VALUES (:id, 1)", use(member);
        out.push_back(member);
      }
    }
    transaction.commit();
    return out;
  });
  if (!all) return all;
  std::lock_guard lock(deleted_mu_);
  if (deleted_) deleted_(*all);
  return all;
}

Result<std::vector<int64_t>> SqliteMetaStore::deleted_issues() {
  return guarded("deleted issues", [](soci::session& db) -> Result<std::vector<int64_t>> {
    std::vector<int64_t> out;
    int64_t issue = 0;
    soci::statement st = (db.prepare << "SELECT issue FROM issue_deletion", into(issue));
    st.execute();
    while (st.fetch()) out.push_back(issue);
    return out;
  });
}

Result<std::vector<std::pair<int64_t, int64_t>>> SqliteMetaStore::issue_deletions() {
  using Out = std::vector<std::pair<int64_t, int64_t>>;
  return guarded("issue deletions", [](soci::session& db) -> Result<Out> {
    Out out;
    int64_t issue = 0;
    int64_t mark = 0;
    soci::statement st = (db.prepare << "SELECT issue, mark FROM issue_deletion WHERE mark > removed ORDER BY issue", into(issue), into(mark));
    st.execute();
    while (st.fetch()) out.emplace_back(issue, mark);
    return out;
  });
}

Result<> SqliteMetaStore::set_issue_events_removed(int64_t issue, int64_t mark) {
  return guarded("issue events removed", [&](soci::session& db) -> Result<> {
    db << "UPDATE issue_deletion SET removed = max(removed, :m) WHERE issue = :id", use(mark), use(issue);
    return {};
  });
}

}  // namespace tripod::store
