// A line that is printed and exported too arrives twice, and is one record: the second copy takes up what the first said and
// replaces it in the store (store::EventBatch::supersedes).
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/memory_budget.h"
#include "model/batch.h"
#include "pipeline/held_record.h"
#include "pipeline/same_line.h"

namespace tripod::pipeline {

// Names the ways a record came, in order, where there are two or more: "loki, otlp".
inline constexpr std::string_view kOriginsAttribute = "log.origins";

// Where the records of a batch are in the store. Thread-safe.
class BatchPlace {
 public:
  // The first call counts.
  void numbered(uint64_t first_sequence) { settle(first_sequence); }
  void refused() { settle(0); }
  // Waits until either is known; nullopt: refused, or nobody said by then. A batch is numbered before it goes to disk, but whether it was
  // there before under its id is known only when the one that came first is stored.
  std::optional<uint64_t> first_sequence(std::chrono::steady_clock::time_point until) const;

 private:
  void settle(uint64_t first);
  mutable std::mutex mu_;
  mutable std::condition_variable told_;
  std::optional<uint64_t> first_;  // guarded by mu_; 0: refused
};

struct LineJoinerLimits {
  size_t bytes = 32u << 20;
  int64_t age = 2 * base::kNanosPerMinute;  // since a record arrived
  // So many records after it was last seen, an origin is not waited for any more: who ships one way only pays nothing.
  uint64_t patience = 100'000;
};

// Thread-safe. Remembers records for as long as the limits say, not over a restart: copies that come further apart, or with
// a restart between them, are two records.
class LineJoiner {
 public:
  struct Entry;
  struct Joined {
    std::vector<uint64_t> supersedes;    // rising
    std::shared_ptr<BatchPlace> place;   // to be told, and refused() at last; null where nobody will ask
    uint64_t count = 0;                  // records that were joined with one that came before
    uint64_t taken_out = 0;              // of these: with one of the same batch
    std::vector<std::shared_ptr<Entry>> held;  // this and the next for undo()
    std::vector<std::shared_ptr<Entry>> replaced;
  };

  // `budget` may be null: nothing is charged.
  explicit LineJoiner(base::MemoryBudget* budget = nullptr, LineJoinerLimits limits = {}) : budget_(budget), limits_(limits) {}

  // The batch's log records, as they would be stored. Those that are copies become one with what came before; a copy of a
  // record of the same batch is taken out. `protocol` names the way they came.
  Joined join(model::Batch& batch, std::string_view protocol, base::UnixNanos now);
  // The batch was not stored: what it was to replace can be found again, and its own records can not.
  void undo(const Joined& joined);

  size_t held_bytes() const;

 private:
  struct Match;
  class Run;
  using EntryPtr = std::shared_ptr<Entry>;
  static constexpr size_t kOrigins = 3;
  static constexpr size_t kMostAlike = 32;  // records that one key finds
  static constexpr size_t kKeys = 3;

  bool is_waited_for(uint8_t origins) const;
  EntryPtr find(const LineCopy& copy, uint8_t origin) const;
  void hold(const EntryPtr& entry);
  void drop(EntryPtr entry);  // by value: the tables' own goes
  void forget_old(base::UnixNanos now);

  base::MemoryBudget* const budget_;
  const LineJoinerLimits limits_;
  mutable std::mutex mu_;
  // guarded by mu_
  std::unordered_multimap<uint64_t, EntryPtr> by_key_;
  std::list<EntryPtr> in_order_;  // of arrival
  size_t bytes_ = 0;
  uint64_t last_number_ = 0;
  std::array<uint64_t, kOrigins> unseen_{};  // records since the origin was last seen
};

}  // namespace tripod::pipeline
