// Operations and tables of a statement, as its tokens tell them.
#pragma once

#include <span>

#include "sql/lexer.h"
#include "sql/statement.h"

namespace tripod::sql {

// Sets operation, collection and summary. Reads words, not grammar: names of WITH are no tables, names behind FROM, JOIN, INTO, UPDATE,
// TABLE are.
void summarise(std::span<const Token> tokens, Statement& statement);

}  // namespace tripod::sql
