// The SQLite meta store's settings of projects.
#include <soci/soci.h>

#include "store/meta/sqlite_guard.h"

namespace tripod::store {

using base::Result;
using soci::into;
using soci::use;

Result<std::vector<ProjectSetting>> SqliteMetaStore::project_settings() {
  return guarded("project settings", [](soci::session& db) -> Result<std::vector<ProjectSetting>> {
    std::vector<ProjectSetting> out;
    ProjectSetting row;
    soci::statement statement = (db.prepare << "SELECT project, name, value FROM project_setting ORDER BY project, name", into(row.project),
                                 into(row.name), into(row.value));
    statement.execute();
    while (statement.fetch()) out.push_back(row);
    return out;
  });
}

Result<> SqliteMetaStore::set_project_settings(std::span<const ProjectSetting> settings) {
  return guarded("project settings", [&](soci::session& db) -> Result<> {
    soci::transaction transaction(db);
    for (const ProjectSetting& s : settings) {
      if (s.value.empty()) {
        db << "DELETE FROM project_setting WHERE project = :p AND name = :n", use(s.project), use(s.name);
        continue;
      }
      db << "INSERT INTO project_setting (project, name, value) VALUES (:p, :n, :v) ON CONFLICT (project, name) DO UPDATE SET value = excluded.value",
          use(s.project), use(s.name), use(s.value);
    }
    transaction.commit();
    return {};
  });
}

}  // namespace tripod::store
