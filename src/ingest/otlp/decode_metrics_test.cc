#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ingest/otlp/decoder.h"
#include "ingest/otlp/test_messages.h"
#include "ingest/testing/batch_text.h"

namespace tripod::ingest::otlp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr uint64_t kTime = 1'795'365'477'123'000'000;
constexpr int kDelta = 1;
constexpr int kCumulative = 2;

std::string number_point(double value, const std::vector<std::string>& attributes = {},
                         uint32_t flags = 0, uint64_t time = kTime) {
  return message<NumberPointField>([&](auto& b) {
    b.add_fixed64(NumberPointField::kTime, time);
    b.add_double(NumberPointField::kAsDouble, value);
    for (const auto& a : attributes) b.add_message(NumberPointField::kAttributes, a);
    if (flags != 0) b.add_uint32(NumberPointField::kFlags, flags);
  });
}

std::string histogram_point(const std::vector<uint64_t>& counts, const std::vector<double>& bounds,
                            uint32_t flags = 0) {
  return message<HistogramPointField>([&](auto& b) {
    b.add_fixed64(HistogramPointField::kTime, kTime);
    uint64_t count = 0;
    for (uint64_t c : counts) count += c;
    b.add_fixed64(HistogramPointField::kCount, count);
    b.add_double(HistogramPointField::kSum, 12.5);
    b.add_packed_fixed64(HistogramPointField::kBucketCounts, counts.begin(), counts.end());
    b.add_packed_double(HistogramPointField::kExplicitBounds, bounds.begin(), bounds.end());
    if (flags != 0) b.add_uint32(HistogramPointField::kFlags, flags);
  });
}

std::string metric(const std::string& name, const std::string& unit, MetricField kind,
                   const std::vector<std::string>& points, int temporality = 0,
                   bool monotonic = false) {
  return message<MetricField>([&](auto& b) {
    b.add_string(MetricField::kName, name);
    b.add_string(MetricField::kUnit, unit);
    b.add_message(kind, message<PointsField>([&](auto& p) {
                    for (const auto& point : points) p.add_message(PointsField::kDataPoints, point);
                    if (temporality != 0) {
                      p.add_enum(PointsField::kAggregationTemporality, temporality);
                    }
                    if (monotonic) p.add_bool(PointsField::kIsMonotonic, true);
                  }));
  });
}

struct Decoded {
  model::Batch batch;
  std::vector<std::string> series;
  std::vector<std::string> rejected;
};

Decoded decode(const std::vector<std::string>& metrics,
               const std::vector<std::string>& resource = {}) {
  Decoded out;
  const auto result = decode_metrics(request(metrics, resource), out.batch);
  EXPECT_TRUE(result) << result.error().message;
  std::istringstream lines(testing::batch_text(out.batch));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("series ")) out.series.push_back(line.substr(7));
    if (line.starts_with("rejected ")) out.rejected.push_back(line.substr(9));
  }
  return out;
}

TEST(DecodeMetricsTest, GaugesAndSums) {
  const auto out =
      decode({metric("queue.length", "1", MetricField::kGauge, {number_point(3)}),
              metric("jobs", "{job}", MetricField::kSum, {number_point(7)}, kCumulative, true),
              metric("in.flight", "", MetricField::kSum, {number_point(2)}, kCumulative, false)});
  EXPECT_THAT(out.series, ElementsAre(R"(__name__="queue_length_ratio" 3@1795365477123)",
                                      R"(__name__="jobs_total" 7@1795365477123)",
                                      R"(__name__="in_flight" 2@1795365477123)"));
  ASSERT_EQ(out.batch.metadata.size(), 3u);
  EXPECT_EQ(out.batch.metadata[0].type, model::MetricType::kGauge);
  EXPECT_EQ(out.batch.metadata[1].type, model::MetricType::kCounter);
  EXPECT_EQ(out.batch.metadata[1].family, "jobs_total");
  EXPECT_EQ(out.batch.metadata[2].type, model::MetricType::kGauge);
}

