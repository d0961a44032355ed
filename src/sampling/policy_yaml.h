// One YAML mapping, read key by key, so that no key goes unnoticed. Internal to the reader of policies.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tripod::sampling {

// Thrown inside the reader only; read_policies() turns it into an error with the place in the file.
struct PolicyFault {
  base::Code code;
  std::string message;
  YAML::Mark mark;
};

class PolicyMap {
 public:
  // `where` names it in errors: policy "slow". A key without value is an empty mapping.
  PolicyMap(const YAML::Node& node, std::string where, const YAML::Mark& fallback);

  bool has(const char* key);
  YAML::Node node(const char* key);
  std::string text(const char* key);
  bool boolean(const char* key, bool fallback);
  int64_t whole(const char* key, int64_t fallback, int64_t least = 0, int64_t most = std::numeric_limits<int64_t>::max());
  double real(const char* key, double fallback);
  // "50%", "50", of 0 to 100; as 0 to 1.
  double share(const char* key, double fallback);
  int64_t duration_ns(const char* key, int64_t fallback);
  std::vector<std::string> texts(const char* key);
  std::vector<YAML::Node> list(const char* key);
  // Refuses keys that nobody read.
  void finish();

  const std::string& where() const { return where_; }
  YAML::Mark mark() const { return mark_; }
  [[noreturn]] void wrong(const std::string& key, const std::string& why, base::Code code = base::Code::kInvalidArgument) const;

 private:
  const YAML::Node node_;
  const YAML::Mark mark_;
  const std::string where_;
  std::set<std::string> read_;
};

}  // namespace tripod::sampling
