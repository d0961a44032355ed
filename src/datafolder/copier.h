// Files from one folder to another: linked or copied, synced, and counted.
#pragma once

#include <string>

#include "base/fs.h"
#include "base/result.h"
#include "datafolder/backup.h"

namespace tripod::datafolder {

// Not thread-safe.
class Copier {
 public:
  Copier(base::Fs& fs, BackupSummary& summary) : fs_(fs), summary_(summary) {}

  // As much as the file has when the call begins; synced. Errors of kNotFound are those of `from`.
  base::Result<> copy(const std::string& from, const std::string& to);
  // A file that never changes.
  base::Result<> link(const std::string& from, const std::string& to);
  // Counts a file that somebody else has copied.
  base::Result<> count(const std::string& copy);
  // Every file below, but those named `except` at the top.
  base::Result<> copy_tree(const std::string& from, const std::string& to, const std::string& except);

 private:
  base::Fs& fs_;
  BackupSummary& summary_;
};

// kAlreadyExists when the folder has anything in it.
base::Result<> check_is_empty(base::Fs& fs, const std::string& folder);

}  // namespace tripod::datafolder
