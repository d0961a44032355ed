#include "store/meta/sqlite_meta_store.h"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "base/random.h"
#include "store/meta/sqlite_guard.h"
#include "store/meta/sqlite_schema.h"
#include "store/meta/sqlite_text_match.h"

namespace tripod::store {

using base::Code;
using base::Result;
using soci::into;
using soci::use;

SqliteMetaStore::SqliteMetaStore(const base::Clock& clock) : clock_(clock) {}
SqliteMetaStore::~SqliteMetaStore() = default;

Result<std::unique_ptr<SqliteMetaStore>> SqliteMetaStore::open(const std::string& path, const base::Clock& clock) {
  std::unique_ptr<SqliteMetaStore> store(new SqliteMetaStore(clock));
  try {
    store->db_ = std::make_unique<soci::session>(soci::sqlite3, "dbname=" + path + " timeout=10");
    auto& db = *store->db_;
    std::string mode;
    db << "PRAGMA journal_mode = WAL", into(mode);
    db << "PRAGMA synchronous = FULL";
    db << "PRAGMA foreign_keys = ON";
    add_text_functions(db);
    if (auto ok = migrate(db); !ok) return base::fail(std::move(ok.error()));
  } catch (const soci::soci_error& e) {
    return base::fail(Code::kIo, "meta store: open " + path + ": " + e.get_error_message());
  }
  return store;
}

Result<bool> SqliteMetaStore::bootstrap(std::string_view organisation, std::string_view key) {
  const std::string slug(organisation);
  std::string public_key = key.empty() ? base::random_hex(16) : std::string(key);
  return guarded("bootstrap", [&](soci::session& db) -> Result<bool> {
    int projects = 0;
    db << "SELECT count(*) FROM project", into(projects);
    int same_key = 0;
    db << "SELECT count(*) FROM project_key WHERE public_key = :k", use(public_key), into(same_key);
    if (projects > 0 && (key.empty() || same_key > 0)) return false;
    soci::transaction transaction(db);
    if (projects == 0) {
      db << "INSERT INTO organisation (id, slug) VALUES (1, :s)", use(slug);
      db << "INSERT INTO project (id, organisation, slug, name) VALUES (1, 1, 'default', 'default')";
      db << "INSERT INTO user (id, email, role) VALUES (1, 'admin', 'admin')";
    }
    // A key given by the environment is the only one that counts from then on.
    if (projects > 0) db << "UPDATE project_key SET active = 0 WHERE project = 1";
    db << "INSERT INTO project_key (public_key, project) VALUES (:k, 1)", use(public_key);
    transaction.commit();
    return true;
  });
}

Result<std::vector<Project>> SqliteMetaStore::projects() {
  return guarded("projects", [](soci::session& db) -> Result<std::vector<Project>> {
    std::vector<Project> out;
    Project row;
    soci::statement st = (db.prepare << "SELECT id, slug, name FROM project ORDER BY id", into(row.id), into(row.slug), into(row.name));
    st.execute();
    while (st.fetch()) out.push_back(row);
    return out;
  });
}

Result<std::vector<ProjectKey>> SqliteMetaStore::project_keys() {
  return guarded("project keys", [](soci::session& db) -> Result<std::vector<ProjectKey>> {
    std::vector<ProjectKey> out;
    ProjectKey row;
    int active = 0;
    soci::statement st = (db.prepare << "SELECT public_key, project, active FROM project_key", into(row.public_key),
                          into(row.project), into(active));
    st.execute();
    while (st.fetch()) {
      row.active = active != 0;
      out.push_back(row);
    }
    return out;
  });
}

Result<std::vector<User>> SqliteMetaStore::users() {
  return guarded("users", [](soci::session& db) -> Result<std::vector<User>> {
    std::vector<User> out;
    User row;
    int has_password = 0;
    soci::statement st = (db.prepare << "SELECT id, email, role, password <> '' FROM user ORDER BY id", into(row.id),
                          into(row.email), into(row.role), into(has_password));
    st.execute();
    while (st.fetch()) {
      row.has_password = has_password != 0;
      out.push_back(row);
    }
    return out;
  });
}

Result<std::string> SqliteMetaStore::password_hash(int64_t user) {
  return guarded("password", [&](soci::session& db) -> Result<std::string> {
    std::string phc;
    db << "SELECT password FROM user WHERE id = :id", use(user), into(phc);
    if (!db.got_data()) return base::fail(Code::kNotFound, "no such user");
    return phc;
  });
}

Result<> SqliteMetaStore::set_password_hash(int64_t user, std::string_view phc) {
  const std::string text(phc);
  return guarded("set password", [&](soci::session& db) -> Result<> {
    db << "UPDATE user SET password = :p WHERE id = :id", use(text), use(user);
    return {};
  });
}

Result<> SqliteMetaStore::add_sign_in_link(std::string_view token_hash, int64_t user, base::UnixNanos expires) {
  const std::string hash(token_hash);
  return guarded("add sign-in link", [&](soci::session& db) -> Result<> {
    db << "INSERT INTO sign_in_link (token_hash, user, expires) VALUES (:h, :u, :e)", use(hash), use(user), use(expires);
    return {};
  });
}

Result<int64_t> SqliteMetaStore::take_sign_in_link(std::string_view token_hash, base::UnixNanos now) {
  const std::string hash(token_hash);
  return guarded("take sign-in link", [&](soci::session& db) -> Result<int64_t> {
    soci::transaction transaction(db);
    int64_t user = 0;
    db << "SELECT user FROM sign_in_link WHERE token_hash = :h AND expires > :n", use(hash), use(now), into(user);
    const bool found = db.got_data();
    db << "DELETE FROM sign_in_link WHERE token_hash = :h OR expires <= :n", use(hash), use(now);
    transaction.commit();
    if (!found) return base::fail(Code::kNotFound, "no such sign-in link");
    return user;
  });
}

Result<> SqliteMetaStore::add_session(const Session& s) {
  return guarded("add session", [&](soci::session& db) -> Result<> {
    const base::UnixNanos now = clock_.now();
    db << "DELETE FROM session WHERE expires <= :n", use(now);
    db << "INSERT INTO session (token_hash, user, csrf, created, expires) VALUES (:h, :u, :c, :t, :e)", use(s.token_hash),
        use(s.user), use(s.csrf), use(s.created), use(s.expires);
    return {};
  });
}

Result<std::vector<Session>> SqliteMetaStore::sessions(base::UnixNanos now) {
  return guarded("sessions", [&](soci::session& db) -> Result<std::vector<Session>> {
    std::vector<Session> out;
    Session row;
    soci::statement st = (db.prepare << "SELECT token_hash, user, csrf, created, expires FROM session WHERE expires > :n", use(now),
                          into(row.token_hash), into(row.user), into(row.csrf), into(row.created), into(row.expires));
    st.execute();
    while (st.fetch()) out.push_back(row);
    return out;
  });
}

Result<> SqliteMetaStore::remove_session(std::string_view token_hash) {
  const std::string hash(token_hash);
  return guarded("remove session", [&](soci::session& db) -> Result<> {
    db << "DELETE FROM session WHERE token_hash = :h", use(hash);
    return {};
  });
}

Result<int64_t> SqliteMetaStore::add_token(const ApiToken& token) {
  return guarded("add token", [&](soci::session& db) -> Result<int64_t> {
    const int scopes = token.scopes;
    db << "INSERT INTO api_token (name, token_hash, scopes, created) VALUES (:n, :h, :s, :c)", use(token.name),
        use(token.token_hash), use(scopes), use(token.created);
    int64_t id = 0;
    db << "SELECT last_insert_rowid()", into(id);
    return id;
  });
}

Result<std::vector<ApiToken>> SqliteMetaStore::tokens() {
  return guarded("tokens", [](soci::session& db) -> Result<std::vector<ApiToken>> {
    std::vector<ApiToken> out;
    ApiToken row;
    int scopes = 0;
    soci::statement st = (db.prepare << "SELECT id, name, token_hash, scopes, created, last_used FROM api_token ORDER BY id",
                          into(row.id), into(row.name), into(row.token_hash), into(scopes), into(row.created), into(row.last_used));
    st.execute();
    while (st.fetch()) {
      row.scopes = static_cast<uint8_t>(scopes);
      out.push_back(row);
    }
    return out;
  });
}

Result<> SqliteMetaStore::remove_token(int64_t id) {
  return guarded("remove token", [&](soci::session& db) -> Result<> {
    int known = 0;
    db << "SELECT count(*) FROM api_token WHERE id = :id", use(id), into(known);
    if (known == 0) return base::fail(Code::kNotFound, "no such token");
    db << "DELETE FROM api_token WHERE id = :id", use(id);
    return {};
  });
}

Result<std::vector<LogStreamName>> SqliteMetaStore::log_stream_names() {
  return guarded("log streams", [](soci::session& db) -> Result<std::vector<LogStreamName>> {
    std::vector<LogStreamName> out;
    LogStreamName row;
    soci::statement st = (db.prepare << "SELECT project, log_group, log_stream, created FROM log_stream ORDER BY project, log_group, log_stream",
                          into(row.project), into(row.group), into(row.stream), into(row.created));
    st.execute();
    while (st.fetch()) out.push_back(row);
    return out;
  });
}

Result<> SqliteMetaStore::add_log_stream_name(const LogStreamName& name) {
  return guarded("add log stream", [&](soci::session& db) -> Result<> {
    db << "INSERT OR IGNORE INTO log_stream (project, log_group, log_stream, created) VALUES (:p, :g, :s, :c)", use(name.project),
        use(name.group), use(name.stream), use(name.created);
    return {};
  });
}

Result<> SqliteMetaStore::remove_log_stream_names(std::span<const LogStreamName> names) {
  return guarded("remove log streams", [&](soci::session& db) -> Result<> {
    soci::transaction transaction(db);
    for (const LogStreamName& name : names) {
      db << "DELETE FROM log_stream WHERE project = :p AND log_group = :g AND log_stream = :s", use(name.project), use(name.group),
          use(name.stream);
    }
    transaction.commit();
    return {};
  });
}

}  // namespace tripod::store
