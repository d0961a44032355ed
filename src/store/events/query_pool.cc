#include "store/events/query_pool.h"

#include <utility>

#include "base/thread_priority.h"

namespace tripod::store {
namespace {

// Calls for help that wait. Past that a query goes on alone.
constexpr size_t kQueuedPerThread = 16;

}  // namespace

QueryPool::QueryPool(size_t threads) : queue_(threads * kQueuedPerThread) {
  threads_.reserve(threads);
  for (size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] {
      base::set_thread_priority(base::ThreadPriority::kQuery);
      while (auto task = queue_.pop()) (*task)();
    });
  }
}

QueryPool::~QueryPool() {
  queue_.close();
  for (std::thread& thread : threads_) thread.join();
}

QueryTeam::QueryTeam(QueryPool* pool, std::function<void()> work) : pool_(pool), state_(std::make_shared<State>()) {
  state_->work = std::move(work);
}

QueryTeam::~QueryTeam() {
  std::unique_lock lock(state_->mu);
  state_->open = false;
  state_->ended.wait(lock, [this] { return state_->running == 0; });
}

void QueryTeam::call_helpers() {
  if (called_ || pool_ == nullptr) return;
  called_ = true;
  // The caller works too: one thread of the pool fewer is needed to use all cores.
  for (size_t i = 1; i < pool_->threads(); ++i) {
    const bool queued = pool_->queue_.try_push([state = state_] {
      {
        std::lock_guard lock(state->mu);
        if (!state->open) return;
        ++state->running;
      }
      state->work();
      std::lock_guard lock(state->mu);
      --state->running;
      state->ended.notify_all();
    });
    if (!queued) return;
  }
}

}  // namespace tripod::store
