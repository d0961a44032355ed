// The recursive-descent parser behind parse(). Private to query/promql.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "query/promql/lexer.h"
#include "query/promql/parser.h"

namespace tripod::query::promql {

// Parses one query. The first error stops it: from then on every method returns null or a default,
// and `failed()` is true.
class Parser {
 public:
  // `items` ends with kEnd and outlives the parser.
  explicit Parser(const std::vector<LexItem>& items) : items_(items) {}

  ExprPtr parse_query();

  struct Error {
    size_t position = 0;
    base::Code code = base::Code::kInvalidArgument;
    std::string message;
  };
  const std::optional<Error>& error() const { return error_; }

 private:
  // parser.cc: expressions
  ExprPtr parse_expr() { return parse_binary(1); }
  ExprPtr parse_binary(int least_precedence);
  ExprPtr parse_unary();
  ExprPtr parse_primary();
  ExprPtr parse_word();
  ExprPtr parse_number();
  ExprPtr parse_string();
  ExprPtr parse_paren();
  ExprPtr parse_call(const LexItem& name);
  ExprPtr parse_aggregation(const LexItem& name);
  bool parse_arguments(std::vector<ExprPtr>& out);
  bool parse_grouping(Aggregation& aggregation);
  void parse_binary_modifiers(Binary& binary);
  void parse_fill_modifiers(VectorMatching& matching);
  std::optional<double> parse_fill_value();
  std::vector<std::string> parse_label_list(const char* context);

  // parser_selector.cc: selectors, ranges and modifiers
  ExprPtr parse_selector(const LexItem* name);
  void parse_matchers(VectorSelector& selector);
  void parse_matcher(VectorSelector& selector);
  ExprPtr parse_postfix(ExprPtr expr);
  ExprPtr parse_range(ExprPtr expr);
  bool parse_offset(Expr& expr);
  bool parse_at(Expr& expr);
  TimeShift* shift_of(Expr& expr, const char* modifier);
  bool parse_extension(Expr& expr);

  // parser_duration.cc: durations inside [ ] and after offset
  enum class DurationOf : uint8_t { kRange, kOffset };
  std::optional<Duration> parse_duration(DurationOf of);
  DurationPtr parse_duration_sum();
  DurationPtr parse_duration_product();
  DurationPtr parse_duration_sign(bool with_power);
  DurationPtr parse_duration_power();
  DurationPtr parse_duration_operand();
  DurationPtr parse_duration_call();
  DurationPtr make_duration(uint32_t start, DurationExpr node);

  // helpers
  const LexItem& peek(size_t ahead = 0) const {
    return items_[std::min(at_ + ahead, items_.size() - 1)];
  }
  const LexItem& next() {
    const LexItem& item = peek();
    if (at_ + 1 < items_.size()) ++at_;
    return item;
  }
  bool at(Token token) const { return peek().token == token; }
  bool at(Keyword keyword) const {
    return peek().token == Token::kIdentifier && peek().keyword == keyword;
  }
  bool accept(Token token) {
    if (!at(token)) return false;
    next();
    return true;
  }
  // Takes `token` or fails with "unexpected … in <context>, expected <what>".
  bool expect(Token token, const char* context, const char* what);
  bool failed() const { return error_.has_value(); }
  std::nullptr_t fail(size_t position, std::string message,
                      base::Code code = base::Code::kInvalidArgument);
  std::nullptr_t fail_unexpected(const char* context, const char* expected);
  // Makes a node over [start, end of the last token taken) and bounds the tree's height.
  template <class T>
  ExprPtr make(uint32_t start, T node);
  ExprPtr finish(uint32_t start, Expr::Node node);

  const std::vector<LexItem>& items_;
  size_t at_ = 0;
  int nesting_ = 0;
  std::optional<Error> error_;

  friend class NestingGuard;
};

// Counts one level of nesting for its lifetime; fails the parser past kMaxNesting.
class NestingGuard {
 public:
  explicit NestingGuard(Parser& parser) : parser_(parser) {
    if (++parser_.nesting_ > kMaxNesting) {
      parser_.fail(parser_.peek().pos.start,
                   "expression is nested too deeply (limit " + std::to_string(kMaxNesting) + ")");
    }
  }
  ~NestingGuard() { --parser_.nesting_; }
  NestingGuard(const NestingGuard&) = delete;
  NestingGuard& operator=(const NestingGuard&) = delete;

 private:
  Parser& parser_;
};

template <class T>
ExprPtr Parser::make(uint32_t start, T node) {
  return finish(start, Expr::Node(std::move(node)));
}

}  // namespace tripod::query::promql
