// What a site takes of Sentry's items: filters, and limits for each key. As configured, and changed while the program runs.
#pragma once

#include <memory>
#include <mutex>

#include "serve/ingest/sentry_filters.h"
#include "serve/ingest/sentry_limits.h"

namespace tripod::serve {

// Thread-safe.
class SentryRules {
 public:
  void set(SentryFilters filters, const SentryLimits::Table& table) {
    limits_.set(table);
    std::lock_guard lock(mu_);
    filters_ = std::make_shared<const SentryFilters>(std::move(filters));
  }
  void filter(model::Batch& batch) {
    std::shared_ptr<const SentryFilters> filters;
    {
      std::lock_guard lock(mu_);
      filters = filters_;
    }
    if (filters != nullptr) filter_batch(*filters, batch);
  }
  SentryLimits& limits() { return limits_; }

 private:
  SentryLimits limits_;
  std::mutex mu_;
  std::shared_ptr<const SentryFilters> filters_;  // guarded by mu_; null: none
};

}  // namespace tripod::serve
