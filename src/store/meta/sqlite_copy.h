// The meta store's file as a whole: copied while others write it, and checked.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace tripod::store {

// By SQLite's backup API: the copy is the database at one moment, also where another process changes it meanwhile. `to` must not be
// there yet; it is one file, synced, without a log beside it. kNotFound, kIo with SQLite's text, kUnavailable where the disk is full
// or the database is too busy.
base::Result<> copy_sqlite(const std::string& from, const std::string& to);

// What SQLite's own integrity check finds, a line each; empty: all is well.
base::Result<std::vector<std::string>> check_sqlite(const std::string& path);

}  // namespace tripod::store
