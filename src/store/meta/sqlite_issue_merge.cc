// Issues that became part of another, and that stand for themselves again.
#include <soci/soci.h>

#include <algorithm>

#include "store/meta/sqlite_guard.h"
#include "store/meta/sqlite_issue_rows.h"

namespace tripod::store {

using base::Code;
using base::Result;
using soci::into;
using soci::use;

namespace {

// The issue's own share gets a row, from which it can be told later what was not merged.
void keep_own_share(soci::session& db, const issue_rows::State& state) {
  if (state.has_merged) return;
  const int64_t own = -state.id;
  db << "INSERT INTO issue (id, project, title, type, value, culprit, level, platform, kind, status, substatus, first_seen, last_seen, count, users, "
        "first_release, last_release, users_estimated, user_sketch, merged_into) SELECT :own, project, title, type, value, culprit, level, "
        "platform, kind, 1, 0, first_seen, last_seen, count, users, first_release, last_release, users_estimated, user_sketch, id FROM issue WHERE "
        "id = :id",
      use(own), use(state.id);
  for (const char* table : {"issue_release", "issue_environment", "issue_user"}) {
    const std::string name(table);
    const std::string column = name.substr(name.find('_') + 1) + (name == "issue_user" ? "" : ", count");
    db << "INSERT INTO " + name + " (issue, " + column + ") SELECT :own, " + column + " FROM " + name + " WHERE issue = :id", use(own), use(state.id);
  }
  db << "UPDATE issue SET has_merged = 1 WHERE id = :id", use(state.id);
}

// The rows directly below: own share and merged issues.
std::vector<int64_t> parts(soci::session& db, int64_t id) {
  std::vector<int64_t> out;
  int64_t part = 0;
  soci::statement st = (db.prepare << "SELECT id FROM issue WHERE merged_into = :id AND merged_into <> 0 ORDER BY id", use(id), into(part));
  st.execute();
  while (st.fetch()) out.push_back(part);
  return out;
}

// "Until so many more" goes on from where it was: what came by a merge, or went by its end, did not happen since.
void move_archive(soci::session& db, const issue_rows::State& before) {
  const auto after = issue_rows::load(db, before.id);
  const auto events = static_cast<int64_t>(after->count - before.count);
  const auto users = static_cast<int64_t>(after->users - before.users);
  db << "UPDATE issue SET archive_events_then = archive_events_then + :e, archive_users_then = archive_users_then + :u WHERE id = :id AND "
        "archive_events + archive_users <> 0",
      use(events), use(users), use(before.id);
}

// Adds up an issue's row from the rows below it.
void sum_up(soci::session& db, const issue_rows::State& before) {
  const int64_t id = before.id;
  const std::string of = " FROM issue WHERE merged_into = :id AND merged_into <> 0 ";
  db << "UPDATE issue SET (first_seen, last_seen, count) = (SELECT min(first_seen), max(last_seen), sum(count)" + of + ") WHERE id = :id2",
      use(id), use(id);
  db << "UPDATE issue SET (title, type, value, culprit, level, platform) = (SELECT title, type, value, culprit, level, platform" + of +
            "ORDER BY last_seen DESC, id LIMIT 1) WHERE id = :id2",
      use(id), use(id);
  db << "UPDATE issue SET first_release = coalesce((SELECT first_release" + of + "AND first_release <> '' ORDER BY first_seen, id LIMIT 1), '') WHERE id = :id2",
      use(id), use(id);
  db << "UPDATE issue SET last_release = coalesce((SELECT last_release" + of + "AND last_release <> '' ORDER BY last_seen DESC, id LIMIT 1), '') WHERE id = :id2",
      use(id), use(id);
  for (const char* column : {"release", "environment"}) {
    const std::string name(column);
    db << "DELETE FROM issue_" + name + " WHERE issue = :id", use(id);
    db << "INSERT INTO issue_" + name + " (issue, " + name + ", count) SELECT :into, " + name + ", sum(s.count) FROM issue_" + name +
              " s JOIN issue i ON i.id = s.issue WHERE i.merged_into = :id AND i.merged_into <> 0 GROUP BY " + name,
        use(id), use(id);
  }
  issue_rows::join_users(db, id, parts(db, id));
  move_archive(db, before);
}

// Every issue above it too.
void sum_up_from(soci::session& db, int64_t id) {
  for (auto state = issue_rows::load(db, id); state; state = issue_rows::load(db, state->merged_into)) sum_up(db, *state);
}

// With nothing merged any more the issue is its own share again.
void drop_own_share(soci::session& db, int64_t id) {
  const int64_t own = -id;
  for (const char* table : {"issue_release", "issue_environment", "issue_user"}) {
    db << std::string("DELETE FROM ") + table + " WHERE issue = :id", use(own);
  }
  db << "DELETE FROM issue WHERE id = :id", use(own);
  db << "UPDATE issue SET has_merged = 0 WHERE id = :id", use(id);
}

Result<> check_merge(const issue_rows::State& into, const issue_rows::State& state) {
  const std::string id = std::to_string(state.id);
  if (state.id == into.id) return base::fail(Code::kInvalidArgument, "issue " + id + " cannot be merged into itself");
  if (state.project != into.project) return base::fail(Code::kInvalidArgument, "issue " + id + " is of another project");
  if (state.merged_into != 0) return base::fail(Code::kInvalidArgument, "issue " + id + " is part of issue " + std::to_string(state.merged_into));
  return {};
}

void note(soci::session& db, ActivityKind kind, int64_t issue, int64_t other, base::UnixNanos now, const Actor& by) {
  IssueActivity entry{.issue = issue, .kind = kind, .time = now, .actor = by, .other = other};
  issue_rows::add_activity(db, entry);
}

}  // namespace

Result<> SqliteMetaStore::merge_issues(int64_t into_id, std::span<const int64_t> ids, const Actor& by) {
  return with_issues("merge issues", [&](soci::session& db) -> Result<> {
    soci::transaction transaction(db);
    const auto target = issue_rows::require(db, into_id);
    if (!target) return base::fail(target.error());
    if (target->merged_into != 0) {
      return base::fail(Code::kInvalidArgument, "issue " + std::to_string(into_id) + " is part of issue " + std::to_string(target->merged_into));
    }
    for (const int64_t id : ids) {
      const auto state = issue_rows::require(db, id);
      if (!state) return base::fail(state.error());
      if (auto ok = check_merge(*target, *state); !ok) return ok;
      db << "UPDATE issue SET merged_into = :into WHERE id = :id", use(into_id), use(id);
      note(db, ActivityKind::kMerged, into_id, id, clock_.now(), by);
    }
    if (ids.empty()) return {};
    if (issue_rows::members(db, into_id).size() > kMostMerged) {
      return base::fail(Code::kInvalidArgument, "more than " + std::to_string(kMostMerged) + " issues would be one");
    }
    keep_own_share(db, *target);
    sum_up(db, *target);
    transaction.commit();
    return {};
  });
}

Result<> SqliteMetaStore::unmerge_issue(int64_t id, const Actor& by) {
  return with_issues("unmerge issue", [&](soci::session& db) -> Result<> {
    soci::transaction transaction(db);
    const auto state = issue_rows::require(db, id);
    if (!state) return base::fail(state.error());
    if (state->merged_into == 0) return base::fail(Code::kInvalidArgument, "issue " + std::to_string(id) + " is not part of another");
    db << "UPDATE issue SET merged_into = 0 WHERE id = :id", use(id);
    const int64_t above = state->merged_into;
    sum_up_from(db, above);
    if (parts(db, above).size() == 1) drop_own_share(db, above);
    note(db, ActivityKind::kUnmerged, above, id, clock_.now(), by);
    transaction.commit();
    return {};
  });
}

}  // namespace tripod::store
