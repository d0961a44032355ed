#include "dashboards/library.h"

#include <algorithm>
#include <utility>

namespace tripod::dashboards {

using base::Code;
using base::Result;

namespace {

constexpr size_t kMostFiles = 200;
// The page's addresses of saved dashboards begin with it.
constexpr std::string_view kSavedPrefix = "saved-";

// Without its ending; empty where the file is no dashboard by its name.
std::string_view id_of(std::string_view name) {
  for (const std::string_view ending : {".yaml", ".yml", ".json"}) {
    if (name.ends_with(ending) && !name.starts_with('.')) return name.substr(0, name.size() - ending.size());
  }
  return {};
}

bool is_id(std::string_view id) {
  return !id.starts_with(kSavedPrefix) && std::ranges::all_of(id, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
         });
}

}  // namespace

Library::Listing Library::read() const {
  Listing out;
  for (const std::string& name : names(out)) read_file(name, out);
  for (const BuiltIn& one : built_in()) {
    if (std::ranges::find(out.entries, one.id, &Entry::id) != out.entries.end()) continue;
    auto dashboard = parse(one.text);
    if (!dashboard) {
      out.troubles.push_back({std::string(one.id) + " (built in)", dashboard.error().message});
      continue;
    }
    out.entries.push_back({std::string(one.id), "", std::string(one.text), std::move(*dashboard)});
  }
  std::ranges::sort(out.entries, {}, [](const Entry& e) { return std::tie(e.dashboard.title, e.id); });
  return out;
}

Result<Library::Entry> Library::find(std::string_view id) const {
  Listing found;
  // Names come from the folder's list alone: `id` is no part of a path.
  for (const std::string& name : names(found)) {
    if (id_of(name) == id) read_file(name, found);
    if (!found.entries.empty()) return std::move(found.entries.front());
  }
  const auto one = std::ranges::find(built_in(), id, &BuiltIn::id);
  if (one != built_in().end()) {
    auto dashboard = parse(one->text);
    if (!dashboard) return base::fail(std::move(dashboard.error()));
    return Entry{std::string(one->id), "", std::string(one->text), std::move(*dashboard)};
  }
  for (const Trouble& trouble : found.troubles) {
    if (trouble.file != folder_) return base::fail(Code::kInvalidArgument, trouble.file + ": " + trouble.message);
  }
  return base::fail(Code::kNotFound, "there is no such dashboard");
}

std::vector<std::string> Library::names(Listing& out) const {
  if (folder_.empty()) return {};
  auto all = fs_.list(folder_);
  if (!all) {
    out.troubles.push_back({folder_, all.error().message});
    return {};
  }
  std::erase_if(*all, [](const std::string& name) { return id_of(name).empty(); });
  std::ranges::sort(*all);
  if (all->size() > kMostFiles) {
    out.troubles.push_back({folder_, "more than " + std::to_string(kMostFiles) + " dashboards: the rest is left out"});
    all->resize(kMostFiles);
  }
  return std::move(*all);
}

void Library::read_file(const std::string& name, Listing& out) const {
  const std::string path = folder_ + "/" + name;
  const std::string id(id_of(name));
  const auto trouble = [&](std::string why) { out.troubles.push_back({path, std::move(why)}); };
  if (!is_id(id)) return trouble("the name may have letters, digits, '.', '_' and '-', and does not begin with saved-");
  if (std::ranges::find(out.entries, id, &Entry::id) != out.entries.end()) return trouble("another file has the same name with another ending");
  const auto file = fs_.open_read(path);
  if (!file) return trouble(file.error().message);
  if ((*file)->size() > kMostBytes) return trouble("longer than " + std::to_string(kMostBytes) + " bytes");
  auto text = (*file)->read(0, (*file)->size());
  if (!text) return trouble(text.error().message);
  auto dashboard = parse(*text);
  if (!dashboard) return trouble(dashboard.error().message);
  out.entries.push_back({id, path, std::move(*text), std::move(*dashboard)});
}

}  // namespace tripod::dashboards
