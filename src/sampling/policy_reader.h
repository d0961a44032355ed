// Policies out of YAML. Internal to policies.cc.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "sampling/policy.h"

namespace tripod::sampling {

struct ReadPolicies {
  std::vector<Policy> policies;
  bool first_match_ends = false;
  std::vector<std::string> notes;
};

// Policies::parse()
base::Result<ReadPolicies> read_policies(const std::string& yaml, const std::string& file);

// "errors", "slow" and "rest".
std::vector<Policy> kept_by_default(int64_t slow, double rest);

}  // namespace tripod::sampling
