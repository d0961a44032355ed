#include "insight/service_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "base/mem_fs.h"
#include "store/metrics/embedded_metric_store.h"

namespace tripod::insight {
namespace {

constexpr int64_t kNowMs = 1'795'365'480'000;

class ServiceMapTest : public testing::Test {
 protected:
  void add(std::vector<std::pair<std::string, std::string>> labels, std::vector<model::Sample> samples) {
    std::vector<model::Label> views;
    for (const auto& [name, value] : labels) views.push_back({name, value});
    const model::SeriesSamples series{views, samples};
    std::promise<bool> stored;
    metrics->append({&series, 1}, {}, [&](auto result) { stored.set_value(result && result->rejections.empty()); });
    EXPECT_TRUE(stored.get_future().get());
  }
  void edge(std::string metric, std::string client, std::string type, std::string server, double value, std::string le = "") {
    std::vector<std::pair<std::string, std::string>> labels = {{"__name__", "traces_service_graph_request_" + metric}, {"client", client}};
    if (!type.empty()) labels.emplace_back("connection_type", type);
    if (!le.empty()) labels.emplace_back("le", le);
    labels.emplace_back("server", server);
    add(labels, {{kNowMs, 0}, {kNowMs + 15'000, value}});
  }
  std::vector<double> grown(size_t steps) {
    std::vector<double> out;
    const auto read = read_increases(*metrics, {.matchers = {{store::LabelMatcher::Op::kEqual, "__name__", "c"}}, .range = range, .steps = steps},
                                     [&](auto, std::span<const double> values) { out.assign(values.begin(), values.end()); });
    EXPECT_TRUE(read);
    return out;
  }

  base::ManualClock clock{kNowMs * base::kNanosPerMilli};
  base::MemFs fs;
  base::MemoryBudget budget{256u << 20};
  std::unique_ptr<base::Logger> log = base::make_null_logger();
  std::unique_ptr<store::MetricStore> metrics = std::move(*store::EmbeddedMetricStore::open(fs, clock, budget, *log, {.dir = "metrics"}));
  store::TimeRange range{(kNowMs - 60'000) * base::kNanosPerMilli, (kNowMs + 60'000) * base::kNanosPerMilli};
};

TEST_F(ServiceMapTest, GrowthIsCountedOverResetsAndFromBeforeTheRange) {
  add({{"__name__", "c"}}, {{kNowMs - 70'000, 5}, {kNowMs - 50'000, 7}, {kNowMs, 4}, {kNowMs + 30'000, model::stale_marker()}, {kNowMs + 40'000, 0}, {kNowMs + 50'000, 1}, {kNowMs + 70'000, 9}});
  EXPECT_THAT(grown(1), testing::ElementsAre(7));
  EXPECT_THAT(grown(2), testing::ElementsAre(2, 5));
}

TEST_F(ServiceMapTest, QuantilesAreInterpolatedAsHistogramQuantileDoes) {
  LatencyBuckets buckets;
  buckets.add("0.1", 50);
  buckets.add("0.2", 100);
  buckets.add("+Inf", 100);
  EXPECT_DOUBLE_EQ(buckets.quantile(0.75), 0.15);
  EXPECT_DOUBLE_EQ(buckets.quantile(0.25), 0.05);
  buckets.add("+Inf", 100);
  EXPECT_DOUBLE_EQ(buckets.quantile(0.99), 0.2);
}

TEST_F(ServiceMapTest, NodesAndEdgesHaveCountsAndKinds) {
  edge("total", "user", "virtual_node", "shop", 10);
  edge("total", "shop", "database", "postgresql/shop", 30);
  edge("failed_total", "shop", "database", "postgresql/shop", 3);
  edge("client_seconds_bucket", "shop", "database", "postgresql/shop", 30, "0.1");
  edge("client_seconds_bucket", "shop", "database", "postgresql/shop", 30, "+Inf");
  edge("total", "shop", "messaging_system", "worker", 4);
  for (const char* source : {"otel", "sentry"}) {
    add({{"__name__", "traces_spanmetrics_calls_total"}, {"service", "shop"}, {"span_kind", "SPAN_KIND_SERVER"}, {"span_name", "GET /"}, {"status_code", "STATUS_CODE_ERROR"}, {"telemetry_source", source}},
        {{kNowMs, 0}, {kNowMs + 15'000, 12}});
  }
  const auto map = load_service_map(*metrics, range, {});
  ASSERT_TRUE(map);
  ASSERT_EQ(map->nodes.size(), 4u);
  EXPECT_EQ(map->nodes[0].name, "postgresql/shop");
  EXPECT_EQ(map->nodes[0].kind, NodeKind::kDatabase);
  EXPECT_EQ(map->nodes[0].counts.errors, 3);
  EXPECT_DOUBLE_EQ(map->nodes[0].counts.latency.quantile(0.5), 0.05);
  EXPECT_EQ(map->nodes[1].kind, NodeKind::kService);
  EXPECT_EQ(map->nodes[1].counts.requests, 12);  // once, not by both tracers
  EXPECT_EQ(map->nodes[1].counts.errors, 12);
  EXPECT_EQ(map->nodes[2].kind, NodeKind::kUser);
  EXPECT_EQ(map->nodes[3].kind, NodeKind::kMessaging);
  ASSERT_EQ(map->edges.size(), 3u);
  EXPECT_EQ(map->edges[0].counts.requests, 30);
  EXPECT_FALSE(map->is_cut);
}

}  // namespace
}  // namespace tripod::insight
