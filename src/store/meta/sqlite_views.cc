// The SQLite meta store's saved views.
#include <soci/soci.h>

#include "store/meta/sqlite_guard.h"

namespace tripod::store {

using base::Code;
using base::Result;
using soci::into;
using soci::use;

namespace {

constexpr const char* kColumns = "id, owned_by_token, owner, owner_name, name, query, dataset, range, columns, shared, created, updated";

std::string joined(const std::vector<std::string>& columns) {
  std::string out;
  for (const std::string& column : columns) out += (out.empty() ? "" : "\n") + column;
  return out;
}

std::vector<std::string> parted(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

// Binds a row's columns in kColumns' order.
struct ViewRow {
  View view;
  int by_token = 0;
  int shared = 0;
  std::string columns;

  template <class Prepare>
  auto bind(Prepare&& prepare) {
    return (std::forward<Prepare>(prepare), into(view.id), into(by_token), into(view.owner), into(view.owner_name), into(view.name), into(view.query),
            into(view.dataset), into(view.range), into(columns), into(shared), into(view.created), into(view.updated));
  }
  View take() {
    view.owned_by_token = by_token != 0;
    view.shared = shared != 0;
    view.columns = parted(columns);
    return view;
  }
};

Result<> check_name(soci::session& db, const View& view) {
  int taken = 0;
  const int by_token = view.owned_by_token ? 1 : 0;
  db << "SELECT count(*) FROM view WHERE owned_by_token = :t AND owner = :o AND name = :n AND id <> :id", use(by_token), use(view.owner),
      use(view.name), use(view.id), into(taken);
  if (taken != 0) return base::fail(Code::kAlreadyExists, "there is a view of yours with that name");
  return {};
}

// That there is room for it beside the others of its owner; what makes an old one shorter is never refused.
Result<> check_room(soci::session& db, const View& view) {
  int64_t number = 0, bytes = 0, before = 0;
  const int by_token = view.owned_by_token ? 1 : 0;
  db << "SELECT count(*), coalesce(sum(length(CAST(query AS BLOB))), 0), coalesce(sum(CASE WHEN id = :id THEN length(CAST(query AS BLOB)) END), 0) "
        "FROM view WHERE owned_by_token = :t AND owner = :o",
      use(view.id), use(by_token), use(view.owner), into(number), into(bytes), into(before);
  if (view.id == 0 && number >= kMostViewsOfOwner) {
    return base::fail(Code::kTooLarge, "you have " + std::to_string(number) + " saved views and dashboards, which is the most: delete some");
  }
  const auto size = static_cast<int64_t>(view.query.size());
  if (size > before && bytes - before + size > kMostViewBytesOfOwner) {
    return base::fail(Code::kTooLarge, "your saved views and dashboards would have more than " + std::to_string(kMostViewBytesOfOwner) + " bytes together: delete some");
  }
  return {};
}

}  // namespace

Result<std::vector<View>> SqliteMetaStore::views(const ViewQuery& query) {
  return guarded("views", [&](soci::session& db) -> Result<std::vector<View>> {
    const std::string dashboard(kDashboardDataset);
    const int wanted = query.kind == ViewQuery::Kind::kDashboards ? 1 : 0, by_token = query.owned_by_token ? 1 : 0;
    std::vector<View> out;
    ViewRow row;
    soci::statement st = (row.bind(db.prepare << std::string("SELECT ") + kColumns +
                                                     " FROM view WHERE (dataset = :d) = :w AND (shared <> 0 OR (owned_by_token = :t AND owner = :o)) "
                                                     "ORDER BY name, id"),
                          use(dashboard), use(wanted), use(by_token), use(query.owner));
    st.execute();
    while (st.fetch()) out.push_back(row.take());
    return out;
  });
}

Result<View> SqliteMetaStore::view(int64_t id) {
  return guarded("view", [&](soci::session& db) -> Result<View> {
    ViewRow row;
    soci::statement st = (row.bind(db.prepare << std::string("SELECT ") + kColumns + " FROM view WHERE id = :id"), use(id));
    st.execute();
    if (!st.fetch()) return base::fail(Code::kNotFound, "no such view");
    return row.take();
  });
}

Result<View> SqliteMetaStore::add_view(const View& view) {
  return guarded("add view", [&](soci::session& db) -> Result<View> {
    View out = view;
    out.id = 0;
    soci::transaction transaction(db);
    if (auto free = check_name(db, out); !free) return base::fail(std::move(free.error()));
    if (auto room = check_room(db, out); !room) return base::fail(std::move(room.error()));
    const int by_token = view.owned_by_token ? 1 : 0, shared = view.shared ? 1 : 0;
    const std::string columns = joined(view.columns);
    db << "INSERT INTO view (owned_by_token, owner, owner_name, name, query, dataset, range, columns, shared, created, updated) "
          "VALUES (:t, :o, :on, :n, :q, :d, :r, :c, :s, :cr, :up)",
        use(by_token), use(view.owner), use(view.owner_name), use(view.name), use(view.query), use(view.dataset), use(view.range), use(columns),
        use(shared), use(view.created), use(view.updated);
    db << "SELECT last_insert_rowid()", into(out.id);
    transaction.commit();
    return out;
  });
}

Result<> SqliteMetaStore::set_view(const View& view) {
  return guarded("set view", [&](soci::session& db) -> Result<> {
    soci::transaction transaction(db);
    int known = 0;
    db << "SELECT count(*) FROM view WHERE id = :id", use(view.id), into(known);
    if (known == 0) return base::fail(Code::kNotFound, "no such view");
    if (auto free = check_name(db, view); !free) return free;
    if (auto room = check_room(db, view); !room) return room;
    const int shared = view.shared ? 1 : 0;
    const std::string columns = joined(view.columns);
    db << "UPDATE view SET name = :n, query = :q, dataset = :d, range = :r, columns = :c, shared = :s, updated = :up WHERE id = :id",
        use(view.name), use(view.query), use(view.dataset), use(view.range), use(columns), use(shared), use(view.updated), use(view.id);
    transaction.commit();
    return {};
  });
}

Result<> SqliteMetaStore::remove_view(int64_t id) {
  return guarded("remove view", [&](soci::session& db) -> Result<> {
    int known = 0;
    db << "SELECT count(*) FROM view WHERE id = :id", use(id), into(known);
    if (known == 0) return base::fail(Code::kNotFound, "no such view");
    db << "DELETE FROM view WHERE id = :id", use(id);
    return {};
  });
}

}  // namespace tripod::store
