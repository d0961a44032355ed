// How much of each category of Sentry's items one key may send: counted in windows of time, told to SDKs in their own header.
// https://develop.sentry.dev/sdk/expected-features/rate-limiting/
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/batch.h"

namespace tripod::serve {

enum class SentryCategory : uint8_t { kError, kTransaction, kLog, kMetric, kSession, kAttachment, kMonitor, kProfile, kFeedback };
inline constexpr size_t kSentryCategories = 9;

struct SentryLimit {
  uint64_t most = 0;    // items; 0: no limit
  int64_t window = 0;   // nanoseconds
};

// Thread-safe.
class SentryLimits {
 public:
  using Table = std::array<SentryLimit, kSentryCategories>;
  // "error=600/1m", "transaction=10000/1h" ... kInvalidArgument names what is wrong.
  static base::Result<Table> parse(const std::vector<std::string>& texts);

  void set(const Table& table);

  struct Verdict {
    std::string header;       // X-Sentry-Rate-Limits: "34:error;default:key:error_limit, ..."; empty: nothing is limited
    int64_t retry_after = 0;  // seconds, of the longest; 0: nothing is limited
    uint64_t refused = 0;     // items that were taken out of this batch
  };
  // Takes out of the batch what its project's key may not send any more, each counted as a rejection "rate_limited".
  Verdict take(uint64_t project, const std::string& key, base::UnixNanos now, model::Batch& batch);

 private:
  static constexpr size_t kMostKeys = 10'000;
  struct Window {
    base::UnixNanos start = 0;
    uint64_t used = 0;
  };
  using Windows = std::array<Window, kSentryCategories>;

  // How many of `wanted` are let through; requires mu_.
  uint64_t admit(Windows& windows, size_t category, uint64_t wanted, base::UnixNanos now);

  std::mutex mu_;
  // guarded by mu_
  Table table_{};
  bool any_ = false;
  std::map<std::pair<uint64_t, std::string>, Windows> windows_;
};

}  // namespace tripod::serve
