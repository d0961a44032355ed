// Which issues a commit says that it fixes. https://docs.sentry.io/product/releases/associate-commits/
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace tripod::insight {

// "Fixes DEFAULT-12, DEFAULT-13 and DEFAULT-14" → 12, 13, 14: short ids of the project `slug` behind fix, fixes, fixed, close, closes, closed, resolve, resolves or
// resolved, with or without a colon, in any case. In the order they stand, none twice, at most 100.
std::vector<int64_t> issues_fixed_by(std::string_view message, std::string_view slug);

}  // namespace tripod::insight
