// Tail sampling: spans wait in the window until enough of their trace is known, then the trace is kept or not. Why, and how it survives a
// crash: docs/decisions/011-tail-sampling.md.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/memory_budget.h"
#include "base/metrics.h"
#include "base/result.h"
#include "model/batch.h"
#include "sampling/held_rows.h"
#include "sampling/kept_rows.h"
#include "sampling/policies.h"
#include "sampling/stored_span.h"
#include "sampling/trace_table.h"
#include "sampling/window_reader.h"
#include "store/events/background.h"
#include "store/events/event_store.h"

namespace tripod::sampling {

struct SamplerOptions {
  TraceTableOptions traces;
  size_t most_bytes = 256u << 20;                        // rows of undecided traces in memory; beyond it spans are refused
  int64_t in_memory = 20 * base::kNanosPerSecond;        // rows that wait longer are read back from the disk, if they are kept
  int64_t window = 30 * base::kNanosPerMinute;           // as long as the window keeps spans
  std::string checkpoint = "sampling-checkpoint";        // path of the file: up to where all is decided and kept
};

// A trace is complete, as far as anybody knows. Called before it is known whether it is kept, for traces that have at least
// `least_client_calls` spans of kind client and are in memory, on the thread that decides: it must be quick. Spans are in the order in
// which they came and valid during the call.
struct TraceObserver {
  uint32_t least_client_calls = 0;
  std::function<void(const model::TraceId&, std::span<const StoredSpan>)> complete = {};  // null: nobody looks
};

struct SamplerContext {
  base::Fs& fs;
  const base::Clock& clock;
  base::MemoryBudget& memory;
  base::Logger& log;
  base::MetricRegistry& metrics;
  store::EventStore& events;
};

struct SamplerStats {
  size_t undecided = 0;        // traces
  uint64_t held_bytes = 0;     // of their rows in memory
  uint64_t waiting = 0;        // traces that are kept and not yet written as such
  uint64_t settled_sequence = 0;  // of the window: everything up to here is decided, and kept if it was to be
};

// Thread-safe. What the context names outlives it. Decisions are made by tick(), on a thread of its own after start().
class Sampler {
 public:
  // Goes on where the last run ended: its first tick() finds the traces that were undecided then.
  static base::Result<std::unique_ptr<Sampler>> open(const SamplerContext& context, std::shared_ptr<const Policies> policies,
                                                     SamplerOptions options, TraceObserver observer = {});
  ~Sampler();
  void start();
  // Ends the thread. Spans that are undecided wait for the next run.
  void stop();

  // Why no spans can be taken at the moment: too many are undecided and cannot be written. nullopt: they can.
  std::optional<base::Error> refusal();
  // What the batch's spans say of their traces.
  std::vector<TracePart> observe(const model::Batch& batch) const;
  // Into the window. `rows` are those of a batch's spans, in its order; `parts` what was observed of it. `done` as of EventStore::append(), once
  // the spans are waiting for their decision. The sampler outlives that.
  void append(store::EventBatch rows, std::vector<TracePart> parts, store::EventStore::Done done);

  // The trace is kept, `why` being written as its policy (one of few, static texts): at the end of its time, or out of the window, whatever was
  // decided. What comes of it later is kept too. kResourceExhausted: too many are waiting for that.
  // `range`: where its spans may start.
  base::Result<> keep(const model::TraceId& id, std::string_view why, store::TimeRange range = {});
  // An error that knows its trace, and by links those of others, makes it a trace with an error.
  void error_event(const model::TraceId& id);

  // From the next decision on.
  void set_policies(std::shared_ptr<const Policies> policies);
  std::shared_ptr<const Policies> policies() const;

  // One round: everything whose time has come is decided, what is kept is written. An error ends the round; the next one goes on with it.
  base::Result<> tick();
  SamplerStats stats() const;

 private:
  // A trace, or some spans of one, on its way to the kept ones.
  struct Kept {
    model::TraceId id;
    PastDecision decision;
    std::vector<RowRun> runs;
    store::TimeRange range;  // where its spans start
  };

  Sampler(const SamplerContext& context, std::shared_ptr<const Policies> policies, SamplerOptions options, TraceObserver observer);
  void take(std::span<const TracePart> parts, store::RowBatch::Ptr rows, const store::AppendSummary& stored);
  TraceTable::Decide decider();  // by the policies of now
  std::string_view interned(std::string_view policy);
  void pass_on(std::vector<DecidedTrace> decided, std::string_view when);
  void show(const DecidedTrace& decided);
  void count(std::string_view outcome, uint64_t spans);
  bool is_over(double share) const;
  store::TimeRange recent() const;
  void settle_late();
  void relieve();
  base::Result<> recover();
  base::Result<> recover_errors();
  base::Result<> recover_kept();
  base::Result<> recover_undecided();
  base::Result<> follow_links();
  base::Result<std::vector<std::string>> linked(std::span<const std::string> fields, std::span<const std::string> ids);
  base::Result<> write_kept();
  base::Result<> write_from_memory();
  base::Result<> write_from_window();
  base::Result<> append_and_wait(const KeptRows& rows);
  void save_checkpoint();

  const SamplerContext context_;
  const SamplerOptions options_;
  const TraceObserver observer_;
  HeldRows held_;  // before all that holds some
  TraceTable table_;
  std::atomic<uint64_t> taken_sequence_{0};
  std::atomic<uint64_t> saved_sequence_{0};  // the checkpoint
  std::atomic<bool> stopping_{false};  // what is long ends early

  mutable std::mutex policies_mu_;
  std::shared_ptr<const Policies> policies_;  // guarded by policies_mu_
  std::mutex order_mu_;                       // held while a batch is entered, and while a trace is wanted out of the window

  mutable std::mutex waiting_mu_;
  // guarded by waiting_mu_
  std::vector<LateSpans> late_;
  std::vector<WantedTrace> wanted_;           // out of the window
  std::vector<std::pair<base::UnixNanos, std::string>> errors_;  // trace ids whose links are still to be followed, and when

  mutable std::mutex tick_mu_;
  // guarded by tick_mu_
  RateState rates_;
  std::set<std::string, std::less<>> names_;  // of policies: for ever
  std::vector<Kept> kept_;                    // in order
  std::atomic<uint64_t> waiting_{0};          // kept_ and wanted_
  bool recovered_ = false;
  uint64_t recovered_up_to_ = 0;

  std::unique_ptr<store::BackgroundJob> job_;
  std::mutex job_mu_;
};

}  // namespace tripod::sampling
