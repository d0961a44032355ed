// histogram_quantile() over classic buckets.
#include <charconv>
#include <cmath>
#include <optional>
#include <unordered_map>

#include "query/promql/evaluator.h"
#include "query/promql/histogram.h"
#include "query/promql/labels.h"
#include "query/promql/text.h"

namespace tripod::query::promql {

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

// The buckets of one histogram: same labels but for le.
struct Histogram {
  std::string name;
  store::Labels labels;
  std::vector<Member> members;
};

}  // namespace

Result<Value> Evaluator::eval_histogram_quantile(const Call& call) {
  auto quantile = eval(*call.args[0]);
  if (!quantile) return quantile;
  auto input = eval(*call.args[1]);
  if (!input) return input;
  const std::vector<double>& q = quantile->series.front().values;
  for (const double value : q) {
    if (value >= 0 && value <= 1) continue;
    state_.warn(call.args[0]->pos,
                "quantile value should be between 0 and 1, got " + format_number(value));
  }

  std::vector<Histogram> histograms;
  std::unordered_map<std::string, size_t> by_labels;
  const std::vector<std::string> le = {std::string(kBucketLabel)};
  for (const Series& series : input->series) {
    const std::string name(get_label(series.labels, kMetricName));
    const std::string_view bound = get_label(series.labels, kBucketLabel);
    const auto upper = parse_bound(bound);
    if (!upper) {
      state_.warn(call.args[1]->pos, "bucket label \"le\" is missing or has a malformed value of " +
                                         quote(bound) +
                                         (name.empty() ? "" : " for metric name " + quote(name)));
      continue;
    }
    const auto [at, is_new] =
        by_labels.try_emplace(signature(series.labels, le, false), histograms.size());
    if (is_new) {
      Histogram histogram{name, series.labels, {}};
      erase_label(histogram.labels, kMetricName);
      erase_label(histogram.labels, kBucketLabel);
      histograms.push_back(std::move(histogram));
    }
    histograms[at->second].members.push_back({*upper, &series});
  }

  auto out = new_vector(histograms.size());
  if (!out) return out;
  std::vector<Bucket> buckets;
  for (Histogram& histogram : histograms) {
    if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
    Series series{std::move(histogram.labels), std::vector<double>(frame_.steps, kAbsent)};
    for (size_t step = 0; step < frame_.steps; ++step) {
      buckets.clear();
      for (const Member& member : histogram.members) {
        const double count = member.series->values[step];
        if (is_present(count)) buckets.push_back({member.upper_bound, count});
      }
      if (buckets.empty()) continue;
      const BucketQuantile result = bucket_quantile(q[step], buckets);
      series.values[step] = result.value;
      if (!result.forced_monotonic) continue;
      state_.inform(
          call.args[1]->pos,
          "input to histogram_quantile needed to be fixed for monotonicity (see "
          "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)" +
              (histogram.name.empty() ? "" : " for metric name " + quote(histogram.name)));
    }
    out->series.push_back(std::move(series));
  }
  prune(*out);
  return out;
}

}  // namespace tripod::query::promql
