#include "query/promql/column_stream.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>

// Before value.h: g++ takes Function::kAbsent for a shadow of its kAbsent.
#include "query/promql/functions.h"
#include "query/promql/value.h"

namespace tripod::query::promql {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr size_t kValuesPerUnit = 4096;
constexpr size_t kMostSeriesPerUnit = 256;
constexpr size_t kUnitsAhead = 8;          // made and not yet taken, at most
constexpr size_t kValuesAhead = 1u << 18;  // in all of them (2 MiB); a larger unit is alone, and charged
constexpr size_t kValuesUncharged = kValuesAhead / kUnitsAhead;
// Work between two looks at the clock, in samples; a series counts as some of them.
constexpr size_t kWorkPerPoll = 16'384;
constexpr size_t kWorkOfSeries = 64;
// What a thread charges for samples at first, so that few series change what all threads share.
constexpr size_t kFirstCharge = 16u << 10;

// The columns of a few series that follow one another.
struct Unit {
  struct One {
    size_t labels = 0;  // where they end in Unit::labels
    bool any = false;   // a value at some step
  };
  std::vector<One> series;
  std::vector<model::Label> labels;
  std::vector<double> values;
  base::MemoryCharge charge;  // for the values
};

Result<> no_room(size_t bytes) {
  return fail(Code::kResourceExhausted, "query needs more memory than is free (" + std::to_string(bytes) + " bytes more)");
}

class Run {
 public:
  explicit Run(const ColumnStream& stream)
      : stream_(stream),
        per_unit_(std::clamp<size_t>(kValuesPerUnit / stream.steps, 1, kMostSeriesPerUnit)),
        units_((stream.set.size() + per_unit_ - 1) / per_unit_),
        ahead_(std::clamp<size_t>(kValuesAhead / (per_unit_ * stream.steps), 1, kUnitsAhead)) {}

  size_t units() const { return units_; }
  // Makes units until none is left or the run ended.
  void help();
  // Takes units in order, and makes those that nobody has begun.
  Result<> own();

 private:
  // What a thread keeps from unit to unit.
  struct Worker {
    std::unique_ptr<store::SeriesSet::Reader> reader;
    std::vector<model::Label> labels;
    std::vector<model::Sample> samples;
    base::MemoryCharge charge;  // of `samples`
    size_t work = kWorkPerPoll;  // since the last poll; the first series asks
  };
  struct Slot {
    bool ready = false;
    Unit unit;
  };

  bool may_begin() const { return begun_ < units_ && begun_ < taken_ + ahead_; }
  // Makes the next unit without the lock. @pre may_begin()
  void make_next(Worker& worker, std::unique_lock<std::mutex>& lock);
  Result<> make(size_t unit, Worker& worker, Unit& out) const;
  // Reads as many samples as are charged, and where the series has more, charges more and tries again.
  Result<> read_series(size_t series, Worker& worker) const;
  // As much again, or less where less is free.
  bool charge_more(base::MemoryCharge& charge) const;
  Result<> poll() const;
  Result<> take(const Unit& unit) const;
  Result<> make_room(size_t values, Unit& out) const;
  // The first error stays. Requires mu_.
  void fail_with(base::Error error) {
    if (!error_) error_ = std::move(error);
    stop_ = true;
  }

