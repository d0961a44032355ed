#include "sampling/trace_table.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace tripod::sampling {

TraceTable::TraceTable(const TraceTableOptions& options) : options_(options) {
  for (Shard& shard : shards_) shard.decided = std::make_unique<DecisionCache>(options.cached_decisions / kShards);
}

// A root that ended long ago, sent by who was away, is waited for as if it had ended when its batch was late at most by the usual.
void TraceTable::note_root(Shard& shard, const TracePart& part, UndecidedTrace& trace, base::UnixNanos now) const {
  if (part.root_end == 0) return;
  const int64_t due = std::clamp(part.root_end + options_.wait_after_root, now + options_.least_wait, now + options_.wait_after_root);
  // Of several roots the last one counts.
  trace.due = trace.due == INT64_MAX ? due : std::max(trace.due, due);
  shard.due[trace.due / kBucket + 1].push_back(part.id);
}

std::optional<LateSpans> TraceTable::add(const TracePart& part, std::vector<RowRun> runs, base::UnixNanos now) {
  Shard& shard = shard_of(part.id);
  std::lock_guard lock(shard.mu);
  auto found = shard.traces.find(part.id);
  if (found == shard.traces.end()) {
    if (const auto past = shard.decided->find(part.id)) return LateSpans{part.id, *past, part.facts, std::move(runs)};
    found = shard.traces.emplace(part.id, UndecidedTrace{.arrived = now}).first;
    shard.arrivals.emplace_back(now, part.id);
  }
  UndecidedTrace& trace = found->second;
  trace.facts.merge(part.facts);
  trace.client_calls += part.client_calls;
  if (trace.runs.empty()) trace.runs = std::move(runs);
  else std::ranges::move(runs, std::back_inserter(trace.runs));
  note_root(shard, part, trace, now);
  return std::nullopt;
}

void TraceTable::settle(Shard& shard, const model::TraceId& id, const Decide& decide, std::vector<DecidedTrace>& out) {
  const auto found = shard.traces.find(id);
  const PastDecision decision = decide(id, found->second);
  shard.decided->put(id, decision);
  out.push_back({id, decision, std::move(found->second)});
  shard.traces.erase(found);
}

// Most are gone when their root has ended, long before their time is over.
void TraceTable::forget_arrivals(Shard& shard) {
  if (shard.arrivals.size() < 2 * shard.traces.size() + 1024) return;
  std::erase_if(shard.arrivals, [&](const auto& arrival) {
    const auto found = shard.traces.find(arrival.second);
    return found == shard.traces.end() || found->second.arrived != arrival.first;
  });
}

std::vector<DecidedTrace> TraceTable::decide_due(base::UnixNanos now, const Decide& decide) {
  std::vector<DecidedTrace> out;
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mu);
    while (!shard.due.empty() && shard.due.begin()->first * kBucket <= now) {
      const auto bucket = shard.due.extract(shard.due.begin());
      for (const model::TraceId& id : bucket.mapped()) {
        const auto found = shard.traces.find(id);
        if (found != shard.traces.end() && found->second.due <= now) settle(shard, id, decide, out);
      }
    }
    while (!shard.arrivals.empty() && shard.arrivals.front().first + options_.most_wait <= now) {
      const auto [arrived, id] = shard.arrivals.front();
      shard.arrivals.pop_front();
      const auto found = shard.traces.find(id);
      if (found != shard.traces.end() && found->second.arrived == arrived) settle(shard, id, decide, out);
    }
    forget_arrivals(shard);
  }
  return out;
}

std::vector<DecidedTrace> TraceTable::decide_oldest(size_t count, const Decide& decide) {
  std::vector<DecidedTrace> out;
  const size_t each = (count + kShards - 1) / kShards;  // ids are spread evenly
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mu);
    for (size_t settled = 0; settled < each && !shard.arrivals.empty();) {
      const auto [arrived, id] = shard.arrivals.front();
      shard.arrivals.pop_front();
      const auto found = shard.traces.find(id);
      if (found == shard.traces.end() || found->second.arrived != arrived) continue;
      settle(shard, id, decide, out);
      ++settled;
    }
  }
  return out;
}

TraceTable::Known TraceTable::want(const model::TraceId& id, std::string_view why) {
  Shard& shard = shard_of(id);
  std::lock_guard lock(shard.mu);
  if (const auto found = shard.traces.find(id); found != shard.traces.end()) {
    if (!found->second.wanted) found->second.wanted = {.kept = true, .policy = why};
    return Known::kUndecided;
  }
  const auto past = shard.decided->find(id);
  if (past && past->kept) return Known::kKept;
  shard.decided->put(id, {.kept = true, .policy = why});
  return Known::kNotKept;
}

void TraceTable::remember(const model::TraceId& id, const PastDecision& decision) {
  Shard& shard = shard_of(id);
  std::lock_guard lock(shard.mu);
  const auto found = shard.traces.find(id);
  if (found == shard.traces.end()) shard.decided->put(id, decision);
  else if (decision.kept) found->second.wanted = decision;
}

size_t TraceTable::traces() const {
  size_t out = 0;
  for (const Shard& shard : shards_) {
    std::lock_guard lock(shard.mu);
    out += shard.traces.size();
  }
  return out;
}

size_t TraceTable::memory_bytes() const {
  // A node of the table, its runs, and its places in `due` and `arrivals`.
  constexpr size_t kEach = sizeof(UndecidedTrace) + sizeof(model::TraceId) + 4 * sizeof(void*) + 2 * sizeof(RowRun) + 48;
  size_t out = traces() * kEach;
  for (const Shard& shard : shards_) out += shard.decided->memory_bytes();
  return out;
}

}  // namespace tripod::sampling
