// What decides whether a trace is kept: the policies of the OpenTelemetry Collector's tail_sampling processor in its own YAML, and a short
// form for services and routes. docs/sampling.md
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/batch.h"
#include "sampling/policy.h"
#include "sampling/trace_facts.h"

namespace tripod::sampling {

struct Decision {
  bool kept = false;
  std::string_view policy;    // that kept it or dropped it; empty: none did. Lives as long as the policies
  double adjusted_count = 1;  // of a kept one: so many traces it stands for, itself among them
};

// Immutable, thread-safe.
class Policies {
 public:
  // Errors and roots that took at least `slow` nanoseconds always, of the rest a share of `percentage`.
  Policies(int64_t slow, double percentage);

  // A document with `policies`, a whole configuration of a collector with one tail_sampling processor, or the short form with `keep` and
  // `rules`. `file` names it in errors: "FILE:LINE:COLUMN: policy "NAME": ...". kInvalidArgument; kUnsupported for what the Collector has and
  // this does not.
  static base::Result<Policies> parse(const std::string& yaml, const std::string& file);

  // Thread-safe: what one span says goes into `facts`.
  void observe(const model::Span& span, const model::Resource& resource, const model::Scope& scope, TraceFacts& facts) const;
  // Uses up rates in `rates`, which one thread at a time may use. Should another set of policies have observed the trace, conditions that are new
  // in this one have seen nothing of it.
  Decision decide(const model::TraceId& id, const TraceFacts& facts, RateState& rates, base::UnixNanos now) const;

  // In the order in which they are asked: those that drop first.
  const std::vector<Policy>& policies() const { return policies_; }
  // As it was written, or the short form that says the same.
  const std::string& text() const { return text_; }
  // What was read and has no effect here, for people: "FILE:LINE:COLUMN: ...".
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  friend class BatchObserver;
  Policies() = default;
  void finish();
  void collect(const Policy& policy);
  static void observe_always(const model::Span& span, TraceFacts& facts);
  void observe_conditions(const model::Span& span, const model::Resource& resource, const model::Scope& scope, TraceFacts& facts) const;

  std::vector<Policy> policies_;
  std::vector<ConditionPtr> conditions_;  // of all policies, each once
  bool counts_bytes_ = false;
  bool first_match_ends_ = false;  // sample_on_first_match
  std::string text_;
  std::vector<std::string> notes_;
};

// Observes the spans of one batch, and asks each of its resources once. Not thread-safe; both must outlive it.
class BatchObserver {
 public:
  BatchObserver(const Policies& policies, const model::Batch& batch);
  void observe(const model::Span& span, TraceFacts& facts);

 private:
  struct OfResource {
    bool is_asked = false;
    std::vector<ConditionId> matched;
  };
  const Policies& policies_;
  const model::Batch& batch_;
  std::vector<OfResource> resources_;
};

}  // namespace tripod::sampling
