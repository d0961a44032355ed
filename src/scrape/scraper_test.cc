#include "scrape/scraper.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>

#include "base/mem_fs.h"

namespace tripod::scrape {
namespace {

// Answers at once, or waits until it is let go.
class GateFetcher final : public Fetcher {
 public:
  base::Result<FetchResponse> fetch(const FetchRequest& request, std::stop_token stop) override {
    std::unique_lock lock(mu_);
    ++running_;
    most_running = std::max(most_running, running_);
    changed_.notify_all();
    const bool let = changed_.wait(lock, stop, [&] { return open_; });
    --running_;
    if (!let) return base::fail(base::Code::kCancelled, "stopped");
    return FetchResponse{200, "text/plain",
                         std::make_shared<const std::string>("a{url=\"" + request.url + "\"} 1\n")};
  }
  void set_open(bool open) {
    std::lock_guard lock(mu_);
    open_ = open;
    changed_.notify_all();
  }
  void wait_running(int count) {
    std::unique_lock lock(mu_);
    changed_.wait(lock, [&] { return running_ == count; });
  }
  int most_running = 0;

 private:
  std::mutex mu_;
  std::condition_variable_any changed_;
  int running_ = 0;
  bool open_ = true;
};

class Fixture {
 public:
  explicit Fixture(size_t threads = 4)
      : scraper(clock, fs, fetcher, *logger,
                [this](model::Batch&& batch, Scraper::Done done) {
                  std::unique_lock lock(mu);
                  batches.push_back(std::move(batch));
                  if (hold_done) {
                    held.push_back(std::move(done));
                  } else {
                    lock.unlock();
                    done(store_answer);
                    lock.lock();
                  }
                  changed.notify_all();
                },
                {.most_concurrent = threads}) {}

  base::Result<> load(const std::string& targets) {
    auto config = parse_scrape_configs(
        "scrape_configs: [{job_name: j, static_configs: [{targets: [" + targets + "]}]}]", "tripod.yml", fs);
    EXPECT_TRUE(config.has_value()) << config.error().message;
    return scraper.reload(*config);
  }
  // Time goes on by one interval; loading the same targets again wakes the threads.
  void tick(const std::string& targets) {
    clock.advance(15 * base::kNanosPerSecond);
    ASSERT_TRUE(load(targets).has_value());
  }
  void wait_batches(size_t count) {
    std::unique_lock lock(mu);
    changed.wait(lock, [&] { return batches.size() >= count; });
  }

