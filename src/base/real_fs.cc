// The file system of the operating system: POSIX calls, each retried on EINTR, each error with its
// path.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <utility>

#include "base/fs.h"

namespace tripod::base {
namespace {

std::unexpected<Error> errno_error(std::string_view what, const std::string& path, int error) {
  Code code = Code::kIo;
  if (error == ENOENT) code = Code::kNotFound;
  if (error == EEXIST) code = Code::kAlreadyExists;
  if (error == EXDEV) code = Code::kUnsupported;
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) code = Code::kResourceExhausted;
  std::string message(what);
  message.append(" ").append(path).append(": ").append(std::generic_category().message(error));
  return fail(code, std::move(message));
}

// Repeats a system call that a signal interrupted; -1 with errno set when it failed.
template <class Call>
auto retry(Call call) {
  auto got = call();
  while (got < 0 && errno == EINTR) got = call();
  return got;
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

Descriptor open_file(const std::string& path, int flags) {
  return Descriptor(retry([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0640); }));
}

Result<uint64_t> size_of(const Descriptor& fd, const std::string& path) {
  struct stat info{};
  if (::fstat(fd.get(), &info) < 0) return errno_error("stat", path, errno);
  return static_cast<uint64_t>(info.st_size);
}

FileStatus status_of(const struct stat& info) {
  FileStatus out;
  if (S_ISDIR(info.st_mode)) out.kind = FileKind::kFolder;
  else if (!S_ISREG(info.st_mode)) out.kind = FileKind::kOther;
  out.device = static_cast<uint64_t>(info.st_dev);
  out.inode = static_cast<uint64_t>(info.st_ino);
  out.size = static_cast<uint64_t>(info.st_size);
  out.links = static_cast<uint64_t>(info.st_nlink);
  out.modified = static_cast<int64_t>(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec;
  return out;
}

class RealAppendFile final : public AppendFile {
 public:
  RealAppendFile(Descriptor fd, std::string path, uint64_t size)
      : fd_(std::move(fd)), path_(std::move(path)), size_(size) {}

  Result<> append(std::string_view bytes) override {
    // One write() takes at most 0x7ffff000 bytes; the loop also finishes what a signal or a full
    // pipe cut short.
    while (!bytes.empty()) {
      const ssize_t wrote = retry([&] { return ::write(fd_.get(), bytes.data(), bytes.size()); });
      if (wrote < 0) return errno_error("write", path_, errno);
      size_ += static_cast<uint64_t>(wrote);
      bytes.remove_prefix(static_cast<size_t>(wrote));
    }
    return {};
  }

  Result<> sync() override {
    // EINTR included: after a failed fdatasync the kernel may have dropped the dirty pages, a retry
    // would lie.
    if (::fdatasync(fd_.get()) < 0) return errno_error("fdatasync", path_, errno);
    return {};
  }

  uint64_t size() const override { return size_; }

 private:
  Descriptor fd_;
  const std::string path_;
  uint64_t size_;
};

class RealReadFile final : public ReadFile {
 public:
  RealReadFile(Descriptor fd, std::string path, uint64_t size)
      : fd_(std::move(fd)), path_(std::move(path)), size_(size) {}
  RealReadFile(const RealReadFile&) = delete;
  RealReadFile& operator=(const RealReadFile&) = delete;
  ~RealReadFile() override {
    if (map_ != nullptr) ::munmap(map_, size_);
  }

  uint64_t size() const override { return size_; }

  Result<std::string> read(uint64_t offset, size_t length) const override {
    if (offset > size_ || length > size_ - offset) return ends_early(offset, length);
    auto out = read_some(offset, length);
    if (out && out->size() < length) return ends_early(offset, length);
    return out;
  }

  Result<FileStatus> status() const override {
    struct stat info{};
    if (::fstat(fd_.get(), &info) < 0) return errno_error("stat", path_, errno);
    return status_of(info);
  }

  Result<std::string> read_some(uint64_t offset, size_t length) const override {
    std::string out(length, '\0');
    size_t at = 0;
    while (at < length) {
      const auto position = static_cast<off_t>(offset + at);
      const ssize_t got =
          retry([&] { return ::pread(fd_.get(), out.data() + at, length - at, position); });
      if (got < 0) return errno_error("read", path_, errno);
      if (got == 0) break;
      at += static_cast<size_t>(got);
    }
    out.resize(at);
    return out;
  }

  std::string_view mapped() const override {
    std::call_once(map_once_, [this] {
      if (size_ == 0) return;
      void* map = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, fd_.get(), 0);
      if (map != MAP_FAILED) map_ = map;
    });
    if (map_ == nullptr) return {};
    return {static_cast<const char*>(map_), static_cast<size_t>(size_)};
  }

 private:
  std::unexpected<Error> ends_early(uint64_t offset, size_t length) const {
    return fail(Code::kDataLoss, "read " + path_ + ": file of " + std::to_string(size_) +
                                     " bytes ends before " + std::to_string(offset) + "+" +
                                     std::to_string(length));
  }

  const Descriptor fd_;
  const std::string path_;
  const uint64_t size_;
  mutable std::once_flag map_once_;
  mutable void* map_ = nullptr;  // written once under map_once_
};

}  // namespace

