// The metric store inside the program: samples go to the WAL and to memory, and every few hours
// into a block on disk. Layout of the files: docs/formats/metrics.md.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "base/wal.h"
#include "store/metrics/append_plan.h"
#include "store/metrics/block_list.h"
#include "store/metrics/exemplar_store.h"
#include "store/metrics/head.h"
#include "store/metrics/metadata_table.h"
#include "store/metrics/metric_store.h"
#include "store/metrics/series_budget.h"
#include "store/metrics/store_reader.h"

namespace tripod::store {

// A mutex that who waits longest gets: one that is given back and taken again in a loop does not shut out the others.
class FairMutex {
 public:
  void lock() {
    std::lock_guard turn(turn_);
    mu_.lock();
  }
  void unlock() { mu_.unlock(); }

 private:
  std::mutex turn_;  // held by the next one while it waits
  std::mutex mu_;
};

struct MetricStoreOptions {
  std::string dir;
  int64_t block_duration_ns = 2 * base::kNanosPerHour;  // memory is written as a block this often
  int64_t retention_ns = 90 * base::kNanosPerDay;
  uint64_t retention_bytes = 0;  // of blocks; 0: no limit by size
  int64_t max_ahead_ns =
      10 * base::kNanosPerMinute;   // later samples are rejected: "timestamp_in_future"
  uint64_t max_series = 2'000'000;  // active ones, whatever set_series_limits() says
  size_t max_metadata_families = 20'000;
  size_t max_head_bytes = 0;  // a block is cut early above; 0: a quarter of the memory budget
  uint64_t wal_segment_bytes = 64u << 20;
  size_t wal_pending_bytes = 64u << 20;
  // kManual: nothing happens by itself, maintain() is called by the owner (tests).
  enum class Maintenance : uint8_t { kThread, kManual };
  Maintenance maintenance = Maintenance::kThread;
};

// Thread-safe. Destruction waits for pending appends to be durable; memory is not written as a
// block then, the WAL has it. Beyond MetricStore: errors that are known at once (memory, shutting
// down) are told to `done` on the caller's thread, before append() returns. A duplicate or conflict
// with a sample that is only in a block or was forgotten at a restart is not seen by append(): the
// sample is stored, and select() gives the one stored first.
class EmbeddedMetricStore final : public MetricStore {
 public:
  // Reads the blocks and replays the WAL. `fs`, `clock`, `budget` and `logger` outlive the store.
  static base::Result<std::unique_ptr<EmbeddedMetricStore>> open(base::Fs& fs,
                                                                 const base::Clock& clock,
                                                                 base::MemoryBudget& budget,
                                                                 base::Logger& logger,
                                                                 MetricStoreOptions options);
  ~EmbeddedMetricStore() override;

  void append(std::span<const model::SeriesSamples> series,
              std::span<const model::MetricMetadata> metadata,
              std::span<const model::SeriesExemplars> exemplars, Done done) override;
  using MetricStore::append;
  base::Result<std::vector<SeriesData>> select(std::span<const LabelMatcher> matchers,
                                               TimeRangeMs range, SelectLimits limits) override;
  base::Result<std::unique_ptr<SeriesSet>> open_series(std::span<const LabelMatcher> matchers,
                                                       TimeRangeMs range,
                                                       const OpenOptions& options) override;
  base::Result<std::vector<Labels>> series(std::span<const LabelMatcher> matchers,
                                           TimeRangeMs range) override;
  base::Result<bool> has_sample_since(std::span<const model::Label> labels, int64_t time_ms) override;
  base::Result<std::vector<std::string>> label_names(std::span<const LabelMatcher> matchers,
                                                     TimeRangeMs range) override;
  base::Result<std::vector<std::string>> label_values(std::string_view label,
                                                      std::span<const LabelMatcher> matchers,
                                                      TimeRangeMs range) override;
  std::vector<Metadata> metadata() override;
  base::Result<std::vector<SeriesExemplars>> exemplars(std::span<const LabelMatcher> matchers,
                                                       TimeRangeMs range) override;
  // Writes memory as a block first, where it holds such samples: rare work of seconds, not a way to drop samples one by one.
  base::Result<uint64_t> delete_series(std::span<const LabelMatcher> matchers,
                                       TimeRangeMs range) override;
  base::Result<std::vector<Cardinality>> cardinality(std::span<const LabelMatcher> matchers,
                                                     size_t most) override;
  void set_series_limits(const SeriesLimits& limits) override;
  // Block by block, once all of a block is past the age. Bad matchers are an error, and nothing changes.
  base::Result<> set_retention_rules(std::vector<MetricRetentionRule> rules);
  uint64_t change_mark() override { return changes_.mark(); }
  int64_t oldest_change_since(uint64_t mark) override { return changes_.oldest_since(mark); }
  MetricStoreStats stats() override;
  base::Result<> flush() override;

