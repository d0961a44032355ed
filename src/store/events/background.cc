#include "store/events/background.h"

#include <utility>

namespace tripod::store {

BackgroundJob::BackgroundJob(Job job, base::ThreadPriority priority)
    : job_(std::move(job)), thread_([this, priority](std::stop_token stop) {
        base::set_thread_priority(priority);
        run(std::move(stop));
      }) {}

void BackgroundJob::wake() {
  {
    std::lock_guard lock(mu_);
    woken_ = true;
  }
  wake_.notify_one();
}

void BackgroundJob::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const auto pause = job_(stop);
    std::unique_lock lock(mu_);
    wake_.wait_for(lock, stop, pause, [this] { return woken_; });
    woken_ = false;
  }
}

}  // namespace tripod::store
