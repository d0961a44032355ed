// The metric path end to end: remote-write bodies to durable samples, what they cost in memory and
// on disk. With TRIPOD_SCRAPE_DIR set to a folder of recorded scrapes (*.txt, in order) their cost
// on disk is measured too.
#include <benchmark/benchmark.h>
#include <snappy.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <protozero/pbf_writer.hpp>
#include <random>

#include "bench_store.h"
#include "ingest/prometheus/remote_write_decoder.h"
#include "ingest/prometheus/text_decoder.h"

namespace tripod {
namespace {

// What a Django app's series look like: nine labels, some constant, most whole counters, some
// floats.
class Traffic {
 public:
  explicit Traffic(size_t series) : values_(series) {}

  // Bodies of `per_body` series each, one sample per series, at `time_ms`.
  std::vector<std::string> bodies(int64_t time_ms, size_t per_body) {
    std::vector<std::string> out;
    for (size_t from = 0; from < values_.size(); from += per_body) {
      std::string message;
      for (size_t i = from; i < std::min(values_.size(), from + per_body); ++i) {
        add_series(message, i, time_ms);
      }
      out.emplace_back();
      snappy::Compress(message.data(), message.size(), &out.back());
    }
    return out;
  }

 private:
  void add_series(std::string& message, size_t i, int64_t time_ms) {
    protozero::pbf_writer writer(message);
    protozero::pbf_writer series(writer, 1);
    const auto label = [&](const char* name, const std::string& value) {
      protozero::pbf_writer one(series, 1);
      one.add_string(1, name);
      one.add_string(2, value);
    };
    label("__name__", "django_http_requests_latency_seconds_by_view_method_bucket");
    label("cluster", "production");
    label("environment", "prod");
    label("instance", "10.0.0." + std::to_string(i / 2000) + ":8000");
    label("job", "shop");
    label("le", std::to_string(i % 17) + ".0");
    label("method", i % 2 == 0 ? "GET" : "POST");
    label("region", "eu-central-1");
    label("view", "shop.views.product_detail_" + std::to_string(i % 2000 / 17));
    double& value = values_[i];
    if (i % 10 == 0)
      value += std::generate_canonical<double, 53>(random_);
    else if (i % 10 < 4)
      value += static_cast<double>(random_() % 8);
    protozero::pbf_writer sample(series, 2);
    sample.add_double(1, value);
    sample.add_int64(2, time_ms);
  }
  std::vector<double> values_;
  std::mt19937_64 random_{1};
};

// Range 0: series; range 1: series per request.
void remote_write_to_durable(benchmark::State& state) {
  constexpr int kTicks = 20;
  Traffic traffic(static_cast<size_t>(state.range(0)));
  std::vector<std::string> bodies;
  for (int tick = 0; tick < kTicks; ++tick) {
    auto more = traffic.bodies(kStartMs + tick * kIntervalMs, static_cast<size_t>(state.range(1)));
    std::ranges::move(more, std::back_inserter(bodies));
  }
  size_t bytes = 0;
  for (const std::string& body : bodies) bytes += body.size();
  int64_t samples = 0;
  for (auto _ : state) {
    state.PauseTiming();
    BenchStore store;
    store.set_time(kStartMs + kTicks * kIntervalMs);
    state.ResumeTiming();
    std::atomic<uint64_t> accepted{0};
    std::atomic<size_t> done{0};
    for (const std::string& body : bodies) {
      model::Batch batch;
      TRIPOD_CHECK(ingest::prometheus::decode_remote_write(body, ingest::prometheus::RemoteWriteVersion::kV1, 64 << 20, batch).has_value());
      store->append(batch.series, batch.metadata, [&](base::Result<store::MetricAppendSummary> r) {
        TRIPOD_CHECK(r.has_value());
        accepted += r->accepted;
        done.fetch_add(1);
        done.notify_one();
      });
    }
    for (size_t now = done.load(); now < bodies.size(); now = done.load()) done.wait(now);
    samples += static_cast<int64_t>(accepted.load());
    state.PauseTiming();
    state.counters["head_bytes_per_series"] =
        static_cast<double>(store->head_memory()) / static_cast<double>(state.range(0));
    {
      BenchStore drop_outside_of_timing;
    }
    state.ResumeTiming();
  }
  state.SetItemsProcessed(samples);
  state.counters["body_bytes_per_sample"] = static_cast<double>(bytes) *
                                            static_cast<double>(state.iterations()) /
                                            static_cast<double>(samples);
}
BENCHMARK(remote_write_to_durable)
    ->Args({1000, 500})
    ->Args({20'000, 2000})
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

void remote_write_decode(benchmark::State& state) {
  Traffic traffic(2000);
  const std::string body = traffic.bodies(kStartMs, 2000).front();
  for (auto _ : state) {
    model::Batch batch;
    TRIPOD_CHECK(ingest::prometheus::decode_remote_write(body, ingest::prometheus::RemoteWriteVersion::kV1, 64 << 20, batch).has_value());
    benchmark::DoNotOptimize(batch.series.data());
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * 2000);
}
BENCHMARK(remote_write_decode);

// A block of two hours: 480 samples of each series. Range 0: series.
void cut_and_select(benchmark::State& state) {
  Traffic traffic(static_cast<size_t>(state.range(0)));
  BenchStore store;
  std::atomic<size_t> done{0};
  size_t asked = 0;
  for (int tick = 0; tick < 480; ++tick) {
    store.set_time(kStartMs + tick * kIntervalMs);
    for (const std::string& body : traffic.bodies(kStartMs + tick * kIntervalMs, 2000)) {
      model::Batch batch;
      TRIPOD_CHECK(ingest::prometheus::decode_remote_write(body, ingest::prometheus::RemoteWriteVersion::kV1, 64 << 20, batch).has_value());
      ++asked;
      store->append(batch.series, batch.metadata, [&](base::Result<store::MetricAppendSummary> r) {
        TRIPOD_CHECK(r.has_value());
        done.fetch_add(1);
        done.notify_one();
      });
    }
    for (size_t now = done.load(); now < asked; now = done.load()) done.wait(now);
  }
  const double samples = static_cast<double>(state.range(0)) * 480;
  state.counters["head_bytes_per_series"] =
      static_cast<double>(store->head_memory()) / static_cast<double>(state.range(0));
  const auto begin = std::chrono::steady_clock::now();
  TRIPOD_CHECK(store->flush().has_value());
  state.counters["cut_seconds"] =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  state.counters["chunk_bytes_per_sample"] =
      static_cast<double>(store.block_bytes(".chunks")) / samples;
  state.counters["index_bytes_per_series"] =
      static_cast<double>(store.block_bytes(".index")) / static_cast<double>(state.range(0));
  const std::vector<store::LabelMatcher> matchers{
      {store::LabelMatcher::Op::kEqual, "method", "GET"}};
  int64_t read = 0;
  for (auto _ : state) {
    auto result = store->select(matchers, {0, kStartMs * 2}, {});
    TRIPOD_CHECK(result.has_value());
    for (const auto& series : *result) read += static_cast<int64_t>(series.samples.size());
  }
  state.SetItemsProcessed(read);
}
BENCHMARK(cut_and_select)->Arg(20'000)->Unit(benchmark::kMillisecond)->Iterations(5);

// What recorded scrapes cost on disk.
void recorded_scrapes(benchmark::State& state) {
  const char* dir = std::getenv("TRIPOD_SCRAPE_DIR");
  if (dir == nullptr) {
    state.SkipWithError("TRIPOD_SCRAPE_DIR is not set");
    return;
  }
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(dir)) {
    if (file.path().extension() == ".txt") files.push_back(file.path());
  }
  std::ranges::sort(files);
  for (auto _ : state) {
    BenchStore store;
    uint64_t samples = 0;
    size_t series = 0;
    int64_t time = kStartMs;
    for (const auto& file : files) {
      std::ifstream in(file, std::ios::binary);
      auto body =
          std::make_shared<const std::string>(std::string{std::istreambuf_iterator<char>(in), {}});
      model::Batch batch;
      store.set_time(time);
      TRIPOD_CHECK(
          ingest::prometheus::decode_text(
              body, {.format = {}, .default_time_ms = time, .honor_timestamps = true}, batch)
              .has_value());
      std::atomic<bool> done{false};
      store->append(batch.series, batch.metadata, [&](base::Result<store::MetricAppendSummary> r) {
        samples += r->accepted;
        done = true;
        done.notify_one();
      });
      done.wait(false);
      series = std::max(series, batch.series.size());
      time += kIntervalMs;
    }
    state.counters["head_bytes_per_series"] =
        static_cast<double>(store->head_memory()) / static_cast<double>(series);
    TRIPOD_CHECK(store->flush().has_value());
    const auto per_sample = [&](uint64_t bytes) {
      return static_cast<double>(bytes) / static_cast<double>(samples);
    };
    state.counters["samples"] = static_cast<double>(samples);
    state.counters["chunk_bytes_per_sample"] = per_sample(store.block_bytes(".chunks"));
    state.counters["all_bytes_per_sample"] = per_sample(store.block_bytes(""));
  }
}
BENCHMARK(recorded_scrapes)->Iterations(1);

}  // namespace
}  // namespace tripod
