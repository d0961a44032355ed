#include "insight/traces.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "base/hex.h"

namespace tripod::insight {

using base::Result;
using store::Dataset;
using store::EventRow;
using store::Predicate;

namespace {

int64_t int_of(const EventRow& row, std::string_view key) {
  const store::FieldValue* value = row.find(key);
  const auto* number = value != nullptr ? std::get_if<int64_t>(value) : nullptr;
  return number != nullptr ? *number : 0;
}

std::string as_text(const store::FieldValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr ? *text : std::string();
}

Predicate any_trace(std::span<const std::string> ids) {
  std::vector<Predicate> any;
  for (const std::string& id : ids) any.push_back(Predicate::equal("trace_id", id));
  return Predicate::any_of(std::move(any));
}

void add_warnings(TraceList& list, const store::QueryStats& stats) {
  list.warnings.insert(list.warnings.end(), stats.warnings.begin(), stats.warnings.end());
}

// Roots first: the earliest span without a parent names the trace; until one is seen, the earliest span of all.
class Summaries {
 public:
  void take(const EventRow& row) {
    const std::string id = row.text("trace_id");
    const bool is_root = row.find("parent_span_id") == nullptr;
    auto [it, is_new] = entries_.try_emplace(id);
    Entry& entry = it->second;
    const bool better = is_new || (is_root && !entry.has_root) || (is_root == entry.has_root && row.time < entry.summary.start);
    if (!better) return;
    TraceSummary& s = entry.summary;
    s.trace_id = id;
    s.root_name = row.text("name");
    s.service = row.text("service.name");
    s.source = row.text("source");
    s.start = row.time;
    s.duration = duration_of(row);
    s.http_status = int_of(row, "http.response.status_code");
    entry.has_root = is_root;
  }
  void count(const std::string& id, uint64_t spans, bool errors) {
    const auto it = entries_.find(id);
    if (it == entries_.end()) return;
    it->second.summary.spans += spans;
    if (errors) it->second.summary.errors += spans;
  }
  std::vector<TraceSummary> newest_first() {
    std::vector<TraceSummary> out;
    for (auto& [id, entry] : entries_) out.push_back(std::move(entry.summary));
    std::ranges::sort(out, [](const TraceSummary& a, const TraceSummary& b) {
      return std::tie(b.start, a.trace_id) < std::tie(a.start, b.trace_id);
    });
    return out;
  }

 private:
  struct Entry {
    TraceSummary summary;
    bool has_root = false;
  };
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace

int64_t duration_of(const EventRow& span) { return int_of(span, "duration_ns"); }

std::string normalise_id(std::string_view id) {
  std::string hex;
  for (char c : id) {
    if (c == '-') continue;
    hex += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return (hex.size() == 32 || hex.size() == 16) && base::is_hex(hex) ? hex : std::string(id);
}

Result<TraceList> summarise_traces(store::EventStore& events, std::span<const std::string> ids, const store::QueryBounds& bounds) {
  TraceList list;
  if (ids.empty()) return list;
  Summaries summaries;
  store::ScanPlan scan{.dataset = Dataset::kSpans, .filter = any_trace(ids), .order = store::Order::kOldestFirst, .limit = 20'000};
  scan.project = {"trace_id", "parent_span_id", "name", "service.name", "source", "duration_ns", "http.response.status_code"};
  scan.bounds = bounds;
  auto rows = events.scan(scan);
  if (!rows) return base::fail(std::move(rows.error()));
  for (const EventRow& row : rows->rows) summaries.take(row);
  add_warnings(list, rows->stats);
  if (rows->has_more) list.warnings.push_back("these traces have more than 20000 spans: durations may be of later spans");
  store::AggregatePlan counts{.dataset = Dataset::kSpans, .filter = any_trace(ids), .by = {"trace_id", "status_code"}};
  counts.bounds = bounds;
  auto groups = events.aggregate(counts);
  if (!groups) return base::fail(std::move(groups.error()));
  for (const store::AggregateGroup& g : groups->groups) {
    summaries.count(as_text(g.by[0]), g.count, as_text(g.by[1]) == "error");
  }
  add_warnings(list, groups->stats);
  list.traces = summaries.newest_first();
  return list;
}

Result<TraceList> search_traces(store::EventStore& events, const TraceSearch& search) {
  // Matching spans newest first until enough different traces are met.
  std::vector<std::string> ids;
  std::vector<std::string> warnings;
  store::ScanPlan plan{.dataset = Dataset::kSpans, .range = search.range, .filter = search.filter, .limit = std::max<size_t>(search.limit * 20, 1000)};
  plan.project = {"trace_id"};
  plan.bounds = search.bounds;
  for (int page = 0; page < 20 && ids.size() < search.limit; ++page) {
    auto rows = events.scan(plan);
    if (!rows) return base::fail(std::move(rows.error()));
    for (const EventRow& row : rows->rows) {
      std::string id = row.text("trace_id");
      if (ids.size() < search.limit && std::ranges::find(ids, id) == ids.end()) ids.push_back(std::move(id));
    }
    warnings.insert(warnings.end(), rows->stats.warnings.begin(), rows->stats.warnings.end());
    if (!rows->has_more || rows->rows.empty()) break;
    plan.has_after = true;
    plan.after = {rows->rows.back().time, rows->rows.back().sequence};
  }
  auto list = summarise_traces(events, ids, search.bounds);
  if (list) list->warnings.insert(list->warnings.begin(), warnings.begin(), warnings.end());
  return list;
}

Result<store::ScanResult> load_trace(store::EventStore& events, std::string_view trace_id, const store::QueryBounds& bounds,
                                     size_t most) {
  store::ScanPlan plan{.dataset = Dataset::kSpans,
                       .filter = Predicate::equal("trace_id", normalise_id(trace_id)),
                       .order = store::Order::kOldestFirst,
                       .limit = most};
  plan.bounds = bounds;
  auto rows = events.scan(plan);
  if (rows && rows->has_more) {
    rows->stats.warnings.push_back("only the first " + std::to_string(most) + " spans of this trace are shown");
  }
  return rows;
}

}  // namespace tripod::insight
