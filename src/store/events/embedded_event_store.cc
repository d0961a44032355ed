#include "store/events/embedded_event_store.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "store/events/aggregate.h"
#include "store/events/background.h"
#include "store/events/dataset_store.h"
#include "store/events/field_list.h"
#include "store/events/query_pool.h"
#include "store/events/scan.h"
#include "store/events/weighted.h"

namespace tripod::store {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFlushInterval{500};
constexpr milliseconds kMergeInterval{2000};
// A full disk does not get better by trying all the time.
constexpr milliseconds kAfterError{5000};

}  // namespace

class EmbeddedEventStore::Impl {
 public:
  Impl(base::Fs& fs, const base::Clock& clock, base::MemoryBudget& budget, base::Logger& logger,
       EventStoreOptions options)
      : options_(std::move(options)),
        readers_(budget, {.bytes = std::clamp<size_t>(budget.limit() / 16, 4u << 20, 64u << 20)}),
        context_{fs, clock, budget, logger, options_, &readers_},
        pool_(options_.query_threads) {}
  // The threads use the datasets: they end first.
  ~Impl() {
    merger_.reset();
    std::unique_ptr<BackgroundJob> flusher;
    {
      std::lock_guard lock(flusher_mu_);
      flusher = std::move(flusher_);
    }
  }

  base::Result<> open() {
    if (auto made = context_.fs.create_dirs(options_.dir); !made) return made;
    for (size_t i = 0; i < kDatasetCount; ++i) {
      auto opened = DatasetStore::open(context_, static_cast<Dataset>(i), [this] { wake_flusher(); });
      if (!opened) return base::fail(std::move(opened.error()));
      datasets_[i] = std::move(*opened);
    }
    if (options_.background) start_threads();
    return {};
  }

  DatasetStore& of(Dataset dataset) { return *datasets_[static_cast<size_t>(dataset)]; }
  const StoreContext& context() const { return context_; }
  QueryPool& pool() { return pool_; }

  base::Result<> flush(DatasetStore::Flush which) {
    base::Result<> out;
    for (size_t i = 0; i < kDatasetCount; ++i) {
      auto done = datasets_[i]->flush(which);
      if (done) continue;
      log_error("event_flush_failed", i, done.error());
      if (out) out = std::move(done);
    }
    return out;
  }

  base::Result<> merge_and_drop(std::stop_token stop) {
    base::Result<> out;
    for (size_t i = 0; i < kDatasetCount && !stop.stop_requested(); ++i) {
      auto dropped = datasets_[i]->drop_old();
      if (!dropped) {
        log_error("event_retention_failed", i, dropped.error());
        if (out) out = std::move(dropped);
      }
      auto merged = datasets_[i]->merge(stop);
      while (merged && *merged && !stop.stop_requested()) merged = datasets_[i]->merge(stop);
      if (!merged && merged.error().code != base::Code::kCancelled) {
        log_error("event_merge_failed", i, merged.error());
        if (out) out = base::fail(std::move(merged.error()));
      }
      auto cleared = datasets_[i]->clear(stop);
      while (cleared && *cleared && !stop.stop_requested()) cleared = datasets_[i]->clear(stop);
      if (!cleared && cleared.error().code != base::Code::kCancelled) {
        log_error("event_clearing_failed", i, cleared.error());
        if (out) out = base::fail(std::move(cleared.error()));
      }
    }
    return out;
  }

  void wake_merger() {
    if (merger_ != nullptr) merger_->wake();
  }

 private:
  void start_threads() {
    merger_ = std::make_unique<BackgroundJob>(
        [this](std::stop_token stop) { return merge_and_drop(std::move(stop)) ? kMergeInterval : kAfterError; },
        base::ThreadPriority::kMerge);
    auto flusher = std::make_unique<BackgroundJob>([this](const std::stop_token&) {
      return flush(DatasetStore::Flush::kDue) ? kFlushInterval : kAfterError;
    });
    std::lock_guard lock(flusher_mu_);
    flusher_ = std::move(flusher);
  }

  void wake_flusher() {
    std::lock_guard lock(flusher_mu_);
    if (flusher_ != nullptr) flusher_->wake();
  }

  void log_error(std::string_view event, size_t dataset, const base::Error& error) {
    context_.logger.error(event, {{"dataset", dataset_name(static_cast<Dataset>(dataset))},
                                  {"code", base::code_name(error.code)},
                                  {"detail", error.message}});
  }

