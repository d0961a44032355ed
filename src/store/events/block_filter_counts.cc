// What value counts alone say of a filter.
#include <algorithm>
#include <utility>

#include "store/events/block_filter.h"

namespace tripod::store {

base::Result<CountedState> counted_state(BlockReader& block, uint32_t field, bool in_rare) {
  CountedState out;
  auto counts = block.part().counts(field);
  if (!counts) return base::fail(std::move(counts.error()));
  if (*counts != nullptr) {
    const auto counted = (*counts)->block(block.number());
    out.rows = counted.rows();
    if (counted.values.size() == 1 && out.rows == block.rows()) {
      out.kind = CountedState::Kind::kConstant;
      out.number = counted.values[0];
      out.value = (*counts)->values()[out.number];
      return out;
    }
    if (counted.counted()) {
      out.kind = CountedState::Kind::kVaries;
      return out;
    }
  }
  auto entry = block.entry(field);
  if (!entry) return base::fail(std::move(entry.error()));
  bool absent = *entry == nullptr;
  if (absent && in_rare) {
    auto rare = block.entry(kRareColumn);
    if (!rare) return base::fail(std::move(rare.error()));
    absent = *rare == nullptr;
  }
  if (absent) out.kind = CountedState::Kind::kAbsent;
  return out;
}

base::Result<bool> BlockFilter::is_counted(const FilterNode& node, BlockReader& block, uint32_t& field) const {
  if (node.kind != FilterNode::Kind::kLeaf) {
    for (const FilterNode& child : node.children) {
      auto counted = is_counted(child, block, field);
      if (!counted || !*counted) return counted;
    }
    return true;
  }
  if (originals_[node.leaf].composed) return false;
  for (const Asked& asked : leaves_[node.leaf]) {
    auto state = counted_state(block, asked.field, asked.in_rare);
    if (!state) return base::fail(std::move(state.error()));
    if (state->kind == CountedState::Kind::kUnknown) return false;
    if (state->kind != CountedState::Kind::kVaries) continue;
    if (field != PartDirectory::kNoField && field != asked.field) return false;
    field = asked.field;
  }
  return true;
}

bool BlockFilter::matches_counted(const FilterNode& node, const CountedValue& value) const {
  const auto child_matches = [&](const FilterNode& child) { return matches_counted(child, value); };
  switch (node.kind) {
    case FilterNode::Kind::kTrue: return true;
    case FilterNode::Kind::kAnd: return std::ranges::all_of(node.children, child_matches);
    case FilterNode::Kind::kOr: return std::ranges::any_of(node.children, child_matches);
    case FilterNode::Kind::kNot: return !child_matches(node.children.front());
    case FilterNode::Kind::kLeaf: break;
  }
  return std::ranges::any_of(leaves_[node.leaf], [&](const Asked& asked) {
    if (asked.field == value.field) return value.value != kMissing && asked.hits[value.value] != 0;
    // Constant, or absent.
    if (asked.counts == nullptr) return false;
    const auto counted = asked.counts->block(value.block);
    return counted.counted() && asked.hits[counted.values[0]] != 0;
  });
}

}  // namespace tripod::store
