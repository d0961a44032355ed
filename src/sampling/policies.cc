#include "sampling/policies.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "sampling/policy_reader.h"

namespace tripod::sampling {

using base::Result;
using model::Resource;
using model::Scope;
using model::Span;

namespace {

const Resource kNoResource{};
const Scope kNoScope{};

uint64_t size_of(const model::Value& value) {
  if (value.has_text()) return value.text().size();
  return value.is_null() ? 0 : value.type() == model::ValueType::kBool ? 1 : 8;
}

uint64_t size_of(std::span<const model::Attribute> attributes) {
  uint64_t out = 0;
  for (const model::Attribute& one : attributes) out += one.key.size() + size_of(one.value);
  return out;
}

// About what a span takes in OTLP's protobuf without its resource: ids, times and numbers are 68 bytes.
uint64_t size_of(const Span& span) {
  uint64_t out = 68 + span.name.size() + span.trace_state.size() + span.status_message.size() + size_of(span.attributes);
  for (const model::SpanEvent& event : span.events) out += 12 + event.name.size() + size_of(event.attributes);
  for (const model::SpanLink& link : span.links) out += 28 + size_of(link.attributes);
  return out;
}

// How likely it was that one of several policies samples the trace: each randomness is independent of the others, and of one the largest
// share counts. What was sampled before is part of the trace's own.
class Chances {
 public:
  void add(const Outcome& outcome) {
    double& share = shares_[outcome.randomness];
    share = std::max(share, outcome.share);
  }
  bool any() const {
    return std::ranges::any_of(shares_, [](const auto& one) { return one.second > 0; });
  }
  double share(double before) const {
    if (shares_.size() == 1 && shares_.begin()->first == 0) return std::min(before, shares_.begin()->second);
    double missed = 1;
    for (const auto& [randomness, share] : shares_) missed *= 1 - std::min(1.0, randomness == 0 && before > 0 ? share / before : share);
    return before * (1 - missed);
  }

 private:
  std::map<uint64_t, double> shares_;
};

double count_of(double share) { return share > 0 ? 1 / share : 1; }

// All that policies say of one trace, and what follows from it.
struct Poll {
  const Policy* sampled = nullptr;  // the first that says so
  const Policy* inverted = nullptr;
  const Policy* dropped = nullptr;
  bool has_not_sampled = false, has_invert_not_sampled = false;
  Chances chances;
  std::vector<Outcome> outcomes;     // of those with a limiter

