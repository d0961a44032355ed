// Every byte of the blocks of a folder against its checksum, without changing anything: also while a
// server writes it.
#pragma once

#include <string>
#include <vector>

#include "base/fs.h"
#include "base/result.h"
#include "base/wal_check.h"
#include "store/metrics/block_format.h"

namespace tripod::store::metrics {

struct BlocksCheck {
  std::vector<BlockMeta> blocks;  // the sound ones, and those with damaged chunks
  std::vector<base::DamagedBytes> damage;
};

// Blocks that go away meanwhile were merged or dropped. kUnsupported for a block of a later version.
base::Result<BlocksCheck> check_blocks(base::Fs& fs, const std::string& dir);

// What the folder has, by the meta files alone.
base::Result<std::vector<BlockMeta>> list_blocks(base::Fs& fs, const std::string& dir);

}  // namespace tripod::store::metrics
