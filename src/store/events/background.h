// A thread that does one job again and again: at once when woken, otherwise at an interval.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

#include "base/thread_priority.h"

namespace tripod::store {

// Thread-safe. Destruction asks the job to stop and waits for it.
class BackgroundJob {
 public:
  // `job` answers how long to wait before the next run.
  using Job = std::function<std::chrono::milliseconds(std::stop_token)>;
  explicit BackgroundJob(Job job, base::ThreadPriority priority = base::ThreadPriority::kIntake);
  void wake();

 private:
  void run(std::stop_token stop);

  const Job job_;
  std::mutex mu_;
  std::condition_variable_any wake_;
  bool woken_ = false;  // guarded by mu_
  std::jthread thread_;  // last: it uses the others
};

}  // namespace tripod::store
