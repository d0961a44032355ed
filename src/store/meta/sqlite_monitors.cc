// The SQLite meta store's cron monitors.
#include <soci/soci.h>

#include "store/meta/sqlite_guard.h"

namespace tripod::store {

using base::Result;
using soci::into;
using soci::use;

namespace {

constexpr const char* kMonitorColumns =
    "id, project, slug, is_crontab, crontab, every, unit, time_zone, margin, max_runtime, failure_threshold, recovery_threshold, has_config, muted, created, updated";
constexpr const char* kCheckInColumns = "id, guid, monitor, environment, status, added, updated, expected, times_out, duration, release, trace_id";

void write_monitor(soci::session& db, const MonitorRow& row) {
  const model::MonitorConfig& c = row.config;
  const int is_crontab = c.is_crontab ? 1 : 0, has_config = row.has_config ? 1 : 0, muted = row.muted ? 1 : 0;
  db << std::string("INSERT INTO monitor (") + kMonitorColumns +
            ") VALUES (:id, :p, :s, :ic, :c, :e, :u, :tz, :m, :mr, :ft, :rt, :hc, :mu, :cr, :up) "
            "ON CONFLICT (id) DO UPDATE SET is_crontab = excluded.is_crontab, crontab = excluded.crontab, every = excluded.every, unit = excluded.unit, "
            "time_zone = excluded.time_zone, margin = excluded.margin, max_runtime = excluded.max_runtime, failure_threshold = excluded.failure_threshold, "
            "recovery_threshold = excluded.recovery_threshold, has_config = excluded.has_config, muted = excluded.muted, updated = excluded.updated",
      use(row.id), use(row.project), use(row.slug), use(is_crontab), use(c.crontab), use(c.interval), use(c.unit), use(c.time_zone), use(c.margin_minutes),
      use(c.max_runtime_minutes), use(c.failure_threshold), use(c.recovery_threshold), use(has_config), use(muted), use(row.created), use(row.updated);
}

void write_environment(soci::session& db, const MonitorEnvironmentRow& row) {
  const int status = static_cast<int>(row.status);
  db << "INSERT OR REPLACE INTO monitor_environment (monitor, environment, status, last_check_in, expected, failures, successes, failing_since, failing_event) "
        "VALUES (:m, :e, :s, :l, :x, :f, :ok, :since, :ev)",
      use(row.monitor), use(row.environment), use(status), use(row.last_check_in), use(row.expected), use(row.failures), use(row.successes),
      use(row.failing_since), use(row.failing_event);
}

void write_check_in(soci::session& db, const CheckInRow& row) {
  const int status = static_cast<int>(row.status);
  db << std::string("INSERT OR REPLACE INTO check_in (") + kCheckInColumns + ") VALUES (:id, :g, :m, :e, :s, :a, :u, :x, :t, :d, :r, :tr)", use(row.id),
      use(row.guid), use(row.monitor), use(row.environment), use(status), use(row.added), use(row.updated), use(row.expected), use(row.times_out),
      use(row.duration_ns), use(row.release), use(row.trace_id);
  const int64_t most = MonitorStore::kMostCheckIns;
  db << "DELETE FROM check_in WHERE monitor = :m AND environment = :e AND id <= (SELECT id FROM check_in WHERE monitor = :m2 AND environment = :e2 "
        "ORDER BY id DESC LIMIT 1 OFFSET :n)",
      use(row.monitor), use(row.environment), use(row.monitor), use(row.environment), use(most);
}

}  // namespace

std::string_view monitor_status_name(MonitorStatus status) {
  switch (status) {
    case MonitorStatus::kActive: return "active";
    case MonitorStatus::kOk: return "ok";
    case MonitorStatus::kError: return "error";
  }
  return "active";
}

Result<std::vector<MonitorRow>> SqliteMetaStore::monitors() {
  return guarded("monitors", [](soci::session& db) -> Result<std::vector<MonitorRow>> {
    std::vector<MonitorRow> out;
    MonitorRow row;
    model::MonitorConfig& c = row.config;
    int is_crontab = 0, has_config = 0, muted = 0;
    soci::statement st = (db.prepare << std::string("SELECT ") + kMonitorColumns + " FROM monitor ORDER BY id", into(row.id), into(row.project), into(row.slug),
                          into(is_crontab), into(c.crontab), into(c.interval), into(c.unit), into(c.time_zone), into(c.margin_minutes),
                          into(c.max_runtime_minutes), into(c.failure_threshold), into(c.recovery_threshold), into(has_config), into(muted), into(row.created),
                          into(row.updated));
    st.execute();
    while (st.fetch()) {
      c.is_crontab = is_crontab != 0;
      row.has_config = has_config != 0;
      row.muted = muted != 0;
      out.push_back(row);
    }
    return out;
  });
}

Result<std::vector<MonitorEnvironmentRow>> SqliteMetaStore::monitor_environments() {
  return guarded("monitor environments", [](soci::session& db) -> Result<std::vector<MonitorEnvironmentRow>> {
    std::vector<MonitorEnvironmentRow> out;
    MonitorEnvironmentRow row;
    int status = 0;
    soci::statement st = (db.prepare << "SELECT monitor, environment, status, last_check_in, expected, failures, successes, failing_since, failing_event "
                                        "FROM monitor_environment ORDER BY monitor, environment",
                          into(row.monitor), into(row.environment), into(status), into(row.last_check_in), into(row.expected), into(row.failures),
                          into(row.successes), into(row.failing_since), into(row.failing_event));
    st.execute();
    while (st.fetch()) {
      row.status = static_cast<MonitorStatus>(status);
      out.push_back(row);
    }
    return out;
  });
}

Result<std::vector<CheckInRow>> SqliteMetaStore::check_ins(const CheckInQuery& query) {
  return guarded("check-ins", [&](soci::session& db) -> Result<std::vector<CheckInRow>> {
    std::vector<CheckInRow> out;
    CheckInRow row;
    int status = 0;
    // A condition for each that is asked for, so that its index is used.
    std::string where = "added >= :a AND added < :b";
    if (query.monitor != 0) where += " AND monitor = :m";
    if (!query.environment.empty()) where += " AND environment = :e";
    if (!query.guid.empty()) where += " AND guid = :g";
    if (query.only_in_progress) where += " AND status = 0";
    const auto limit = static_cast<int64_t>(query.limit);
    soci::statement st(db);
    for (auto* text : {&row.guid, &row.environment, &row.release, &row.trace_id}) text->clear();
    st.exchange(into(row.id)), st.exchange(into(row.guid)), st.exchange(into(row.monitor)), st.exchange(into(row.environment)), st.exchange(into(status));
    st.exchange(into(row.added)), st.exchange(into(row.updated)), st.exchange(into(row.expected)), st.exchange(into(row.times_out));
    st.exchange(into(row.duration_ns)), st.exchange(into(row.release)), st.exchange(into(row.trace_id));
    st.exchange(use(query.since)), st.exchange(use(query.until));
    if (query.monitor != 0) st.exchange(use(query.monitor));
    if (!query.environment.empty()) st.exchange(use(query.environment));
    if (!query.guid.empty()) st.exchange(use(query.guid));
    st.exchange(use(limit));
    st.alloc();
    st.prepare(std::string("SELECT ") + kCheckInColumns + " FROM check_in WHERE " + where + " ORDER BY id DESC LIMIT :l");
    st.define_and_bind();
    st.execute();
    while (st.fetch()) {
      row.status = static_cast<model::CheckInStatus>(status);
      out.push_back(row);
    }
    return out;
  });
}

Result<int64_t> SqliteMetaStore::last_check_in_id() {
  return guarded("last check-in", [](soci::session& db) -> Result<int64_t> {
    int64_t id = 0;
    db << "SELECT coalesce(max(id), 0) FROM check_in", into(id);
    return id;
  });
}

Result<> SqliteMetaStore::apply_monitors(const MonitorChanges& changes) {
  return guarded("apply monitors", [&](soci::session& db) -> Result<> {
    soci::transaction transaction(db);
    for (const MonitorRow& row : changes.monitors) write_monitor(db, row);
    for (const MonitorEnvironmentRow& row : changes.environments) write_environment(db, row);
    for (const CheckInRow& row : changes.check_ins) write_check_in(db, row);
    transaction.commit();
    return {};
  });
}

Result<> SqliteMetaStore::remove_monitor(int64_t id) {
  return guarded("remove monitor", [&](soci::session& db) -> Result<> {
    soci::transaction transaction(db);
    db << "DELETE FROM check_in WHERE monitor = :m", use(id);
    db << "DELETE FROM monitor_environment WHERE monitor = :m", use(id);
    db << "DELETE FROM monitor WHERE id = :m", use(id);
    transaction.commit();
    return {};
  });
}

Result<> SqliteMetaStore::remove_check_ins(base::UnixNanos before) {
  return guarded("remove check-ins", [&](soci::session& db) -> Result<> {
    db << "DELETE FROM check_in WHERE added < :b", use(before);
    return {};
  });
}

}  // namespace tripod::store
