#include "pipeline/issue_committer.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "base/hash.h"
#include "base/hex.h"
#include "pipeline/issue_fields.h"

namespace tripod::pipeline {

namespace {

constexpr size_t kMostPerTransaction = 2048;
constexpr size_t kMostWaiting = 2 * kMostPerTransaction;
constexpr std::chrono::milliseconds kMostDelay(500);
constexpr size_t kRecoverPage = 1000;
constexpr size_t kMostOwed = 64 * 1024;  // events

void add_update(store::IssueChange& change, const IssueUpdate& update) {
  const store::Issue& event = update.issue;
  if (change.events == 0) {
    change.issue = event;
  } else if (event.last_seen >= change.issue.last_seen) {
    const base::UnixNanos first = std::min(change.issue.first_seen, event.first_seen);
    std::string first_release = std::move(change.issue.first_release);
    std::string last_release = std::move(change.issue.last_release);
    change.issue = event;
    change.issue.first_seen = first;
    change.issue.first_release = std::move(first_release);
    if (event.last_release.empty()) change.issue.last_release = std::move(last_release);
  } else if (event.first_seen < change.issue.first_seen) {
    change.issue.first_seen = event.first_seen;
    change.issue.first_release = event.first_release;
  }
  ++change.events;
  for (const std::string& hash : update.hashes) {
    if (std::ranges::find(change.hashes, hash) == change.hashes.end()) change.hashes.push_back(hash);
  }
  auto share = std::ranges::find(change.releases, event.last_release, &store::ReleaseShare::release);
  if (share == change.releases.end()) {
    change.releases.push_back({.release = event.last_release, .events = 1, .first_seen = event.first_seen, .last_seen = event.last_seen});
  } else {
    ++share->events;
    share->first_seen = std::min(share->first_seen, event.first_seen);
    share->last_seen = std::max(share->last_seen, event.last_seen);
  }
  if (!update.environment.empty()) {
    auto it = std::ranges::find(change.environments, update.environment, &std::pair<std::string, uint64_t>::first);
    if (it == change.environments.end()) change.environments.emplace_back(update.environment, 1);
    else ++it->second;
  }
  if (!update.user.empty() && std::ranges::find(change.users, update.user) == change.users.end()) {
    change.users.push_back(update.user);
  }
}

// What these events have in common is that there are too many of them, not what each of them says.
IssueUpdate as_too_many(IssueUpdate update) {
  update.issue.title = kTooManyIssuesTitle;
  update.issue.type.clear();
  update.issue.value.clear();
  update.issue.culprit.clear();
  return update;
}

}  // namespace

std::vector<store::IssueChange> merge_updates(std::span<const IssueUpdate> updates) {
  std::map<int64_t, store::IssueChange> by_issue;
  for (const IssueUpdate& update : updates) {
    const bool is_too_many = update.hashes.size() == 1 && update.hashes[0] == kTooManyIssuesHash;
    add_update(by_issue[update.issue.id], is_too_many ? as_too_many(update) : update);
  }
  std::vector<store::IssueChange> out;
  for (auto& [id, change] : by_issue) out.push_back(std::move(change));
  return out;
}

IssueCommitter::IssueCommitter(store::IssueStore& meta, base::Logger& log) : meta_(meta), log_(log), thread_([this] { run(); }) {
  meta_.catch_up_by([this] { catch_up(); });
}

IssueCommitter::~IssueCommitter() {
  meta_.catch_up_by({});
  {
    std::lock_guard lock(mu_);
    closed_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void IssueCommitter::submit(std::vector<IssueUpdate> updates, Done done) {
  bool is_full = false;
  {
    std::unique_lock lock(mu_);
    if (closed_) {
      lock.unlock();
      return done(base::fail(base::Code::kUnavailable, "shutting down"));
    }
    std::ranges::move(updates, std::back_inserter(waiting_));
    waiting_done_.push_back(std::move(done));
    is_full = waiting_.size() >= kMostWaiting;
  }
  wake_.notify_one();
  if (is_full) catch_up();  // here, not by waiting for the thread: what it answers may wait for the store whose thread this is
}

void IssueCommitter::run() {
  const auto is_due = [this] { return closed_ || !answers_.empty() || waiting_.size() >= kMostPerTransaction; };
  bool last = false;
  while (!last) {
    {
      std::unique_lock lock(mu_);
      wake_.wait(lock, [&] { return is_due() || !waiting_done_.empty(); });
      wake_.wait_for(lock, kMostDelay, is_due);
      last = closed_;
    }
    catch_up();
    answer();
  }
}

void IssueCommitter::answer() {
  std::vector<Answer> answers;
  {
    std::lock_guard lock(mu_);
    answers.swap(answers_);
  }
  for (Answer& each : answers) each.done(each.result);
}

void IssueCommitter::catch_up() {
  std::lock_guard applying(applying_);
  std::vector<IssueUpdate> updates;
  std::vector<Done> done;
  {
    std::lock_guard lock(mu_);
    updates.swap(waiting_);
    done.swap(waiting_done_);
  }
  if (done.empty()) return;
  const base::Result<> result = apply(std::move(updates));
  {
    std::lock_guard lock(mu_);
    for (Done& each : done) answers_.push_back({std::move(each), result});
  }
  wake_.notify_one();
}

// What could not be applied stays owed, for the next transaction: its events are stored, and a later one must not raise the applied
// sequence past them. When too much is owed nothing is applied any more. The next start's recover() applies what is owed at the end.
base::Result<> IssueCommitter::apply(std::vector<IssueUpdate> updates) {
  if (given_up_) return base::fail(base::Code::kUnavailable, "issues could not be updated for too long; the next start counts them");
  if (owed_.empty()) owed_ = std::move(updates);
  else std::ranges::move(updates, std::back_inserter(owed_));
  if (owed_.empty()) return {};
  base::Result<> result = meta_.apply(merge_updates(owed_), owed_.back().sequence);
  if (!result) {
    log_.error("issues_not_updated", {{"error", std::string_view(result.error().message)}, {"owed_events", static_cast<int64_t>(owed_.size())}});
    given_up_ = owed_.size() > kMostOwed;
  }
  if (result || given_up_) owed_.clear();
  return result;
}

base::Result<> IssueCommitter::recover(store::EventStore& events, IssueIndex& index) {
  auto applied = meta_.applied_sequence();
  if (!applied) return base::fail(std::move(applied.error()));
  // Pages follow (time, sequence); the sequence order is restored before anything is applied.
  store::ScanPlan plan{.dataset = store::Dataset::kErrors, .order = store::Order::kOldestFirst, .limit = kRecoverPage};
  plan.min_sequence = *applied;
  plan.project = issue_update_fields();
  std::vector<IssueUpdate> updates;
  bool flushed = false;
  while (true) {
    auto page = events.scan(plan);
    if (!page) return base::fail(std::move(page.error()));
    if (page->stats.incomplete && !flushed) {
      // What was read back from the log may fill the memory that the scan needs.
      if (auto ok = events.flush(); !ok) return ok;
      flushed = true;
      continue;
    }
    for (const std::string& warning : page->stats.warnings) log_.warn("issues_recovered_in_part", {{"warning", std::string_view(warning)}});
    for (const store::EventRow& row : page->rows) {
      IssueUpdate update = issue_update_from(row);
      index.learn(static_cast<uint64_t>(update.issue.project), update.hashes, update.issue.id);
      updates.push_back(std::move(update));
    }
    if (!page->has_more || page->rows.empty()) break;
    plan.has_after = true;
    plan.after = {page->rows.back().time, page->rows.back().sequence};
  }
  if (updates.empty()) return {};
  std::ranges::sort(updates, {}, &IssueUpdate::sequence);
  log_.info("issues_recovered", {{"events", static_cast<int64_t>(updates.size())}});
  return meta_.apply(merge_updates(updates), updates.back().sequence);
}

}  // namespace tripod::pipeline
