#include "pipeline/spanmetrics/span_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace tripod::pipeline::spanmetrics {
namespace {

using base::kNanosPerMilli;
using base::kNanosPerSecond;
using model::Attribute;
using model::SpanKind;
using model::Value;

constexpr base::UnixNanos kNow = 1'795'365'480'000'000'000;

model::SpanId span_id(uint8_t n) {
  model::SpanId id;
  id.bytes.back() = n;
  return id;
}

// A batch of spans of one service.
struct Spans {
  explicit Spans(std::string_view service) {
    const Attribute name{"service.name", Value::string(batch.arena.copy(service))};
    batch.resources.push_back({batch.arena.copy_array(std::span<const Attribute>(&name, 1))});
    batch.scopes.push_back({});
  }
  Spans& add(SpanKind kind, std::string_view name, uint8_t id = 1, uint8_t parent = 0, int64_t ms = 3, std::vector<Attribute> attributes = {}) {
    model::Span span{.span_id = span_id(id), .parent_span_id = span_id(parent), .name = batch.arena.copy(name), .kind = kind, .start_time = kNow, .end_time = kNow + ms * kNanosPerMilli};
    span.trace_id.bytes.back() = 7;
    span.attributes = batch.arena.copy_array(std::span<const Attribute>(attributes));
    batch.spans.push_back(span);
    return *this;
  }
  Spans& failed() {
    batch.spans.back().status_code = model::StatusCode::kError;
    return *this;
  }
  Spans& sentry() {
    batch.spans.back().source = model::SpanSource::kSentry;
    return *this;
  }
  model::Batch batch;
};

// Series of a collection by their text, name{a="b",…}.
std::map<std::string, std::vector<double>> series_of(const model::Batch& batch) {
  std::map<std::string, std::vector<double>> out;
  for (const model::SeriesSamples& series : batch.series) {
    std::string text;
    for (const model::Label& label : series.labels) {
      text += label.name == "__name__" ? std::string(label.value) + "{" : std::string(label.name) + "=" + std::string(label.value) + ",";
    }
    std::vector<double>& values = out[text + "}"];
    EXPECT_TRUE(values.empty()) << "twice: " << text;
    for (const model::Sample& sample : series.samples) values.push_back(sample.value);
  }
  return out;
}

class SpanMetricsTest : public testing::Test {
 protected:
  std::map<std::string, std::vector<double>> collect(bool is_last = false) {
    clock.advance(15 * kNanosPerSecond);
    last = metrics.collect(is_last);
    auto out = series_of(last);
    metrics.stored();
    return out;
  }
  void add(const Spans& spans) { metrics.add(tally_of(spans.batch)); }
  double edge(const std::map<std::string, std::vector<double>>& all, const std::string& name, const std::string& labels) {
    const auto found = all.find("traces_service_graph_" + name + "{" + labels + ",}");
    return found == all.end() ? -1 : found->second.back();
  }

