#include "store/events/merge_policy.h"

#include <algorithm>
#include <map>

namespace tripod::store {
namespace {

std::string partition_of(const Part& part) { return part.name().substr(0, part.name().find('/')); }

// 0 for parts below 1024 rows, one more for each factor of fan_in.
int tier_of(uint64_t rows, size_t fan_in) {
  int tier = 0;
  for (uint64_t limit = 1024; rows >= limit; limit *= fan_in) ++tier;
  return tier;
}

// As many of the parts, smallest first, as fit; empty when not even two do.
std::vector<PartPtr> smallest(std::vector<PartPtr> parts, size_t most, uint64_t max_rows) {
  std::ranges::stable_sort(parts, {}, [](const PartPtr& part) { return part->footer().rows; });
  uint64_t rows = 0;
  size_t taken = 0;
  while (taken < parts.size() && taken < most && rows + parts[taken]->footer().rows <= max_rows) {
    rows += parts[taken++]->footer().rows;
  }
  parts.resize(taken < 2 ? 0 : taken);
  return parts;
}

std::vector<PartPtr> choose_in(const std::vector<PartPtr>& partition, const MergePolicy& policy, base::UnixNanos now) {
  std::map<int, std::vector<PartPtr>> tiers;
  base::UnixNanos created = INT64_MIN;
  for (const PartPtr& part : partition) {
    tiers[tier_of(part->footer().rows, policy.fan_in)].push_back(part);
    created = std::max(created, part->footer().created);
  }
  for (const auto& [tier, parts] : tiers) {
    if (parts.size() < policy.fan_in) continue;
    auto chosen = smallest(parts, policy.fan_in, policy.max_rows);
    if (!chosen.empty()) return chosen;
  }
  const bool quiet = now - created >= policy.quiet_after;
  return quiet ? smallest(partition, 2 * policy.fan_in, policy.max_rows) : std::vector<PartPtr>();
}

}  // namespace

std::vector<PartPtr> choose_merge(const PartList& list, const MergePolicy& policy, base::UnixNanos now) {
  std::map<std::string, std::vector<PartPtr>> partitions;
  for (const PartPtr& part : list.parts) partitions[partition_of(*part)].push_back(part);
  for (const auto& [name, parts] : partitions) {
    auto chosen = choose_in(parts, policy, now);
    if (!chosen.empty()) return chosen;
  }
  return {};
}

}  // namespace tripod::store
