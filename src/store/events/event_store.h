// Where logs, spans, error events and links live, as every layer above sees it: batches of wide events in, plans out. The embedded
// columnar engine is one implementation; ClickHouse must be able to serve the same calls.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/value.h"
#include "store/events/plan.h"

namespace tripod::store {

// One record to store. `fields` without nulls and without duplicate keys; views are read during append() only.
struct Event {
  base::UnixNanos time = 0;
  uint32_t stream = 0;                         // index into EventBatch::streams
  std::span<const model::Attribute> fields;    // besides those of its stream
};

// What the sender calls a batch, the same each time it sends it: 128 bits that no other batch of the dataset has (a UUID, a
// hash of sender and content).
struct BatchId {
  uint64_t high = 0;
  uint64_t low = 0;
  friend auto operator<=>(const BatchId&, const BatchId&) = default;
};

class RowBatch;

// A stream is what records of one origin share (service.name, host, scope ...): its fields belong to every record of it,
// and records are stored sorted by (stream, time, sequence).
struct EventBatch {
  Dataset dataset = Dataset::kLogs;
  std::span<const std::span<const model::Attribute>> streams;
  std::span<const Event> events;
  // By this id a batch that is sent again is recognised: see EventStore::append().
  std::optional<BatchId> id = {};
  // Sequence numbers, rising, of records of this dataset that the batch's own replace: in one step those are found no more and
  // these are, over restarts and crashes. Where the batch fails they are as before. Numbers of no record are ignored.
  std::span<const uint64_t> supersedes = {};
  // Called during append(), with the first sequence number, once the batch has its numbers: before it is durable, and not where
  // it is refused or repeated. May be null.
  const std::function<void(uint64_t first_sequence)>* numbered = nullptr;
  // Called during append() with the records as they are held in memory, in the batch's order, once it is not a repeated one: before
  // they are durable, so that it is `done` that says whether they are stored. Who is called may keep them. May be null.
  const std::function<void(std::shared_ptr<const RowBatch>)>* encoded = nullptr;
};

struct AppendSummary {
  uint64_t first_sequence = 0;  // the batch's records have consecutive sequence numbers, unique and rising within a dataset
  uint64_t accepted = 0;
  bool repeated = false;        // a batch of this id was stored before: the numbers are that one's, nothing was stored now
};

// A stored record: all fields (stream's and its own), or the projected ones, in the store's order.
struct EventRow {
  base::UnixNanos time = 0;
  uint64_t sequence = 0;
  std::vector<std::pair<std::string, FieldValue>> fields;

  const FieldValue* find(std::string_view key) const;
  // The field as text (numbers and booleans formatted), empty when missing.
  std::string text(std::string_view key) const;
};

struct QueryStats {
  uint64_t scanned_rows = 0;
  uint64_t scanned_bytes = 0;      // uncompressed column bytes touched
  uint64_t pruned_blocks = 0;
  bool incomplete = false;         // a bound was reached, or data could not be read: `warnings` says which
  bool out_of_time = false;        // the deadline passed before everything was looked at
  bool out_of_memory = false;      // the memory bound was reached
  std::vector<std::string> warnings;
};

struct ScanResult {
  std::vector<EventRow> rows;
  bool has_more = false;           // the limit (of rows or of memory) was reached before the range was; `rows` may be empty
  QueryStats stats;
};

class DDSketch;
class DistinctSketch;

// Of one ValueSpec within one group.
struct ValueSummary {
  uint64_t present = 0;            // records that have the field
  uint64_t count = 0;              // records whose field is a number; sum, min, max and quantiles are of these
  double sum = 0, min = 0, max = 0;
  std::vector<double> quantiles;
  uint64_t distinct = 0;           // different values of the field, of any type; compared by their text
  bool distinct_is_exact = true;
  // With AggregatePlan::keep_sketches, where quantiles or distinct values were asked for.
  std::shared_ptr<DDSketch> sketch;
  std::shared_ptr<DistinctSketch> distinct_sketch;
};

struct AggregateGroup {
  base::UnixNanos bucket = 0;      // start of its time bucket (range.start when step is 0)
  base::UnixNanos first = 0, last = 0;   // least and most time of its records, with AggregatePlan::with_times
  std::vector<FieldValue> by;
  uint64_t count = 0;
  double sum = 0, min = 0, max = 0;      // of `value`; value_count of them
  uint64_t value_count = 0;
  std::vector<double> quantiles;
  std::vector<ValueSummary> values;      // by AggregatePlan::values
};

struct AggregateResult {
  std::vector<AggregateGroup> groups;  // sorted by bucket, then count descending
  QueryStats stats;
};

struct FieldInfo {
  std::string name;
  std::string type;     // "string", "int64", "float64", "bool", "json", "mixed"
  uint64_t rows = 0;    // records of the range's blocks that have it
};

// How much of a dataset is kept: what is older goes, and of more bytes on disk the oldest.
struct Retention {
  int64_t age = INT64_MAX;  // nanoseconds; INT64_MAX: for ever
  uint64_t bytes = 0;       // of parts; 0: no limit
};

struct DatasetStats {
  uint64_t rows = 0;
  uint64_t bytes_on_disk = 0;
  uint64_t bytes_in_memory = 0;
  uint64_t parts = 0;
  uint64_t rare_fields = 0;     // of the part that has most: fields that too few records have for a column of their own
  base::UnixNanos oldest = 0;   // 0 when empty
  base::UnixNanos newest = 0;
  uint64_t last_sequence = 0;
  Retention retention;
  std::string failure;          // why nothing is taken any more, until the next start; empty: it is
  std::string trouble;          // why nothing is taken until there is room on the disk again; empty: it is
};

// Which records to delete: those of a dataset and time range that match, as far as they are stored when it is said.
struct RemovePlan {
  Dataset dataset = Dataset::kLogs;
  TimeRange range;
  Predicate filter;
  std::string text;  // the filter in the caller's language, for lists: at most 4 KiB are kept
};

// A deletion that still has something to leave out of reads, because its room was not made yet.
struct Removal {
  uint64_t id = 0;  // rising within a dataset
  RemovePlan plan;
  base::UnixNanos created = 0;
};

// Thread-safe.
class EventStore {
 public:
  virtual ~EventStore() = default;

