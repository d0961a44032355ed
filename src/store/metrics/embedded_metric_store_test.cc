#include "store/metrics/embedded_metric_store.h"

#include "store/metrics/test_support.h"

namespace tripod::store::metrics {
namespace {

using Op = LabelMatcher::Op;
using testing::ElementsAre;

TEST(EmbeddedMetricStore, AppendedSamplesAreSelected) {
  StoreFixture f;
  const auto summary = f.append_ok(TestBatch()
                                       .add("up", "a", {at(0, 1), at(15000, 1)})
                                       .add("up", "b", {at(0, 0)})
                                       .add("down", "a", {at(0, 7)}));
  EXPECT_EQ(summary.accepted, 4u);
  const auto found = f.select({{Op::kEqual, "__name__", "up"}});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].labels, (Labels{{"__name__", "up"}, {"instance", "a"}}));
  ASSERT_EQ(found[0].samples.size(), 2u);
  EXPECT_EQ(found[0].samples[1].time_ms, kTestStartMs + 15000);
  EXPECT_EQ(found[1].labels[1].second, "b");
  EXPECT_EQ(f.samples("down"), "0:7");
}

TEST(EmbeddedMetricStore, RangeIsInclusiveAtBothEnds) {
  StoreFixture f;
  f.append_ok(TestBatch().add("up", "a", {at(0, 1), at(1, 2), at(2, 3), at(3, 4)}));
  EXPECT_EQ(f.samples("up", {kTestStartMs + 1, kTestStartMs + 2}), "1:2 2:3");
  EXPECT_EQ(f.samples("up", {kTestStartMs + 4, kTestStartMs + 9}), "0 series");
}

