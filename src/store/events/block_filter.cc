#include "store/events/block_filter.h"

#include <algorithm>
#include <utility>

namespace tripod::store {
namespace {

constexpr TypeSet kTexts = (1u << static_cast<unsigned>(model::ValueType::kString)) |
                           (1u << static_cast<unsigned>(model::ValueType::kJson));

}  // namespace

base::Result<BlockFilter> BlockFilter::bind(const Filter& filter, const PartReader& part) {
  auto directory = part.directory();
  if (!directory) return base::fail(std::move(directory.error()));
  const auto& fields = (*directory)->fields;
  BlockFilter out(filter);
  for (const Filter::Leaf& leaf : filter.leaves) {
    Leaf& bound = out.leaves_.emplace_back();
    std::vector<uint32_t> numbers;
    if (leaf.matcher.any_field()) {
      for (uint32_t i = kSystemColumns; i < fields.size(); ++i) {
        if ((fields[i].types & kTexts) != 0) numbers.push_back(i);
      }
    } else if (const uint32_t field = (*directory)->find(leaf.key); field != PartDirectory::kNoField) {
      numbers.push_back(field);
    }
    for (uint32_t field : numbers) {
      auto asked = ask(leaf.matcher, field, part);
      if (!asked) return base::fail(std::move(asked.error()));
      asked->in_rare = fields[field].in_rare;
      bound.push_back(std::move(*asked));
    }
  }
  return out;
}

base::Result<BlockFilter::Asked> BlockFilter::ask(const Matcher& matcher, uint32_t field, const PartReader& part) {
  Asked out;
  out.field = field;
  auto counts = part.counts(field);
  if (!counts) return base::fail(std::move(counts.error()));
  out.counts = *counts;
  if (out.counts == nullptr) return out;
  for (const model::Value& value : out.counts->values()) out.hits.push_back(matcher.matches(value) ? 1 : 0);
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
  for (const Asked& asked : leaves_[leaf]) {
    auto may = field_may_match(matcher, asked, block);
    if (!may || *may) return may;
  }
  return false;
}

base::Result<bool> BlockFilter::field_may_match(const Matcher& matcher, const Asked& asked, BlockReader& block) {
  if (asked.counts != nullptr) {
    const auto counted = asked.counts->block(block.number());
    if (counted.counted()) {
      return std::ranges::any_of(counted.values, [&](uint32_t value) { return asked.hits[value] != 0; });
    }
  }
  auto entry = block.entry(asked.field);
  if (!entry) return base::fail(std::move(entry.error()));
  if (*entry != nullptr) return column_may_match(matcher, **entry, block);
  if (!asked.in_rare) return false;
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
  Bitmap out(candidates.size());
  Bitmap left = candidates;
  for (const Asked& asked : leaves_[leaf]) {
    if (left.none()) break;
    // Conditions under "or" and "not" come here although the indexes rule them out.
    auto may = field_may_match(matcher, asked, block);
    if (!may) return base::fail(std::move(may.error()));
    if (!*may) continue;
    if (auto matched = match_field(matcher, asked, block, left, out); !matched) return base::fail(std::move(matched.error()));
    if (leaves_[leaf].size() > 1) left.subtract(out);
  }
  return out;
}

// Where the block's values are counted, all that is left to do is to look their codes up, or not even that.
base::Result<> BlockFilter::match_field(const Matcher& matcher, const Asked& asked, BlockReader& block,
                                        const Bitmap& candidates, Bitmap& out) {
  ValueCounts::Block counted;
  if (asked.counts != nullptr) counted = asked.counts->block(block.number());
  std::vector<uint8_t> hits;
  for (uint32_t value : counted.values) hits.push_back(asked.hits[value]);
  const bool all = counted.counted() && std::ranges::find(hits, 0) == hits.end();
  if (all && counted.rows() == block.rows()) {
    out |= candidates;
    return {};
  }
  auto column = block.column(asked.field);
  if (!column) return base::fail(std::move(column.error()));
  if (*column == nullptr) return {};
  const Column* entries = (*column)->values().entries();
  if (entries != nullptr && entries->size() == hits.size()) {
    (*column)->match_codes(hits, candidates, out);
  } else {
    (*column)->match(matcher, candidates, out);
  }
  return {};
}

}  // namespace tripod::store
