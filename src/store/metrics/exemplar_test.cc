#include "store/metrics/exemplar_store.h"

#include <future>

#include "store/metrics/test_support.h"

namespace tripod::store::metrics {
namespace {

using Op = LabelMatcher::Op;

constexpr TimeRangeMs kAll{0, kTestStartMs * 2};

// An exemplar of {__name__=name, instance="a"} and what it points to.
struct OneExemplar {
  OneExemplar(std::string name, std::string trace, int64_t offset_ms, double value)
      : name_(std::move(name)), trace_(std::move(trace)) {
    series_[0] = {"__name__", name_};
    series_[1] = {"instance", "a"};
    label_[0] = {"trace_id", trace_};
    exemplar = {label_, value, kTestStartMs + offset_ms};
    of_series = {series_, {&exemplar, 1}};
  }
  OneExemplar(const OneExemplar&) = delete;
  OneExemplar& operator=(const OneExemplar&) = delete;

  model::Exemplar exemplar;
  model::SeriesExemplars of_series;

 private:
  const std::string name_;
  const std::string trace_;
  model::Label series_[2];
  model::Label label_[1];
};

base::Result<MetricAppendSummary> append(MetricStore& store, const OneExemplar& one) {
  std::promise<base::Result<MetricAppendSummary>> told;
  store.append({}, {}, {&one.of_series, 1}, [&](auto result) { told.set_value(std::move(result)); });
  return told.get_future().get();
}

// "trace@time:value …" of all of the metric.
std::string exemplars_of(StoreFixture& f, const std::string& name, TimeRangeMs range = kAll) {
  const std::vector<LabelMatcher> matchers{{Op::kEqual, "__name__", name}};
  const auto found = f.store->exemplars(matchers, range);
  EXPECT_TRUE(found.has_value());
  std::string out;
  for (const SeriesExemplars& series : found.value()) {
    EXPECT_EQ(series.series, (Labels{{"__name__", name}, {"instance", "a"}}));
    for (const Exemplar& one : series.exemplars) {
      out += (out.empty() ? "" : " ") + one.labels.at(0).second + "@" + std::to_string(one.time_ms - kTestStartMs) + ":" +
             std::to_string(static_cast<int64_t>(one.value));
    }
  }
  return out;
}

TEST(Exemplars, AreKeptOverCrashesAndCuts) {
  StoreFixture f;
  EXPECT_EQ(append(*f.store, OneExemplar("x", "t1", 0, 5))->exemplars, 1u);
  f.crash();
  EXPECT_EQ(exemplars_of(f, "x"), "t1@0:5");
  f.append_ok(TestBatch().add("x", "a", {at(0, 1)}));
  ASSERT_TRUE(f.store->flush().has_value());
  append(*f.store, OneExemplar("x", "t2", 10, 6)).value();
  f.crash();
  EXPECT_EQ(exemplars_of(f, "x"), "t1@0:5 t2@10:6");
  EXPECT_EQ(exemplars_of(f, "x", {kTestStartMs + 1, kTestStartMs + 10}), "t2@10:6");
  EXPECT_EQ(exemplars_of(f, "y"), "");
}

TEST(Exemplars, ARepeatedOneIsStoredOnce) {
  StoreFixture f;
  EXPECT_EQ(append(*f.store, OneExemplar("x", "t1", 0, 5))->exemplars, 1u);
  EXPECT_EQ(append(*f.store, OneExemplar("x", "t1", 0, 5))->exemplars, 0u);
  EXPECT_EQ(exemplars_of(f, "x"), "t1@0:5");
}

TEST(Exemplars, TheNewestOfASeriesAreKept) {
  StoreFixture f;
  for (int i = 0; i < 100; ++i) append(*f.store, OneExemplar("x", "t" + std::to_string(i), i, i)).value();
  const std::string kept = exemplars_of(f, "x");
  EXPECT_TRUE(kept.starts_with("t68@68:68 ")) << kept;
  EXPECT_TRUE(kept.ends_with(" t99@99:99")) << kept;
}

TEST(Exemplars, GoWithTheirSeriesAndStayGone) {
  StoreFixture f;
  append(*f.store, OneExemplar("x", "t1", 0, 5)).value();
  append(*f.store, OneExemplar("y", "t2", 0, 5)).value();
  ASSERT_TRUE(f.store->delete_series(std::vector<LabelMatcher>{{Op::kEqual, "__name__", "x"}}, kAll).has_value());
  EXPECT_EQ(exemplars_of(f, "x"), "");
  f.crash();
  EXPECT_EQ(exemplars_of(f, "x"), "");
  EXPECT_EQ(exemplars_of(f, "y"), "t2@0:5");
  EXPECT_EQ(append(*f.store, OneExemplar("x", "t1", 0, 5))->exemplars, 1u);
  EXPECT_EQ(exemplars_of(f, "x"), "t1@0:5");
}

TEST(Exemplars, BadOnesAreRejectedByName) {
  StoreFixture f;
  const auto old = append(*f.store, OneExemplar("x", "t", -91 * 24 * 3600 * 1000LL, 1));
  ASSERT_EQ(old->rejections.size(), 1u);
  EXPECT_EQ(old->rejections[0].reason, "out_of_retention");
  const auto big = append(*f.store, OneExemplar("x", std::string(2000, 't'), 0, 1));
  ASSERT_EQ(big->rejections.size(), 1u);
  EXPECT_EQ(big->rejections[0].reason, "exemplar_too_long");
  EXPECT_EQ(big->rejections[0].detail, "x{instance=\"a\"}");
}

TEST(ExemplarStore, ABoundOfAllTakesTheOldestAway) {
  ExemplarStore store(80);
  for (int i = 0; i < 1000; ++i) {
    const OneExemplar one("m" + std::to_string(i % 50), "t", i, i);
    store.add(one.of_series.series, one.exemplar);
    EXPECT_LE(store.size(), 80u);
  }
  const auto kept = store.select({}, kAll);
  for (const auto& series : kept) {
    for (const auto& one : series.exemplars) EXPECT_GE(one.value, 900);
  }
  store.drop_older(kTestStartMs + 1000);
  EXPECT_EQ(store.size(), 0u);
  EXPECT_EQ(store.memory(), 0u);
}

}  // namespace
}  // namespace tripod::store::metrics
