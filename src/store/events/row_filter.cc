#include "store/events/row_filter.h"

#include <algorithm>

namespace tripod::store {

RowFilter::RowFilter(const Filter& filter, const RowBatch& batch) : filter_(filter), batch_(batch) {
  keys_.reserve(filter.leaves.size());
  for (const Filter::Leaf& leaf : filter.leaves) {
    keys_.push_back(leaf.matcher.any_field() ? RowBatch::kNoKey : batch.key_index(leaf.key));
    if (leaf.key == model::kOriginalField && original_ == nullptr) original_ = std::make_unique<BatchOriginal>(batch);
  }
  for (std::string_view key : batch.keys()) beside_.push_back(is_beside_fields(key));
}

bool RowFilter::matches(const FilterNode& node, const RowBatch::Row& row) const {
  auto child_matches = [&](const FilterNode& child) { return matches(child, row); };
  switch (node.kind) {
    case FilterNode::Kind::kTrue: return true;
    case FilterNode::Kind::kAnd: return std::ranges::all_of(node.children, child_matches);
    case FilterNode::Kind::kOr: return std::ranges::any_of(node.children, child_matches);
    case FilterNode::Kind::kNot: return !matches(node.children.front(), row);
    case FilterNode::Kind::kLeaf: return leaf_matches(node.leaf, row);
  }
  return false;
}

bool RowFilter::leaf_matches(uint32_t leaf, const RowBatch::Row& row) const {
  const Matcher& matcher = filter_.leaves[leaf].matcher;
  if (matcher.any_field()) return any_field_matches(matcher, row);
  model::Value value;
  if (keys_[leaf] != RowBatch::kNoKey && batch_.find(row, keys_[leaf], value)) return matcher.matches(value);
  if (original_ == nullptr || filter_.leaves[leaf].key != model::kOriginalField) return false;
  std::string line;
  return original_->append(row, line) && matcher.matches(model::Value::string(line));
}

bool RowFilter::any_field_matches(const Matcher& matcher, const RowBatch::Row& row) const {
  uint32_t key = 0;
  model::Value value, hiding;
  FieldCursor own = batch_.own_fields(row);
  while (own.next(key, value)) {
    if (!beside_[key] && matcher.matches(value)) return true;
  }
  FieldCursor stream = batch_.stream_fields(row.stream);
  while (stream.next(key, value)) {
    // A field of the record's own hides its stream's field of the same name.
    if (beside_[key] || !matcher.matches(value)) continue;
    if (!batch_.own_fields(row).find(key, hiding)) return true;
  }
  return false;
}

}  // namespace tripod::store
