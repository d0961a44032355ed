#include "query/promql/range_cache.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "query/promql/functions.h"
#include "query/promql/printer.h"

namespace tripod::query::promql {

using base::Result;

namespace {

// A single answer may take this share of the room.
constexpr size_t kLargestShare = 8;

std::optional<int64_t> ahead_of(const TimeShift& shift) {
  if (shift.at.kind != AtModifier::Kind::kNone || shift.offset.depends_on_query) return std::nullopt;
  return std::max<int64_t>(0, -shift.offset.ms);
}

std::optional<int64_t> ahead_of(const VectorSelector& selector) {
  if (selector.extension != Extension::kNone) return std::nullopt;
  return ahead_of(selector.shift);
}

bool sees_whole_query(Function function) {
  return function == Function::kStart || function == Function::kEnd || function == Function::kRange || function == Function::kInfo;
}

std::optional<int64_t> own_ahead(const Expr& expr) {
  if (const auto* selector = expr.as<VectorSelector>()) return ahead_of(*selector);
  if (const auto* matrix = expr.as<MatrixSelector>()) {
    return matrix->range.depends_on_query ? std::nullopt : ahead_of(matrix->selector);
  }
  if (const auto* subquery = expr.as<Subquery>()) {
    if (subquery->range.depends_on_query || subquery->step.depends_on_query) return std::nullopt;
    return ahead_of(subquery->shift);
  }
  if (const auto* call = expr.as<Call>(); call != nullptr && sees_whole_query(call->function->id)) return std::nullopt;
  // Which series are taken is decided for the whole query.
  const auto* aggregation = expr.as<Aggregation>();
  const bool limits = aggregation != nullptr && (aggregation->op == AggregateOp::kLimitk || aggregation->op == AggregateOp::kLimitRatio);
  return limits ? std::nullopt : std::optional<int64_t>(0);
}

std::string key_of(const Expr& expr, const RangeParams& range, const EngineOptions& engine, const QueryOptions& query) {
  const int64_t phase = (range.start_ms % range.step_ms + range.step_ms) % range.step_ms;
  std::string key = to_string(expr);
  for (const int64_t part : {range.step_ms, phase, query.lookback_ms.value_or(engine.lookback_ms)}) key += '\n' + std::to_string(part);
  return key;
}

size_t bytes_of(const std::vector<MatrixSeries>& matrix) {
  size_t bytes = sizeof(matrix);
  for (const MatrixSeries& series : matrix) {
    bytes += sizeof(series) + series.samples.size() * sizeof(model::Sample);
    for (const auto& [name, value] : series.labels) bytes += sizeof(series.labels[0]) + name.size() + value.size();
  }
  return bytes;
}

// The part of a series' samples in the range, both ends inclusive.
std::span<const model::Sample> samples_in(const MatrixSeries& series, int64_t start_ms, int64_t end_ms) {
  const auto first = std::ranges::lower_bound(series.samples, start_ms, {}, &model::Sample::time_ms);
  const auto last = std::ranges::upper_bound(first, series.samples.end(), end_ms, {}, &model::Sample::time_ms);
  return {first, last};
}

// Both are sorted by labels; what is `tail` comes after what is taken of `head`.
std::vector<MatrixSeries> joined(const std::vector<MatrixSeries>& head, int64_t start_ms, int64_t end_ms, std::vector<MatrixSeries> tail) {
  std::vector<MatrixSeries> out;
  out.reserve(std::max(head.size(), tail.size()));
  auto next = tail.begin();
  for (const MatrixSeries& series : head) {
    const auto samples = samples_in(series, start_ms, end_ms);
    while (next != tail.end() && next->labels < series.labels) out.push_back(std::move(*next++));
    const bool goes_on = next != tail.end() && next->labels == series.labels;
    if (samples.empty()) {
      if (goes_on) out.push_back(std::move(*next++));
      continue;
    }
    MatrixSeries& to = out.emplace_back();
    to.labels = series.labels;
    to.samples.reserve(samples.size() + (goes_on ? next->samples.size() : 0));
    to.samples.assign(samples.begin(), samples.end());
    if (goes_on) {
      to.samples.insert(to.samples.end(), next->samples.begin(), next->samples.end());
      ++next;
    }
  }
  std::move(next, tail.end(), std::back_inserter(out));
  return out;
}

base::Counter& steps_counter(base::MetricRegistry& metrics, const char* source) {
  return metrics.counter("tripod_promql_range_steps_total", "Steps of range queries, evaluated or taken from an earlier answer.", {{"source", source}});
}

}  // namespace

std::optional<int64_t> looks_ahead_ms(const Expr& expr) {
  auto own = own_ahead(expr);
  if (!own) return std::nullopt;
  int64_t most = 0;
  for (const Expr* child : children(expr)) {
    const auto ahead = looks_ahead_ms(*child);
    if (!ahead) return std::nullopt;
    most = std::max(most, *ahead);
  }
  return *own + most;
}

RangeCache::RangeCache(const Engine& engine, store::MetricStore& store, base::MemoryBudget& memory, base::MetricRegistry& metrics, size_t max_bytes)
    : engine_(engine),
      store_(store),
      memory_(memory),
      max_bytes_(max_bytes),
      reused_(steps_counter(metrics, "reused")),
      evaluated_(steps_counter(metrics, "evaluated")) {}

Result<QueryResult> RangeCache::range(const Expr& expr, std::string_view text, RangeParams range, const QueryOptions& options) {
  if (auto ok = engine_.check_range(range); !ok) return base::fail(std::move(ok.error()));
  const auto ahead = looks_ahead_ms(expr);
  if (!ahead) return engine_.range(expr, text, range, options);
  std::string key = key_of(expr, range, engine_.options(), options);
  const int64_t last = range.start_ms + (range.end_ms - range.start_ms) / range.step_ms * range.step_ms;
  const uint64_t mark = store_.change_mark();

  // Steps up to here are in an earlier answer and hold still.
  int64_t known = std::numeric_limits<int64_t>::min();
  const EntryPtr before = find(key);
  if (before != nullptr && before->start_ms <= range.start_ms) {
    const int64_t changed = store_.oldest_change_since(before->mark);
    known = std::min(before->end_ms, last);
    // A step sees samples up to its own time and `ahead` beyond.
    if (changed <= std::numeric_limits<int64_t>::min() + *ahead) known = changed;
    else if (changed != std::numeric_limits<int64_t>::max()) known = std::min(known, changed - *ahead - 1);
    if (known >= range.start_ms) known = range.start_ms + (known - range.start_ms) / range.step_ms * range.step_ms;
  }
  const bool reuses = known >= range.start_ms;

  Result<QueryResult> result;
  result->type = ValueType::kMatrix;
  RangeParams left = range;
  if (reuses) left.start_ms = known + range.step_ms;
  if (left.start_ms <= last) result = engine_.range(expr, text, left, options);
  if (result && reuses && !(result->warnings.empty() && result->infos.empty())) {
    left = range;
    result = engine_.range(expr, text, range, options);
  }
  if (!result) return result;
  if (left.start_ms <= last) evaluated_.add(static_cast<uint64_t>((last - left.start_ms) / range.step_ms) + 1);
  if (left.start_ms > range.start_ms) {
    reused_.add(static_cast<uint64_t>((left.start_ms - range.start_ms) / range.step_ms));
    result->matrix = joined(before->matrix, range.start_ms, known, std::move(result->matrix));
  }
  if (!result->warnings.empty() || !result->infos.empty()) {
    forget(key);
  } else {
    keep({std::move(key), range.start_ms, last, mark, result->matrix, {}});
  }
  return result;
}

RangeCache::EntryPtr RangeCache::find(const std::string& key) {
  std::lock_guard lock(mu_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return *found->second;
}

void RangeCache::forget(const std::string& key) {
  std::lock_guard lock(mu_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) remove(found->second);
}

void RangeCache::keep(Entry entry) {
  const size_t bytes = sizeof(entry) + entry.key.size() + bytes_of(entry.matrix);
  if (bytes > max_bytes_ / kLargestShare) return forget(entry.key);
  std::lock_guard lock(mu_);
  if (const auto found = by_key_.find(entry.key); found != by_key_.end()) remove(found->second);
  while (bytes_ + bytes > max_bytes_) remove(std::prev(entries_.end()));
  entry.charge = memory_.try_charge(bytes);
  if (!entry.charge) return;
  bytes_ += bytes;
  entries_.push_front(std::make_shared<const Entry>(std::move(entry)));
  by_key_.emplace(entries_.front()->key, entries_.begin());
}

void RangeCache::remove(Entries::iterator entry) {
  bytes_ -= (*entry)->charge.bytes();
  by_key_.erase((*entry)->key);
  entries_.erase(entry);
}

}  // namespace tripod::query::promql
