// A store over a file system in memory, for tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/mem_fs.h"
#include "store/events/embedded_event_store.h"
#include "store/events/testing/test_events.h"

namespace tripod::store::testing {

// Keeps the names of what was logged. Thread-safe.
class RecordingLogger final : public base::Logger {
 public:
  void log(Level, std::string_view event, std::initializer_list<base::LogField>) override {
    std::lock_guard lock(mu_);
    events_.emplace_back(event);
  }
  bool has(std::string_view event) {
    std::lock_guard lock(mu_);
    return std::ranges::find(events_, event) != events_.end();
  }

 private:
  std::mutex mu_;
  std::vector<std::string> events_;  // guarded by mu_
};

class StoreTest : public ::testing::Test {
 protected:
  static constexpr base::UnixNanos kNow = 1'700'000'000'000'000'000;

  StoreTest() {
    options_.dir = "events";
    options_.background = false;
    options_.block_rows = 64;
    options_.retention.fill({});
  }

  // Closes the store that is open, if any.
  base::Result<> try_open() {
    store_.reset();
    auto opened = EmbeddedEventStore::open(fs_, clock_, budget_, logger_, options_);
    if (!opened) return base::fail(std::move(opened.error()));
    store_ = std::move(*opened);
    return {};
  }
  void open() {
    auto opened = try_open();
    ASSERT_TRUE(opened) << opened.error().message;
  }

  // `count` log records a second apart: body "line <n>", n, and a trace_id each.
  TestBatch lines(size_t count, base::UnixNanos start = kNow) {
    TestBatch batch;
    batch.streams = {{{"service.name", std::string("shop")}}};
    for (size_t i = 0; i < count; ++i) {
      const auto n = static_cast<int64_t>(next_line_++);
      batch.events.push_back({start + static_cast<int64_t>(i) * base::kNanosPerSecond, 0,
                              {{"body", "line " + std::to_string(n)}, {"n", n}, {"trace_id", trace_id(n)}}});
    }
    return batch;
  }
  static std::string trace_id(int64_t n) {
    static constexpr char kDigits[] = "0123456789abcdef";
    uint64_t bits = static_cast<uint64_t>(n + 1) * 0x9e3779b97f4a7c15ULL;
    std::string out;
    for (int i = 0; i < 32; ++i, bits = bits * 6364136223846793005ULL + 1) out += kDigits[bits >> 60];
    return out;
  }
  void append(const TestBatch& batch) {
    auto appended = append_and_wait(*store_, batch);
    ASSERT_TRUE(appended) << appended.error().message;
  }

  // Everything of the logs, oldest first.
  ScanResult scan(Predicate filter = {}, size_t limit = 1'000'000) {
    ScanPlan plan;
    plan.filter = std::move(filter);
    plan.order = Order::kOldestFirst;
    plan.limit = limit;
    auto result = store_->scan(plan);
    EXPECT_TRUE(result) << result.error().message;
    return result ? std::move(*result) : ScanResult();
  }

  std::vector<std::string> part_files(const std::string& folder = "events/logs") {
    std::vector<std::string> out;
    auto days = fs_.list(folder);
    for (const std::string& day : *days) {
      if (day != "other" && day.find_first_not_of("0123456789") != std::string::npos) continue;
      auto files = fs_.list(folder + "/" + day);
      for (const std::string& file : *files) out.push_back(folder + "/" + day + "/" + file);
    }
    return out;
  }

  base::MemFs fs_;
  base::ManualClock clock_{kNow};
  base::MemoryBudget budget_{1u << 30};
  RecordingLogger logger_;
  EventStoreOptions options_;
  uint64_t next_line_ = 0;
  std::unique_ptr<EmbeddedEventStore> store_;
};

}  // namespace tripod::store::testing
