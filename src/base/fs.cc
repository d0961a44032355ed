#include "base/fs.h"

namespace tripod::base {

Result<std::string> Fs::read_all(const std::string& path) {
  auto file = open_read(path);
  if (!file) return fail(std::move(file.error()));
  return (*file)->read(0, (*file)->size());
}

namespace {

Result<> write_new(Fs& fs, const std::string& path, std::string_view bytes) {
  auto file = fs.open_append(path, Fs::Open::kTruncate);
  if (!file) return fail(std::move(file.error()));
  if (auto done = (*file)->append(bytes); !done) return done;
  return (*file)->sync();
}

}  // namespace

Result<> Fs::write_atomically(const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp";
  auto done = write_new(*this, temporary, bytes);
  if (done) done = rename(temporary, path);
  if (!done) {
    (void)remove(temporary);  // a full disk has a use for its room
    return done;
  }
  return sync_dir(parent_dir(path));
}

std::string parent_dir(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace tripod::base
