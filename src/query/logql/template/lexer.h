// Template text to tokens. Private to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tripod::query::logql::text_template {

enum class Token : uint8_t {
  kText,        // outside of {{ }}, trimmed
  kOpen,        // {{
  kClose,       // }}
  kWord,        // identifier or keyword
  kField,       // .name
  kVariable,    // $name, $
  kDot,
  kString,      // unquoted in `text`
  kNumber,
  kChar,        // 'a'
  kPipe,
  kLeftParen,
  kRightParen,
  kComma,
  kDeclare,     // :=
  kAssign,      // =
  kEnd,
};

struct Item {
  Token token = Token::kEnd;
  size_t position = 0;
  std::string text;
  std::string_view raw;
  bool after_blank = false;
};

// The last item is kEnd. Errors: kInvalidArgument, with the place in `error_position`.
base::Result<std::vector<Item>> lex(std::string_view text, size_t& error_position);

}  // namespace tripod::query::logql::text_template
