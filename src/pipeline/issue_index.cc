#include "pipeline/issue_index.h"

#include <algorithm>
#include <memory>

#include "base/hash.h"

namespace tripod::pipeline {

base::Result<std::unique_ptr<IssueIndex>> IssueIndex::load(store::IssueStore& meta) {
  const auto hashes = meta.issue_hashes();
  if (!hashes) return base::fail(hashes.error());
  const auto last = meta.last_issue_id();
  if (!last) return base::fail(last.error());
  const auto deleted = meta.deleted_issues();
  if (!deleted) return base::fail(deleted.error());
  auto index = std::make_unique<IssueIndex>();
  index->last_ = *last;
  index->deleted_.insert(deleted->begin(), deleted->end());
  for (const auto& [hash, issue] : *hashes) index->issues_.emplace(key_of(hash), issue);
  return index;
}

IssueIndex::Key IssueIndex::key_of(std::string_view text) {
  constexpr uint64_t kSeed = 0x6973737565ULL;
  return {base::hash64(text, kSeed), base::hash64(text)};
}

IssueIndex::Key IssueIndex::key_of(uint64_t project, std::string_view hash) { return key_of(std::to_string(project) + ":" + std::string(hash)); }

bool IssueIndex::may_begin(uint64_t project, base::UnixNanos now) {
  NewIssues& recent = new_issues_[project];
  if (now - recent.since >= base::kNanosPerHour || now < recent.since) recent = {.since = now, .count = 0};
  if (recent.count >= most_new_) return false;
  ++recent.count;
  return true;
}

IssueIndex::Assigned IssueIndex::assign(uint64_t project, std::span<const std::string> hashes, base::UnixNanos now) {
  std::lock_guard lock(mu_);
  Assigned out;
  for (const std::string& hash : hashes) {
    if (auto it = issues_.find(key_of(project, hash)); it != issues_.end()) {
      out.issue = it->second;
      break;
    }
  }
  if (out.issue == 0 && !may_begin(project, now)) {
    const auto [it, is_new] = issues_.try_emplace(key_of(project, kTooManyIssuesHash), last_ + 1);
    if (is_new) ++last_;
    return {.issue = it->second, .is_new = is_new, .is_too_many = true};
  }
  if (out.issue == 0) out = {.issue = ++last_, .is_new = true};
  for (const std::string& hash : hashes) issues_.try_emplace(key_of(project, hash), out.issue);
  return out;
}

bool IssueIndex::knows(uint64_t project, std::span<const std::string> hashes) const {
  std::lock_guard lock(mu_);
  return std::ranges::any_of(hashes, [&](const std::string& hash) { return issues_.contains(key_of(project, hash)); });
}

void IssueIndex::learn(uint64_t project, std::span<const std::string> hashes, int64_t issue) {
  std::lock_guard lock(mu_);
  last_ = std::max(last_, issue);
  if (deleted_.contains(issue)) return;
  for (const std::string& hash : hashes) issues_.try_emplace(key_of(project, hash), issue);
}

void IssueIndex::forget(std::span<const int64_t> issues) {
  std::lock_guard lock(mu_);
  deleted_.insert(issues.begin(), issues.end());
  std::erase_if(issues_, [this](const auto& entry) { return deleted_.contains(entry.second); });
}

bool IssueIndex::is_deleted(int64_t issue) const {
  std::lock_guard lock(mu_);
  return deleted_.contains(issue);
}

}  // namespace tripod::pipeline
