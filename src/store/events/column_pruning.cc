// What a column's entry and Bloom filter rule out.
#include <bit>
#include <utility>

#include "base/hash.h"
#include "store/events/block_filter.h"
#include "store/events/bloom.h"
#include "store/events/field_text.h"
#include "store/events/tokens.h"

namespace tripod::store {
namespace {

using Op = Predicate::Op;

constexpr TypeSet kTexts = (1u << static_cast<unsigned>(model::ValueType::kString)) |
                           (1u << static_cast<unsigned>(model::ValueType::kJson));

bool range_may_match(Op op, const model::Value& operand, const ColumnEntry& entry) {
  const bool ints = entry.has(ColumnEntry::kIntRange);
  const auto least = ints ? model::Value::int64(static_cast<int64_t>(entry.least))
                          : model::Value::float64(std::bit_cast<double>(entry.least));
  const auto most = ints ? model::Value::int64(static_cast<int64_t>(entry.most))
                         : model::Value::float64(std::bit_cast<double>(entry.most));
  switch (op) {
    case Op::kEqual: return compare_numbers(least, operand) <= 0 && compare_numbers(most, operand) >= 0;
    case Op::kLess: return compare_numbers(least, operand) < 0;
    case Op::kLessEqual: return compare_numbers(least, operand) <= 0;
    case Op::kGreater: return compare_numbers(most, operand) > 0;
    default: return compare_numbers(most, operand) >= 0;
  }
}

base::Result<bool> bloom_may_match(const ColumnEntry& entry, const PartReader& part,
                                   std::span<const uint64_t> all_of) {
  if (entry.bloom_bytes == 0 || all_of.empty()) return true;
  auto bloom = part.read_bloom(entry);
  if (!bloom) return base::fail(std::move(bloom.error()));
  for (uint64_t hash : all_of) {
    if (!bloom_may_contain(*bloom, hash)) return false;
  }
  return true;
}

base::Result<bool> text_equal_may_match(std::string_view text, const ColumnEntry& entry, const PartReader& part) {
  if (entry.has(ColumnEntry::kTextSizes) && (text.size() < entry.least || text.size() > entry.most)) return false;
  const uint64_t hash = base::hash64(text);
  return bloom_may_match(entry, part, {&hash, 1});
}

base::Result<bool> contains_may_match(const Matcher& matcher, const ColumnEntry& entry, const PartReader& part) {
  // The filter's words are those of texts alone.
  if (!matcher.text_fields_only() && (entry.types & ~kTexts) != 0) return true;
  const std::string& needle = matcher.substring().needle();
  if (entry.has(ColumnEntry::kTextSizes)) {
    if (needle.size() > entry.most) return false;
    // As long as every value: it can only be the whole of one, and identifiers have one spelling.
    const bool whole = needle.size() == entry.least && needle.size() == entry.most;
    if (whole && entry.has(ColumnEntry::kIdentifiers)) {
      const uint64_t hash = base::hash64(needle);
      return bloom_may_match(entry, part, {&hash, 1});
    }
  }
  if (!entry.has(ColumnEntry::kBloomHasWords)) return true;
  return bloom_may_match(entry, part, inner_word_hashes(needle));
}

}  // namespace

base::Result<bool> column_may_match(const Matcher& matcher, const ColumnEntry& entry, const PartReader& part) {
  if (matcher.text_fields_only() && (entry.types & kTexts) == 0) return false;
  if (matcher.op() == Op::kContains) return contains_may_match(matcher, entry, part);
  if (matcher.op() == Op::kExists || matcher.op() == Op::kWildcard || matcher.op() == Op::kRegex) return true;

  const model::Value operand = matcher.operand();
  if (operand.is_null()) return false;
  if (is_number(operand)) {
    if (entry.has(ColumnEntry::kIntRange) || entry.has(ColumnEntry::kFloatRange)) {
      return range_may_match(matcher.op(), operand, entry);
    }
    if (matcher.op() != Op::kEqual) return entry.has(ColumnEntry::kHasNumbers);
    // 500 equals 500.0, which has another text than 1e16 and 10000000000000000 have: only texts can be ruled out.
    if (entry.has(ColumnEntry::kHasNumbers)) return true;
  }
  if (matcher.op() != Op::kEqual) return true;
  return text_equal_may_match(matcher.operand_text(), entry, part);
}

}  // namespace tripod::store