  const EventStoreOptions options_;
  PartReaderCache readers_;
  const StoreContext context_;
  QueryPool pool_;
  std::array<std::unique_ptr<DatasetStore>, kDatasetCount> datasets_;
  std::mutex flusher_mu_;
  std::unique_ptr<BackgroundJob> flusher_;  // guarded by flusher_mu_
  std::unique_ptr<BackgroundJob> merger_;
};

EmbeddedEventStore::EmbeddedEventStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EmbeddedEventStore::~EmbeddedEventStore() = default;

base::Result<std::unique_ptr<EmbeddedEventStore>> EmbeddedEventStore::open(
    base::Fs& fs, const base::Clock& clock, base::MemoryBudget& budget, base::Logger& logger,
    EventStoreOptions options) {
  auto impl = std::make_unique<Impl>(fs, clock, budget, logger, std::move(options));
  if (auto opened = impl->open(); !opened) return base::fail(std::move(opened.error()));
  return std::unique_ptr<EmbeddedEventStore>(new EmbeddedEventStore(std::move(impl)));
}

void EmbeddedEventStore::append(const EventBatch& batch, Done done) {
  impl_->of(batch.dataset).append(batch, std::move(done));
}

base::Result<ScanResult> EmbeddedEventStore::scan(const ScanPlan& plan) {
  const StoreContext& context = impl_->context();
  return run_scan(impl_->of(plan.dataset).snapshot(), plan, {context.clock, context.budget, &impl_->pool()});
}

base::Result<AggregateResult> EmbeddedEventStore::aggregate(const AggregatePlan& plan) {
  const StoreContext& context = impl_->context();
  const Snapshot snapshot = impl_->of(plan.dataset).snapshot();
  const auto run = [&](const AggregatePlan& asked) { return run_aggregate(snapshot, asked, {context.clock, context.budget, &impl_->pool()}); };
  if (plan.weight.empty()) return run(plan);
  // Where no record has the field, each is one.
  auto fields = list_fields(snapshot, plan.range);
  if (!fields) return base::fail(std::move(fields.error()));
  if (std::ranges::find(*fields, plan.weight, &FieldInfo::name) != fields->end()) return aggregate_weighted(plan, run);
  AggregatePlan plain = plan;
  plain.weight.clear();
  return run(plain);
}

base::Result<std::vector<FieldInfo>> EmbeddedEventStore::fields(Dataset dataset, TimeRange range) {
  return list_fields(impl_->of(dataset).snapshot(), range);
}

DatasetStats EmbeddedEventStore::stats(Dataset dataset) { return impl_->of(dataset).stats(); }

std::optional<base::Error> EmbeddedEventStore::refusal() {
  for (size_t i = 0; i < kDatasetCount; ++i) {
    if (auto refusal = impl_->of(static_cast<Dataset>(i)).refusal()) return refusal;
  }
  return std::nullopt;
}

uint64_t EmbeddedEventStore::durable_sequence(Dataset dataset) { return impl_->of(dataset).durable_sequence(); }

std::unique_ptr<EventStore::Watch> EmbeddedEventStore::watch(Dataset dataset, std::function<void()> wake) {
  return impl_->of(dataset).watch(std::move(wake));
}

base::Result<Removal> EmbeddedEventStore::remove(const RemovePlan& plan) {
  auto removed = impl_->of(plan.dataset).remove(plan);
  if (removed) impl_->wake_merger();
  return removed;
}

std::vector<Removal> EmbeddedEventStore::removals(Dataset dataset) { return impl_->of(dataset).removals(); }

void EmbeddedEventStore::set_retention(Dataset dataset, Retention retention) {
  impl_->of(dataset).set_retention(retention);
  impl_->wake_merger();
}

base::Result<uint64_t> EmbeddedEventStore::drop_oldest(Dataset dataset) { return impl_->of(dataset).drop_oldest(); }

base::Result<> EmbeddedEventStore::flush() { return impl_->flush(DatasetStore::Flush::kAll); }

base::Result<> EmbeddedEventStore::maintain() {
  auto flushed = impl_->flush(DatasetStore::Flush::kDue);
  auto merged = impl_->merge_and_drop({});
  return flushed ? merged : flushed;
}

}  // namespace tripod::store
