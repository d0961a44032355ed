#include "datafolder/copier.h"

#include <algorithm>

namespace tripod::datafolder {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr uint64_t kCopyBytes = 4u << 20;

}  // namespace

Result<> Copier::copy(const std::string& from, const std::string& to) {
  auto source = fs_.open_read(from);
  if (!source) return fail(std::move(source.error()));
  const uint64_t size = (*source)->size();
  auto target = fs_.open_append(to, base::Fs::Open::kTruncate);
  if (!target) return fail(std::move(target.error()));
  for (uint64_t offset = 0; offset < size;) {
    auto bytes = (*source)->read_some(offset, std::min(kCopyBytes, size - offset));
    if (!bytes) return fail(std::move(bytes.error()));
    if (bytes->empty()) break;  // cut meanwhile: what is gone was refused
    if (auto done = (*target)->append(*bytes); !done) return done;
    offset += bytes->size();
  }
  if (auto done = (*target)->sync(); !done) return done;
  ++summary_.copied_files;
  summary_.bytes += (*target)->size();
  summary_.copied_bytes += (*target)->size();
  return {};
}

Result<> Copier::count(const std::string& copy) {
  auto status = fs_.status(copy);
  if (!status) return fail(std::move(status.error()));
  ++summary_.copied_files;
  summary_.bytes += status->size;
  summary_.copied_bytes += status->size;
  return {};
}

Result<> Copier::link(const std::string& from, const std::string& to) {
  auto linked = fs_.link(from, to);
  if (!linked && linked.error().code == Code::kAlreadyExists) return {};  // by a try before this one
  if (!linked && linked.error().code == Code::kUnsupported) return copy(from, to);
  if (!linked) return linked;
  auto status = fs_.status(to);
  if (!status) return fail(std::move(status.error()));
  ++summary_.linked_files;
  summary_.bytes += status->size;
  return {};
}

Result<> Copier::copy_tree(const std::string& from, const std::string& to, const std::string& except) {
  if (auto made = fs_.create_dirs(to); !made) return made;
  auto names = fs_.list(from);
  if (!names) return fail(std::move(names.error()));
  for (const std::string& name : *names) {
    if (name == except) continue;
    const std::string source = from + "/" + name, target = to + "/" + name;
    auto status = fs_.status(source);
    if (!status) return fail(std::move(status.error()));
    auto done = status->kind == base::FileKind::kFolder ? copy_tree(source, target, "") : copy(source, target);
    if (!done) return done;
  }
  return fs_.sync_dir(to);
}

Result<> check_is_empty(base::Fs& fs, const std::string& folder) {
  auto names = fs.list(folder);
  if (!names && names.error().code == Code::kNotFound) return {};
  if (!names) return fail(std::move(names.error()));
  if (names->empty()) return {};
  return fail(Code::kAlreadyExists, folder + " is not empty (it has \"" + names->front() + "\"): nothing was written there");
}

}  // namespace tripod::datafolder
