#include "query/promql/asked_metrics.h"

#include <algorithm>
#include <mutex>

namespace tripod::query::promql {

void AskedMetrics::note(std::span<const store::LabelMatcher> matchers) {
  const auto name = std::ranges::find_if(matchers, [](const store::LabelMatcher& m) {
    return m.name == "__name__" && m.op == store::LabelMatcher::Op::kEqual;
  });
  if (name == matchers.end()) {
    std::lock_guard lock(mu_);
    ++without_name_;
    return;
  }
  if (name->value.size() > kMostBytes || contains(name->value)) return;
  std::lock_guard lock(mu_);
  if (names_.size() < kMostNames) names_.insert(name->value);
  else is_full_ = true;
}

bool AskedMetrics::contains(std::string_view name) const {
  const std::string key(name);
  std::shared_lock lock(mu_);
  return names_.contains(key);
}

uint64_t AskedMetrics::without_name() const {
  std::shared_lock lock(mu_);
  return without_name_;
}

bool AskedMetrics::is_full() const {
  std::shared_lock lock(mu_);
  return is_full_;
}

}  // namespace tripod::query::promql
