// Who wants to know that there are new records.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include "store/events/event_store.h"

namespace tripod::store {

// Thread-safe. Watches keep it alive.
class Watchers : public std::enable_shared_from_this<Watchers> {
 public:
  std::unique_ptr<EventStore::Watch> add(std::function<void()> wake) {
    std::lock_guard lock(mu_);
    wakes_.push_back(std::move(wake));
    count_.store(wakes_.size(), std::memory_order_relaxed);
    return std::make_unique<Entry>(shared_from_this(), std::prev(wakes_.end()));
  }
  // Costs one look where nobody watches.
  void wake() {
    if (count_.load(std::memory_order_relaxed) == 0) return;
    std::lock_guard lock(mu_);
    for (const auto& wake : wakes_) wake();
  }

 private:
  using Wakes = std::list<std::function<void()>>;
  class Entry final : public EventStore::Watch {
   public:
    Entry(std::shared_ptr<Watchers> watchers, Wakes::iterator at) : watchers_(std::move(watchers)), at_(at) {}
    ~Entry() override { watchers_->remove(at_); }

   private:
    const std::shared_ptr<Watchers> watchers_;
    const Wakes::iterator at_;
  };
  void remove(Wakes::iterator at) {
    std::lock_guard lock(mu_);
    wakes_.erase(at);
    count_.store(wakes_.size(), std::memory_order_relaxed);
  }

  std::atomic<size_t> count_{0};
  std::mutex mu_;
  Wakes wakes_;  // guarded by mu_
};

}  // namespace tripod::store
