#include "insight/traces.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/hex.h"
#include "insight/spans.h"

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
    s.is_kept = is_kept(row);
    entry.has_root = is_root;
  }
  // What one dataset has of a trace. It may be in both, and then the one that has more has all.
  void count(const std::string& id, uint64_t spans, uint64_t errors) {
    const auto it = entries_.find(id);
    if (it == entries_.end() || spans <= it->second.summary.spans) return;
    it->second.summary.spans = spans;
    it->second.summary.errors = errors;
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

namespace {

Result<> count_spans(store::EventStore& events, Dataset dataset, std::span<const std::string> ids, const store::QueryBounds& bounds, Summaries& summaries, TraceList& list) {
  store::AggregatePlan counts{.dataset = dataset, .filter = any_trace(ids), .by = {"trace_id", "status_code"}};
  counts.bounds = bounds;
  auto groups = events.aggregate(counts);
  if (!groups) return base::fail(std::move(groups.error()));
  std::unordered_map<std::string, std::pair<uint64_t, uint64_t>> found;  // spans and errors
  for (const store::AggregateGroup& g : groups->groups) {
    auto& [spans, errors] = found[as_text(g.by[0])];
    spans += g.count;
    if (as_text(g.by[1]) == "error") errors += g.count;
  }
  for (const auto& [id, counted] : found) summaries.count(id, counted.first, counted.second);
  add_warnings(list, groups->stats);
  return {};
}

// Trace ids of matching spans, newest first, each once: until there are enough.
Result<std::vector<std::pair<base::UnixNanos, std::string>>> matching_traces(store::EventStore& events, const TraceSearch& search, Dataset dataset, std::vector<std::string>& warnings) {
  std::vector<std::pair<base::UnixNanos, std::string>> out;
  std::unordered_set<std::string> known;
  store::ScanPlan plan{.dataset = dataset, .range = search.range, .filter = search.filter, .limit = std::max<size_t>(search.limit * 20, 1000)};
  plan.project = {"trace_id"};
  plan.bounds = search.bounds;
  for (int page = 0; page < 20 && out.size() < search.limit; ++page) {
    auto rows = events.scan(plan);
    if (!rows) return base::fail(std::move(rows.error()));
    for (const EventRow& row : rows->rows) {
      std::string id = row.text("trace_id");
      if (out.size() < search.limit && known.insert(id).second) out.emplace_back(row.time, std::move(id));
    }
    warnings.insert(warnings.end(), rows->stats.warnings.begin(), rows->stats.warnings.end());
    if (!rows->has_more || rows->rows.empty()) break;
    plan.has_after = true;
    plan.after = {rows->rows.back().time, rows->rows.back().sequence};
  }
  return out;
}

}  // namespace

Result<TraceList> summarise_traces(store::EventStore& events, std::span<const std::string> ids, const store::QueryBounds& bounds) {
  TraceList list;
  if (ids.empty()) return list;
  Summaries summaries;
  store::ScanPlan scan{.filter = any_trace(ids), .order = store::Order::kOldestFirst, .limit = 20'000};
  scan.project = {"trace_id", "parent_span_id", "name", "service.name", "source", "duration_ns", "http.response.status_code"};
  scan.bounds = bounds;
  auto rows = scan_spans(events, std::move(scan));
  if (!rows) return base::fail(std::move(rows.error()));
  for (const EventRow& row : rows->rows) summaries.take(row);
  add_warnings(list, rows->stats);
  if (rows->has_more) list.warnings.push_back("these traces have more than 20000 spans: durations may be of later spans");
  for (const Dataset dataset : {Dataset::kSpans, Dataset::kSpanWindow}) {
    if (auto ok = count_spans(events, dataset, ids, bounds, summaries, list); !ok) return base::fail(std::move(ok.error()));
  }
  list.traces = summaries.newest_first();
  return list;
}

Result<TraceList> search_traces(store::EventStore& events, const TraceSearch& search) {
  std::vector<std::pair<base::UnixNanos, std::string>> found;
  std::vector<std::string> warnings;
  for (const Dataset dataset : {Dataset::kSpans, Dataset::kSpanWindow}) {
    auto some = matching_traces(events, search, dataset, warnings);
    if (!some) return base::fail(std::move(some.error()));
    std::ranges::move(*some, std::back_inserter(found));
  }
  std::ranges::stable_sort(found, std::greater(), &std::pair<base::UnixNanos, std::string>::first);
  std::vector<std::string> ids;
  std::unordered_set<std::string> known;
  for (auto& [time, id] : found) {
    if (ids.size() < search.limit && known.insert(id).second) ids.push_back(std::move(id));
  }
  auto list = summarise_traces(events, ids, search.bounds);
  if (list) list->warnings.insert(list->warnings.begin(), warnings.begin(), warnings.end());
  return list;
}

Result<store::ScanResult> load_trace(store::EventStore& events, std::string_view trace_id, const store::QueryBounds& bounds,
                                     size_t most) {
  store::ScanPlan plan{.filter = Predicate::equal("trace_id", normalise_id(trace_id)),
                       .order = store::Order::kOldestFirst,
                       .limit = most};
  plan.bounds = bounds;
  auto rows = scan_spans(events, std::move(plan));
  if (rows && rows->has_more) {
    rows->stats.warnings.push_back("only the first " + std::to_string(most) + " spans of this trace are shown");
  }
  return rows;
}

}  // namespace tripod::insight