  base::ManualClock clock{kNow};
  base::MetricRegistry registry;
  SpanMetrics metrics{clock, registry, {.per_service = 3, .in_all = 5, .services = 2}, {.edges = 4, .waiting = 6}};
  model::Batch last;
};

constexpr char kCalls[] = "traces_spanmetrics_calls_total{service=shop,span_kind=SPAN_KIND_SERVER,span_name=GET /,status_code=STATUS_CODE_UNSET,telemetry_source=otel,}";

TEST_F(SpanMetricsTest, SeriesBeginWithZeroAndThenGrow) {
  add(Spans("shop").add(SpanKind::kServer, "GET /").add(SpanKind::kServer, "GET /"));
  EXPECT_THAT(collect()[kCalls], testing::ElementsAre(0, 2));
  EXPECT_EQ(last.series.front().samples[0].time_ms, kNow / kNanosPerMilli);
  add(Spans("shop").add(SpanKind::kServer, "GET /"));
  EXPECT_THAT(collect()[kCalls], testing::ElementsAre(3));
}

TEST_F(SpanMetricsTest, WhatWasNotStoredBeginsWithZeroAgain) {
  add(Spans("shop").add(SpanKind::kServer, "GET /"));
  clock.advance(15 * kNanosPerSecond);
  EXPECT_THAT(series_of(metrics.collect())[kCalls], testing::ElementsAre(0, 1));
  EXPECT_THAT(collect()[kCalls], testing::ElementsAre(0, 1));
  EXPECT_THAT(collect()[kCalls], testing::ElementsAre(1));
}

TEST_F(SpanMetricsTest, ErrorsRoutesAndStatusAreLabels) {
  add(Spans("shop").add(SpanKind::kServer, "GET /", 1, 0, 5, {{"http.route", Value::string("/")}, {"http.response.status_code", Value::int64(500)}}).failed());
  const std::string labels = "http_response_status_code=500,http_route=/,%service=shop,span_kind=SPAN_KIND_SERVER,span_name=GET /,status_code=STATUS_CODE_ERROR,telemetry_source=otel,}";
  const auto with = [&](std::string name, const std::string& le) { return name.append("{").append(labels).replace(name.find('%'), 1, le); };
  auto all = collect();
  EXPECT_THAT(all[with("traces_spanmetrics_calls_total", "")], testing::ElementsAre(0, 1));
  EXPECT_THAT(all[with("traces_spanmetrics_latency_bucket", "le=0.004,")], testing::ElementsAre(0, 0));
  EXPECT_THAT(all[with("traces_spanmetrics_latency_bucket", "le=0.008,")], testing::ElementsAre(0, 1));
  EXPECT_THAT(all[with("traces_spanmetrics_latency_bucket", "le=+Inf,")], testing::ElementsAre(0, 1));
  EXPECT_THAT(all[with("traces_spanmetrics_latency_sum", "")], testing::ElementsAre(0, 0.005));
}

TEST_F(SpanMetricsTest, TheSlowestSpanIsTheExemplarOfItsBucket) {
  add(Spans("shop").add(SpanKind::kInternal, "work", 1, 9, 3).add(SpanKind::kInternal, "work", 2, 9, 700).add(SpanKind::kInternal, "work", 3, 9, 5));
  collect();
  ASSERT_EQ(last.exemplars.size(), 1u);
  EXPECT_DOUBLE_EQ(last.exemplars[0].exemplars[0].value, 0.7);
  EXPECT_EQ(last.exemplars[0].exemplars[0].labels[0].value, "0000000000000002");
  EXPECT_EQ(last.exemplars[0].series[1].value, "1.02");
  collect();
  EXPECT_TRUE(last.exemplars.empty());
}

TEST_F(SpanMetricsTest, SumsStayExactBeyondTheLimits) {
  for (int service = 0; service < 4; ++service) {
    Spans spans("s" + std::to_string(service));
    for (int i = 0; i < 10; ++i) spans.add(SpanKind::kInternal, "n" + std::to_string(i), 1, 9);
    add(spans);
  }
  double sum = 0;
  std::map<std::string, double> overflow;
  for (const auto& [text, values] : collect()) {
    if (!text.starts_with("traces_spanmetrics_calls_total")) continue;
    sum += values.back();
    if (text.find("span_name=__overflow__") != std::string::npos) overflow[text.substr(text.find("service="), text.find(",span_kind") - text.find("service="))] = values.back();
  }
  EXPECT_EQ(sum, 40);
  EXPECT_THAT(overflow, testing::ElementsAre(testing::Pair("service=__overflow__", 20), testing::Pair("service=s0", 7), testing::Pair("service=s1", 8)));
  EXPECT_EQ(registry.counters("tripod_span_metrics_overflow_spans_total").front().value, 35u);
}

TEST_F(SpanMetricsTest, SeriesOfWhatComesNoMoreEndAndMakeRoom) {
  add(Spans("shop").add(SpanKind::kServer, "GET /"));
  for (uint32_t i = 0; i < kMostIdleTicks; ++i) EXPECT_EQ(collect()[kCalls].back(), 1);
  EXPECT_TRUE(model::is_stale_marker(collect()[kCalls].back()));
  EXPECT_TRUE(collect().empty());
  add(Spans("shop").add(SpanKind::kServer, "GET /"));
  EXPECT_THAT(collect()[kCalls], testing::ElementsAre(0, 1));
}

TEST_F(SpanMetricsTest, TwoSidesAreOneRequestInEitherOrder) {
  add(Spans("web").add(SpanKind::kClient, "GET", 2, 1, 30));
  add(Spans("shop").add(SpanKind::kServer, "GET /", 3, 2, 20).failed());
  add(Spans("shop").add(SpanKind::kServer, "GET /", 5, 4, 20));
  add(Spans("web").add(SpanKind::kClient, "GET", 4, 1, 30));
  const auto all = collect();
  EXPECT_EQ(edge(all, "request_total", "client=web,server=shop"), 2);
  EXPECT_EQ(edge(all, "request_failed_total", "client=web,server=shop"), 1);
  EXPECT_EQ(edge(all, "request_client_seconds_sum", "client=web,server=shop"), 0.06);
  EXPECT_EQ(edge(all, "request_server_seconds_sum", "client=web,server=shop"), 0.04);
}

TEST_F(SpanMetricsTest, DatabasesQueuesUsersAndServersOutsideAreNodes) {
  add(Spans("shop")
          .add(SpanKind::kServer, "GET /", 1, 0)
          .add(SpanKind::kClient, "SELECT", 2, 1, 3, {{"db.system.name", Value::string("postgresql")}, {"db.namespace", Value::string("djzen")}})
          .add(SpanKind::kClient, "SELECT", 3, 1, 3, {{"db.system.name", Value::string("postgresql")}, {"db.namespace", Value::string("djzen")}})
          .failed()
          .add(SpanKind::kClient, "POST", 4, 1, 3, {{"server.address", Value::string("pay.example")}})
          .add(SpanKind::kProducer, "apply_async", 5, 1, 3, {{"messaging.system", Value::string("celery")}, {"messaging.destination.name", Value::string("mail")}}));
  auto all = collect();
  EXPECT_EQ(edge(all, "request_total", "client=user,connection_type=virtual_node,server=shop"), 1);
  EXPECT_EQ(edge(all, "request_total", "client=shop,connection_type=database,server=postgresql/djzen"), 2);
  EXPECT_EQ(edge(all, "request_failed_total", "client=shop,connection_type=database,server=postgresql/djzen"), 1);
  EXPECT_EQ(edge(all, "request_total", "client=shop,connection_type=virtual_node,server=pay.example"), 1);  // 15 s have passed
  EXPECT_EQ(edge(all, "request_total", "client=shop,connection_type=messaging_system,server=celery/mail"), 1);
}

TEST_F(SpanMetricsTest, ASecondConsumerOfAMessageCountsToo) {
  add(Spans("shop").add(SpanKind::kProducer, "send", 2, 1));
  add(Spans("worker").add(SpanKind::kConsumer, "run", 3, 2));
  add(Spans("worker").add(SpanKind::kConsumer, "run", 4, 2));
  EXPECT_EQ(edge(collect(), "request_total", "client=shop,connection_type=messaging_system,server=worker"), 2);
}

TEST_F(SpanMetricsTest, WaitingIsBoundedAndTold) {
  for (uint8_t i = 1; i <= 9; ++i) add(Spans("shop").add(SpanKind::kClient, "GET", i, static_cast<uint8_t>(100 + i)));
  EXPECT_EQ(registry.counters("tripod_service_graph_early_spans_total").front().value, 3u);
  collect();
  EXPECT_EQ(registry.counters("tripod_service_graph_unpaired_spans_total").front().value, 9u);
}

TEST_F(SpanMetricsTest, AServerWhoseClientNeverComesIsAskedByUser) {
  add(Spans("shop").add(SpanKind::kServer, "GET /", 1, 99));
  EXPECT_EQ(edge(collect(), "request_total", "client=user,connection_type=virtual_node,server=shop"), 1);
}

TEST_F(SpanMetricsTest, WrittenAtMultiplesOfFifteenSecondsAndAtTheEndAndAgainAfterAFailure) {
  const auto log = base::make_null_logger();
  std::vector<double> calls;
  bool is_full = true;
  SpanMetricsWriter writer(metrics, clock, *log, [&](model::Batch&& batch) -> base::Result<> {
    if (is_full) return base::fail(base::Code::kResourceExhausted, "full");
    calls = series_of(batch)[kCalls];
    return {};
  });
  add(Spans("shop").add(SpanKind::kServer, "GET /"));
  clock.advance(14 * kNanosPerSecond);
  EXPECT_FALSE(writer.run_due());
  clock.advance(kNanosPerSecond);
  EXPECT_TRUE(writer.run_due());
  EXPECT_FALSE(writer.run_due());
  is_full = false;
  clock.advance(15 * kNanosPerSecond);
  EXPECT_TRUE(writer.run_due());
  EXPECT_THAT(calls, testing::ElementsAre(0, 1));
  add(Spans("shop").add(SpanKind::kServer, "GET /"));
  writer.stop();
  EXPECT_THAT(calls, testing::ElementsAre(2));
}

TEST_F(SpanMetricsTest, EdgesBeyondTheLimitAreOne) {
  for (const char* system : {"a", "b", "c", "d", "e", "f", "g", "h", "i"}) add(Spans("shop").add(SpanKind::kClient, "SELECT", 1, 9, 3, {{"db.system.name", Value::string(system)}}));
  EXPECT_EQ(edge(collect(), "request_total", "client=__overflow__,connection_type=database,server=__overflow__"), 5);
}

TEST_F(SpanMetricsTest, ARequestThatBothTracersTellOfIsOneEdge) {
  const std::vector<Attribute> db = {{"db.system.name", Value::string("redis")}};
  add(Spans("shop").add(SpanKind::kClient, "GET", 1, 9, 3, db));
  add(Spans("shop").add(SpanKind::kClient, "GET", 1, 9, 3, db).sentry());
  add(Spans("only-sentry").add(SpanKind::kClient, "GET", 1, 9, 3, db).sentry());
  const auto all = collect();
  EXPECT_EQ(edge(all, "request_total", "client=shop,connection_type=database,server=redis"), 1);
  EXPECT_EQ(edge(all, "request_total", "client=only-sentry,connection_type=database,server=redis"), 1);
}

}  // namespace
}  // namespace tripod::pipeline::spanmetrics
