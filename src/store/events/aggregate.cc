#include "store/events/aggregate.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "store/events/block_groups.h"
#include "store/events/exclusions.h"
#include "store/events/filter.h"
#include "store/events/group_table.h"
#include "store/events/original_text.h"
#include "store/events/query_limits.h"
#include "store/events/part_cache.h"
#include "store/events/query_sources.h"
#include "store/events/query_window.h"
#include "store/events/row_filter.h"

namespace tripod::store {
namespace {

class Aggregation {
 public:
  Aggregation(const AggregatePlan& plan, const Filter& filter, QueryLimits limits)
      : plan_(plan),
        filter_(filter),
        window_(QueryWindow::of(plan)),
        limits_(std::move(limits)),
        parts_(filter),
        groups_(plan, limits_, result_.stats) {}

  base::Result<AggregateResult> run(const Snapshot& snapshot) {
    exclusions_ = snapshot.exclusions.get();
    QuerySources sources(snapshot, window_, parts_, result_.stats);
    while (const auto source = sources.next()) {
      if (limits_.expired(result_.stats)) break;
      auto added = source->memory != nullptr ? add_memory(*source->memory) : add_block(*source);
      if (!added) return base::fail(std::move(added.error()));
    }
    result_.groups = groups_.take();
    return std::move(result_);
  }

 private:
  base::Result<> add_memory(const MemoryView& view) {
    for (size_t i = 0; i < view.batches; ++i) {
      const StoredBatch& batch = view.batch(i);
      const RowBatch& rows = *batch.rows;
      if (!window_.may_admit(rows.min_time(), rows.max_time(), batch.last_sequence())) continue;
      if (limits_.expired(result_.stats)) return {};
      if (auto added = add_batch(batch); !added) return added;
    }
    return {};
  }

  // Too many groups end the query; what cannot be read is noted and left out.
  base::Result<> add_block(const Source& source) {
    auto added = try_add_block(source);
    if (added || added.error().code == base::Code::kResourceExhausted) return added;
    note_unreadable(result_.stats, *source.part, added.error());
    return {};
  }

  base::Result<> try_add_block(const Source& source) {
    auto open = parts_.get(*source.part);
    if (!open) return base::fail(std::move(open.error()));
    BlockReader block(*(*open)->reader, source.block, source.entry.rows);
    auto may = (*open)->filter.may_match(block);
    if (!may) return base::fail(std::move(may.error()));
    if (!*may) {
      ++result_.stats.pruned_blocks;
      return {};
    }
    auto candidates = rows_in_range(source, block);
    if (!candidates) return base::fail(std::move(candidates.error()));
    auto matched = (*open)->filter.match(block, *candidates);
    if (!matched) return base::fail(std::move(matched.error()));
    if (auto removed = leave_out(exclusions_, *matched, source.entry, block); !removed) return removed;
    result_.stats.scanned_rows += block.rows();
    auto added = matched->none() ? base::Result<>() : add_block_groups(plan_, block, *matched, groups_);
    result_.stats.scanned_bytes += block.bytes_read();
    return added;
  }

  base::Result<Bitmap> rows_in_range(const Source& source, BlockReader& block) {
    if (window_.admits_all(source.entry.min_time, source.entry.max_time, source.entry.min_sequence)) {
      return Bitmap(block.rows(), true);
    }
    auto times = block.times();
    if (!times) return base::fail(std::move(times.error()));
    Bitmap out(block.rows());
    for (size_t i = 0; i < block.rows(); ++i) {
      if (plan_.range.contains((**times)[i])) out.set(i);
    }
    return out;
  }

