#include "store/meta/sqlite_schema.h"

#include <soci/soci.h>

#include <array>
#include <string>
#include <string_view>

namespace tripod::store {

namespace {

// One entry per version; a released entry is never edited, only followed by another. Statements end with ";\n".
constexpr std::array<std::string_view, 10> kVersions = {R"sql(
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
)sql",
                                                        R"sql(
ALTER TABLE issue ADD COLUMN substatus INTEGER NOT NULL DEFAULT 1;
ALTER TABLE issue ADD COLUMN substatus_time INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issue ADD COLUMN assignee INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issue ADD COLUMN resolution INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issue ADD COLUMN resolution_release TEXT NOT NULL DEFAULT '';
ALTER TABLE issue ADD COLUMN archive_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issue ADD COLUMN archive_events INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issue ADD COLUMN archive_users INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issue ADD COLUMN archive_events_then INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issue ADD COLUMN archive_users_then INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issue ADD COLUMN status_by_kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issue ADD COLUMN status_by INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issue ADD COLUMN status_by_name TEXT NOT NULL DEFAULT '';
ALTER TABLE issue ADD COLUMN merged_into INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issue ADD COLUMN has_merged INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issue ADD COLUMN users_estimated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issue ADD COLUMN user_sketch TEXT NOT NULL DEFAULT '';
UPDATE issue SET substatus_time = first_seen;
UPDATE issue SET substatus = 0 WHERE status <> 0;
UPDATE issue SET resolution = 1 WHERE status = 1;
DROP INDEX issue_by_last_seen;
CREATE INDEX issue_by_last_seen ON issue (status, last_seen, id) WHERE merged_into = 0;
CREATE INDEX issue_by_first_seen ON issue (status, first_seen, id) WHERE merged_into = 0;
CREATE INDEX issue_by_count ON issue (status, count, id) WHERE merged_into = 0;
CREATE INDEX issue_by_users ON issue (status, users, id) WHERE merged_into = 0;
CREATE INDEX issue_by_assignee ON issue (assignee, status) WHERE assignee <> 0;
CREATE INDEX issue_to_age ON issue (substatus_time) WHERE substatus IN (1, 3, 4);
CREATE INDEX issue_to_wake ON issue (archive_until) WHERE archive_until <> 0;
CREATE INDEX issue_merged ON issue (merged_into) WHERE merged_into <> 0;
CREATE TABLE issue_environment (issue INTEGER NOT NULL REFERENCES issue(id), environment TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (issue, environment)) WITHOUT ROWID;
CREATE TABLE issue_activity (id INTEGER PRIMARY KEY AUTOINCREMENT, issue INTEGER NOT NULL REFERENCES issue(id), kind INTEGER NOT NULL, time INTEGER NOT NULL, actor_kind INTEGER NOT NULL, actor INTEGER NOT NULL, actor_name TEXT NOT NULL, text TEXT NOT NULL, release TEXT NOT NULL, other INTEGER NOT NULL, resolution INTEGER NOT NULL, until INTEGER NOT NULL, events INTEGER NOT NULL, users INTEGER NOT NULL, edited INTEGER NOT NULL DEFAULT 0);
CREATE INDEX issue_activity_by_issue ON issue_activity (issue, id);
CREATE TABLE issue_deletion (issue INTEGER PRIMARY KEY, mark INTEGER NOT NULL, removed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX issue_deletion_open ON issue_deletion (issue) WHERE mark > removed;
CREATE TABLE release (id INTEGER PRIMARY KEY AUTOINCREMENT, project INTEGER NOT NULL, version TEXT NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, events INTEGER NOT NULL DEFAULT 0, date_released INTEGER, UNIQUE (project, version));
CREATE INDEX release_by_first_seen ON release (project, first_seen, id);
INSERT INTO release (project, version, first_seen, last_seen, events) SELECT project, release, min(seen), max(last), sum(n) FROM (SELECT i.project AS project, r.release AS release, CASE WHEN i.first_release = r.release THEN i.first_seen WHEN i.last_release = r.release THEN i.last_seen ELSE i.first_seen + 1 END AS seen, CASE WHEN i.last_release = r.release THEN i.last_seen ELSE i.first_seen + 1 END AS last, r.count AS n FROM issue_release r JOIN issue i ON i.id = r.issue) GROUP BY project, release ORDER BY 3;
)sql",
                                                        R"sql(
ALTER TABLE release ADD COLUMN date_started INTEGER NOT NULL DEFAULT 0;
ALTER TABLE release ADD COLUMN ref TEXT NOT NULL DEFAULT '';
ALTER TABLE release ADD COLUMN url TEXT NOT NULL DEFAULT '';
ALTER TABLE release ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
CREATE TABLE release_commit (project INTEGER NOT NULL, version TEXT NOT NULL, position INTEGER NOT NULL, id TEXT NOT NULL, repository TEXT NOT NULL, message TEXT NOT NULL, author_name TEXT NOT NULL, author_email TEXT NOT NULL, time INTEGER NOT NULL, files TEXT NOT NULL, PRIMARY KEY (project, version, position)) WITHOUT ROWID;
CREATE TABLE deploy (id INTEGER PRIMARY KEY AUTOINCREMENT, project INTEGER NOT NULL, version TEXT NOT NULL, environment TEXT NOT NULL, name TEXT NOT NULL, url TEXT NOT NULL, started INTEGER NOT NULL, finished INTEGER NOT NULL);
CREATE INDEX deploy_by_release ON deploy (project, version, id);
CREATE TABLE repository (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, url TEXT NOT NULL, provider TEXT NOT NULL, created INTEGER NOT NULL);
CREATE INDEX issue_release_by_release ON issue_release (release);
CREATE INDEX issue_by_first_release ON issue (project, first_release) WHERE merged_into = 0;
CREATE INDEX issue_activity_by_release ON issue_activity (release, kind) WHERE release <> '';
)sql",
                                                        R"sql(
CREATE TABLE project_setting (project INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (project, name)) WITHOUT ROWID;
)sql",
                                                        R"sql(
