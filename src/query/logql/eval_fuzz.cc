// Any query that parses runs over a small store to an answer or an error. The first line of the input is the query, the rest
// lines of logs.
#include <cstdint>
#include <string_view>

#include "query/logql/engine.h"
#include "query/logql/labels.h"
#include "query/logql/parser.h"
#include "query/logql/testing/script.h"

namespace {

constexpr int64_t kStart = 1'700'006'400'000'000'000;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string_view lines = text.substr(std::min(text.find('\n'), text.size()));
  const auto expr = query::logql::parse(text.substr(0, text.find('\n')));
  if (!expr || lines.size() > 4096) return 0;
  const auto store = query::logql::testing::naive_script_store();
  store::testing::TestBatch batch;
  batch.streams = {{{std::string(query::logql::kStreamMarkPrefix) + "app", true}, {"app", std::string("a")}, {"level", std::string("info")}}};
  for (int64_t i = 0; !lines.empty() && i < 50; ++i) {
    lines.remove_prefix(1);
    const std::string_view line = lines.substr(0, lines.find('\n'));
    batch.events.push_back({kStart + i * 1'000'000'000, 0, {{"body", std::string(line)}, {"n", i}}});
    lines.remove_prefix(line.size());
  }
  store->add(batch);
  const base::ManualClock clock(kStart);
  const query::logql::Engine engine(store->store(), clock, {.max_points = 100, .max_series = 100, .max_inner_series = 1000});
  std::string out;
  base::JsonWriter json(out);
  const query::logql::LogOptions logs{.style = query::logql::LabelStyle::kCategorized};
  if (const auto result = engine.range(**expr, {kStart, kStart + 60'000'000'000, 10'000'000'000}, logs, {})) write_json(*result, logs.style, json);
  if (const auto result = engine.instant(**expr, kStart + 30'000'000'000, {})) write_json(*result, logs.style, json);
  return 0;
}
