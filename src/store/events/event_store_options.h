// Settings of the embedded event store.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>

#include "base/clock.h"
#include "store/events/event_store.h"
#include "store/events/plan.h"
#include "store/events/wal_record.h"

namespace tripod::store {

struct EventStoreOptions {
  std::string dir;  // made when missing; each dataset lives in a folder of its name below

  // A block of a part ends at whichever comes first.
  size_t block_rows = 8192;
  size_t block_bytes = 2u << 20;
  // Records in memory become a part at whichever comes first.
  size_t flush_rows = 64u << 10;
  size_t flush_bytes = 32u << 20;
  int64_t flush_age = 30 * base::kNanosPerSecond;  // of the oldest of them
  // Appends are refused while a dataset holds more than this in memory (writing parts cannot keep up, or fails).
  size_t max_memory_bytes = 160u << 20;
  // Parts of one day that are merged at once, and the size from which a part is left alone.
  size_t merge_fan_in = 8;
  uint64_t max_part_rows = 4u << 20;
  // At first: see EventStore::set_retention().
  std::array<Retention, kDatasetCount> retention = {{{30 * base::kNanosPerDay, 0},
                                                     {30 * base::kNanosPerDay, 0},
                                                     {30 * base::kNanosPerDay, 0},
                                                     {30 * base::kNanosPerDay, 0},
                                                     {90 * base::kNanosPerDay, 0},
                                                     {30 * base::kNanosPerMinute, 2u << 30}}};

  WalCompression wal_compression = WalCompression::kNone;
  uint64_t wal_segment_bytes = 64u << 20;
  // Threads that work on queries together with the one that asks; 0: that one alone.
  size_t query_threads = std::max(1u, std::thread::hardware_concurrency());
  // Without its threads nothing is flushed, merged or dropped but by flush() and maintain().
  bool background = true;
};

}  // namespace tripod::store
