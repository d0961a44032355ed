#include "store/events/block_filter.h"

#include <utility>

#include "base/hash.h"
#include "store/events/bloom.h"
#include "store/events/field_text.h"

namespace tripod::store {
namespace {

constexpr TypeSet kTexts = (1u << static_cast<unsigned>(model::ValueType::kString)) |
                           (1u << static_cast<unsigned>(model::ValueType::kJson));

// Whether a rare field of this block may equal the operand: their filter knows the text of every value.
base::Result<bool> rare_may_match(const Matcher& matcher, BlockReader& block) {
  auto entry = block.entry(kRareColumn);
  if (!entry) return base::fail(std::move(entry.error()));
  if (*entry == nullptr) return false;
  if (matcher.op() != Predicate::Op::kEqual || is_number(matcher.operand())) return true;
  if ((*entry)->bloom_bytes == 0) return true;
  auto bloom = block.part().read_bloom(**entry);
  if (!bloom) return base::fail(std::move(bloom.error()));
  return bloom_may_contain(*bloom, base::hash64(matcher.operand_text()));
}

}  // namespace

base::Result<BlockFilter> BlockFilter::bind(const Filter& filter, PartReader& part) {
  auto directory = part.directory();
  if (!directory) return base::fail(std::move(directory.error()));
  BlockFilter out(filter);
  bool any_field = false;
  for (const Filter::Leaf& leaf : filter.leaves) {
    any_field = any_field || leaf.matcher.any_field();
    out.fields_.push_back(leaf.matcher.any_field() ? PartDirectory::kNoField : (*directory)->find(leaf.key));
  }
  const auto& fields = (*directory)->fields;
  for (uint32_t i = kSystemColumns; any_field && i < fields.size(); ++i) {
    if ((fields[i].types & kTexts) != 0) out.text_fields_.push_back(i);
  }
  return out;
}

base::Result<bool> BlockFilter::may_match(const FilterNode& node, BlockReader& block) const {
  switch (node.kind) {
    case FilterNode::Kind::kTrue:
    case FilterNode::Kind::kNot: return true;
    case FilterNode::Kind::kLeaf: return leaf_may_match(node.leaf, block);
    case FilterNode::Kind::kAnd:
    case FilterNode::Kind::kOr: break;
  }
  const bool all = node.kind == FilterNode::Kind::kAnd;
  for (const FilterNode& child : node.children) {
    auto may = may_match(child, block);
    if (!may || *may != all) return may;
  }
  return all;
}

base::Result<bool> BlockFilter::leaf_may_match(uint32_t leaf, BlockReader& block) const {
  const Matcher& matcher = filter_->leaves[leaf].matcher;
  if (matcher.any_field()) return true;
  if (fields_[leaf] == PartDirectory::kNoField) return false;
  auto entry = block.entry(fields_[leaf]);
  if (!entry) return base::fail(std::move(entry.error()));
  if (*entry != nullptr) return column_may_match(matcher, **entry, block.part());
  auto directory = block.part().directory();
  if (!directory) return base::fail(std::move(directory.error()));
  if (!(*directory)->fields[fields_[leaf]].in_rare) return false;
  return rare_may_match(matcher, block);
}

base::Result<Bitmap> BlockFilter::match(const FilterNode& node, BlockReader& block, const Bitmap& candidates) const {
  switch (node.kind) {
    case FilterNode::Kind::kTrue: return candidates;
    case FilterNode::Kind::kAnd: return match_all(node, block, candidates);
    case FilterNode::Kind::kOr: return match_any(node, block, candidates);
    case FilterNode::Kind::kLeaf: return match_leaf(node.leaf, block, candidates);
    case FilterNode::Kind::kNot: break;
  }
  auto unwanted = match(node.children.front(), block, candidates);
  if (!unwanted) return unwanted;
  Bitmap out = candidates;
  out.subtract(*unwanted);
  return out;
}

base::Result<Bitmap> BlockFilter::match_all(const FilterNode& node, BlockReader& block,
                                            const Bitmap& candidates) const {
  Bitmap left = candidates;
  for (const FilterNode& child : node.children) {
    if (left.none()) break;
    auto matched = match(child, block, left);
    if (!matched) return matched;
    left = std::move(*matched);
  }
  return left;
}

base::Result<Bitmap> BlockFilter::match_any(const FilterNode& node, BlockReader& block,
                                            const Bitmap& candidates) const {
  Bitmap out(candidates.size());
  Bitmap left = candidates;
  for (const FilterNode& child : node.children) {
    if (left.none()) break;
    auto matched = match(child, block, left);
    if (!matched) return matched;
    out |= *matched;
    left.subtract(*matched);
  }
  return out;
}

base::Result<Bitmap> BlockFilter::match_leaf(uint32_t leaf, BlockReader& block, const Bitmap& candidates) const {
  const Matcher& matcher = filter_->leaves[leaf].matcher;
  if (matcher.any_field()) return match_any_field(matcher, block, candidates);
  Bitmap out(candidates.size());
  // Conditions under "or" and "not" come here although the indexes rule them out.
  auto may = leaf_may_match(leaf, block);
  if (!may) return base::fail(std::move(may.error()));
  if (!*may) return out;
  auto column = block.column(fields_[leaf]);
  if (!column) return base::fail(std::move(column.error()));
  if (*column != nullptr) (*column)->match(matcher, candidates, out);
  return out;
}

base::Result<Bitmap> BlockFilter::match_any_field(const Matcher& matcher, BlockReader& block,
                                                  const Bitmap& candidates) const {
  Bitmap out(candidates.size());
  Bitmap left = candidates;
  for (uint32_t field : text_fields_) {
    if (left.none()) break;
    auto entry = block.entry(field);
    if (!entry) return base::fail(std::move(entry.error()));
    if (*entry != nullptr) {
      auto may = column_may_match(matcher, **entry, block.part());
      if (!may) return base::fail(std::move(may.error()));
      if (!*may) continue;
    }
    auto column = block.column(field);
    if (!column) return base::fail(std::move(column.error()));
    if (*column == nullptr) continue;
    (*column)->match(matcher, left, out);
    left.subtract(out);
  }
  return out;
}

}  // namespace tripod::store