  base::Result<> add_batch(const StoredBatch& batch) {
    const RowBatch& rows = *batch.rows;
    const RowFilter filter(filter_, rows);
    const BatchExclusions excluded(exclusions_, batch);
    std::vector<FieldKeys> keys, value_keys;
    for (const std::string& name : plan_.by) keys.push_back(keys_of(rows, name));
    for (const ValueSpec& spec : groups_.specs()) value_keys.push_back(keys_of(rows, spec.field));
    result_.stats.scanned_rows += rows.rows().size();
    result_.stats.scanned_bytes += rows.body().size();
    std::vector<model::Value> by(keys.size());
    BatchOriginal original(rows);
    std::string line;
    const auto by_original = std::ranges::find(plan_.by, model::kOriginalField);
    for (const RowBatch::Row& row : rows.rows()) {
      if (!plan_.range.contains(row.time) || !filter.matches(row)) continue;
      if (excluded.excludes(static_cast<size_t>(&row - rows.rows().data()))) continue;
      for (size_t i = 0; i < keys.size(); ++i) by[i] = value_of(rows, row, keys[i]);
      if (by_original != plan_.by.end()) {
        model::Value& value = by[static_cast<size_t>(by_original - plan_.by.begin())];
        line.clear();
        if (value.is_null() && original.append(row, line)) value = model::Value::string(line);
      }
      auto group = groups_.find_or_add(bucket_number(plan_, row.time), by);
      if (!group) return base::fail(std::move(group.error()));
      if (*group == nullptr) continue;
      if (plan_.with_times) GroupTable::add_time(**group, row.time);
      GroupTable::add_count(**group, 1);
      for (size_t i = 0; i < value_keys.size(); ++i) add_value(**group, i, value_of(rows, row, value_keys[i]));
    }
    return {};
  }

  void add_value(GroupTable::Group& group, size_t spec, const model::Value& value) {
    if (value.is_null()) return;
    GroupTable::add_present(group, spec);
    if (value.type() == model::ValueType::kInt64) groups_.add_number(group, spec, static_cast<double>(value.as_int64()));
    if (value.type() == model::ValueType::kFloat64) groups_.add_number(group, spec, value.as_float64());
    if (groups_.specs()[spec].distinct) groups_.add_distinct(group, spec, distinct_hash(value));
  }

  // A field's key in a batch and those of its fallbacks; without those that the batch does not have.
  using FieldKeys = std::vector<uint32_t>;
  FieldKeys keys_of(const RowBatch& rows, const std::string& name) const {
    FieldKeys out;
    for (const std::string& field : with_fallbacks(plan_, name)) {
      if (const uint32_t key = rows.key_index(field); key != RowBatch::kNoKey) out.push_back(key);
    }
    return out;
  }
  static model::Value value_of(const RowBatch& rows, const RowBatch::Row& row, const FieldKeys& keys) {
    model::Value value;
    for (const uint32_t key : keys) {
      if (rows.find(row, key, value)) return value;
    }
    return {};
  }

  const AggregatePlan& plan_;
  const Filter& filter_;
  const QueryWindow window_;
  const Exclusions* exclusions_ = nullptr;  // of the snapshot
  QueryLimits limits_;
  PartCache parts_;
  AggregateResult result_;
  GroupTable groups_;
};

base::Result<> check_plan(const AggregatePlan& plan) {
  if (plan.step < 0) return base::fail(base::Code::kInvalidArgument, "a negative step");
  for (const ValueSpec& spec : summarised_values(plan)) {
    for (double quantile : spec.quantiles) {
      if (!(quantile >= 0 && quantile <= 1)) {
        return base::fail(base::Code::kInvalidArgument, "a quantile outside 0..1");
      }
    }
  }
  if (!plan.quantiles.empty() && plan.value.empty()) {
    return base::fail(base::Code::kInvalidArgument, "quantiles need a value field");
  }
  return {};
}

}  // namespace

base::Result<AggregateResult> run_aggregate(const Snapshot& snapshot, const AggregatePlan& plan,
                                            const base::Clock& clock, base::MemoryBudget& budget) {
  if (auto valid = check_plan(plan); !valid) return base::fail(std::move(valid.error()));
  auto filter = Filter::compile(plan.filter);
  if (!filter) return base::fail(std::move(filter.error()));
  return Aggregation(plan, *filter, QueryLimits(plan.bounds, clock, budget)).run(snapshot);
}

}  // namespace tripod::store
