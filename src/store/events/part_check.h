// Every byte of a part file against its checksum: what a query finds only when it comes by.
#pragma once

#include <string>
#include <vector>

#include "base/fs.h"
#include "base/result.h"
#include "base/wal_check.h"

namespace tripod::store {

// What is damaged, by region: header, column of a field in a block, column entries, value counts, text filter, block table,
// directory, footer, bytes that belong to nothing. Empty: the part is sound. Behind a damaged footer or directory nothing else can
// be looked at. kUnsupported for a part of another version, kNotFound.
base::Result<std::vector<base::DamagedBytes>> check_part(base::Fs& fs, const std::string& path);

}  // namespace tripod::store
