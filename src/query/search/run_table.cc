#include "query/search/run_table.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "query/search/cells.h"
#include "query/search/columns.h"
#include "query/search/group_merge.h"
#include "query/search/table_steps.h"
#include "store/events/distinct_sketch.h"

namespace tripod::query::search {

using base::Code;

namespace {

class Table {
 public:
  Table(store::EventStore& events, const Question& question, const RunOptions& options)
      : events_(events), question_(question), aggregation_(question.aggregation), options_(options), sources_(sources_of(aggregation_)) {}

  base::Result<Answer> run() {
    if (auto grid = lay_grid(); !grid) return base::fail(std::move(grid.error()));
    if (auto read = aggregate(); !read) return base::fail(std::move(read.error()));
    if (merge_.empty() && aggregation_.by.empty()) merge_.add_empty(fields_summarised());
    groups_ = merge_.take();
    warn_of_estimates();
    warn_of_nothing();
    add_columns();
    auto done = aggregation_.step == 0 ? make_lines() : make_series();
    if (!done) return base::fail(std::move(done.error()));
    return std::move(answer_);
  }

 private:
  size_t fields_summarised() const {
    size_t most = 0;
    for (const MeasureSource& source : sources_) {
      if (source.spec != SIZE_MAX) most = std::max(most, source.spec + 1);
    }
    return most;
  }

  // Of series: where points begin and how many there are.
  base::Result<> lay_grid() {
    if (aggregation_.step == 0) return {};
    store::AggregatePlan plan{.range = options_.range, .step = aggregation_.step, .aligned = true};
    answer_.start = plan.first_bucket();
    answer_.step = aggregation_.step;
    const auto length = static_cast<uint64_t>(options_.range.end) - static_cast<uint64_t>(answer_.start);
    const uint64_t points = (length + static_cast<uint64_t>(answer_.step) - 1) / static_cast<uint64_t>(answer_.step);
    if (points > kMostPoints) {
      return base::fail(Code::kInvalidArgument, "so short a step gives " + std::to_string(points) + " points over this range, at most " +
                                                    std::to_string(kMostPoints) + " are given: a longer step behind \"every\", or a shorter range");
    }
    answer_.points = points;
    return {};
  }

  base::Result<> aggregate() {
    for (const Question::Part& part : question_.parts) {
      auto plan = plan_of(part, aggregation_);
      if (!plan) return base::fail(std::move(plan.error()));
      plan->range = options_.range;
      plan->bounds = options_.bounds;
      auto result = events_.aggregate(*plan);
      if (!result) return base::fail(std::move(result.error()));
      if (auto complete = check_complete(result->stats); !complete) return complete;
      merge_stats(answer_.stats, result->stats);
      merge_.add(std::move(result->groups));
    }
    return {};
  }

  void warn_of_estimates() {
    for (size_t m = 0; m < sources_.size(); ++m) {
      if (aggregation_.measures[m].function != Measure::Function::kUnique) continue;
      const bool estimated = std::ranges::any_of(groups_, [&](const Group& group) {
        const auto& sketch = group.values[sources_[m].spec].distinct_sketch;
        return sketch != nullptr && !sketch->is_exact();
      });
      if (!estimated) continue;
      answer_.stats.warnings.push_back(aggregation_.measures[m].column + " is estimated (within about 2 %) where there are more than " +
                                       std::to_string(store::DistinctSketch::kMostExact) + " different values");
    }
  }

  // A column that would be empty in every line: the field's name is wrong, more often than not.
  void warn_of_nothing() {
    if (std::ranges::all_of(groups_, [](const Group& group) { return group.count == 0; })) return;
    for (size_t m = 0; m < sources_.size(); ++m) {
      const Measure& measure = aggregation_.measures[m];
      const size_t spec = sources_[m].spec;
      if (spec == SIZE_MAX || measure.function == Measure::Function::kCount || measure.function == Measure::Function::kUnique) continue;
      if (std::ranges::any_of(groups_, [&](const Group& group) { return group.values[spec].count > 0; })) continue;
      const bool of_spans = std::ranges::any_of(question_.parts, [](const Question::Part& part) { return part.dataset == store::Dataset::kSpans; });
      const std::string& name = measure.field.name;
      answer_.stats.warnings.push_back("no record has a number in " + name + (of_spans && name == "duration_ms" ? ": spans have duration_ns, or duration" : ""));
    }
  }

  void add_columns() {
    const auto dataset = question_.parts.empty() ? store::Dataset::kLogs : question_.parts.front().dataset;
    if (aggregation_.step != 0) answer_.columns.push_back({"time", Column::Role::kTime, "", ""});
    for (const FieldName& key : aggregation_.by) answer_.columns.push_back({key.name, Column::Role::kKey, written(key), ""});
    for (const Measure& measure : aggregation_.measures) {
      answer_.columns.push_back({measure.column, Column::Role::kValue, "", unit_of(measure, dataset)});
    }
    if (aggregation_.with_percent) answer_.columns.push_back({"percent", Column::Role::kValue, "", "percent"});
  }

  static double seconds_between(base::UnixNanos start, base::UnixNanos end) {
    return std::max(static_cast<double>(end) - static_cast<double>(start), 1.0) / static_cast<double>(base::kNanosPerSecond);
  }

  // -- a table ---------------------------------------------------------------------------------------------------------

