#include "scrape/scraper.h"

#include <algorithm>
#include <chrono>

#include "scrape/schedule.h"

namespace tripod::scrape {

using base::fail;
using base::Result;

Scraper::Scraper(const base::Clock& clock, base::Fs& fs, Fetcher& fetcher, base::Logger& logger,
                 Sink sink, ScraperOptions options)
    : clock_(clock),
      fs_(fs),
      fetcher_(fetcher),
      logger_(logger),
      sink_(std::move(sink)),
      options_(options),
      discovery_(fs, fetcher, logger) {}

Scraper::~Scraper() { stop(); }

void Scraper::start() {
  std::lock_guard lock(shared_->mu);
  started_ = true;
  stop_ = std::stop_source();
  add_threads();
  discovering_ = std::jthread([this, stop = stop_.get_token()] { discover(stop); });
}

void Scraper::stop() {
  std::vector<std::jthread> threads;
  {
    std::lock_guard lock(shared_->mu);
    started_ = false;
    stop_.request_stop();
    threads.swap(threads_);
    if (discovering_.joinable()) threads.push_back(std::move(discovering_));
  }
  shared_->wake.notify_all();
  shared_->wake_timekeeper.notify_all();
  shared_->wake_discovery.notify_all();
  threads.clear();  // joins
}

void Scraper::add_threads() {
  const size_t wanted = std::min(options_.most_concurrent, entries_.size());
  while (started_ && threads_.size() < wanted) threads_.emplace_back([this] { work(); });
}

Result<> Scraper::reload(const ScrapeConfig& config) {
  std::lock_guard applying(applying_);
  if (auto ok = make_targets(config); !ok) return fail(std::move(ok.error()));
  config_ = config;
  discovery_.configure(config_);
  for (const std::string& note : config_.notes) logger_.warn("configuration_note", {{"note", std::string_view(note)}});
  auto applied = apply(config_);
  shared_->wake_discovery.notify_all();
  return applied;
}

// Sources are few and asked one after the other.
void Scraper::discover(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const base::UnixNanos now = clock_.now();
    if (discovery_.next_due() <= now && discovery_.refresh(now, stop)) {
      std::lock_guard applying(applying_);
      if (auto ok = apply(config_); !ok) logger_.error("discovered_targets_not_taken", {{"error", std::string_view(ok.error().message)}});
    }
    std::unique_lock lock(shared_->mu);
    const int64_t wait = std::clamp<int64_t>(discovery_.next_due() - clock_.now(), 0, base::kNanosPerSecond);
    if (!stop.stop_requested()) shared_->wake_discovery.wait_for(lock, std::chrono::nanoseconds(wait));
  }
}

Result<> Scraper::apply(const ScrapeConfig& config) {
  auto list = make_targets(config, discovery_.groups());
  if (!list) return fail(std::move(list.error()));
  std::vector<EntryPtr> gone;
  {
    std::lock_guard lock(shared_->mu);
    std::map<std::string, EntryPtr> next;
    const base::UnixNanos now = clock_.now();
    for (Target& target : list->targets) {
      const std::string identity = target.identity();
      if (auto kept = entries_.extract(identity); !kept.empty()) {
        next.insert(std::move(kept));
        continue;
      }
      auto entry = std::make_shared<Entry>(std::move(target), fs_);
      const int64_t interval = entry->loop.target().interval_ns;
      entry->offset_ns = scrape_offset_ns(identity, interval);
      entry->due = next_due(now, interval, entry->offset_ns);
      waiting_.emplace(entry->due, entry);
      next.emplace(identity, std::move(entry));
    }
    for (auto& [identity, entry] : entries_) {
      entry->removed = true;
      waiting_.erase({entry->due, entry});
      if (!entry->running) gone.push_back(entry);
    }
    entries_ = std::move(next);
    unusable_ = std::move(list->unusable);
    notes_ = config.notes;
    add_threads();
  }
  shared_->wake.notify_all();
  shared_->wake_timekeeper.notify_all();
  for (const EntryPtr& entry : gone) end(entry);
  logger_.info("scrape_targets_loaded", {{"targets", static_cast<int64_t>(list->targets.size())}});
  return {};
}

