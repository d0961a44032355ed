#include "items/file_store.h"

#include <algorithm>

namespace tripod::items {

using base::Code;
using base::Result;

bool FileStore::is_id(std::string_view id) {
  constexpr size_t kDigits = 32;
  return id.size() == kDigits && std::ranges::all_of(id, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Result<> FileStore::write(const std::string& id, std::string_view bytes) {
  if (!is_id(id)) return base::fail(Code::kInvalidArgument, "not the id of a file");
  if (fs_.exists(path_of(id))) return {};
  if (!fs_.exists(folder_of(id))) {
    if (auto made = fs_.create_dirs(folder_of(id)); !made) return made;
    if (auto synced = fs_.sync_dir(folder_); !synced) return synced;
  }
  return fs_.write_atomically(path_of(id), bytes);
}

Result<std::string> FileStore::read(const std::string& id) {
  if (!is_id(id)) return base::fail(Code::kNotFound, "no such file");
  return fs_.read_all(path_of(id));
}

Result<> FileStore::remove(const std::string& id) {
  if (!is_id(id)) return base::fail(Code::kInvalidArgument, "not the id of a file");
  auto removed = fs_.remove(path_of(id));
  if (!removed && removed.error().code != Code::kNotFound) return removed;
  return {};
}

Result<std::vector<std::string>> FileStore::list() {
  std::vector<std::string> out;
  if (!fs_.exists(folder_)) return out;
  auto folders = fs_.list(folder_);
  if (!folders) return base::fail(std::move(folders.error()));
  for (const std::string& folder : *folders) {
    auto names = fs_.list(folder_ + "/" + folder);
    if (!names) return base::fail(std::move(names.error()));
    for (std::string& name : *names) {
      if (is_id(name)) out.push_back(std::move(name));
      else if (name.ends_with(".tmp")) (void)fs_.remove(folder_ + "/" + folder + "/" + name);  // found again by the next start
    }
  }
  return out;
}

}  // namespace tripod::items
