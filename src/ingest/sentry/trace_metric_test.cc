#include "ingest/sentry/trace_metric.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/time_text.h"

namespace tripod::ingest::sentry {
namespace {

const base::UnixNanos kReceived = *base::parse_rfc3339("2026-11-22T16:50:00Z");
const int64_t kReceivedMs = kReceived / base::kNanosPerMilli;

class TraceMetricTest : public ::testing::Test {
 protected:
  ItemResult<> decode(const std::string& json) {
    const SentryContext context{.project = 1, .public_key = {}, .service_name = "shop", .received_time = kReceived};
    return decode_trace_metrics(json, context, parser_, room_, batch_);
  }
  // "name{a=b}" without the job, which all have
  static std::string text(std::span<const model::Label> labels) {
    std::string name;
    std::vector<std::string> out;
    for (const model::Label& label : labels) {
      if (label.name == "__name__") {
        name = label.value;
      } else if (label.name != "job") {
        out.push_back(fmt::format("{}={}", label.name, label.value));
      }
    }
    return fmt::format("{}{{{}}}", name, fmt::join(out, ","));
  }
  // Each series with its samples: "name{} 1@5", times before or after the request.
  std::vector<std::string> series() const {
    std::vector<std::string> out;
    for (const model::SeriesSamples& one : batch_.series) {
      out.push_back(text(one.labels));
      for (const model::Sample& sample : one.samples) out.back() += fmt::format(" {}@{}", sample.value, sample.time_ms - kReceivedMs);
    }
    return out;
  }
  std::vector<std::string> rejections() const {
    std::vector<std::string> out;
    for (const model::Rejection& one : batch_.rejections) out.push_back(fmt::format("{} x {}: {}", one.count, one.reason, one.detail));
    return out;
  }
  static std::string item(const std::string& type, double value, const std::string& more = "") {
    return fmt::format(R"({{"timestamp":1795366200,"name":"cart.value","type":"{}","value":{}{}}})", type, value, more);
  }

