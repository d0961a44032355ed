// Error events added to their issues, and what that does to resolved and archived ones.
#include <soci/soci.h>

#include <algorithm>
#include <map>

#include "store/meta/sqlite_guard.h"
#include "store/meta/sqlite_issue_rows.h"

namespace tripod::store {

using base::Result;
using soci::into;
using soci::use;

namespace {

void upsert_issue(soci::session& db, int64_t id, const IssueChange& change) {
  const Issue& i = change.issue;
  const auto events = static_cast<int64_t>(change.events);
  db << "INSERT INTO issue (id, project, title, type, value, culprit, level, platform, kind, first_seen, last_seen, count, first_release, "
        "last_release, substatus_time) VALUES (:id, :project, :title, :type, :value, :culprit, :level, :platform, :kind, :first, :last, :count, "
        ":frel, :lrel, :since) "
        "ON CONFLICT (id) DO UPDATE SET count = count + excluded.count, first_seen = min(first_seen, excluded.first_seen), "
        "title = CASE WHEN excluded.last_seen >= last_seen THEN excluded.title ELSE title END, "
        "value = CASE WHEN excluded.last_seen >= last_seen THEN excluded.value ELSE value END, "
        "culprit = CASE WHEN excluded.last_seen >= last_seen THEN excluded.culprit ELSE culprit END, "
        "level = CASE WHEN excluded.last_seen >= last_seen THEN excluded.level ELSE level END, "
        "first_release = CASE WHEN excluded.first_seen < first_seen OR first_release = '' THEN excluded.first_release ELSE first_release END, "
        "last_release = CASE WHEN excluded.last_seen >= last_seen AND excluded.last_release <> '' THEN excluded.last_release ELSE last_release END, "
        "last_seen = max(last_seen, excluded.last_seen)",
      use(id), use(i.project), use(i.title), use(i.type), use(i.value), use(i.culprit), use(i.level), use(i.platform), use(i.kind), use(i.first_seen),
      use(i.last_seen), use(events), use(i.first_release), use(i.last_release), use(i.first_seen);
}

void upsert_shares(soci::session& db, int64_t id, const IssueChange& change) {
  for (const ReleaseShare& share : change.releases) {
    if (share.release.empty()) continue;
    const auto count = static_cast<int64_t>(share.events);
    db << "INSERT INTO issue_release (issue, release, count) VALUES (:i, :r, :c) ON CONFLICT (issue, release) DO UPDATE SET count = "
          "count + excluded.count",
        use(id), use(share.release), use(count);
  }
  for (const auto& [environment, events] : change.environments) {
    const auto count = static_cast<int64_t>(events);
    db << "INSERT INTO issue_environment (issue, environment, count) VALUES (:i, :e, :c) ON CONFLICT (issue, environment) DO UPDATE SET "
          "count = count + excluded.count",
        use(id), use(environment), use(count);
  }
  issue_rows::add_users(db, id, change.users);
}

// Rows that get the change besides the issue's own: its own share, and every issue that it is part of.
std::vector<int64_t> rows_of(soci::session& db, const issue_rows::State& state, int64_t* root) {
  std::vector<int64_t> out;
  if (state.has_merged) out.push_back(-state.id);
  *root = state.id;
  for (int64_t above = state.merged_into; above != 0;) {
    const auto parent = issue_rows::load(db, above);
    if (!parent) break;
    out.push_back(above);
    *root = above;
    above = parent->merged_into;
  }
  return out;
}

void regress(soci::session& db, const issue_rows::State& state, const IssueChange& change) {
  for (const ReleaseShare& share : change.releases) {
    if (share.last_seen <= state.status_time) continue;   // from before it was resolved
    if (!issue_rows::reopens(db, state.project, state.resolution, share.release)) continue;
    const base::UnixNanos when = share.first_seen > state.status_time ? share.first_seen : share.last_seen;
    issue_rows::reopen(db, state.id, IssueSubstatus::kRegressed, when);
    IssueActivity entry{.issue = state.id, .kind = ActivityKind::kRegressed, .time = when, .release = share.release};
    return issue_rows::add_activity(db, entry);
  }
}

void escalate(soci::session& db, const issue_rows::State& state, base::UnixNanos when) {
  issue_rows::reopen(db, state.id, IssueSubstatus::kEscalating, when);
  IssueActivity entry{.issue = state.id, .kind = ActivityKind::kEscalated, .time = when, .archive = state.archive};
  issue_rows::add_activity(db, entry);
}

// After the end of a merge more may have been there at first than are now.
bool is_reached(uint64_t more, uint64_t then, uint64_t now) {
  return more != 0 && static_cast<int64_t>(now - then) >= static_cast<int64_t>(more);
}

void live_on(soci::session& db, int64_t root, const IssueChange& change) {
  const auto state = issue_rows::load(db, root);
  if (!state || state->status == IssueStatus::kUnresolved) return;
  if (state->status == IssueStatus::kResolved) return regress(db, *state, change);
  const Archive& archive = state->archive;
  if (is_reached(archive.events, archive.events_then, state->count) || is_reached(archive.users, archive.users_then, state->users)) escalate(db, *state, change.issue.last_seen);
}

// Whether the issue was deleted; then its events are to be removed again.
bool is_deleted(soci::session& db, int64_t id) {
  soci::statement mark = (db.prepare << "UPDATE issue_deletion SET mark = mark + 1 WHERE issue = :id", use(id));
  mark.execute(true);
  return mark.get_affected_rows() > 0;
}

void apply_change(soci::session& db, const IssueChange& change) {
  const int64_t id = change.issue.id;
  const auto before = issue_rows::load(db, id);
  if (!before && is_deleted(db, id)) return;
  int64_t root = id;
  std::vector<int64_t> rows = before ? rows_of(db, *before, &root) : std::vector<int64_t>();
  rows.insert(rows.begin(), id);
  for (const int64_t row : rows) {
    upsert_issue(db, row, change);
    upsert_shares(db, row, change);
  }
  for (const std::string& hash : change.hashes) {
    db << "INSERT OR IGNORE INTO issue_hash (project, hash, issue) VALUES (:p, :h, :i)", use(change.issue.project), use(hash), use(id);
  }
  if (before) live_on(db, root, change);
}

// Before any issue: whether it is back may depend on the order of releases that this transaction brings.
void note_releases(soci::session& db, std::span<const IssueChange> changes) {
  std::map<std::pair<int64_t, std::string_view>, ReleaseShare> seen;
  for (const IssueChange& change : changes) {
    for (const ReleaseShare& share : change.releases) {
      if (share.release.empty()) continue;
      auto [it, is_first] = seen.try_emplace({change.issue.project, share.release}, share);
      if (is_first) continue;
      it->second.events += share.events;
      it->second.first_seen = std::min(it->second.first_seen, share.first_seen);
      it->second.last_seen = std::max(it->second.last_seen, share.last_seen);
    }
  }
  std::vector<std::pair<int64_t, ReleaseShare>> in_order;
  for (auto& [key, share] : seen) in_order.emplace_back(key.first, std::move(share));
  std::ranges::stable_sort(in_order, {}, [](const auto& each) { return each.second.first_seen; });
  for (const auto& [project, share] : in_order) {
    const auto events = static_cast<int64_t>(share.events);
    db << "INSERT INTO release (project, version, first_seen, last_seen, events) VALUES (:p, :v, :f, :l, :e) ON CONFLICT (project, version) "
          "DO UPDATE SET events = events + excluded.events, first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, "
          "excluded.last_seen)",
        use(project), use(share.release), use(share.first_seen), use(share.last_seen), use(events);
  }
}

}  // namespace

Result<> SqliteMetaStore::apply(std::span<const IssueChange> changes, uint64_t applied_sequence) {
  return guarded("apply", [&](soci::session& db) -> Result<> {
    age_issues(db);
    soci::transaction transaction(db);
    note_releases(db, changes);
    for (const IssueChange& change : changes) {
      apply_change(db, change);
      next_ageing_ = std::min(next_ageing_, change.issue.first_seen + kIssueIsNewFor);
    }
    const auto sequence = static_cast<int64_t>(applied_sequence);
    db << "UPDATE applied SET sequence = max(sequence, :s) WHERE id = 1", use(sequence);
    transaction.commit();
    return {};
  });
}

void SqliteMetaStore::catch_up_by(std::function<void()> catch_up) {
  std::lock_guard lock(catch_up_mu_);
  catch_up_ = std::move(catch_up);
}

void SqliteMetaStore::age_issues(soci::session& db) {
  const base::UnixNanos now = clock_.now();
  if (now < next_ageing_) return;
  soci::transaction transaction(db);
  std::vector<int64_t> due;
  int64_t id = 0;
  soci::statement st = (db.prepare << "SELECT id FROM issue WHERE archive_until <> 0 AND archive_until <= :now", use(now), into(id));
  st.execute();
  while (st.fetch()) due.push_back(id);
  for (const int64_t each : due) {
    if (const auto state = issue_rows::load(db, each)) escalate(db, *state, state->archive.until);
  }
  const base::UnixNanos began = now - kIssueIsNewFor;
  const int ongoing = static_cast<int>(IssueSubstatus::kOngoing);
  db << "UPDATE issue SET substatus = :o WHERE substatus IN (1, 3, 4) AND substatus_time <= :b", use(ongoing), use(began);
  int64_t oldest = 0;
  int64_t soonest = 0;
  const int64_t never = INT64_MAX;
  const int64_t never_began = INT64_MAX - kIssueIsNewFor;
  db << "SELECT coalesce((SELECT min(substatus_time) FROM issue WHERE substatus IN (1, 3, 4)), :a), coalesce((SELECT min(archive_until) FROM "
        "issue WHERE archive_until <> 0), :b)",
      use(never_began), use(never), into(oldest), into(soonest);
  transaction.commit();
  next_ageing_ = std::min(oldest + kIssueIsNewFor, soonest);
}

}  // namespace tripod::store
