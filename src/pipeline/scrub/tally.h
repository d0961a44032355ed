// Where in a record something was hidden, and how often: never what.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tripod::pipeline::scrub {

// Not thread-safe. Holds kMostPaths paths of at most kMostPathBytes; what goes beyond is counted under "…".
class ScrubTally {
 public:
  static constexpr size_t kMostPaths = 64;
  static constexpr size_t kMostPathBytes = 200;

  void add(std::string_view path, uint32_t count = 1);
  bool empty() const { return counts_.empty(); }
  void clear() { counts_.clear(); }
  const std::vector<std::pair<std::string, uint32_t>>& counts() const { return counts_; }
  // {"request.data.password":1,…}
  std::string json() const;

 private:
  std::vector<std::pair<std::string, uint32_t>> counts_;
};

}  // namespace tripod::pipeline::scrub
