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
// So many shorter questions in a row, and what the longest one asked beyond them is let go.
constexpr unsigned kMostNarrower = 64;

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

// The part of a series' samples in the range, both ends inclusive.
std::span<const model::Sample> samples_in(const MatrixSeries& series, int64_t start_ms, int64_t end_ms) {
  const auto first = std::ranges::lower_bound(series.samples, start_ms, {}, &model::Sample::time_ms);
  const auto last = std::ranges::upper_bound(first, series.samples.end(), end_ms, {}, &model::Sample::time_ms);
  return {first, last};
}

// Of the series that have samples in the range, both ends inclusive.
size_t bytes_of(const std::vector<MatrixSeries>& matrix, int64_t start_ms, int64_t end_ms) {
  size_t bytes = 0;
  for (const MatrixSeries& series : matrix) {
    const auto samples = samples_in(series, start_ms, end_ms);
    if (samples.empty()) continue;
    bytes += sizeof(series) + samples.size() * sizeof(model::Sample);
    for (const auto& [name, value] : series.labels) bytes += sizeof(series.labels[0]) + name.size() + value.size();
  }
  return bytes;
}

size_t bytes_of(const std::vector<MatrixSeries>& matrix) {
  return bytes_of(matrix, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max());
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

// The last of the steps that sees nothing from `changed_ms` on: a step sees samples up to its own
// time and `ahead_ms` beyond. Below their start where there is none.
int64_t last_untouched(const RangeParams& steps, int64_t changed_ms, int64_t ahead_ms) {
  if (changed_ms == std::numeric_limits<int64_t>::max()) return steps.end_ms;
  if (changed_ms <= steps.start_ms + ahead_ms) return steps.start_ms - steps.step_ms;
  const int64_t bound = std::min(steps.end_ms, changed_ms - ahead_ms - 1);
  return steps.start_ms + (bound - steps.start_ms) / steps.step_ms * steps.step_ms;
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
  const int64_t last = range.start_ms + (range.end_ms - range.start_ms) / range.step_ms * range.step_ms;
  Entry entry{key_of(expr, range, engine_.options(), options), range.start_ms, last, store_.change_mark(), last - range.start_ms, 0, nullptr};

  // Steps up to `known` are in an earlier answer and hold still; that holds up to `holds`.
  int64_t holds = range.start_ms - range.step_ms;
  const auto before = find(entry.key);
  if (before && before->start_ms <= range.start_ms) {
    holds = last_untouched({before->start_ms, before->end_ms, range.step_ms}, store_.oldest_change_since(before->mark), *ahead);
  }
  const int64_t known = std::min(holds, last);
  if (before && before->span_ms > entry.span_ms && before->narrower < kMostNarrower) {
    entry.span_ms = before->span_ms;
    entry.narrower = before->narrower + 1;
  }

  RangeParams left = range;
  if (known >= range.start_ms) left.start_ms = known + range.step_ms;
  const auto steps_until = [&](int64_t end_ms) { return static_cast<uint64_t>((end_ms - range.start_ms) / range.step_ms); };
  Result<QueryResult> result;
  if (left.start_ms > last) {
    reused_.add(steps_until(left.start_ms));
    result->type = ValueType::kMatrix;
    result->matrix = joined(before->answer->matrix, range.start_ms, last, {});
    renew(*before, holds, entry.mark);
    return result;
  }
  result = engine_.range(expr, text, left, options);
  const auto has_notes = [&] { return !result->warnings.empty() || !result->infos.empty(); };
  if (result && left.start_ms > range.start_ms && has_notes()) {
    left = range;
    result = engine_.range(expr, text, range, options);
  }
  if (!result) return result;
  evaluated_.add(steps_until(last) - steps_until(left.start_ms) + 1);
  const bool reuses = left.start_ms > range.start_ms;
  if (has_notes()) {
    forget(entry.key);
  } else {
    keep(std::move(entry), reuses ? &*before : nullptr, known, result->matrix);
  }
  if (reuses) {
    reused_.add(steps_until(left.start_ms));
    result->matrix = joined(before->answer->matrix, range.start_ms, known, std::move(result->matrix));
  }
  return result;
}

std::optional<RangeCache::Entry> RangeCache::find(const std::string& key) {
  std::lock_guard lock(mu_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, found->second);
  return *found->second;
}

void RangeCache::forget(const std::string& key) {
  std::lock_guard lock(mu_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) remove(found->second);
}

void RangeCache::keep(Entry entry, const Entry* before, int64_t known, const std::vector<MatrixSeries>& tail) {
  const size_t most = max_bytes_ / kLargestShare;
  const size_t own = sizeof(entry) + sizeof(Answer) + entry.key.size();
  const size_t of_tail = bytes_of(tail);
  const auto bytes_from = [&](int64_t start_ms) {
    return own + of_tail + (before != nullptr ? bytes_of(before->answer->matrix, start_ms, known) : 0);
  };
  const int64_t asked_ms = entry.start_ms;
  if (before != nullptr) entry.start_ms = std::clamp(entry.end_ms - entry.span_ms, before->start_ms, asked_ms);
  size_t bytes = bytes_from(entry.start_ms);
  if (bytes > most && entry.start_ms < asked_ms) {
    entry.start_ms = asked_ms;
    bytes = bytes_from(asked_ms);
  }
  if (bytes > most) return forget(entry.key);
  auto answer = std::make_shared<Answer>();
  answer->charge = memory_.try_charge(bytes);
  if (!answer->charge) return forget(entry.key);
  answer->matrix = before != nullptr ? joined(before->answer->matrix, entry.start_ms, known, tail) : tail;
  if (before != nullptr) {  // labels were counted twice
    bytes = own + bytes_of(answer->matrix);
    answer->charge = base::MemoryCharge();
    answer->charge = memory_.try_charge(bytes);
    if (!answer->charge) return forget(entry.key);
  }
  entry.answer = std::move(answer);

  std::lock_guard lock(mu_);
  if (const auto found = by_key_.find(entry.key); found != by_key_.end()) remove(found->second);
  while (bytes_ + bytes > max_bytes_) remove(std::prev(entries_.end()));
  bytes_ += bytes;
  entries_.push_front(std::move(entry));
  by_key_.emplace(entries_.front().key, entries_.begin());
}

void RangeCache::renew(const Entry& entry, int64_t end_ms, uint64_t mark) {
  std::lock_guard lock(mu_);
  const auto found = by_key_.find(entry.key);
  if (found == by_key_.end() || found->second->answer != entry.answer || found->second->mark > mark) return;
  found->second->end_ms = std::min(found->second->end_ms, end_ms);
  found->second->mark = mark;
}

void RangeCache::remove(Entries::iterator entry) {
  bytes_ -= entry->answer->charge.bytes();
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace tripod::query::promql
