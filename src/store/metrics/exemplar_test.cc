#include "store/metrics/exemplar_store.h"

#include <future>

#include "base/hash.h"
#include "store/metrics/test_support.h"
#include "store/metrics/varint.h"

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

// Of a series that memory knows.
base::Result<MetricAppendSummary> append_alone(MetricStore& store, const OneExemplar& one) {
  std::promise<base::Result<MetricAppendSummary>> told;
  store.append({}, {}, {&one.of_series, 1}, [&](auto result) { told.set_value(std::move(result)); });
  return told.get_future().get();
}

// With a sample of its series.
base::Result<MetricAppendSummary> append(MetricStore& store, const OneExemplar& one) {
  model::Sample sample{one.exemplar.time_ms, 1};
  const model::SeriesSamples of_series{one.of_series.series, {&sample, 1}};
  std::promise<base::Result<MetricAppendSummary>> told;
  store.append({&of_series, 1}, {}, {&one.of_series, 1},
               [&](auto result) { told.set_value(std::move(result)); });
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
  const auto unknown = append_alone(*f.store, OneExemplar("x", "t", 0, 1));
  ASSERT_EQ(unknown->rejections.size(), 1u);
  EXPECT_EQ(unknown->rejections[0].reason, "exemplar_of_unknown_series");
  EXPECT_EQ(exemplars_of(f, "x"), "");
  append(*f.store, OneExemplar("x", "t", 0, 1)).value();
  const auto old = append_alone(*f.store, OneExemplar("x", "t", -91 * 24 * 3600 * 1000LL, 1));
  ASSERT_EQ(old->rejections.size(), 1u);
  EXPECT_EQ(old->rejections[0].reason, "out_of_retention");
  const auto big = append_alone(*f.store, OneExemplar("x", std::string(2000, 't'), 0, 1));
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
  const auto kept = ExemplarStore::lay_out(store.find({}, kAll));
  for (const auto& series : kept) {
    for (const auto& one : series.exemplars) EXPECT_GE(one.value, 900);
  }
  store.drop_older(kTestStartMs + 1000);
  EXPECT_EQ(store.size(), 0u);
  EXPECT_EQ(store.memory(), 0u);
}

TEST(ExemplarStore, BothEndsOfTheRangeAreInIt) {
  ExemplarStore store;
  for (const char* name : {"b", "a"}) {
    for (int64_t ms = 0; ms < 5; ++ms) {
      const OneExemplar one(name, "t" + std::to_string(ms), ms, 1);
      ASSERT_TRUE(store.add(one.of_series.series, one.exemplar));
    }
  }
  const auto found = ExemplarStore::lay_out(store.find({}, {kTestStartMs + 1, kTestStartMs + 3}));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].series[0].second, "a");
  for (const SeriesExemplars& series : found) {
    ASSERT_EQ(series.exemplars.size(), 3u);
    EXPECT_EQ(series.exemplars.front().time_ms, kTestStartMs + 1);
    EXPECT_EQ(series.exemplars.back().time_ms, kTestStartMs + 3);
  }
  EXPECT_TRUE(store.find({}, {kTestStartMs + 5, kTestStartMs + 9}).empty());
  EXPECT_TRUE(store.find({}, {kTestStartMs + 9, kTestStartMs}).empty());
}

