#include "store/meta/sqlite_copy.h"

#include <sqlite3.h>

#include <memory>

namespace tripod::store {
namespace {

using base::Code;
using base::Result;

constexpr int kBusyMilliseconds = 10'000;

struct Close {
  void operator()(sqlite3* db) const { sqlite3_close(db); }
};
using Database = std::unique_ptr<sqlite3, Close>;

std::unexpected<base::Error> failed(const std::string& path, int code) {
  const int primary = code & 0xff;
  const bool comes_back = primary == SQLITE_FULL || primary == SQLITE_BUSY || primary == SQLITE_LOCKED;
  const Code kind = comes_back ? Code::kUnavailable : primary == SQLITE_CANTOPEN ? Code::kNotFound : Code::kIo;
  return base::fail(kind, path + ": " + sqlite3_errstr(code));
}

Result<Database> open(const std::string& path, int flags) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Database db(raw);
  if (code != SQLITE_OK) return failed(path, code);
  sqlite3_busy_timeout(raw, kBusyMilliseconds);
  return db;
}

int collect(void* out, int columns, char** values, char**) {
  if (columns > 0 && values[0] != nullptr) static_cast<std::vector<std::string>*>(out)->emplace_back(values[0]);
  return 0;
}

}  // namespace

Result<> copy_sqlite(const std::string& from, const std::string& to) {
  // Writable, since the log of a database that nobody has open must be joined to read it.
  auto source = open(from, SQLITE_OPEN_READWRITE);
  if (!source) return base::fail(std::move(source.error()));
  auto target = open(to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (!target) return base::fail(std::move(target.error()));
  sqlite3_backup* backup = sqlite3_backup_init(target->get(), "main", source->get(), "main");
  if (backup == nullptr) return failed(to, sqlite3_errcode(target->get()));
  // All pages in one step: one reading transaction, one moment.
  const int stepped = sqlite3_backup_step(backup, -1);
  const int finished = sqlite3_backup_finish(backup);
  if (stepped != SQLITE_DONE) return failed(from, stepped);
  if (finished != SQLITE_OK) return failed(to, finished);
  const int mode = sqlite3_exec(target->get(), "PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr);
  return mode == SQLITE_OK ? Result<>() : failed(to, mode);
}

Result<std::vector<std::string>> check_sqlite(const std::string& path) {
  auto db = open(path, SQLITE_OPEN_READWRITE);
  if (!db) return base::fail(std::move(db.error()));
  std::vector<std::string> lines;
  const int code = sqlite3_exec(db->get(), "PRAGMA integrity_check", collect, &lines, nullptr);
  if ((code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB) return std::vector<std::string>{sqlite3_errstr(code)};
  if (code != SQLITE_OK) return failed(path, code);
  if (lines.size() == 1 && lines[0] == "ok") lines.clear();
  return lines;
}

}  // namespace tripod::store