TEST(DecodeMetricsTest, AnExplicitHistogramBecomesCumulativeBuckets) {
  const auto out = decode({metric("latency", "s", MetricField::kHistogram,
                                  {histogram_point({1, 2, 4, 8}, {0.005, 1, 2.5})}, kCumulative)});
  EXPECT_THAT(out.series,
              ElementsAre(R"(__name__="latency_seconds_sum" 12.5@1795365477123)",
                          R"(__name__="latency_seconds_count" 15@1795365477123)",
                          R"(__name__="latency_seconds_bucket" le="0.005" 1@1795365477123)",
                          R"(__name__="latency_seconds_bucket" le="1" 3@1795365477123)",
                          R"(__name__="latency_seconds_bucket" le="2.5" 7@1795365477123)",
                          R"(__name__="latency_seconds_bucket" le="+Inf" 15@1795365477123)"));
  EXPECT_EQ(out.batch.metadata[0].type, model::MetricType::kHistogram);
}

TEST(DecodeMetricsTest, AHistogramWithoutBucketsHasTheInfiniteOne) {
  const auto out =
      decode({metric("h", "", MetricField::kHistogram, {histogram_point({9}, {})}, kCumulative)});
  EXPECT_THAT(out.series, ElementsAre(HasSubstr("h_sum"), HasSubstr("h_count"),
                                      R"(__name__="h_bucket" le="+Inf" 9@1795365477123)"));
}

TEST(DecodeMetricsTest, BucketsSentUnpackedAreReadToo) {
  const auto point = message<HistogramPointField>([](auto& b) {
    b.add_fixed64(HistogramPointField::kTime, kTime);
    b.add_fixed64(HistogramPointField::kCount, 3);
    b.add_fixed64(HistogramPointField::kBucketCounts, 1);
    b.add_fixed64(HistogramPointField::kBucketCounts, 2);
    b.add_double(HistogramPointField::kExplicitBounds, 10);
  });
  const auto out = decode({metric("h", "", MetricField::kHistogram, {point}, kCumulative)});
  EXPECT_THAT(out.series, ElementsAre(HasSubstr("h_count"), HasSubstr(R"(le="10" 1@)"),
                                      HasSubstr(R"(le="+Inf" 3@)")));
}

TEST(DecodeMetricsTest, ASummaryBecomesQuantiles) {
  const auto point = message<SummaryPointField>([](auto& b) {
    b.add_fixed64(SummaryPointField::kTime, kTime);
    b.add_fixed64(SummaryPointField::kCount, 10);
    b.add_double(SummaryPointField::kSum, 50);
    b.add_message(SummaryPointField::kQuantiles, message<QuantileField>([](auto& q) {
                    q.add_double(QuantileField::kQuantile, 0.99);
                    q.add_double(QuantileField::kValue, 8);
                  }));
  });
  const auto out = decode({metric("rpc", "ms", MetricField::kSummary, {point})});
  EXPECT_THAT(out.series,
              ElementsAre(R"(__name__="rpc_milliseconds_sum" 50@1795365477123)",
                          R"(__name__="rpc_milliseconds_count" 10@1795365477123)",
                          R"(__name__="rpc_milliseconds" quantile="0.99" 8@1795365477123)"));
}

TEST(DecodeMetricsTest, PointsWithoutRecordedValueAreStaleMarkers) {
  const auto out = decode(
      {metric("g", "", MetricField::kGauge, {number_point(3, {}, 1)}),
       metric("h", "", MetricField::kHistogram, {histogram_point({1, 1}, {5}, 1)}, kCumulative)});
  ASSERT_EQ(out.series.size(), 5u);
  for (const std::string& s : out.series) EXPECT_THAT(s, HasSubstr(" stale@1795365477123"));
}

TEST(DecodeMetricsTest, WhatCannotBeConvertedIsRejectedByNameAndTheRestIsKept) {
  const auto no_value =
      message<NumberPointField>([](auto& b) { b.add_fixed64(NumberPointField::kTime, kTime); });
  const auto out = decode({
      metric("delta", "", MetricField::kSum, {number_point(1), number_point(2)}, kDelta, false),
      metric("unsaid", "", MetricField::kSum, {number_point(1)}),
      metric("exp", "", MetricField::kExponentialHistogram, {""}, kCumulative),
      metric("...", "", MetricField::kGauge, {number_point(1)}),
      metric("g", "", MetricField::kGauge, {no_value, number_point(1, {}, 0, 0), number_point(5)}),
      metric("h", "", MetricField::kHistogram,
             {histogram_point({1, 2}, {1, 2}), histogram_point({1, 2, 3}, {2, 2})}, kCumulative),
  });
  EXPECT_THAT(out.series, ElementsAre(R"(__name__="g" 5@1795365477123)"));
  EXPECT_THAT(
      out.rejected,
      ElementsAre(HasSubstr("2 x unsupported_delta_up_down_counter: resource_metrics[0]."
                            "scope_metrics[0].metrics[0]: delta: "),
                  HasSubstr("1 x invalid_temporality: "),
                  HasSubstr("1 x unsupported_exponential_histogram: "),
                  HasSubstr("1 x empty_metric_name: "), HasSubstr("1 x missing_value: "),
                  HasSubstr("1 x missing_timestamp: "), HasSubstr("bucket_counts must be one more"),
                  HasSubstr("in rising order")));
}

