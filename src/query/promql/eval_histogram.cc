// histogram_quantile() and its kind, over classic buckets.
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <unordered_map>

#include "base/utf8.h"
#include "query/promql/evaluator.h"
#include "query/promql/histogram.h"
#include "query/promql/labels.h"
#include "query/promql/text.h"

namespace tripod::query::promql {

using base::Code;
using base::fail;
using base::Result;

namespace {

std::optional<double> parse_bound(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Member {
  double upper_bound;
  const Series* series;
};

// The buckets of one histogram: same labels, the name too, but for le.
struct Histogram {
  store::Labels labels;
  std::vector<Member> members;

  // Those with a sample at a step.
  void buckets_at(size_t step, std::vector<Bucket>& buckets) const {
    buckets.clear();
    for (const Member& member : members) {
      const double count = member.series->values[step];
      if (is_present(count)) buckets.push_back({member.upper_bound, count});
    }
  }
};

std::string for_metric(const store::Labels& labels) {
  const std::string_view name = get_label(labels, kMetricName);
  return name.empty() ? std::string() : " for metric name " + quote(name);
}

// In order of the first bucket. `pos` is where the vector stands in the query.
std::vector<Histogram> histograms_of(const Value& input, PosRange pos, QueryState& state) {
  std::vector<Histogram> histograms;
  std::unordered_map<std::string, size_t> by_labels;
  for (const Series& series : input.series) {
    const std::string_view bound = get_label(series.labels, kBucketLabel);
    const auto upper = parse_bound(bound);
    if (!upper) {
      state.warn(pos, "bucket label \"le\" is missing or has a malformed value of " + quote(bound) +
                          for_metric(series.labels));
      continue;
    }
    store::Labels labels = series.labels;
    erase_label(labels, kBucketLabel);
    const auto [at, is_new] = by_labels.try_emplace(label_key(labels), histograms.size());
    if (is_new) histograms.push_back({std::move(labels), {}});
    histograms[at->second].members.push_back({*upper, &series});
  }
  return histograms;
}

// One value per step of one histogram, kAbsent where it has no bucket.
template <class Compute>
Series histogram_column(const Histogram& histogram, size_t steps, Compute compute) {
  Series out{histogram.labels, std::vector<double>(steps, kAbsent), true};
  std::vector<Bucket> buckets;
  for (size_t step = 0; step < steps; ++step) {
    histogram.buckets_at(step, buckets);
    if (!buckets.empty()) out.values[step] = compute(step, buckets);
  }
  return out;
}

void warn_of_quantiles(const std::vector<double>& q, PosRange pos, QueryState& state) {
  for (const double value : q) {
    if (value >= 0 && value <= 1) continue;
    state.warn(pos, "quantile value should be between 0 and 1, got " + format_number(value));
  }
}

Series quantile_column(const Histogram& histogram, const std::vector<double>& q, PosRange pos,
                       QueryState& state) {
  return histogram_column(histogram, q.size(), [&](size_t step, std::vector<Bucket>& buckets) {
    const BucketQuantile result = bucket_quantile(q[step], buckets);
    if (result.forced_monotonic) {
      state.inform(
          pos,
          "input to histogram_quantile needed to be fixed for monotonicity (see "
          "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)" +
              for_metric(histogram.labels));
    }
    return result.value;
  });
}

// A quantile as the label of histogram_quantiles(): "0.5", "1.0".
std::string quantile_label(double q) {
  std::string out = format_number(q);
  if (out.find_first_not_of("-0123456789") == std::string::npos) out += ".0";
  return out;
}

}  // namespace

Result<Value> Evaluator::eval_histogram_quantile(const Call& call) {
  auto quantile = eval(*call.args[0]);
  if (!quantile) return quantile;
  auto input = eval(*call.args[1]);
  if (!input) return input;
  const std::vector<double>& q = quantile->series.front().values;
  warn_of_quantiles(q, call.args[0]->pos, state_);
  const auto histograms = histograms_of(*input, call.args[1]->pos, state_);
  auto out = new_vector(histograms.size());
  if (!out) return out;
  for (const Histogram& histogram : histograms) {
    if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
    out->series.push_back(quantile_column(histogram, q, call.args[1]->pos, state_));
  }
  prune(*out);
  return out;
}

Result<Value> Evaluator::eval_histogram_quantiles(const Call& call) {
  auto input = eval(*call.args[0]);
  if (!input) return input;
  auto label = eval(*call.args[1]);
  if (!label) return label;
  if (!base::is_valid_utf8(label->text) || label->text.empty())
    return fail(Code::kInvalidArgument, "invalid label name " + quote(label->text));
  const auto histograms = histograms_of(*input, call.args[0]->pos, state_);
  Value out;
  for (size_t i = 2; i < call.args.size(); ++i) {
    auto quantile = eval(*call.args[i]);
    if (!quantile) return quantile;
    const std::vector<double>& q = quantile->series.front().values;
    warn_of_quantiles(q, call.args[i]->pos, state_);
    // A quantile that changes from step to step has one series per value, however many those are:
    // each is charged as it is made.
    std::map<std::string, std::vector<size_t>> steps_of;
    for (size_t step = 0; step < q.size(); ++step)
      steps_of[quantile_label(q[step])].push_back(step);
    for (const Histogram& histogram : histograms) {
      const Series whole = quantile_column(histogram, q, call.args[0]->pos, state_);
      for (const auto& [text, steps] : steps_of) {
        if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
        Series part{whole.labels, std::vector<double>(frame_.steps, kAbsent), true};
        set_label(part.labels, label->text, text);
        for (const size_t step : steps) part.values[step] = whole.values[step];
        if (auto ok = append(std::move(part), out); !ok) return fail(std::move(ok.error()));
      }
    }
  }
  prune(out);
  if (auto ok = merge_same_labels(out); !ok) return fail(std::move(ok.error()));
  return out;
}

Result<Value> Evaluator::eval_histogram_fraction(const Call& call) {
  auto lower = eval(*call.args[0]);
  if (!lower) return lower;
  auto upper = eval(*call.args[1]);
  if (!upper) return upper;
  auto input = eval(*call.args[2]);
  if (!input) return input;
  const std::vector<double>& from = lower->series.front().values;
  const std::vector<double>& to = upper->series.front().values;
  const auto histograms = histograms_of(*input, call.args[2]->pos, state_);
  auto out = new_vector(histograms.size());
  if (!out) return out;
  for (const Histogram& histogram : histograms) {
    if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
    out->series.push_back(
        histogram_column(histogram, frame_.steps, [&](size_t step, std::vector<Bucket>& buckets) {
          return bucket_fraction(from[step], to[step], buckets);
        }));
  }
  prune(*out);
  return out;
}

Result<Value> Evaluator::eval_native_histogram(const Call& call) {
  auto input = eval(*call.args.front());
  if (!input) return input;
  return new_vector(0);
}

}  // namespace tripod::query::promql
