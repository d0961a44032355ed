// What looking for performance problems costs: batches of 512 spans of the shop, 25 spans a request, one request in five with an N+1.
#include <benchmark/benchmark.h>

#include <cstring>

#include "pipeline/problems/problem_finder.h"

namespace tripod::pipeline::problems {
namespace {

constexpr size_t kBatch = 512;
constexpr size_t kSpansOfRequest = 25;

model::Batch batch_of(uint64_t first_trace) {
  using model::Attribute;
  using model::Value;
  static constexpr const char* kTexts[] = {"SELECT * FROM shop_order WHERE id = ?", "SELECT * FROM shop_customer WHERE id = ?", "SELECT * FROM shop_item WHERE order_id IN (?)", "UPDATE shop_stock SET n = ?"};
  model::Batch batch;
  const Attribute service{"service.name", Value::string("shop")};
  batch.resources.push_back({batch.arena.copy_array(std::span<const Attribute>(&service, 1))});
  const Attribute attributes[] = {{"db.system.name", Value::string("postgresql")}, {"db.namespace", Value::string("shop")}, {"server.address", Value::string("db")},
                                  {"http.route", Value::string("/orders/")}, {"http.request.method", Value::string("GET")}, {"url.full", Value::string("http://stock:8001/items/17")}};
  const auto all = batch.arena.copy_array(std::span<const Attribute>(attributes));
  for (size_t i = 0; i < kBatch; ++i) {
    const size_t trace = i / kSpansOfRequest, at = i % kSpansOfRequest;
    model::Span span{.name = "GET /orders/", .kind = at == 0 ? model::SpanKind::kServer : at < 21 ? model::SpanKind::kClient : model::SpanKind::kInternal};
    const uint64_t id = first_trace + trace;
    std::memcpy(span.trace_id.bytes.data(), &id, sizeof(id));
    span.span_id.bytes[0] = static_cast<uint8_t>(at + 1);
    if (at > 0) span.parent_span_id.bytes[0] = 1;
    span.start_time = static_cast<int64_t>(at) * 6 * base::kNanosPerMilli;
    span.end_time = span.start_time + 6 * base::kNanosPerMilli;
    span.attributes = all;
    if (at > 0 && at < 20) {
      auto* statement = new (batch.arena.allocate(sizeof(model::SqlStatement), alignof(model::SqlStatement))) model::SqlStatement;
      const size_t which = trace % 5 == 0 && at > 1 ? 1 : at % 4;
      *statement = {.fingerprint = which + 1, .fingerprint_text = "", .normalised = kTexts[which], .is_select = which != 3};
      span.statement = statement;
    }
    batch.spans.push_back(span);
  }
  return batch;
}

void BM_TallyAndAdd(benchmark::State& state) {
  base::ManualClock clock(0);
  base::MetricRegistry registry;
  ProblemFinder finder(clock, registry);
  std::vector<model::Batch> batches;
  for (uint64_t i = 0; i < 64; ++i) batches.push_back(batch_of(i * 100));
  size_t next = 0;
  size_t found = 0;
  for (auto _ : state) {
    finder.add(tally_of(batches[next % batches.size()], 1));
    // Before the same requests come again all of them are judged.
    if (++next % batches.size() == 0) {
      clock.advance(7 * base::kNanosPerSecond);
      found += finder.collect().size();
    }
  }
  benchmark::DoNotOptimize(found);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kBatch));
}
BENCHMARK(BM_TallyAndAdd);

}  // namespace
}  // namespace tripod::pipeline::problems
