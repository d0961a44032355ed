// What taking in costs before anything is written: lines as bench/run sends them, through decoder and pipeline, to the log's
// encoded record. The store's own work (disk, memory, parts) is left out.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem_fs.h"
#include "ingest/jsonlines/decoder.h"
#include "ingest/jsonlines/shape_book.h"
#include "load.h"
#include "pipeline/pipeline.h"
#include "store/events/embedded_event_store.h"
#include "store/events/wal_record.h"
#include "store/meta/sqlite_meta_store.h"
#include "store/metrics/embedded_metric_store.h"

namespace tripod {
namespace {

// Encodes what it is given, and forgets it.
class EncodingStore final : public store::EventStore {
 public:
  void append(const store::EventBatch& batch, Done done) override {
    auto rows = store::RowBatch::encode(batch);
    TRIPOD_CHECK(rows.has_value());
    std::string record = store::make_wal_record(batch.dataset, (*rows)->body(), store::WalCompression::kNone);
    bytes_ += record.size();
    const store::AppendSummary summary{.first_sequence = next_, .accepted = batch.events.size()};
    if (batch.numbered != nullptr) (*batch.numbered)(next_);
    next_ += batch.events.size();
    done(summary);
  }
  uint64_t bytes() const { return bytes_; }

  base::Result<store::ScanResult> scan(const store::ScanPlan&) override { return store::ScanResult{}; }
  base::Result<store::AggregateResult> aggregate(const store::AggregatePlan&) override { return store::AggregateResult{}; }
  base::Result<std::vector<store::FieldInfo>> fields(store::Dataset, store::TimeRange) override { return std::vector<store::FieldInfo>{}; }
  store::DatasetStats stats(store::Dataset) override { return {}; }
  uint64_t durable_sequence(store::Dataset) override { return next_ - 1; }
  std::unique_ptr<Watch> watch(store::Dataset, std::function<void()>) override { return nullptr; }
  base::Result<store::Removal> remove(const store::RemovePlan&) override { return store::Removal{}; }
  std::vector<store::Removal> removals(store::Dataset) override { return {}; }
  void set_retention(store::Dataset, store::Retention) override {}
  base::Result<uint64_t> drop_oldest(store::Dataset) override { return 0; }
  base::Result<> flush() override { return {}; }

 private:
  uint64_t next_ = 1;
  uint64_t bytes_ = 0;
};

class Server {
 public:
  Server() : dir_((std::filesystem::temp_directory_path() / "tripod-bench-XXXXXX").string()) {
    TRIPOD_CHECK(::mkdtemp(dir_.data()) != nullptr);
    meta_ = std::move(*store::SqliteMetaStore::open(dir_ + "/meta.db", clock_));
    metrics_ = std::move(*store::EmbeddedMetricStore::open(fs_, clock_, budget_, *log_, {.dir = "metrics"}));
    pipeline_ = std::move(*pipeline::Pipeline::open({events_, *metrics_, *meta_}, clock_, ledger_, *log_, {.memory = &budget_}));
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() {
    pipeline_.reset();
    metrics_.reset();
    meta_.reset();
    std::filesystem::remove_all(dir_);
  }

  pipeline::Pipeline& pipeline() { return *pipeline_; }
  const EncodingStore& events() const { return events_; }

 private:
  std::string dir_;
  base::SystemClock clock_;
  base::MemoryBudget budget_{size_t{1} << 30};
  base::MemFs fs_;
  std::unique_ptr<base::Logger> log_ = base::make_null_logger();
  base::MetricRegistry registry_;
  pipeline::IntakeLedger ledger_{clock_, registry_};
  EncodingStore events_;
  std::unique_ptr<store::MetaStore> meta_;
  std::unique_ptr<store::MetricStore> metrics_;
  std::unique_ptr<pipeline::Pipeline> pipeline_;
};

ingest::jsonlines::Options options() {
  ingest::jsonlines::Options out;
  out.stream_fields = {"service", "logger"};
  return out;
}

std::vector<std::string> bodies() {
  const int64_t now = bench::now_nanos();
  const auto source = bench::make_large_logs({.key = "", .lines = 400'000, .end = now});
  std::vector<std::string> out;
  for (bench::Body body = source->next(); body.units != 0; body = source->next()) out.emplace_back(body.wire);
  return out;
}

void take_in(benchmark::State& state, bool stored) {
  static const std::vector<std::string> all = bodies();
  static Server server;  // kept from run to run: nothing is learned while time is taken
  static ingest::jsonlines::ShapeBook book;
  size_t next = 0, bytes = 0, lines = 0;
  const uint64_t encoded_before = server.events().bytes();
  for (auto _ : state) {
    const auto body = std::make_shared<const std::string>(all[next++ % all.size()]);
    model::Batch batch;
    ingest::jsonlines::Options use = options();
    const auto shapes = book.of(use);
    use.shapes = shapes.get();
    TRIPOD_CHECK(ingest::jsonlines::decode(body, use, batch).has_value());
    bytes += body->size();
    lines += batch.logs.size();
    if (!stored) continue;
    server.pipeline().submit(std::move(batch), {.protocol = "json", .peer = "127.0.0.1"},
                             [](base::Result<pipeline::Outcome> outcome) { TRIPOD_CHECK(outcome && outcome->rejected == 0); });
  }
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
  state.SetItemsProcessed(static_cast<int64_t>(lines));
  if (stored) state.counters["log_bytes_per_line"] = static_cast<double>(server.events().bytes() - encoded_before) / static_cast<double>(lines);
}

BENCHMARK_CAPTURE(take_in, decoded, false);
BENCHMARK_CAPTURE(take_in, encoded, true);

}  // namespace
}  // namespace tripod
