// /api/v1/status/tsdb: which metric, label and value has how many series.
#include <algorithm>
#include <unordered_map>

#include "serve/api/prometheus.h"
#include "serve/api/prometheus_parameters.h"

namespace tripod::serve::prometheus {

using base::JsonWriter;
using base::Result;

namespace {

constexpr size_t kDefaultLimit = 10;
constexpr size_t kMostLimit = 10'000;
constexpr size_t kMostPairs = 1'000'000;

constexpr store::TimeRangeMs kAll{INT64_MIN, INT64_MAX};

using Counts = std::unordered_map<std::string, uint64_t>;

struct Cardinality {
  uint64_t series = 0;
  Counts series_by_metric;
  Counts values_by_label;
  Counts bytes_by_label;
  Counts series_by_pair;
  bool pairs_left_out = false;
  std::vector<base::MemoryCharge> charges;  // of the pairs
};

// The bytes that new pairs take.
size_t count_series(const store::Labels& labels, size_t most_pairs, Cardinality& out) {
  constexpr size_t kNode = sizeof(Counts::value_type) + 3 * sizeof(void*);
  size_t bytes = 0;
  ++out.series;
  for (const auto& [name, value] : labels) {
    out.bytes_by_label[name] += value.size();
    std::string pair = name + "=" + value;
    const auto at = out.series_by_pair.find(pair);
    if (at != out.series_by_pair.end()) {
      ++at->second;
    } else if (out.series_by_pair.size() < most_pairs) {
      bytes += kNode + pair.size();
      out.series_by_pair.emplace(std::move(pair), 1);
    } else {
      out.pairs_left_out = true;
    }
  }
  return bytes;
}

Result<> count_metric(const Api& api, const std::string& metric, size_t most_pairs,
                      Cardinality& out) {
  const std::vector<store::LabelMatcher> matchers = {
      {store::LabelMatcher::Op::kEqual, "__name__", metric}};
  const auto series = api.metrics.series(matchers, kAll);
  if (!series) return base::fail(series.error());
  size_t bytes = 0;
  for (const store::Labels& labels : *series) bytes += sizeof(labels) + memory_of(labels);
  const auto held = charge(api.memory, bytes);
  if (!held) return base::fail(held.error());
  out.series_by_metric[metric] = series->size();
  size_t pair_bytes = 0;
  for (const store::Labels& labels : *series) pair_bytes += count_series(labels, most_pairs, out);
  if (pair_bytes == 0) return {};
  auto pairs = charge(api.memory, pair_bytes);
  if (!pairs) return base::fail(std::move(pairs.error()));
  out.charges.push_back(std::move(*pairs));
  return {};
}

// Metric by metric, so that never all series are in memory at once.
Result<Cardinality> cardinality_of(const Api& api, const HttpRequest& request, int64_t deadline,
                                   size_t most_pairs) {
  Cardinality out;
  const auto metrics = api.metrics.label_values("__name__", {}, kAll);
  if (!metrics) return base::fail(metrics.error());
  for (const std::string& metric : *metrics) {
    auto ok = poll(api, request, deadline);
    if (ok) ok = count_metric(api, metric, most_pairs, out);
    if (!ok) return base::fail(std::move(ok.error()));
  }
  for (const auto& [label, bytes] : out.bytes_by_label) {
    if (auto ok = poll(api, request, deadline); !ok) return base::fail(std::move(ok.error()));
    const auto values = api.metrics.label_values(label, {}, kAll);
    if (!values) return base::fail(values.error());
    out.values_by_label[label] = values->size();
  }
  return out;
}

// The largest first, equal ones by name.
void write_top(JsonWriter& w, std::string_view key, const Counts& counts, size_t limit) {
  std::vector<std::pair<std::string_view, uint64_t>> sorted(counts.begin(), counts.end());
  std::ranges::sort(sorted, [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  w.key(key).begin_array();
  for (size_t i = 0; i < std::min(limit, sorted.size()); ++i) {
    w.begin_object().field("name", sorted[i].first).field("value", sorted[i].second).end_object();
  }
  w.end_array();
}

}  // namespace

HttpResponse tsdb(const Api& api, HttpRequest& request) { return tsdb(api, request, kMostPairs); }

HttpResponse tsdb(const Api& api, HttpRequest& request, size_t most_pairs) {
  const auto asked = limit_of(request);
  if (!asked || (!request.parameter("limit").empty() && *asked < 1)) {
    return failure({base::Code::kInvalidArgument, "limit must be a positive number"});
  }
  if (*asked > kMostLimit)
    return failure({base::Code::kInvalidArgument, "limit must not exceed 10000"});
  const size_t limit = *asked == 0 ? kDefaultLimit : *asked;
  const auto options = options_of(api, request);
  if (!options) return failure(options.error());
  const auto found = cardinality_of(api, request, options->deadline_steady, most_pairs);
  if (!found) return failure(found.error());
  const std::string warning =
      !found->pairs_left_out ? ""
                             : "seriesCountByLabelValuePair and numLabelPairs count the first " +
                                   std::to_string(most_pairs) + " pairs that were met";
  const store::MetricStoreStats stats = api.metrics.stats();
  const auto write = [&](JsonWriter& w) {
    w.begin_object().key("headStats").begin_object().field("numSeries", stats.series);
    w.field("numLabelPairs", static_cast<uint64_t>(found->series_by_pair.size()))
        .field("chunkCount", stats.blocks);
    w.field("minTime", int64_t{0})
        .field("maxTime", api.clock.now() / base::kNanosPerMilli)
        .end_object();
    write_top(w, "seriesCountByMetricName", found->series_by_metric, limit);
    write_top(w, "labelValueCountByLabelName", found->values_by_label, limit);
    write_top(w, "memoryInBytesByLabelName", found->bytes_by_label, limit);
    write_top(w, "seriesCountByLabelValuePair", found->series_by_pair, limit);
    w.end_object();
  };
  return success_with_warning(write, warning);
}

}  // namespace tripod::serve::prometheus
