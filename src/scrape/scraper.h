// Scrapes all configured targets, each at its interval, with a bounded number of threads.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/result.h"
#include "model/batch.h"
#include "scrape/config.h"
#include "scrape/discovery.h"
#include "scrape/fetch.h"
#include "scrape/scrape_loop.h"

namespace tripod::scrape {

struct ScraperOptions {
  size_t most_concurrent = 16;  // scrapes at once; one thread each, started as targets need them
};

// What people see of it.
struct ScrapeOverview {
  std::vector<TargetStatus> targets;      // by job and URL
  std::vector<DiscoveryStatus> sources;
  std::vector<std::string> unusable;      // found targets that cannot be scraped, with why
  std::vector<std::string> notes;         // keys of the configuration without effect
};

// Thread-safe. One scrape of a target at a time; while the store has not answered for the last one,
// the next is left out and the target says so.
class Scraper {
 public:
  // Takes one scrape's batch; `done` is to be called once, with what became of it, on any thread: with what of it was refused
  // while the rest is stored, or with the error where nothing is.
  using Rejections = std::vector<model::Rejection>;
  using Done = std::move_only_function<void(base::Result<Rejections>)>;
  using Sink = std::function<void(model::Batch&& batch, Done done)>;

  // `clock`, `fs`, `fetcher` and `logger` outlive it; so does `sink` what it refers to, and every
  // `done` is called before.
  Scraper(const base::Clock& clock, base::Fs& fs, Fetcher& fetcher, base::Logger& logger, Sink sink,
          ScraperOptions options = {});
  ~Scraper();

  // Begins, with no targets until the first reload().
  void start();
  // Targets that stay as they are go on; those that are gone get stale markers. On error the old
  // ones stay in force.
  base::Result<> reload(const ScrapeConfig& config);
  // Ends running fetches and all threads. No stale markers: the program is about to come back.
  void stop();
  // By job and URL.
  std::vector<TargetStatus> targets() const;
  ScrapeOverview overview() const;

 private:
  struct Entry {
    explicit Entry(Target target, base::Fs& fs) : loop(std::move(target), fs) {}
    ScrapeLoop loop;
    int64_t offset_ns = 0;
    base::UnixNanos due = 0;
    bool running = false;  // a thread has it
    bool removed = false;  // to be ended by whoever has it
    bool storing = false;  // the sink has not answered yet
  };
  using EntryPtr = std::shared_ptr<Entry>;

  void discover(std::stop_token stop);
  // Takes over targets of `config` and of what was found. On error the old ones stay.
  base::Result<> apply(const ScrapeConfig& config);
  void work();
  EntryPtr take_due(std::unique_lock<std::mutex>& lock);  // nullptr: stopping
  void follow_clock(base::UnixNanos now);                 // requires mu_
  void wait_turn(std::unique_lock<std::mutex>& lock, int64_t most_ns);
  void scrape(const EntryPtr& entry, base::UnixNanos due);
  void give(const EntryPtr& entry, model::Batch&& batch);
  void end(const EntryPtr& entry);
  void add_threads();  // requires mu_

  const base::Clock& clock_;
  base::Fs& fs_;
  Fetcher& fetcher_;
  base::Logger& logger_;
  const Sink sink_;
  const ScraperOptions options_;
  Discovery discovery_;
  std::mutex applying_;  // held over apply(); before shared_->mu
  ScrapeConfig config_;  // guarded by applying_

  // Shared with the `done`s, which may run later than the scraper's threads.
  struct Shared {
    std::mutex mu;
    std::condition_variable wake;             // of who scrapes and waits for something to do
    std::condition_variable wake_timekeeper;  // of the one of them that waits for the next target to be due
    std::condition_variable wake_discovery;
  };
  const std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  // guarded by shared_->mu
  std::map<std::string, EntryPtr> entries_;  // by identity
  std::set<std::pair<base::UnixNanos, EntryPtr>> waiting_;  // those that no thread has, by when they are due
  base::UnixNanos seen_ = 0;                 // the clock, when it was looked at last
  bool has_timekeeper_ = false;
  std::vector<std::string> unusable_, notes_;
  bool started_ = false;
  std::stop_source stop_;
  std::vector<std::jthread> threads_;
  std::jthread discovering_;
};

}  // namespace tripod::scrape
