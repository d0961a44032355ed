// Watches the room on the disk that has the data, and acts before there is none: everything new is refused, or the oldest of
// what takes most room is dropped (and everything new refused once there is nothing to drop, or dropping frees nothing: a backup or
// a snapshot on the same disk holds the same files).
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"

namespace tripod::store {

struct DiskLimits {
  // Low is the disk with less free than the larger of these; again well with a tenth more than that.
  uint64_t low_water_bytes = 0;
  double low_water_share = 0;  // of the disk's size
  enum class WhenLow : uint8_t { kRefuse, kDropOldest };
  WhenLow when_low = WhenLow::kRefuse;
};

// Something on the disk of which the oldest may be dropped. The functions are thread-safe.
struct Droppable {
  std::string name;
  std::function<uint64_t()> bytes;                       // on disk
  std::function<base::Result<uint64_t>()> drop_oldest;   // bytes dropped, 0: there is nothing to drop
};

struct DiskState {
  base::DiskSpace space;
  uint64_t low_water = 0;      // bytes
  DiskLimits::WhenLow when_low = DiskLimits::WhenLow::kRefuse;
  bool is_low = false;
  uint64_t dropped_parts = 0;  // since the start
};

// Thread-safe.
class DiskGuard {
 public:
  // All references outlive it. `path` is on the disk. Metrics: tripod_disk_free_bytes, tripod_disk_low, tripod_disk_dropped_parts_total.
  DiskGuard(base::Fs& fs, base::Logger& logger, base::MetricRegistry& metrics, std::string path, std::vector<Droppable> data);
  ~DiskGuard();

  void set_limits(const DiskLimits& limits);
  // Looks now, and acts.
  void check();
  // Looks again and again until the end, on a thread of its own.
  void start();

  DiskState state() const;
  // Why nothing new is taken, kUnavailable and naming the disk; nullopt: it is.
  std::optional<base::Error> refusal() const;

 private:
  bool look();
  void drop_until_well();
  bool drop_one();
  std::string text_of(const DiskState& state) const;

  base::Fs& fs_;
  base::Logger& logger_;
  const std::string path_;
  const std::vector<Droppable> data_;
  base::Counter& dropped_;

  std::mutex check_mu_;  // one check at a time; taken before mu_
  mutable std::mutex mu_;
  // guarded by mu_
  DiskLimits limits_;
  DiskState state_;
  int fruitless_drops_ = 0;  // one after the other; guarded by check_mu_
  std::atomic<bool> refuses_{false};  // what of it every request asks for

  std::mutex wait_mu_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace tripod::store
