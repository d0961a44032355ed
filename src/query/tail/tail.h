// Live tail: subscribers are given the records that match their question as these become durable, in the order in which they
// were stored. Nothing is kept in memory for them: the store wakes the service, the service reads what is new from the store.
// So a slow subscriber costs nothing, misses nothing as long as it is not too far behind, and may begin at any sequence number.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "store/events/event_store.h"

namespace tripod::query::tail {

inline constexpr uint64_t kFromNow = UINT64_MAX;

// What a subscriber wants of one dataset.
struct TailSource {
  store::Dataset dataset = store::Dataset::kLogs;
  store::Predicate filter;
  uint64_t after = kFromNow;  // only records behind this sequence number
};

struct TailPlan {
  std::vector<TailSource> sources;   // each dataset at most once
  std::vector<std::string> project;  // fields to read; empty = all
  // Set where the sink leaves out some of what matches the filters: whether a record, which has the fields of `project`, would have been
  // given, for counting those that were not. Called as the sink is.
  std::function<bool(const store::EventRow&)> counts;
  // First of all so many of the newest records of each dataset that are there already and not older than `since`, oldest first.
  size_t last = 0;
  base::UnixNanos since = INT64_MIN;
  int64_t hold = 0;  // nanoseconds: records are given no sooner than so long after they became durable
};

// One record for a subscriber.
struct TailRow {
  store::Dataset dataset = store::Dataset::kLogs;
  store::EventRow row;
};

// What a subscriber was not given.
struct TailGap {
  store::Dataset dataset = store::Dataset::kLogs;
  uint64_t count = 0;      // matching records
  bool is_exact = true;    // false: it may be more, counting took too long
  uint64_t end = 0;        // their last sequence number
};

// Who is told. Called on the service's threads (the first reached() within subscribe()), one call at a time; a call in progress may
// go on after cancel().
class TailSink {
 public:
  virtual ~TailSink() = default;
  // Takes as many from the front as there is room for and answers how many; what was not taken is offered again after
  // Subscription::on_room(). `is_new` is false for records of TailPlan::last.
  virtual size_t take(std::span<const TailRow> rows, bool is_new) = 0;
  // The subscriber was too far behind. False: no room; offered again.
  virtual bool dropped(const TailGap& gap) = 0;
  // Everything that matches up to this sequence number has been taken or dropped: where a later subscription may go on from.
  virtual void reached(store::Dataset dataset, uint64_t sequence) = 0;
  // The end: the store could not be read. The last call.
  virtual void failed(const base::Error& error) = 0;
};

struct TailOptions {
  size_t threads = 2;
  // Of one subscriber, between two looks at what is new: under load many small commits are read at once.
  int64_t interval = 20 * base::kNanosPerMilli;
  // Whoever has been behind for `most_behind` nanoseconds by `most_behind_records` records (matching or not), or for
  // `most_behind_ever` by any number, goes on with what is newest: the rest is counted as dropped.
  int64_t most_behind = 5 * base::kNanosPerSecond;
  uint64_t most_behind_records = 10'000;
  int64_t most_behind_ever = base::kNanosPerMinute;
};

// What the service and its readers share. All outlive both.
struct TailContext {
  store::EventStore& events;
  const base::Clock& clock;
  const TailOptions options;
  base::Counter& rows;
  base::Counter& dropped;
};

class TailService;
struct TailState;

// One subscriber. Ends when it is destroyed.
class Subscription {
 public:
  Subscription(TailService& service, std::shared_ptr<TailState> state) : service_(service), state_(std::move(state)) {}
  ~Subscription() { cancel(); }
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;
  // Thread-safe, does not wait.
  void on_room();
  void cancel();

 private:
  TailService& service_;
  const std::shared_ptr<TailState> state_;
};

// Thread-safe. Everything given outlives it, and it outlives its subscriptions.
class TailService {
 public:
  TailService(store::EventStore& events, const base::Clock& clock, base::MetricRegistry& metrics, TailOptions options = {});
  ~TailService();  // stop()
  TailService(const TailService&) = delete;
  TailService& operator=(const TailService&) = delete;

  // Where each source begins is settled when the call returns: what becomes durable later is given. A source that would begin behind
  // the newest record (the store's folder is another one) begins now. @pre 1 or more sources.
  std::unique_ptr<Subscription> subscribe(TailPlan plan, std::shared_ptr<TailSink> sink);
  // Nobody is given anything any more. Called twice it does nothing.
  void stop();

 private:
  friend class Subscription;
  void run(const std::stop_token& stop);
  std::shared_ptr<TailState> next(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
  void wake(store::Dataset dataset);
  void on_room(TailState& state);
  void cancel(TailState& state);
  void remove(const TailState& state);

  const TailContext context_;
  std::shared_ptr<std::atomic<size_t>> count_;  // of subscriptions

  std::mutex mu_;
  std::condition_variable_any changed_;
  std::vector<std::shared_ptr<TailState>> states_;  // guarded by mu_
  size_t turn_ = 0;                                 // guarded by mu_
  uint64_t changes_ = 0;                            // guarded by mu_: of what next() looks at

  std::vector<std::unique_ptr<store::EventStore::Watch>> watches_;
  std::vector<std::jthread> threads_;
};

}  // namespace tripod::query::tail
