// Files that were sent with events, and profiles: named by ids of our own below one folder, each written once and never changed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fs.h"
#include "base/result.h"

namespace tripod::items {

// FOLDER/ab/ab12… of 32 hexadecimal digits: an id is never a path. Thread-safe as far as ids differ.
class FileStore {
 public:
  FileStore(base::Fs& fs, std::string folder) : fs_(fs), folder_(std::move(folder)) {}

  static bool is_id(std::string_view id);
  // On disk, with its name, when it returns. One that is there stays.
  base::Result<> write(const std::string& id, std::string_view bytes);
  base::Result<std::string> read(const std::string& id);  // kNotFound
  base::Result<> remove(const std::string& id);           // no error when it is not there
  // Ids of all files; those of unfinished writes are removed on the way.
  base::Result<std::vector<std::string>> list();

 private:
  std::string folder_of(const std::string& id) const { return folder_ + "/" + id.substr(0, 2); }
  std::string path_of(const std::string& id) const { return folder_of(id) + "/" + id; }

  base::Fs& fs_;
  const std::string folder_;
};

}  // namespace tripod::items
