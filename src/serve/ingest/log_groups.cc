#include "serve/ingest/log_groups.h"

#include <algorithm>

namespace tripod::serve {

using base::Code;
using base::Result;

namespace {

constexpr size_t kForgetAtOnce = 100;  // one of so many: finding the oldest looks at all

bool fits(std::string_view name, const LogGroups::Page& page) {
  if (!name.starts_with(page.prefix) || name.find(page.part) == name.npos) return false;
  if (page.after.empty()) return true;
  return page.descending ? name < page.after : name > page.after;
}

}  // namespace

Result<> LogGroups::load() {
  if (loaded_) return {};
  auto names = meta_.log_stream_names();
  if (!names) return base::fail(std::move(names.error()));
  for (store::LogStreamName& row : *names) {
    Group& group = groups_[{row.project, row.group}];
    if (row.stream.empty()) {
      group.created = row.created;
    } else {
      group.streams.emplace(std::move(row.stream), Stream{.created = row.created, .used = row.created});
      ++stream_count_;
    }
  }
  loaded_ = true;
  return {};
}

Result<LogGroups::Group*> LogGroups::group_of(const Key& key) {
  if (auto ok = load(); !ok) return base::fail(std::move(ok.error()));
  const auto found = groups_.find(key);
  if (found == groups_.end()) return base::fail(Code::kNotFound, "The specified log group does not exist.");
  return &found->second;
}

Result<> LogGroups::create_group(int64_t project, const std::string& group) {
  std::lock_guard lock(mu_);
  if (auto ok = load(); !ok) return ok;
  if (groups_.contains({project, group})) return base::fail(Code::kAlreadyExists, "The specified log group already exists");
  if (groups_.size() >= limits_.groups) return base::fail(Code::kResourceExhausted, "there are too many log groups");
  const store::LogStreamName row{.project = project, .group = group, .stream = "", .created = clock_.now()};
  if (auto ok = meta_.add_log_stream_name(row); !ok) return ok;
  groups_[{project, group}].created = row.created;
  return {};
}

Result<> LogGroups::create_stream(int64_t project, const std::string& group, const std::string& stream) {
  std::lock_guard lock(mu_);
  auto found = group_of({project, group});
  if (!found) return base::fail(std::move(found.error()));
  if ((*found)->streams.contains(stream)) return base::fail(Code::kAlreadyExists, "The specified log stream already exists");
  if (stream_count_ >= limits_.streams) {
    if (auto ok = forget_oldest(); !ok) return ok;
  }
  const store::LogStreamName row{.project = project, .group = group, .stream = stream, .created = clock_.now()};
  if (auto ok = meta_.add_log_stream_name(row); !ok) return ok;
  (*found)->streams.emplace(stream, Stream{.created = row.created, .used = row.created});
  ++stream_count_;
  return {};
}

Result<> LogGroups::find_group(int64_t project, const std::string& group) {
  std::lock_guard lock(mu_);
  auto found = group_of({project, group});
  return found ? Result<>() : base::fail(std::move(found.error()));
}

Result<> LogGroups::use_stream(int64_t project, const std::string& group, const std::string& stream) {
  std::lock_guard lock(mu_);
  auto found = group_of({project, group});
  if (!found) return base::fail(std::move(found.error()));
  const auto it = (*found)->streams.find(stream);
  if (it == (*found)->streams.end()) return base::fail(Code::kNotFound, "The specified log stream does not exist.");
  it->second.used = clock_.now();
  return {};
}

Result<std::vector<LogGroups::Named>> LogGroups::groups(int64_t project, const Page& page) {
  std::lock_guard lock(mu_);
  if (auto ok = load(); !ok) return base::fail(std::move(ok.error()));
  std::vector<Named> out;
  for (const auto& [key, group] : groups_) {
    if (out.size() > page.limit) break;
    if (key.first == project && fits(key.second, page)) out.push_back({key.second, group.created});
  }
  return out;
}

Result<std::vector<LogGroups::Named>> LogGroups::streams(int64_t project, const std::string& group, const Page& page) {
  std::lock_guard lock(mu_);
  auto found = group_of({project, group});
  if (!found) return base::fail(std::move(found.error()));
  std::vector<Named> out;
  const auto take = [&](const auto& entry) {
    if (fits(entry.first, page)) out.push_back({entry.first, entry.second.created});
    return out.size() <= page.limit;
  };
  const auto& streams = (*found)->streams;
  if (page.descending) {
    for (auto it = streams.rbegin(); it != streams.rend() && take(*it);) ++it;
  } else {
    for (auto it = streams.begin(); it != streams.end() && take(*it);) ++it;
  }
  return out;
}

Result<> LogGroups::forget_oldest() {
  struct Old {
    base::UnixNanos used;
    const Key* group;
    const std::string* stream;
  };
  std::vector<Old> all;
  all.reserve(stream_count_);
  for (const auto& [key, group] : groups_) {
    for (const auto& [name, stream] : group.streams) all.push_back({stream.used, &key, &name});
  }
  const size_t count = std::max<size_t>(1, limits_.streams / kForgetAtOnce);
  const auto end = all.begin() + static_cast<ptrdiff_t>(std::min(count, all.size()));
  std::partial_sort(all.begin(), end, all.end(), [](const Old& a, const Old& b) { return a.used < b.used; });
  std::vector<store::LogStreamName> rows;
  for (auto it = all.begin(); it != end; ++it) rows.push_back({it->group->first, it->group->second, *it->stream, 0});
  if (auto ok = meta_.remove_log_stream_names(rows); !ok) return ok;
  for (const store::LogStreamName& row : rows) groups_[{row.project, row.group}].streams.erase(row.stream);
  stream_count_ -= rows.size();
  return {};
}

}  // namespace tripod::serve
