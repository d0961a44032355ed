#include "sampling/policy.h"

#include <algorithm>
#include <cmath>

#include "base/hash.h"

namespace tripod::sampling {
namespace {

Outcome certain(bool is_sampled) { return {.verdict = is_sampled ? Verdict::kSampled : Verdict::kNotSampled, .share = is_sampled ? 1.0 : 0.0}; }

bool is_sampled(Verdict verdict) { return verdict == Verdict::kSampled || verdict == Verdict::kInvertSampled; }

uint64_t randomness(const Evaluation& trace) { return trace.facts.randomness == UINT64_MAX ? randomness_of(trace.id) : trace.facts.randomness; }

// FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/
uint64_t salted_hash(std::string_view salt, const model::TraceId& id) {
  uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&](uint8_t byte) { hash = (hash ^ byte) * 0x100000001b3; };
  for (const char c : salt) add(static_cast<uint8_t>(c));
  for (const uint8_t byte : id.bytes) add(byte);
  return hash;
}

Outcome by_latency(const Policy& policy, int64_t duration) {
  // With an upper bound the lower one does not belong to it: so says the Collector.
  if (policy.most == 0) return certain(duration >= policy.least);
  return certain(duration > policy.least && duration <= policy.most);
}

Outcome by_status(const Policy& policy, const TraceFacts& facts) {
  return certain((policy.error && facts.has_error) || (policy.ok && facts.has_ok) || (policy.unset && facts.has_unset));
}

Outcome by_count(const Policy& policy, const TraceFacts& facts) {
  return certain(facts.spans >= policy.least && (policy.most == 0 || facts.spans <= policy.most));
}

Outcome by_condition(const Policy& policy, const TraceFacts& facts) {
  const bool matched = facts.has(policy.condition->id());
  if (!policy.inverted) return certain(matched);
  return {.verdict = matched ? Verdict::kInvertNotSampled : Verdict::kInvertSampled, .share = matched ? 0.0 : 1.0};
}

Outcome by_probability(const Policy& policy, const Evaluation& trace) {
  if (policy.salt.empty()) {
    // What was sampled before with a higher threshold passes all lower ones.
    Outcome out = certain(randomness(trace) >= policy.threshold);
    out.share = share_of(policy.threshold);
    return out;
  }
  const double bound = std::ldexp(policy.share, 64);
  Outcome out = certain(policy.share >= 1 || static_cast<double>(salted_hash(policy.salt, trace.id)) < bound);
  out.share = policy.share;
  out.randomness = base::hash64(policy.salt) | 1;
  return out;
}

Outcome by_rate(const Policy& policy, const Evaluation& trace, bool consumes) {
  if (!consumes) return {.verdict = Verdict::kSampled, .share = 1, .limiter = policy.id};
  RateState::Bucket& bucket = trace.rates.buckets[policy.id];
  if (bucket.filled == INT64_MIN) {
    bucket.tokens = policy.burst;
  } else if (trace.now > bucket.filled) {
    const double seconds = static_cast<double>(trace.now - bucket.filled) / static_cast<double>(base::kNanosPerSecond);
    bucket.tokens = std::min(policy.burst, bucket.tokens + seconds * policy.per_second);
  }
  bucket.filled = std::max(bucket.filled, trace.now);
  const double cost = static_cast<double>(policy.counts_bytes ? trace.facts.bytes : trace.facts.spans);
  const bool passes = cost <= bucket.tokens;
  if (passes) bucket.tokens -= cost;
  return {.verdict = passes ? Verdict::kSampled : Verdict::kNotSampled, .share = 1, .limiter = policy.id};
}

// Of two that must both be so.
void narrow(Outcome& out, const Outcome& other) {
  if (other.limiter != 0) out.limiter = other.limiter;
  const bool is_one = out.randomness == other.randomness || other.share == 0 || other.share == 1 || out.share == 1;
  if (other.share < 1 && out.share == 1) out.randomness = other.randomness;
  out.share = is_one ? std::min(out.share, other.share) : out.share * other.share;
}

Outcome all_of(const Policy& policy, const Evaluation& trace, bool consumes, Verdict yes) {
  Outcome out = {.verdict = yes, .share = 1};
  for (const Policy& child : policy.children) {
    // After the first "no" no rate is used up; the others only say how likely it would have been.
    const Outcome one = evaluate(child, trace, consumes && out.verdict == yes);
    if (!is_sampled(one.verdict)) out.verdict = Verdict::kNotSampled;
    // What a rate refused would have been kept but for it.
    Outcome chance = one;
    if (one.limiter != 0) chance.share = 1;
    narrow(out, chance);
  }
  return out;
}

Outcome opposite(const Policy& policy, const Evaluation& trace, bool consumes) {
  Outcome out = evaluate(policy.children.front(), trace, consumes);
  // Inverted ones pass as they are: so does the Collector.
  if (out.verdict == Verdict::kSampled) out.verdict = Verdict::kNotSampled;
  else if (out.verdict == Verdict::kNotSampled) out.verdict = Verdict::kSampled;
  else return out;
  // Those below the threshold are another share of the same randomness: of its own, here.
  if (out.share > 0 && out.share < 1) out.randomness = policy.id;
  out.share = 1 - out.share;
  return out;
}

Outcome by_composite(const Policy& policy, const Evaluation& trace, bool consumes) {
  RateState::Bucket& bucket = trace.rates.buckets[policy.id];
  const int64_t second = trace.now / base::kNanosPerSecond;
  if (consumes && (bucket.second != second || bucket.used.size() != policy.children.size())) {
    bucket.second = second;
    bucket.used.assign(policy.children.size(), 0);
  }
  for (size_t i = 0; i < policy.children.size(); ++i) {
    Outcome out = evaluate(policy.children[i], trace, consumes);
    if (!is_sampled(out.verdict)) continue;
    out.verdict = Verdict::kSampled;
    out.limiter = policy.id;
    if (!consumes) return out;
    const double spans = bucket.used[i] + trace.facts.spans;
    if (spans > policy.allocated[i] || spans > policy.per_second) out.verdict = Verdict::kNotSampled;
    else bucket.used[i] = spans;
    return out;
  }
  return {};
}

}  // namespace

Outcome evaluate(const Policy& policy, const Evaluation& trace, bool consumes) {
  const TraceFacts& facts = trace.facts;
  switch (policy.kind) {
    case PolicyKind::kAlways: return certain(true);
    case PolicyKind::kLatency: return by_latency(policy, facts.spans == 0 ? 0 : std::max<int64_t>(0, facts.end - facts.start));
    case PolicyKind::kRootLatency: return facts.longest_root < 0 ? certain(false) : by_latency(policy, facts.longest_root);
    case PolicyKind::kStatus: return by_status(policy, facts);
    case PolicyKind::kTraceFlags: return certain(facts.is_flagged);
    case PolicyKind::kSpanCount: return by_count(policy, facts);
    case PolicyKind::kCondition: return by_condition(policy, facts);
    case PolicyKind::kProbabilistic: return by_probability(policy, trace);
    case PolicyKind::kRate: return by_rate(policy, trace, consumes);
    case PolicyKind::kAnd: return all_of(policy, trace, consumes, Verdict::kSampled);
    case PolicyKind::kNot: return opposite(policy, trace, consumes);
    case PolicyKind::kDrop: return all_of(policy, trace, consumes, Verdict::kDropped);
    case PolicyKind::kComposite: return by_composite(policy, trace, consumes);
  }
  return {};
}

}  // namespace tripod::sampling
