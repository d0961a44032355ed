// The metric store over a simulated day of scrapes, and its start with millions of series in the log.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <malloc.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "bench_store.h"

namespace tripod {
namespace {

// Of this process, in MiB: "VmRSS" is what it holds, "VmHWM" the most since reset_peak().
double memory_mib(const std::string& which) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(which + ":")) return std::stod(line.substr(which.size() + 1)) / 1024;
  }
  return 0;
}
void reset_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Appends, of which a number may be on their way.
class Appends {
 public:
  explicit Appends(BenchStore& store) : store_(store) {}
  void add(std::span<const model::SeriesSamples> series) {
    ++asked_;
    store_->append(series, {}, [this](base::Result<store::MetricAppendSummary> r) {
      TRIPOD_CHECK(r.has_value());
      accepted_ += r->accepted;
      done_.fetch_add(1);
      done_.notify_one();
    });
  }
  void wait() {
    for (size_t now = done_.load(); now < asked_; now = done_.load()) done_.wait(now);
  }
  uint64_t accepted() const { return accepted_; }

 private:
  BenchStore& store_;
  size_t asked_ = 0;
  std::atomic<size_t> done_{0};
  std::atomic<uint64_t> accepted_{0};
};

// A target's series: counters that mostly rise, every eighth a sum of seconds.
class Target {
 public:
  Target(size_t number, size_t series) : instance_(fmt::format("10.0.{}.{}:8000", number / 250, number % 250)), random_(number) {
    for (size_t i = 0; i < series; ++i) views_.push_back(fmt::format("shop.views.v{}", i));
    for (size_t i = 0; i < series; ++i) {
      labels_.push_back({{"__name__", i % 8 == 0 ? "view_seconds_sum" : "view_requests_total"}, {"instance", instance_}, {"job", "shop"}, {"view", views_[i]}});
    }
    samples_.resize(series);
    for (size_t i = 0; i < series; ++i) series_.push_back({labels_[i], {&samples_[i], 1}});
  }
  // One sample of each. Valid until the next call.
  std::span<const model::SeriesSamples> scrape(int64_t time_ms) {
    for (size_t i = 0; i < samples_.size(); ++i) {
      samples_[i].time_ms = time_ms;
      if (random_() % 3 == 0) continue;
      samples_[i].value += i % 8 == 0 ? static_cast<double>(random_() % 2000) / 1000 : static_cast<double>(random_() % 8);
    }
    return series_;
  }
  const std::string& instance() const { return instance_; }

 private:
  std::string instance_;
  std::mt19937 random_;
  std::vector<std::string> views_;
  std::vector<std::vector<model::Label>> labels_;
  std::vector<model::Sample> samples_;
  std::vector<model::SeriesSamples> series_;
};

// A day of scrapes 15 s apart, an append each, with maintenance every simulated minute. Range 0: targets; range 1: series of each.
void simulated_day(benchmark::State& state) {
  constexpr int64_t kTicks = 24 * 3600 * 1000 / kIntervalMs;
  const auto targets_wanted = static_cast<size_t>(state.range(0));
  const auto series = static_cast<size_t>(state.range(1));
  for (auto _ : state) {
    BenchStore store;
    Appends appends(store);
    std::vector<Target> targets;
    targets.reserve(targets_wanted);
    for (size_t i = 0; i < targets_wanted; ++i) targets.emplace_back(i, series);
    reset_peak();
    for (int64_t tick = 0; tick < kTicks; ++tick) {
      const int64_t time = kStartMs + tick * kIntervalMs;
      store.set_time(time);
      for (Target& target : targets) appends.add(target.scrape(time));
      appends.wait();
      if (tick % 4 == 3) TRIPOD_CHECK(store->maintain().has_value());
      if (tick == kTicks / 4) state.counters["mib_after_6_hours"] = memory_mib("VmRSS");
    }
    const auto samples = targets_wanted * series * static_cast<uint64_t>(kTicks);
    TRIPOD_CHECK(appends.accepted() == samples);
    const auto one = store->select({{{store::LabelMatcher::Op::kEqual, "instance", targets[7].instance()}}}, {0, kStartMs * 2}, {});
    TRIPOD_CHECK(one.has_value() && one->size() == series);
    for (const auto& found : *one) TRIPOD_CHECK(found.samples.size() == static_cast<size_t>(kTicks));
    state.counters["mib_at_the_end"] = memory_mib("VmRSS");
    state.counters["mib_at_most"] = memory_mib("VmHWM");
    state.counters["blocks"] = static_cast<double>(store->stats().blocks);
    TRIPOD_CHECK(store->flush().has_value());
    state.counters["bytes_per_sample"] = static_cast<double>(store.block_bytes("")) / static_cast<double>(samples);
    state.SetItemsProcessed(static_cast<int64_t>(samples));
  }
}
BENCHMARK(simulated_day)->Args({1000, 30})->Iterations(1)->Unit(benchmark::kSecond)->MeasureProcessCPUTime();

// A start that finds all series in the log alone. Range 0: series.
void replay(benchmark::State& state) {
  constexpr size_t kSeriesOfTarget = 200;
  constexpr int kTicks = 4;
  const auto targets = static_cast<size_t>(state.range(0)) / kSeriesOfTarget;
  for (auto _ : state) {
    store::MetricStoreOptions options;
    options.max_head_bytes = size_t{3} << 30;
    options.max_series = static_cast<uint64_t>(state.range(0));
    BenchStore store(options, size_t{6} << 30);
    Appends appends(store);
    store.set_time(kStartMs + kTicks * kIntervalMs);
    for (size_t i = 0; i < targets; ++i) {
      Target target(i, kSeriesOfTarget);
      for (int tick = 0; tick < kTicks; ++tick) appends.add(target.scrape(kStartMs + tick * kIntervalMs));
      appends.wait();
    }
    state.counters["mib_before"] = memory_mib("VmRSS");
    store.close();
    malloc_trim(0);  // so that the start does not find what it would have to ask for
    state.counters["mib_closed"] = memory_mib("VmRSS");
    reset_peak();
    const auto begin = std::chrono::steady_clock::now();
    store.reopen();
    state.counters["seconds_to_open"] = seconds_since(begin);
    state.counters["mib_at_most"] = memory_mib("VmHWM");
    TRIPOD_CHECK(store->stats().series == targets * kSeriesOfTarget);
  }
}
BENCHMARK(replay)->Arg(2'000'000)->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace
}  // namespace tripod