std::vector<TargetStatus> Scraper::targets() const {
  std::vector<TargetStatus> out;
  {
    std::lock_guard lock(shared_->mu);
    for (const auto& [identity, entry] : entries_) out.push_back(entry->loop.status());
  }
  std::ranges::sort(out, {}, [](const TargetStatus& s) { return std::tie(s.job, s.url); });
  return out;
}

ScrapeOverview Scraper::overview() const {
  ScrapeOverview out{.targets = targets(), .sources = discovery_.status(), .unusable = {}, .notes = {}};
  std::lock_guard lock(shared_->mu);
  out.unusable = unusable_;
  out.notes = notes_;
  return out;
}

// Where the clock was set back, what was due then would be left out for as long.
void Scraper::follow_clock(base::UnixNanos now) {
  if (std::exchange(seen_, now) <= now) return;
  std::set<std::pair<base::UnixNanos, EntryPtr>> moved;
  for (const auto& [due, entry] : waiting_) {
    const int64_t interval = entry->loop.target().interval_ns;
    if (due - now > interval) entry->due = next_due(now, interval, entry->offset_ns);
    moved.emplace(entry->due, entry);
  }
  waiting_ = std::move(moved);
}

// One thread keeps the time, the others sleep until it has taken something: all of them woken by each target that is due would cost
// more than scraping it.
void Scraper::wait_turn(std::unique_lock<std::mutex>& lock, int64_t most_ns) {
  if (has_timekeeper_) {
    shared_->wake.wait(lock);
    return;
  }
  has_timekeeper_ = true;
  shared_->wake_timekeeper.wait_for(lock, std::chrono::nanoseconds(most_ns));
  has_timekeeper_ = false;
}

Scraper::EntryPtr Scraper::take_due(std::unique_lock<std::mutex>& lock) {
  // Wall time may be set while we wait: never sleep long on what it said.
  constexpr int64_t kMostWait = base::kNanosPerSecond;
  while (!stop_.stop_requested()) {
    const base::UnixNanos now = clock_.now();
    follow_clock(now);
    if (!waiting_.empty() && waiting_.begin()->first <= now) {
      EntryPtr first = waiting_.extract(waiting_.begin()).value().second;
      if (!has_timekeeper_) shared_->wake.notify_one();
      return first;
    }
    wait_turn(lock, waiting_.empty() ? kMostWait : std::min(waiting_.begin()->first - now, kMostWait));
  }
  return nullptr;
}

void Scraper::work() {
  std::unique_lock lock(shared_->mu);
  while (EntryPtr entry = take_due(lock)) {
    const base::UnixNanos due = entry->due;
    const int64_t interval = entry->loop.target().interval_ns;
    entry->running = true;
    entry->due = next_due(std::max(due, clock_.now()), interval, entry->offset_ns);
    const bool behind = entry->storing;
    lock.unlock();
    if (behind) {
      entry->loop.note_not_stored("the scrape before is still being stored");
    } else {
      scrape(entry, due);
    }
    lock.lock();
    entry->running = false;
    if (!entry->removed) {
      const bool is_first = waiting_.emplace(entry->due, entry).first == waiting_.begin();
      if (is_first) shared_->wake_timekeeper.notify_one();
    } else if (!stop_.stop_requested()) {
      lock.unlock();
      end(entry);
      lock.lock();
    }
  }
}

void Scraper::scrape(const EntryPtr& entry, base::UnixNanos due) {
  const int64_t time_ms = scrape_time_ms(due, clock_.now(), entry->loop.target().interval_ns);
  const std::stop_token stop = stop_.get_token();
  model::Batch batch = entry->loop.scrape_once(fetcher_, clock_, time_ms, stop);
  // A fetch that we ended ourselves says nothing about the target.
  if (!stop.stop_requested()) give(entry, std::move(batch));
}

void Scraper::give(const EntryPtr& entry, model::Batch&& batch) {
  {
    std::lock_guard lock(shared_->mu);
    entry->storing = true;
  }
  sink_(std::move(batch), [entry, shared = shared_](Result<Rejections> stored) {
    if (!stored) entry->loop.note_not_stored(stored.error().message);
    else entry->loop.note_rejected(*stored);
    std::lock_guard lock(shared->mu);
    entry->storing = false;
  });
}

void Scraper::end(const EntryPtr& entry) {
  model::Batch batch = entry->loop.end(clock_.now() / base::kNanosPerMilli);
  if (!batch.series.empty()) give(entry, std::move(batch));
}

}  // namespace tripod::scrape