  JsonParser parser_;
  MetricRoom room_;
  model::Batch batch_;
};

using Strings = std::vector<std::string>;

TEST_F(TraceMetricTest, CountersOfOneSeriesAreAddedUpAndGrowAtTheTimeOfTheRequest) {
  ASSERT_TRUE(decode(R"({"items":[)" + item("counter", 1) + "," + item("counter", 2.5) + R"(,{"timestamp":1795366100,"name":"cart.value",)" +
                     R"("type":"counter","value":1,"attributes":{"country":{"value":"DE","type":"string"}}}]})"));
  EXPECT_EQ(series(), (Strings{"cart_value_total{} 3.5@0", "cart_value_total{country=DE} 1@0"}));
  ASSERT_EQ(batch_.deltas.size(), 2u);
  EXPECT_EQ(batch_.deltas[1].first, 1u);
  EXPECT_TRUE(batch_.deltas[1].sent_once);
  ASSERT_EQ(batch_.metadata.size(), 1u);
  EXPECT_EQ(batch_.metadata[0].family, "cart_value_total");
  EXPECT_EQ(batch_.metadata[0].type, model::MetricType::kCounter);
}

TEST_F(TraceMetricTest, GaugesAreSamplesAtTheirOwnTimes) {
  ASSERT_TRUE(decode(R"({"items":[{"timestamp":1795366199.5,"name":"queue.depth","type":"gauge","value":5},)"
                     R"({"timestamp":1795366198,"name":"queue.depth","type":"gauge","value":-3,"unit":"none"},)"
                     R"({"timestamp":1795366198,"name":"queue.depth","type":"gauge","value":7},)"
                     R"({"timestamp":1795366199.5004,"name":"queue.depth","type":"gauge","value":6},)"
                     R"({"timestamp":1000,"name":"heap","type":"gauge","value":9,"unit":"megabyte"}]})"));
  EXPECT_EQ(series(), (Strings{"queue_depth{} 7@-2000 6@-500", "queue_depth{} -3@-2000", "heap_megabytes{} 9@0"}));
  EXPECT_TRUE(batch_.deltas.empty());
}

TEST_F(TraceMetricTest, DistributionsAreHistograms) {
  const std::string unit = R"(,"unit":"second")";
  ASSERT_TRUE(decode(R"({"items":[)" + item("distribution", 0.3, unit) + "," + item("distribution", 0.25, unit) + "," + item("distribution", 70, unit) + "]}"));
  EXPECT_EQ(series(), (Strings{"cart_value_seconds_sum{} 70.55@0", "cart_value_seconds_count{} 3@0", "cart_value_seconds_bucket{le=0.005} 0@0",
                               "cart_value_seconds_bucket{le=0.01} 0@0", "cart_value_seconds_bucket{le=0.025} 0@0", "cart_value_seconds_bucket{le=0.05} 0@0",
                               "cart_value_seconds_bucket{le=0.1} 0@0", "cart_value_seconds_bucket{le=0.25} 1@0", "cart_value_seconds_bucket{le=0.5} 2@0",
                               "cart_value_seconds_bucket{le=1} 2@0", "cart_value_seconds_bucket{le=2.5} 2@0", "cart_value_seconds_bucket{le=5} 2@0",
                               "cart_value_seconds_bucket{le=10} 2@0", "cart_value_seconds_bucket{le=+Inf} 3@0"}));
  ASSERT_EQ(batch_.deltas.size(), 1u);
  EXPECT_EQ(batch_.deltas[0].count, 14u);
}

TEST_F(TraceMetricTest, TheTraceOfTheLastMeasurementIsAnExemplarOfItsBucket) {
  const auto in_trace = [](const char* digit) {
    return fmt::format(R"(,"unit":"ratio","trace_id":"{}","span_id":"{}")", std::string(32, *digit), std::string(16, *digit));
  };
  ASSERT_TRUE(decode(R"({"items":[)" + item("distribution", 0.9, in_trace("a")) + "," + item("distribution", 0.35, in_trace("b")) + "," +
                     item("distribution", 1, R"(,"unit":"ratio")") + "]}"));
  ASSERT_EQ(batch_.exemplars.size(), 1u);
  EXPECT_EQ(text(batch_.exemplars[0].series), "cart_value_bucket{le=0.4}");
  ASSERT_EQ(batch_.exemplars[0].exemplars.size(), 1u);
  const model::Exemplar& exemplar = batch_.exemplars[0].exemplars[0];
  EXPECT_EQ(text(exemplar.labels), "{span_id=bbbbbbbbbbbbbbbb,trace_id=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb}");
  EXPECT_EQ(exemplar.value, 0.35);
}

TEST_F(TraceMetricTest, LabelsSayWhatWasMeasuredAndNotWhoAsked) {
  ASSERT_TRUE(decode(R"({"items":[)" +
                     item("counter", 1,
                          R"(,"attributes":{"user.email":{"value":"ada@example.com"},"user_agent.original":{"value":"curl"},"sentry.release":{"value":"abc"},)"
                          R"("sentry.environment":{"value":"production"},"server.address":{"value":"web-1"},"process.runtime.name":{"value":"CPython"},)"
                          R"("sentry.timestamp.sequence":{"value":3},"http.status":{"value":200},"ratio":{"value":0.5},"vip":{"value":true},)"
                          R"("__name__":{"value":"x"},"empty":{"value":""},"none":{"value":null},"job":{"value":"mine"}})") +
                     "]}"));
  EXPECT_EQ(series(), (Strings{"cart_value_total{environment=production,http_status=200,instance=web-1,ratio=0.5,release=abc,vip=true} 1@0"}));
  EXPECT_TRUE(std::ranges::any_of(batch_.series[0].labels, [](const model::Label& label) { return label.name == "job" && label.value == "mine"; }));
}

TEST_F(TraceMetricTest, AJobIsThereHoweverManyAttributes) {
  std::string labels;
  for (int i = 0; i < 70; ++i) labels += fmt::format(R"({}"k{}":{{"value":1}})", i > 0 ? "," : "", i);
  ASSERT_TRUE(decode(R"({"items":[)" + item("counter", 1, R"(,"attributes":{)" + labels + "}") + "]}"));
  ASSERT_EQ(batch_.series.size(), 1u);
  EXPECT_EQ(batch_.series[0].labels.size(), 66u);
  EXPECT_EQ(std::ranges::count(batch_.series[0].labels, "job", &model::Label::name), 1);
}

TEST_F(TraceMetricTest, BadOnesAreNamedAndTheOthersStay) {
  ASSERT_TRUE(decode(R"({"items":[7,{"timestamp":1795366200,"type":"gauge","value":1},)" + item("set", 1) + "," + item("counter", -1) + "," +
                     item("gauge", 1, R"(,"value":"x")") + R"(,{"name":"a","type":"gauge","value":1},)" + item("counter", 1e308, R"(,"unit":"u")") + "," +
                     item("counter", 1e308, R"(,"unit":"u")") + "," + item("gauge", 4) + "]}"));
  EXPECT_EQ(rejections(), (Strings{"1 x invalid_metric: metric 0 is not a JSON object", "1 x invalid_metric: metric 1 has no usable name",
                                   "1 x invalid_metric: metric 2 has a type that is none of counter, gauge and distribution",
                                   "1 x negative_delta: metric 3 is a counter and less than 0",
                                   "1 x invalid_metric: metric 4 has no value that is a finite number",
                                   "1 x invalid_timestamp: metric 5 has no timestamp, or one that cannot be read",
                                   "1 x invalid_metric: metric 7 adds up to more than a number holds"}));
  EXPECT_EQ(series(), (Strings{"cart_value_u_total{} 1e+308@0", "cart_value{} 4@0"}));
  for (const char* payload : {"[1]", "{", R"({"items":7})", R"({"version":2})"}) EXPECT_FALSE(decode(payload)) << payload;
}

TEST_F(TraceMetricTest, HowManyOneEnvelopeMayHoldIsBounded) {
  room_.measurements = 100;
  std::string json = R"({"items":[)";
  for (size_t i = 0; i < 98; ++i) json += (i > 0 ? "," : "") + item("counter", 1);
  ASSERT_TRUE(decode(json + "]}"));
  ASSERT_TRUE(decode(R"({"items":[)" + item("gauge", 1) + "," + item("gauge", 2) + "," + item("gauge", 3) + "]}"));
  EXPECT_EQ(series(), (Strings{"cart_value_total{} 98@0", "cart_value{} 2@0"}));
  EXPECT_EQ(rejections(), (Strings{"1 x too_many_metrics: metric 2 is beyond the first 10000 of its envelope"}));
}

TEST_F(TraceMetricTest, WhatItsSeriesTakeIsBounded) {
  // 40 labels on each of 15 + 3 series: about 27 kB a distribution; as many items as fill the room twice.
  std::string labels;
  for (int i = 0; i < 40; ++i) labels += fmt::format(R"({}"k{}":{{"value":"v"}})", i > 0 ? "," : "", i);
  constexpr size_t kRoom = 8u << 20;
  room_.series_bytes = kRoom;
  constexpr size_t kItems = 600;
  for (size_t i = 0; i < kItems; ++i) {
    ASSERT_TRUE(decode(fmt::format(R"({{"items":[{{"timestamp":1795366200,"name":"m{}","type":"distribution","value":1,"attributes":{{{}}}}}]}})", i, labels)));
  }
  EXPECT_GT(batch_.rejected_count(), 200u);
  EXPECT_LT(batch_.series.size() * 42 * sizeof(model::Label), kRoom);
  EXPECT_EQ(batch_.series.size() / 18 + batch_.rejected_count(), kItems);
  EXPECT_EQ(batch_.rejections[0].reason, "too_many_metrics");
}

}  // namespace
}  // namespace tripod::ingest::sentry