TEST(EmbeddedMetricStore, AcknowledgedSamplesSurvivePowerLoss) {
  StoreFixture f;
  for (int i = 0; i < 300; ++i) {
    f.append_ok(TestBatch().add("up", "a", {at(i * 1000, i)}));
  }
  const std::string before = f.samples("up");
  f.crash();
  EXPECT_EQ(f.samples("up"), before);
  f.append_ok(TestBatch().add("up", "a", {at(300'000, 300)}));
  f.crash(3);
  EXPECT_EQ(f.samples("up"), before + " 300000:300");
}

TEST(EmbeddedMetricStore, AnUnfinishedWriteIsToldWithoutAlarm) {
  using Level = base::Logger::Level;
  StoreFixture f;
  f.append_ok(TestBatch().add("up", "a", {at(0, 1)}));
  f.store.reset();
  const std::string segment = "data/metrics/wal/" + f.fs.list("data/metrics/wal")->back();
  ASSERT_TRUE((*f.fs.open_append(segment, base::Fs::Open::kAppend))->append("half a record"));
  f.open();
  EXPECT_EQ(f.samples("up"), "0:1");
  EXPECT_EQ(f.logger.count(Level::kInfo, "metrics_wal_tail_cut_off"), 1u);
  EXPECT_EQ(f.logger.count(Level::kError, "metrics_wal_damaged"), 0u);
  EXPECT_TRUE(f.store->warnings().empty());
}

TEST(EmbeddedMetricStore, DuplicatesAndConflictsAreTold) {
  StoreFixture f;
  f.append_ok(TestBatch().add("up", "a", {at(0, 1), at(1000, 2)}));
  const auto again = f.append_ok(
      TestBatch().add("up", "a", {at(0, 1), at(1000, 2), at(1000, 3), at(0, 9), at(2000, 4)}));
  EXPECT_EQ(again.accepted, 1u);
  EXPECT_EQ(again.duplicates, 2u);
  ASSERT_EQ(again.rejections.size(), 1u);
  EXPECT_EQ(again.rejections[0].reason, "duplicate_timestamp_different_value");
  EXPECT_EQ(again.rejections[0].detail, "up{instance=\"a\"}");
  EXPECT_EQ(again.rejections[0].count, 2u);
  EXPECT_EQ(f.samples("up"), "0:1 1000:2 2000:4");
}

TEST(EmbeddedMetricStore, StaleMarkerIsKeptBitByBit) {
  StoreFixture f;
  f.append_ok(TestBatch().add("up", "a", {at(0, 1), at(1000, model::stale_marker())}));
  EXPECT_EQ(f.samples("up"), "0:1 1000:stale");
  f.crash();
  EXPECT_EQ(f.samples("up"), "0:1 1000:stale");
  ASSERT_TRUE(f.store->flush().has_value());
  EXPECT_EQ(f.samples("up"), "0:1 1000:stale");
}

TEST(EmbeddedMetricStore, OutOfOrderSamplesAreTakenAndOrdered) {
  StoreFixture f;
  f.append_ok(TestBatch().add("up", "a", {at(10'000, 10)}));
  f.append_ok(TestBatch().add("up", "a", {at(4000, 4), at(2000, 2), at(8000, 8)}));
  const auto again = f.append_ok(TestBatch().add("up", "a", {at(4000, 4), at(2000, 5)}));
  EXPECT_EQ(again.duplicates, 1u);
  EXPECT_EQ(again.rejections.size(), 1u);
  EXPECT_EQ(f.samples("up"), "2000:2 4000:4 8000:8 10000:10");
  f.crash();
  EXPECT_EQ(f.samples("up"), "2000:2 4000:4 8000:8 10000:10");
  ASSERT_TRUE(f.store->flush().has_value());
  f.append_ok(TestBatch().add("up", "a", {at(3000, 3), at(11'000, 11)}));
  EXPECT_EQ(f.samples("up"), "2000:2 3000:3 4000:4 8000:8 10000:10 11000:11");
}

TEST(EmbeddedMetricStore, ManyOutOfOrderSamplesInReverse) {
  StoreFixture f;
  for (int i = 1000; i > 0; --i) f.append_ok(TestBatch().add("up", "a", {at(i * 10, i)}));
  auto found = f.select({{Op::kEqual, "__name__", "up"}});
  ASSERT_EQ(found.size(), 1u);
  ASSERT_EQ(found[0].samples.size(), 1000u);
  for (size_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(found[0].samples[i].value, static_cast<double>(i + 1));
  }
}

TEST(EmbeddedMetricStore, SamplesOutsideOfRetentionAreRejectedByName) {
  StoreFixture f;
  const auto summary = f.append_ok(
      TestBatch().add("up", "a", {at(-91 * 24 * 3600 * 1000LL, 1), at(0, 2), at(3600 * 1000, 3)}));
  EXPECT_EQ(summary.accepted, 1u);
  ASSERT_EQ(summary.rejections.size(), 2u);
  EXPECT_EQ(summary.rejections[0].reason, "out_of_retention");
  EXPECT_EQ(summary.rejections[1].reason, "timestamp_in_future");
  EXPECT_EQ(f.samples("up"), "0:2");
}

TEST(EmbeddedMetricStore, BadLabelsAreRejectedByName) {
  StoreFixture f;
  const auto summary = f.append_ok(TestBatch()
                                       .add({{"instance", "a"}}, {at(0, 1)})
                                       .add({{"a", "1"}, {"__name__", "x"}}, {at(0, 1)})
                                       .add({{"__name__", "x"}, {"a", ""}}, {at(0, 1)})
                                       .add("good", "a", {at(0, 1)}));
  EXPECT_EQ(summary.accepted, 1u);
  ASSERT_EQ(summary.rejections.size(), 3u);
  EXPECT_EQ(summary.rejections[0].reason, "missing_metric_name");
  EXPECT_EQ(summary.rejections[1].reason, "labels_not_sorted");
  EXPECT_EQ(summary.rejections[2].reason, "empty_label");
}

TEST(EmbeddedMetricStore, SeriesOverTheLimitAreRejectedAndTheRestKept) {
  MetricStoreOptions options;
  options.max_series = 2;
  StoreFixture f(options);
  const auto summary = f.append_ok(TestBatch()
                                       .add("up", "a", {at(0, 1)})
                                       .add("up", "b", {at(0, 1)})
                                       .add("up", "c", {at(0, 1), at(1, 1)})
                                       .add("up", "a", {at(1, 1)}));
  EXPECT_EQ(summary.accepted, 3u);
  ASSERT_EQ(summary.rejections.size(), 1u);
  EXPECT_EQ(summary.rejections[0].reason, "too_many_series");
  EXPECT_EQ(summary.rejections[0].count, 2u);
}

TEST(EmbeddedMetricStore, AppendIsRefusedWhenTheBudgetIsUsedUp) {
  StoreFixture f;
  const auto all = f.budget.charge(f.budget.limit());
  const auto refused = append(*f.store, TestBatch().add("up", "a", {at(0, 1)}));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, base::Code::kResourceExhausted);
  EXPECT_EQ(f.samples("up"), "0 series");
}

TEST(EmbeddedMetricStore, AFailedSyncIsToldAndNothingLaterIsAcknowledged) {
  StoreFixture f;
  f.append_ok(TestBatch().add("up", "a", {at(0, 1)}));
  f.fs.set_fault_hook(
      [](base::MemFs::Op op, const std::string&) -> std::optional<base::MemFs::Fault> {
        if (op != base::MemFs::Op::kSync) return std::nullopt;
        return base::MemFs::Fault{{base::Code::kIo, "disk gone"}, 0};
      });
  EXPECT_FALSE(append(*f.store, TestBatch().add("up", "a", {at(1000, 2)})).has_value());
  f.fs.set_fault_hook({});
  EXPECT_FALSE(append(*f.store, TestBatch().add("up", "a", {at(2000, 3)})).has_value());
  f.crash();
  EXPECT_EQ(f.samples("up"), "0:1");
}

TEST(EmbeddedMetricStore, SelectLimitsAreErrors) {
  StoreFixture f;
  f.append_ok(TestBatch().add("up", "a", {at(0, 1), at(1, 1)}).add("up", "b", {at(0, 1)}));
  const std::vector<LabelMatcher> all{{Op::kEqual, "__name__", "up"}};
  auto code = [&](SelectLimits limits) {
    auto result = f.store->select(all, {0, kTestStartMs * 2}, limits);
    return result ? std::string("ok") : std::string(base::code_name(result.error().code));
  };
  EXPECT_EQ(code({2, 3}), "ok");
  EXPECT_EQ(code({1, 0}), "resource_exhausted");
  EXPECT_EQ(code({0, 2}), "resource_exhausted");
}

TEST(EmbeddedMetricStore, RefusedSeriesBeyondTheFirstAreCountedTogether) {
  StoreFixture f;
  TestBatch batch;
  for (int i = 0; i < 50; ++i) batch.add("up", std::to_string(100 + i), {at(3'600'000, 1), at(3'600'001, 1)});
  const auto rejections = f.append_ok(batch).rejections;
  ASSERT_EQ(rejections.size(), 21u);
  EXPECT_EQ(rejections[19].detail, "up{instance=\"119\"}");
  EXPECT_EQ(rejections[19].count, 2u);
  EXPECT_EQ(rejections[20].detail, "others");
  EXPECT_EQ(rejections[20].count, 60u);
}

TEST(EmbeddedMetricStore, LabelsOfHeadAndBlocks) {
  StoreFixture f;
  f.append_ok(TestBatch().add({{"__name__", "old"}, {"env", "prod"}}, {at(0, 1)}));
  ASSERT_TRUE(f.store->flush().has_value());
  f.append_ok(TestBatch().add("up", "a", {at(60'000, 1)}).add("up", "b", {at(60'000, 1)}));
  const TimeRangeMs all{0, kTestStartMs * 2};
  const TimeRangeMs later{kTestStartMs + 1000, kTestStartMs * 2};
  EXPECT_THAT(f.store->label_names({}, all).value(), ElementsAre("__name__", "env", "instance"));
  EXPECT_THAT(f.store->label_names({}, later).value(), ElementsAre("__name__", "instance"));
  EXPECT_THAT(f.store->label_values("__name__", {}, all).value(), ElementsAre("old", "up"));
  EXPECT_THAT(f.store->label_values("__name__", {}, later).value(), ElementsAre("up"));
  const std::vector<LabelMatcher> b{{Op::kEqual, "instance", "b"}};
  EXPECT_THAT(f.store->label_values("instance", b, all).value(), ElementsAre("b"));
  EXPECT_THAT(f.store->label_names(b, all).value(), ElementsAre("__name__", "instance"));
  EXPECT_THAT(f.store->series(b, all).value(),
              ElementsAre(Labels{{"__name__", "up"}, {"instance", "b"}}));
  EXPECT_TRUE(f.store->label_values("nope", {}, all).value().empty());
}

TEST(EmbeddedMetricStore, TellsWhetherOneSeriesHasSamplesFromATimeOn) {
  StoreFixture f;
  const auto has = [&](std::initializer_list<model::Label> labels, int minute) {
    const auto found = f.store->has_sample_since(std::vector<model::Label>(labels), at(minute, 0).time_ms);
    EXPECT_TRUE(found.has_value());
    return found && *found;
  };
  const auto check = [&] {
    EXPECT_TRUE(has({{"__name__", "up"}, {"job", "a"}}, 5));
    EXPECT_FALSE(has({{"__name__", "up"}, {"job", "a"}}, 6));
    EXPECT_FALSE(has({{"__name__", "up"}}, 0)) << "a series with more labels is another";
    EXPECT_FALSE(has({{"__name__", "up"}, {"job", "b"}}, 0));
  };
  f.append_ok(TestBatch().add({{"__name__", "up"}, {"job", "a"}}, {at(0, 1), at(5, 1)}).add({{"__name__", "down"}, {"job", "a"}}, {at(9, 1)}));
  check();
  ASSERT_TRUE(f.store->flush().has_value());
  check();
}

TEST(EmbeddedMetricStore, LabelSetsOfManyBlocksAreThereOnceAndSorted) {
  StoreFixture f;
  constexpr int kSeries = 3000;
  for (int block = 0; block < 4; ++block) {
    TestBatch batch;
    for (int i = 0; i < kSeries; ++i) batch.add({{"__name__", "m"}, {"n", std::to_string(i)}}, {at(block, 1)});
    f.append_ok(batch);
    if (block < 3) {
      ASSERT_TRUE(f.store->flush().has_value());
    }
  }
  const std::vector<LabelMatcher> all{{LabelMatcher::Op::kEqual, "__name__", "m"}};
  const auto found = f.store->series(all, {at(0, 0).time_ms, at(9, 0).time_ms});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->size(), size_t{kSeries});
  EXPECT_TRUE(std::ranges::is_sorted(*found));
}

TEST(EmbeddedMetricStore, MetadataSurvivesRestartsAndCuts) {
  StoreFixture f;
  TestBatch batch;
  batch.add("up", "a", {at(0, 1)});
  batch.metadata.push_back({"http_requests", model::MetricType::kCounter, "Requests.", ""});
  f.append_ok(batch);
  f.crash();
  ASSERT_EQ(f.store->metadata().size(), 1u);
  ASSERT_TRUE(f.store->flush().has_value());
  f.crash();
  const auto metadata = f.store->metadata();
  ASSERT_EQ(metadata.size(), 1u);
  EXPECT_EQ(metadata[0].family, "http_requests");
  EXPECT_EQ(metadata[0].type, model::MetricType::kCounter);
  EXPECT_EQ(metadata[0].help, "Requests.");
}

}  // namespace
}  // namespace tripod::store::metrics
