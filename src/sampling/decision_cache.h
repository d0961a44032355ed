// What was decided of traces that have gone from memory, so that spans that come late go the same way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/ids.h"

namespace tripod::sampling {

// Spreads ids over shards and slots, whatever their makers put into which byte.
uint64_t hash_of(const model::TraceId& id);

struct TraceIdHash {
  size_t operator()(const model::TraceId& id) const { return hash_of(id); }
};

struct PastDecision {
  bool kept = false;
  std::string_view policy;     // outlives the cache
  double adjusted_count = 1;   // of a kept trace's spans: how many each stands for
};

// A fixed table: of ids that share a set the one decided longest ago makes room. Externally synchronised.
class DecisionCache {
 public:
  // Room for at least so many; a slot takes 40 bytes.
  explicit DecisionCache(size_t entries);

  // Replaces what was decided of the trace before.
  void put(const model::TraceId& id, const PastDecision& decision);
  std::optional<PastDecision> find(const model::TraceId& id) const;
  size_t memory_bytes() const { return slots_.capacity() * sizeof(Slot); }

 private:
  static constexpr size_t kWays = 8;
  struct Slot {
    model::TraceId id;
    const char* policy = nullptr;
    double adjusted_count = 0;  // 0: dropped
    uint32_t policy_size = 0;
    uint32_t turn = 0;         // when it was put; 0: the slot is free
  };
  size_t set_of(const model::TraceId& id) const { return (hash_of(id) >> 16) % (slots_.size() / kWays) * kWays; }

  std::vector<Slot> slots_;
  uint32_t turn_ = 0;
};

}  // namespace tripod::sampling
