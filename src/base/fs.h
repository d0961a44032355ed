// The file system as a seam: real files in production, memory with injected faults in tests.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tripod::base {

enum class FileKind : uint8_t { kFile, kFolder, kOther };

// What a file is at the moment of asking.
struct FileStatus {
  FileKind kind = FileKind::kFile;
  uint64_t device = 0;
  uint64_t inode = 0;  // may be given to another file once nothing has this one open any more
  uint64_t size = 0;
  uint64_t links = 0;  // 0: removed, only those who have it open still reach it
  int64_t modified = 0;  // another number when the content was changed; of the system's files unix nanoseconds
};

// Bytes of a file system.
struct DiskSpace {
  uint64_t free = 0;   // for processes without special rights
  uint64_t total = 0;
};

// One file opened for appending. Owned by one thread at a time. Closing (destruction) does not
// imply sync.
class AppendFile {
 public:
  virtual ~AppendFile() = default;
  // Appends all bytes or fails; after a failure the file's tail is unspecified (a short write may
  // have happened).
  virtual Result<> append(std::string_view bytes) = 0;
  // fdatasync: data and length are on disk when it returns. After a failed sync the file must not
  // be trusted or retried.
  virtual Result<> sync() = 0;
  virtual uint64_t size() const = 0;
};

// One file opened for positional reads. Thread-safe.
class ReadFile {
 public:
  virtual ~ReadFile() = default;
  virtual uint64_t size() const = 0;
  // Reads exactly `length` bytes at `offset` or fails (kDataLoss when the file ends before).
  virtual Result<std::string> read(uint64_t offset, size_t length) const = 0;
  // For files that others write: what the file is now, and up to `length` bytes at `offset` as it is
  // now (fewer at its end, none beyond). The calls above know the file as it was when opened.
  virtual Result<FileStatus> status() const = 0;
  virtual Result<std::string> read_some(uint64_t offset, size_t length) const = 0;
  // The whole file mapped into memory where the file system can (valid while this object lives);
  // empty view otherwise. Only for files that nobody shortens: touching pages past a new end is
  // SIGBUS.
  virtual std::string_view mapped() const { return {}; }
};

// Paths are '/'-separated. Errors are kNotFound, kAlreadyExists, kResourceExhausted (the disk, the
// quota or the process's limit is full) or kIo with the path and errno's text. Thread-safe.
class Fs {
 public:
  virtual ~Fs() = default;
  // Creates the file, or with `truncate` false opens it at its end.
  enum class Open : uint8_t { kTruncate, kAppend };
  virtual Result<std::unique_ptr<AppendFile>> open_append(const std::string& path, Open how) = 0;
  virtual Result<std::unique_ptr<ReadFile>> open_read(const std::string& path) = 0;
  virtual Result<> create_dirs(const std::string& path) = 0;
  // Names (not paths) inside a folder, sorted.
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  virtual bool exists(const std::string& path) = 0;
  // Of what a symbolic link leads to.
  virtual Result<FileStatus> status(const std::string& path) = 0;
  virtual Result<> rename(const std::string& from,
                          const std::string& to) = 0;    // replaces `to` atomically
  // A second name of a file. kUnsupported where `to` is on another file system.
  virtual Result<> link(const std::string& from, const std::string& to) = 0;
  virtual Result<> remove(const std::string& path) = 0;  // a file
  // A folder and all in it; no error when it is not there.
  virtual Result<> remove_all(const std::string& path) = 0;
  virtual Result<> truncate(const std::string& path, uint64_t size) = 0;  // and syncs
  virtual Result<> sync_dir(const std::string& path) = 0;  // fsync of a folder's entries
  // Of the file system that has `path`.
  virtual Result<DiskSpace> disk_space(const std::string& path) = 0;

  // Built on the above.
  Result<std::string> read_all(const std::string& path);
  // Writes to `path`.tmp, syncs, renames over `path`, syncs the folder: after a crash the old or
  // the new content is there, whole.
  Result<> write_atomically(const std::string& path, std::string_view bytes);
};

// The folder a path is in: "a/b" -> "a", "a" -> ".", "/a" -> "/".
std::string parent_dir(const std::string& path);

// POSIX. Stateless; folders are made with mode 0750, files with 0640.
class RealFs final : public Fs {
 public:
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
};

}  // namespace tripod::base
