// Range queries over 1,000 series of one hour at 15 s, as a dashboard's panel asks them.
#include <benchmark/benchmark.h>

#include "query/promql/engine.h"
#include "query/promql/testing/memory_metric_store.h"

namespace tripod::query::promql {
namespace {

constexpr int64_t kStepMs = 15'000;
constexpr int64_t kHourMs = 3'600'000;
constexpr int kSeries = 1000;

testing::MemoryMetricStore& filled_store() {
  static testing::MemoryMetricStore store = [] {
    testing::MemoryMetricStore made;
    for (int i = 0; i < kSeries; ++i) {
      std::vector<model::Sample> samples;
      for (int64_t t = -5 * 60'000; t <= kHourMs; t += kStepMs) {
        samples.push_back({t, static_cast<double>((t + 300'000) / 1000 * (i % 7 + 1))});
      }
      made.add({{"__name__", "http_requests_total"},
                {"instance", "host-" + std::to_string(i / 10)},
                {"job", "api"},
                {"le", i % 10 == 9 ? "+Inf" : std::to_string(i % 10)}},
               samples);
    }
    return made;
  }();
  return store;
}

void run(benchmark::State& state, const char* query) {
  const base::SystemClock clock;
  const Engine engine(filled_store(), clock);
  for (auto _ : state) {
    auto result = engine.range(query, {0, kHourMs, kStepMs});
    if (!result) state.SkipWithError(result.error().message.c_str());
    benchmark::DoNotOptimize(result);
  }
  state.SetItemsProcessed(state.iterations() * kSeries * (kHourMs / kStepMs + 1));
}

// What reading alone costs in this store, to be taken off the others.
void select_only(benchmark::State& state) {
  const store::LabelMatcher matcher{store::LabelMatcher::Op::kEqual, "__name__",
                                    "http_requests_total"};
  for (auto _ : state) {
    auto data = filled_store().select({&matcher, 1}, {-300'000, kHourMs}, {});
    benchmark::DoNotOptimize(data);
  }
}

BENCHMARK(select_only);
BENCHMARK_CAPTURE(run, selector, "http_requests_total");
BENCHMARK_CAPTURE(run, rate, "rate(http_requests_total[5m])");
BENCHMARK_CAPTURE(run, sum_by_rate, "sum by (instance) (rate(http_requests_total[5m]))");
BENCHMARK_CAPTURE(run, quantile,
                  "histogram_quantile(0.95, sum by (le) (rate(http_requests_total[5m])))");
BENCHMARK_CAPTURE(run, ratio,
                  "rate(http_requests_total[5m]) / ignoring(le) group_left sum without (le) "
                  "(rate(http_requests_total[5m]))");

}  // namespace
}  // namespace tripod::query::promql
