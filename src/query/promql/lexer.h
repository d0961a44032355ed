// PromQL text to tokens.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "query/promql/ast.h"

namespace tripod::query::promql {

enum class Token : uint8_t {
  kEnd,
  kIdentifier,        // [a-zA-Z_][a-zA-Z0-9_]*, keywords too
  kMetricIdentifier,  // an identifier with a colon in it
  kString,            // quotes included
  kNumber,
  kDuration,
  kLeftParen,
  kRightParen,
  kLeftBrace,
  kRightBrace,
  kLeftBracket,
  kRightBracket,
  kComma,
  kColon,
  kAt,
  kAssign,  // =  (in braces: equal matcher)
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMod,
  kPow,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kRegexMatch,
  kRegexNotMatch,
};

// Words with a meaning. They are recognised without regard to case, and where a name is wanted they
// are just names.
enum class Keyword : uint8_t {
  kNone,
  kAnd,
  kOr,
  kUnless,
  kAtan2,
  kBool,
  kBy,
  kWithout,
  kOn,
  kIgnoring,
  kGroupLeft,
  kGroupRight,
  kOffset,
  kStart,
  kEnd,
  kInf,
  kNan,
  kFill,
  kFillLeft,
  kFillRight,
  kAnchored,
  kSmoothed,
  kAggregate,  // LexItem::aggregate says which
};

struct LexItem {
  Token token = Token::kEnd;
  Keyword keyword = Keyword::kNone;
  AggregateOp aggregate = AggregateOp::kSum;
  PosRange pos;
  std::string_view text;  // view into the query
};

struct LexError {
  size_t position = 0;
  std::string message;
};

// All tokens of `query`, the last one kEnd, comments and blanks left out. On a lexical error the
// list ends before it and `error.message` is not empty. `query` outlives the items.
std::vector<LexItem> lex(std::string_view query, LexError& error);

// How errors speak of a token: "end of input", `identifier "foo"`, "<op:+>", "<by>".
std::string describe(const LexItem& item);

}  // namespace tripod::query::promql
