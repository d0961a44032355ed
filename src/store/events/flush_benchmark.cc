// What a record costs between the log and the disk: a flush of memory blocks as they come from a web service's streams, and the merges
// of the parts that come of it. In memory, so that it is the store's own time.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <deque>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/mem_fs.h"
#include "store/events/embedded_event_store.h"

namespace tripod::store {
namespace {

using model::Attribute;
using model::Value;

constexpr size_t kBatch = 2000;
constexpr size_t kBatches = 32;  // of a flush: about what fills a memory block

// One batch: about three lines share a request, every line carries what the service binds to it.
class Batch {
 public:
  Batch(std::mt19937_64& random, size_t streams, base::UnixNanos& now) : random_(random) {
    for (size_t s = 0; s < streams; ++s) {
      resources_.push_back({{"service.name", Value::string("shop")},
                            {"logger", Value::string(keep(fmt::format("shop.views.{}", s)))}});
    }
    for (const auto& fields : resources_) streams_.emplace_back(fields);
    for (size_t i = 0; i < kBatch; ++i) {
      if (i % 3 == 0) new_request();
      now += below(400'000);
      rows_.push_back(line());
      events_.push_back({now, static_cast<uint32_t>(i / 3 % streams), {}});
    }
    for (size_t i = 0; i < kBatch; ++i) events_[i].fields = rows_[i];
  }
  EventBatch view() const { return {Dataset::kLogs, streams_, events_}; }

 private:
  int64_t below(uint64_t n) { return static_cast<int64_t>(random_() % n); }
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

  void new_request() {
    request_ = keep(fmt::format("{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}", below(1ULL << 32), below(1 << 16), below(1 << 12), below(1 << 12),
                                below(1ULL << 48)));
    address_ = keep(fmt::format("10.{}.{}.{}", below(4), below(256), below(256)));
    path_ = below(2) == 0 ? "/cart/" : keep(fmt::format("/products/{}/", below(300)));
    user_ = below(5000);
  }

  std::vector<Attribute> line() {
    static constexpr std::array kEvents = {"request_started", "product_list", "cart_updated", "order_paid", "request_finished"};
    static constexpr std::array kTemplates = {R"({"event": {}, "request_id": {}, "path": {}, "status": {}, "duration_ms": {}, "ip": {}})",
                                              R"({"event": {}, "request_id": {}, "user_id": {}, "duration_ms": {}, "order_id": {}})"};
    const bool order = below(10) == 0;
    std::vector<Attribute> out = {{"body", Value::string(kEvents[random_() % kEvents.size()])},
                                  {"severity_text", Value::string("info")},
                                  {"severity_number", Value::int64(9)},
                                  {"request_id", Value::string(request_)},
                                  {"method", Value::string(below(3) == 0 ? "POST" : "GET")},
                                  {"path", Value::string(path_)},
                                  {"status", Value::int64(below(50) == 0 ? 500 : 200)},
                                  {"duration_ms", Value::float64(static_cast<double>(below(900'000)) / 1e3)},
                                  {"user_id", Value::int64(user_)},
                                  {"ip", Value::string(address_)},
                                  {"original.template", Value::string(kTemplates[order ? 1 : 0])}};
    if (order) {
      out.push_back({"order_id", Value::int64(below(1'000'000))});
      out.push_back({"message", Value::string(keep(fmt::format("order {} of user {} was paid", below(1'000'000), user_)))});
    }
    return out;
  }

  std::mt19937_64& random_;
  std::deque<std::string> texts_;
  std::string_view request_, address_, path_;
  int64_t user_ = 0;
  std::vector<std::vector<Attribute>> resources_, rows_;
  std::vector<std::span<const Attribute>> streams_;
  std::vector<Event> events_;
};

// Appended, neither flushed nor merged but when asked.
class MemoryStore {
 public:
  MemoryStore() {
    EventStoreOptions options;
    options.dir = "events";
    options.background = false;
    options.wal_segment_bytes = 1u << 20;  // what is flushed does not stay in the log
    auto opened = EmbeddedEventStore::open(fs_, clock_, budget_, *logger_, options);
    if (!opened) std::abort();
    store_ = std::move(*opened);
  }
  EmbeddedEventStore* operator->() { return store_.get(); }

  void append_block(size_t streams) {
    for (size_t b = 0; b < kBatches; ++b) {
      const Batch batch(random_, streams, now_);
      std::promise<bool> durable;
      store_->append(batch.view(), [&](base::Result<AppendSummary> done) { durable.set_value(done.has_value()); });
      if (!durable.get_future().get()) std::abort();
    }
  }

 private:
  base::MemFs fs_;
  base::SystemClock clock_;
  base::MemoryBudget budget_{size_t{8} << 30};
  std::unique_ptr<base::Logger> logger_ = base::make_null_logger();
  std::mt19937_64 random_{7};
  base::UnixNanos now_ = clock_.now() - 3600 * base::kNanosPerSecond;
  std::unique_ptr<EmbeddedEventStore> store_;
};

void count_rows(benchmark::State& state, MemoryStore& store, size_t rows) {
  state.counters["per_row"] = benchmark::Counter(static_cast<double>(rows) * static_cast<double>(state.iterations()),
                                                 benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  const auto stats = store->stats(Dataset::kLogs);
  state.counters["bytes_per_row"] = static_cast<double>(stats.bytes_on_disk) / static_cast<double>(stats.rows);
}

void flush(benchmark::State& state) {
  auto store = std::make_unique<MemoryStore>();
  for (auto _ : state) {
    state.PauseTiming();
    store->append_block(static_cast<size_t>(state.range(0)));
    state.ResumeTiming();
    if (!(*store)->flush()) std::abort();
  }
  count_rows(state, *store, kBatch * kBatches);
}

// Eight flushes at once, the first tier of merges.
void merge(benchmark::State& state) {
  std::unique_ptr<MemoryStore> store;
  for (auto _ : state) {
    state.PauseTiming();
    store = std::make_unique<MemoryStore>();
    for (int i = 0; i < 8; ++i) {
      store->append_block(static_cast<size_t>(state.range(0)));
      if (!(*store)->flush()) std::abort();
    }
    state.ResumeTiming();
    if (!(*store)->maintain()) std::abort();
  }
  count_rows(state, *store, 8 * kBatch * kBatches);
}

// By streams: ten fill their blocks, three hundred share them.
BENCHMARK(flush)->Arg(1)->Arg(10)->Arg(300)->Unit(benchmark::kMillisecond);
BENCHMARK(merge)->Arg(10)->Arg(300)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tripod::store
