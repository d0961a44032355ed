#include "base/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <thread>

namespace tripod::base {
namespace {

TEST(MetricRegistry, ExposesTheTextFormat) {
  MetricRegistry registry;
  registry.counter("tripod_b_total", "Bytes.\nSecond \\ line.", {{"path", "a\"b\\c\nd"}}).add(3);
  registry.counter("tripod_b_total", "ignored", {{"path", "x"}, {"code", "200"}});
  registry.gauge("tripod_a", "A gauge.", {}, [] { return 0.5; });
  registry.gauge("tripod_inf", "I.", {{"n", "1"}}, [] { return -INFINITY; });
  registry.gauge("tripod_inf", "I.", {{"n", "2"}}, [] { return std::nan(""); });
  EXPECT_EQ(registry.expose(),
            "# HELP tripod_a A gauge.\n"
            "# TYPE tripod_a gauge\n"
            "tripod_a 0.5\n"
            "# HELP tripod_b_total Bytes.\\nSecond \\\\ line.\n"
            "# TYPE tripod_b_total counter\n"
            "tripod_b_total{path=\"a\\\"b\\\\c\\nd\"} 3\n"
            "tripod_b_total{path=\"x\",code=\"200\"} 0\n"
            "# HELP tripod_inf I.\n"
            "# TYPE tripod_inf gauge\n"
            "tripod_inf{n=\"1\"} -Inf\n"
            "tripod_inf{n=\"2\"} NaN\n");
}

TEST(MetricRegistry, SameLabelsAreTheSameSeries) {
  MetricRegistry registry;
  Counter& first = registry.counter("c", "", {{"a", "1"}});
  for (int i = 0; i < 1000; ++i) registry.counter("c", "", {{"b", std::to_string(i)}});
  EXPECT_EQ(&registry.counter("c", "", {{"a", "1"}}), &first);
  first.add();
  first.add(4);
  const auto values = registry.counters("c");
  ASSERT_EQ(values.size(), 1001u);
  EXPECT_EQ(values[0].family, "c");
  EXPECT_EQ(values[0].labels, (MetricLabels{{"a", "1"}}));
  EXPECT_EQ(values[0].value, 5u);
  EXPECT_TRUE(registry.counters("none").empty());
}

TEST(MetricRegistry, LaterGaugeReplacesTheEarlier) {
  MetricRegistry registry;
  registry.gauge("g", "G.", {}, [] { return 1.0; });
  registry.gauge("g", "G.", {}, [] { return 2.0; });
  EXPECT_EQ(registry.expose(), "# HELP g G.\n# TYPE g gauge\ng 2\n");
}

TEST(MetricRegistry, ARemovedGaugeIsGoneAndMayComeAgain) {
  MetricRegistry registry;
  registry.gauge("g", "", {{"of", "a"}}, [] { return 1; });
  registry.gauge("g", "", {{"of", "b"}}, [] { return 2; });
  registry.remove_gauge("g", {{"of", "a"}});
  registry.remove_gauge("g", {{"of", "a"}});
  registry.remove_gauge("nobody", {});
  EXPECT_EQ(registry.expose(), "# HELP g \n# TYPE g gauge\ng{of=\"b\"} 2\n");
  registry.gauge("g", "", {{"of", "a"}}, [] { return 3; });
  EXPECT_EQ(registry.expose(), "# HELP g \n# TYPE g gauge\ng{of=\"b\"} 2\ng{of=\"a\"} 3\n");
}

TEST(MetricRegistry, AGaugeMayUseTheRegistry) {
  MetricRegistry registry;
  registry.gauge("g", "G.", {}, [&] { return static_cast<double>(registry.counters("c").size()); });
  registry.counter("c", "C.");
  EXPECT_NE(registry.expose().find("\ng 1\n"), std::string::npos);
}

TEST(MetricRegistryDeathTest, AFamilyIsOneKind) {
  MetricRegistry registry;
  registry.counter("c", "");
  EXPECT_DEATH(registry.gauge("c", "", {}, [] { return 0.0; }), "check failed");
}

TEST(MetricRegistry, CountsFromManyThreads) {
  MetricRegistry registry;
  {
    std::deque<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) {
          registry.counter("c", "", {{"n", std::to_string(i % 7)}}).add();
          if (i % 100 == 0) (void)registry.expose();
        }
      });
    }
  }
  uint64_t total = 0;
  for (const auto& counter : registry.counters("c")) total += counter.value;
  EXPECT_EQ(total, 4000u);
}

}  // namespace
}  // namespace tripod::base
