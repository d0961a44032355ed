// MD5 over several pieces of text, as Sentry hashes what groups events: not for security. And a keyed hash, which is.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tripod::pipeline::group {

// Lower-case hexadecimal MD5 of the pieces joined without separators.
std::string md5_hex(std::span<const std::string_view> pieces);

// HMAC with SHA-256 (RFC 2104), lower-case hexadecimal.
std::string keyed_hash_hex(std::string_view key, std::string_view text);

}  // namespace tripod::pipeline::group
