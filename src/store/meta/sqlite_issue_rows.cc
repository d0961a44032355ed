#include "store/meta/sqlite_issue_rows.h"

#include "store/meta/user_sketch.h"

namespace tripod::store::issue_rows {

using soci::into;
using soci::use;

namespace {

uint64_t affected(soci::statement& statement) { return static_cast<uint64_t>(std::max<long long>(statement.get_affected_rows(), 0)); }

UserSketch sketch_of(soci::session& db, int64_t id) {
  std::string text;
  db << "SELECT user_sketch FROM issue WHERE id = :id", use(id), into(text);
  return UserSketch(text);
}

void add_known_users(soci::session& db, int64_t id, UserSketch& sketch) {
  std::string user;
  soci::statement st = (db.prepare << "SELECT user FROM issue_user WHERE issue = :id", use(id), into(user));
  st.execute();
  while (st.fetch()) sketch.add(user);
}

void store_sketch(soci::session& db, int64_t id, const UserSketch& sketch) {
  const auto users = static_cast<int64_t>(sketch.count());
  db << "UPDATE issue SET users = :n, users_estimated = 1, user_sketch = :s WHERE id = :id", use(users), use(sketch.text()), use(id);
  db << "DELETE FROM issue_user WHERE issue = :id", use(id);
}

void add_exact_users(soci::session& db, int64_t id, std::span<const std::string> users) {
  std::string user;
  soci::statement insert = (db.prepare << "INSERT OR IGNORE INTO issue_user (issue, user) VALUES (:i, :u)", use(id), use(user));
  uint64_t added = 0;
  for (const std::string& each : users) {
    user = each;
    insert.execute(true);
    added += affected(insert);
  }
  if (added == 0) return;
  const auto more = static_cast<int64_t>(added);
  db << "UPDATE issue SET users = users + :n WHERE id = :i", use(more), use(id);
}

}  // namespace

std::optional<State> load(soci::session& db, int64_t id) {
  State out;
  int has_merged = 0, status = 0, resolution = 0, estimated = 0;
  int64_t events = 0, users_more = 0, events_then = 0, users_then = 0, count = 0, users = 0;
  db << "SELECT id, project, merged_into, has_merged, status, status_time, assignee, resolution, resolution_release, archive_until, "
        "archive_events, archive_users, archive_events_then, archive_users_then, count, users, users_estimated FROM issue WHERE id = :id",
      use(id), into(out.id), into(out.project), into(out.merged_into), into(has_merged), into(status), into(out.status_time),
      into(out.assignee), into(resolution), into(out.resolution.release), into(out.archive.until), into(events), into(users_more),
      into(events_then), into(users_then), into(count), into(users), into(estimated);
  if (!db.got_data()) return std::nullopt;
  out.has_merged = has_merged != 0;
  out.status = static_cast<IssueStatus>(status);
  out.resolution.kind = static_cast<Resolution::Kind>(resolution);
  out.archive.events = static_cast<uint64_t>(events);
  out.archive.users = static_cast<uint64_t>(users_more);
  out.archive.events_then = static_cast<uint64_t>(events_then);
  out.archive.users_then = static_cast<uint64_t>(users_then);
  out.count = static_cast<uint64_t>(count);
  out.users = static_cast<uint64_t>(users);
  out.users_estimated = estimated != 0;
  return out;
}

base::Result<State> require(soci::session& db, int64_t id) {
  auto found = id > 0 ? load(db, id) : std::nullopt;
  if (!found) return base::fail(base::Code::kNotFound, "no issue " + std::to_string(id));
  return std::move(*found);
}

std::vector<int64_t> members(soci::session& db, int64_t id) {
  std::vector<int64_t> out;
  int64_t member = 0;
  soci::statement st = (db.prepare << "WITH RECURSIVE m (id) AS (VALUES (:id) UNION SELECT i.id FROM issue i JOIN m ON i.merged_into = m.id "
                                      "WHERE i.merged_into <> 0 AND i.id > 0) SELECT id FROM m",
                        use(id), into(member));
  st.execute();
  while (st.fetch()) out.push_back(member);
  return out;
}

void add_activity(soci::session& db, IssueActivity& entry) {
  const int kind = static_cast<int>(entry.kind);
  const int actor_kind = static_cast<int>(entry.actor.kind);
  const int resolution = static_cast<int>(entry.resolution.kind);
  const auto events = static_cast<int64_t>(entry.archive.events);
  const auto users = static_cast<int64_t>(entry.archive.users);
  const std::string& release = entry.resolution.kind == Resolution::Kind::kNone ? entry.release : entry.resolution.release;
  db << "INSERT INTO issue_activity (issue, kind, time, actor_kind, actor, actor_name, text, release, other, resolution, until, events, "
        "users) VALUES (:i, :k, :t, :ak, :a, :an, :x, :r, :o, :rs, :u, :e, :us)",
      use(entry.issue), use(kind), use(entry.time), use(actor_kind), use(entry.actor.id), use(entry.actor.name), use(entry.text),
      use(release), use(entry.other), use(resolution), use(entry.archive.until), use(events), use(users);
  db << "SELECT last_insert_rowid()", into(entry.id);
}

void reopen(soci::session& db, int64_t id, IssueSubstatus as, base::UnixNanos when) {
  const int substatus = static_cast<int>(as);
  db << "UPDATE issue SET status = 0, status_time = :t, substatus = :s, substatus_time = :t2, resolution = 0, resolution_release = '', "
        "archive_until = 0, archive_events = 0, archive_users = 0, archive_events_then = 0, archive_users_then = 0, status_by_kind = 0, "
        "status_by = 0, status_by_name = '' WHERE id = :id",
      use(when), use(substatus), use(when), use(id);
}

void add_users(soci::session& db, int64_t id, std::span<const std::string> users) {
  if (users.empty()) return;
  const auto state = load(db, id);
  if (!state) return;
  if (!state->users_estimated) {
    add_exact_users(db, id, users);
    if (state->users + users.size() <= kMostExactUsers || load(db, id)->users <= kMostExactUsers) return;
    UserSketch sketch;
    add_known_users(db, id, sketch);
    return store_sketch(db, id, sketch);
  }
  UserSketch sketch = sketch_of(db, id);
  bool changed = false;
  for (const std::string& user : users) changed = sketch.add(user) || changed;
  if (changed) store_sketch(db, id, sketch);
}

void join_users(soci::session& db, int64_t into_id, std::span<const int64_t> from) {
  bool estimated = false;
  for (const int64_t id : from) {
    if (const auto state = load(db, id)) estimated = estimated || state->users_estimated;
  }
  db << "DELETE FROM issue_user WHERE issue = :id", use(into_id);
  db << "UPDATE issue SET users = 0, users_estimated = 0, user_sketch = '' WHERE id = :id", use(into_id);
  if (!estimated) {
    for (const int64_t id : from) {
      db << "INSERT OR IGNORE INTO issue_user (issue, user) SELECT :into, user FROM issue_user WHERE issue = :id", use(into_id), use(id);
    }
    int64_t count = 0;
    db << "SELECT count(*) FROM issue_user WHERE issue = :id", use(into_id), into(count);
    if (static_cast<uint64_t>(count) <= kMostExactUsers) {
      db << "UPDATE issue SET users = :n WHERE id = :id", use(count), use(into_id);
      return;
    }
  }
  UserSketch sketch;
  for (const int64_t id : from) {
    sketch.merge(sketch_of(db, id));
    add_known_users(db, id, sketch);
  }
  store_sketch(db, into_id, sketch);
}

}  // namespace tripod::store::issue_rows
