// The recursive-descent parser behind parse(). Private to query/logql.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "query/logql/lexer.h"
#include "query/logql/parser.h"

namespace tripod::query::logql {

// Parses one query. The first error stops it: from then on every method returns null or a default, and
// `failed()` is true.
class Parser {
 public:
  struct Error {
    size_t position = 0;
    base::Code code = base::Code::kInvalidArgument;
    std::string message;
  };

  // `items` ends with kEnd and outlives the parser.
  explicit Parser(const std::vector<LexItem>& items) : items_(items) {}
  ExprPtr parse_query();
  const std::optional<Error>& error() const { return error_; }

 private:
  // parser.cc: expressions
  ExprPtr parse_binary(int least_precedence);
  ExprPtr parse_primary();
  ExprPtr parse_literal(double sign);
  ExprPtr parse_word();
  ExprPtr parse_range_aggregation(RangeOp op);
  ExprPtr parse_vector_aggregation(VectorOp op);
  ExprPtr parse_label_replace();
  ExprPtr parse_vector_literal();
  void parse_log_range(RangeAggregation& out);
  void parse_unwrap(RangeAggregation& out);
  void parse_modifiers(Binary& binary);
  std::optional<Grouping> parse_grouping();
  std::vector<std::string> parse_names();
  void check_range(const RangeAggregation& range, size_t position);
  void check_vector(const VectorAggregation& vector, std::optional<double> param, size_t position);
  ExprPtr make_binary(Binary binary, size_t position);
  ExprPtr make(Expr::NodeType node, size_t position);

  // parser_pipeline.cc: selectors and stages
  void parse_selector(std::vector<Matcher>& out);
  std::optional<Matcher> parse_matcher();
  bool at_stage() const;
  void parse_stage(std::vector<Stage>& out);
  void parse_line_filter(std::vector<Stage>& out);
  std::optional<Stage> parse_word_stage();
  std::optional<Stage> parse_extractions(bool is_logfmt);
  std::optional<Stage> parse_label_format();
  std::vector<LabelPick> parse_picks();
  std::optional<LabelFilter> parse_label_filter();
  std::optional<LabelFilter> parse_label_filter_and();
  std::optional<LabelFilter> parse_label_filter_primary();
  bool at_label_filter(size_t ahead = 0) const;
  std::optional<std::string> parse_ip_pattern();
  // Fail where the query has more than it may (kMaxParts, kMaxRegexes).
  void count_part(size_t position);
  void count_regex(size_t position);
  void check_stage(const Stage& stage, size_t position);
  void check_template(const LexItem& literal, const char* name, const std::string& prefix);

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
  bool at_symbol(std::string_view text, size_t ahead = 0) const {
    return peek(ahead).token == Token::kSymbol && peek(ahead).text == text;
  }
  // Keywords are recognised whatever their case, as Loki has it.
  bool at_word(std::string_view text, size_t ahead = 0) const;
  bool accept(std::string_view symbol) {
    if (!at_symbol(symbol)) return false;
    next();
    return true;
  }
  bool accept_word(std::string_view word) {
    if (!at_word(word)) return false;
    next();
    return true;
  }
  // Takes the symbol, or fails with "syntax error: unexpected X, expecting Y".
  bool expect(std::string_view symbol) {
    if (accept(symbol)) return true;
    unexpected(std::string(symbol));
    return false;
  }
  std::optional<std::string> expect_string();
  std::optional<std::string> expect_name();
  bool failed() const { return error_.has_value(); }
  std::nullptr_t fail(size_t position, std::string message,
                      base::Code code = base::Code::kInvalidArgument);
  std::nullptr_t unexpected(const std::string& expecting = "");

  const std::vector<LexItem>& items_;
  size_t at_ = 0;
  int nesting_ = 0;
  size_t parts_ = 0;
  size_t regexes_ = 0;
  size_t last_string_ = 0;  // where the last string literal stands: most faults of a stage are in it
  std::optional<Error> error_;

  friend class NestingGuard;
};

// Counts one level of nesting for its lifetime; fails the parser past kMaxNesting.
class NestingGuard {
 public:
  explicit NestingGuard(Parser& parser) : parser_(parser) {
    if (++parser_.nesting_ > kMaxNesting) {
      parser_.fail(parser_.peek().position,
                   "expression is nested too deeply (limit " + std::to_string(kMaxNesting) + ")");
    }
  }
  ~NestingGuard() { --parser_.nesting_; }
  NestingGuard(const NestingGuard&) = delete;
  NestingGuard& operator=(const NestingGuard&) = delete;

 private:
  Parser& parser_;
};

}  // namespace tripod::query::logql
