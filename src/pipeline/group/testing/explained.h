// For tests: that an explanation is the truth about the hashes it explains.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "pipeline/group/group.h"

namespace tripod::pipeline::group::testing {

// The values that contribute under a component, joined.
std::string contributing_text(const Component& component);
// The hashes of the variants that contribute are `hashes`, each is the MD5 of what contributes in it, and whatever does not says why.
// The error says what is wrong.
base::Result<> check_explained(const Explanation& explanation, std::span<const std::string> hashes);

}  // namespace tripod::pipeline::group::testing
