// How fast recorded lines become records. Run from the repository's root.
#include <benchmark/benchmark.h>

#include <fstream>
#include <iterator>

#include "pipeline/line/line.h"

namespace tripod::pipeline {
namespace {

// With `shapes` lines of known shape are read by it.
void parse_recorded(benchmark::State& state, const char* path, bool with_shapes) {
  std::ifstream in(path, std::ios::binary);
  const auto text = std::make_shared<const std::string>(std::istreambuf_iterator<char>(in),
                                                        std::istreambuf_iterator<char>());
  std::vector<std::string_view> lines;
  size_t bytes = 0;
  for (size_t at = 0; at < text->size();) {
    const size_t end = std::min(text->find('\n', at), text->size());
    lines.push_back(std::string_view(*text).substr(at, end - at));
    bytes += end - at;
    at = end + 1;
  }
  if (lines.empty()) return state.SkipWithError("cannot read the lines");
  LineShapes shapes;
  constexpr size_t kRepeat = 50;  // a batch of the usual size
  for (auto _ : state) {
    model::Batch batch;
    model::LogRecord record;
    for (size_t i = 0; i < kRepeat; ++i) {
      for (std::string_view line : lines) {
        record.body = model::Value::string(line);
        batch.logs.push_back(record);
      }
    }
    parse_lines(batch, with_shapes ? &shapes : nullptr);
    benchmark::DoNotOptimize(batch);
  }
  state.SetBytesProcessed(static_cast<int64_t>(bytes * kRepeat) * state.iterations());
  state.SetItemsProcessed(static_cast<int64_t>(lines.size() * kRepeat) * state.iterations());
}

BENCHMARK_CAPTURE(parse_recorded, structlog, "tests/corpus/jsonlines/structlog.ndjson", false);
BENCHMARK_CAPTURE(parse_recorded, structlog_shapes, "tests/corpus/jsonlines/structlog.ndjson", true);
BENCHMARK_CAPTURE(parse_recorded, mixed, "tests/corpus/line/shop.log", false);
BENCHMARK_CAPTURE(parse_recorded, mixed_shapes, "tests/corpus/line/shop.log", true);

}  // namespace
}  // namespace tripod::pipeline
