// The SQLite meta store's saved views.
#include <soci/soci.h>

#include "store/meta/sqlite_guard.h"

namespace tripod::store {

using base::Code;
using base::Result;
using soci::into;
using soci::use;

namespace {

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

Result<> check_name(soci::session& db, const View& view) {
  int taken = 0;
  const int by_token = view.owned_by_token ? 1 : 0;
  db << "SELECT count(*) FROM view WHERE owned_by_token = :t AND owner = :o AND name = :n AND id <> :id", use(by_token), use(view.owner),
      use(view.name), use(view.id), into(taken);
  if (taken != 0) return base::fail(Code::kAlreadyExists, "there is a view of yours with that name");
  return {};
}

}  // namespace

Result<std::vector<View>> SqliteMetaStore::views() {
  return guarded("views", [](soci::session& db) -> Result<std::vector<View>> {
    std::vector<View> out;
    View row;
    int by_token = 0, shared = 0;
    std::string columns;
    soci::statement st = (db.prepare << "SELECT id, owned_by_token, owner, owner_name, name, query, dataset, range, columns, shared, created, updated "
                                        "FROM view ORDER BY name, id",
                          into(row.id), into(by_token), into(row.owner), into(row.owner_name), into(row.name), into(row.query), into(row.dataset),
                          into(row.range), into(columns), into(shared), into(row.created), into(row.updated));
    st.execute();
    while (st.fetch()) {
      row.owned_by_token = by_token != 0;
      row.shared = shared != 0;
      row.columns = parted(columns);
      out.push_back(row);
    }
    return out;
  });
}

Result<View> SqliteMetaStore::add_view(const View& view) {
  return guarded("add view", [&](soci::session& db) -> Result<View> {
    View out = view;
    out.id = 0;
    soci::transaction transaction(db);
    if (auto free = check_name(db, out); !free) return base::fail(std::move(free.error()));
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
