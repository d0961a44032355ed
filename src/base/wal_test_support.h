// Logs over a file system in memory, for tests.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mem_fs.h"
#include "base/wal.h"
#include "base/wal_format.h"

namespace tripod::base {

using Records = std::vector<std::pair<WalSequence, std::string>>;

inline std::string record_of(WalSequence sequence) {
  return "record " + std::to_string(sequence) + std::string(sequence % 5 * 10, 'x');
}

inline WalOptions options_of(uint64_t segment_bytes = 1 << 20) {
  WalOptions options;
  options.dir = "wal";
  options.segment_bytes = segment_bytes;
  return options;
}

inline Result<std::unique_ptr<Wal>> open(Fs& fs, WalOptions options, Records& records) {
  records.clear();
  return Wal::open(fs, std::move(options),
                   [&](WalSequence sequence, std::string_view record) -> Result<> {
                     records.emplace_back(sequence, record);
                     return {};
                   });
}

// Appends `count` records of record_of(), each synced.
inline void fill(Wal& wal, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const WalSequence next = wal.last_sequence() + 1;
    const auto got = wal.append_sync(record_of(next));
    ASSERT_TRUE(got) << got.error().message;
    ASSERT_EQ(*got, next);
  }
}

inline Records expected(WalSequence from, WalSequence to) {
  Records records;
  for (WalSequence n = from; n <= to; ++n) records.emplace_back(n, record_of(n));
  return records;
}

inline std::vector<std::string> segments_in(Fs& fs) {
  std::vector<std::string> names;
  const auto listed = fs.list("wal");
  for (const auto& name : *listed) {
    if (parse_wal_segment_name(name)) names.push_back(name);
  }
  return names;
}

// A file system whose operations fail from a moment on.
class FailingFs {
 public:
  FailingFs() {
    fs.set_fault_hook([this](MemFs::Op op, const std::string&) -> std::optional<MemFs::Fault> {
      const auto found = faults_.find(op);
      if (found == faults_.end()) return std::nullopt;
      return found->second;
    });
  }
  // Only while the log is idle.
  void fail(MemFs::Op op, std::string message, size_t bytes_kept = 0) {
    faults_[op] = {{Code::kIo, std::move(message)}, bytes_kept};
  }
  void heal() { faults_.clear(); }

  MemFs fs;

 private:
  std::map<MemFs::Op, MemFs::Fault> faults_;
};

}  // namespace tripod::base
