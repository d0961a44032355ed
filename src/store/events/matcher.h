// One comparison of a filter, compiled: the single place where "does this value match" is decided. Evaluators over rows and
// over columns both ask it, so that they cannot disagree.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/result.h"
#include "model/value.h"
#include "store/events/plan.h"
#include "store/events/regex_prefilter.h"
#include "store/events/text_filter.h"
#include "store/events/text_search.h"

namespace re2 {
class RE2;
}

namespace tripod::store {

// The regular expressions of one filter: each text is compiled once, and together they have a bounded memory. Not thread-safe.
class RegexSet {
 public:
  struct Entry {
    std::shared_ptr<const re2::RE2> regex;
    std::shared_ptr<const RegexPrefilter> prefilter;  // null where it needs nothing that a block could lack
  };
  // `expected`: about how many there will be, which share the memory.
  explicit RegexSet(size_t expected);
  // kInvalidArgument: it does not compile.
  base::Result<Entry> get(const std::string& pattern);

 private:
  static constexpr int64_t kMostMemory = 64 << 20;
  static constexpr int64_t kMostShare = 8 << 20;
  static constexpr int64_t kLeastShare = 256 << 10;

  const int64_t share_;  // bytes of one; RE2 searches slower, and not less, where they do not suffice
  std::unordered_map<std::string, Entry> entries_;
};

// Immutable and thread-safe; copies share what was compiled.
class Matcher {
 public:
  // `leaf` is a comparison other than kNotEqual (its callers negate kEqual, so that a missing field matches).
  // kInvalidArgument: a bad regular expression, an operand of the wrong type, an empty key where a key is needed.
  static base::Result<Matcher> compile(const Predicate& leaf, RegexSet& regexes);

  // `value` is present and not null.
  bool matches(const model::Value& value) const;

  Predicate::Op op() const { return op_; }
  // The operand as a value (numbers, booleans) and as text.
  model::Value operand() const;
  const std::string& operand_text() const { return operand_text_; }
  // Strings and JSON only: the searches that look at any field ...
  bool text_fields_only() const { return text_fields_only_; }
  // ... but for those whose operand could stand in a number: they look at numbers too.
  bool numbers_too() const { return numbers_too_; }
  bool any_field() const { return any_field_; }
  // What every matching text has in it, as a block's text filter can say (kEqual, kContains, kWildcard, kRegex). False: nothing
  // is known of it.
  bool has_grams() const { return !grams_.empty() || prefilter_ != nullptr; }
  // False: no text with these grams matches.
  bool may_be_in(std::string_view grams) const;
  // kContains only.
  const SubstringSearcher& substring() const { return *substring_; }

 private:
  void add_grams(std::string_view needle);
  bool matches_text(std::string_view text) const;
  bool equals(const model::Value& value) const;
  bool is_ordered(const model::Value& value) const;

  Predicate::Op op_ = Predicate::Op::kExists;
  FieldValue operand_;
  std::string operand_text_;
  bool text_fields_only_ = false;
  bool numbers_too_ = false;
  bool any_field_ = false;
  std::vector<GramProbe> grams_;  // all of them are needed; none is empty
  std::shared_ptr<const SubstringSearcher> substring_;
  std::shared_ptr<const WildcardPattern> wildcard_;
  std::shared_ptr<const re2::RE2> regex_;
  std::shared_ptr<const RegexPrefilter> prefilter_;  // of regex_, where it needs anything
};

}  // namespace tripod::store
