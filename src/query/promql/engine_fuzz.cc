// Any query that parses evaluates to an answer or an error, within its limits, over a small store.
#include <cstdint>
#include <string_view>

#include "query/promql/engine.h"
#include "query/promql/parser.h"
#include "query/promql/testing/memory_metric_store.h"

namespace {

using namespace tripod;

query::promql::testing::MemoryMetricStore& small_store() {
  static query::promql::testing::MemoryMetricStore store = [] {
    query::promql::testing::MemoryMetricStore made;
    for (const char* name : {"x", "y", "h_bucket"}) {
      for (const char* le : {"0.5", "1", "+Inf"}) {
        std::vector<model::Sample> samples;
        for (int i = 0; i < 20; ++i)
          samples.push_back({i * 15'000, i % 7 == 6 ? model::stale_marker() : i * 1.5});
        made.add({{"__name__", name}, {"a", "b"}, {"le", le}}, samples);
      }
    }
    return made;
  }();
  return store;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto expr = query::promql::parse(text);
  if (!expr) return 0;
  const base::SystemClock clock;
  query::promql::EngineOptions options;
  options.max_samples = 20'000;
  const query::promql::Engine engine(small_store(), clock, options);
  std::string out;
  base::JsonWriter json(out);
  if (const auto result = engine.instant(**expr, text, 285'000)) write_json(*result, json);
  if (const auto result = engine.range(**expr, text, {0, 300'000, 30'000}))
    write_json(*result, json);
  return 0;
}
