#include "sampling/trace_facts.h"

#include <algorithm>
#include <cmath>

namespace tripod::sampling {
namespace {

constexpr size_t kDigits = 14;  // of 56 bits

std::optional<uint64_t> hexadecimal(std::string_view digits) {
  if (digits.empty() || digits.size() > kDigits) return std::nullopt;
  uint64_t out = 0;
  for (const char c : digits) {
    if (c >= '0' && c <= '9') out = out << 4 | static_cast<uint64_t>(c - '0');
    else if (c >= 'a' && c <= 'f') out = out << 4 | static_cast<uint64_t>(c - 'a' + 10);
    else return std::nullopt;
  }
  return out << (4 * (kDigits - digits.size()));
}

// The part before `separator`; `rest` loses it.
std::string_view next_part(std::string_view& rest, char separator) {
  const size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view out = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return out;
}

}  // namespace

ProbabilityState probability_state(std::string_view trace_state) {
  ProbabilityState out;
  while (!trace_state.empty()) {
    std::string_view member = next_part(trace_state, ',');
    member.remove_prefix(std::min(member.find_first_not_of(" \t"), member.size()));
    if (!member.starts_with("ot=")) continue;
    member.remove_prefix(3);
    member = member.substr(0, member.find_last_not_of(" \t") + 1);
    while (!member.empty()) {
      const std::string_view pair = next_part(member, ';');
      if (pair.starts_with("th:")) out.threshold = hexadecimal(pair.substr(3));
      if (pair.starts_with("rv:") && pair.size() == 3 + kDigits) out.randomness = hexadecimal(pair.substr(3));
    }
    break;
  }
  return out;
}

uint64_t randomness_of(const model::TraceId& id) {
  uint64_t out = 0;
  for (size_t i = 9; i < 16; ++i) out = out << 8 | id.bytes[i];
  return out;
}

uint64_t threshold_of(double share) {
  if (!(share > 0)) return kNever;
  if (share >= 1) return 0;
  return kNever - static_cast<uint64_t>(std::llround(share * static_cast<double>(kNever)));
}

double share_of(uint64_t threshold) { return static_cast<double>(kNever - std::min(threshold, kNever)) / static_cast<double>(kNever); }

bool TraceFacts::has(ConditionId id) const { return std::ranges::find(matched, id) != matched.end(); }

void TraceFacts::set(ConditionId id) {
  if (!has(id)) matched.push_back(id);
}

void TraceFacts::merge(const TraceFacts& other) {
  start = std::min(start, other.start);
  end = std::max(end, other.end);
  longest_root = std::max(longest_root, other.longest_root);
  spans += other.spans;
  bytes += other.bytes;
  has_error |= other.has_error;
  has_ok |= other.has_ok;
  has_unset |= other.has_unset;
  is_flagged |= other.is_flagged;
  threshold = std::max(threshold, other.threshold);
  randomness = std::min(randomness, other.randomness);
  for (const ConditionId id : other.matched) set(id);
}

}  // namespace tripod::sampling
