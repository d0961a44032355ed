// Shared by the tests of the metric store: a store over a file system in memory, and short ways to
// fill and ask it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem_fs.h"
#include "base/memory_budget.h"
#include "store/metrics/embedded_metric_store.h"

namespace tripod::store::metrics {

inline constexpr int64_t kTestStartMs = 1'795'364'762'000;  // 2026-11-22

// A batch put together in a test; owns its texts.
class TestBatch {
 public:
  using LabelList = std::vector<std::pair<std::string, std::string>>;

  TestBatch& add(const LabelList& labels, std::vector<model::Sample> samples) {
    auto to = batch_.arena.make_array<model::Label>(labels.size());
    for (size_t i = 0; i < labels.size(); ++i) {
      to[i] = {batch_.arena.copy(labels[i].first), batch_.arena.copy(labels[i].second)};
    }
    batch_.series.push_back({to, batch_.arena.copy_array(std::span<const model::Sample>(samples))});
    return *this;
  }
  // {__name__=name, instance=instance}
  TestBatch& add(const std::string& name, const std::string& instance,
                 std::vector<model::Sample> samples) {
    return add({{"__name__", name}, {"instance", instance}}, std::move(samples));
  }
  const std::vector<model::SeriesSamples>& series() const { return batch_.series; }
  std::vector<model::MetricMetadata> metadata;

 private:
  model::Batch batch_;
};

inline base::Result<MetricAppendSummary> append(MetricStore& store, const TestBatch& batch) {
  std::mutex mu;
  std::condition_variable told;
  std::optional<base::Result<MetricAppendSummary>> result;
  store.append(batch.series(), batch.metadata, [&](base::Result<MetricAppendSummary> r) {
    std::lock_guard lock(mu);
    result.emplace(std::move(r));
    told.notify_one();
  });
  std::unique_lock lock(mu);
  told.wait(lock, [&] { return result.has_value(); });
  return std::move(*result);
}

// Keeps the names of what was logged, each with its level. Thread-safe.
class RecordingLogger final : public base::Logger {
 public:
  void log(Level level, std::string_view event, std::initializer_list<base::LogField>) override {
    std::lock_guard lock(mu_);
    events_.emplace_back(level, event);
  }
  size_t count(Level level, std::string_view event) {
    std::lock_guard lock(mu_);
    return static_cast<size_t>(std::ranges::count(events_, std::pair(level, std::string(event))));
  }

 private:
  std::mutex mu_;
  std::vector<std::pair<Level, std::string>> events_;  // guarded by mu_
};

// A store in memory that can be closed, crashed and opened again.
class StoreFixture {
 public:
  explicit StoreFixture(MetricStoreOptions options = {}) : options_(std::move(options)) {
    options_.dir = "data/metrics";
    options_.maintenance = MetricStoreOptions::Maintenance::kManual;
    open();
  }
  void open() {
    auto opened = EmbeddedMetricStore::open(fs, clock, budget, logger, options_);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    store = std::move(*opened);
  }
  void reopen() {
    store.reset();
    open();
  }
  // The power goes: what was not synced is lost.
  void crash(size_t torn_bytes = 0) {
    fs.lose_power(torn_bytes);
    store.reset();
    open();
  }
  MetricAppendSummary append_ok(const TestBatch& batch) {
    auto result = append(*store, batch);
    EXPECT_TRUE(result.has_value()) << result.error().message;
    return result.value_or(MetricAppendSummary{});
  }
  std::vector<SeriesData> select(std::vector<LabelMatcher> matchers,
                                 TimeRangeMs range = {0, kTestStartMs * 2}) {
    auto result = store->select(matchers, range, {});
    EXPECT_TRUE(result.has_value()) << result.error().message;
    return result.value_or(std::vector<SeriesData>{});
  }
  // Samples of the only series of that name as "time:value", times relative to kTestStartMs.
  std::string samples(const std::string& name, TimeRangeMs range = {0, kTestStartMs * 2}) {
    auto found = select({{LabelMatcher::Op::kEqual, "__name__", name}}, range);
    if (found.size() != 1) return std::to_string(found.size()) + " series";
    std::string out;
    for (const model::Sample& sample : found[0].samples) {
      out += (out.empty() ? "" : " ") + std::to_string(sample.time_ms - kTestStartMs) + ":";
      out += model::is_stale_marker(sample.value)
                 ? "stale"
                 : std::to_string(static_cast<int64_t>(sample.value));
    }
    return out;
  }

  base::MemFs fs;
  base::ManualClock clock{kTestStartMs * base::kNanosPerMilli};
  base::MemoryBudget budget{size_t{256} << 20};
  RecordingLogger logger;
  std::unique_ptr<EmbeddedMetricStore> store;

 private:
  MetricStoreOptions options_;
};

inline model::Sample at(int64_t offset_ms, double value) {
  return {kTestStartMs + offset_ms, value};
}

}  // namespace tripod::store::metrics