Result<std::unique_ptr<AppendFile>> RealFs::open_append(const std::string& path, Open how) {
  const int flags = O_WRONLY | O_CREAT | O_APPEND | (how == Open::kTruncate ? O_TRUNC : 0);
  Descriptor fd = open_file(path, flags);
  if (!fd.valid()) return errno_error("open", path, errno);
  auto size = size_of(fd, path);
  if (!size) return fail(std::move(size.error()));
  return std::make_unique<RealAppendFile>(std::move(fd), path, *size);
}

Result<std::unique_ptr<ReadFile>> RealFs::open_read(const std::string& path) {
  Descriptor fd = open_file(path, O_RDONLY);
  if (!fd.valid()) return errno_error("open", path, errno);
  auto size = size_of(fd, path);
  if (!size) return fail(std::move(size.error()));
  return std::make_unique<RealReadFile>(std::move(fd), path, *size);
}

Result<> RealFs::create_dirs(const std::string& path) {
  if (path.empty() || path == "/" || path == ".") return {};
  std::string clean = path;
  while (clean.size() > 1 && clean.back() == '/') clean.pop_back();
  if (::mkdir(clean.c_str(), 0750) == 0) return sync_dir(parent_dir(clean));
  if (errno == ENOENT) {
    if (auto made = create_dirs(parent_dir(clean)); !made) return made;
    if (::mkdir(clean.c_str(), 0750) == 0) return sync_dir(parent_dir(clean));
  }
  const int error = errno;
  struct stat info{};
  if (error == EEXIST && ::stat(clean.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return {};
  return errno_error("mkdir", clean, error);
}

Result<std::vector<std::string>> RealFs::list(const std::string& path) {
  std::error_code error;
  std::vector<std::string> names;
  std::filesystem::directory_iterator at(path, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    names.push_back(at->path().filename().string());
  }
  if (error) return errno_error("list", path, error.value());
  std::ranges::sort(names);
  return names;
}

bool RealFs::exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

Result<FileStatus> RealFs::status(const std::string& path) {
  struct stat info{};
  if (retry([&] { return ::stat(path.c_str(), &info); }) < 0) {
    return errno_error("stat", path, errno);
  }
  return status_of(info);
}

Result<> RealFs::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) < 0)
    return errno_error("rename", from + " to " + to, errno);
  return {};
}

Result<> RealFs::link(const std::string& from, const std::string& to) {
  if (::link(from.c_str(), to.c_str()) < 0) return errno_error("link", from + " to " + to, errno);
  return {};
}

Result<> RealFs::remove(const std::string& path) {
  if (::unlink(path.c_str()) < 0) return errno_error("remove", path, errno);
  return {};
}

Result<> RealFs::remove_all(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return errno_error("remove", path, error.value());
  return {};
}

Result<> RealFs::truncate(const std::string& path, uint64_t size) {
  const Descriptor fd = open_file(path, O_WRONLY);
  if (!fd.valid()) return errno_error("open", path, errno);
  const auto length = static_cast<off_t>(size);
  if (retry([&] { return ::ftruncate(fd.get(), length); }) < 0) {
    return errno_error("truncate", path, errno);
  }
  if (::fdatasync(fd.get()) < 0) return errno_error("fdatasync", path, errno);
  return {};
}

Result<> RealFs::sync_dir(const std::string& path) {
  const Descriptor fd = open_file(path, O_RDONLY | O_DIRECTORY);
  if (!fd.valid()) return errno_error("open", path, errno);
  if (::fsync(fd.get()) < 0) return errno_error("fsync", path, errno);
  return {};
}

Result<DiskSpace> RealFs::disk_space(const std::string& path) {
  struct statvfs info{};
  if (retry([&] { return ::statvfs(path.c_str(), &info); }) < 0) {
    return errno_error("statvfs", path, errno);
  }
  return DiskSpace{.free = static_cast<uint64_t>(info.f_bavail) * info.f_frsize,
                   .total = static_cast<uint64_t>(info.f_blocks) * info.f_frsize};
}

}  // namespace tripod::base
