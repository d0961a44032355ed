// A file system in memory that forgets what was not synced when "the power goes", and fails when
// told to.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/fs.h"

namespace tripod::base {

// Thread-safe. Handles keep their file alive after removal, as on POSIX. A new file gets the lowest
// inode number that is free, so that numbers are reused at once, as ext4 does.
class MemFs final : public Fs {
 public:
  struct File {
    std::string data;
    size_t synced = 0;  // bytes that survive lose_power()
    uint64_t inode = 0;
    int64_t modified = 0;  // by changes_
  };
  enum class Op : uint8_t { kAppend, kSync, kRename, kSyncDir, kRead };
  struct Fault {
    Error error;  // what the call answers
    size_t bytes_kept =
        0;  // kAppend: this many of the bytes reach the file before the error (a short write)
  };
  // Asked before every operation (truncate() asks as kSync); a Fault makes it fail. Called with the
  // file system's lock held.
  using FaultHook = std::function<std::optional<Fault>(Op op, const std::string& path)>;

  void set_fault_hook(FaultHook hook);
  // Drops everything not synced: file tails, and entries whose folder was not synced after create
  // or rename. `torn_bytes` of each unsynced tail survive, as a torn page would leave them.
  void lose_power(size_t torn_bytes = 0);
  // As a disk that writes in the order it likes: of each folder the entries as last synced or as
  // they are now, of what is not synced of each file a part, with holes of zeros. `random` gives
  // numbers.
  void lose_power_in_any_order(const std::function<uint64_t()>& random);
  // What disk_space() answers; without it there is more than anybody needs.
  void set_disk_space(DiskSpace space);
  // Flips one bit of a file, as a bad disk would.
  void flip_bit(const std::string& path, size_t byte_offset);

  Result<std::unique_ptr<AppendFile>> open_append(const std::string& path, Open how) override;
  Result<std::unique_ptr<ReadFile>> open_read(const std::string& path) override;
  Result<> create_dirs(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  bool exists(const std::string& path) override;
  Result<FileStatus> status(const std::string& path) override;
  Result<> rename(const std::string& from, const std::string& to) override;
  Result<> link(const std::string& from, const std::string& to) override;
  Result<> remove(const std::string& path) override;
  Result<> remove_all(const std::string& path) override;
  Result<> truncate(const std::string& path, uint64_t size) override;
  Result<> sync_dir(const std::string& path) override;
  Result<DiskSpace> disk_space(const std::string& path) override;

 private:
  friend class MemAppendFile;
  friend class MemReadFile;
  std::optional<Fault> fault(Op op, const std::string& path);          // requires mu_
  std::shared_ptr<File> new_file();                                    // requires mu_
  std::shared_ptr<File> survivor(const File& file, std::string data);  // requires mu_
  FileStatus status_of(const std::shared_ptr<File>& file) const;       // requires mu_
  void rename_dir(const std::string& from, const std::string& to);     // requires mu_

  std::mutex mu_;
  // guarded by mu_
  FaultHook hook_;
  DiskSpace space_{.free = UINT64_MAX, .total = UINT64_MAX};
  std::map<std::string, std::shared_ptr<File>> files_;
  std::map<std::string, std::shared_ptr<File>>
      durable_;  // entries as the last sync_dir of their folder left them
  std::set<std::string> dirs_;
  std::vector<std::weak_ptr<File>> inodes_;  // by number - 1
  int64_t changes_ = 0;
};

}  // namespace tripod::base
