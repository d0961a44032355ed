#include "sampling/decision_cache.h"

#include <algorithm>

#include "base/hash.h"

namespace tripod::sampling {

uint64_t hash_of(const model::TraceId& id) {
  return base::hash64({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
}

DecisionCache::DecisionCache(size_t entries) : slots_(std::max<size_t>(1, (entries + kWays - 1) / kWays) * kWays) {}

void DecisionCache::put(const model::TraceId& id, const PastDecision& decision) {
  Slot* const set = slots_.data() + set_of(id);
  Slot* to = set;
  for (Slot* slot = set; slot != set + kWays; ++slot) {
    if (slot->turn != 0 && slot->id == id) {
      to = slot;
      break;
    }
    if (slot->turn < to->turn) to = slot;
  }
  turn_ = std::max<uint32_t>(1, turn_ + 1);  // after four thousand million it begins anew, and some go too early
  *to = {id, decision.policy.data(), decision.kept ? std::max(1.0, decision.adjusted_count) : 0.0,
         static_cast<uint32_t>(decision.policy.size()), turn_};
}

std::optional<PastDecision> DecisionCache::find(const model::TraceId& id) const {
  const Slot* const set = slots_.data() + set_of(id);
  for (const Slot* slot = set; slot != set + kWays; ++slot) {
    if (slot->turn == 0 || slot->id != id) continue;
    return PastDecision{slot->adjusted_count > 0, {slot->policy, slot->policy_size}, slot->adjusted_count};
  }
  return std::nullopt;
}

}  // namespace tripod::sampling
