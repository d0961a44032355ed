#include "query/search/record_source.h"

#include <algorithm>

namespace tripod::query::search {

using store::Dataset;
using store::Order;

namespace {

bool comes_before(Order order, const RecordPosition& a, const RecordPosition& b) {
  return order == Order::kNewestFirst ? a > b : a < b;
}

// The same place in another dataset: between its records of this time and those before or behind them.
store::Position in_dataset(const RecordPosition& position, Dataset dataset) {
  if (dataset == position.dataset) return {position.time, position.sequence};
  return {position.time, dataset < position.dataset ? UINT64_MAX : 0};
}

base::Result<store::ScanResult> scan_part(store::EventStore& events, const Question::Part& part, const RecordPlan& plan) {
  store::ScanPlan scan{.dataset = part.dataset, .range = plan.range, .filter = part.filter};
  if (const auto fields = plan.project.find(part.dataset); fields != plan.project.end()) scan.project = fields->second;
  scan.order = plan.order;
  scan.limit = plan.limit;
  if (plan.after) {
    scan.has_after = true;
    scan.after = in_dataset(*plan.after, part.dataset);
  }
  scan.bounds = plan.bounds;
  return events.scan(scan);
}

}  // namespace

RecordPosition position_of(const Record& record) { return {record.row.time, record.dataset, record.row.sequence}; }

base::Result<RecordPage> scan_records(store::EventStore& events, std::span<const Question::Part> parts, const RecordPlan& plan) {
  RecordPage out;
  std::optional<RecordPosition> known_to;  // behind this a part may have more records than it gave
  for (const Question::Part& part : parts) {
    auto result = scan_part(events, part, plan);
    if (!result) return base::fail(std::move(result.error()));
    merge_stats(out.stats, result->stats);
    if (result->has_more) {
      out.has_more = true;
      if (result->rows.empty()) {
        // Memory did not suffice for one record, which may come before any of the others.
        out.records.clear();
        return out;
      }
      const RecordPosition last{result->rows.back().time, part.dataset, result->rows.back().sequence};
      if (!known_to || comes_before(plan.order, last, *known_to)) known_to = last;
    }
    for (store::EventRow& row : result->rows) out.records.push_back({part.dataset, std::move(row)});
  }
  if (parts.size() > 1) {
    std::ranges::sort(out.records, [&](const Record& a, const Record& b) {
      return comes_before(plan.order, position_of(a), position_of(b));
    });
  }
  if (known_to) {
    std::erase_if(out.records, [&](const Record& r) { return comes_before(plan.order, *known_to, position_of(r)); });
  }
  if (out.records.size() > plan.limit) {
    out.records.resize(plan.limit);
    out.has_more = true;
  }
  return out;
}

base::Result<std::optional<Record>> find_record(store::EventStore& events, const RecordPosition& position,
                                                const store::QueryBounds& bounds) {
  if (position.sequence == 0 || position.time == INT64_MAX) return std::nullopt;
  store::ScanPlan plan{.dataset = position.dataset, .range = {position.time, position.time + 1}};
  plan.order = Order::kOldestFirst;
  plan.limit = 1;
  plan.min_sequence = position.sequence - 1;
  plan.bounds = bounds;
  auto result = events.scan(plan);
  if (!result) return base::fail(std::move(result.error()));
  if (auto complete = check_complete(result->stats); !complete) return base::fail(std::move(complete.error()));
  if (result->rows.empty() || result->rows.front().sequence != position.sequence) return std::nullopt;
  return Record{position.dataset, std::move(result->rows.front())};
}

}  // namespace tripod::query::search
