// Scrubbing, on one core: lines as applications log them, clean and with secrets, and a whole error
// event as JSON.
#include <benchmark/benchmark.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/arena.h"
#include "pipeline/scrub/scrubber.h"

namespace tripod::pipeline::scrub {
namespace {

std::vector<std::string> lines(bool secrets) {
  std::vector<std::string> out;
  for (int i = 0; i < 1000; ++i) {
    const std::string n = std::to_string(10'000 + i * 7);
    out.push_back(
        R"({"event": "order_paid", "order_id": )" + n +
        R"(, "request_id": "5f0c2a3e-9d7b-4b7e-8a60-0f5a2f3c)" + n +
        R"(", "user_id": 17, "path": "/orders/)" + n +
        R"(/", "method": "POST", "status": 200, "duration_ms": 45.3, "timestamp": "2026-11-22T16:38:29.460804Z", "level": "info", )"
        R"("logger": "shop.orders", "message": "order was paid and the receipt is on its way to the customer"})");
    if (secrets && i % 20 == 0) out.back() += " password=hunter2 card 4111111111111111";
  }
  return out;
}

void scrub_lines(benchmark::State& state, bool secrets) {
  const Scrubber scrubber;
  const auto all = lines(secrets);
  int64_t bytes = 0;
  for (auto _ : state) {
    base::Arena arena;
    for (const std::string& line : all) {
      benchmark::DoNotOptimize(scrubber.scrub_text(line, arena));
      bytes += static_cast<int64_t>(line.size());
    }
  }
  state.SetBytesProcessed(bytes);
}

// Prose with nothing to stop at.
void scrub_prose(benchmark::State& state) {
  const Scrubber scrubber;
  std::string text;
  while (text.size() < 64 * 1024)
    text += "The quick brown fox jumps over the lazy dog while nobody is looking. ";
  base::Arena arena;
  for (auto _ : state) benchmark::DoNotOptimize(scrubber.scrub_text(text, arena));
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) * state.iterations());
}

void scrub_event(benchmark::State& state) {
  std::ifstream file("tests/corpus/sentry/python-event-timeout.envelope", std::ios::binary);
  const std::string envelope{std::istreambuf_iterator<char>(file), {}};
  const size_t payload = envelope.find('\n', envelope.find('\n') + 1) + 1;
  const std::string event = envelope.substr(payload, envelope.find_last_of('}') + 1 - payload);
  const Scrubber scrubber;
  for (auto _ : state) {
    const auto scrubbed = scrubber.scrub_json(event);
    if (!scrubbed) return state.SkipWithError("the recorded event was not read");
  }
  state.SetBytesProcessed(static_cast<int64_t>(event.size()) * state.iterations());
}

BENCHMARK_CAPTURE(scrub_lines, clean, false);
BENCHMARK_CAPTURE(scrub_lines, one_in_twenty, true);
BENCHMARK(scrub_prose);
BENCHMARK(scrub_event);

}  // namespace
}  // namespace tripod::pipeline::scrub
