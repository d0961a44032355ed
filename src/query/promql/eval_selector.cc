// Selectors, range selectors and subqueries: where samples come from.
#include <algorithm>

#include "query/promql/column_stream.h"
#include "query/promql/duration.h"
#include "query/promql/evaluator.h"
#include "query/promql/labels.h"

namespace tripod::query::promql {

using base::Code;
using base::fail;
using base::Result;

namespace {

// The value at `at` on the line between the samples around it, within the lookback on either side;
// behind the last sample its value. `next` is the first sample behind `at`.
double smoothed_value(const std::vector<model::Sample>& samples, size_t next, int64_t at,
                      int64_t lookback_ms) {
  if (next == 0) return kAbsent;
  const model::Sample& before = samples[next - 1];
  if (before.time_ms <= at - lookback_ms) return kAbsent;
  if (before.time_ms == at || next == samples.size() || samples[next].time_ms > at + lookback_ms)
    return before.value;
  const model::Sample& after = samples[next];
  return before.value + (after.value - before.value) * static_cast<double>(at - before.time_ms) /
                            static_cast<double>(after.time_ms - before.time_ms);
}

}  // namespace

void erase_stale_markers(std::vector<model::Sample>& samples) {
  std::erase_if(samples, [](const model::Sample& sample) { return !is_present(sample.value); });
}

Result<int64_t> Evaluator::resolve(const Duration& duration, bool positive) const {
  return evaluate(
      duration,
      {.step_ms = state_.query_step_ms, .range_ms = state_.query_end_ms - state_.query_start_ms},
      positive);
}

Result<Evaluator::Placement> Evaluator::place_of(const TimeShift& shift) const {
  Placement out;
  const auto offset = resolve(shift.offset, false);
  if (!offset) return fail(offset.error());
  out.offset_ms = *offset;
  switch (shift.at.kind) {
    case AtModifier::Kind::kNone:
      break;
    case AtModifier::Kind::kTime:
      out.fixed = shift.at.time_ms;
      break;
    case AtModifier::Kind::kStart:
      out.fixed = state_.query_start_ms;
      break;
    case AtModifier::Kind::kEnd:
      out.fixed = state_.query_end_ms;
      break;
  }
  return out;
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
  if (state_.asked != nullptr) state_.asked->note(selector.matchers);
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
  Value out;
  auto ok = selector_into(selector, yield, store::SeriesOrder::kLabels, [&](const SeriesView& series) {
    return append({to_labels(series.labels), {series.values.begin(), series.values.end()}}, out);
  });
  if (!ok) return fail(std::move(ok.error()));
  return out;
}

void Evaluator::fill_column(const VectorSelector& selector, Yield yield,
                            std::vector<model::Sample>& samples, std::span<double> values) const {
  const auto placement = place_of(selector.shift);
  if (!placement) return;  // selector_into() saw it before
  const bool smoothed = selector.extension == Extension::kSmoothed;
  if (smoothed) erase_stale_markers(samples);
  size_t next = 0;  // first sample behind the step's reference time
  for (size_t step = 0; step < frame_.steps; ++step) {
    const int64_t at = placement->at(frame_.time(step));
    while (next < samples.size() && samples[next].time_ms <= at) ++next;
    if (next == 0) continue;
    const model::Sample& sample = samples[next - 1];
    if (sample.time_ms <= at - state_.lookback_ms || !is_present(sample.value)) continue;
    if (yield == Yield::kTimestamp) {
      values[step] = static_cast<double>(smoothed ? at : sample.time_ms) / 1000;
    } else {
      values[step] =
          smoothed ? smoothed_value(samples, next, at, state_.lookback_ms) : sample.value;
    }
  }
}

Result<> Evaluator::selector_into(const VectorSelector& selector, Yield yield,
                                  store::SeriesOrder order, const SeriesSink& sink) {
  const auto placement = place_of(selector.shift);
  if (!placement) return fail(placement.error());
  if (frame_.steps == 0) return {};
  const bool smoothed = selector.extension == Extension::kSmoothed;
  const store::TimeRangeMs range{
      placement->at(frame_.start_ms) - state_.lookback_ms + 1,
      placement->at(frame_.last()) + (smoothed ? state_.lookback_ms : 0)};
  if (state_.asked != nullptr) state_.asked->note(selector.matchers);
  const auto set = state_.store.open_series(
      selector.matchers, range,
      {.order = order,
       .newest_only = frame_.steps == 1 && !smoothed,
       .poll = [this] { return state_.poll(); }});
  if (!set) return fail(set.error());
  const ColumnStream stream{
      .set = **set,
      .steps = frame_.steps,
      .max_samples = std::max<size_t>(1, state_.samples.left()),
      .memory = state_.samples.memory(),
      .make = [&](std::vector<model::Sample>& samples, std::span<double> values) -> Result<> {
        fill_column(selector, yield, samples, values);
        return {};
      },
      .take = [&](std::span<const model::Label> labels,
                  std::span<const double> values) { return sink({labels, values, false}); },
      .poll = [this] { return state_.poll(); }};
  return run(stream, state_.with_helpers);
}

// All that a range selector may see at some step.
store::TimeRangeMs Evaluator::range_of(const VectorSelector& selector,
                                       const RangeVector& range) const {
  store::TimeRangeMs out{range.end(frame_.start_ms) - range.range_ms + 1, range.end(frame_.last())};
  if (selector.extension != Extension::kNone) out.start -= state_.lookback_ms;
  if (selector.extension == Extension::kSmoothed) out.end += state_.lookback_ms;
  return out;
}

Result<RangeVector> Evaluator::empty_matrix(const MatrixSelector& matrix) const {
  const auto range_ms = resolve(matrix.range, true);
  if (!range_ms) return fail(range_ms.error());
  auto out = new_range_vector(matrix.selector.shift, *range_ms);
  if (!out) return out;
  out->extension = matrix.selector.extension;
  out->lookback_ms = state_.lookback_ms;
  return out;
}

Result<RangeVector> Evaluator::eval_matrix(const MatrixSelector& matrix) {
  auto out = empty_matrix(matrix);
  if (!out || frame_.steps == 0) return out;
  auto data = select(matrix.selector, range_of(matrix.selector, *out), out->charge);
  if (!data) return fail(std::move(data.error()));
  out->series.reserve(data->size());
  for (store::SeriesData& one : *data) {
    erase_stale_markers(one.samples);
    if (!one.samples.empty())
      out->series.push_back({std::move(one.labels), std::move(one.samples)});
  }
  return out;
}

Result<RangeVector> Evaluator::new_range_vector(const TimeShift& shift, int64_t range_ms) const {
  const auto placement = place_of(shift);
  if (!placement) return fail(placement.error());
  RangeVector out;
  out.range_ms = range_ms;
  out.offset_ms = placement->offset_ms;
  out.fixed = placement->fixed.has_value();
  if (out.fixed) out.fixed_end_ms = placement->at(0);
  return out;
}

Result<RangeVector> Evaluator::eval_subquery(const Subquery& subquery) {
  const auto range_ms = resolve(subquery.range, true);
  if (!range_ms) return fail(range_ms.error());
  auto made = new_range_vector(subquery.shift, *range_ms);
  if (!made || frame_.steps == 0) return made;
  RangeVector& out = *made;
  int64_t step = state_.default_subquery_step_ms;
  if (subquery.has_step) {
    const auto own = resolve(subquery.step, true);
    if (!own) return fail(own.error());
    step = *own;
  }
  const int64_t open_start = out.end(frame_.start_ms) - out.range_ms;  // itself not in the range
  const int64_t end = out.end(frame_.last());
  // Steps of a subquery are multiples of its step since 1970, whatever the query's own steps are.
  Frame inner{step * (open_start / step), step, 0};
  if (inner.start_ms <= open_start) inner.start_ms += step;
  if (inner.start_ms > end) return made;
  inner.steps = static_cast<size_t>((end - inner.start_ms) / step) + 1;
  auto room = SampleCharge::make(state_.samples, inner.steps, sizeof(double));
  if (!room) return fail(std::move(room.error()));

  Evaluator evaluator(state_, inner);
  auto value = evaluator.eval(*subquery.expr);
  if (!value) return fail(std::move(value.error()));
  size_t samples = 0;
  for (Series& series : value->series) {
    if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
    RangeSeries data{std::move(series.labels), {}, series.drop_name};
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
  return made;
}

}  // namespace tripod::query::promql
