// Batch in, durable out: sums of deltas, bounds, names, secrets, groups, links, then the stores. The one path every signal takes.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory_budget.h"
#include "base/metrics.h"
#include "base/result.h"
#include "model/batch.h"
#include "pipeline/flood_thinner.h"
#include "pipeline/delta_sums.h"
#include "pipeline/intake_ledger.h"
#include "pipeline/issue_committer.h"
#include "pipeline/issue_index.h"
#include "pipeline/item_committer.h"
#include "pipeline/line/line_shapes.h"
#include "pipeline/line_joiner.h"
#include "pipeline/link_learner.h"
#include "pipeline/problems/problem_finder.h"
#include "pipeline/project_rules.h"
#include "pipeline/release_book.h"
#include "pipeline/repeated_events.h"
#include "pipeline/session_book.h"
#include "pipeline/spanmetrics/span_metrics.h"
#include "pipeline/time_bounds.h"
#include "sampling/sampler.h"
#include "sql/statement_cache.h"
#include "store/events/event_store.h"
#include "store/meta/meta_store.h"
#include "store/metrics/metric_store.h"

namespace tripod::pipeline {

// Where a batch came from: for counting, and for the rejected list.
struct Source {
  std::string protocol;   // "sentry", "otlp", "loki", "json", "scrape", "remote_write"
  std::string peer;
  // The sender's name of the batch, the same when it is sent again: its log records are stored once. Others of its records do
  // not come from senders that give ids.
  std::optional<store::BatchId> batch_id = {};
  uint64_t project = 0;   // whose key it came with; 0: none
};

// What became of a batch once it is durable.
struct Outcome {
  uint64_t rejected = 0;
  uint64_t samples = 0;                       // stored, those that were there already among them
  uint64_t exemplars = 0;                     // stored that were not there before
  bool repeated = false;                      // its log records were stored before, under the same id: they were not stored again
  std::vector<model::Rejection> rejections;   // of the decoder, the pipeline and the stores
  std::vector<model::LeftOutLog> left_out_logs;
};

struct PipelineOptions {
  TimeBounds time_bounds;   // at first: see Pipeline::set_time_bounds()
  bool drop_own_noise = true;
  // Asked for each batch: why nothing is taken at the moment; nullopt: it is. Must be quick.
  std::function<std::optional<base::Error>()> refusal = {};
  // Charged for what is remembered of log records (null: nothing is) and of delta points.
  base::MemoryBudget* memory = nullptr;
  size_t most_delta_bytes = 64u << 20;  // see DeltaSums
  RuleTexts rules = {};                 // of the server, for grouping and scrubbing
  ThinningRules thinning = {};          // at first: see Pipeline::set_thinning()
  // Stores what is no record of a signal. Null: nobody does, and it is counted as not kept.
  ItemCommitter::Keep keep_items = {};
  // Decides which traces are kept. Outlives the pipeline. Null: every span is.
  sampling::Sampler* sampler = nullptr;
  // Counts spans, before anything is sampled, once all of their batch is stored. Null: nobody does. Outlives the pipeline.
  spanmetrics::SpanMetrics* span_metrics = nullptr;
  // Looks for performance problems in them, likewise. Null: nobody does. Outlives the pipeline.
  problems::ProblemFinder* problems = nullptr;
};

// Thread-safe. Everything passed in outlives it. Destruction waits until every submission has been answered; nobody submits then.
class Pipeline {
 public:
  ~Pipeline();
  struct Stores {
    store::EventStore& events;
    store::MetricStore& metrics;
    store::MetaStore& meta;
  };
  // Applies error events that were stored but not yet counted before the last stop.
  static base::Result<std::unique_ptr<Pipeline>> open(Stores stores, const base::Clock& clock, IntakeLedger& ledger,
                                                      base::Logger& log, PipelineOptions options);

  // Works on the calling thread, then hands over to the stores. The error of PipelineOptions::refusal before anything else. `done` runs once, when all that was accepted is on disk, on a thread
  // of a store (or the caller's), and must be short.
  using Done = std::move_only_function<void(base::Result<Outcome>)>;
  void submit(model::Batch batch, Source source, Done done);
  // How records are scrubbed and error events grouped. Lives as long as the pipeline.
  ProjectRules& project_rules() { return *rules_; }
  // For batches submitted from now on.
  void set_time_bounds(const TimeBounds& bounds);
  void set_thinning(const ThinningRules& rules) { thinner_.set_rules(rules); }

 private:
  struct Submission;
  // Submissions the stores have not answered yet.
  struct InFlight {
    std::mutex mu;
    std::condition_variable none;
    size_t count = 0;  // guarded by mu
  };

  Pipeline(Stores stores, const base::Clock& clock, IntakeLedger& ledger, base::Logger& log, PipelineOptions options);
  LineJoiner::Joined prepare(model::Batch& batch, const Source& source);
  void count(const Submission& submission);
  void store_links(const std::shared_ptr<Submission>& submission);
  void settle_joined(const Submission& submission, const base::Result<store::AppendSummary>& result);
  void store_logs(const std::shared_ptr<Submission>& submission);
  void store_spans(const std::shared_ptr<Submission>& submission);
  void store_events(const std::shared_ptr<Submission>& submission, const store::EventBatch& rows);
  void leave_out_repeated(const std::shared_ptr<Submission>& submission);
  group::Grouping grouping_of(const model::ErrorEvent& event);
  void keep_former_issue(const model::ErrorEvent& event, std::vector<std::string>& hashes);
  void store_errors(const std::shared_ptr<Submission>& submission);
  void remove_if_deleted(std::span<const int64_t> issues, const base::Result<>& applied);
  void store_sessions(const std::shared_ptr<Submission>& submission);
  void store_metrics(const std::shared_ptr<Submission>& submission);
  void store_items(const std::shared_ptr<Submission>& submission);

  const Stores stores_;
  const base::Clock& clock_;
  IntakeLedger& ledger_;
  base::Logger& log_;
  const PipelineOptions options_;
  // Each holds for itself: they need not change together.
  std::atomic<int64_t> oldest_log_, oldest_span_;
  LineShapes shapes_;
  std::unique_ptr<ProjectRules> rules_;
  LineJoiner joiner_;
  DeltaSums delta_sums_;
  sql::StatementCache statements_;
  LinkLearner links_;
  SessionBook sessions_;
  RepeatedEvents repeated_;
  FloodThinner thinner_;
  ReleaseBook releases_;
  InFlight in_flight_;
  std::unique_ptr<IssueIndex> issues_;
  std::unique_ptr<IssueCommitter> committer_;
  std::unique_ptr<ItemCommitter> items_;  // null: nobody keeps them
};

}  // namespace tripod::pipeline
