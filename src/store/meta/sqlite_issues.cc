// Issues in SQLite: what error events add up to.
#include <soci/soci.h>

#include "store/meta/sqlite_guard.h"
#include "store/meta/sqlite_meta_store.h"

namespace tripod::store {

using base::Code;
using base::Result;
using soci::into;
using soci::use;

namespace {

constexpr const char* kColumns =
    "id, project, title, type, value, culprit, level, platform, status, first_seen, last_seen, count, users, first_release, "
    "last_release";

// Binds a row's columns in kColumns' order.
struct IssueRow {
  Issue issue;
  int status = 0;
  int64_t count = 0;
  int64_t users = 0;

  template <class Prepare>
  auto bind(Prepare&& prepare) {
    return (std::forward<Prepare>(prepare), into(issue.id), into(issue.project), into(issue.title), into(issue.type),
            into(issue.value), into(issue.culprit), into(issue.level), into(issue.platform), into(status), into(issue.first_seen),
            into(issue.last_seen), into(count), into(users), into(issue.first_release), into(issue.last_release));
  }
  Issue take() {
    issue.status = static_cast<IssueStatus>(status);
    issue.count = static_cast<uint64_t>(count);
    issue.users = static_cast<uint64_t>(users);
    return issue;
  }
};

void upsert_issue(soci::session& db, const IssueChange& change) {
  const Issue& i = change.issue;
  const auto events = static_cast<int64_t>(change.events);
  db << "INSERT INTO issue (id, project, title, type, value, culprit, level, platform, first_seen, last_seen, count, first_release, "
        "last_release) VALUES (:id, :project, :title, :type, :value, :culprit, :level, :platform, :first, :last, :count, :frel, :lrel) "
        "ON CONFLICT (id) DO UPDATE SET count = count + excluded.count, first_seen = min(first_seen, excluded.first_seen), "
        "title = CASE WHEN excluded.last_seen >= last_seen THEN excluded.title ELSE title END, "
        "value = CASE WHEN excluded.last_seen >= last_seen THEN excluded.value ELSE value END, "
        "culprit = CASE WHEN excluded.last_seen >= last_seen THEN excluded.culprit ELSE culprit END, "
        "level = CASE WHEN excluded.last_seen >= last_seen THEN excluded.level ELSE level END, "
        "first_release = CASE WHEN excluded.first_seen < first_seen OR first_release = '' THEN excluded.first_release ELSE first_release END, "
        "last_release = CASE WHEN excluded.last_seen >= last_seen AND excluded.last_release <> '' THEN excluded.last_release ELSE last_release END, "
        "last_seen = max(last_seen, excluded.last_seen)",
      use(i.id), use(i.project), use(i.title), use(i.type), use(i.value), use(i.culprit), use(i.level), use(i.platform),
      use(i.first_seen), use(i.last_seen), use(events), use(i.first_release), use(i.last_release);
  if (change.regressed) {
    const int resolved = static_cast<int>(IssueStatus::kResolved);
    db << "UPDATE issue SET status = 0, status_time = :t WHERE id = :id AND status = :s AND status_time < :t2", use(i.last_seen),
        use(i.id), use(resolved), use(i.last_seen);
  }
}

void upsert_details(soci::session& db, const IssueChange& change) {
  const Issue& i = change.issue;
  for (const std::string& hash : change.hashes) {
    db << "INSERT OR IGNORE INTO issue_hash (project, hash, issue) VALUES (:p, :h, :i)", use(i.project), use(hash), use(i.id);
  }
  for (const auto& [release, events] : change.releases) {
    const auto count = static_cast<int64_t>(events);
    db << "INSERT INTO issue_release (issue, release, count) VALUES (:i, :r, :c) ON CONFLICT (issue, release) DO UPDATE SET count = "
          "count + excluded.count",
        use(i.id), use(release), use(count);
  }
  for (const std::string& user : change.users) {
    soci::statement insert =
        (db.prepare << "INSERT OR IGNORE INTO issue_user (issue, user) VALUES (:i, :u)", use(i.id), use(user));
    insert.execute(true);
    if (insert.get_affected_rows() > 0) db << "UPDATE issue SET users = users + 1 WHERE id = :i", use(i.id);
  }
}

// LIKE pattern of a substring; '\' escapes.
std::string like_pattern(const std::string& text) {
  std::string out = "%";
  for (char c : text) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out + "%";
}

}  // namespace

Result<int64_t> SqliteMetaStore::last_issue_id() {
  return guarded("last issue", [](soci::session& db) -> Result<int64_t> {
    int64_t id = 0;
    db << "SELECT coalesce(max(id), 0) FROM issue", into(id);
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

Result<> SqliteMetaStore::apply(std::span<const IssueChange> changes, uint64_t applied_sequence) {
  return guarded("apply", [&](soci::session& db) -> Result<> {
    soci::transaction transaction(db);
    for (const IssueChange& change : changes) {
      upsert_issue(db, change);
      upsert_details(db, change);
    }
    const auto sequence = static_cast<int64_t>(applied_sequence);
    db << "UPDATE applied SET sequence = max(sequence, :s) WHERE id = 1", use(sequence);
    transaction.commit();
    return {};
  });
}

Result<std::vector<Issue>> SqliteMetaStore::issues(const IssueQuery& query, uint64_t* total) {
  return guarded("issues", [&](soci::session& db) -> Result<std::vector<Issue>> {
    const int any_status = query.status ? 0 : 1;
    const int status = query.status ? static_cast<int>(*query.status) : 0;
    const int any_project = query.project ? 0 : 1;
    const int64_t project = query.project.value_or(0);
    const int any_text = query.text.empty() ? 1 : 0;
    const std::string pattern = like_pattern(query.text);
    const auto limit = static_cast<int64_t>(query.limit);
    const auto offset = static_cast<int64_t>(query.offset);
    const std::string where =
        " FROM issue WHERE (:as = 1 OR status = :s) AND (:ap = 1 OR project = :p) AND (:at = 1 OR title LIKE :x ESCAPE '\\' OR culprit "
        "LIKE :y ESCAPE '\\') AND last_seen >= :since AND first_seen <= :until ";
    if (total != nullptr) {
      int64_t count = 0;
      db << "SELECT count(*)" + where, into(count), use(any_status), use(status), use(any_project), use(project), use(any_text),
          use(pattern), use(pattern), use(query.seen_since), use(query.seen_until);
      *total = static_cast<uint64_t>(count);
    }
    const char* sort = query.sort == IssueQuery::Sort::kCount       ? "count DESC, id DESC"
                       : query.sort == IssueQuery::Sort::kUsers     ? "users DESC, id DESC"
                       : query.sort == IssueQuery::Sort::kFirstSeen ? "first_seen DESC, id DESC"
                                                                    : "last_seen DESC, id DESC";
    IssueRow row;
    soci::statement st =
        (row.bind(db.prepare << std::string("SELECT ") + kColumns + where + "ORDER BY " + sort + " LIMIT :l OFFSET :o"),
         use(any_status), use(status), use(any_project), use(project), use(any_text), use(pattern), use(pattern),
         use(query.seen_since), use(query.seen_until), use(limit), use(offset));
    st.execute();
    std::vector<Issue> out;
    while (st.fetch()) out.push_back(row.take());
    return out;
  });
}

Result<Issue> SqliteMetaStore::issue(int64_t id) {
  return guarded("issue", [&](soci::session& db) -> Result<Issue> {
    IssueRow row;
    soci::statement st = (row.bind(db.prepare << std::string("SELECT ") + kColumns + " FROM issue WHERE id = :id"), use(id));
    st.execute();
    if (!st.fetch()) return base::fail(Code::kNotFound, "no issue " + std::to_string(id));
    return row.take();
  });
}

Result<std::vector<std::pair<std::string, uint64_t>>> SqliteMetaStore::issue_releases(int64_t id) {
  using Out = std::vector<std::pair<std::string, uint64_t>>;
  return guarded("issue releases", [&](soci::session& db) -> Result<Out> {
    Out out;
    std::string release;
    int64_t count = 0;
    soci::statement st = (db.prepare << "SELECT release, count FROM issue_release WHERE issue = :i ORDER BY count DESC, release",
                          use(id), into(release), into(count));
    st.execute();
    while (st.fetch()) out.emplace_back(release, static_cast<uint64_t>(count));
    return out;
  });
}

Result<Issue> SqliteMetaStore::set_issue_status(int64_t id, IssueStatus status) {
  auto changed = guarded("set issue status", [&](soci::session& db) -> Result<> {
    const int value = static_cast<int>(status);
    const base::UnixNanos now = clock_.now();
    db << "UPDATE issue SET status = :s, status_time = :t WHERE id = :id", use(value), use(now), use(id);
    return {};
  });
  if (!changed) return base::fail(std::move(changed.error()));
  return issue(id);
}

Result<std::vector<std::string>> SqliteMetaStore::issue_hashes_of(int64_t id) {
  return guarded("issue hashes", [&](soci::session& db) -> Result<std::vector<std::string>> {
    std::vector<std::string> out;
    std::string hash;
    soci::statement st = (db.prepare << "SELECT hash FROM issue_hash WHERE issue = :i ORDER BY hash", use(id), into(hash));
    st.execute();
    while (st.fetch()) out.push_back(hash);
    return out;
  });
}

}  // namespace tripod::store
