// What a column's entry and its block's text filter rule out.
#include <bit>
#include <utility>

#include "base/hash.h"
#include "store/events/block_filter.h"
#include "store/events/bloom.h"
#include "store/events/field_text.h"
#include "store/events/text_filter.h"

namespace tripod::store {
namespace {

using Op = Predicate::Op;

constexpr TypeSet kTexts = (1u << static_cast<unsigned>(model::ValueType::kString)) |
                           (1u << static_cast<unsigned>(model::ValueType::kJson));

constexpr TypeSet kNumbers = (1u << static_cast<unsigned>(model::ValueType::kInt64)) |
                             (1u << static_cast<unsigned>(model::ValueType::kFloat64));

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

bool value_may_be_in(const PartReader::TextFilter& filter, std::string_view text) {
  return !filter.values.empty() && bloom_may_contain(filter.values, base::hash64(text));
}

// The column has a value of exactly this text.
base::Result<bool> text_may_be_in(std::string_view text, const ColumnEntry& entry, BlockReader& block) {
  if (!entry.has(ColumnEntry::kValuesKnown) || text.size() > kLongestKnownValue) return true;
  auto filter = block.text_filter();
  if (!filter) return base::fail(std::move(filter.error()));
  return value_may_be_in(*filter, text);
}

base::Result<bool> grams_may_match(const Matcher& matcher, const ColumnEntry& entry, BlockReader& block) {
  if (!entry.has(ColumnEntry::kGramsKnown) || !matcher.has_grams()) return true;
  auto filter = block.text_filter();
  if (!filter) return base::fail(std::move(filter.error()));
  return matcher.may_be_in(filter->grams);
}

base::Result<bool> search_may_match(const Matcher& matcher, const ColumnEntry& entry, BlockReader& block) {
  // The filter's grams are those of texts alone.
  if ((!matcher.text_fields_only() || matcher.numbers_too()) && (entry.types & ~kTexts) != 0) return true;
  if (matcher.op() == Op::kContains && entry.has(ColumnEntry::kTextSizes)) {
    const std::string& needle = matcher.substring().needle();
    if (needle.size() > entry.most) return false;
    if (entry.has(ColumnEntry::kIdentifiers)) {
      if (needle.find_first_not_of("0123456789abcdef-") != std::string::npos) return false;
      // As long as every value: it can only be the whole of one, and identifiers have one spelling.
      if (needle.size() == entry.least && needle.size() == entry.most) return text_may_be_in(needle, entry, block);
    }
  }
  return grams_may_match(matcher, entry, block);
}

}  // namespace

base::Result<bool> column_may_match(const Matcher& matcher, const ColumnEntry& entry, BlockReader& block) {
  const TypeSet asked = matcher.numbers_too() ? kTexts | kNumbers : kTexts;
  if (matcher.text_fields_only() && (entry.types & asked) == 0) return false;
  switch (matcher.op()) {
    case Op::kExists: return true;
    case Op::kContains:
    case Op::kWildcard:
    case Op::kRegex: return search_may_match(matcher, entry, block);
    default: break;
  }
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
  const std::string& text = matcher.operand_text();
  if (entry.has(ColumnEntry::kTextSizes)) {
    if (text.size() < entry.least || text.size() > entry.most) return false;
    auto grams = grams_may_match(matcher, entry, block);
    if (!grams || !*grams) return grams;
  }
  return text_may_be_in(text, entry, block);
}

base::Result<bool> rare_may_match(const Matcher& matcher, BlockReader& block) {
  auto entry = block.entry(kRareColumn);
  if (!entry) return base::fail(std::move(entry.error()));
  if (*entry == nullptr) return false;
  if (matcher.op() == Op::kEqual) {
    if (is_number(matcher.operand())) return true;
    return text_may_be_in(matcher.operand_text(), **entry, block);
  }
  const bool searches = matcher.op() == Op::kContains || matcher.op() == Op::kWildcard || matcher.op() == Op::kRegex;
  return searches ? search_may_match(matcher, **entry, block) : base::Result<bool>(true);
}

}  // namespace tripod::store
