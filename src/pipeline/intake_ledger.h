// The truth about what came in: received, kept, rejected and why. Feeds our own metrics, "Get started" and the rejected list.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "model/batch.h"

namespace tripod::pipeline {

enum class Signal : uint8_t { kErrors, kLogs, kMetrics, kTraces };
inline constexpr size_t kSignalCount = 4;
std::string_view signal_name(Signal signal);  // "errors", "logs", "metrics", "traces"

struct RejectedItem {
  base::UnixNanos time = 0;   // when it was rejected
  std::string protocol;
  std::string peer;
  std::string reason;
  std::string detail;
  uint64_t count = 0;
};

struct ReceivedCount {
  std::string protocol;
  std::string item;
  bool kept = true;
  uint64_t count = 0;
};

// Who sent series of a job.
struct SeriesSender {
  std::string job;       // empty: series without one
  std::string protocol;
  std::string peer;      // empty: scraped
  base::UnixNanos last = 0;
};

struct SeriesSenders {
  std::vector<SeriesSender> list;  // by job
  bool is_complete = true;         // else there were more than are remembered, and those that sent longest ago are not told
};

struct SignalState {
  uint64_t count = 0;
  base::UnixNanos last = 0;   // 0: never
};

// Thread-safe. Counts are since the start of the process; the list is bounded.
class IntakeLedger {
 public:
  IntakeLedger(const base::Clock& clock, base::MetricRegistry& metrics);

  void received(std::string_view protocol, std::string_view item, bool kept, uint64_t count);
  void rejected(std::string_view protocol, std::string_view peer, std::span<const model::Rejection> rejections);
  void arrived(Signal signal, uint64_t count);
  // Log records that came a second way and are one with the first (line_joiner.h).
  void joined(std::string_view protocol, uint64_t count);
  // Error events of a flood that were stored without their payload (flood_thinner.h).
  void thinned(std::string_view protocol, uint64_t count);

  // Looks at some of a batch's series: a job that has but few of many is found with one of the next batches.
  void sent(std::string_view protocol, std::string_view peer, std::span<const model::SeriesSamples> series);

  SeriesSenders series_senders() const;
  std::vector<RejectedItem> recent_rejections() const;   // newest first
  struct Total {
    std::string protocol;
    std::string reason;
    uint64_t count;
  };
  std::vector<Total> rejection_totals() const;
  std::vector<ReceivedCount> received_counts() const;
  SignalState signal(Signal signal) const;

 private:
  void drop_old_senders();

  static constexpr size_t kListLength = 500;
  static constexpr size_t kMostSenders = 1000;
  static constexpr size_t kMostKinds = 500;   // item names come from outside: the rest is counted as "other"

  struct Received {
    uint64_t count = 0;
    base::Counter* counter = nullptr;
  };

  const base::Clock& clock_;
  base::MetricRegistry& metrics_;
  mutable std::mutex mu_;
  // guarded by mu_
  std::deque<RejectedItem> recent_;
  std::map<std::pair<std::string, std::string>, Received> totals_;
  std::map<std::tuple<std::string, std::string, bool>, Received> received_;
  uint64_t sent_batches_ = 0;
  std::map<std::tuple<std::string, std::string, std::string>, base::UnixNanos> senders_;  // job, protocol, peer
  bool dropped_senders_ = false;
  std::array<SignalState, kSignalCount> signals_{};
};

}  // namespace tripod::pipeline
