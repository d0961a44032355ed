// One time series while it is active: its labels and the samples not yet in a block.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "store/metrics/head_chunk.h"
#include "store/metrics/symbols.h"

namespace tripod::store::metrics {

struct LabelRef {
  Symbol name = 0;
  Symbol value = 0;
};

// Samples that came later than a newer one of their series: sorted and, once there are enough,
// compressed apart.
struct OutOfOrder {
  std::vector<model::Sample> recent;  // ascending by time, fewer than kSamplesPerHeadChunk
  std::vector<SealedChunk> sealed;    // may overlap one another
  uint32_t frozen = 0;                // the first of `sealed` that a block is being written of
};

// Externally synchronised by the store's lock.
struct Series {
  uint64_t hash = 0;
  uint64_t ref = 0;                      // its number in the WAL
  const LabelRef* label_refs = nullptr;  // sorted by name; in the index's arena
  uint16_t label_count = 0;
  bool logged : 1 = false;  // the WAL since the last cut holds its labels
  bool in_log : 1 = false;  // records that are in no block yet may hold samples of it, those that were refused as repeats too
  bool alive : 1 = false;   // had samples at the last cut
  bool last_is_gone : 1 = false;  // the sample at last_time was deleted
  uint32_t frozen = 0;  // the first of `sealed` that a block is being written of
  int64_t last_time = std::numeric_limits<int64_t>::min();
  double last_value = 0;
  OpenChunk open;
  std::vector<SealedChunk> sealed;  // ascending, not overlapping
  std::unique_ptr<OutOfOrder> out_of_order;

  std::span<const LabelRef> labels() const { return {label_refs, label_count}; }
  bool has_samples() const { return !open.empty() || !sealed.empty() || out_of_order != nullptr; }
};

}  // namespace tripod::store::metrics