  const ColumnStream& stream_;
  const size_t per_unit_;
  const size_t units_;
  const size_t ahead_;
  std::mutex mu_;
  std::condition_variable changed_;
  // guarded by mu_
  std::array<Slot, kUnitsAhead> slots_;
  size_t begun_ = 0;
  size_t taken_ = 0;
  std::optional<base::Error> error_;
  bool ended_ = false;
  std::atomic<bool> stop_{false};  // error_ is set, or ended_
};

Result<> Run::poll() const {
  if (stop_.load(std::memory_order_relaxed)) return fail(Code::kCancelled, "the query has ended");
  return stream_.poll();
}

Result<> Run::read_series(size_t series, Worker& worker) const {
  for (;;) {
    const bool is_charged = stream_.memory != nullptr;
    const size_t most = is_charged ? std::min(stream_.max_samples, worker.charge.bytes() / sizeof(model::Sample)) : stream_.max_samples;
    auto read = worker.reader->read(series, worker.labels, worker.samples, most);
    if (read && is_charged) {
      const size_t bytes = worker.samples.capacity() * sizeof(model::Sample);
      return stream_.memory->try_grow(worker.charge, bytes) ? Result<>() : no_room(bytes);
    }
    if (read || read.error().code != Code::kResourceExhausted) return read;
    if (most == stream_.max_samples) {
      return fail(Code::kResourceExhausted,
                  "query processing would load too many samples into memory in query execution (limit " +
                      std::to_string(stream_.max_samples) + ")");
    }
    if (!charge_more(worker.charge)) return fail(Code::kResourceExhausted, "query needs more memory than is free: " + read.error().message);
  }
}

bool Run::charge_more(base::MemoryCharge& charge) const {
  const size_t least = std::max(charge.bytes() / 8, sizeof(model::Sample));
  for (size_t more = std::max(charge.bytes(), kFirstCharge); more >= least; more /= 2) {
    if (stream_.memory->try_grow(charge, charge.bytes() + more)) return true;
  }
  return false;
}

// Room for so many values; that of a large unit is charged before it is there. No unit of a run is larger than the first.
Result<> Run::make_room(size_t values, Unit& out) const {
  const size_t bytes = values * sizeof(double);
  if (stream_.memory != nullptr && values > kValuesUncharged && !stream_.memory->try_grow(out.charge, bytes)) return no_room(bytes);
  out.values.assign(values, kAbsent);
  return {};
}

Result<> Run::make(size_t unit, Worker& worker, Unit& out) const {
  const size_t first = unit * per_unit_;
  const size_t last = std::min(first + per_unit_, stream_.set.size());
  out.series.assign(last - first, {});
  out.labels.clear();
  if (auto room = make_room((last - first) * stream_.steps, out); !room) return room;
  for (size_t i = first; i < last; ++i) {
    if (worker.work >= kWorkPerPoll) {
      worker.work = 0;
      if (auto ok = poll(); !ok) return ok;
    }
    if (auto read = read_series(i, worker); !read) return read;
    worker.work += kWorkOfSeries + worker.samples.size() + stream_.steps;
    const auto values = std::span(out.values).subspan((i - first) * stream_.steps, stream_.steps);
    if (!worker.samples.empty()) {
      if (auto made = stream_.make(worker.samples, values); !made) return made;
    }
    Unit::One& one = out.series[i - first];
    one.any = std::ranges::any_of(values, is_present);
    if (one.any) out.labels.insert(out.labels.end(), worker.labels.begin(), worker.labels.end());
    one.labels = out.labels.size();
  }
  return {};
}

Result<> Run::take(const Unit& unit) const {
  size_t label = 0;
  for (size_t i = 0; i < unit.series.size(); ++i) {
    const Unit::One& one = unit.series[i];
    const auto labels = std::span(unit.labels).subspan(label, one.labels - label);
    label = one.labels;
    if (!one.any) continue;
    const auto values = std::span(unit.values).subspan(i * stream_.steps, stream_.steps);
    if (auto ok = stream_.take(labels, values); !ok) return ok;
  }
  return {};
}

void Run::make_next(Worker& worker, std::unique_lock<std::mutex>& lock) {
  const size_t at = begun_++;
  Slot& slot = slots_[at % ahead_];  // nobody else's until it is ready
  lock.unlock();
  if (worker.reader == nullptr) worker.reader = stream_.set.reader();
  auto made = make(at, worker, slot.unit);
  lock.lock();
  slot.ready = true;
  if (!made) fail_with(std::move(made.error()));
  changed_.notify_all();
}

void Run::help() {
  Worker worker;
  std::unique_lock lock(mu_);
  while (!ended_ && !error_ && begun_ < units_) {
    if (may_begin()) {
      make_next(worker, lock);
    } else {
      changed_.wait(lock);
    }
  }
}

Result<> Run::own() {
  Worker worker;
  Unit unit;
  std::unique_lock lock(mu_);
  while (!error_ && taken_ < units_) {
    Slot& next = slots_[taken_ % ahead_];
    if (next.ready) {
      std::swap(unit, next.unit);
      next.ready = false;
      ++taken_;
      changed_.notify_all();
      lock.unlock();
      auto took = take(unit);
      lock.lock();
      if (!took) fail_with(std::move(took.error()));
    } else if (may_begin()) {
      make_next(worker, lock);
    } else {
      changed_.wait(lock);
    }
  }
  ended_ = true;
  stop_ = true;
  changed_.notify_all();
  if (error_) return fail(std::move(*error_));
  return {};
}

}  // namespace

Result<> run(const ColumnStream& stream, const WithHelpers& with_helpers) {
  Run run(stream);
  if (!with_helpers || run.units() < 3) return run.own();
  Result<> done;
  with_helpers([&run] { run.help(); }, [&] { done = run.own(); });
  return done;
}

}  // namespace tripod::query::promql
