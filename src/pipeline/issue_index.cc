#include "pipeline/issue_index.h"

#include <algorithm>
#include <memory>

namespace tripod::pipeline {

base::Result<std::unique_ptr<IssueIndex>> IssueIndex::load(store::MetaStore& meta) {
  auto hashes = meta.issue_hashes();
  if (!hashes) return base::fail(std::move(hashes.error()));
  auto last = meta.last_issue_id();
  if (!last) return base::fail(std::move(last.error()));
  auto index = std::make_unique<IssueIndex>();
  index->last_ = *last;
  for (auto& [hash, issue] : *hashes) index->issues_.emplace(std::move(hash), issue);
  return index;
}

std::string IssueIndex::key(uint64_t project, std::string_view hash) {
  return std::to_string(project) + ":" + std::string(hash);
}

IssueIndex::Assigned IssueIndex::assign(uint64_t project, std::span<const std::string> hashes) {
  std::lock_guard lock(mu_);
  Assigned out;
  for (const std::string& hash : hashes) {
    if (auto it = issues_.find(key(project, hash)); it != issues_.end()) {
      out.issue = it->second;
      break;
    }
  }
  if (out.issue == 0) out = {++last_, true};
  for (const std::string& hash : hashes) issues_.try_emplace(key(project, hash), out.issue);
  return out;
}

void IssueIndex::learn(uint64_t project, std::span<const std::string> hashes, int64_t issue) {
  std::lock_guard lock(mu_);
  last_ = std::max(last_, issue);
  for (const std::string& hash : hashes) issues_.try_emplace(key(project, hash), issue);
}

}  // namespace tripod::pipeline
