// What the pieces of one embedded store share.
#pragma once

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/memory_budget.h"
#include "store/events/event_store_options.h"
#include "store/events/part_reader_cache.h"

namespace tripod::store {

// All outlive whoever holds this.
struct StoreContext {
  base::Fs& fs;
  const base::Clock& clock;
  base::MemoryBudget& budget;
  base::Logger& logger;
  const EventStoreOptions& options;
  PartReaderCache* readers = nullptr;
};

}  // namespace tripod::store