  // How long samples are kept (nanoseconds; INT64_MAX: for ever), and how many bytes of blocks (0: no limit).
  void set_retention(int64_t age_ns, uint64_t bytes);
  int64_t retention_ns() const { return retention_ns_; }
  uint64_t retention_bytes() const { return retention_bytes_; }
  // Drops the block whose samples are the oldest, whatever the retention: how many bytes it had, 0 when there is none.
  uint64_t drop_oldest();

  // Cuts a block when one is due, drops what retention no longer keeps, merges small blocks.
  base::Result<> maintain();
  // Of these the first alone: blocks that are there stay as they are.
  base::Result<> cut_if_due();
  // Why nothing is taken until there is room on the disk again, kUnavailable; nullopt: it is. Cheap.
  std::optional<base::Error> refusal();
  // What was found damaged, for people.
  std::vector<std::string> warnings();
  size_t head_memory();

 private:
  EmbeddedMetricStore(base::Fs& fs, const base::Clock& clock, base::MemoryBudget& budget,
                      base::Logger& logger, MetricStoreOptions options);

  base::Result<> load();
  base::Result<> load_metadata();
  base::Result<> load_exemplars();
  base::Result<> write_exemplars(const std::string& bytes);
  base::Result<> replay();
  base::Result<> cut();    // requires cut_mu_
  base::Result<> make_good();  // requires cut_mu_
  bool holds_uncut() const;    // requires mu_
  base::Result<> merge();
  // Merges what is to be merged next, whether there was anything. Requires cut_mu_.
  base::Result<bool> merge_next(std::set<uint64_t>& skipped);
  void apply_retention();  // requires cut_mu_
  base::Result<> apply_rules();  // requires cut_mu_
  // Gives the number of series of the block that lost samples. Requires cut_mu_.
  base::Result<uint64_t> delete_of(const metrics::Block& block,
                                   std::span<const metrics::CompiledMatcher> matchers,
                                   TimeRangeMs range);
  base::Result<> delete_exemplars(std::span<const metrics::CompiledMatcher> matchers,
                                  TimeRangeMs range);  // requires cut_mu_
  size_t memory_in_use() const { return head_.memory() + exemplars_.memory(); }  // requires mu_
  void run_maintenance();
  void ask_maintenance();
  bool cut_is_due();
  bool charge_for(size_t more);  // requires mu_
  void fit_charges();            // requires mu_
  bool head_is_large() const;    // requires mu_

  // constant after construction
  base::Fs& fs_;
  const base::Clock& clock_;
  base::MemoryBudget& budget_;
  base::Logger& logger_;
  const MetricStoreOptions options_;
  std::atomic<int64_t> retention_ns_;
  std::atomic<uint64_t> retention_bytes_;
  const size_t max_head_bytes_;

  FairMutex cut_mu_;            // one cut, merge or retention at a time; taken before mu_
  metrics::ChangeLog changes_;  // thread-safe itself, as is the next
  metrics::BlockList blocks_;
  // guarded by cut_mu_
  uint64_t exemplars_written_ = 0;  // exemplars_.changes() as the file has them
  struct Rule {
    std::vector<metrics::CompiledMatcher> matchers;
    int64_t age_ns;
  };
  std::vector<Rule> rules_;
  std::set<std::pair<uint64_t, size_t>> ruled_;  // blocks that a rule was applied to whole, and which rule

  std::mutex mu_;
  // guarded by mu_
  metrics::Head head_;
  metrics::MetadataTable metadata_;
  metrics::ExemplarStore exemplars_;
  base::WalSequence exemplars_in_file_ = 0;  // constant after load(): those of later records are in the log alone
  metrics::SeriesBudget series_budget_;
  metrics::AppendPlan plan_;
  std::vector<base::MemoryCharge> charges_;  // each kChargeBytes
  base::WalSequence cut_up_to_ = 0;          // of the log's records, those after it are in memory alone
  base::UnixNanos head_since_ = 0;           // when the oldest of those came in
  bool maintenance_asked_ = false;
  bool was_refusing_ = false;  // the program's log was told so
  bool stopping_ = false;
  std::condition_variable wake_;

  metrics::StoreReader reader_;
  std::unique_ptr<base::Wal> wal_;  // set by load()
  std::thread maintenance_;
};

}  // namespace tripod::store
