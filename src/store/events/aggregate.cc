#include "store/events/aggregate.h"

#include <atomic>
#include <cmath>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "store/events/block_counts.h"
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

// A query that ends sooner is not worth waking anybody for.
constexpr size_t kSourcesAlone = 2;

// What one aggregation's threads refer to.
struct AggregateJob {
  const AggregatePlan& plan;
  const Filter& filter;
  const Exclusions* exclusions;
  QueryWindow window;
  QueryLimits& limits;
  AnswerRoom& room;
  QuerySources& sources;
  std::atomic<bool>& failed;  // a thread has met what ends the query
};

// The work of one thread.
class AggregateWorker {
 public:
  explicit AggregateWorker(const AggregateJob& job)
      : job_(job), plan_(job.plan), parts_(job.filter), groups_(job.plan, job.limits, job.room) {}

  // Works off `most` sources; false when there are no more.
  base::Result<bool> run(size_t most) {
    for (size_t i = 0; i < most; ++i) {
      const auto source = job_.sources.next();
      if (!source || job_.failed.load(std::memory_order_relaxed) || job_.limits.expired()) return false;
      auto added = source->memory != nullptr ? add_memory(*source->memory) : add_block(*source);
      if (!added) return base::fail(std::move(added.error()));
    }
    return true;
  }
  QueryStats& stats() { return stats_; }
  GroupTable& groups() { return groups_; }

 private:
  base::Result<> add_memory(const MemoryView& view) {
    for (size_t i = 0; i < view.batches; ++i) {
      const StoredBatch& batch = view.batch(i);
      const RowBatch& rows = *batch.rows;
      if (!job_.window.may_admit(rows.min_time(), rows.max_time(), batch.last_sequence())) continue;
      if (job_.limits.expired()) return {};
      if (auto added = add_batch(batch); !added) return added;
    }
    return {};
  }

  // Too many groups end the query; what cannot be read is noted and left out.
  base::Result<> add_block(const Source& source) {
    auto added = try_add_block(source);
    if (added || added.error().code == base::Code::kResourceExhausted) return added;
    note_unreadable(stats_, *source.part, added.error());
    return {};
  }

  base::Result<> try_add_block(const Source& source) {
    auto open = parts_.get(*source.part);
    if (!open) return base::fail(std::move(open.error()));
    BlockReader block(*(*open)->reader, source.block, source.entry.rows);
    const BlockFilter& filter = (*open)->filter;
    auto may = filter.may_match(block);
    if (!may) return base::fail(std::move(may.error()));
    if (!*may) {
      ++stats_.pruned_blocks;
      return {};
    }
    stats_.scanned_rows += block.rows();
    if (job_.exclusions == nullptr || !job_.exclusions->may_touch(source.entry)) {
      auto counted = add_counted_block(plan_, filter, block, source.entry, groups_);
      if (!counted) return base::fail(std::move(counted.error()));
      if (*counted) return {};
    }
    auto candidates = rows_in_range(source, block);
    if (!candidates) return base::fail(std::move(candidates.error()));
    auto matched = filter.match(block, *candidates);
    if (!matched) return base::fail(std::move(matched.error()));
    if (auto removed = leave_out(job_.exclusions, *matched, source.entry, block); !removed) return removed;
    auto added = matched->none() ? base::Result<>() : add_block_groups(plan_, block, *matched, groups_);
    stats_.scanned_bytes += block.bytes_read();
    return added;
  }

