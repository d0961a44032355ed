#include "sampling/sampler.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <unordered_map>

#include <fmt/format.h>

namespace tripod::sampling {

using base::Result;

namespace {

constexpr std::chrono::milliseconds kInterval{250};
// Of the memory: from the one on traces are decided early, until the other.
constexpr double kBusy = 0.8;
constexpr double kRelieved = 0.7;
constexpr size_t kEarlyAtOnce = 4096;
constexpr size_t kMostWanted = 200'000;
constexpr size_t kMostErrors = 100'000;
// When links of an error's trace are looked up: others that hold both ids come with their own batches.
constexpr int64_t kFirstLook = 2 * base::kNanosPerSecond;
constexpr int64_t kSecondLook = 15 * base::kNanosPerSecond;
constexpr std::string_view kErrorPolicy = "error_event";

constexpr std::string_view kSpansFamily = "tripod_sampling_spans_total";
constexpr std::string_view kSpansHelp = "Spans by what became of them: kept, dropped, late_kept, late_dropped, promoted";

}  // namespace

Sampler::Sampler(const SamplerContext& context, std::shared_ptr<const Policies> policies, SamplerOptions options, TraceObserver observer)
    : context_(context), options_(std::move(options)), observer_(std::move(observer)), held_(context.memory), table_(options_.traces), policies_(std::move(policies)) {
  context_.metrics.gauge("tripod_sampling_undecided_traces", "Traces that wait for their decision", {}, [this] { return static_cast<double>(table_.traces()); });
  context_.metrics.gauge("tripod_sampling_behind_spans", "Spans of the window that are not decided, or not written", {}, [this] { return static_cast<double>(taken_sequence_ - std::min<uint64_t>(taken_sequence_, saved_sequence_)); });
  context_.metrics.gauge("tripod_sampling_held_bytes", "Memory of spans that wait for the decision of their trace", {}, [this] { return static_cast<double>(held_.bytes()); });
}

Sampler::~Sampler() {
  stop();
  context_.metrics.remove_gauge("tripod_sampling_undecided_traces", {});
  context_.metrics.remove_gauge("tripod_sampling_held_bytes", {});
  context_.metrics.remove_gauge("tripod_sampling_behind_spans", {});
}

void Sampler::start() {
  stopping_ = false;
  std::lock_guard lock(job_mu_);
  job_ = std::make_unique<store::BackgroundJob>([this, failed = false](const std::stop_token&) mutable {
    const auto done = tick();
    if (!done && !failed && !stopping_) context_.log.warn("sampling_round_failed", {{"error", std::string_view(done.error().message)}});
    failed = !done;
    return kInterval;
  });
}

void Sampler::stop() {
  stopping_ = true;
  std::unique_ptr<store::BackgroundJob> job;
  {
    std::lock_guard lock(job_mu_);
    job = std::move(job_);
  }
}

void Sampler::set_policies(std::shared_ptr<const Policies> policies) {
  std::lock_guard lock(policies_mu_);
  policies_ = std::move(policies);
}

std::shared_ptr<const Policies> Sampler::policies() const {
  std::lock_guard lock(policies_mu_);
  return policies_;
}

void Sampler::count(std::string_view outcome, uint64_t spans) {
  if (spans != 0) context_.metrics.counter(kSpansFamily, kSpansHelp, {{"outcome", std::string(outcome)}}).add(spans);
}

bool Sampler::is_over(double share) const {
  return static_cast<double>(held_.bytes() + table_.traces() * sizeof(UndecidedTrace)) > share * static_cast<double>(options_.most_bytes);
}

std::optional<base::Error> Sampler::refusal() {
  if (!is_over(kBusy)) return std::nullopt;
  {
    std::lock_guard lock(job_mu_);
    if (job_ != nullptr) job_->wake();
  }
  if (!is_over(1)) return std::nullopt;
  context_.metrics.counter("tripod_sampling_refused_total", "Requests with spans that were refused, since too many spans are undecided").add();
  return base::Error{base::Code::kResourceExhausted, "too many spans wait for the decision of their traces"};
}

std::vector<TracePart> Sampler::observe(const model::Batch& batch) const {
  const auto policies = this->policies();
  BatchObserver observer(*policies, batch);
  std::vector<TracePart> parts;
  std::unordered_map<model::TraceId, size_t, TraceIdHash> places;
  size_t last = SIZE_MAX;
  for (uint32_t i = 0; i < batch.spans.size(); ++i) {
    const model::Span& span = batch.spans[i];
    if (last == SIZE_MAX || parts[last].id != span.trace_id) {
      const auto [place, is_new] = places.try_emplace(span.trace_id, parts.size());
      if (is_new) parts.push_back({.id = span.trace_id});
      last = place->second;
    }
    TracePart& part = parts[last];
    observer.observe(span, part.facts);
    if (span.parent_span_id.empty()) part.root_end = std::max(part.root_end, std::max<base::UnixNanos>(1, span.end_time));
    if (span.kind == model::SpanKind::kClient) ++part.client_calls;
    if (!part.rows.empty() && part.rows.back().first + part.rows.back().second == i) ++part.rows.back().second;
    else part.rows.emplace_back(i, 1);
  }
  return parts;
}

void Sampler::append(store::EventBatch rows, std::vector<TracePart> parts, store::EventStore::Done done) {
  struct Entering {
    std::vector<TracePart> parts;
    store::RowBatch::Ptr rows;  // null where the engine holds none
    store::EventStore::Done done;
  };
  auto entering = std::make_shared<Entering>(std::move(parts), nullptr, std::move(done));
  const std::function<void(store::RowBatch::Ptr)> encoded = [&](store::RowBatch::Ptr held) { entering->rows = std::move(held); };
  rows.dataset = store::Dataset::kSpanWindow;
  rows.encoded = &encoded;
  context_.events.append(rows, [this, entering](Result<store::AppendSummary> stored) {
    if (stored && !stored->repeated && stored->accepted > 0) take(entering->parts, std::move(entering->rows), *stored);
    entering->done(std::move(stored));
  });
}

// The store tells in the order of the sequence numbers.
void Sampler::take(std::span<const TracePart> parts, store::RowBatch::Ptr rows, const store::AppendSummary& stored) {
  const base::UnixNanos now = context_.clock.now();
  const uint64_t last = stored.first_sequence + stored.accepted - 1;
  std::lock_guard order(order_mu_);
  const auto batch = held_.add(stored.first_sequence, std::move(rows), now);
  for (const TracePart& part : parts) {
    std::vector<RowRun> runs;
    for (const auto& [first, count] : part.rows) runs.push_back({batch, first, count});
    auto late = table_.add(part, std::move(runs), now);
    if (!late) continue;
    if (!late->decision.kept) late->runs.clear();  // the window has them
    std::lock_guard lock(waiting_mu_);
    late_.push_back(std::move(*late));
  }
  taken_sequence_ = last;
}

// Where spans start of traces that are in the window, but for those that took very long or came very late.
store::TimeRange Sampler::recent() const { return {context_.clock.now() - options_.window - base::kNanosPerHour, INT64_MAX}; }

Result<> Sampler::keep(const model::TraceId& id, std::string_view why, store::TimeRange range) {
  std::lock_guard order(order_mu_);
  {
    std::lock_guard lock(waiting_mu_);
    if (wanted_.size() >= kMostWanted) return base::fail(base::Code::kResourceExhausted, "too many traces wait to be kept");
  }
  if (table_.want(id, why) != TraceTable::Known::kNotKept) return {};
  context_.metrics.counter("tripod_sampling_promoted_traces_total", "Traces kept after their decision, or before their spans came, by what asked for it", {{"why", std::string(why)}}).add();
  std::lock_guard lock(waiting_mu_);
  wanted_.push_back({id, {.kept = true, .policy = why}, taken_sequence_, range});
  ++waiting_;
  return {};
}

void Sampler::error_event(const model::TraceId& id) {
  if (id.empty()) return;
  const bool is_kept = keep(id, kErrorPolicy, recent()).has_value();
  const base::UnixNanos now = context_.clock.now();
  std::lock_guard lock(waiting_mu_);
  if (is_kept && errors_.size() + 2 <= kMostErrors) {
    errors_.insert(errors_.end(), {{now + kFirstLook, id.hex()}, {now + kSecondLook, id.hex()}});
    return;
  }
  context_.metrics.counter("tripod_sampling_errors_not_followed_total", "Error events whose traces were not looked for, since too many were waiting").add();
}

SamplerStats Sampler::stats() const {
  const uint64_t taken = taken_sequence_;
  const uint64_t oldest = held_.oldest_sequence();
  return {.undecided = table_.traces(), .held_bytes = held_.bytes(), .waiting = waiting_, .settled_sequence = std::min(taken, oldest - 1)};
}

std::string_view Sampler::interned(std::string_view policy) {
  const auto found = names_.find(policy);
  return found != names_.end() ? *found : *names_.emplace(policy).first;
}

TraceTable::Decide Sampler::decider() {
  return [this, policies = policies(), now = context_.clock.now()](const model::TraceId& id, const UndecidedTrace& trace) -> PastDecision {
    if (trace.wanted) return *trace.wanted;
    const Decision decision = policies->decide(id, trace.facts, rates_, now);
    return {decision.kept, interned(decision.policy), decision.adjusted_count};
  };
}

Result<> Sampler::tick() {
  std::lock_guard one(tick_mu_);
  if (!recovered_) {
    if (auto ok = recover(); !ok) return ok;
  }
  const base::UnixNanos now = context_.clock.now();
  pass_on(table_.decide_due(now, decider()), "in_time");
  settle_late();
  Result<> result = follow_links();
  if (auto written = write_kept(); !written) result = std::move(written);
  relieve();
  held_.leave_to_disk(now - options_.in_memory);
  save_checkpoint();
  return result;
}

void Sampler::relieve() {
  while (is_over(kBusy)) {
    auto early = table_.decide_oldest(kEarlyAtOnce, decider());
    if (early.empty()) return;
    pass_on(std::move(early), "early");
    if (!write_kept()) return;  // the next round tries again, and what comes is refused until then
    if (!is_over(kRelieved)) return;
  }
}

void Sampler::pass_on(std::vector<DecidedTrace> decided, std::string_view when) {
  uint64_t dropped = 0;
  std::map<std::string_view, uint64_t> traces;  // by policy; of those that are not kept: empty
  for (DecidedTrace& one : decided) {
    if (observer_.complete && one.trace.client_calls >= observer_.least_client_calls) show(one);
    ++traces[one.decision.kept ? one.decision.policy : std::string_view()];
    if (!one.decision.kept) {
      for (const RowRun& run : one.trace.runs) dropped += run.count;
      continue;
    }
    kept_.push_back({one.id, one.decision, std::move(one.trace.runs), range_of(one.trace.facts)});
    ++waiting_;
  }
  count("dropped", dropped);
  for (const auto& [policy, number] : traces) {
    context_.metrics
        .counter("tripod_sampling_traces_total", "Decided traces by the policy that kept them, empty for those that none kept; when is early under pressure",
                 {{"policy", std::string(policy)}, {"when", std::string(when)}})
        .add(number);
  }
}

void Sampler::show(const DecidedTrace& decided) {
  base::Arena arena;
  std::vector<StoredSpan> spans;
  for (const RowRun& run : decided.trace.runs) {
    if (run.batch->rows == nullptr) return;  // only those in memory: a look at the disk for each would cost too much
    for (uint32_t i = 0; i < run.count; ++i) spans.push_back(span_of(*run.batch->rows, run.first + i, arena));
  }
  observer_.complete(decided.id, spans);
}

// Spans of a kept trace are kept too. Those of one that was not may show what makes it worth keeping: an error, or a root that took long.
void Sampler::settle_late() {
  std::vector<LateSpans> late;
  {
    std::lock_guard lock(waiting_mu_);
    late.swap(late_);
  }
  const auto policies = this->policies();
  uint64_t dropped = 0, kept = 0;
  for (LateSpans& one : late) {
    if (one.decision.kept) {
      for (const RowRun& run : one.runs) kept += run.count;
      kept_.push_back({one.id, one.decision, std::move(one.runs), range_of(one.facts)});
      ++waiting_;
      continue;
    }
    const Decision decision = policies->decide(one.id, one.facts, rates_, context_.clock.now());
    if (!decision.kept || decision.adjusted_count > 1) {
      dropped += one.facts.spans;
    } else if (auto asked = keep(one.id, interned(decision.policy), recent()); !asked) {
      dropped += one.facts.spans;
    }
  }
  count("late_kept", kept);
  count("late_dropped", dropped);
}

}  // namespace tripod::sampling
