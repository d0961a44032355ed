// Threads that help queries. A query runs on its caller's thread in any case; where helpers are free, they take part of its work.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/bounded_queue.h"

namespace tripod::store {

// Thread-safe. Destruction ends the threads; no query may be running.
class QueryPool {
 public:
  // 0 threads: every query runs on its caller's thread alone.
  explicit QueryPool(size_t threads);
  ~QueryPool();
  size_t threads() const { return threads_.size(); }

 private:
  friend class QueryTeam;
  using Task = std::move_only_function<void()>;
  base::BoundedQueue<Task> queue_;
  std::vector<std::thread> threads_;
};

// The helpers of one query. Belongs to the thread that runs the query.
class QueryTeam {
 public:
  // `work` takes pieces of the query until none is left. It runs on several threads at once and is called at most once by each;
  // `pool` may be null. Both outlive the team.
  QueryTeam(QueryPool* pool, std::function<void()> work);
  // Calls off who has not begun, and waits for the others.
  ~QueryTeam();
  QueryTeam(const QueryTeam&) = delete;
  QueryTeam& operator=(const QueryTeam&) = delete;

  // Asks for the pool's help, once: for queries of more than a few pieces. Helpers that are busy with other queries come later
  // or, when the queue is full, not at all.
  void call_helpers();

 private:
  // Shared with tasks that wait in the queue: they may outlive the query.
  struct State {
    std::mutex mu;
    std::condition_variable ended;
    bool open = true;    // guarded by mu
    size_t running = 0;  // guarded by mu
    std::function<void()> work;
  };

  QueryPool* const pool_;
  bool called_ = false;
  const std::shared_ptr<State> state_;
};

}  // namespace tripod::store
