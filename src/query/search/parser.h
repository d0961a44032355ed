// Recursive descent over the bytes of a query. Private to query/search.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/search/operand.h"
#include "query/search/scanner.h"
#include "query/search/term.h"
#include "store/events/plan.h"

namespace tripod::query::search {

// The key that names a dataset: in:spans.
inline constexpr std::string_view kDatasetKey = "in";

// The columns of a table, for `| where` behind an aggregation: a name is one of them, not a field.
class ColumnComparer {
 public:
  virtual ~ColumnComparer() = default;
  virtual bool has(const Key& key) const = 0;
  virtual base::Result<store::Predicate> compare(const Key& key, CompareOp op, const Value& value) const = 0;
  virtual base::Result<store::Predicate> exists(const Key& key) const = 0;
  // Words without a key are text to look for, and blanks part terms as they do for fields.
  virtual bool takes_free_text() const { return false; }
};

// Parses the terms of one query, up to a `|` or the end. The first error stops it: from then on every method returns at
// once and the scanner's error is set.
class Parser {
 public:
  // Refers to both for its lifetime. With `columns`, keys are theirs.
  Parser(Scanner& in, store::Dataset dataset, const ColumnComparer* columns = nullptr)
      : in_(in), dataset_(dataset), columns_(columns), of_table_(columns != nullptr && !columns->takes_free_text()) {}

  store::Predicate parse();
  // Whether a term names datasets.
  bool asks_dataset() const { return asks_dataset_; }

 private:
  store::Predicate parse_or();
  store::Predicate parse_and();
  store::Predicate parse_not();
  store::Predicate parse_primary();
  store::Predicate parse_group();
  store::Predicate parse_term();
  store::Predicate parse_value_term();  // inside key:( … )
  store::Predicate parse_comparison(const Key& key, size_t position);
  store::Predicate parse_has(size_t position);

  std::optional<Key> accept_key();
  std::optional<CompareOp> accept_sign(bool colon_allowed);
  std::optional<Value> parse_value();
  std::optional<std::string> accept_regex();
  Word parse_word();
  void skip_argument();
  std::optional<size_t> spaced_sign() const;

  base::Result<store::Predicate> compare(const Key& key, CompareOp op, const Value& value) const;
  store::Predicate fail(size_t position, std::string message, base::Code code = base::Code::kInvalidArgument);
  store::Predicate take(base::Result<store::Predicate> made, size_t position);

  Scanner& in_;
  const store::Dataset dataset_;
  const ColumnComparer* const columns_;
  const bool of_table_;
  int nesting_ = 0;
  bool asks_dataset_ = false;
  const Key* group_key_ = nullptr;  // inside key:( … ): the key
};

}  // namespace tripod::query::search
