#include "query/logql/window_reducer.h"

#include <algorithm>
#include <cmath>

namespace tripod::query::logql {
namespace {

constexpr size_t kBlock = 256;
constexpr size_t kSamplesBetweenPolls = 1'000'000;

// What the counter rose by, resets included.
double rise_of(std::span<const Sample> window) {
  double rise = window.back().value - window.front().value;
  for (size_t i = 1; i < window.size(); ++i) {
    if (window[i].value < window[i - 1].value) rise += window[i - 1].value;
  }
  return rise;
}

}  // namespace

bool WindowReducer::is_sum() const {
  return reduction_.op == RangeOp::kSumOverTime || reduction_.op == RangeOp::kRate || reduction_.op == RangeOp::kAvgOverTime;
}

bool WindowReducer::is_best() const {
  return reduction_.op == RangeOp::kMinOverTime || reduction_.op == RangeOp::kMaxOverTime;
}

base::Result<> WindowReducer::count(size_t samples) {
  since_poll_ += samples;
  if (since_poll_ < kSamplesBetweenPolls || !poll_) return {};
  since_poll_ = 0;
  return poll_();
}

base::Result<> WindowReducer::begin(std::span<const Sample> samples) {
  samples_ = samples;
  sums_.clear();
  bests_.clear();
  if (!is_sum() && !is_best()) return {};
  for (size_t at = 0; at + kBlock <= samples.size(); at += kBlock) {
    if (is_sum()) sums_.push_back(plain_sum(at, at + kBlock));
    else bests_.push_back(best(at, at + kBlock));
  }
  return count(samples.size());
}

// NaN gives way; of equal ones the first.
double WindowReducer::better(double a, double b) const {
  const bool wins = reduction_.op == RangeOp::kMinOverTime ? b < a : b > a;
  return wins || std::isnan(a) ? b : a;
}

double WindowReducer::best(size_t from, size_t to) const {
  double out = samples_[from].value;
  for (size_t i = from; i < to;) {
    const size_t block = i / kBlock;
    const bool whole = i % kBlock == 0 && i + kBlock <= to && block < bests_.size();
    out = better(out, whole ? bests_[block] : samples_[i].value);
    i += whole ? kBlock : 1;
  }
  return out;
}

promql::KahanSum WindowReducer::plain_sum(size_t from, size_t to) const {
  promql::KahanSum out;
  for (size_t i = from; i < to; ++i) out.add(samples_[i].value);
  return out;
}

promql::KahanSum WindowReducer::sum(size_t from, size_t to) const {
  promql::KahanSum out;
  for (size_t i = from; i < to;) {
    if (i % kBlock == 0 && i + kBlock <= to) {
      out.add(sums_[i / kBlock].sum);
      out.add(sums_[i / kBlock].compensation);
      i += kBlock;
    } else {
      out.add(samples_[i++].value);
    }
  }
  return out;
}

double WindowReducer::plain(std::span<const Sample> window) const {
  switch (reduction_.op) {
    case RangeOp::kFirstOverTime: return window.front().value;
    case RangeOp::kLastOverTime: return window.back().value;
    case RangeOp::kAvgOverTime: {
      promql::KahanMean mean;
      for (const Sample& one : window) mean.add(one.value);
      return mean.value();
    }
    case RangeOp::kStdvarOverTime:
    case RangeOp::kStddevOverTime: {
      promql::Variance variance;
      for (const Sample& one : window) variance.add(one.value);
      return reduction_.op == RangeOp::kStddevOverTime ? std::sqrt(variance.value()) : variance.value();
    }
    case RangeOp::kQuantileOverTime: {
      std::vector<double> values;
      values.reserve(window.size());
      for (const Sample& one : window) values.push_back(one.value);
      return promql::quantile_of(reduction_.param, values);
    }
    default: return rise_of(window) / reduction_.seconds;  // rate_counter
  }
}

base::Result<double> WindowReducer::reduce(size_t from, size_t to) {
  const size_t size = to - from;
  const bool in_blocks = is_sum() || is_best();
  const bool ends_only = reduction_.op == RangeOp::kFirstOverTime || reduction_.op == RangeOp::kLastOverTime;
  const size_t looked_at = ends_only ? 1 : in_blocks ? size / kBlock + std::min(size, 2 * kBlock) : size;
  if (auto counted = count(looked_at); !counted) return base::fail(std::move(counted.error()));
  if (is_best()) return best(from, to);
  if (!is_sum()) return plain(samples_.subspan(from, size));
  promql::KahanSum total = sum(from, to);
  if (!std::isfinite(total.sum)) {
    // Infinities, and sums that no number holds: one sample after the other.
    if (auto counted = count(size); !counted) return base::fail(std::move(counted.error()));
    if (reduction_.op == RangeOp::kAvgOverTime) return plain(samples_.subspan(from, size));
    total = plain_sum(from, to);
  }
  const auto samples = static_cast<double>(size);
  if (reduction_.op == RangeOp::kAvgOverTime) return total.sum / samples + total.compensation / samples;
  return reduction_.op == RangeOp::kRate ? total.value() / reduction_.seconds : total.value();
}

}  // namespace tripod::query::logql
