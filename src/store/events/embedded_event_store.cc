#include "store/events/embedded_event_store.h"

#include <utility>

#include "store/events/aggregate.h"
#include "store/events/dataset_store.h"
#include "store/events/field_list.h"
#include "store/events/scan.h"

namespace tripod::store {

class EmbeddedEventStore::Impl {
 public:
  Impl(base::Fs& fs, const base::Clock& clock, base::MemoryBudget& budget, base::Logger& logger,
       EventStoreOptions options)
      : options_(std::move(options)), context_{fs, clock, budget, logger, options_} {}

  base::Result<> open() {
    for (size_t i = 0; i < kDatasetCount; ++i) {
      auto opened = DatasetStore::open(context_, static_cast<Dataset>(i), [] {});
      if (!opened) return base::fail(std::move(opened.error()));
      datasets_[i] = std::move(*opened);
    }
    return {};
  }

  DatasetStore& of(Dataset dataset) { return *datasets_[static_cast<size_t>(dataset)]; }
  const StoreContext& context() const { return context_; }

 private:
  const EventStoreOptions options_;
  const StoreContext context_;
  std::array<std::unique_ptr<DatasetStore>, kDatasetCount> datasets_;
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
  return run_scan(impl_->of(plan.dataset).snapshot(), plan, context.clock, context.budget);
}

base::Result<AggregateResult> EmbeddedEventStore::aggregate(const AggregatePlan& plan) {
  const StoreContext& context = impl_->context();
  return run_aggregate(impl_->of(plan.dataset).snapshot(), plan, context.clock, context.budget);
}

base::Result<std::vector<FieldInfo>> EmbeddedEventStore::fields(Dataset dataset, TimeRange range) {
  return list_fields(impl_->of(dataset).snapshot(), range);
}

DatasetStats EmbeddedEventStore::stats(Dataset dataset) { return impl_->of(dataset).stats(); }

base::Result<> EmbeddedEventStore::flush() { return {}; }

}  // namespace tripod::store