  bool is_kept() const { return dropped == nullptr && !has_invert_not_sampled && (sampled != nullptr || (inverted != nullptr && !has_not_sampled)); }
};

void note(Poll& poll, const Policy& policy, const Outcome& outcome) {
  switch (outcome.verdict) {
    case Verdict::kSampled:
      if (poll.sampled == nullptr) poll.sampled = &policy;
      break;
    case Verdict::kInvertSampled:
      if (poll.inverted == nullptr) poll.inverted = &policy;
      break;
    case Verdict::kNotSampled: poll.has_not_sampled = true; break;
    case Verdict::kInvertNotSampled: poll.has_invert_not_sampled = true; break;
    case Verdict::kDropped: poll.dropped = &policy; break;
  }
}

// What a limiter refused and nothing else kept is counted by the next that it lets pass.
double count_of_limited(const Poll& poll, RateState& rates, double before) {
  const Outcome* passed = nullptr;
  for (const Outcome& one : poll.outcomes) {
    if (one.limiter != 0 && one.verdict == Verdict::kSampled && passed == nullptr) passed = &one;
  }
  if (passed == nullptr) return count_of(poll.chances.share(before));
  const double count = 1 + std::exchange(rates.buckets[passed->limiter].refused, 0);
  const double share = passed->randomness == 0 ? std::min(before, passed->share) : before * passed->share;
  return count * count_of(share);
}

void note_refused(const Poll& poll, RateState& rates) {
  if (poll.dropped != nullptr || poll.has_invert_not_sampled || poll.chances.any()) return;
  for (const Outcome& one : poll.outcomes) {
    if (one.limiter == 0 || one.verdict != Verdict::kNotSampled || one.share < 1) continue;
    rates.buckets[one.limiter].refused += 1;
    return;
  }
}

}  // namespace

Policies::Policies(int64_t slow, double percentage) {
  text_ = fmt::format("keep:\n  errors: true\n  slower_than: {}ms\n  rest: {}%\n", slow / base::kNanosPerMilli, percentage);
  policies_ = kept_by_default(slow, percentage / 100);
  finish();
}

Result<Policies> Policies::parse(const std::string& yaml, const std::string& file) {
  auto read = read_policies(yaml, file);
  if (!read) return base::fail(std::move(read.error()));
  Policies out;
  out.policies_ = std::move(read->policies);
  out.first_match_ends_ = read->first_match_ends;
  out.notes_ = std::move(read->notes);
  out.text_ = yaml;
  out.finish();
  return out;
}

void Policies::finish() {
  std::ranges::stable_partition(policies_, [](const Policy& policy) { return policy.kind == PolicyKind::kDrop; });
  for (const Policy& policy : policies_) collect(policy);
}

void Policies::collect(const Policy& policy) {
  counts_bytes_ |= policy.counts_bytes;
  if (policy.condition) {
    const bool is_known = std::ranges::any_of(conditions_, [&](const ConditionPtr& one) { return one->id() == policy.condition->id(); });
    if (!is_known) conditions_.push_back(policy.condition);
  }
  for (const Policy& child : policy.children) collect(child);
}

void Policies::observe_always(const Span& span, TraceFacts& facts) {
  facts.start = std::min(facts.start, span.start_time);
  facts.end = std::max(facts.end, span.end_time);
  if (span.parent_span_id.empty()) facts.longest_root = std::max(facts.longest_root, span.end_time - span.start_time);
  ++facts.spans;
  facts.has_error |= span.status_code == model::StatusCode::kError;
  facts.has_ok |= span.status_code == model::StatusCode::kOk;
  facts.has_unset |= span.status_code == model::StatusCode::kUnset;
  facts.is_flagged |= (span.flags & model::kSampledFlag) != 0;
  if (span.trace_state.empty()) return;
  const ProbabilityState state = probability_state(span.trace_state);
  if (state.threshold) facts.threshold = std::max(facts.threshold, *state.threshold);
  if (state.randomness) facts.randomness = std::min(facts.randomness, *state.randomness);
}

void Policies::observe_conditions(const Span& span, const Resource& resource, const Scope& scope, TraceFacts& facts) const {
  for (const ConditionPtr& one : conditions_) {
    if (!facts.has(one->id()) && one->matches(span, resource, scope)) facts.set(one->id());
  }
  if (counts_bytes_) facts.bytes += size_of(span);
}

void Policies::observe(const Span& span, const Resource& resource, const Scope& scope, TraceFacts& facts) const {
  observe_always(span, facts);
  for (const ConditionPtr& one : conditions_) {
    if (!facts.has(one->id()) && one->matches_resource(resource)) facts.set(one->id());
  }
  observe_conditions(span, resource, scope, facts);
}

Decision Policies::decide(const model::TraceId& id, const TraceFacts& facts, RateState& rates, base::UnixNanos now) const {
  const Evaluation trace{id, facts, rates, now};
  Poll poll;
  for (const Policy& policy : policies_) {
    const Outcome outcome = evaluate(policy, trace, true);
    note(poll, policy, outcome);
    if (outcome.limiter != 0) poll.outcomes.push_back(outcome);
    else if (policy.kind != PolicyKind::kDrop && !policy.inverted) poll.chances.add(outcome);
    if (outcome.verdict == Verdict::kDropped || (first_match_ends_ && outcome.verdict == Verdict::kSampled)) break;
  }
  if (!poll.is_kept()) {
    note_refused(poll, rates);
    return {.kept = false, .policy = poll.dropped != nullptr ? std::string_view(poll.dropped->name) : std::string_view()};
  }
  const double before = share_of(facts.threshold);
  if (poll.sampled == nullptr) return {true, poll.inverted->name, count_of(before)};
  return {true, poll.sampled->name, count_of_limited(poll, rates, before)};
}

BatchObserver::BatchObserver(const Policies& policies, const model::Batch& batch) : policies_(policies), batch_(batch), resources_(policies.conditions_.empty() ? 0 : batch.resources.size()) {}

void BatchObserver::observe(const Span& span, TraceFacts& facts) {
  if (policies_.conditions_.empty() && !policies_.counts_bytes_) return Policies::observe_always(span, facts);
  const Resource& resource = span.resource < batch_.resources.size() ? batch_.resources[span.resource] : kNoResource;
  const Scope& scope = span.scope < batch_.scopes.size() ? batch_.scopes[span.scope] : kNoScope;
  if (span.resource >= resources_.size()) return policies_.observe(span, resource, scope, facts);
  OfResource& known = resources_[span.resource];
  if (!known.is_asked) {
    known.is_asked = true;
    for (const ConditionPtr& one : policies_.conditions_) {
      if (one->matches_resource(resource)) known.matched.push_back(one->id());
    }
  }
  for (const ConditionId id : known.matched) facts.set(id);
  Policies::observe_always(span, facts);
  policies_.observe_conditions(span, resource, scope, facts);
}

}  // namespace tripod::sampling
