#include "base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace tripod::base {
namespace {

std::string holder_of(int descriptor) {
  char text[32];
  const ssize_t length = ::pread(descriptor, text, sizeof text, 0);
  const std::string_view pid(text, length > 0 ? static_cast<size_t>(length) : 0);
  return std::string(pid.substr(0, pid.find('\n')));
}

}  // namespace

Result<FileLock> FileLock::take(const std::string& path) {
  FileLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.descriptor_ < 0) return fail(Code::kIo, "open " + path + ": " + std::generic_category().message(errno));
  if (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    if (error != EWOULDBLOCK) return fail(Code::kIo, "lock " + path + ": " + std::generic_category().message(error));
    return fail(Code::kAlreadyExists, path + " is locked by process " + holder_of(lock.descriptor_));
  }
  // For people: the lock itself needs no content.
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock.descriptor_, 0) != 0 || ::pwrite(lock.descriptor_, pid.data(), pid.size(), 0) < 0) {
    return fail(Code::kIo, "write " + path + ": " + std::generic_category().message(errno));
  }
  return lock;
}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace tripod::base
