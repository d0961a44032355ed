// Issues in SQLite, as they are read.
#include <soci/soci.h>

#include "store/meta/issue_condition.h"
#include "store/meta/sqlite_guard.h"
#include "store/meta/sqlite_issue_rows.h"

namespace tripod::store {

using base::Code;
using base::Result;
using soci::into;
using soci::use;

namespace {

constexpr const char* kColumns =
    "id, project, title, type, value, culprit, level, platform, status, first_seen, last_seen, count, users, first_release, "
    "last_release, users_estimated, substatus, status_time, resolution, resolution_release, archive_until, archive_events, "
    "archive_users, archive_events_then, archive_users_then, status_by_kind, status_by, status_by_name, assignee, merged_into, kind";

// Binds a row's columns in kColumns' order.
struct IssueRow {
  Issue issue;
  int status = 0, estimated = 0, substatus = 0, resolution = 0, by_kind = 0;
  int64_t count = 0, users = 0, archive_events = 0, archive_users = 0, events_then = 0, users_then = 0;

  void define(soci::statement& st) {
    const auto add = [&](auto&... members) { (st.exchange(into(members)), ...); };
    add(issue.id, issue.project, issue.title, issue.type, issue.value, issue.culprit, issue.level, issue.platform, status, issue.first_seen,
        issue.last_seen, count, users, issue.first_release, issue.last_release, estimated, substatus, issue.status_time, resolution,
        issue.resolution.release, issue.archive.until, archive_events, archive_users, events_then, users_then, by_kind, issue.status_by.id,
        issue.status_by.name, issue.assignee, issue.merged_into, issue.kind);
  }
  Issue take() {
    issue.status = static_cast<IssueStatus>(status);
    issue.count = static_cast<uint64_t>(count);
    issue.users = static_cast<uint64_t>(users);
    issue.users_estimated = estimated != 0;
    issue.substatus = static_cast<IssueSubstatus>(substatus);
    issue.resolution.kind = static_cast<Resolution::Kind>(resolution);
    issue.archive.events = static_cast<uint64_t>(archive_events);
    issue.archive.users = static_cast<uint64_t>(archive_users);
    issue.archive.events_then = static_cast<uint64_t>(events_then);
    issue.archive.users_then = static_cast<uint64_t>(users_then);
    issue.status_by.kind = static_cast<Actor::Kind>(by_kind);
    return issue;
  }
};

}  // namespace

Result<int64_t> SqliteMetaStore::last_issue_id() {
  return guarded("last issue", [](soci::session& db) -> Result<int64_t> {
    int64_t id = 0;
    db << "SELECT max(coalesce((SELECT max(id) FROM issue), 0), coalesce((SELECT max(issue) FROM issue_deletion), 0))", into(id);
    return id;
  });
}

Result<std::vector<std::pair<std::string, int64_t>>> SqliteMetaStore::issue_hashes() {
  using Out = std::vector<std::pair<std::string, int64_t>>;
  return guarded("issue hashes", [](soci::session& db) -> Result<Out> {
    Out out;
    int64_t project = 0;
    int64_t issue = 0;
    std::string hash;
    soci::statement st = (db.prepare << "SELECT project, hash, issue FROM issue_hash", into(project), into(hash), into(issue));
    st.execute();
    while (st.fetch()) out.emplace_back(std::to_string(project) + ":" + hash, issue);
    return out;
  });
}

Result<uint64_t> SqliteMetaStore::applied_sequence() {
  return guarded("applied sequence", [](soci::session& db) -> Result<uint64_t> {
    int64_t sequence = 0;
    db << "SELECT sequence FROM applied WHERE id = 1", into(sequence);
    return static_cast<uint64_t>(sequence);
  });
}

namespace {

void count_all(soci::session& db, const IssueListSql& list, uint64_t* total) {
  int64_t count = 0;
  soci::statement st(db);
  list.bind(st);
  st.exchange(into(count));
  st.alloc();
  st.prepare(list.count);
  st.define_and_bind();
  st.execute(true);
  *total = static_cast<uint64_t>(count);
}

// Ids in their order; `total`, where given, receives the number of all.
std::vector<int64_t> ids_of(soci::session& db, const IssueListSql& list, uint64_t* total) {
  const bool in_one = !list.count_and_page.empty();
  if (!in_one && total != nullptr) count_all(db, list, total);
  int64_t count = 0;
  int64_t id = 0;
  soci::indicator has_id = soci::i_null;
  soci::statement st(db);
  list.bind(st);
  if (in_one) st.exchange(into(count));
  st.exchange(into(id, has_id));
  st.alloc();
  st.prepare(in_one ? list.count_and_page : list.page);
  st.define_and_bind();
  st.execute();
  std::vector<int64_t> out;
  while (st.fetch()) {
    if (has_id == soci::i_ok) out.push_back(id);
  }
  if (in_one && total != nullptr) *total = static_cast<uint64_t>(count);
  return out;
}

}  // namespace

Result<std::vector<Issue>> SqliteMetaStore::issues(const IssueQuery& query, uint64_t* total) {
  const IssueListSql list = list_of(query);
  return with_issues("issues", [&](soci::session& db) -> Result<std::vector<Issue>> {
    std::vector<Issue> out;
    const std::vector<int64_t> ids = ids_of(db, list, total);
    if (ids.empty()) return out;
    int64_t id = 0;
    IssueRow row;
    soci::statement st(db);
    row.define(st);
    st.exchange(use(id));
    st.alloc();
    st.prepare(std::string("SELECT ") + kColumns + " FROM issue WHERE id = :id");
    st.define_and_bind();
    for (const int64_t each : ids) {
      id = each;
      if (st.execute(true)) out.push_back(row.take());
    }
    return out;
  });
}

Result<Issue> SqliteMetaStore::issue(int64_t id) {
  return with_issues("issue", [&](soci::session& db) -> Result<Issue> {
    IssueRow row;
    soci::statement st(db);
    row.define(st);
    st.exchange(use(id));
    st.alloc();
    st.prepare(std::string("SELECT ") + kColumns + " FROM issue WHERE id = :id AND id > 0");
    st.define_and_bind();
    st.execute();
    if (!st.fetch()) return base::fail(Code::kNotFound, "no issue " + std::to_string(id));
    return row.take();
  });
}

Result<SqliteMetaStore::Shares> SqliteMetaStore::issue_shares(int64_t id, const std::string& column) {
  return with_issues("issue shares", [&](soci::session& db) -> Result<Shares> {
    if (auto found = issue_rows::require(db, id); !found) return base::fail(std::move(found.error()));
    Shares out;
    std::string name;
    int64_t count = 0;
    soci::statement st = (db.prepare << "SELECT " + column + ", count FROM issue_" + column + " WHERE issue = :i ORDER BY count DESC, " + column,
                          use(id), into(name), into(count));
    st.execute();
    while (st.fetch()) out.emplace_back(name, static_cast<uint64_t>(count));
    return out;
  });
}

Result<SqliteMetaStore::Shares> SqliteMetaStore::issue_releases(int64_t id) { return issue_shares(id, "release"); }
Result<SqliteMetaStore::Shares> SqliteMetaStore::issue_environments(int64_t id) { return issue_shares(id, "environment"); }

Result<std::vector<int64_t>> SqliteMetaStore::issue_members(int64_t id) {
  return with_issues("issue members", [&](soci::session& db) -> Result<std::vector<int64_t>> {
    if (auto found = issue_rows::require(db, id); !found) return base::fail(std::move(found.error()));
    return issue_rows::members(db, id);
  });
}

Result<std::vector<std::string>> SqliteMetaStore::issue_hashes_of(int64_t id) {
  return with_issues("issue hashes", [&](soci::session& db) -> Result<std::vector<std::string>> {
    std::vector<std::string> out;
    for (const int64_t member : issue_rows::members(db, id)) {
      std::string hash;
      soci::statement st = (db.prepare << "SELECT hash FROM issue_hash WHERE issue = :i ORDER BY hash", use(member), into(hash));
      st.execute();
      while (st.fetch()) out.push_back(hash);
    }
    return out;
  });
}

}  // namespace tripod::store
