// Any messages, one a line: each is found again in a cluster, and the cluster's expression matches it as long as nothing joined after it.
#include <re2/re2.h>

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "query/patterns/miner.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  query::patterns::Miner miner;
  while (!text.empty()) {
    const size_t end = text.find('\0');
    const std::string_view message = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const auto cluster = miner.add(message);
    TRIPOD_CHECK(cluster.has_value() || miner.size() == query::patterns::Miner::kMostClusters);
    if (!cluster) continue;
    TRIPOD_CHECK(miner.find(message).has_value());
    const RE2 regex(miner.regex(*cluster), RE2::Quiet);
    TRIPOD_CHECK(regex.ok());
  }
  return 0;
}
