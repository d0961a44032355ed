// MD5 over several pieces of text, as Sentry hashes what groups events. Not for security.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tripod::pipeline::group {

// Lower-case hexadecimal MD5 of the pieces joined without separators.
std::string md5_hex(std::span<const std::string_view> pieces);

}  // namespace tripod::pipeline::group
