#include "serve/http/workers.h"

namespace tripod::serve {

Workers::Workers(size_t threads, size_t queue_capacity, base::ThreadPriority priority) : queue_(queue_capacity) {
  for (size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this, priority] {
      base::set_thread_priority(priority);
      while (auto task = queue_.pop()) (*task)();
    });
  }
}

Workers::~Workers() { drain(); }

void Workers::drain() {
  queue_.close();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace tripod::serve
