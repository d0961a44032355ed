// Random bytes fit for keys and tokens, from the kernel.
#pragma once

#include <cstddef>
#include <string>

namespace tripod::base {

// Cryptographically strong bytes of getrandom(2). Thread-safe; aborts when the kernel has none to
// give.
std::string random_bytes(size_t count);
// `bytes` random bytes as lower-case hexadecimal: 2 * bytes characters.
std::string random_hex(size_t bytes);

}  // namespace tripod::base