  base::Result<> make_lines() {
    answer_.kind = Answer::Kind::kTable;
    // Most records first, equal ones by their keys.
    const std::vector<SortKey> ascending(aggregation_.by.size());
    std::ranges::sort(groups_, [&](const Group& a, const Group& b) {
      if (a.count != b.count) return a.count > b.count;
      return compare_keys(a.keys, b.keys, ascending) < 0;
    });
    const uint64_t total = std::accumulate(groups_.begin(), groups_.end(), uint64_t{0}, [](uint64_t sum, const Group& g) { return sum + g.count; });
    const double seconds = seconds_between(options_.range.start, options_.range.end);
    for (Group& group : groups_) {
      std::vector<Cell> line = std::move(group.keys);
      for (size_t m = 0; m < sources_.size(); ++m) line.push_back(value_of(aggregation_.measures[m], sources_[m], group, seconds));
      if (aggregation_.with_percent) line.emplace_back(100.0 * static_cast<double>(group.count) / static_cast<double>(std::max<uint64_t>(total, 1)));
      answer_.lines.push_back(std::move(line));
    }
    if (auto applied = apply_steps(answer_, question_.table); !applied) return applied;
    if (answer_.lines.size() > kMostLines) {
      answer_.stats.warnings.push_back(std::to_string(answer_.lines.size()) + " lines, of which the first " + std::to_string(kMostLines) +
                                       " are shown: add \"| limit\" or \"| where\", or group by fewer fields");
      answer_.lines.resize(kMostLines);
    }
    return {};
  }

  // -- series ----------------------------------------------------------------------------------------------------------

  base::Result<> make_series() {
    answer_.kind = Answer::Kind::kSeries;
    std::map<std::string, size_t> first_of_keys;  // index of the first of its measures
    const size_t first_value = 1 + aggregation_.by.size();
    for (const Group& group : groups_) {
      const auto [at, is_new] = first_of_keys.try_emplace(key_of(group.keys), answer_.series.size());
      if (is_new) {
        if (auto room = check_room(); !room) return room;
        for (size_t m = 0; m < sources_.size(); ++m) add_series(group, first_value + m, aggregation_.measures[m]);
      }
      if (group.count == 0) continue;
      const auto point = static_cast<size_t>((group.bucket - answer_.start) / answer_.step);
      for (size_t m = 0; m < sources_.size(); ++m) {
        const Cell value = value_of(aggregation_.measures[m], sources_[m], group, seconds_of(group.bucket));
        answer_.series[at->second + m].points[point] = as_number(value);
      }
    }
    sort_series();
    if (auto applied = apply_steps_to_series(answer_, question_.table); !applied) return applied;
    if (answer_.series.size() > kMostSeries) {
      answer_.stats.warnings.push_back(std::to_string(answer_.series.size()) + " series, of which the " + std::to_string(kMostSeries) +
                                       " largest are shown: group by fewer fields, or narrow the filter");
      answer_.series.resize(kMostSeries);
    }
    return {};
  }

  base::Result<> check_room() const {
    constexpr size_t kMostCells = 20'000'000;
    if (answer_.series.size() * answer_.points <= kMostCells) return {};
    return base::fail(Code::kResourceExhausted, "too many series of too many points: a longer step behind \"every\", fewer fields behind \"by\", or a narrower filter");
  }

  void add_series(const Group& group, size_t column, const Measure& measure) {
    using Function = Measure::Function;
    // Where no records are, none were counted; nothing is known of their values.
    const bool counts = measure.function == Function::kCount || measure.function == Function::kRate || measure.function == Function::kUnique;
    answer_.series.push_back({group.keys, column, std::vector<std::optional<double>>(answer_.points, counts ? std::optional(0.0) : std::nullopt)});
  }

  static std::optional<double> as_number(const Cell& cell) {
    if (const auto* whole = std::get_if<int64_t>(&cell)) return static_cast<double>(*whole);
    if (const auto* real = std::get_if<double>(&cell)) return *real;
    return std::nullopt;
  }

  // What of a point's time lies in the range: the first and last are cut by it.
  double seconds_of(base::UnixNanos bucket) const {
    return seconds_between(std::max(bucket, options_.range.start), std::min(bucket + answer_.step, options_.range.end));
  }

  // Largest first, by the total of a key's first measure; the measures of one key stay together.
  void sort_series() {
    const size_t measures = sources_.size();
    struct Block {
      double total;
      size_t first;
    };
    std::vector<Block> blocks;
    for (size_t i = 0; i < answer_.series.size(); i += measures) {
      double total = 0;
      for (const auto& point : answer_.series[i].points) total += point.value_or(0);
      blocks.push_back({total, i});
    }
    const std::vector<SortKey> ascending(aggregation_.by.size());
    std::ranges::sort(blocks, [&](const Block& a, const Block& b) {
      if (a.total != b.total) return a.total > b.total;
      return compare_keys(answer_.series[a.first].keys, answer_.series[b.first].keys, ascending) < 0;
    });
    std::vector<Series> sorted;
    for (const Block& block : blocks) {
      for (size_t m = 0; m < measures; ++m) sorted.push_back(std::move(answer_.series[block.first + m]));
    }
    answer_.series = std::move(sorted);
  }

  store::EventStore& events_;
  const Question& question_;
  const Aggregation& aggregation_;
  const RunOptions& options_;
  const std::vector<MeasureSource> sources_;
  GroupMerge merge_;
  std::vector<Group> groups_;
  Answer answer_;
};

}  // namespace

base::Result<Answer> run_table(store::EventStore& events, const Question& question, const RunOptions& options) {
  return Table(events, question, options).run();
}

}  // namespace tripod::query::search
