// Releases in SQLite: what is said of them, their commits and deploys. The rows themselves are also made by error events (sqlite_issues.cc).
#include <soci/soci.h>

#include <algorithm>

#include "store/meta/sqlite_guard.h"

namespace tripod::store {

using base::Code;
using base::Result;
using soci::into;
using soci::use;

namespace {

// Facts of each release, with what other tables add to them; of a release without a deploy the last five are empty.
constexpr const char* kFacts =
    "SELECT r.project, r.version, r.first_seen, r.last_seen, r.date_started, coalesce(r.date_released, 0), r.ref, r.url, r.archived, r.events, "
    "(SELECT count(*) FROM issue i WHERE i.project = r.project AND i.first_release = r.version AND i.merged_into = 0 AND i.id > 0), "
    "(SELECT count(*) FROM release_commit c WHERE c.project = r.project AND c.version = r.version), "
    "(SELECT count(*) FROM deploy d WHERE d.project = r.project AND d.version = r.version), "
    "coalesce((SELECT c.id FROM release_commit c WHERE c.project = r.project AND c.version = r.version AND c.position = 0), ''), "
    "coalesce(d.id, 0), coalesce(d.environment, ''), coalesce(d.name, ''), coalesce(d.url, ''), coalesce(d.started, 0), coalesce(d.finished, 0) "
    "FROM release r LEFT JOIN deploy d ON d.id = (SELECT max(l.id) FROM deploy l WHERE l.project = r.project AND l.version = r.version) ";

// Binds a row of kFacts.
struct FactsRow {
  ReleaseFacts facts;
  Deploy deploy;
  int archived = 0;
  int64_t events = 0, new_issues = 0, commits = 0, deploys = 0;

