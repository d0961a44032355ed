#include "insight/release_latency.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem_fs.h"
#include "store/events/embedded_event_store.h"

namespace tripod::insight {
namespace {

using model::Attribute;
using model::Value;
using testing::IsEmpty;
using testing::SizeIs;

constexpr base::UnixNanos kNow = 1'795'365'477'000'000'000;
constexpr int64_t kMillisecond = 1'000'000;

class ReleaseLatencyTest : public testing::Test {
 protected:
  // `count` spans of a duration.
  void put(std::string_view release, std::string_view route, int64_t duration, size_t count = 30, std::string_view kind = "server") {
    const Attribute stream[] = {{"service.version", Value::string(release)}, {"service.name", Value::string("shop")}};
    const Attribute fields[] = {{"kind", Value::string(kind)}, {"duration_ns", Value::int64(duration)}, {"http.request.method", Value::string("GET")},
                                {route.starts_with('/') ? "http.route" : "name", Value::string(route)}};
    const std::span<const Attribute> streams[] = {stream};
    const std::vector<store::Event> spans(count, store::Event{kNow, 0, fields});
    std::promise<bool> stored;
    events_->append({.dataset = store::Dataset::kSpans, .streams = streams, .events = spans},
                    [&](base::Result<store::AppendSummary> r) { stored.set_value(r.has_value()); });
    ASSERT_TRUE(stored.get_future().get());
  }
  LatencyResult compare() {
    auto result = compare_latencies(*events_, {.base = "r1", .release = "r2"});
    EXPECT_TRUE(result);
    return result ? std::move(*result) : LatencyResult();
  }

  base::MemFs fs_;
  base::ManualClock clock_{kNow};
  base::MemoryBudget budget_{256u << 20};
  std::unique_ptr<base::Logger> log_ = base::make_null_logger();
  std::unique_ptr<store::EmbeddedEventStore> events_ =
      std::move(*store::EmbeddedEventStore::open(fs_, clock_, budget_, *log_, {.dir = "events", .background = false}));
};

TEST_F(ReleaseLatencyTest, WhatGotMuchSlowerIsListedMostFirst) {
  for (const auto& [route, before, after] : {std::tuple{"/cart", 100, 150}, {"/checkout", 100, 300}, {"/items", 100, 101}, {"tasks.mail", 100, 40}}) {
    put("r1", route, before * kMillisecond);
    put("r2", route, after * kMillisecond);
  }
  const LatencyResult result = compare();
  EXPECT_EQ(result.compared, 4u);
  ASSERT_THAT(result.slower, SizeIs(2));
  EXPECT_EQ(result.slower[0].route, "/checkout");
  EXPECT_EQ(result.slower[0].method, "GET");
  EXPECT_EQ(result.slower[0].service, "shop");
  EXPECT_EQ(result.slower[0].base.count, 30u);
  EXPECT_NEAR(result.slower[0].p95_change(), 2, 0.1);
  EXPECT_EQ(result.slower[1].route, "/cart");
  EXPECT_NEAR(result.slower[1].p50_change(), 0.5, 0.05);
}

TEST_F(ReleaseLatencyTest, FewSpansSmallGrowthAndOtherKindsSayNothing) {
  put("r1", "/rare", 100 * kMillisecond, 19);
  put("r2", "/rare", 300 * kMillisecond);
  put("r1", "/quick", kMillisecond);
  put("r2", "/quick", 4 * kMillisecond);
  put("r1", "/outgoing", 100 * kMillisecond, 30, "client");
  put("r2", "/outgoing", 300 * kMillisecond, 30, "client");
  put("r2", "/new", 300 * kMillisecond);
  const LatencyResult result = compare();
  EXPECT_EQ(result.compared, 1u);
  EXPECT_THAT(result.slower, IsEmpty());
}

}  // namespace
}  // namespace tripod::insight
