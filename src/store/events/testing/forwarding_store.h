// A store that hands everything on to another one: tests change what they want to see changed.
#pragma once

#include <utility>

#include "store/events/event_store.h"

namespace tripod::store::testing {

class ForwardingStore : public EventStore {
 public:
  // `to` outlives it.
  explicit ForwardingStore(EventStore& to) : to_(to) {}

  void append(const EventBatch& batch, Done done) override { to_.append(batch, std::move(done)); }
  base::Result<ScanResult> scan(const ScanPlan& plan) override { return to_.scan(plan); }
  base::Result<AggregateResult> aggregate(const AggregatePlan& plan) override { return to_.aggregate(plan); }
  base::Result<std::vector<FieldInfo>> fields(Dataset dataset, TimeRange range) override { return to_.fields(dataset, range); }
  DatasetStats stats(Dataset dataset) override { return to_.stats(dataset); }
  std::optional<base::Error> refusal() override { return to_.refusal(); }
  uint64_t durable_sequence(Dataset dataset) override { return to_.durable_sequence(dataset); }
  std::unique_ptr<Watch> watch(Dataset dataset, std::function<void()> wake) override { return to_.watch(dataset, std::move(wake)); }
  base::Result<Removal> remove(const RemovePlan& plan) override { return to_.remove(plan); }
  std::vector<Removal> removals(Dataset dataset) override { return to_.removals(dataset); }
  void set_retention(Dataset dataset, Retention retention) override { to_.set_retention(dataset, retention); }
  base::Result<uint64_t> drop_oldest(Dataset dataset) override { return to_.drop_oldest(dataset); }
  base::Result<> flush() override { return to_.flush(); }

 private:
  EventStore& to_;
};

}  // namespace tripod::store::testing
