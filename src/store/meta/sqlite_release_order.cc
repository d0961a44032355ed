// Releases of a project in order, and what that means for a resolved issue.
#include <soci/soci.h>

#include <algorithm>

#include "model/release_order.h"
#include "store/meta/sqlite_guard.h"
#include "store/meta/sqlite_issue_rows.h"

namespace tripod::store {

using base::Result;
using soci::into;
using soci::use;

namespace {

constexpr const char* kColumns = "id, project, version, first_seen, last_seen, events, date_released";

struct ReleaseRow {
  Release release;
  int64_t events = 0;
  int64_t released = 0;
  soci::indicator has_released = soci::i_null;

  template <class Prepare>
  auto bind(Prepare&& prepare) {
    return (std::forward<Prepare>(prepare), into(release.id), into(release.project), into(release.version), into(release.first_seen),
            into(release.last_seen), into(events), into(released, has_released));
  }
  Release take() {
    release.events = static_cast<uint64_t>(events);
    release.date_released = has_released == soci::i_ok ? std::optional(released) : std::nullopt;
    return release;
  }
};

bool tells_semver(std::span<const Release> newest_first) {
  std::vector<std::string_view> versions;
  for (const Release& release : newest_first.first(std::min(newest_first.size(), model::kReleasesThatTell))) versions.push_back(release.version);
  return model::follows_semver(versions);
}

// By first sight, newest first.
std::vector<Release> releases_by_sight(soci::session& db, int64_t project, int64_t limit) {
  std::vector<Release> out;
  ReleaseRow row;
  soci::statement st = (row.bind(db.prepare << std::string("SELECT ") + kColumns + " FROM release WHERE project = :p ORDER BY first_seen DESC, id DESC LIMIT :l"),
                        use(project), use(limit));
  st.execute();
  while (st.fetch()) out.push_back(row.take());
  return out;
}

std::optional<Release> find_release(soci::session& db, int64_t project, const std::string& version) {
  ReleaseRow row;
  soci::statement st = (row.bind(db.prepare << std::string("SELECT ") + kColumns + " FROM release WHERE project = :p AND version = :v"),
                        use(project), use(version));
  st.execute();
  if (!st.fetch()) return std::nullopt;
  return row.take();
}

// One that nobody has seen is later than all that were.
model::SeenRelease seen(soci::session& db, int64_t project, const std::string& version) {
  const auto found = find_release(db, project, version);
  if (!found) return {.version = version, .first_seen = INT64_MAX, .order = INT64_MAX};
  return {.version = version, .first_seen = found->first_seen, .order = found->id};
}

}  // namespace

namespace issue_rows {

bool follows_semver(soci::session& db, int64_t project) {
  return tells_semver(releases_by_sight(db, project, static_cast<int64_t>(model::kReleasesThatTell)));
}

std::vector<Release> releases_in_order(soci::session& db, int64_t project) {
  std::vector<Release> out = releases_by_sight(db, project, -1);
  if (!tells_semver(out)) return out;
  // Those without a version cannot be compared with the others: they come after them.
  const auto versioned = std::stable_partition(out.begin(), out.end(), [](const Release& r) { return model::SemanticVersion::parse(r.version).has_value(); });
  std::stable_sort(out.begin(), versioned, [](const Release& a, const Release& b) {
    return *model::SemanticVersion::parse(a.version) > *model::SemanticVersion::parse(b.version);
  });
  return out;
}

std::string current_release(soci::session& db, int64_t project) {
  std::vector<Release> releases = releases_in_order(db, project);
  return releases.empty() ? std::string() : std::move(releases.front().version);
}

bool reopens(soci::session& db, int64_t project, const Resolution& resolution, std::string_view release) {
  const bool from_release = resolution.kind == Resolution::Kind::kInNextRelease || resolution.kind == Resolution::Kind::kInRelease;
  if (!from_release) return true;
  if (release.empty()) return false;
  if (resolution.release.empty()) return true;
  const std::string version(release);
  const auto order = model::compare_releases(seen(db, project, version), seen(db, project, resolution.release), follows_semver(db, project));
  return resolution.kind == Resolution::Kind::kInRelease ? order >= 0 : order > 0;
}

}  // namespace issue_rows

Result<std::vector<Release>> SqliteMetaStore::releases(int64_t project, size_t limit) {
  return with_issues("releases", [&](soci::session& db) -> Result<std::vector<Release>> {
    std::vector<Release> out = issue_rows::releases_in_order(db, project);
    if (out.size() > limit) out.resize(limit);
    return out;
  });
}

Result<Release> SqliteMetaStore::release(int64_t project, std::string_view version) {
  return with_issues("release", [&](soci::session& db) -> Result<Release> {
    auto found = find_release(db, project, std::string(version));
    if (!found) return base::fail(base::Code::kNotFound, "no release " + std::string(version));
    return std::move(*found);
  });
}

}  // namespace tripod::store
