// Quoted values in lines of text, as Go, Python, nginx, Apache and gunicorn write them.
#pragma once

#include <optional>
#include <string_view>

#include "base/arena.h"

namespace tripod::pipeline {

// The text between the quote at `at` and the next such that no backslash precedes; `at` is moved behind that. Escapes are
// undone (\" \\ \n \r \t \b \f \a \v \xHH \uHHHH), others stay as they are; bytes that are no UTF-8 then become U+FFFD. Views `text`
// where there are none, else the arena. None where there is no closing quote.
// @pre text[at] is the quote, '"' or '\''
std::optional<std::string_view> take_quoted(std::string_view text, size_t& at, base::Arena& arena);

}  // namespace tripod::pipeline