TEST(ExemplarStore, ABoundOfMemoryHolds) {
  ExemplarStore store(1000, 20'000);
  for (int i = 0; i < 300; ++i) {
    const OneExemplar one("m" + std::to_string(i % 50), std::string(500, 't'), i, i);
    store.add(one.of_series.series, one.exemplar);
    EXPECT_LE(store.memory(), 20'000u);
  }
  EXPECT_GT(store.size(), 15u);
  const auto kept = ExemplarStore::lay_out(store.find({}, kAll));
  for (const auto& series : kept) EXPECT_GE(series.exemplars[0].value, 250);
}

TEST(ExemplarStore, OfManyAtOneTimeSomeAreKept) {
  ExemplarStore store(80);
  for (int i = 0; i < 100; ++i) {
    const OneExemplar one("m" + std::to_string(i), "t", 5, i);
    store.add(one.of_series.series, one.exemplar);
  }
  EXPECT_GE(store.size(), 70u);
  EXPECT_LE(store.size(), 80u);
}

TEST(ExemplarStore, WhatWasPushedOutIsNotTakenAgain) {
  ExemplarStore store(80);
  for (int i = 0; i < 81; ++i) {
    const OneExemplar one("m" + std::to_string(i), "t", i, i);
    EXPECT_TRUE(store.add(one.of_series.series, one.exemplar));
  }
  const OneExemplar pushed("m0", "t", 0, 0);
  EXPECT_FALSE(store.would_keep(pushed.of_series.series, pushed.exemplar));
  const OneExemplar newer("m0", "t", 90, 0);
  EXPECT_TRUE(store.would_keep(newer.of_series.series, newer.exemplar));
}

TEST(Exemplars, OneThatWasPushedOutIsNotLoggedAgain) {
  StoreFixture f;
  for (int i = 0; i < 40; ++i) append(*f.store, OneExemplar("x", "t" + std::to_string(i), i, i)).value();
  const std::string kept = exemplars_of(f, "x");
  EXPECT_EQ(append_alone(*f.store, OneExemplar("x", "t0", 0, 0))->exemplars, 0u);
  EXPECT_EQ(append_alone(*f.store, OneExemplar("x", "t7", 7, 7))->exemplars, 0u);
  EXPECT_EQ(append_alone(*f.store, OneExemplar("x", "t40", 40, 40))->exemplars, 1u);
  EXPECT_NE(exemplars_of(f, "x"), kept);
}

// The file names records that are lost with the power: exemplars of later ones must not be taken for those.
TEST(Exemplars, NumbersOfLostRecordsAreNotGivenOutAgain) {
  StoreFixture f;
  append(*f.store, OneExemplar("x", "t1", 0, 1)).value();
  f.fs.set_fault_hook([](base::MemFs::Op op, const std::string& path) -> std::optional<base::MemFs::Fault> {
    const bool fails = path.contains("/wal/") ? op == base::MemFs::Op::kSync : path.contains(".chunks");
    if (!fails) return std::nullopt;
    return base::MemFs::Fault{{base::Code::kIo, "disk gone"}, 0};
  });
  EXPECT_FALSE(append(*f.store, OneExemplar("x", "t2", 1, 2)).has_value());
  EXPECT_FALSE(f.store->flush().has_value());
  f.fs.set_fault_hook({});
  f.crash();
  append(*f.store, OneExemplar("x", "t3", 2, 3)).value();
  f.crash();
  EXPECT_TRUE(exemplars_of(f, "x").ends_with("t3@2:3")) << exemplars_of(f, "x");
}

TEST(Exemplars, AFailedWriteAfterADeletionIsMadeGoodByTheNext) {
  StoreFixture f;
  append(*f.store, OneExemplar("x", "t1", 0, 1)).value();
  ASSERT_TRUE(f.store->flush().has_value());
  f.fs.set_fault_hook([](base::MemFs::Op, const std::string& path) -> std::optional<base::MemFs::Fault> {
    if (!path.contains("exemplars")) return std::nullopt;
    return base::MemFs::Fault{{base::Code::kIo, "disk gone"}, 0};
  });
  const std::vector<LabelMatcher> x{{Op::kEqual, "__name__", "x"}};
  EXPECT_FALSE(f.store->delete_series(x, kAll).has_value());
  f.fs.set_fault_hook({});
  EXPECT_TRUE(f.store->delete_series(x, kAll).has_value());
  f.crash();
  EXPECT_EQ(exemplars_of(f, "x"), "");
}

TEST(Exemplars, WithoutSamplesTheyAreCutOffTheLogToo) {
  StoreFixture f;
  append(*f.store, OneExemplar("x", "t1", 0, 1)).value();
  ASSERT_TRUE(f.store->flush().has_value());
  append_alone(*f.store, OneExemplar("x", "t2", 1, 2)).value();
  f.clock.advance(3 * base::kNanosPerHour);
  ASSERT_TRUE(f.store->maintain().has_value());
  EXPECT_TRUE(f.fs.read_all("data/metrics/exemplars")->contains("t2"));
  f.crash();
  EXPECT_EQ(exemplars_of(f, "x"), "t1@0:1 t2@1:2");
}

TEST(Exemplars, OfARefusedBatchAreDurableOnceTheyAreAcknowledged) {
  StoreFixture f;
  append(*f.store, OneExemplar("x", "t1", 0, 1)).value();
  ASSERT_TRUE(f.store->flush().has_value());
  f.fs.set_fault_hook([](base::MemFs::Op op, const std::string& path) -> std::optional<base::MemFs::Fault> {
    if (op != base::MemFs::Op::kAppend) return std::nullopt;
    return base::MemFs::Fault{{base::Code::kResourceExhausted, "write " + path + ": No space left on device"}, 0};
  });
  EXPECT_FALSE(append_alone(*f.store, OneExemplar("x", "t2", 1, 2)).has_value());
  f.fs.set_fault_hook({});
  ASSERT_TRUE(f.store->maintain().has_value());
  append_alone(*f.store, OneExemplar("x", "t2", 1, 2)).value();
  f.crash();
  EXPECT_EQ(exemplars_of(f, "x"), "t1@0:1 t2@1:2");
}

TEST(Exemplars, AreChargedAfterAStart) {
  StoreFixture f;
  for (int s = 0; s < 50; ++s) {
    for (int i = 0; i < 32; ++i)
      append(*f.store, OneExemplar("x" + std::to_string(s), std::string(400, 't'), i, i)).value();
  }
  ASSERT_TRUE(f.store->flush().has_value());
  f.reopen();
  EXPECT_GT(f.budget.used(), size_t{600} << 10);
}

TEST(Exemplars, AFileOfALaterVersionStopsTheStart) {
  std::string bytes = ExemplarStore().encode(1);
  bytes.resize(bytes.size() - 8);
  bytes[8] = 9;
  put_fixed(bytes, base::hash64(bytes));
  ExemplarStore store;
  const auto read = store.decode(bytes);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, base::Code::kUnsupported);
  StoreFixture f;
  f.store.reset();
  ASSERT_TRUE(f.fs.write_atomically("data/metrics/exemplars", bytes).has_value());
  MetricStoreOptions options;
  options.dir = "data/metrics";
  const auto opened = EmbeddedMetricStore::open(f.fs, f.clock, f.budget, f.logger, options);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, base::Code::kUnsupported);
}

}  // namespace
}  // namespace tripod::store::metrics
