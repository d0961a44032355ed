// Where SOCI's exceptions become errors. Included by the files of the SQLite store only.
#pragma once

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "store/meta/sqlite_meta_store.h"

namespace tripod::store {

template <class Work>
auto SqliteMetaStore::guarded(const char* what, Work&& work) -> decltype(work(std::declval<soci::session&>())) {
  std::lock_guard lock(mu_);
  try {
    return work(*db_);
  } catch (const soci::sqlite3_soci_error& e) {
    constexpr int kSqliteFull = 13;  // SQLITE_FULL
    const bool is_full = e.result() == kSqliteFull;
    return base::fail(is_full ? base::Code::kUnavailable : base::Code::kIo,
                      std::string("meta store: ") + what + ": " + e.get_error_message());
  } catch (const soci::soci_error& e) {
    // get_error_message() is SQLite's own text; what() would quote the statement and its values.
    return base::fail(base::Code::kIo, std::string("meta store: ") + what + ": " + e.get_error_message());
  }
}

template <class Work>
auto SqliteMetaStore::with_issues(const char* what, Work&& work) -> decltype(work(std::declval<soci::session&>())) {
  {
    std::lock_guard lock(catch_up_mu_);
    if (catch_up_) catch_up_();
  }
  return guarded(what, [&](soci::session& db) {
    age_issues(db);
    return work(db);
  });
}

}  // namespace tripod::store
