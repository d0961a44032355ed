// Selectors, range selectors and subqueries: where samples come from.
#include <algorithm>

#include "query/promql/evaluator.h"

namespace tripod::query::promql {

using base::Code;
using base::fail;
using base::Result;

std::optional<int64_t> Evaluator::fixed_time(const TimeShift& shift) const {
  switch (shift.at.kind) {
    case AtModifier::Kind::kNone:
      return std::nullopt;
    case AtModifier::Kind::kTime:
      return shift.at.time_ms;
    case AtModifier::Kind::kStart:
      return state_.query_start_ms;
    case AtModifier::Kind::kEnd:
      return state_.query_end_ms;
  }
  return std::nullopt;
}

Result<std::vector<store::SeriesData>> Evaluator::select(const VectorSelector& selector,
                                                         store::TimeRangeMs range,
                                                         SampleCharge& charge) {
  store::SelectLimits limits;
  limits.max_samples = std::max<size_t>(1, state_.samples.left());
  if (base::MemoryBudget* memory = state_.samples.memory(); memory != nullptr) {
    const size_t free_bytes = memory->limit() - std::min(memory->limit(), memory->used());
    limits.max_samples =
        std::min(limits.max_samples, std::max<size_t>(1, free_bytes / sizeof(model::Sample)));
  }
  auto series = state_.store.select(selector.matchers, range, limits);
  if (!series) return series;
  size_t samples = 0;
  for (const store::SeriesData& one : *series) samples += one.samples.size();
  auto made = SampleCharge::make(state_.samples, samples, sizeof(model::Sample));
  if (!made) return fail(std::move(made.error()));
  charge = std::move(*made);
  return series;
}

Result<Value> Evaluator::eval_selector(const VectorSelector& selector, Yield yield) {
  const auto fixed = fixed_time(selector.shift);
  const auto reference = [&](size_t step) {
    return (fixed ? *fixed : frame_.time(step)) - selector.shift.offset_ms;
  };
  if (frame_.steps == 0) return Value{};
  SampleCharge loaded;
  const store::TimeRangeMs range{reference(0) - state_.lookback_ms + 1,
                                 reference(frame_.steps - 1)};
  auto data = select(selector, range, loaded);
  if (!data) return fail(std::move(data.error()));
  auto out = new_vector(data->size());
  if (!out) return out;
  for (store::SeriesData& one : *data) {
    if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
    std::vector<double> values(frame_.steps, kAbsent);
    size_t next = 0;  // first sample behind the step's reference time
    for (size_t step = 0; step < frame_.steps; ++step) {
      const int64_t at = reference(step);
      while (next < one.samples.size() && one.samples[next].time_ms <= at) ++next;
      if (next == 0) continue;
      const model::Sample& sample = one.samples[next - 1];
      if (sample.time_ms <= at - state_.lookback_ms || !is_present(sample.value)) continue;
      values[step] =
          yield == Yield::kValue ? sample.value : static_cast<double>(sample.time_ms) / 1000;
    }
    out->series.push_back({std::move(one.labels), std::move(values)});
  }
  prune(*out);
  return out;
}

Result<RangeVector> Evaluator::eval_matrix(const MatrixSelector& matrix) {
  RangeVector out;
  out.range_ms = matrix.range_ms;
  const TimeShift& shift = matrix.selector.shift;
  out.offset_ms = shift.offset_ms;
  if (const auto fixed = fixed_time(shift)) {
    out.fixed = true;
    out.fixed_end_ms = *fixed - shift.offset_ms;
  }
  if (frame_.steps == 0) return out;
  const store::TimeRangeMs range{out.end(frame_.start_ms) - out.range_ms + 1,
                                 out.end(frame_.last())};
  auto data = select(matrix.selector, range, out.charge);
  if (!data) return fail(std::move(data.error()));
  out.series = std::move(*data);
  for (store::SeriesData& one : out.series) {
    std::erase_if(one.samples,
                  [](const model::Sample& sample) { return !is_present(sample.value); });
  }
  std::erase_if(out.series, [](const store::SeriesData& one) { return one.samples.empty(); });
  return out;
}

Result<RangeVector> Evaluator::eval_subquery(const Subquery& subquery) {
  RangeVector out;
  out.range_ms = subquery.range_ms;
  out.offset_ms = subquery.shift.offset_ms;
  if (const auto fixed = fixed_time(subquery.shift)) {
    out.fixed = true;
    out.fixed_end_ms = *fixed - subquery.shift.offset_ms;
  }
  if (frame_.steps == 0) return out;
  const int64_t step = subquery.step_ms != 0 ? subquery.step_ms : state_.default_subquery_step_ms;
  const int64_t open_start = out.end(frame_.start_ms) - out.range_ms;  // itself not in the range
  const int64_t end = out.end(frame_.last());
  // Steps of a subquery are multiples of its step since 1970, whatever the query's own steps are.
  Frame inner{step * (open_start / step), step, 0};
  if (inner.start_ms <= open_start) inner.start_ms += step;
  if (inner.start_ms > end) return out;
  inner.steps = static_cast<size_t>((end - inner.start_ms) / step) + 1;
  auto room = SampleCharge::make(state_.samples, inner.steps, sizeof(double));
  if (!room) return fail(std::move(room.error()));

  Evaluator evaluator(state_, inner);
  auto value = evaluator.eval(*subquery.expr);
  if (!value) return fail(std::move(value.error()));
  size_t samples = 0;
  for (Series& series : value->series) {
    if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
    store::SeriesData data;
    data.labels = std::move(series.labels);
    for (size_t i = 0; i < series.values.size(); ++i) {
      if (is_present(series.values[i])) data.samples.push_back({inner.time(i), series.values[i]});
    }
    samples += data.samples.size();
    series.values = {};
    if (!data.samples.empty()) out.series.push_back(std::move(data));
  }
  value->charge = SampleCharge();
  auto charge = SampleCharge::make(state_.samples, samples, sizeof(model::Sample));
  if (!charge) return fail(std::move(charge.error()));
  out.charge = std::move(*charge);
  return out;
}

}  // namespace tripod::query::promql
