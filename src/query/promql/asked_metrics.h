// Which metrics were asked for: what nobody looks at need not be kept.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>

#include "store/metrics/metric_store.h"

namespace tripod::query::promql {

// Thread-safe. Since the start of the process, and bounded: names past kMostNames are not remembered, and is_full() says so.
class AskedMetrics {
 public:
  static constexpr size_t kMostNames = 20'000;

  // A selector was evaluated.
  void note(std::span<const store::LabelMatcher> matchers);
  // Whether a selector named it with `=`.
  bool contains(std::string_view name) const;
  // Selectors that chose metrics otherwise (a pattern, other labels alone): which, is not known here.
  uint64_t without_name() const;
  bool is_full() const;

 private:
  static constexpr size_t kMostBytes = 1024;  // of a name; longer ones are no metric's

  mutable std::shared_mutex mu_;
  // guarded by mu_
  boost::unordered_flat_set<std::string> names_;
  uint64_t without_name_ = 0;
  bool is_full_ = false;
};

}  // namespace tripod::query::promql
