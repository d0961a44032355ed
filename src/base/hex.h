// Bytes as lower-case hexadecimal text and back.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tripod::base {

std::string to_hex(std::string_view bytes);
// nullopt when the length is odd or a character is not a hexadecimal digit (either case is taken).
std::optional<std::string> from_hex(std::string_view hex);
// Whether every character is one of 0-9a-fA-F and there is at least one.
bool is_hex(std::string_view text);

}  // namespace tripod::base
