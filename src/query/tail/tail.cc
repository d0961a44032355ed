#include "query/tail/tail.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "query/tail/reader.h"

namespace tripod::query::tail {

using Step = TailReader::Step;

// A subscriber's place in the service. What is not the reader's is guarded by TailService::mu_.
struct TailState {
  TailState(const TailContext& context, TailPlan plan, std::shared_ptr<TailSink> sink) : reader(context, std::move(plan), std::move(sink)) {}
  TailReader reader;                    // of the thread that has set is_running
  bool is_running = false;
  bool is_due = true;                   // there may be something to read
  int64_t not_before = 0;               // Clock::steady()
  std::atomic<bool> waits_for_room{false};
};

void Subscription::on_room() { service_.on_room(*state_); }
void Subscription::cancel() { service_.cancel(*state_); }

TailService::TailService(store::EventStore& events, const base::Clock& clock, base::MetricRegistry& metrics, TailOptions options)
    : context_{events, clock, options, metrics.counter("tripod_tail_rows_total", "Records given to live tails."),
               metrics.counter("tripod_tail_dropped_total", "Records that live tails were too slow for.")},
      count_(std::make_shared<std::atomic<size_t>>(0)) {
  metrics.gauge("tripod_tail_subscriptions", "Live tails.", {}, [count = count_] { return static_cast<double>(count->load()); });
  for (size_t i = 0; i < store::kDatasetCount; ++i) {
    const auto dataset = static_cast<store::Dataset>(i);
    watches_.push_back(events.watch(dataset, [this, dataset] { wake(dataset); }));
  }
  for (size_t i = 0; i < options.threads; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { run(stop); });
  }
}

TailService::~TailService() { stop(); }

void TailService::stop() {
  watches_.clear();
  threads_.clear();  // jthreads: asked to stop, then joined
}

std::unique_ptr<Subscription> TailService::subscribe(TailPlan plan, std::shared_ptr<TailSink> sink) {
  TRIPOD_CHECK(!plan.sources.empty());
  auto state = std::make_shared<TailState>(context_, std::move(plan), std::move(sink));
  {
    std::lock_guard lock(mu_);
    states_.push_back(state);
    count_->store(states_.size());
    ++changes_;
  }
  changed_.notify_one();
  return std::make_unique<Subscription>(*this, std::move(state));
}

// On a thread of the store, before the batch is acknowledged.
void TailService::wake(store::Dataset dataset) {
  if (count_->load(std::memory_order_relaxed) == 0) return;
  bool any = false;
  {
    std::lock_guard lock(mu_);
    for (const auto& state : states_) {
      if (state->is_due || !state->reader.wants(dataset)) continue;
      state->is_due = true;
      any = true;
    }
    if (any) ++changes_;
  }
  if (any) changed_.notify_all();
}

void TailService::on_room(TailState& state) {
  if (!state.waits_for_room.exchange(false)) return;
  {
    std::lock_guard lock(mu_);
    state.is_due = true;
    state.not_before = 0;
    ++changes_;
  }
  changed_.notify_one();
}

void TailService::cancel(TailState& state) {
  std::lock_guard lock(mu_);
  remove(state);
}

// Requires mu_.
void TailService::remove(const TailState& state) {
  std::erase_if(states_, [&](const auto& other) { return other.get() == &state; });
  count_->store(states_.size());
}

// The next that has something to do; nullptr at the end.
std::shared_ptr<TailState> TailService::next(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const int64_t now = context_.clock.steady();
    int64_t earliest = INT64_MAX;
    for (size_t i = 0; i < states_.size(); ++i) {
      const auto& state = states_[(turn_ + i) % states_.size()];
      if (!state->is_due || state->is_running || state->waits_for_room.load()) continue;
      if (state->not_before <= now) {
        turn_ = (turn_ + i + 1) % states_.size();
        return state;
      }
      earliest = std::min(earliest, state->not_before);
    }
    const auto changed = [this, seen = changes_] { return changes_ != seen; };
    if (earliest == INT64_MAX) changed_.wait(lock, stop, changed);
    else changed_.wait_for(lock, stop, std::chrono::nanoseconds(earliest - now), changed);
  }
  return nullptr;
}

void TailService::run(const std::stop_token& stop) {
  std::unique_lock lock(mu_);
  while (const auto state = next(lock, stop)) {
    state->is_running = true;
    state->is_due = false;
    // Before the sink is given anything: room that appears while it is must not go unnoticed.
    state->waits_for_room = true;
    lock.unlock();
    const int64_t begun = context_.clock.steady();
    TailReader& reader = state->reader;
    const Step step = reader.step();
    lock.lock();
    state->is_running = false;
    if (step != Step::kNoRoom) state->waits_for_room = false;
    if (step == Step::kMore || step == Step::kHeld) state->is_due = true;
    if (step == Step::kFailed) remove(*state);
    state->not_before = step == Step::kIdle ? begun + context_.options.interval : step == Step::kHeld ? reader.due() : 0;
  }
}

}  // namespace tripod::query::tail
