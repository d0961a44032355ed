#include "scrape/process_hops.h"

#include <gtest/gtest.h>

#include <list>
#include <vector>

namespace tripod::scrape {
namespace {

const std::vector<model::MetricMetadata> kFamilies{{"http_requests_total", model::MetricType::kCounter, {}, {}}};

class Page {
 public:
  explicit Page(double requests, std::optional<double> start = {}) {
    add("http_requests_total", requests);
    if (start) add("process_start_time_seconds", *start);
  }
  std::span<const model::SeriesSamples> series() const { return series_; }

 private:
  void add(std::string_view name, double value) {
    labels_.push_back({{"__name__", name}});
    samples_.push_back({{0, value}});
    series_.push_back({labels_.back(), samples_.back()});
  }
  std::list<std::vector<model::Label>> labels_;
  std::list<std::vector<model::Sample>> samples_;
  std::vector<model::SeriesSamples> series_;
};

TEST(ProcessHops, AStartTimeThatComesBackIsAnotherProcess) {
  ProcessHops hops;
  for (const double start : {100.0, 200.0, 300.0}) hops.saw(Page(1, start).series(), kFamilies);  // restarted twice
  EXPECT_FALSE(hops.found());
  hops.saw(Page(1, 200.0).series(), kFamilies);
  EXPECT_TRUE(hops.found());
  // Configured well now, and restarted for it.
  for (int i = 0; i < 50; ++i) hops.saw(Page(1, 400.0).series(), kFamilies);
  EXPECT_FALSE(hops.found());
}

TEST(ProcessHops, CountersThatGoBackAgainAndAgain) {
  ProcessHops restarted;
  for (const double requests : {10, 20, 5, 10, 20, 30, 2, 10, 20, 30, 40}) restarted.saw(Page(requests).series(), kFamilies);
  EXPECT_FALSE(restarted.found());
  ProcessHops workers;
  for (const double requests : {100, 40, 101, 42, 43, 105, 44}) workers.saw(Page(requests).series(), kFamilies);
  EXPECT_TRUE(workers.found());
  // What is named like a counter and is a gauge may fall as it likes.
  ProcessHops gauges;
  const std::vector<model::MetricMetadata> gauge{{"http_requests_total", model::MetricType::kGauge, {}, {}}};
  for (const double threads : {100, 40, 101, 42, 43, 105, 44}) gauges.saw(Page(threads).series(), gauge);
  EXPECT_FALSE(gauges.found());
}

}  // namespace
}  // namespace tripod::scrape