  base::ManualClock clock{1'795'364'762 * base::kNanosPerSecond};
  base::MemFs fs;
  GateFetcher fetcher;
  std::unique_ptr<base::Logger> logger = base::make_null_logger();
  std::mutex mu;
  std::condition_variable changed;
  std::vector<model::Batch> batches;
  std::vector<Scraper::Done> held;
  bool hold_done = false;
  base::Result<Scraper::Rejections> store_answer;
  Scraper scraper;  // last: its threads end first
};

size_t stale_count(const model::Batch& batch) {
  size_t out = 0;
  for (const auto& series : batch.series) out += model::is_stale_marker(series.samples[0].value);
  return out;
}

TEST(Scraper, ScrapesEachTargetOncePerInterval) {
  Fixture f;
  ASSERT_TRUE(f.load("'a:1', 'b:1'").has_value());
  f.scraper.start();
  f.tick("'a:1', 'b:1'");
  f.wait_batches(2);
  f.tick("'a:1', 'b:1'");
  f.wait_batches(4);
  f.scraper.stop();
  EXPECT_EQ(f.batches.size(), 4u);
  const auto targets = f.scraper.targets();
  ASSERT_EQ(targets.size(), 2u);
  EXPECT_EQ(targets[0].url, "http://a:1/metrics");
  EXPECT_EQ(targets[0].health, Health::kUp);
}

TEST(Scraper, ARemovedTargetGetsStaleMarkers) {
  Fixture f;
  ASSERT_TRUE(f.load("'a:1'").has_value());
  f.scraper.start();
  f.tick("'a:1'");
  f.wait_batches(1);
  ASSERT_TRUE(f.load("").has_value());
  f.wait_batches(2);
  f.scraper.stop();
  EXPECT_EQ(stale_count(f.batches[0]), 0u);
  EXPECT_EQ(stale_count(f.batches[1]), 6u);
  EXPECT_EQ(f.batches[1].series.size(), 6u);
  EXPECT_TRUE(f.scraper.targets().empty());
}

TEST(Scraper, ATargetRemovedWhileItIsScrapedGetsThemToo) {
  Fixture f;
  f.fetcher.set_open(false);
  ASSERT_TRUE(f.load("'a:1'").has_value());
  f.scraper.start();
  f.tick("'a:1'");
  f.fetcher.wait_running(1);
  ASSERT_TRUE(f.load("").has_value());
  f.fetcher.set_open(true);
  f.wait_batches(2);
  f.scraper.stop();
  EXPECT_EQ(stale_count(f.batches[1]), 6u);
}

TEST(Scraper, ABadReloadLeavesTheOldTargets) {
  Fixture f;
  ASSERT_TRUE(f.load("'a:1'").has_value());
  auto config = parse_scrape_configs(
      "scrape_configs: [{job_name: j, static_configs: [{targets: [x]}], "
      "relabel_configs: [{target_label: __scheme__, replacement: no}]}]", "tripod.yml", f.fs);
  ASSERT_TRUE(config.has_value());
  EXPECT_FALSE(f.scraper.reload(*config).has_value());
  EXPECT_EQ(f.scraper.targets().size(), 1u);
}

TEST(Scraper, ConcurrencyIsBounded) {
  Fixture f(2);
  f.fetcher.set_open(false);
  const std::string targets = "'a:1', 'b:1', 'c:1', 'd:1', 'e:1'";
  ASSERT_TRUE(f.load(targets).has_value());
  f.scraper.start();
  f.tick(targets);
  f.fetcher.wait_running(2);
  f.fetcher.set_open(true);
  f.wait_batches(5);
  f.scraper.stop();
  EXPECT_EQ(f.fetcher.most_running, 2);
}

TEST(Scraper, StopEndsAHangingFetchWithoutABatch) {
  Fixture f;
  f.fetcher.set_open(false);
  ASSERT_TRUE(f.load("'a:1'").has_value());
  f.scraper.start();
  f.tick("'a:1'");
  f.fetcher.wait_running(1);
  f.scraper.stop();
  EXPECT_TRUE(f.batches.empty());
}

TEST(Scraper, WhatTheStoreRefusesIsSaidAtTheTarget) {
  Fixture f;
  f.store_answer = base::fail(base::Code::kResourceExhausted, "full");
  ASSERT_TRUE(f.load("'a:1'").has_value());
  f.scraper.start();
  f.tick("'a:1'");
  f.wait_batches(1);
  f.scraper.stop();
  EXPECT_EQ(f.scraper.targets().at(0).last_error, "not stored: full");
}

TEST(Scraper, WhatTheStoreRefusesOfAScrapeIsSaidAtTheTarget) {
  Fixture f;
  f.store_answer = Scraper::Rejections{{"timestamp_in_future", "a", 1}, {"too_many_series_of_metric", "b has 100 of 100", 7}};
  ASSERT_TRUE(f.load("'a:1'").has_value());
  f.scraper.start();
  f.tick("'a:1'");
  f.wait_batches(1);
  f.scraper.stop();
  const TargetStatus target = f.scraper.targets().at(0);
  EXPECT_EQ(target.health, Health::kUp);
  EXPECT_EQ(target.last_error, "8 samples were refused, the others are stored: too_many_series_of_metric: b has 100 of 100");
}

// After a clock was set a thread has to look before the next scrape is due: ticks go on until there is one.
TEST(Scraper, AClockThatJumpsStopsNothing) {
  Fixture f;
  ASSERT_TRUE(f.load("'a:1'").has_value());
  f.scraper.start();
  size_t ticks = 0;
  const auto tick_until = [&](auto&& is_wanted) {
    const auto found = [&] { return std::ranges::any_of(f.batches, [&](const model::Batch& batch) { return is_wanted(batch.series[0].samples[0].time_ms); }); };
    for (bool there = false; !there && ticks < 10'000; ++ticks) {
      f.tick("'a:1'");
      std::unique_lock lock(f.mu);
      there = f.changed.wait_for(lock, std::chrono::milliseconds(10), found);
    }
  };
  const auto now_ms = [&] { return f.clock.now() / base::kNanosPerMilli; };
  const int64_t first_ms = now_ms();
  tick_until([&](int64_t time_ms) { return time_ms > first_ms; });
  f.clock.advance(-365 * base::kNanosPerDay);
  tick_until([&](int64_t time_ms) { return time_ms < first_ms; });
  f.clock.advance(2 * 365 * base::kNanosPerDay);
  const int64_t ahead_ms = now_ms();
  tick_until([&](int64_t time_ms) { return time_ms > ahead_ms - 15'000; });
  f.scraper.stop();
  EXPECT_LT(ticks, 10'000u);
  EXPECT_LE(f.batches.size(), ticks + 3) << "one scrape, not all that were left out";
}

TEST(Scraper, NoSecondScrapeWhileTheStoreHasNotAnswered) {
  Fixture f;
  f.hold_done = true;
  ASSERT_TRUE(f.load("'a:1', 'b:1'").has_value());
  f.scraper.start();
  f.tick("'a:1', 'b:1'");
  f.wait_batches(2);
  f.tick("'a:1', 'b:1'");
  // The scrape left out is told before the next tick's batches can come.
  while (true) {
    size_t told = 0;
    for (const auto& target : f.scraper.targets())
      told += target.last_error.contains("still being stored");
    if (told == 2) break;
    std::this_thread::yield();
  }
  EXPECT_EQ(f.batches.size(), 2u);
  {
    std::lock_guard lock(f.mu);
    for (auto& done : f.held) done({});
    f.held.clear();
    f.hold_done = false;
  }
  f.tick("'a:1', 'b:1'");
  f.wait_batches(4);
  f.scraper.stop();
}

}  // namespace
}  // namespace tripod::scrape