TEST(DecodeMetricsTest, LabelsAreSortedMergedAndCarryTheTarget) {
  const auto out = decode(
      {metric("m", "", MetricField::kGauge,
              {number_point(
                  1, {key_value("z.last", string_value("z")), key_value("a-b", string_value("2")),
                      key_value("a.b", string_value("1")), key_value("Big", string_value("B")),
                      key_value("job", string_value("mine")),
                      key_value("__name__", string_value("evil")),
                      key_value("empty", string_value(""))})})},
      {key_value("service.name", string_value("shop")),
       key_value("service.namespace", string_value("eu")),
       key_value("service.instance.id", string_value("i-1")),
       key_value("host.name", string_value("web-1"))});
  EXPECT_THAT(
      out.series,
      ElementsAre(
          R"(Big="B" __name__="m" a_b="2;1" instance="i-1" job="eu/shop" z_last="z" 1@1795365477123)",
          R"(__name__="target_info" host_name="web-1" instance="i-1" job="eu/shop" 1@1795365477123)"));
}

TEST(DecodeMetricsTest, AResourceWithoutIdentityOrFurtherFactsGivesNoTargetInfo) {
  const auto g = metric("g", "", MetricField::kGauge, {number_point(1)});
  EXPECT_EQ(decode({g}, {key_value("host.name", string_value("web-1"))}).series.size(), 1u);
  EXPECT_EQ(decode({g}, {key_value("service.name", string_value("shop"))}).series.size(), 1u);
}

