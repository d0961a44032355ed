// Bytes of JSON a second, for the text a log query answers with.
#include <benchmark/benchmark.h>

#include "base/json_writer.h"

namespace tripod::base {
namespace {

void write_string(benchmark::State& state, const std::string& text) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    JsonWriter(out).string(text);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}

void plain_line(benchmark::State& state) {
  write_string(state,
               "GET /orders/8123/items?page=2 200 12ms user=4711 request_id=9f86d081884c7d659a2f");
}
BENCHMARK(plain_line);

void line_with_escapes(benchmark::State& state) {
  write_string(state, R"({"event":"order paid","user":4711,"path":"C:\\shop","note":"a\nb"})");
}
BENCHMARK(line_with_escapes);

void line_with_umlauts(benchmark::State& state) {
  write_string(state, "Bestellung für Käthe Müßig wurde bezahlt, Lieferung nach Köln läuft");
}
BENCHMARK(line_with_umlauts);

void log_record(benchmark::State& state) {
  std::string out;
  int64_t bytes = 0;
  for (auto _ : state) {
    out.clear();
    JsonWriter json(out);
    json.begin_object();
    json.key("time").int64_string(1'795'365'594'824'137'000);
    json.field("severity", 9).field("service", "shop-web").field("message", "order paid");
    json.field("duration_ms", 12.625).field("trace_id", "9f86d081884c7d659a2feaa0c55ad015");
    json.key("attributes").begin_object();
    json.field("http.route", "/orders/<int:id>").field("user.id", 4711).field("sampled", true);
    json.end_object().end_object();
    benchmark::DoNotOptimize(out.data());
    bytes += static_cast<int64_t>(out.size());
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(bytes);
}
BENCHMARK(log_record);

}  // namespace
}  // namespace tripod::base
