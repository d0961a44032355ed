// UTF-8 checks on text from outside.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tripod::base {

bool is_valid_utf8(std::string_view text);
// Each byte that is not part of a valid sequence replaced by U+FFFD (RFC 3629; overlong forms and
// surrogates are invalid).
std::string replace_invalid_utf8(std::string_view text);
// The same with each such byte written as "\xe9": for text whose bytes must still be known. (As Python's
// "backslashreplace"; a backslash that was there is not escaped.)
std::string escape_invalid_utf8(std::string_view text);
// The longest prefix of at most `max_bytes` that does not cut a code point.
std::string_view utf8_prefix(std::string_view text, size_t max_bytes);
// Code points of valid text.
size_t utf8_length(std::string_view text);
// U+FFFD for a surrogate or what is beyond U+10FFFF.
void append_utf8(std::string& out, uint32_t code_point);

}  // namespace tripod::base
