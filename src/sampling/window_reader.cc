#include "sampling/window_reader.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/hash.h"

namespace tripod::sampling {

using base::Result;
using store::EventRow;

namespace {

constexpr size_t kPage = 8192;

store::Predicate any_of(std::span<const WantedTrace> traces) {
  std::vector<store::Predicate> any;
  for (const WantedTrace& trace : traces) any.push_back(store::Predicate::equal("trace_id", trace.id.hex()));
  return store::Predicate::any_of(std::move(any));
}

}  // namespace

uint64_t span_key(const EventRow& row) {
  const uint64_t time = base::hash64(row.text("name"), static_cast<uint64_t>(row.time));
  return base::hash64(row.text("trace_id") + row.text("span_id"), time);
}

Result<> scan_all(store::EventStore& events, store::ScanPlan plan, const std::function<bool(const EventRow&)>& take) {
  plan.limit = kPage;
  plan.order = store::Order::kOldestFirst;
  for (;;) {
    auto page = events.scan(plan);
    if (!page) return base::fail(std::move(page.error()));
    for (const EventRow& row : page->rows) {
      if (!take(row)) return base::fail(base::Code::kCancelled, "stopped");
    }
    if (page->rows.empty() && page->has_more) return base::fail(base::Code::kResourceExhausted, "no memory to read spans back");
    if (!page->has_more) return {};
    plan.has_after = true;
    plan.after = {page->rows.back().time, page->rows.back().sequence};
  }
}

Result<> read_missing(store::EventStore& events, std::span<const WantedTrace> traces,
                      const std::function<void(const EventRow&, const WantedTrace&)>& take) {
  if (traces.empty()) return {};
  store::TimeRange range{INT64_MAX, INT64_MIN};
  for (const WantedTrace& trace : traces) range = {std::min(range.start, trace.range.start), std::max(range.end, trace.range.end)};
  std::unordered_set<uint64_t> kept;
  store::ScanPlan there{.dataset = store::Dataset::kSpans, .range = range, .filter = any_of(traces), .project = {"trace_id", "span_id", "name"}};
  auto ok = scan_all(events, std::move(there), [&](const EventRow& row) { return kept.insert(span_key(row)), true; });
  if (!ok) return ok;
  std::unordered_map<std::string, const WantedTrace*> wanted;
  for (const WantedTrace& trace : traces) wanted.emplace(trace.id.hex(), &trace);
  store::ScanPlan here{.dataset = store::Dataset::kSpanWindow, .range = range, .filter = any_of(traces)};
  return scan_all(events, std::move(here), [&](const EventRow& row) {
    const auto trace = wanted.find(row.text("trace_id"));
    if (trace == wanted.end() || row.sequence > trace->second->max_sequence) return true;
    if (kept.insert(span_key(row)).second) take(row, *trace->second);
    return true;
  });
}

}  // namespace tripod::sampling