  base::Result<Bitmap> rows_in_range(const Source& source, BlockReader& block) {
    if (job_.window.admits_all(source.entry.min_time, source.entry.max_time, source.entry.min_sequence)) {
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
    const RowFilter filter(job_.filter, rows);
    const BatchExclusions excluded(job_.exclusions, batch);
    std::vector<FieldKeys> keys, value_keys;
    for (const std::string& name : plan_.by) keys.push_back(keys_of(rows, name));
    for (const ValueSpec& spec : groups_.specs()) value_keys.push_back(keys_of(rows, spec.field));
    stats_.scanned_rows += rows.rows().size();
    stats_.scanned_bytes += rows.body().size();
    std::vector<model::Value> by(keys.size());
    BatchOriginal original(rows);
    std::string line;
    for (const RowBatch::Row& row : rows.rows()) {
      if (!plan_.range.contains(row.time) || !filter.matches(row)) continue;
      if (excluded.excludes(static_cast<size_t>(&row - rows.rows().data()))) continue;
      line.clear();
      // A line that is kept as a template is put together once for all who ask for it.
      const auto value_of_field = [&](const FieldKeys& of, const std::string& name) {
        const model::Value value = value_of(rows, row, of);
        if (!value.is_null() || name != model::kOriginalField) return value;
        return !line.empty() || original.append(row, line) ? model::Value::string(line) : value;
      };
      for (size_t i = 0; i < keys.size(); ++i) by[i] = value_of_field(keys[i], plan_.by[i]);
      auto group = groups_.find_or_add(bucket_number(plan_, row.time), by);
      if (!group) return base::fail(std::move(group.error()));
      if (plan_.with_times) GroupTable::add_times(**group, row.time, row.time);
      GroupTable::add_count(**group, 1);
      for (size_t i = 0; i < value_keys.size(); ++i) {
        add_value(**group, i, value_of_field(value_keys[i], groups_.specs()[i].field));
      }
    }
    return groups_.account();
  }

  void add_value(GroupTable::Group& group, size_t spec, const model::Value& value) {
    if (value.is_null()) return;
    GroupTable::add_present(group, spec, 1);
    const double number = number_of(value);
    if (!std::isnan(number)) groups_.add_number(group.values[spec], number);
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

  const AggregateJob& job_;
  const AggregatePlan& plan_;
  PartCache parts_;
  QueryStats stats_;
  GroupTable groups_;
};

// What the threads have found, brought together.
class Gathered {
 public:
  Gathered(const AggregatePlan& plan, QueryLimits& limits, AnswerRoom& room) : groups_(plan, limits, room) {}

  // Thread-safe.
  void take(AggregateWorker& worker, base::Result<bool> done, std::atomic<bool>& failed) {
    std::lock_guard lock(mu_);
    add_stats(stats_, std::move(worker.stats()));
    base::Result<> merged;
    if (done) merged = groups_.merge(std::move(worker.groups()));
    if (done && merged) return;
    failed.store(true, std::memory_order_relaxed);
    if (!error_) error_ = done ? std::move(merged.error()) : std::move(done.error());
  }
  // When all threads are done.
  base::Result<AggregateResult> finish(QuerySources& sources, const QueryLimits& limits) {
    if (limits.cancelled()) return base::fail(base::Code::kCancelled, "the query was cancelled");
    if (error_) return base::fail(std::move(*error_));
    AggregateResult out;
    out.groups = groups_.take();
    add_stats(stats_, sources.take_stats());
    limits.describe(stats_);
    out.stats = std::move(stats_);
    return out;
  }

 private:
  std::mutex mu_;
  // guarded by mu_
  GroupTable groups_;
  QueryStats stats_;
  std::optional<base::Error> error_;
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
                                            const QueryContext& context) {
  if (auto valid = check_plan(plan); !valid) return base::fail(std::move(valid.error()));
  auto filter = Filter::compile(plan.filter);
  if (!filter) return base::fail(std::move(filter.error()));
  QueryLimits limits(plan.bounds, context.clock, context.budget);
  const QueryWindow window = QueryWindow::of(plan);
  QuerySources sources(snapshot, window);
  std::atomic<bool> failed = false;
  AnswerRoom room(limits);
  const AggregateJob job{plan, *filter, snapshot.exclusions.get(), window, limits, room, sources, failed};
  Gathered gathered(plan, limits, room);
  {
    QueryTeam team(context.pool, [&] {
      AggregateWorker worker(job);
      gathered.take(worker, worker.run(SIZE_MAX), failed);
    });
    AggregateWorker own(job);
    auto more = own.run(kSourcesAlone);
    if (more && *more) {
      team.call_helpers();
      more = own.run(SIZE_MAX);
    }
    gathered.take(own, std::move(more), failed);
  }
  return gathered.finish(sources, limits);
}

}  // namespace tripod::store
