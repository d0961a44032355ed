// Reads the segments of a write-ahead log back after a start, and repairs what a crash or a bad
// disk left behind.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fs.h"
#include "base/result.h"

namespace tripod::base {

// A record's place: records are numbered from 1 in append order, across restarts, without gaps.
using WalSequence = uint64_t;
// The view is valid until the call returns.
using WalReplayFn = std::function<Result<>(WalSequence sequence, std::string_view record)>;

struct WalSegment {
  WalSequence first;  // number of its first record, whether or not it has one yet
  std::string path;
  uint64_t bytes;
};

struct WalReplayed {
  std::vector<WalSegment> segments;   // whole ones, oldest first
  WalSequence next = 1;               // the next record's number: past every number seen on disk
  WalSequence last = 0;               // the last record replayed, 0 for none
  bool last_is_open = false;          // the last segment ends at `next` and takes further records
  std::vector<std::string> warnings;  // what had to be set aside, for people
  std::vector<std::string> notices;   // torn tails cut off, normal after a crash, for people
};

// Gives all records of `dir` in order to `replay`. A torn tail (an unfinished record at the end of
// the last segment) is cut off on disk, and `notices` says so. Damage anywhere else moves the rest
// of that segment to *.damaged and says so in `warnings`. What was replayed is synced when this
// returns, so that no later power loss takes back what the caller builds on. kUnsupported for
// segments of a later version, kIo when the disk does not answer, and the errors of `replay`.
Result<WalReplayed> replay_wal(Fs& fs, const std::string& dir, const WalReplayFn& replay);

}  // namespace tripod::base
