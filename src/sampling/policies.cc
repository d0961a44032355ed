#include "sampling/policies.h"

#include <algorithm>
#include <cmath>

namespace tripod::sampling {
namespace {

constexpr uint64_t kAll = uint64_t{1} << 56;

uint64_t low56(const model::TraceId& id) {
  uint64_t out = 0;
  for (size_t i = 9; i < 16; ++i) out = out << 8 | id.bytes[i];
  return out;
}

double adjusted_count(uint64_t threshold) { return static_cast<double>(kAll) / static_cast<double>(kAll - threshold); }

}  // namespace

void TraceFacts::merge(const TraceFacts& other) {
  start = std::min(start, other.start);
  end = std::max(end, other.end);
  longest_root = std::max(longest_root, other.longest_root);
  spans += other.spans;
  has_error |= other.has_error;
  threshold = std::max(threshold, other.threshold);
  randomness = std::min(randomness, other.randomness);
}

Policies::Policies(int64_t slow, double percentage)
    : slow_(slow), threshold_(kAll - std::max<uint64_t>(1, static_cast<uint64_t>(std::llround(std::clamp(percentage, 0.0, 100.0) / 100 * static_cast<double>(kAll))))) {}

void Policies::observe(const model::Span& span, const model::Resource&, const model::Scope&, TraceFacts& facts) const {
  facts.start = std::min(facts.start, span.start_time);
  facts.end = std::max(facts.end, span.end_time);
  if (span.parent_span_id.empty()) facts.longest_root = std::max(facts.longest_root, span.end_time - span.start_time);
  ++facts.spans;
  facts.has_error |= span.status_code == model::StatusCode::kError;
}

Decision Policies::decide(const model::TraceId& id, const TraceFacts& facts, RateState&, base::UnixNanos) const {
  if (facts.has_error) return {true, "errors", adjusted_count(facts.threshold)};
  if (facts.longest_root >= slow_) return {true, "slow", adjusted_count(facts.threshold)};
  const uint64_t threshold = std::max(threshold_, facts.threshold);
  const uint64_t randomness = facts.randomness == UINT64_MAX ? low56(id) : facts.randomness;
  return randomness >= threshold ? Decision{true, "rest", adjusted_count(threshold)} : Decision{};
}

}  // namespace tripod::sampling
