// How fast recorded exports are decoded. Run from the repository's root.
#include <benchmark/benchmark.h>

#include <fstream>
#include <iterator>

#include "ingest/otlp/decoder.h"

namespace tripod::ingest::otlp {
namespace {

using Decode = base::Result<> (*)(std::shared_ptr<const std::string>, model::Batch&, const Limits&);

std::shared_ptr<const std::string> recorded(const char* name) {
  std::ifstream in(std::string("tests/corpus/otlp/") + name + ".pb", std::ios::binary);
  return std::make_shared<const std::string>(std::istreambuf_iterator<char>(in),
                                             std::istreambuf_iterator<char>());
}

void decode_recorded(benchmark::State& state, const char* name, Decode decode) {
  const auto body = recorded(name);
  size_t items = 0;
  for (auto _ : state) {
    model::Batch batch;
    if (body->empty() || !decode(body, batch, {})) return state.SkipWithError("cannot decode");
    items += batch.spans.size() + batch.logs.size() + batch.series.size();
    benchmark::DoNotOptimize(batch);
  }
  state.SetBytesProcessed(static_cast<int64_t>(body->size()) * state.iterations());
  state.SetItemsProcessed(static_cast<int64_t>(items));
}

BENCHMARK_CAPTURE(decode_recorded, traces_django, "traces_django", decode_traces);
BENCHMARK_CAPTURE(decode_recorded, traces_node, "traces_node", decode_traces);
BENCHMARK_CAPTURE(decode_recorded, logs_django, "logs_django", decode_logs);
BENCHMARK_CAPTURE(decode_recorded, metrics_node, "metrics_node", decode_metrics);

}  // namespace
}  // namespace tripod::ingest::otlp
