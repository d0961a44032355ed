#include "store/events/block_filter.h"

#include <algorithm>
#include <utility>

#include "store/events/original_text.h"

namespace tripod::store {
namespace {

constexpr TypeSet kTexts = (1u << static_cast<unsigned>(model::ValueType::kString)) |
                           (1u << static_cast<unsigned>(model::ValueType::kJson));

constexpr TypeSet kNumbers = (1u << static_cast<unsigned>(model::ValueType::kInt64)) |
                             (1u << static_cast<unsigned>(model::ValueType::kFloat64));

// Whether a line can only contain the needle where a text of the record or the text between them does: it holds nothing that
// parts values in JSON or that is escaped there, and could not be part of a number, a time, true, false or null.
bool stands_in_fields(const Matcher& matcher) {
  if (matcher.op() != Predicate::Op::kContains) return false;
  const std::string& needle = matcher.substring().needle();
  if (needle.empty() || needle.front() == ' ' || needle.back() == ' ') return false;
  for (const char c : needle) {
    if (static_cast<unsigned char>(c) < 0x20 || std::string_view(R"("\:,{}[])").find(c) != std::string_view::npos) return false;
  }
  if (needle.find_first_not_of("0123456789.-+eEtTzZ ") == std::string::npos) return false;
  for (const std::string_view word : {"true", "false", "null"}) {
    if (word.find(needle) != word.npos) return false;
  }
  return true;
}

}  // namespace

base::Result<BlockFilter> BlockFilter::bind(const Filter& filter, const PartReader& part) {
  auto directory = part.directory();
  if (!directory) return base::fail(std::move(directory.error()));
  BlockFilter out(filter);
  const bool templates = (*directory)->find(model::kOriginalTemplateField) != PartDirectory::kNoField;
  for (const Filter::Leaf& leaf : filter.leaves) {
    Leaf bound;
    Original original;
    if (leaf.matcher.any_field()) {
      auto asked = ask_texts(leaf.matcher, part, false);
      if (!asked) return base::fail(std::move(asked.error()));
      bound = std::move(*asked);
    } else if (const uint32_t field = (*directory)->find(leaf.key); field != PartDirectory::kNoField) {
      auto asked = ask(leaf.matcher, field, part);
      if (!asked) return base::fail(std::move(asked.error()));
      bound.push_back(std::move(*asked));
    }
    original.composed = templates && leaf.key == model::kOriginalField;
    if (original.composed && stands_in_fields(leaf.matcher)) {
      auto asked = ask_texts(leaf.matcher, part, true);
      if (!asked) return base::fail(std::move(asked.error()));
      original.in_fields = true;
      original.fields = std::move(*asked);
    }
    out.leaves_.push_back(std::move(bound));
    out.originals_.push_back(std::move(original));
  }
  return out;
}

// All fields with texts, and with numbers where the comparison looks at them.
base::Result<BlockFilter::Leaf> BlockFilter::ask_texts(const Matcher& matcher, const PartReader& part, bool with_template) {
  auto directory = part.directory();
  if (!directory) return base::fail(std::move(directory.error()));
  const auto& fields = (*directory)->fields;
  const TypeSet wanted = matcher.numbers_too() ? kTexts | kNumbers : kTexts;
  Leaf out;
  for (uint32_t i = kSystemColumns; i < fields.size(); ++i) {
    const bool left_out = with_template ? fields[i].name == model::kOriginalField : is_beside_fields(fields[i].name);
    if ((fields[i].types & wanted) == 0 || left_out) continue;
    auto asked = ask(matcher, i, part);
    if (!asked) return base::fail(std::move(asked.error()));
    out.push_back(std::move(*asked));
  }
  return out;
}

base::Result<BlockFilter::Asked> BlockFilter::ask(const Matcher& matcher, uint32_t field, const PartReader& part) {
  Asked out;
  out.field = field;
  auto directory = part.directory();
  if (!directory) return base::fail(std::move(directory.error()));
  out.in_rare = (*directory)->fields[field].in_rare;
  auto counts = part.counts(field);
  if (!counts) return base::fail(std::move(counts.error()));
  out.counts = *counts;
  if (ValueMemo::is_for(matcher)) out.memo = std::make_unique<ValueMemo>();
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
  auto may = fields_may_match(matcher, leaves_[leaf], block);
  if (!may || *may || !originals_[leaf].composed) return may;
  return !originals_[leaf].in_fields ? true : fields_may_match(matcher, originals_[leaf].fields, block);
}

base::Result<bool> BlockFilter::fields_may_match(const Matcher& matcher, const Leaf& fields, BlockReader& block) {
  for (const Asked& asked : fields) {
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
  auto out = match_fields(filter_->leaves[leaf].matcher, leaves_[leaf], block, candidates);
  if (!out || !originals_[leaf].composed) return out;
  if (auto matched = match_composed(leaf, block, candidates, *out); !matched) return base::fail(std::move(matched.error()));
  return out;
}

base::Result<Bitmap> BlockFilter::match_fields(const Matcher& matcher, const Leaf& fields, BlockReader& block,
                                               const Bitmap& candidates) {
  Bitmap out(candidates.size());
  Bitmap left = candidates;
  for (const Asked& asked : fields) {
    if (left.none()) break;
    // Conditions under "or" and "not" come here although the indexes rule them out.
    auto may = field_may_match(matcher, asked, block);
    if (!may) return base::fail(std::move(may.error()));
    if (!*may) continue;
    if (auto matched = match_field(matcher, asked, block, left, out); !matched) return base::fail(std::move(matched.error()));
    if (fields.size() > 1) left.subtract(out);
  }
  return out;
}

// Adds the rows whose composed line matches.
base::Result<> BlockFilter::match_composed(uint32_t leaf, BlockReader& block, const Bitmap& candidates, Bitmap& out) const {
  const Matcher& matcher = filter_->leaves[leaf].matcher;
  const Original& original = originals_[leaf];
  Bitmap rows = candidates;
  if (original.in_fields) {
    auto matched = match_fields(matcher, original.fields, block, candidates);
    if (!matched) return base::fail(std::move(matched.error()));
    rows = std::move(*matched);
  }
  if (rows.none()) return {};
  auto lines = BlockOriginal::open(block);
  if (!lines) return base::fail(std::move(lines.error()));
  if (!lines->present()) return {};
  rows &= lines->rows();
  base::Result<> done;
  std::string line;
  rows.for_each([&](size_t row) {
    if (!done) return;
    line.clear();
    auto added = lines->append(row, line);
    if (!added) done = base::fail(std::move(added.error()));
    else if (*added && matcher.matches(model::Value::string(line))) out.set(row);
  });
  return done;
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
  if (entries != nullptr && asked.memo != nullptr && entries->size() != hits.size() && asked.memo->pays()) {
    ValueScratch scratch;
    hits.resize(entries->size());
    for (size_t i = 0; i < hits.size(); ++i) hits[i] = asked.memo->matches(matcher, entries->at(i, scratch)) ? 1 : 0;
  }
  if (entries != nullptr && entries->size() == hits.size()) {
    (*column)->match_codes(hits, candidates, out);
  } else {
    (*column)->match(matcher, candidates, out);
  }
  return {};
}

}  // namespace tripod::store
