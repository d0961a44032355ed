// How fast recorded lines become records. Run from the repository's root.
#include <benchmark/benchmark.h>

#include <fstream>
#include <iterator>

#include "pipeline/line/line.h"

namespace tripod::pipeline {
namespace {

// With `shapes` lines of known shape are read by it.
void parse_all(benchmark::State& state, const std::vector<std::string_view>& lines, bool with_shapes) {
  size_t bytes = 0;
  for (std::string_view line : lines) bytes += line.size();
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

void parse_recorded(benchmark::State& state, const char* path, bool with_shapes) {
  std::ifstream in(path, std::ios::binary);
  const auto text = std::make_shared<const std::string>(std::istreambuf_iterator<char>(in),
                                                        std::istreambuf_iterator<char>());
  std::vector<std::string_view> lines;
  for (size_t at = 0; at < text->size();) {
    const size_t end = std::min(text->find('\n', at), text->size());
    lines.push_back(std::string_view(*text).substr(at, end - at));
    at = end + 1;
  }
  if (lines.empty()) return state.SkipWithError("cannot read the lines");
  parse_all(state, lines, with_shapes);
}

void parse_text(benchmark::State& state, std::vector<std::string_view> lines) { parse_all(state, lines, false); }

BENCHMARK_CAPTURE(parse_text, prose,
                  {"celery beat v5.7.0 (collider) is starting.", "Watching for file changes with StatReloader",
                   "  warnings.warn(self.APPS_NOT_READY_WARNING_MSG, category=RuntimeWarning)",
                   "Accepted publickey for deploy from 10.0.0.7 port 51234 ssh2: RSA SHA256:abc",
                   "task 17 of 20 done, retry=false, 3 files left to copy from /srv/a to /srv/b"});
BENCHMARK_CAPTURE(parse_text, access,
                  {R"(127.0.0.1 - - [22/Nov/2026:16:39:56 +0000] "GET /products/21/?page=2 HTTP/1.1" 200 1034 "-" "djzen-traffic/1.0")"});
BENCHMARK_CAPTURE(parse_text, logfmt,
                  {R"(time=2026-11-22T16:39:57.135Z level=info msg="order paid" order=12 took=0.25 request_id=2bb67c1d path=/orders/)"});
BENCHMARK_CAPTURE(parse_text, logging, {"2026-11-22 16:39:57,135 INFO shop.views [31216] order 7 paid by card"});
BENCHMARK_CAPTURE(parse_recorded, structlog, "tests/corpus/jsonlines/structlog.ndjson", false);
BENCHMARK_CAPTURE(parse_recorded, structlog_shapes, "tests/corpus/jsonlines/structlog.ndjson", true);
BENCHMARK_CAPTURE(parse_recorded, mixed, "tests/corpus/line/shop.log", false);
BENCHMARK_CAPTURE(parse_recorded, mixed_shapes, "tests/corpus/line/shop.log", true);

}  // namespace
}  // namespace tripod::pipeline
