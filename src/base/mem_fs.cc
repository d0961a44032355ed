#include "base/mem_fs.h"

#include <algorithm>

namespace tripod::base {
namespace {

std::string clean(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::unexpected<Error> not_found(const std::string& path) {
  return fail(Code::kNotFound, "open " + path + ": No such file or directory");
}

}  // namespace

class MemAppendFile final : public AppendFile {
 public:
  MemAppendFile(MemFs& fs, std::string path, std::shared_ptr<MemFs::File> file)
      : fs_(fs), path_(std::move(path)), file_(std::move(file)) {}

  Result<> append(std::string_view bytes) override {
    std::lock_guard lock(fs_.mu_);
    file_->modified = ++fs_.changes_;
    if (auto fault = fs_.fault(MemFs::Op::kAppend, path_)) {
      file_->data.append(bytes.substr(0, fault->bytes_kept));
      return fail(std::move(fault->error));
    }
    file_->data.append(bytes);
    return {};
  }

  Result<> sync() override {
    std::lock_guard lock(fs_.mu_);
    if (auto fault = fs_.fault(MemFs::Op::kSync, path_)) return fail(std::move(fault->error));
    file_->synced = file_->data.size();
    return {};
  }

  uint64_t size() const override {
    std::lock_guard lock(fs_.mu_);
    return file_->data.size();
  }

 private:
  MemFs& fs_;
  const std::string path_;
  const std::shared_ptr<MemFs::File> file_;
};

class MemReadFile final : public ReadFile {
 public:
  MemReadFile(MemFs& fs, std::string path, std::shared_ptr<MemFs::File> file)
      : fs_(fs), path_(std::move(path)), file_(std::move(file)) {}

  uint64_t size() const override {
    std::lock_guard lock(fs_.mu_);
    return file_->data.size();
  }

  Result<std::string> read(uint64_t offset, size_t length) const override {
    std::lock_guard lock(fs_.mu_);
    if (auto fault = fs_.fault(MemFs::Op::kRead, path_)) return fail(std::move(fault->error));
    const std::string& data = file_->data;
    if (offset > data.size() || length > data.size() - offset) {
      return fail(Code::kDataLoss, "read " + path_ + ": file ends early");
    }
    return data.substr(offset, length);
  }

  Result<FileStatus> status() const override {
    std::lock_guard lock(fs_.mu_);
    return fs_.status_of(file_);
  }

  Result<std::string> read_some(uint64_t offset, size_t length) const override {
    std::lock_guard lock(fs_.mu_);
    if (auto fault = fs_.fault(MemFs::Op::kRead, path_)) return fail(std::move(fault->error));
    if (offset >= file_->data.size()) return std::string();
    return file_->data.substr(offset, length);
  }

