// Recursive descent over the bytes of a query. Private to query/search.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/search/operand.h"
#include "query/search/term.h"
#include "store/events/plan.h"

namespace tripod::query::search {

// Parses one query. The first error stops it: from then on every method returns at once and
// `error()` is set.
class Parser {
 public:
  Parser(std::string_view text, store::Dataset dataset) : text_(text), dataset_(dataset) {}

  store::Predicate parse();

  struct Error {
    size_t position = 0;
    base::Code code = base::Code::kInvalidArgument;
    std::string message;
  };
  const std::optional<Error>& error() const { return error_; }

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
  std::string parse_quoted();
  Word parse_word();
  bool accept_keyword(std::string_view keyword);
  bool at_keyword(std::string_view keyword) const;

  char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool at_end() const { return at_ >= text_.size(); }
  void skip_blank();
  bool failed() const { return error_.has_value(); }
  store::Predicate fail(size_t position, std::string message,
                        base::Code code = base::Code::kInvalidArgument);
  store::Predicate take(base::Result<store::Predicate> made, size_t position);
  std::string got() const;  // what stands here, for errors

  const std::string_view text_;
  const store::Dataset dataset_;
  size_t at_ = 0;
  int nesting_ = 0;
  size_t terms_ = 0;
  const Key* group_key_ = nullptr;  // inside key:( … ): the key
  std::optional<Error> error_;
};

}  // namespace tripod::query::search