CREATE TABLE monitor (id INTEGER PRIMARY KEY AUTOINCREMENT, project INTEGER NOT NULL REFERENCES project(id), slug TEXT NOT NULL, is_crontab INTEGER NOT NULL, crontab TEXT NOT NULL, every INTEGER NOT NULL, unit TEXT NOT NULL, time_zone TEXT NOT NULL, margin INTEGER NOT NULL, max_runtime INTEGER NOT NULL, failure_threshold INTEGER NOT NULL, recovery_threshold INTEGER NOT NULL, has_config INTEGER NOT NULL, muted INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL, UNIQUE (project, slug));
CREATE TABLE monitor_environment (monitor INTEGER NOT NULL REFERENCES monitor(id), environment TEXT NOT NULL, status INTEGER NOT NULL, last_check_in INTEGER NOT NULL, expected INTEGER NOT NULL, failures INTEGER NOT NULL, successes INTEGER NOT NULL, failing_since INTEGER NOT NULL, failing_event TEXT NOT NULL, PRIMARY KEY (monitor, environment)) WITHOUT ROWID;
CREATE TABLE check_in (id INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT NOT NULL, monitor INTEGER NOT NULL REFERENCES monitor(id), environment TEXT NOT NULL, status INTEGER NOT NULL, added INTEGER NOT NULL, updated INTEGER NOT NULL, expected INTEGER NOT NULL, times_out INTEGER NOT NULL, duration INTEGER NOT NULL, release TEXT NOT NULL, trace_id TEXT NOT NULL);
CREATE INDEX check_in_by_monitor ON check_in (monitor, environment, id);
CREATE INDEX check_in_by_guid ON check_in (guid);
CREATE INDEX check_in_by_status ON check_in (status) WHERE status = 0;
)sql",
                                                        R"sql(
CREATE TABLE discarded (project INTEGER NOT NULL REFERENCES project(id), day INTEGER NOT NULL, reason TEXT NOT NULL, category TEXT NOT NULL, quantity INTEGER NOT NULL, PRIMARY KEY (project, day, reason, category)) WITHOUT ROWID;
CREATE TABLE feedback (id INTEGER PRIMARY KEY AUTOINCREMENT, feedback_id TEXT NOT NULL, project INTEGER NOT NULL REFERENCES project(id), event_id TEXT NOT NULL, issue INTEGER NOT NULL, name TEXT NOT NULL, email TEXT NOT NULL, message TEXT NOT NULL, url TEXT NOT NULL, source TEXT NOT NULL, created INTEGER NOT NULL, UNIQUE (project, feedback_id));
CREATE INDEX feedback_by_issue ON feedback (issue, id);
CREATE TABLE attachment (id TEXT PRIMARY KEY, kind INTEGER NOT NULL, project INTEGER NOT NULL REFERENCES project(id), event_id TEXT NOT NULL, name TEXT NOT NULL, content_type TEXT NOT NULL, attachment_type TEXT NOT NULL, bytes INTEGER NOT NULL, created INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX attachment_by_event ON attachment (event_id);
CREATE INDEX attachment_by_time ON attachment (created);
)sql",
                                                        R"sql(
CREATE INDEX issue_facts ON issue (last_seen, id, status, substatus, level, type, platform, assignee, first_seen, count, users, first_release, last_release, project, merged_into) WHERE merged_into = 0;
CREATE INDEX issue_release_by_name ON issue_release (release, issue);
CREATE INDEX issue_environment_by_name ON issue_environment (environment, issue);
)sql",
                                                        R"sql(
ALTER TABLE issue ADD COLUMN kind TEXT NOT NULL DEFAULT 'error';
DROP INDEX issue_facts;
CREATE INDEX issue_facts ON issue (last_seen, id, status, substatus, level, type, platform, assignee, first_seen, count, users, first_release, last_release, project, kind, merged_into) WHERE merged_into = 0;
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

int newest_schema() { return static_cast<int>(kVersions.size()); }

base::Result<> migrate(soci::session& db) {
  int version = 0;
  db << "PRAGMA user_version", soci::into(version);
  const int newest = newest_schema();
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
