#include "ship/file_set.h"

#include <algorithm>
#include <set>

namespace tripod::ship {

using base::FileKind;
using base::FileStatus;

namespace {

constexpr int64_t kIdleCloseNs = base::kNanosPerMinute;
constexpr size_t kMostSiblings = 10'000;
constexpr size_t kMostPaths = 1'000'000;
// How long a copy of a followed file is taken for the first half of a rotation by copying and
// truncating.
constexpr int64_t kHoldNs = base::kNanosPerMinute;

}  // namespace

FileSet::FileSet(Parts parts, const Config& config, Stats& stats)
    : parts_(std::move(parts)), config_(config), stats_(stats) {}

void FileSet::restore(std::vector<FileState> remembered) {
  first_start_ = false;
  for (FileState& state : remembered) {
    // The input whose pattern has this path; of a path that no pattern has any more the first one's
    // rules are as good as any.
    const Input* input = nullptr;
    for (const Input& candidate : config_.inputs) {
      const bool has = std::ranges::any_of(candidate.paths,
                                           [&](const base::Glob& g) { return g.matches(state.path); });
      if (has && input == nullptr) input = &candidate;
    }
    if (input == nullptr) {
      parts_.log.info("file_not_followed_any_more", {{"path", std::string_view(state.path)}});
      continue;
    }
    files_.push_back(std::make_unique<FollowedFile>(std::move(state), *input));
  }
}

std::map<FileKey, FileSet::Found> FileSet::find_paths() {
  std::map<FileKey, Found> out;
  for (const Input& input : config_.inputs) {
    std::vector<std::string> paths;
    for (const base::Glob& glob : input.paths) glob.expand(parts_.fs, kMostPaths, paths);
    for (std::string& path : paths) {
      const bool excluded =
          std::ranges::any_of(input.exclude, [&](const base::Glob& g) { return g.matches(path); });
      if (excluded) continue;
      const auto status = parts_.fs.status(path);
      if (!status || status->kind != FileKind::kFile) continue;
      if (out.size() >= config_.most_files && !is_known(key_of(*status))) {
        if (!told_too_many_) {
          parts_.log.error("too_many_files", {{"limit", static_cast<int64_t>(config_.most_files)},
                                              {"left_out", std::string_view(path)}});
        }
        told_too_many_ = true;
        continue;
      }
      out.try_emplace(key_of(*status), Found{std::move(path), *status, &input});
    }
  }
  return out;
}

bool FileSet::refresh(Moment now) {
  auto found = find_paths();
  const size_t before = files_.size();
  look_at_known(found, now);
  for (const auto& [key, at] : found) follow(at, now);
  const bool is_new = files_.size() != before;
  first_refresh_ = false;
  first_start_ = false;
  std::erase_if(held_, [&](const auto& held) { return now.steady - held.second > 2 * kHoldNs; });
  return drop_what_is_over(now) || is_new;
}

// Takes what is known out of `found`.
void FileSet::look_at_known(std::map<FileKey, Found>& found, Moment now) {
  std::vector<FollowedFile*> known;
  for (const FilePtr& file : files_) known.push_back(file.get());
  for (FollowedFile* file : known) {
    const auto at = found.find(file->key());
    if (file->is_open()) {
      const bool at_path = at != found.end();
      if (at_path) {
        file->came_back();
        found.erase(at);
      } else if (is_elsewhere(*file)) {
        file->moved_away(config_.rotated_wait_ns);
      }
      if (!file->look(now)) content_replaced(*file, now);
      const bool idle = at_path && file->all_acknowledged() && file->unread() == 0 &&
                        file->is_quiet(now, kIdleCloseNs);
      if (idle) file->close();
      continue;
    }
    if (at == found.end()) {
      look_elsewhere(*file, now);
      continue;
    }
    const Found here = at->second;
    if (!first_refresh_ && file->is_unchanged(here.status)) {  // closed while idle, and idle still
      found.erase(at);
      continue;
    }
    auto opened = parts_.fs.open_read(here.path);
    if (!opened) {
      found.erase(at);
      continue;  // looked at again next time
    }
    const auto status = (*opened)->status();
    if (status && key_of(*status) == file->key() && file->recognises(**opened)) {
      file->attach(std::move(*opened), *status, now, first_refresh_);
      file->came_back();
      found.erase(at);
    } else {
      // Another file has this inode now: the one we knew is gone, or elsewhere as a copy. The path
      // is a new file's.
      look_elsewhere(*file, now);
    }
  }
}

bool FileSet::is_known(FileKey key) const {
  return std::ranges::any_of(files_, [&](const FilePtr& f) {
    return f->key() == key && (f->is_open() || !f->is_moved_away());
  });
}

// Its path leads to another file, or nowhere. A folder that cannot be read at the moment says
// nothing.
bool FileSet::is_elsewhere(const FollowedFile& file) const {
  const auto there = parts_.fs.status(file.state().path);
  if (!there) return there.error().code == base::Code::kNotFound;
  if (key_of(*there) != file.key() || there->kind != FileKind::kFile) return true;
  if (file.is_open()) return false;
  const auto opened = parts_.fs.open_read(file.state().path);
  return opened && !file.recognises(**opened);
}

// A file that its path does not lead to any more: renamed to a name that no pattern has, or gone.
void FileSet::look_elsewhere(FollowedFile& file, Moment now) {
  if (file.is_moved_away() || !is_elsewhere(file)) return;
  if (!find_copy(file, now)) {
    if (first_refresh_ || file.unread() > 0) lost(file, "gone");
    file.give_up();
  }
  file.moved_away(config_.rotated_wait_ns);
}

// The same file under another name beside its path, or a copy of it, open from now on.
bool FileSet::find_copy(FollowedFile& file, Moment now) {
  const std::string folder = base::parent_dir(file.state().path);
  const auto names = parts_.fs.list(folder);
  if (!names || names->size() > kMostSiblings) return false;
  std::set<FileKey> followed;
  for (const FilePtr& other : files_) {
    if (other.get() != &file) followed.insert(other->key());
  }
  for (const std::string& name : *names) {
    const std::string path = folder == "/" ? "/" + name : folder + "/" + name;
    const auto there = parts_.fs.status(path);
    if (!there || there->kind != FileKind::kFile || there->size < file.taken() ||
        followed.contains(key_of(*there)))
      continue;
    // A copy has other numbers; it must then have enough of the content to tell.
    if (key_of(*there) != file.key() && file.state().head.length == 0) continue;
    auto opened = parts_.fs.open_read(path);
    if (!opened) continue;
    const auto status = (*opened)->status();
    if (!status || !file.recognises(**opened)) continue;
    parts_.log.info("file_read_on_elsewhere", {{"path", std::string_view(file.state().path)},
                                               {"now", std::string_view(path)}});
    file.attach(std::move(*opened), *status, now, first_refresh_);
    return true;
  }
  return false;
}

void FileSet::lost(const FollowedFile& file, const char* how) {
  stats_.bytes_lost += file.unread();
  parts_.log.warn("file_lost", {{"path", std::string_view(file.state().path)},
                                {"how", how},
                                {"read_to", static_cast<int64_t>(file.taken())},
                                {"unread_bytes", static_cast<int64_t>(file.unread())}});
}

// Cut off (copytruncate), or written anew from its beginning: what is there now is another file to
// us.
void FileSet::content_replaced(FollowedFile& file, Moment now) {
  const std::string path = file.state().path;
  const Input& input = file.input();
  const auto status = parts_.fs.status(path);
  const bool at_path = status && key_of(*status) == file.key() && !file.is_moved_away();
  parts_.log.info("file_truncated", {{"path", std::string_view(path)},
                                     {"read_to", static_cast<int64_t>(file.taken())}});
  file.close();
  if (!find_copy(file, now)) {
    if (file.unread() > 0) lost(file, "truncated");
    file.give_up();
  }
  file.moved_away(config_.rotated_wait_ns);
  if (at_path) follow({path, *status, &input}, now);
}

// Whether a file is to be left alone, since it holds what a followed one does: logrotate copies a
// file before it cuts it off, and the copy is then where the rest is read. One that is still there
// later is a file of its own.
bool FileSet::hold_back(const Found& found, const base::ReadFile& opened, Moment now) {
  if (first_refresh_) return false;
  const std::string folder = base::parent_dir(found.path);
  const bool is_copy = std::ranges::any_of(files_, [&](const FilePtr& f) {
    return f->taken() > 0 && f->taken() <= found.status.size && f->is_open() &&
           base::parent_dir(f->state().path) == folder && f->recognises(opened);
  });
  const auto [held, is_new] = held_.try_emplace(key_of(found.status), now.steady);
  if (is_copy && now.steady - held->second < kHoldNs) return true;
  held_.erase(held);
  return false;
}

void FileSet::follow(const Found& found, Moment now) {
  if (is_known(key_of(found.status))) return;
  auto opened = parts_.fs.open_read(found.path);
  if (!opened) {
    const bool is_new =
        unreadable_.size() < config_.most_files && unreadable_.insert(found.path).second;
    if (is_new && opened.error().code != base::Code::kNotFound) {
      parts_.log.warn("file_not_opened", {{"path", std::string_view(found.path)},
                                          {"error", std::string_view(opened.error().message)}});
    }
    return;
  }
  const auto status = (*opened)->status();
  unreadable_.erase(found.path);
  if (!status || is_known(key_of(*status)) || hold_back(found, **opened, now)) return;
  FileState state{.id = parts_.random_id(), .path = found.path};
  auto file = std::make_unique<FollowedFile>(std::move(state), *found.input);
  file->attach(std::move(*opened), *status, now, first_refresh_);
  if (first_start_ && found.input->start == Input::Start::kEnd) {
    if (auto ok = file->skip_to_end(); !ok) {
      parts_.log.warn("file_not_read", {{"path", std::string_view(found.path)},
                                        {"error", std::string_view(ok.error().message)}});
      return;
    }
  }
  parts_.log.info("file_followed", {{"path", std::string_view(found.path)},
                                    {"bytes", static_cast<int64_t>(status->size)}});
  files_.push_back(std::move(file));
}

bool FileSet::drop_what_is_over(Moment now) {
  const auto dropped = std::erase_if(files_, [&](const FilePtr& file) {
    if (!file->is_over(now)) return false;
    parts_.log.info("file_left", {{"path", std::string_view(file->state().path)},
                                  {"read_to", static_cast<int64_t>(file->taken())}});
    return true;
  });
  return dropped > 0;
}

// True while there may be more in it.
bool FileSet::take_from(FollowedFile& file, Batch& batch, size_t most_bytes, Moment now,
                        bool flush) {
  switch (file.take(batch, most_bytes, now, flush)) {
    case FollowedFile::Taken::kSome:
      return true;
    case FollowedFile::Taken::kNothing:
      return false;
    case FollowedFile::Taken::kRewritten:
      content_replaced(file, now);
      return false;
    case FollowedFile::Taken::kFailed:
      parts_.log.error("file_not_read", {{"path", std::string_view(file.state().path)},
                                         {"error", std::string_view(file.error().message)}});
      return false;
  }
  return false;
}

void FileSet::fill(Batch& batch, size_t most_bytes, Moment now, bool flush) {
  std::vector<FollowedFile*> order;
  for (const FilePtr& file : files_) order.push_back(file.get());
  if (order.empty()) return;
  next_ %= order.size();
  std::ranges::rotate(order, order.begin() + static_cast<std::ptrdiff_t>(next_));
  for (FollowedFile* file : order) {
    if (batch.body.size() >= most_bytes) return;
    ++next_;
    take_from(*file, batch, most_bytes - batch.body.size(), now, flush);
  }
}

Batch FileSet::take_again(const PendingBatch& pending) {
  Batch out;
  out.id = pending.id;
  for (const BatchPart& part : pending.parts) {
    const auto file =
        std::ranges::find_if(files_, [&](const FilePtr& f) { return f->state().id == part.file; });
    if (file != files_.end() && (*file)->take_again(part, out)) continue;
    const uint64_t bytes = part.end - part.begin;
    stats_.bytes_lost += bytes;
    parts_.log.warn("pending_lines_lost",
                    {{"reason", "they were sent without an answer, and their file is gone"},
                     {"bytes", static_cast<int64_t>(bytes)}});
  }
  return out;
}

void FileSet::acknowledge(const std::vector<BatchPart>& parts) {
  for (const BatchPart& part : parts) {
    const auto file =
        std::ranges::find_if(files_, [&](const FilePtr& f) { return f->state().id == part.file; });
    if (file != files_.end()) (*file)->acknowledge();
  }
}

bool FileSet::any_removed_unread() const {
  return std::ranges::any_of(files_, [](const FilePtr& f) {
    return f->is_moved_away() && f->unread() > 0 && f->is_removed();
  });
}

bool FileSet::takes_from_removed(const std::vector<BatchPart>& parts) const {
  return std::ranges::any_of(files_, [&](const FilePtr& f) {
    return f->is_moved_away() && (!f->is_open() || f->is_removed()) &&
           std::ranges::find(parts, f->state().id, &BatchPart::file) != parts.end();
  });
}

void FileSet::fill_from_removed(Batch& batch, size_t most_bytes, Moment now) {
  for (const FilePtr& file : files_) {
    if (batch.body.size() >= most_bytes) return;
    if (file->is_moved_away() && file->unread() > 0 && file->is_removed()) {
      take_from(*file, batch, most_bytes - batch.body.size(), now, true);
    }
  }
}

std::vector<FileState> FileSet::states() const {
  std::vector<FileState> out;
  for (const FilePtr& file : files_) out.push_back(file->state());
  return out;
}

bool FileSet::has_news(Moment now, bool flush) const {
  return std::ranges::any_of(files_, [&](const FilePtr& f) { return f->has_news(now, flush); });
}

uint64_t FileSet::unread_bytes() const {
  uint64_t out = 0;
  for (const FilePtr& file : files_) out += file->unread();
  return out;
}

std::vector<std::string> FileSet::folders() const {
  std::set<std::string> out;
  for (const FilePtr& file : files_) out.insert(base::parent_dir(file->state().path));
  for (const Input& input : config_.inputs) {
    for (const base::Glob& glob : input.paths) {
      const std::string folder = base::parent_dir(glob.text());
      if (folder.find_first_of("*?[\\") == std::string::npos) out.insert(folder);
    }
  }
  return {out.begin(), out.end()};
}

}  // namespace tripod::ship
