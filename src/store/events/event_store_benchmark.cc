// What the store costs: records per second through log, memory and parts on a real disk; bytes per
// record; query latency.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <deque>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/log.h"
#include "store/events/embedded_event_store.h"
#include "store/events/field_text.h"

namespace tripod::store {
namespace {

using model::Attribute;
using model::Value;

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Records with the text they point to.
struct Records {
  std::vector<Attribute> resource;
  std::vector<std::vector<Attribute>> fields;
  std::vector<base::UnixNanos> times;
  std::deque<std::string> texts;

  std::string_view keep(std::string text) { return texts.emplace_back(std::move(text)); }
};

class Generator {
 public:
  std::string hex(size_t digits) {
    std::string out = fmt::format("{:016x}{:016x}", rng_(), rng_());
    out.resize(digits);
    return out;
  }
  std::string uuid() {
    const std::string h = hex(32);
    return fmt::format("{}-{}-4{}-a{}-{}", h.substr(0, 8), h.substr(8, 4), h.substr(12, 3),
                       h.substr(15, 3), h.substr(18, 12));
  }
  uint64_t below(uint64_t n) { return rng_() % n; }
  base::UnixNanos tick() { return now_ += static_cast<int64_t>(below(400'000)) * 1000; }

 private:
  std::mt19937_64 rng_{7};
  base::UnixNanos now_ = 1'790'000'000'000'000'000;
};

std::vector<Attribute> resource_of(Records& out) {
  return {{"service.name", Value::string("shop")},
          {"service.version", Value::string("2026.1.7")},
          {"deployment.environment.name", Value::string("production")},
          {"host.name", Value::string("web-3")},
          {"telemetry.sdk.name", Value::string("opentelemetry")},
          {"telemetry.sdk.language", Value::string("python")},
          {"process.pid", Value::int64(4711)},
          {"otel.scope.name", Value::string(out.keep("opentelemetry.instrumentation.django"))}};
}

// Requests of about ten spans each, as OpenTelemetry's Django and psycopg instrumentations make
// them: 22 fields a span.
Records make_spans(size_t count) {
  static constexpr const char* kRoutes[] = {"/", "/product/<slug>/", "/cart/", "/checkout/",
                                            "/api/orders/"};
  Records out;
  out.resource = resource_of(out);
  Generator random;
  while (out.fields.size() < count) {
    const auto trace = out.keep(random.hex(32)), root = out.keep(random.hex(16));
    const uint64_t spans = 5 + random.below(10);
    for (uint64_t i = 0; i < spans; ++i) {
      const bool server = i == 0;
      const std::string_view route = kRoutes[random.below(5)];
      std::vector<Attribute> f = {
          {"trace_id", Value::string(trace)},
          {"span_id", Value::string(server ? root : out.keep(random.hex(16)))},
          {"name", Value::string(server ? route : std::string_view("SELECT shop_product"))},
          {"kind", Value::string(server ? "server" : "client")},
          {"duration_ns", Value::int64(static_cast<int64_t>(100'000 + random.below(50'000'000)))},
          {"status_code", Value::string(random.below(50) == 0 ? "error" : "unset")},
          {"source", Value::string("otel")}};
      if (server) {
        f.push_back({"http.request.method", Value::string(random.below(4) == 0 ? "POST" : "GET")});
        f.push_back({"http.response.status_code", Value::int64(random.below(50) == 0 ? 500 : 200)});
        f.push_back({"http.route", Value::string(route)});
        f.push_back(
            {"url.path", Value::string(out.keep(fmt::format("{}{}", route, random.below(5000))))});
        f.push_back({"client.address", Value::string(out.keep(fmt::format(
                                           "10.1.{}.{}", random.below(200), random.below(250))))});
        f.push_back(
            {"user_agent.original",
             Value::string("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0")});
      } else {
        f.push_back({"parent_span_id", Value::string(root)});
        f.push_back({"db.system.name", Value::string("postgresql")});
        f.push_back({"db.namespace", Value::string("shop")});
        f.push_back(
            {"db.query.text",
             Value::string("SELECT \"shop_product\".\"id\", \"shop_product\".\"name\" FROM "
                           "\"shop_product\" WHERE \"shop_product\".\"category_id\" = %s")});
        f.push_back({"server.address", Value::string("db-1")});
        f.push_back({"server.port", Value::int64(5432)});
      }
      f.push_back({"thread.name", Value::string("MainThread")});
      out.fields.push_back(std::move(f));
      out.times.push_back(random.tick());
    }
  }
  return out;
}

// structlog's JSON lines of a shop as the pipeline hands them on: parsed fields, and with
// `original` the line too.
Records make_lines(size_t count, bool original) {
  static constexpr const char* kEvents[] = {"request_started", "product_list", "cart_updated",
                                            "order_paid", "request_finished"};
  static constexpr const char* kPaths[] = {"/", "/product/blue-mug/", "/cart/", "/checkout/",
                                           "/api/orders/"};
  Records out;
  out.resource = resource_of(out);
  Generator random;
  while (out.fields.size() < count) {
    const auto request = out.keep(random.uuid()), trace = out.keep(random.hex(32)),
               span = out.keep(random.hex(16));
    const std::string_view path = kPaths[random.below(5)];
    const auto user = static_cast<int64_t>(random.below(3000));
    const uint64_t lines = 2 + random.below(6);
    for (uint64_t i = 0; i < lines; ++i) {
      const std::string_view event = i == 0           ? kEvents[0]
                                     : i + 1 == lines ? kEvents[4]
                                                      : kEvents[1 + random.below(3)];
      const double duration = static_cast<double>(random.below(900'000)) / 1e6;
      const auto items = static_cast<int64_t>(random.below(40));
      const base::UnixNanos time = random.tick();
      std::vector<Attribute> f = {
          {"severity_text", Value::string("info")}, {"severity_number", Value::int64(9)},
          {"body", Value::string(event)},           {"trace_id", Value::string(trace)},
          {"span_id", Value::string(span)},         {"request_id", Value::string(request)},
          {"user_id", Value::int64(user)},          {"path", Value::string(path)},
          {"duration", Value::float64(duration)},   {"items", Value::int64(items)},
          {"logger", Value::string("shop.views")}};
      if (original) {
        f.push_back(
            {"original",
             Value::string(out.keep(fmt::format(
                 R"({{"event": "{}", "trace_id": "{}", "span_id": "{}", "request_id": "{}", "user_id": {}, )"
                 R"("path": "{}", "duration": {}, "items": {}, "logger": "shop.views", "level": "info", )"
                 R"("timestamp": "2026-11-22T16:39:56.{:06}Z"}})",
                 event, trace, span, request, user, path, duration, items,
                 time / 1000 % 1'000'000)))});
      }
      out.fields.push_back(std::move(f));
      out.times.push_back(time);
    }
  }
  return out;
}

// A store in a folder of its own on the real disk, removed afterwards.
class DiskStore {
 public:
  explicit DiskStore(WalCompression compression = WalCompression::kNone) {
    const char* parent = std::getenv("TRIPOD_BENCH_DIR");
    options_.dir = fmt::format("{}/tripod-bench-{}", parent != nullptr ? parent : "/tmp", getpid());
    options_.background = false;
    options_.wal_compression = compression;
    (void)fs_.remove_all(options_.dir);
    auto opened = EmbeddedEventStore::open(fs_, clock_, budget_, *logger_, options_);
    if (!opened) std::abort();
    store_ = std::move(*opened);
  }
  ~DiskStore() {
    store_.reset();
    (void)fs_.remove_all(options_.dir);
  }
  EmbeddedEventStore& operator*() { return *store_; }
  EmbeddedEventStore* operator->() { return store_.get(); }

  // In batches of `batch` records, several on their way at once, flushing as the background thread
  // would.
  void append(const Records& records, size_t batch) {
    const std::span<const Attribute> stream = records.resource;
    std::vector<Event> events;
    std::vector<std::future<bool>> waiting;
    for (size_t i = 0; i < records.fields.size(); ++i) {
      events.push_back({records.times[i], 0, records.fields[i]});
      if (events.size() < batch && i + 1 < records.fields.size()) continue;
      auto durable = std::make_shared<std::promise<bool>>();
      waiting.push_back(durable->get_future());
      store_->append(
          {Dataset::kLogs, {&stream, 1}, events},
          [durable](base::Result<AppendSummary> done) { durable->set_value(done.has_value()); });
      events.clear();
      if (waiting.size() == 16) {
        for (auto& answer : waiting) {
          if (!answer.get()) std::abort();
        }
        waiting.clear();
        (void)store_->maintain();
      }
    }
    for (auto& answer : waiting) answer.wait();
  }

 private:
  base::RealFs fs_;
  base::SystemClock clock_;
  base::MemoryBudget budget_{size_t{4} << 30};
  std::unique_ptr<base::Logger> logger_ = base::make_null_logger();
  EventStoreOptions options_;
  std::unique_ptr<EmbeddedEventStore> store_;
};

void run_append(benchmark::State& state, const Records& records, WalCompression compression) {
  double cpu = 0;
  uint64_t bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto store = std::make_unique<DiskStore>(compression);
    state.ResumeTiming();
    const double before = cpu_seconds();
    store->append(records, static_cast<size_t>(state.range(0)));
    if (!(*store)->flush()) std::abort();
    cpu += cpu_seconds() - before;
    state.PauseTiming();
    bytes = (*store)->stats(Dataset::kLogs).bytes_on_disk;
    store.reset();
    state.ResumeTiming();
  }
  const auto rows = static_cast<double>(records.fields.size());
  state.counters["rows_per_cpu_s"] = rows * static_cast<double>(state.iterations()) / cpu;
  state.counters["rows_per_s"] = benchmark::Counter(rows * static_cast<double>(state.iterations()),
                                                    benchmark::Counter::kIsRate);
  state.counters["disk_bytes_per_row"] = static_cast<double>(bytes) / rows;
}

void append_spans(benchmark::State& state) {
  run_append(state, make_spans(500'000), WalCompression::kNone);
}
void append_spans_lz4(benchmark::State& state) {
  run_append(state, make_spans(500'000), WalCompression::kLz4);
}
void append_lines(benchmark::State& state) {
  run_append(state, make_lines(500'000, false), WalCompression::kNone);
}
void append_lines_with_original(benchmark::State& state) {
  run_append(state, make_lines(500'000, true), WalCompression::kNone);
}
BENCHMARK(append_spans)->Arg(100)->Arg(2000)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(append_spans_lz4)->Arg(2000)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(append_lines)->Arg(2000)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(append_lines_with_original)->Arg(2000)->UseRealTime()->Unit(benchmark::kMillisecond);

// One million records in parts, merged as far as they go.
class Queries : public benchmark::Fixture {
 public:
  void SetUp(const benchmark::State&) override {
    records_ = make_lines(1'000'000, true);
    store_ = std::make_unique<DiskStore>();
    store_->append(records_, 2000);
    if (!(*store_)->flush() || !(*store_)->maintain()) std::abort();
  }
  void TearDown(const benchmark::State&) override { store_.reset(); }

 protected:
  void scan(benchmark::State& state, Predicate filter, size_t limit = 100) {
    ScanPlan plan;
    plan.filter = std::move(filter);
    plan.limit = limit;
    size_t rows = 0, scanned = 0;
    for (auto _ : state) {
      auto result = (*store_)->scan(plan);
      rows = result->rows.size();
      scanned = result->stats.scanned_rows;
    }
    state.counters["found"] = static_cast<double>(rows);
    state.counters["scanned_rows"] = static_cast<double>(scanned);
  }
  void aggregate(benchmark::State& state, const AggregatePlan& plan) {
    for (auto _ : state) {
      auto result = (*store_)->aggregate(plan);
      benchmark::DoNotOptimize(result);
    }
  }

  Records records_;
  std::unique_ptr<DiskStore> store_;
};

BENCHMARK_F(Queries, newest_hundred)(benchmark::State& state) { scan(state, {}); }
BENCHMARK_F(Queries, trace_lookup)(benchmark::State& state) {
  scan(state,
       Predicate::equal("trace_id", field_text(to_field_value(records_.fields[500'000][3].value))));
}
BENCHMARK_F(Queries, paste_trace_id)(benchmark::State& state) {
  const auto trace = field_text(to_field_value(records_.fields[500'000][3].value));
  scan(state, Predicate::compare(Predicate::Op::kContains, "", trace));
}
BENCHMARK_F(Queries, substring_not_there)(benchmark::State& state) {
  scan(state,
       Predicate::compare(Predicate::Op::kContains, "original", std::string("connection refused")));
}
BENCHMARK_F(Queries, regex_all_rows)(benchmark::State& state) {
  scan(state, Predicate::compare(Predicate::Op::kRegex, "body", std::string("^never")));
}
BENCHMARK_F(Queries, count_by_event)(benchmark::State& state) {
  AggregatePlan plan;
  plan.by = {"body"};
  aggregate(state, plan);
}
BENCHMARK_F(Queries, p95_by_path_and_minute)(benchmark::State& state) {
  AggregatePlan plan;
  plan.range.start = 1'790'000'000'000'000'000;
  plan.step = base::kNanosPerMinute;
  plan.by = {"path"};
  plan.value = "duration";
  plan.quantiles = {0.5, 0.95};
  plan.max_groups = 1'000'000;
  aggregate(state, plan);
}

}  // namespace
}  // namespace tripod::store
