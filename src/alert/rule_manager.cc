#include "alert/rule_manager.h"

#include <algorithm>
#include <chrono>

#include "base/hash.h"
#include "query/promql/labels.h"

namespace tripod::alert {

using base::kNanosPerMilli;
using base::UnixNanos;
namespace promql = query::promql;

namespace {

constexpr int64_t kMostWait = base::kNanosPerSecond;  // wall time may be set while we wait
constexpr int64_t kRetryAfter = base::kNanosPerMinute;

int64_t interval_ns(const RuleGroup& group) { return group.definition().interval_ms * kNanosPerMilli; }

}  // namespace

UnixNanos next_evaluation_time(UnixNanos now, int64_t interval_ns, int64_t offset_ns) {
  const int64_t since = now - offset_ns;
  const int64_t intervals = since / interval_ns - (since % interval_ns < 0 ? 1 : 0);
  return (intervals + 1) * interval_ns + offset_ns;
}

RuleManager::RuleManager(RuleContext context, RuleManagerOptions options) : context_(std::move(context)), options_(options) {}

RuleManager::~RuleManager() { stop(); }

void RuleManager::start() {
  std::lock_guard lock(mu_);
  started_ = true;
  stop_ = std::stop_source();
  for (auto& [key, entry] : entries_) entry->stop = std::stop_source();
  while (threads_.size() < options_.threads) threads_.emplace_back([this] { work(); });
}

void RuleManager::stop() {
  std::vector<std::jthread> threads;
  {
    std::lock_guard lock(mu_);
    started_ = false;
    stop_.request_stop();
    for (auto& [key, entry] : entries_) entry->stop.request_stop();
    threads.swap(threads_);
  }
  wake_.notify_all();
  threads.clear();  // joins
}

void RuleManager::retire(RuleGroup& group, UnixNanos now) {
  group.hide();
  auto series = group.take_series();
  if (!series.empty()) gone_.push_back({std::move(series), now / kNanosPerMilli, now + 2 * interval_ns(group)});
}

// A group that is being evaluated has its state in use. Only those that change or end are waited for.
void RuleManager::hold_changed(std::unique_lock<std::mutex>& lock, const RuleSet& rules) {
  std::map<std::string, std::string> fingerprints;
  for (const GroupDefinition& definition : rules.groups) fingerprints.emplace(definition.key(), definition.fingerprint());
  for (auto& [key, entry] : entries_) {
    const auto same = fingerprints.find(key);
    if (same != fingerprints.end() && same->second == entry->fingerprint) continue;
    entry->held = true;
    entry->stop.request_stop();
  }
  idle_.wait(lock, [&] { return std::ranges::none_of(entries_, [](const auto& one) { return one.second->held && one.second->running; }); });
}

// `before`: what it was until now, or null.
RuleManager::EntryPtr RuleManager::make_entry(const GroupDefinition& definition, const EntryPtr& before, UnixNanos now) {
  auto entry = std::make_shared<Entry>(definition, context_);
  entry->offset_ns = static_cast<int64_t>(base::hash64(definition.key()) % static_cast<uint64_t>(definition.interval_ms)) * kNanosPerMilli;
  entry->due = now;
  if (before == nullptr || !before->prepared) return entry;
  entry->group.take_over(before->group);
  entry->prepared = true;
  entry->due = next_evaluation_time(std::min(now, before->due - 1), interval_ns(entry->group), entry->offset_ns);
  entry->catch_up_left = before->catch_up_left;
  return entry;
}

void RuleManager::reload(const RuleSet& rules) {
  std::unique_lock lock(mu_);
  idle_.wait(lock, [&] { return !reloading_; });
  reloading_ = true;
  hold_changed(lock, rules);
  const UnixNanos now = context_.clock.now();
  std::map<std::string, EntryPtr> next;
  for (const GroupDefinition& definition : rules.groups) {
    auto found = entries_.extract(definition.key());
    const EntryPtr before = found ? std::move(found.mapped()) : nullptr;
    next.insert_or_assign(definition.key(), before != nullptr && !before->held ? before : make_entry(definition, before, now));
  }
  for (auto& [key, entry] : entries_) retire(entry->group, now);
  entries_ = std::move(next);
  reloading_ = false;
  lock.unlock();
  idle_.notify_all();
  wake_.notify_all();
}

std::vector<GroupStatus> RuleManager::status() const {
  std::vector<EntryPtr> entries;
  {
    std::lock_guard lock(mu_);
    for (const auto& [key, entry] : entries_) entries.push_back(entry);
  }
  std::vector<GroupStatus> out;
  for (const EntryPtr& entry : entries) out.push_back(entry->group.status());
  std::ranges::sort(out, {}, [](const GroupStatus& group) { return std::tie(group.definition->file, group.definition->name); });
  return out;
}

// Those that catch up leave threads to those that are on time.
bool RuleManager::may_begin(const Entry& entry) const {
  return !entry.running && !entry.held && (entry.catch_up_left == 0 || catching_up_ < std::max<size_t>(1, options_.threads / 2));
}

RuleManager::EntryPtr RuleManager::take_due(UnixNanos now) {
  EntryPtr first;
  if (stop_.stop_requested()) return first;
  const auto order = [](const EntryPtr& entry) { return std::pair(entry->catch_up_left > 0, entry->due); };
  for (const auto& [key, entry] : entries_) {
    if (!may_begin(*entry)) continue;
    // The clock was set back: what is due is far away.
    if (entry->prepared && entry->due - now > interval_ns(entry->group)) {
      entry->due = next_evaluation_time(now, interval_ns(entry->group), entry->offset_ns);
    }
    if (entry->due <= now && (first == nullptr || order(entry) < order(first))) first = entry;
  }
  return first;
}

// What rules had recorded that are gone, and that no other rule records.
bool RuleManager::end_gone(std::unique_lock<std::mutex>& lock, UnixNanos now) {
  const auto due = std::ranges::find_if(gone_, [&](const Gone& one) { return one.due <= now; });
  if (due == gone_.end()) return false;
  Gone gone = std::move(*due);
  gone_.erase(due);
  model::Batch batch;
  for (const store::Labels& labels : gone.series) {
    const std::string key = promql::label_key(labels);
    const bool lives = std::ranges::any_of(entries_, [&](const auto& one) { return one.second->group.has_recorded(key); });
    if (!lives) add_series(batch, labels, {gone.since_ms, model::stale_marker()});
  }
  if (batch.series.empty()) return true;
  lock.unlock();
  const auto stored = context_.store_batch(std::move(batch));
  if (!stored) context_.log.warn("rule_series_not_ended", {{"error", std::string_view(stored.error().message)}});
  lock.lock();
  if (!stored) {
    gone.due = now + kRetryAfter;
    gone_.push_back(std::move(gone));
  }
  return true;
}

void RuleManager::prepare(Entry& entry, UnixNanos now) {
  const int64_t interval = interval_ns(entry.group);
  entry.due = next_evaluation_time(now, interval, entry.offset_ns);
  const auto last = entry.group.restore(now / kNanosPerMilli);
  if (!last) return;
  const auto due_since = [&](UnixNanos time) {
    const UnixNanos first = next_evaluation_time(time, interval, entry.offset_ns);
    return static_cast<uint64_t>(std::max<int64_t>(0, (entry.due - first) / interval));
  };
  const UnixNanos last_ns = *last * kNanosPerMilli;
  const uint64_t recent = due_since(std::max(last_ns, now - options_.most_catch_up_ms * kNanosPerMilli));
  const uint64_t made_up_for = std::min<uint64_t>(recent, options_.most_catch_up_iterations);
  entry.group.count_missed(due_since(last_ns) - made_up_for);
  entry.due -= static_cast<int64_t>(made_up_for) * interval;
  if (made_up_for > 0) entry.catch_up_left = options_.most_catch_up_iterations;
}

// What comes due while others are made up for is made up for too. Afterwards only the newest that is due takes place.
Pass RuleManager::begin_evaluation(Entry& entry, UnixNanos now) {
  const int64_t interval = interval_ns(entry.group);
  const int64_t behind = (now - entry.due) / interval;
  if (behind > 0 && entry.catch_up_left > 0) {
    --entry.catch_up_left;
    return Pass::kCatchUp;
  }
  entry.catch_up_left = 0;
  entry.group.count_missed(static_cast<uint64_t>(behind));
  entry.due += behind * interval;
  return Pass::kLive;
}

// Alone with the entry.
void RuleManager::run(const EntryPtr& entry) {
  const UnixNanos now = context_.clock.now();
  if (!entry->prepared) prepare(*entry, now);
  entry->prepared = true;
  if (entry->due > now) return;
  const Pass pass = begin_evaluation(*entry, now);
  if (entry->group.evaluate(entry->due / kNanosPerMilli, pass, entry->stop.get_token())) entry->due += interval_ns(entry->group);
}

bool RuleManager::run_due() {
  std::unique_lock lock(mu_);
  const UnixNanos now = context_.clock.now();
  if (end_gone(lock, now)) return true;
  const EntryPtr entry = take_due(now);
  if (entry == nullptr) return false;
  entry->running = true;
  const bool catches_up = entry->catch_up_left > 0;
  if (catches_up) ++catching_up_;
  lock.unlock();
  run(entry);
  lock.lock();
  entry->running = false;
  if (catches_up) --catching_up_;
  lock.unlock();
  idle_.notify_all();
  wake_.notify_one();
  return true;
}

void RuleManager::work() {
  while (true) {
    if (run_due()) {
      if (stop_.stop_requested()) return;
      continue;
    }
    std::unique_lock lock(mu_);
    if (stop_.stop_requested()) return;
    const UnixNanos now = context_.clock.now();
    int64_t wait = kMostWait;
    for (const auto& [key, entry] : entries_) {
      if (may_begin(*entry)) wait = std::min(wait, std::max<int64_t>(0, entry->due - now));
    }
    for (const Gone& one : gone_) wait = std::min(wait, std::max<int64_t>(0, one.due - now));
    wake_.wait_for(lock, std::chrono::nanoseconds(wait));
  }
}

}  // namespace tripod::alert