TEST(DecodeMetricsTest, PointsOfDeltasAreMarked) {
  const std::string started = message<NumberPointField>([](auto& b) { b.add_fixed64(NumberPointField::kStart, kTime - 5'000'000'000); });
  const auto out = decode({metric("g", "", MetricField::kGauge, {number_point(1)}), metric("c", "", MetricField::kSum, {number_point(2) + started}, kDelta, true),
                           metric("h", "", MetricField::kHistogram, {histogram_point({1, 2}, {0.5}), histogram_point({1, 2}, {0.7}), histogram_point({1, 2}, {0.5}, 1)}, kDelta)});
  EXPECT_EQ(out.series.size(), 1u + 1 + 4 + 4 + 4);
  const std::vector<model::DeltaPoint>& deltas = out.batch.deltas;
  ASSERT_EQ(deltas.size(), 3u) << "not the gauge, nor what has no value";
  EXPECT_EQ(deltas[0].first, 1u);
  EXPECT_EQ(deltas[0].count, 1u);
  EXPECT_EQ(deltas[0].shape, 0u);
  EXPECT_EQ(deltas[0].start_ms, static_cast<int64_t>(kTime / 1'000'000) - 5000);
  EXPECT_EQ(deltas[1].first, 2u);
  EXPECT_EQ(deltas[1].count, 4u);
  EXPECT_EQ(deltas[1].start_ms, 0);
  EXPECT_NE(deltas[1].shape, 0u);
  EXPECT_NE(deltas[1].shape, deltas[2].shape);
}

TEST(DecodeMetricsTest, ADeltaOfAMonotonicSumIsNotNegative) {
  const auto out = decode({metric("c", "", MetricField::kSum, {number_point(-1), number_point(0), number_point(2)}, kDelta, true),
                           metric("since", "", MetricField::kSum, {number_point(-1)}, kCumulative, true)});
  EXPECT_THAT(out.series, ElementsAre(HasSubstr("c_total\" 0@"), HasSubstr("c_total\" 2@"), HasSubstr("since_total\" -1@")));
  EXPECT_THAT(out.rejected, ElementsAre(HasSubstr("1 x negative_delta: ")));
}

std::string exemplar(double value, const std::string& trace, const std::vector<std::string>& attributes = {}, uint64_t time = 0) {
  return message<ExemplarField>([&](auto& b) {
    if (time != 0) b.add_fixed64(ExemplarField::kTime, time);
    b.add_double(ExemplarField::kAsDouble, value);
    b.add_bytes(ExemplarField::kTraceId, trace);
    for (const auto& a : attributes) b.add_message(ExemplarField::kAttributes, a);
  });
}

// "series of labels: {labels} value@time"
std::vector<std::string> exemplars_of(const model::Batch& batch) {
  std::vector<std::string> out;
  const auto text = [](std::span<const model::Label> labels) {
    std::string all;
    for (const model::Label& label : labels) all += std::string(label.name) + "=" + std::string(label.value) + " ";
    return all;
  };
  for (const model::SeriesExemplars& series : batch.exemplars) {
    for (const model::Exemplar& one : series.exemplars) out.push_back(text(series.series) + "| " + text(one.labels) + std::to_string(one.value).substr(0, 3) + "@" + std::to_string(one.time_ms));
  }
  return out;
}

TEST(DecodeMetricsTest, ExemplarsOfSumsAndBuckets) {
  const std::string trace(16, '\x1f');
  const auto with = [](auto field, std::string point, const std::vector<std::string>& exemplars) {
    for (const auto& one : exemplars) point += message<decltype(field)>([&](auto& b) { b.add_message(field, one); });
    return point;
  };
  const auto sum = with(NumberPointField::kExemplars, number_point(1), {exemplar(3, trace, {key_value("user.id", string_value("7"))})});
  const auto histogram = with(HistogramPointField::kExemplars, histogram_point({1, 2, 4}, {0.5, 1}),
                              {exemplar(0.5, trace, {}, kTime - 5'000'000), exemplar(0.7, ""), exemplar(9, trace)});
  const auto out = decode({metric("c", "", MetricField::kSum, {sum}, kCumulative, true), metric("h", "", MetricField::kHistogram, {histogram}, kCumulative)});
  const std::string id = "trace_id=1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f ";
  EXPECT_THAT(exemplars_of(out.batch), ElementsAre("__name__=c_total | " + id + "user_id=7 3.0@1795365477123", "__name__=h_bucket le=0.5 | " + id + "0.5@1795365477118",
                                                   "__name__=h_bucket le=1 | 0.7@1795365477123", "__name__=h_bucket le=+Inf | " + id + "9.0@1795365477123"));
  EXPECT_THAT(out.batch.unkept, IsEmpty());
}

TEST(DecodeMetricsTest, ExemplarsOfGaugesAndWithoutValuesAreCountedAsNotKept) {
  const auto with = [](const std::string& one) {
    return number_point(1) + message<NumberPointField>([&](auto& b) { b.add_message(NumberPointField::kExemplars, one); });
  };
  const auto out = decode({metric("g", "", MetricField::kGauge, {with(exemplar(1, ""))}), metric("c", "", MetricField::kSum, {with("")}, kCumulative, true)});
  EXPECT_EQ(out.series.size(), 2u);
  EXPECT_THAT(out.batch.exemplars, IsEmpty());
  ASSERT_EQ(out.batch.unkept.size(), 1u);
  EXPECT_EQ(out.batch.unkept[0].item, "exemplar");
  EXPECT_EQ(out.batch.unkept[0].count, 2u);
}

TEST(DecodeMetricsTest, LongAttributesOfAnExemplarAreLeftOut) {
  const std::string trace(16, '\x1f');
  const auto one = exemplar(3, trace, {key_value("long", string_value(std::string(200, 'x'))), key_value("b", string_value("c"))});
  const auto point = number_point(1) + message<NumberPointField>([&](auto& b) { b.add_message(NumberPointField::kExemplars, one); });
  const auto out = decode({metric("c", "", MetricField::kSum, {point}, kCumulative, true)});
  EXPECT_THAT(exemplars_of(out.batch), ElementsAre("__name__=c_total | b=c trace_id=1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f 3.0@1795365477123"));
}

TEST(DecodeMetricsTest, AMetricWithoutPointsIsNothing) {
  const auto out = decode({metric("g", "", MetricField::kGauge, {})});
  EXPECT_THAT(out.series, IsEmpty());
  EXPECT_THAT(out.rejected, IsEmpty());
  EXPECT_THAT(out.batch.metadata, IsEmpty());
}

}  // namespace
}  // namespace tripod::ingest::otlp
