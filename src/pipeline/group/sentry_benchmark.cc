// An error event from envelope to issue, on one core: decode, normalise, scrub, group.
#include <benchmark/benchmark.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "ingest/sentry/decode.h"
#include "pipeline/group/group.h"
#include "pipeline/normalise/normalise.h"
#include "pipeline/scrub/scrubber.h"

namespace tripod::pipeline::group {
namespace {

enum Stages : int { kDecode = 1, kScrub = 2, kGroup = 4 };

void event(benchmark::State& state, int stages) {
  std::ifstream file("tests/corpus/sentry/python-event-timeout.envelope", std::ios::binary);
  const auto body = std::make_shared<const std::string>(std::istreambuf_iterator<char>(file),
                                                        std::istreambuf_iterator<char>());
  ingest::sentry::SentryContext context;
  context.service_name = "shop";
  context.project = 1;
  context.received_time = 1'795'366'200 * base::kNanosPerSecond;
  const scrub::Scrubber scrubber;
  const Grouper grouper;
  for (auto _ : state) {
    model::Batch batch;
    const auto decoded = ingest::sentry::decode_envelope(body, context, batch);
    if (!decoded || batch.errors.size() != 1)
      return state.SkipWithError("the recorded event was not read");
    if ((stages & kScrub) != 0) {
      normalise::normalise_batch(batch);
      scrubber.scrub_batch(batch);
    }
    if ((stages & kGroup) != 0) benchmark::DoNotOptimize(grouper.group(batch.errors[0]));
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<int64_t>(body->size()) * state.iterations());
}

BENCHMARK_CAPTURE(event, decode, kDecode);
BENCHMARK_CAPTURE(event, decode_scrub, kDecode | kScrub);
BENCHMARK_CAPTURE(event, decode_scrub_group, kDecode | kScrub | kGroup);

}  // namespace
}  // namespace tripod::pipeline::group