 private:
  MemFs& fs_;
  const std::string path_;
  const std::shared_ptr<MemFs::File> file_;
};

void MemFs::set_fault_hook(FaultHook hook) {
  std::lock_guard lock(mu_);
  hook_ = std::move(hook);
}

std::optional<MemFs::Fault> MemFs::fault(Op op, const std::string& path) {
  return hook_ ? hook_(op, path) : std::nullopt;
}

std::shared_ptr<MemFs::File> MemFs::new_file() {
  auto file = std::make_shared<File>();
  auto slot = std::ranges::find_if(inodes_, [](const auto& used) { return used.expired(); });
  if (slot == inodes_.end()) slot = inodes_.emplace(inodes_.end());
  *slot = file;
  file->inode = static_cast<uint64_t>(slot - inodes_.begin()) + 1;
  file->modified = ++changes_;
  return file;
}

FileStatus MemFs::status_of(const std::shared_ptr<File>& file) const {
  const auto links = std::ranges::count_if(files_, [&](const auto& e) { return e.second == file; });
  return {.kind = FileKind::kFile,
          .device = 1,
          .inode = file->inode,
          .size = file->data.size(),
          .links = static_cast<uint64_t>(links),
          .modified = file->modified};
}

void MemFs::lose_power(size_t torn_bytes) {
  std::lock_guard lock(mu_);
  std::map<std::string, std::shared_ptr<File>> after;
  for (const auto& [path, file] : durable_) {
    const size_t tail = file->data.size() - file->synced;
    after.emplace(path,
                  survivor(*file, file->data.substr(0, file->synced + std::min(tail, torn_bytes))));
  }
  durable_ = after;
  files_ = std::move(after);
}

// A new object: handles from before the loss go on with the old one and no longer reach the disk.
std::shared_ptr<MemFs::File> MemFs::survivor(const File& file, std::string data) {
  auto kept = std::make_shared<File>();
  kept->inode = file.inode;
  inodes_[kept->inode - 1] = kept;
  kept->data = std::move(data);
  kept->synced = kept->data.size();
  return kept;
}

void MemFs::lose_power_in_any_order(const std::function<uint64_t()>& random) {
  constexpr size_t kSector = 64;  // small, so that small files have several
  std::lock_guard lock(mu_);
  std::map<std::string, bool> is_current;  // by folder
  auto current = [&](const std::string& path) {
    const auto [at, is_new] = is_current.try_emplace(parent_dir(path), false);
    if (is_new) at->second = random() % 2 == 0;
    return at->second;
  };
  std::map<std::string, std::shared_ptr<File>> entries;
  for (const auto& [path, file] : durable_) {
    if (!current(path)) entries.emplace(path, file);
  }
  for (const auto& [path, file] : files_) {
    if (current(path)) entries.emplace(path, file);
  }
  for (auto& [path, file] : entries) {
    const size_t tail = file->data.size() - file->synced;
    std::string data = file->data.substr(0, file->synced + (tail == 0 ? 0 : random() % (tail + 1)));
    for (size_t at = file->synced; at < data.size(); at += kSector) {
      if (random() % 4 == 0)
        std::fill_n(data.begin() + static_cast<ptrdiff_t>(at), std::min(kSector, data.size() - at),
                    '\0');
    }
    file = survivor(*file, std::move(data));
  }
  durable_ = entries;
  files_ = std::move(entries);
}

void MemFs::flip_bit(const std::string& path, size_t byte_offset) {
  std::lock_guard lock(mu_);
  auto found = files_.find(clean(path));
  TRIPOD_CHECK(found != files_.end() && byte_offset < found->second->data.size());
  char& byte = found->second->data[byte_offset];
  byte = static_cast<char>(byte ^ 0x10);
}

Result<std::unique_ptr<AppendFile>> MemFs::open_append(const std::string& path, Open how) {
  std::lock_guard lock(mu_);
  const std::string name = clean(path);
  const std::string parent = parent_dir(name);
  if (parent != "." && parent != "/" && !dirs_.contains(parent)) return not_found(path);
  auto& file = files_[name];
  if (file == nullptr) file = new_file();
  if (how == Open::kTruncate) *file = File{.inode = file->inode, .modified = ++changes_};
  return std::make_unique<MemAppendFile>(*this, name, file);
}

Result<std::unique_ptr<ReadFile>> MemFs::open_read(const std::string& path) {
  std::lock_guard lock(mu_);
  auto found = files_.find(clean(path));
  if (found == files_.end()) return not_found(path);
  return std::make_unique<MemReadFile>(*this, found->first, found->second);
}

Result<> MemFs::create_dirs(const std::string& path) {
  std::lock_guard lock(mu_);
  for (std::string dir = clean(path); dir != "." && dir != "/" && !dir.empty();
       dir = parent_dir(dir)) {
    if (files_.contains(dir)) return fail(Code::kAlreadyExists, "mkdir " + dir + ": File exists");
    dirs_.insert(dir);
  }
  return {};
}

Result<std::vector<std::string>> MemFs::list(const std::string& path) {
  std::lock_guard lock(mu_);
  const std::string dir = clean(path);
  if (dir != "." && dir != "/" && !dirs_.contains(dir)) return not_found(path);
  std::vector<std::string> names;
  auto add = [&](const std::string& entry) {
    if (parent_dir(entry) == dir) names.push_back(entry.substr(entry.rfind('/') + 1));
  };
  for (const auto& [name, file] : files_) add(name);
  for (const auto& name : dirs_) add(name);
  std::ranges::sort(names);
  return names;
}

bool MemFs::exists(const std::string& path) {
  std::lock_guard lock(mu_);
  return files_.contains(clean(path)) || dirs_.contains(clean(path));
}

Result<FileStatus> MemFs::status(const std::string& path) {
  std::lock_guard lock(mu_);
  const std::string name = clean(path);
  if (auto found = files_.find(name); found != files_.end()) return status_of(found->second);
  if (!dirs_.contains(name)) return not_found(path);
  return FileStatus{.kind = FileKind::kFolder, .device = 1, .links = 1};
}

Result<> MemFs::rename(const std::string& from, const std::string& to) {
  std::lock_guard lock(mu_);
  if (auto fault = this->fault(Op::kRename, from)) return fail(std::move(fault->error));
  const std::string source = clean(from);
  const std::string target = clean(to);
  if (auto found = files_.find(source); found != files_.end()) {
    files_[target] = std::move(found->second);
    files_.erase(source);
    return {};
  }
  if (!dirs_.contains(source)) return not_found(from);
  rename_dir(source, target);
  return {};
}

void MemFs::rename_dir(const std::string& from, const std::string& to) {
  auto moved = [&](const std::string& path) { return to + path.substr(from.size()); };
  auto inside = [&](const std::string& path) {
    return path == from || path.starts_with(from + "/");
  };
  std::set<std::string> dirs;
  for (const auto& dir : dirs_) dirs.insert(inside(dir) ? moved(dir) : dir);
  dirs_ = std::move(dirs);
  // What was durable inside the folder moves along with it: POSIX moves one entry, not the folder's
  // content.
  for (auto* entries : {&files_, &durable_}) {
    std::map<std::string, std::shared_ptr<File>> after;
    for (auto& [path, file] : *entries) after.emplace(inside(path) ? moved(path) : path, file);
    *entries = std::move(after);
  }
}

Result<> MemFs::link(const std::string& from, const std::string& to) {
  std::lock_guard lock(mu_);
  auto found = files_.find(clean(from));
  if (found == files_.end()) return not_found(from);
  if (!files_.emplace(clean(to), found->second).second) {
    return fail(Code::kAlreadyExists, "link " + to + ": File exists");
  }
  return {};
}

Result<> MemFs::remove(const std::string& path) {
  std::lock_guard lock(mu_);
  if (files_.erase(clean(path)) == 0) return not_found(path);
  return {};
}

Result<> MemFs::remove_all(const std::string& path) {
  std::lock_guard lock(mu_);
  const std::string dir = clean(path);
  auto inside = [&](const std::string& entry) {
    return entry == dir || entry.starts_with(dir + "/");
  };
  std::erase_if(files_, [&](const auto& entry) { return inside(entry.first); });
  std::erase_if(dirs_, [&](const auto& entry) { return inside(entry); });
  return {};
}

Result<> MemFs::truncate(const std::string& path, uint64_t size) {
  std::lock_guard lock(mu_);
  auto found = files_.find(clean(path));
  if (found == files_.end()) return not_found(path);
  if (auto fault = this->fault(Op::kSync, path)) return fail(std::move(fault->error));
  File& file = *found->second;
  file.modified = ++changes_;
  file.data.resize(size);
  file.synced = file.data.size();
  return {};
}

Result<> MemFs::sync_dir(const std::string& path) {
  std::lock_guard lock(mu_);
  if (auto fault = this->fault(Op::kSyncDir, path)) return fail(std::move(fault->error));
  const std::string dir = clean(path);
  std::erase_if(durable_, [&](const auto& entry) { return parent_dir(entry.first) == dir; });
  for (const auto& [name, file] : files_) {
    if (parent_dir(name) == dir) durable_.emplace(name, file);
  }
  return {};
}

Result<DiskSpace> MemFs::disk_space(const std::string&) {
  std::lock_guard lock(mu_);
  return space_;
}

void MemFs::set_disk_space(DiskSpace space) {
  std::lock_guard lock(mu_);
  space_ = space;
}

}  // namespace tripod::base
