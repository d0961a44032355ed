// One process at a time: a lock on a file that the kernel takes back when its holder ends, however it ends.
#pragma once

#include <string>

#include "base/result.h"

namespace tripod::base {

// flock(2). Move-only; destruction gives the lock back and leaves the file.
class FileLock {
 public:
  // Makes the file where it is missing. kAlreadyExists when another process holds it: the message has its process id.
  static Result<FileLock> take(const std::string& path);

  FileLock() = default;
  FileLock(FileLock&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  FileLock& operator=(FileLock&& other) noexcept;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace tripod::base