  template <class Prepare>
  auto bind(Prepare&& prepare) {
    return (std::forward<Prepare>(prepare), into(facts.project), into(facts.version), into(facts.first_seen), into(facts.last_seen), into(facts.date_started),
            into(facts.date_released), into(facts.ref), into(facts.url), into(archived), into(events), into(new_issues), into(commits), into(deploys),
            into(facts.last_commit), into(deploy.id), into(deploy.environment), into(deploy.name), into(deploy.url), into(deploy.started), into(deploy.finished));
  }
  ReleaseFacts take() {
    ReleaseFacts out = facts;
    out.archived = archived != 0;
    out.events = static_cast<uint64_t>(events);
    out.new_issues = static_cast<uint64_t>(new_issues);
    out.commits = static_cast<uint64_t>(commits);
    out.deploys = static_cast<uint64_t>(deploys);
    if (deploy.id != 0) out.last_deploy = deploy;
    return out;
  }
};

bool release_exists(soci::session& db, int64_t project, const std::string& version) {
  int found = 0;
  db << "SELECT count(*) FROM release WHERE project = :p AND version = :v", use(project), use(version), into(found);
  return found != 0;
}

std::unexpected<base::Error> no_release(const std::string& version) { return base::fail(Code::kNotFound, "no release " + version); }

void make_release(soci::session& db, int64_t project, const std::string& version, base::UnixNanos time) {
  db << "INSERT INTO release (project, version, first_seen, last_seen, events) VALUES (:p, :v, :f, :l, 0)", use(project), use(version), use(time), use(time);
}

// `files` of one commit as they are kept: a line each, "M src/shop.py".
std::string joined(const std::vector<PatchedFile>& files) {
  std::string out;
  for (const PatchedFile& file : files) {
    if (file.path.find('\n') != std::string::npos) continue;
    if (!out.empty()) out += '\n';
    out += file.type;
    out += ' ' + file.path;
  }
  return out;
}

std::vector<PatchedFile> parted(std::string_view text) {
  std::vector<PatchedFile> out;
  while (text.size() > 2) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (line.size() > 2) out.push_back({std::string(line.substr(2)), line[0]});
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

void add_commit(soci::session& db, int64_t project, const std::string& version, int64_t position, const Commit& commit) {
  const std::string files = joined(commit.files);
  db << "INSERT INTO release_commit (project, version, position, id, repository, message, author_name, author_email, time, files) "
        "VALUES (:p, :v, :n, :id, :r, :m, :an, :ae, :t, :f)",
      use(project), use(version), use(position), use(commit.id), use(commit.repository), use(commit.message), use(commit.author_name), use(commit.author_email),
      use(commit.time), use(files);
}

}  // namespace

Result<std::vector<ReleaseFacts>> SqliteMetaStore::release_facts(int64_t project) {
  return with_issues("releases", [&](soci::session& db) -> Result<std::vector<ReleaseFacts>> {
    std::vector<ReleaseFacts> out;
    FactsRow row;
    soci::statement st = (row.bind(db.prepare << std::string(kFacts) + "WHERE r.project = :p ORDER BY coalesce(nullif(r.date_released, 0), r.first_seen) DESC, r.version DESC"),
                          use(project));
    st.execute();
    while (st.fetch()) out.push_back(row.take());
    return out;
  });
}

Result<ReleaseFacts> SqliteMetaStore::release_facts_of(int64_t project, std::string_view version) {
  const std::string name(version);
  return with_issues("release", [&](soci::session& db) -> Result<ReleaseFacts> {
    FactsRow row;
    soci::statement st = (row.bind(db.prepare << std::string(kFacts) + "WHERE r.project = :p AND r.version = :v"), use(project), use(name));
    st.execute();
    if (!st.fetch()) return no_release(name);
    return row.take();
  });
}

Result<bool> SqliteMetaStore::update_release(int64_t project, std::string_view version, const ReleaseUpdate& update) {
  const std::string name(version);
  return with_issues("update release", [&](soci::session& db) -> Result<bool> {
    soci::transaction transaction(db);
    const bool is_new = !release_exists(db, project, name);
    if (is_new) make_release(db, project, name, clock_.now());
    if (update.ref) db << "UPDATE release SET ref = :x WHERE project = :p AND version = :v", use(*update.ref), use(project), use(name);
    if (update.url) db << "UPDATE release SET url = :x WHERE project = :p AND version = :v", use(*update.url), use(project), use(name);
    if (update.date_started) db << "UPDATE release SET date_started = :x WHERE project = :p AND version = :v", use(*update.date_started), use(project), use(name);
    if (update.date_released) db << "UPDATE release SET date_released = :x WHERE project = :p AND version = :v", use(*update.date_released), use(project), use(name);
    if (update.archived) {
      const int archived = *update.archived ? 1 : 0;
      db << "UPDATE release SET archived = :x WHERE project = :p AND version = :v", use(archived), use(project), use(name);
    }
    transaction.commit();
    return is_new;
  });
}

Result<> SqliteMetaStore::saw_release(int64_t project, std::string_view version, base::UnixNanos time) {
  const std::string name(version);
  return guarded("saw release", [&](soci::session& db) -> Result<> {
    soci::transaction transaction(db);
    if (release_exists(db, project, name)) {
      db << "UPDATE release SET first_seen = min(first_seen, :a), last_seen = max(last_seen, :b) WHERE project = :p AND version = :v", use(time), use(time), use(project),
          use(name);
    } else {
      int64_t known = 0;
      db << "SELECT count(*) FROM release WHERE project = :p", use(project), into(known);
      if (known >= static_cast<int64_t>(kMostSeenReleases)) return {};
      make_release(db, project, name, time);
    }
    transaction.commit();
    return {};
  });
}

Result<> SqliteMetaStore::remove_release(int64_t project, std::string_view version) {
  const std::string name(version);
  return with_issues("remove release", [&](soci::session& db) -> Result<> {
    soci::transaction transaction(db);
    if (!release_exists(db, project, name)) return no_release(name);
    int64_t events = 0;
    db << "SELECT events FROM release WHERE project = :p AND version = :v", use(project), use(name), into(events);
    if (events > 0) return base::fail(Code::kAlreadyExists, "This release is referenced by active issues and cannot be removed.");
    for (const char* table : {"release_commit", "deploy", "release"}) {
      db << std::string("DELETE FROM ") + table + " WHERE project = :p AND version = :v", use(project), use(name);
    }
    transaction.commit();
    return {};
  });
}

Result<> SqliteMetaStore::set_release_commits(int64_t project, std::string_view version, std::span<const Commit> commits) {
  const std::string name(version);
  return with_issues("set commits", [&](soci::session& db) -> Result<> {
    soci::transaction transaction(db);
    if (!release_exists(db, project, name)) return no_release(name);
    const base::UnixNanos now = clock_.now();
    db << "DELETE FROM release_commit WHERE project = :p AND version = :v", use(project), use(name);
    int64_t position = 0;
    for (const Commit& commit : commits.first(std::min(commits.size(), kMostCommitsOfRelease))) {
      add_commit(db, project, name, position++, commit);
      if (commit.repository.empty()) continue;
      const auto most = static_cast<int64_t>(kMostRepositories);
      db << "INSERT OR IGNORE INTO repository (name, url, provider, created) SELECT :n, '', '', :t WHERE (SELECT count(*) FROM repository) < :m", use(commit.repository), use(now),
          use(most);
    }
    transaction.commit();
    return {};
  });
}

Result<std::vector<Commit>> SqliteMetaStore::release_commits(int64_t project, std::string_view version) {
  const std::string name(version);
  return guarded("commits", [&](soci::session& db) -> Result<std::vector<Commit>> {
    std::vector<Commit> out;
    Commit row;
    std::string files;
    soci::statement st = (db.prepare << "SELECT id, repository, message, author_name, author_email, time, files FROM release_commit "
                                        "WHERE project = :p AND version = :v ORDER BY position",
                          use(project), use(name), into(row.id), into(row.repository), into(row.message), into(row.author_name), into(row.author_email), into(row.time),
                          into(files));
    st.execute();
    while (st.fetch()) {
      out.push_back(row);
      out.back().files = parted(files);
    }
    return out;
  });
}

Result<Deploy> SqliteMetaStore::add_deploy(int64_t project, std::string_view version, const Deploy& deploy) {
  const std::string name(version);
  return with_issues("add deploy", [&](soci::session& db) -> Result<Deploy> {
    Deploy out = deploy;
    soci::transaction transaction(db);
    if (!release_exists(db, project, name)) return no_release(name);
    int64_t known = 0;
    db << "SELECT count(*) FROM deploy WHERE project = :p AND version = :v", use(project), use(name), into(known);
    if (known >= static_cast<int64_t>(kMostDeploysOfRelease)) return base::fail(Code::kTooLarge, "the release has 1000 deploys, which is the most");
    if (out.finished == 0) out.finished = clock_.now();
    db << "INSERT INTO deploy (project, version, environment, name, url, started, finished) VALUES (:p, :v, :e, :n, :u, :s, :f)", use(project), use(name), use(out.environment),
        use(out.name), use(out.url), use(out.started), use(out.finished);
    db << "SELECT last_insert_rowid()", into(out.id);
    transaction.commit();
    return out;
  });
}

Result<std::vector<Deploy>> SqliteMetaStore::release_deploys(int64_t project, std::string_view version) {
  const std::string name(version);
  return guarded("deploys", [&](soci::session& db) -> Result<std::vector<Deploy>> {
    std::vector<Deploy> out;
    Deploy row;
    soci::statement st = (db.prepare << "SELECT id, environment, name, url, started, finished FROM deploy WHERE project = :p AND version = :v ORDER BY id DESC", use(project),
                          use(name), into(row.id), into(row.environment), into(row.name), into(row.url), into(row.started), into(row.finished));
    st.execute();
    while (st.fetch()) out.push_back(row);
    return out;
  });
}

Result<std::vector<Repository>> SqliteMetaStore::repositories() {
  return guarded("repositories", [](soci::session& db) -> Result<std::vector<Repository>> {
    std::vector<Repository> out;
    Repository row;
    soci::statement st =
        (db.prepare << "SELECT id, name, url, provider, created FROM repository ORDER BY name", into(row.id), into(row.name), into(row.url), into(row.provider), into(row.created));
    st.execute();
    while (st.fetch()) out.push_back(row);
    return out;
  });
}

Result<Repository> SqliteMetaStore::add_repository(const Repository& repository) {
  return guarded("add repository", [&](soci::session& db) -> Result<Repository> {
    Repository out = repository;
    out.created = clock_.now();
    soci::transaction transaction(db);
    int64_t same = 0, all = 0;
    db << "SELECT count(*), coalesce(sum(name = :n), 0) FROM repository", use(out.name), into(all), into(same);
    if (same > 0) return base::fail(Code::kAlreadyExists, "there is a repository of that name");
    if (all >= static_cast<int64_t>(kMostRepositories)) return base::fail(Code::kTooLarge, "there are 1000 repositories, which is the most");
    db << "INSERT INTO repository (name, url, provider, created) VALUES (:n, :u, :p, :c)", use(out.name), use(out.url), use(out.provider), use(out.created);
    db << "SELECT last_insert_rowid()", into(out.id);
    transaction.commit();
    return out;
  });
}

Result<std::vector<int64_t>> SqliteMetaStore::release_issues(const ReleaseIssuesQuery& query) {
  using Which = ReleaseIssuesQuery::Which;
  return with_issues("release issues", [&](soci::session& db) -> Result<std::vector<int64_t>> {
    std::vector<int64_t> out;
    const int whatever = query.which == Which::kNew ? 0 : 1;
    const int seen = query.which == Which::kRegressed ? 0 : 1;
    const int regressed = static_cast<int>(ActivityKind::kRegressed);
    const auto limit = static_cast<int64_t>(query.limit);
    int64_t id = 0;
    // `b` and `a` climb from the issues of a release to what those are part of.
    soci::statement st =
        (db.prepare << "WITH RECURSIVE b(id, up) AS (SELECT i.id, i.merged_into FROM issue_release r JOIN issue i ON i.id = r.issue WHERE r.release = :b AND :s = 1 "
                       "UNION SELECT i.id, i.merged_into FROM issue_activity t JOIN issue i ON i.id = t.issue WHERE t.release = :c AND t.kind = :k AND :t = 0 "
                       "UNION SELECT i.id, i.merged_into FROM b JOIN issue i ON i.id = b.up WHERE b.up <> 0), "
                       "a(id, up) AS (SELECT i.id, i.merged_into FROM issue_release r JOIN issue i ON i.id = r.issue WHERE r.release = :a AND r.release <> '' "
                       "UNION SELECT i.id, i.merged_into FROM a JOIN issue i ON i.id = a.up WHERE a.up <> 0) "
                       "SELECT i.id FROM issue i WHERE i.id IN (SELECT id FROM b WHERE up = 0) AND i.id NOT IN (SELECT id FROM a WHERE up = 0) AND i.id > 0 AND i.project = :p "
                       "AND (:w = 1 OR i.first_release = :f) ORDER BY i.last_seen DESC, i.id DESC LIMIT :l",
         use(query.version), use(seen), use(query.version), use(regressed), use(seen), use(query.not_in), use(query.project), use(whatever), use(query.version), use(limit),
         into(id));
    st.execute();
    while (st.fetch()) out.push_back(id);
    return out;
  });
}

}  // namespace tripod::store
