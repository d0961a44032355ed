// Who did what to an issue, and what people say about it.
#include <soci/soci.h>

#include "store/meta/sqlite_guard.h"
#include "store/meta/sqlite_issue_rows.h"

namespace tripod::store {

using base::Code;
using base::Result;
using soci::into;
using soci::use;

namespace {

constexpr const char* kColumns =
    "id, issue, kind, time, actor_kind, actor, actor_name, text, release, other, resolution, until, events, users, edited";

struct ActivityRow {
  IssueActivity entry;
  std::string release;
  int kind = 0, actor_kind = 0, resolution = 0;
  int64_t events = 0, users = 0;

  template <class Prepare>
  auto bind(Prepare&& prepare) {
    return (std::forward<Prepare>(prepare), into(entry.id), into(entry.issue), into(kind), into(entry.time), into(actor_kind),
            into(entry.actor.id), into(entry.actor.name), into(entry.text), into(release), into(entry.other), into(resolution),
            into(entry.archive.until), into(events), into(users), into(entry.edited));
  }
  IssueActivity take() {
    entry.kind = static_cast<ActivityKind>(kind);
    entry.actor.kind = static_cast<Actor::Kind>(actor_kind);
    entry.resolution = {.kind = static_cast<Resolution::Kind>(resolution), .release = {}};
    (entry.resolution.kind == Resolution::Kind::kNone ? entry.release : entry.resolution.release) = release;
    if (entry.resolution.kind != Resolution::Kind::kNone) entry.release.clear();
    entry.archive.events = static_cast<uint64_t>(events);
    entry.archive.users = static_cast<uint64_t>(users);
    return entry;
  }
};

Result<> check_text(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return base::fail(Code::kInvalidArgument, "a comment must say something");
  if (text.size() > kMostCommentBytes) return base::fail(Code::kTooLarge, "a comment has at most " + std::to_string(kMostCommentBytes) + " bytes");
  return {};
}

base::Error no_comment(int64_t id) { return {Code::kNotFound, "no comment " + std::to_string(id)}; }

}  // namespace

Result<std::vector<IssueActivity>> SqliteMetaStore::issue_activity(int64_t id, size_t limit) {
  return with_issues("issue activity", [&](soci::session& db) -> Result<std::vector<IssueActivity>> {
    if (auto found = issue_rows::require(db, id); !found) return base::fail(std::move(found.error()));
    std::vector<IssueActivity> out;
    ActivityRow row;
    const auto most = static_cast<int64_t>(limit);
    soci::statement st = (row.bind(db.prepare << std::string("SELECT ") + kColumns + " FROM issue_activity WHERE issue = :i ORDER BY id DESC LIMIT :l"),
                          use(id), use(most));
    st.execute();
    while (st.fetch()) out.push_back(row.take());
    return out;
  });
}

Result<IssueActivity> SqliteMetaStore::add_comment(int64_t issue, std::string_view text, const Actor& by) {
  if (auto ok = check_text(text); !ok) return base::fail(std::move(ok.error()));
  return with_issues("add comment", [&](soci::session& db) -> Result<IssueActivity> {
    if (auto found = issue_rows::require(db, issue); !found) return base::fail(std::move(found.error()));
    IssueActivity entry{.issue = issue, .kind = ActivityKind::kComment, .time = clock_.now(), .actor = by, .text = std::string(text)};
    soci::transaction transaction(db);
    issue_rows::add_activity(db, entry);
    transaction.commit();
    return entry;
  });
}

Result<IssueActivity> SqliteMetaStore::comment(int64_t issue, int64_t id) {
  return with_issues("comment", [&](soci::session& db) -> Result<IssueActivity> {
    ActivityRow row;
    const int kind = static_cast<int>(ActivityKind::kComment);
    soci::statement st = (row.bind(db.prepare << std::string("SELECT ") + kColumns + " FROM issue_activity WHERE id = :id AND issue = :i AND kind = :k"),
                          use(id), use(issue), use(kind));
    st.execute();
    if (!st.fetch()) return base::fail(no_comment(id));
    return row.take();
  });
}

Result<> SqliteMetaStore::set_comment(int64_t issue, int64_t id, std::string_view text) {
  if (auto ok = check_text(text); !ok) return ok;
  return with_issues("set comment", [&](soci::session& db) -> Result<> {
    const int kind = static_cast<int>(ActivityKind::kComment);
    const base::UnixNanos now = clock_.now();
    const std::string value(text);
    soci::statement set = (db.prepare << "UPDATE issue_activity SET text = :t, edited = :e WHERE id = :id AND issue = :i AND kind = :k",
                           use(value), use(now), use(id), use(issue), use(kind));
    set.execute(true);
    if (set.get_affected_rows() == 0) return base::fail(no_comment(id));
    return {};
  });
}

Result<> SqliteMetaStore::remove_comment(int64_t issue, int64_t id) {
  return with_issues("remove comment", [&](soci::session& db) -> Result<> {
    const int kind = static_cast<int>(ActivityKind::kComment);
    soci::statement remove = (db.prepare << "DELETE FROM issue_activity WHERE id = :id AND issue = :i AND kind = :k", use(id), use(issue), use(kind));
    remove.execute(true);
    if (remove.get_affected_rows() == 0) return base::fail(no_comment(id));
    return {};
  });
}

}  // namespace tripod::store
