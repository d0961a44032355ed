// Slows guessing down: a few failures per address and per account, then a wait.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

namespace tripod::serve {

// Thread-safe; bounded (the table is cleared of finished windows when it fills up).
class Throttle {
 public:
  Throttle(const base::Clock& clock, int failures, int64_t window_nanos)
      : clock_(clock), failures_(failures), window_(window_nanos) {}

  // Whether another try is allowed for this key now.
  bool allowed(std::string_view key);
  void failed(std::string_view key);
  void succeeded(std::string_view key);

 private:
  struct Window {
    int64_t start = 0;
    int failures = 0;
  };
  static constexpr size_t kMostKeys = 10'000;

  const base::Clock& clock_;
  const int failures_;
  const int64_t window_;
  std::mutex mu_;
  std::unordered_map<std::string, Window> windows_;  // guarded by mu_
};

}  // namespace tripod::serve
