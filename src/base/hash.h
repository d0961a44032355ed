// Hashes used across the stores: XXH3 for speed, never for security.
#pragma once

#include <cstdint>
#include <string_view>

namespace tripod::base {

uint64_t hash64(std::string_view bytes, uint64_t seed = 0);  // XXH3_64bits

}  // namespace tripod::base
