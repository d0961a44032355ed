#include "pipeline/pipeline.h"

#include <algorithm>

#include "base/join.h"
#include "pipeline/db_statements.h"
#include "pipeline/issue_deletions.h"
#include "pipeline/issue_fields.h"
#include "pipeline/line/line.h"
#include "pipeline/line/severity.h"
#include "pipeline/normalise/normalise.h"
#include "pipeline/own_noise.h"
#include "pipeline/scrub_items.h"
#include "pipeline/to_events.h"

namespace tripod::pipeline {

using base::Result;
using store::Dataset;

// Lives until every store has answered.
struct Pipeline::Submission {
  Submission(model::Batch b, Source s, LineJoiner::Joined j, InFlight& f)
      : batch(std::move(b)), source(std::move(s)), joined(std::move(j)), in_flight(f) {
    std::lock_guard lock(in_flight.mu);
    ++in_flight.count;
  }
  ~Submission() {
    if (joined.place != nullptr) joined.place->refused();
    std::lock_guard lock(in_flight.mu);  // held while telling: the pipeline may go once it is free
    if (--in_flight.count == 0) in_flight.none.notify_all();
  }
  Submission(const Submission&) = delete;
  Submission& operator=(const Submission&) = delete;

  model::Batch batch;
  const Source source;
  const LineJoiner::Joined joined;
  uint64_t thinned = 0;                            // error events that were stored without their payload
  uint64_t session_updates = 0;                    // before those were taken out that say nothing new
  std::mutex mu;
  std::vector<model::Rejection> late_rejections;   // guarded by mu: of the stores
  bool repeated = false;                           // guarded by mu
  uint64_t samples = 0, exemplars = 0;             // guarded by mu: stored
  std::optional<spanmetrics::Tally> tally;         // of the spans, as they came
  problems::Tally calls;                           // the same
  std::vector<RepeatedEvents::Claimed> claimed;    // batch.errors, to be settled
  std::unique_ptr<base::Join> join;
  InFlight& in_flight;
};

Result<std::unique_ptr<Pipeline>> Pipeline::open(Stores stores, const base::Clock& clock, IntakeLedger& ledger,
                                                 base::Logger& log, PipelineOptions options) {
  std::unique_ptr<Pipeline> pipeline(new Pipeline(stores, clock, ledger, log, options));
  auto rules = ProjectRules::open(stores.meta, pipeline->options_.rules);
  if (!rules) return base::fail(std::move(rules.error()));
  pipeline->rules_ = std::move(*rules);
  auto index = IssueIndex::load(stores.meta);
  if (!index) return base::fail(std::move(index.error()));
  pipeline->issues_ = std::move(*index);
  if (auto ok = pipeline->committer_->recover(stores.events, *pipeline->issues_); !ok) {
    return base::fail(std::move(ok.error()));
  }
  if (auto ok = remove_events_of_deleted_issues(stores.meta, stores.events); !ok) return base::fail(std::move(ok.error()));
  stores.meta.on_issues_deleted([index = pipeline->issues_.get()](std::span<const int64_t> issues) { index->forget(issues); });
  if (auto ok = pipeline->repeated_.load(); !ok) return base::fail(std::move(ok.error()));
  return pipeline;
}

Pipeline::Pipeline(Stores stores, const base::Clock& clock, IntakeLedger& ledger, base::Logger& log, PipelineOptions options)
    : stores_(stores),
      clock_(clock),
      ledger_(ledger),
      log_(log),
      options_(std::move(options)),
      oldest_log_(options_.time_bounds.oldest_log),
      oldest_span_(options_.time_bounds.oldest_span),
      joiner_(options_.memory),
      delta_sums_(options_.memory, options_.most_delta_bytes, [this](std::span<const model::Label> series, int64_t from_ms) {
        const auto found = stores_.metrics.has_sample_since(series, from_ms);
        return found && *found;
      }),
      sessions_(stores.events),
      repeated_(stores.events, options_.memory),
      thinner_(options_.thinning),
      releases_(stores.meta, log),
      committer_(std::make_unique<IssueCommitter>(stores.meta, log)),
      items_(options_.keep_items ? std::make_unique<ItemCommitter>(options_.keep_items) : nullptr) {}

Pipeline::~Pipeline() {
  stores_.meta.on_issues_deleted({});
  std::unique_lock lock(in_flight_.mu);
  in_flight_.none.wait(lock, [this] { return in_flight_.count == 0; });
}

void Pipeline::submit(model::Batch batch, Source source, Done done) {
  if (options_.refusal) {
    if (auto refused = options_.refusal()) return done(base::fail(std::move(*refused)));
  }
  if (options_.sampler != nullptr && !batch.spans.empty()) {
    if (auto refused = options_.sampler->refusal()) return done(base::fail(std::move(*refused)));
  }
  LineJoiner::Joined joined = prepare(batch, source);
  auto submission = std::make_shared<Submission>(std::move(batch), std::move(source), std::move(joined), in_flight_);
  submission->join = std::make_unique<base::Join>([this, submission = submission.get(), done = std::move(done)](Result<> result) mutable {
    if (!result) return done(base::fail(std::move(result.error())));
    Outcome outcome;
    outcome.repeated = submission->repeated;
    outcome.samples = submission->samples;
    outcome.exemplars = submission->exemplars;
    outcome.rejections = std::move(submission->batch.rejections);
    outcome.left_out_logs = std::move(submission->batch.left_out_logs);
    std::move(submission->late_rejections.begin(), submission->late_rejections.end(), std::back_inserter(outcome.rejections));
    for (const model::Rejection& r : outcome.rejections) outcome.rejected += r.count;
    if (!outcome.repeated) {  // else all of it was counted when it came first
      ledger_.rejected(submission->source.protocol, submission->source.peer, outcome.rejections);
      count(*submission);
      if (submission->tally) options_.span_metrics->add(*submission->tally);
      if (options_.problems != nullptr) options_.problems->add(std::move(submission->calls));
    }
    done(std::move(outcome));
  });
  model::Batch& b = submission->batch;
  if (options_.span_metrics != nullptr && !b.spans.empty()) submission->tally = spanmetrics::tally_of(b);
  if (options_.problems != nullptr && !b.spans.empty()) submission->calls = problems::tally_of(b, submission->source.project);
  releases_.saw(b, clock_.now());
  store_links(submission);
  if (!b.logs.empty()) store_logs(submission);
  if (!b.spans.empty()) store_spans(submission);
  if (!b.errors.empty()) leave_out_repeated(submission);
  if (!b.errors.empty()) store_errors(submission);
  if (!b.sessions.empty()) store_sessions(submission);
  if (!b.series.empty() || !b.metadata.empty() || !b.exemplars.empty()) store_metrics(submission);
  if (!b.items.empty() && items_) store_items(submission);
  submission->join->arrive();
}

void Pipeline::set_time_bounds(const TimeBounds& bounds) {
  oldest_log_ = bounds.oldest_log;
  oldest_span_ = bounds.oldest_span;
}

// Order matters: sums before anything takes series out (deltas are known by their place), names before secrets (keys decide what is secret), everything before anything is derived from it.
LineJoiner::Joined Pipeline::prepare(model::Batch& batch, const Source& source) {
  const base::UnixNanos now = clock_.now();
  delta_sums_.accumulate(batch, (now + options_.time_bounds.newest) / base::kNanosPerMilli);
  parse_lines(batch, &shapes_);
  keep_within(batch, now, {oldest_log_, oldest_span_, options_.time_bounds.newest});
  for (model::LogRecord& log : batch.logs) normalise_severity(log);
  normalise::normalise_batch(batch);
  if (options_.drop_own_noise) {
    const OwnNoise dropped = drop_own_noise(batch);
    ledger_.received(source.protocol, "span of telemetry export", false, dropped.exports);
    ledger_.received(source.protocol, "span of broker chatter", false, dropped.broker_chatter);
  }
  const auto scrubber = rules_->scrubber(source.project);
  scrubber->scrub_batch(batch);
  if (source.protocol == "sentry" || source.protocol == "otlp") scrubber->scrub_series(batch);
  scrub_items(*scrubber, batch.arena, batch.items);
  describe_statements(batch, statements_);
  return joiner_.join(batch, source.protocol, now);
}

void Pipeline::count(const Submission& submission) {
  const model::Batch& batch = submission.batch;
  const std::string& protocol = submission.source.protocol;
  const uint64_t logs = batch.logs.size() + submission.joined.taken_out;
  ledger_.received(protocol, "log record", true, logs);
  ledger_.joined(protocol, submission.joined.count);
  ledger_.received(protocol, "span", true, batch.spans.size());
  ledger_.received(protocol, "error event", true, batch.errors.size());
  ledger_.thinned(protocol, submission.thinned);
  ledger_.received(protocol, "session update", true, submission.session_updates);
  ledger_.received(protocol, "sample", true, batch.sample_count());
  ledger_.sent(protocol, submission.source.peer, batch.series);
  ledger_.received(protocol, "exemplar", true, submission.exemplars);
  const model::Items& items = batch.items;
  ledger_.received(protocol, "check_in", items_ != nullptr, items.check_ins.size());
  ledger_.received(protocol, "client_report", items_ != nullptr, items.client_reports.size());
  ledger_.received(protocol, "feedback", items_ != nullptr, items.feedback.size());
  ledger_.received(protocol, "attachment", items_ != nullptr, items.attachments.size());
  for (const model::Unkept& item : batch.unkept) ledger_.received(protocol, item.item, false, item.count);
  ledger_.arrived(Signal::kLogs, logs);
  ledger_.arrived(Signal::kTraces, batch.spans.size());
  ledger_.arrived(Signal::kErrors, static_cast<uint64_t>(std::ranges::count(batch.errors, nullptr, &model::ErrorEvent::finding)));
  // What we make ourselves is no sign of somebody who sends metrics.
  if (protocol != "rules" && protocol != "span_metrics") ledger_.arrived(Signal::kMetrics, batch.sample_count());
}

void Pipeline::store_links(const std::shared_ptr<Submission>& submission) {
  auto learned = links_.learn(submission->batch);
  if (learned.events.empty()) return;
  const std::span<const model::Attribute> no_stream;
  submission->join->add();
  stores_.events.append({.dataset = Dataset::kLinks,
                         .streams = {&no_stream, 1},
                         .events = learned.events,
                         .id = submission->source.batch_id},
                        [this, submission, memory = std::move(learned.memory)](Result<store::AppendSummary> result) {
                          if (!result) links_.forget(memory);
                          submission->join->arrive(result ? Result<>() : base::fail(std::move(result.error())));
                        });
}

void Pipeline::store_logs(const std::shared_ptr<Submission>& submission) {
  const EventRows rows = logs_to_events(submission->batch);
  store::EventBatch batch = rows.batch(Dataset::kLogs);
  batch.supersedes = submission->joined.supersedes;
  const std::function<void(uint64_t)> numbered = [&](uint64_t first) { submission->joined.place->numbered(first); };
  if (submission->joined.place != nullptr) batch.numbered = &numbered;
  store_events(submission, batch);
}

// With a sampler into the window, from where kept traces go on.
void Pipeline::store_spans(const std::shared_ptr<Submission>& submission) {
  const EventRows rows = spans_to_events(submission->batch);
  if (options_.sampler == nullptr) return store_events(submission, rows.batch(Dataset::kSpans));
  store::EventBatch batch = rows.batch(Dataset::kSpanWindow);
  batch.id = submission->source.batch_id;
  submission->join->add();
  options_.sampler->append(batch, options_.sampler->observe(submission->batch), [submission](Result<store::AppendSummary> result) {
    submission->join->arrive(result ? Result<>() : base::fail(std::move(result.error())));
  });
}

void Pipeline::store_events(const std::shared_ptr<Submission>& submission, const store::EventBatch& rows) {
  submission->join->add();
  store::EventBatch named = rows;
  named.id = submission->source.batch_id;
  stores_.events.append(named, [this, submission, is_logs = rows.dataset == Dataset::kLogs](Result<store::AppendSummary> result) {
    if (is_logs) settle_joined(*submission, result);
    if (result && result->repeated) {
      std::lock_guard lock(submission->mu);
      submission->repeated = true;
    }
    submission->join->arrive(result ? Result<>() : base::fail(std::move(result.error())));
  });
}

void Pipeline::settle_joined(const Submission& submission, const Result<store::AppendSummary>& result) {
  const LineJoiner::Joined& joined = submission.joined;
  const bool stored = result && !result->repeated;
  if (joined.place != nullptr) stored ? joined.place->numbered(result->first_sequence) : joined.place->refused();
  if (!stored) joiner_.undo(joined);
}

// Events that are stored, or are being stored for another request: the answer to this one waits for that.
void Pipeline::leave_out_repeated(const std::shared_ptr<Submission>& submission) {
  model::Batch& batch = submission->batch;
  std::erase_if(batch.errors, [&](const model::ErrorEvent& event) {
    submission->join->add();
    const Seen seen = repeated_.claim(event, [submission](Result<> result) { submission->join->arrive(std::move(result)); });
    if (seen != Seen::kOnItsWay) submission->join->arrive();
    if (seen == Seen::kFirst) submission->claimed.push_back({event.project, event.event_id, event.time});
    else batch.reject("repeated", "event " + event.event_id.hex() + " was received before");
    return seen != Seen::kFirst;
  });
}

// Events that would make a new issue stay in the one that the grouping before gave them: its hash comes along, and from then on
// the new ones lead there too.
void Pipeline::keep_former_issue(const model::ErrorEvent& event, std::vector<std::string>& hashes) {
  if (issues_->knows(event.project, hashes)) return;
  for (std::string& former : rules_->grouper().former_hashes(event)) {
    if (!issues_->knows(event.project, {&former, 1})) continue;
    hashes.push_back(std::move(former));
    return;
  }
}

// What was raised is grouped by rules; what was found says itself which issue it is of.
group::Grouping Pipeline::grouping_of(const model::ErrorEvent& event) {
  if (event.finding != nullptr) {
    const model::Finding& f = *event.finding;
    return {.hashes = {std::string(f.hash)},
            .title = std::string(f.title) + ": " + std::string(f.value),
            .type = std::string(f.title),
            .value = std::string(f.value),
            .culprit = std::string(f.culprit)};
  }
  group::Grouping grouping = rules_->grouper().group(event);
  keep_former_issue(event, grouping.hashes);
  return grouping;
}

void Pipeline::store_errors(const std::shared_ptr<Submission>& submission) {
  model::Batch& batch = submission->batch;
  std::vector<GroupedError> grouped;
  auto updates = std::make_shared<std::vector<IssueUpdate>>();
  for (const model::ErrorEvent& event : batch.errors) {
    group::Grouping g = grouping_of(event);
    const auto assigned = issues_->assign(event.project, g.hashes, clock_.now());
    if (assigned.is_too_many) g.hashes = {std::string(kTooManyIssuesHash)};
    if (assigned.is_too_many && assigned.is_new) log_.warn("too_many_new_issues", {{"project", static_cast<int64_t>(event.project)}, {"issue", assigned.issue}});
    const bool is_whole = thinner_.keeps_whole(assigned.issue, clock_.now());
    grouped.push_back({.issue = assigned.issue,
                       .title = batch.arena.copy(g.title),
                       .type = batch.arena.copy(g.type),
                       .value = batch.arena.copy(g.value),
                       .culprit = batch.arena.copy(g.culprit),
                       .hashes_json = batch.arena.copy(hashes_to_json(g.hashes)),
                       .grouping = rules_->grouper().version(),
                       .is_thinned = !is_whole});
    IssueUpdate update;
    update.hashes = std::move(g.hashes);
    update.user = user_hash(event.user_id);
    update.environment = std::string(event.environment);
    update.is_thinned = !is_whole;
    update.issue = {.id = assigned.issue,
                    .project = static_cast<int64_t>(event.project),
                    .title = std::move(g.title),
                    .type = std::move(g.type),
                    .value = std::move(g.value),
                    .culprit = std::move(g.culprit),
                    .level = std::string(event.level),
                    .platform = std::string(event.platform),
                    .kind = std::string(event.finding != nullptr ? event.finding->issue_type : store::kErrorKind),
                    .first_seen = event.time,
                    .last_seen = event.time,
                    .first_release = std::string(event.release),
                    .last_release = std::string(event.release)};
    updates->push_back(std::move(update));
  }
  const EventRows rows = errors_to_events(batch, grouped);
  submission->join->add();
  stores_.events.append(rows.batch(Dataset::kErrors), [this, submission, updates](Result<store::AppendSummary> result) {
    repeated_.settle(submission->claimed, result ? Result<>() : base::fail(base::Error(result.error())));
    if (!result) {
      for (const IssueUpdate& update : *updates) {
        if (!update.is_thinned) thinner_.give_back(update.issue.id);
      }
      return submission->join->arrive(base::fail(std::move(result.error())));
    }
    submission->thinned = static_cast<uint64_t>(std::ranges::count(*updates, true, &IssueUpdate::is_thinned));
    if (options_.sampler != nullptr) {
      for (const model::ErrorEvent& event : submission->batch.errors) {
        if (event.finding == nullptr || event.finding->keeps_trace) options_.sampler->error_event(event.trace_id);
      }
    }
    uint64_t sequence = result->first_sequence;
    for (IssueUpdate& update : *updates) update.sequence = sequence++;
    std::vector<int64_t> touched;
    for (const IssueUpdate& update : *updates) touched.push_back(update.issue.id);
    committer_->submit(std::move(*updates), [this, touched = std::move(touched)](const Result<>& applied) { remove_if_deleted(touched, applied); });
    submission->join->arrive();  // the events are stored: from them the issues are counted, whatever happens
  });
}

// Events that came while their issue was being deleted.
void Pipeline::remove_if_deleted(std::span<const int64_t> issues, const Result<>& applied) {
  if (!applied || std::ranges::none_of(issues, [this](int64_t issue) { return issues_->is_deleted(issue); })) return;
  if (auto removed = remove_events_of_deleted_issues(stores_.meta, stores_.events); !removed) {
    log_.error("events_of_deleted_issues_not_removed", {{"error", std::string_view(removed.error().message)}});
  }
}

// What is counted already is taken out first; where the rest is not stored, it counts as not told.
void Pipeline::store_sessions(const std::shared_ptr<Submission>& submission) {
  model::Batch& batch = submission->batch;
  SessionBook::Entries entries = sessions_.count(batch);
  submission->session_updates = entries.updates;
  if (batch.sessions.empty()) return;
  const EventRows rows = sessions_to_events(batch);
  store::EventBatch events = rows.batch(Dataset::kSessions);
  events.id = submission->source.batch_id;
  submission->join->add();
  stores_.events.append(events, [this, submission, entries = std::move(entries)](Result<store::AppendSummary> result) {
    if (!result) sessions_.forget(entries);
    submission->join->arrive(result ? Result<>() : base::fail(std::move(result.error())));
  });
}

void Pipeline::store_metrics(const std::shared_ptr<Submission>& submission) {
  const model::Batch& batch = submission->batch;
  submission->join->add();
  stores_.metrics.append(batch.series, batch.metadata, batch.exemplars, [submission](Result<store::MetricAppendSummary> result) {
    if (!result) return submission->join->arrive(base::fail(std::move(result.error())));
    {
      std::lock_guard lock(submission->mu);
      submission->samples += result->accepted + result->duplicates;
      submission->exemplars += result->exemplars;
      std::move(result->rejections.begin(), result->rejections.end(), std::back_inserter(submission->late_rejections));
    }
    submission->join->arrive();
  });
}

void Pipeline::store_items(const std::shared_ptr<Submission>& submission) {
  submission->join->add();
  items_->submit(submission->batch.items, [submission](Result<std::vector<model::Rejection>> rejected) {
    if (!rejected) return submission->join->arrive(base::fail(std::move(rejected.error())));
    {
      std::lock_guard lock(submission->mu);
      std::ranges::move(*rejected, std::back_inserter(submission->late_rejections));
    }
    submission->join->arrive();
  });
}

}  // namespace tripod::pipeline
