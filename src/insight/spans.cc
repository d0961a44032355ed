#include "insight/spans.h"

#include <algorithm>
#include <unordered_set>

#include "insight/traces.h"
#include "sampling/window_reader.h"

namespace tripod::insight {

using base::Result;
using store::Dataset;
using store::EventRow;

Result<store::ScanResult> scan_spans(store::EventStore& events, store::ScanPlan plan) {
  if (!plan.project.empty()) {
    for (const char* field : {"trace_id", "span_id", "name"}) {
      if (std::ranges::find(plan.project, field) == plan.project.end()) plan.project.emplace_back(field);
    }
  }
  plan.dataset = Dataset::kSpans;
  auto kept = events.scan(plan);
  if (!kept || events.stats(Dataset::kSpanWindow).rows == 0) return kept;
  plan.dataset = Dataset::kSpanWindow;
  auto window = events.scan(plan);
  if (!window) return window;
  std::unordered_set<uint64_t> known;
  for (const EventRow& row : kept->rows) known.insert(sampling::span_key(row));
  for (EventRow& row : window->rows) {
    if (known.contains(sampling::span_key(row))) continue;
    row.fields.emplace_back(std::string(kKeptField), false);
    kept->rows.push_back(std::move(row));
  }
  const bool newest_first = plan.order == store::Order::kNewestFirst;
  std::ranges::stable_sort(kept->rows, [newest_first](const EventRow& a, const EventRow& b) { return newest_first ? a.time > b.time : a.time < b.time; });
  kept->has_more = kept->has_more || window->has_more || kept->rows.size() > plan.limit;
  if (kept->rows.size() > plan.limit) kept->rows.resize(plan.limit);
  store::QueryStats& stats = kept->stats;
  stats.scanned_rows += window->stats.scanned_rows;
  stats.scanned_bytes += window->stats.scanned_bytes;
  stats.pruned_blocks += window->stats.pruned_blocks;
  stats.incomplete = stats.incomplete || window->stats.incomplete;
  stats.out_of_time = stats.out_of_time || window->stats.out_of_time;
  stats.out_of_memory = stats.out_of_memory || window->stats.out_of_memory;
  std::ranges::move(window->stats.warnings, std::back_inserter(stats.warnings));
  return kept;
}

bool is_kept(const EventRow& span) { return span.find(kKeptField) == nullptr; }

base::UnixNanos gone_at(store::EventStore& events, const EventRow& span) {
  const int64_t age = events.stats(Dataset::kSpanWindow).retention.age;
  return age == INT64_MAX ? 0 : span.time + duration_of(span) + age;
}

}  // namespace tripod::insight
