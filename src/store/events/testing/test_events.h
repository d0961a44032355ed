// Events that own their text, for tests: built by hand or at random, appended to a store, compared with what comes back.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "store/events/event_store.h"

namespace tripod::store::testing {

using Fields = std::vector<std::pair<std::string, FieldValue>>;

struct TestEvent {
  base::UnixNanos time = 0;
  uint32_t stream = 0;
  Fields fields;
};

struct TestBatch {
  Dataset dataset = Dataset::kLogs;
  std::vector<Fields> streams;
  std::vector<TestEvent> events;
  std::optional<BatchId> id = {};
  std::vector<uint64_t> supersedes = {};
};

// Appends and waits until the batch is durable.
base::Result<AppendSummary> append_and_wait(EventStore& store, const TestBatch& batch);

// Equal types and bits: NaN equals NaN, 0.0 does not equal -0.0, 1 does not equal 1.0.
bool identical(const FieldValue& a, const FieldValue& b);
std::string describe(const EventRow& row);

// Values and events of every type, skewed so that random predicates hit: few keys and values shared by many records, some
// that are nearly unique, and the corners of each type.
class RandomEvents {
 public:
  explicit RandomEvents(uint64_t seed) : rng_(seed) {}

  TestBatch batch(size_t events);
  Predicate predicate(int depth);
  FieldValue value(const std::string& key);
  std::string key();

  uint64_t below(uint64_t n) { return rng_() % n; }
  bool one_in(uint64_t n) { return below(n) == 0; }

  // Times lie in [start, start + span).
  base::UnixNanos start = 1'700'000'000'000'000'000;
  int64_t span = 3 * base::kNanosPerDay;
  size_t rare_keys = 400;

 private:
  std::string word();
  std::string hex(size_t digits, uint64_t distinct);
  std::string sentence();
  double corner_float();
  int64_t corner_int();
  Predicate leaf();

  std::mt19937_64 rng_;
};

}  // namespace tripod::store::testing
