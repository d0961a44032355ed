#include "store/meta/sqlite_schema.h"

#include <soci/soci.h>

#include <array>
#include <string>
#include <string_view>

namespace tripod::store {

namespace {

// One entry per version; a released entry is never edited, only followed by another. Statements end with ";\n".
constexpr std::array<std::string_view, 3> kVersions = {R"sql(
CREATE TABLE organisation (id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE);
CREATE TABLE project (id INTEGER PRIMARY KEY, organisation INTEGER NOT NULL REFERENCES organisation(id), slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL);
CREATE TABLE project_key (public_key TEXT PRIMARY KEY, project INTEGER NOT NULL REFERENCES project(id), active INTEGER NOT NULL DEFAULT 1);
CREATE TABLE user (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, role TEXT NOT NULL, password TEXT NOT NULL DEFAULT '');
CREATE TABLE sign_in_link (token_hash TEXT PRIMARY KEY, user INTEGER NOT NULL REFERENCES user(id), expires INTEGER NOT NULL);
CREATE TABLE session (token_hash TEXT PRIMARY KEY, user INTEGER NOT NULL REFERENCES user(id), csrf TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL);
CREATE TABLE api_token (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, token_hash TEXT NOT NULL UNIQUE, scopes INTEGER NOT NULL, created INTEGER NOT NULL, last_used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE issue (id INTEGER PRIMARY KEY, project INTEGER NOT NULL, title TEXT NOT NULL, type TEXT NOT NULL, value TEXT NOT NULL, culprit TEXT NOT NULL, level TEXT NOT NULL, platform TEXT NOT NULL, status INTEGER NOT NULL DEFAULT 0, status_time INTEGER NOT NULL DEFAULT 0, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, count INTEGER NOT NULL, users INTEGER NOT NULL DEFAULT 0, first_release TEXT NOT NULL, last_release TEXT NOT NULL);
CREATE INDEX issue_by_last_seen ON issue (status, last_seen);
CREATE TABLE issue_hash (project INTEGER NOT NULL, hash TEXT NOT NULL, issue INTEGER NOT NULL REFERENCES issue(id), PRIMARY KEY (project, hash)) WITHOUT ROWID;
CREATE INDEX issue_hash_by_issue ON issue_hash (issue);
CREATE TABLE issue_release (issue INTEGER NOT NULL REFERENCES issue(id), release TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (issue, release)) WITHOUT ROWID;
CREATE TABLE issue_user (issue INTEGER NOT NULL REFERENCES issue(id), user TEXT NOT NULL, PRIMARY KEY (issue, user)) WITHOUT ROWID;
CREATE TABLE applied (id INTEGER PRIMARY KEY CHECK (id = 1), sequence INTEGER NOT NULL);
INSERT INTO applied (id, sequence) VALUES (1, 0);
)sql",
                                                        R"sql(
CREATE TABLE log_stream (project INTEGER NOT NULL REFERENCES project(id), log_group TEXT NOT NULL, log_stream TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (project, log_group, log_stream)) WITHOUT ROWID;
)sql",
                                                        R"sql(
CREATE TABLE view (id INTEGER PRIMARY KEY AUTOINCREMENT, owned_by_token INTEGER NOT NULL, owner INTEGER NOT NULL, owner_name TEXT NOT NULL, name TEXT NOT NULL, query TEXT NOT NULL, dataset TEXT NOT NULL, range TEXT NOT NULL, columns TEXT NOT NULL, shared INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL, UNIQUE (owned_by_token, owner, name));
)sql"};

void run_all(soci::session& db, std::string_view script) {
  while (!script.empty()) {
    const size_t end = script.find(";\n");
    std::string_view statement = script.substr(0, end);
    script = end == std::string_view::npos ? std::string_view() : script.substr(end + 2);
    if (statement.find_first_not_of(" \n") != std::string_view::npos) db << std::string(statement);
  }
}

}  // namespace

base::Result<> migrate(soci::session& db) {
  int version = 0;
  db << "PRAGMA user_version", soci::into(version);
  const int newest = static_cast<int>(kVersions.size());
  if (version > newest) {
    return base::fail(base::Code::kUnsupported, "meta.db has version " + std::to_string(version) + ", this program knows " +
                                                    std::to_string(newest) + ": it was written by a newer Tripod");
  }
  for (; version < newest; ++version) {
    soci::transaction transaction(db);
    run_all(db, kVersions[static_cast<size_t>(version)]);
    db << "PRAGMA user_version = " + std::to_string(version + 1);
    transaction.commit();
  }
  return {};
}

}  // namespace tripod::store
