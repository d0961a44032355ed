// Releases that sessions and Sentry's transactions name are known as such; those of errors are made with their issues.
#pragma once

#include <cstdint>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/log.h"
#include "model/batch.h"
#include "store/meta/releases.h"

namespace tripod::pipeline {

// Thread-safe. What is given outlives it.
class ReleaseBook {
 public:
  ReleaseBook(store::ReleaseStore& releases, base::Logger& log) : releases_(releases), log_(log) {}

  // Writes each release of the batch down, once a minute at most: waits for the disk then. What cannot be written is tried again with the next batch.
  void saw(const model::Batch& batch, base::UnixNanos now);

 private:
  void saw(uint64_t project, std::string_view version, base::UnixNanos time, base::UnixNanos now);
  bool is_due(uint64_t key, base::UnixNanos now);

  static constexpr size_t kMost = 10'000;
  store::ReleaseStore& releases_;
  base::Logger& log_;
  std::mutex mu_;
  std::unordered_map<uint64_t, base::UnixNanos> written_;  // guarded by mu_: by project and version, when it was written last
};

}  // namespace tripod::pipeline
