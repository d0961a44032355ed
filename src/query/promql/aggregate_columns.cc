#include "query/promql/aggregate_columns.h"

#include <algorithm>
#include <cmath>

#include "query/promql/labels.h"
#include "query/promql/numeric.h"

namespace tripod::query::promql {

using base::fail;
using base::Result;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct SumOf {
  KahanSum sum;
  bool any = false;
  void add(double v) {
    sum.add(v);
    any = true;
  }
  double result() const { return any ? sum.value() : kAbsent; }
};

struct AvgOf {
  KahanMean mean;
  void add(double v) { mean.add(v); }
  double result() const { return mean.count > 0 ? mean.value() : kAbsent; }
};

// A NaN gives way to anything.
struct MinOf {
  double least = kAbsent;
  void add(double v) {
    if (v < least || std::isnan(least)) least = v;
  }
  double result() const { return least; }
};

struct MaxOf {
  double most = kAbsent;
  void add(double v) {
    if (v > most || std::isnan(most)) most = v;
  }
  double result() const { return most; }
};

struct CountOf {
  double count = 0;
  void add(double) { count += 1; }
  double result() const { return count > 0 ? count : kAbsent; }
};

struct GroupOf {
  bool any = false;
  void add(double) { any = true; }
  double result() const { return any ? 1 : kAbsent; }
};

struct StdvarOf {
  double count = 0;
  double mean = 0;
  double aux = 0;
  void add(double v) {
    count += 1;
    if (count == 1) {
      mean = v;
      if (!std::isfinite(v)) aux = kNan;
      return;
    }
    const double delta = v - mean;
    mean += delta / count;
    aux += delta * (v - mean);
  }
  double variance() const { return aux / count; }
  double result() const { return count > 0 ? variance() : kAbsent; }
};

struct StddevOf : StdvarOf {
  double result() const { return count > 0 ? std::sqrt(variance()) : kAbsent; }
};

template <class Accumulator>
class ColumnOf final : public AggregateColumn {
 public:
  explicit ColumnOf(size_t steps) : accumulators_(steps) {}

  void add(std::span<const double> values) override {
    for (size_t step = 0; step < accumulators_.size(); ++step) {
      if (is_present(values[step])) accumulators_[step].add(values[step]);
    }
  }

  std::vector<double> result() const override {
    std::vector<double> out;
    out.reserve(accumulators_.size());
    for (const Accumulator& one : accumulators_) out.push_back(one.result());
    return out;
  }

 private:
  std::vector<Accumulator> accumulators_;
};

constexpr size_t kLargestAccumulator = sizeof(AvgOf);

std::unique_ptr<AggregateColumn> new_column(AggregateOp op, size_t steps) {
  switch (op) {
    case AggregateOp::kSum:
      return std::make_unique<ColumnOf<SumOf>>(steps);
    case AggregateOp::kAvg:
      return std::make_unique<ColumnOf<AvgOf>>(steps);
    case AggregateOp::kMin:
      return std::make_unique<ColumnOf<MinOf>>(steps);
    case AggregateOp::kMax:
      return std::make_unique<ColumnOf<MaxOf>>(steps);
    case AggregateOp::kCount:
      return std::make_unique<ColumnOf<CountOf>>(steps);
    case AggregateOp::kStddev:
      return std::make_unique<ColumnOf<StddevOf>>(steps);
    case AggregateOp::kStdvar:
      return std::make_unique<ColumnOf<StdvarOf>>(steps);
    default:
      return std::make_unique<ColumnOf<GroupOf>>(steps);
  }
}

}  // namespace

store::Labels group_labels(const Aggregation& aggregation, store::Labels labels) {
  if (aggregation.without) {
    erase_labels(labels, aggregation.grouping);
    erase_label(labels, kMetricName);
  } else {
    keep_labels(labels, aggregation.grouping);
  }
  return labels;
}

Result<> GroupColumns::add(const SeriesView& series) {
  key_.clear();
  append_signature(series.labels, aggregation_.grouping, !aggregation_.without, key_);
  auto at = index_.find(std::string_view(key_));
  if (at == index_.end()) {
    auto charge = SampleCharge::make(budget_, steps_, kLargestAccumulator);
    if (!charge) return fail(std::move(charge.error()));
    at = index_.emplace(key_, groups_.size()).first;
    groups_.push_back({group_labels(aggregation_, to_labels(series.labels)), false,
                       new_column(aggregation_.op, steps_), std::move(*charge)});
  }
  Group& group = groups_[at->second];
  group.drop_name = group.drop_name || series.drop_name;
  group.column->add(series.values);
  return {};
}

Result<Value> GroupColumns::finish() {
  auto charge = SampleCharge::make(budget_, groups_.size() * steps_, sizeof(double));
  if (!charge) return fail(std::move(charge.error()));
  Value out;
  out.charge = std::move(*charge);
  out.series.reserve(groups_.size());
  std::ranges::sort(groups_, {}, &Group::labels);
  for (Group& group : groups_) {
    out.series.push_back({std::move(group.labels), group.column->result(), group.drop_name});
    group.column.reset();
  }
  return out;
}

}  // namespace tripod::query::promql
