// Passwords and tokens: made at random, kept as hashes, compared in constant time.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tripod::serve {

// 32 random bytes as 64 hexadecimal digits behind a prefix that names what it is ("trp_").
std::string make_token(std::string_view prefix);
// SHA-256, hexadecimal: what is stored of a token.
std::string hash_token(std::string_view token);
// argon2id (RFC 9106, second recommended parameters scaled to 19 MiB, 2 passes), as a PHC string. Takes tens of milliseconds.
base::Result<std::string> hash_password(std::string_view password);
bool verify_password(std::string_view phc, std::string_view password);
bool equal_secrets(std::string_view a, std::string_view b);

}  // namespace tripod::serve