  // The records are visible to queries and survive power loss when `done` says success. `done` runs exactly once, on a
  // thread of the store in sequence order per dataset (or on the caller's when refused), and must be short.
  // Nothing of the batch is needed after the call returns.
  // A batch whose id was stored before stores nothing and succeeds with `repeated`: at once, or together with the first
  // one while that is still on its way (and then fails with it). Ids are remembered over restarts and crashes, for at least
  // 24 hours, but no more than the last 100,000 of a dataset. A batch without records has no id.
  // Records of a batch that is refused are found by no query from then on, so that it may be sent again; only after a failed sync
  // (DatasetStats::failure) the next start may find them.
  using Done = std::move_only_function<void(base::Result<AppendSummary>)>;
  virtual void append(const EventBatch& batch, Done done) = 0;

  virtual base::Result<ScanResult> scan(const ScanPlan& plan) = 0;
  virtual base::Result<AggregateResult> aggregate(const AggregatePlan& plan) = 0;
  // From indexes only, never by scanning records.
  virtual base::Result<std::vector<FieldInfo>> fields(Dataset dataset, TimeRange range) = 0;
  virtual DatasetStats stats(Dataset dataset) = 0;
  // Why nothing is taken by one dataset at least until there is room on the disk again, kUnavailable; nullopt: it is. Cheap.
  virtual std::optional<base::Error> refusal() { return std::nullopt; }

  // All records up to this number that will ever be found are durable and visible now. Rises only.
  virtual uint64_t durable_sequence(Dataset dataset) = 0;
  class Watch {
   public:
    virtual ~Watch() = default;
  };
  // Calls `wake` whenever durable_sequence() has risen, on a thread of the store and before `done` of append(); must be short. The end
  // of the watch, which waits for a call in progress, is the end of the calls. Where an engine tells nobody, its adapter asks it often.
  virtual std::unique_ptr<Watch> watch(Dataset dataset, std::function<void()> wake) = 0;
  // The records are found by no query from now on, over restarts and crashes; their room is made later. Names and counts of
  // fields() and numbers of stats() follow only then. Not to be undone. kInvalidArgument: a condition that does not compile;
  // kTooLarge; kResourceExhausted: too many others are still being carried out. After any other error it may happen all the
  // same.
  virtual base::Result<Removal> remove(const RemovePlan& plan) = 0;
  // Those still being carried out, oldest first.
  virtual std::vector<Removal> removals(Dataset dataset) = 0;

  virtual void set_retention(Dataset dataset, Retention retention) = 0;
  // Drops the oldest part there is, whatever the retention: how many bytes it had, 0 when there is none. What queries still
  // read of it leaves the disk when they end.
  virtual base::Result<uint64_t> drop_oldest(Dataset dataset) = 0;
  // Writes what is in memory as parts now (tests, shutdown).
  virtual base::Result<> flush() = 0;
};

}  // namespace tripod::store
