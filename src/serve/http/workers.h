// A fixed set of threads behind a bounded queue: the synchronous core behind the asynchronous edge.
#pragma once

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/bounded_queue.h"
#include "base/thread_priority.h"

namespace tripod::serve {

// Thread-safe. Destruction finishes what is queued.
class Workers {
 public:
  using Task = std::move_only_function<void()>;
  Workers(size_t threads, size_t queue_capacity, base::ThreadPriority priority = base::ThreadPriority::kIntake);
  ~Workers();
  // False when the queue is full or closed: the caller refuses the request.
  bool try_submit(Task&& task) { return queue_.try_push(std::move(task)); }
  // Takes no more tasks and returns when those queued are done. Called twice it does nothing.
  void drain();
  size_t queued() const { return queue_.size(); }

 private:
  base::BoundedQueue<Task> queue_;
  std::vector<std::thread> threads_;
};

}  // namespace tripod::serve
