// Series deleted by a query or by a rule of retention, over restarts, crashes and merges.
#include "base/hash.h"
#include "store/metrics/block_check.h"
#include "store/metrics/test_support.h"
#include "store/metrics/varint.h"

namespace tripod::store::metrics {
namespace {

using Op = LabelMatcher::Op;
using testing::ElementsAre;

constexpr TimeRangeMs kAll{0, kTestStartMs * 2};

std::vector<LabelMatcher> named(const std::string& name) { return {{Op::kEqual, "__name__", name}}; }

uint64_t delete_ok(StoreFixture& f, const std::vector<LabelMatcher>& matchers, TimeRangeMs range = kAll) {
  auto deleted = f.store->delete_series(matchers, range);
  EXPECT_TRUE(deleted.has_value()) << deleted.error().message;
  return deleted.value_or(0);
}

TEST(DeleteSeries, GoesAtOnceFromMemoryAndBlocksAndStaysGone) {
  StoreFixture f;
  f.append_ok(TestBatch().add("up", "a", {at(0, 1)}).add("down", "a", {at(0, 5)}));
  ASSERT_TRUE(f.store->flush().has_value());
  f.append_ok(TestBatch().add("up", "a", {at(1000, 2)}).add("down", "a", {at(1000, 6)}));
  EXPECT_EQ(delete_ok(f, named("up")), 2u);
  EXPECT_EQ(f.samples("up"), "0 series");
  EXPECT_EQ(f.samples("down"), "0:5 1000:6");
  EXPECT_THAT(f.store->label_values("__name__", {}, kAll).value(), ElementsAre("down"));
  EXPECT_TRUE(f.store->series(named("up"), kAll).value().empty());
  f.crash();
  EXPECT_EQ(f.samples("up"), "0 series");
  EXPECT_EQ(f.samples("down"), "0:5 1000:6");
  EXPECT_EQ(delete_ok(f, named("up")), 0u);
}

TEST(DeleteSeries, TheSameTimesCanBeWrittenAgain) {
  StoreFixture f;
  f.append_ok(TestBatch().add("up", "a", {at(0, 1), at(1000, 2)}));
  delete_ok(f, named("up"));
  const auto again = f.append_ok(TestBatch().add("up", "a", {at(0, 7), at(1000, 2)}));
  EXPECT_EQ(again.accepted, 2u);
  EXPECT_EQ(again.duplicates, 0u);
  EXPECT_EQ(f.samples("up"), "0:7 1000:2");
  f.crash();
  EXPECT_EQ(f.samples("up"), "0:7 1000:2");
  ASSERT_TRUE(f.store->flush().has_value());
  ASSERT_TRUE(f.store->maintain().has_value());
  EXPECT_EQ(f.samples("up"), "0:7 1000:2");
  f.reopen();
  EXPECT_EQ(f.samples("up"), "0:7 1000:2");
}

TEST(DeleteSeries, OnlyTheRangeGoes) {
  StoreFixture f;
  f.append_ok(TestBatch().add("up", "a", {at(0, 1), at(1000, 2), at(2000, 3), at(3000, 4)}));
  EXPECT_EQ(delete_ok(f, named("up"), {kTestStartMs + 1000, kTestStartMs + 2000}), 1u);
  EXPECT_EQ(f.samples("up"), "0:1 3000:4");
  ASSERT_TRUE(f.store->maintain().has_value());
  EXPECT_EQ(f.samples("up"), "0:1 3000:4");
  EXPECT_EQ(f.store->stats().samples, 2u);
}

TEST(DeleteSeries, RoomIsFreedAndTheLogDoesNotBringThemBack) {
  StoreFixture f;
  for (int i = 0; i < 500; ++i) f.append_ok(TestBatch().add("up", std::to_string(i), {at(0, i)}));
  delete_ok(f, named("up"));
  const uint64_t before = f.store->stats().bytes_on_disk;
  ASSERT_TRUE(f.store->maintain().has_value());
  EXPECT_LT(f.store->stats().bytes_on_disk, before);
  EXPECT_EQ(f.store->stats().samples, 0u);
  // Of a block that everything was deleted of remains what it says of the log.
  for (int i = 0; i < 2; ++i) {
    f.crash();
    ASSERT_TRUE(f.store->maintain().has_value());
    EXPECT_EQ(f.samples("up"), "0 series");
    EXPECT_EQ(f.store->stats().samples, 0u);
  }
  f.append_ok(TestBatch().add("up", "a", {at(0, 1)}));
  EXPECT_EQ(f.samples("up"), "0:1");
}

TEST(DeleteSeries, EmptiedBlocksMergeWithOthers) {
  StoreFixture f;
  for (int i = 0; i < 8; ++i) {
    f.append_ok(TestBatch().add("up", "a", {at(i, i)}).add(i == 0 ? "other" : "up", "b", {at(i, i)}));
    ASSERT_TRUE(f.store->flush().has_value());
    if (i == 3) delete_ok(f, named("up"));
    ASSERT_TRUE(f.store->maintain().has_value());
  }
  EXPECT_EQ(f.samples("other"), "0:0");
  EXPECT_EQ(f.select({{Op::kEqual, "instance", "a"}})[0].samples.size(), 4u);
  f.reopen();
  EXPECT_EQ(f.select({{Op::kEqual, "instance", "a"}})[0].samples.size(), 4u);
}

TEST(DeleteSeries, AFailedWriteIsToldAndCanBeTriedAgain) {
  StoreFixture f;
  f.append_ok(TestBatch().add("up", "a", {at(0, 1)}));
  ASSERT_TRUE(f.store->flush().has_value());
  f.fs.set_fault_hook([](base::MemFs::Op, const std::string& path) -> std::optional<base::MemFs::Fault> {
    if (!path.contains("tombstones")) return std::nullopt;
    return base::MemFs::Fault{{base::Code::kIo, "disk gone"}, 0};
  });
  EXPECT_FALSE(f.store->delete_series(named("up"), kAll).has_value());
  f.fs.set_fault_hook({});
  EXPECT_EQ(f.samples("up"), "0:1");
  EXPECT_EQ(delete_ok(f, named("up")), 1u);
  EXPECT_EQ(f.samples("up"), "0 series");
}

TEST(DeleteSeries, ADamagedListSetsItsBlockAside) {
  StoreFixture f;
  f.append_ok(TestBatch().add("up", "a", {at(0, 1)}).add("down", "a", {at(0, 1)}));
  delete_ok(f, named("up"));
  f.append_ok(TestBatch().add("later", "a", {at(1, 1)}));
  ASSERT_TRUE(f.store->flush().has_value());
  f.store.reset();
  const std::string path = "data/metrics/blocks/0000000000000001.tombstones";
  std::string bytes = f.fs.read_all(path).value();
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
  ASSERT_TRUE(f.fs.write_atomically(path, bytes).has_value());
  f.open();
  EXPECT_EQ(f.samples("up"), "0 series");
  EXPECT_EQ(f.samples("later"), "1:1");
  EXPECT_EQ(f.store->warnings().size(), 1u);
  EXPECT_TRUE(f.fs.exists(path + ".damaged"));
}

// The log holds what memory refused as a repeat: no start may take it for new.
TEST(DeleteSeries, RepeatsInTheLogDoNotComeBack) {
  for (const double again : {1.0, 2.0}) {
    StoreFixture f;
    f.append_ok(TestBatch().add("up", "a", {at(0, 1)}));
    ASSERT_TRUE(f.store->flush().has_value());
    f.append_ok(TestBatch().add("up", "a", {at(0, again)}));
    EXPECT_EQ(delete_ok(f, named("up")), 1u);
    f.crash();
    EXPECT_EQ(f.samples("up"), "0 series");
  }
}

TEST(DeleteSeries, RepeatsInTheLogDoNotComeBackAfterAFailedCut) {
  StoreFixture f;
  f.append_ok(TestBatch().add("up", "a", {at(0, 1)}));
  ASSERT_TRUE(f.store->flush().has_value());
  f.append_ok(TestBatch().add("up", "a", {at(0, 1)}).add("down", "a", {at(0, 1)}));
  f.fs.set_fault_hook([](base::MemFs::Op, const std::string& path) -> std::optional<base::MemFs::Fault> {
    if (!path.contains(".chunks")) return std::nullopt;
    return base::MemFs::Fault{{base::Code::kIo, "disk gone"}, 0};
  });
  EXPECT_FALSE(f.store->flush().has_value());
  f.fs.set_fault_hook({});
  delete_ok(f, named("up"));
  f.crash();
  EXPECT_EQ(f.samples("up"), "0 series");
  EXPECT_EQ(f.samples("down"), "0:1");
}

TEST(DeleteSeries, TheSameTimeCanBeWrittenAgainBesideLateSamples) {
  StoreFixture f;
  f.append_ok(TestBatch().add("up", "a", {at(100, 1)}));
  ASSERT_TRUE(f.store->flush().has_value());
  f.append_ok(TestBatch().add("up", "a", {at(50, 5)}));
  EXPECT_EQ(delete_ok(f, named("up"), {kTestStartMs + 90, kTestStartMs + 110}), 1u);
  EXPECT_EQ(f.append_ok(TestBatch().add("up", "a", {at(100, 1)})).accepted, 1u);
  EXPECT_EQ(f.samples("up"), "50:5 100:1");
  f.crash();
  EXPECT_EQ(f.samples("up"), "50:5 100:1");
}

// A late sample that comes in while a deletion is under way.
TEST(Head, ADeletedLastSampleIsNotComparedWith) {
  Head head;
  const model::Label label{"__name__", "up"};
  Series& series = head.find_or_create({&label, 1});
  head.add(series, at(100, 1));
  (void)head.freeze();
  head.drop_frozen();
  head.add(series, at(50, 5));
  const uint32_t number = 0;
  head.forget_deleted({&number, 1}, kTestStartMs + 90, kTestStartMs + 110);
  EXPECT_EQ(head.add(series, at(100, 1)), AddOutcome::kAccepted);
  EXPECT_EQ(head.add(series, at(100, 1)), AddOutcome::kDuplicate);
  EXPECT_EQ(head.add(series, at(110, 2)), AddOutcome::kAccepted);
  EXPECT_EQ(head.add(series, at(110, 3)), AddOutcome::kConflict);
  EXPECT_EQ(head.add(series, at(100, 1)), AddOutcome::kDuplicate);
}

TEST(DeleteSeries, DoesNotComeBackWhenTheNewestBlockIsDropped) {
  StoreFixture f;
  f.append_ok(TestBatch().add("up", "a", {at(0, 1)}).add("down", "a", {at(0, 1)}));
  delete_ok(f, named("up"));
  EXPECT_GT(f.store->drop_oldest(), 0u);
  f.crash();
  EXPECT_EQ(f.samples("up"), "0 series");
  EXPECT_EQ(f.samples("down"), "0 series");
}

TEST(DeleteSeries, DoesNotComeBackWhenTheNewestBlockIsDamaged) {
  for (const char* suffix : {".tombstones", ".meta", ".index"}) {
    SCOPED_TRACE(suffix);
    StoreFixture f;
    f.append_ok(TestBatch().add("up", "a", {at(0, 1)}));
    delete_ok(f, named("up"));
    f.store.reset();
    f.fs.flip_bit(std::string("data/metrics/blocks/0000000000000001") + suffix, 20);
    f.open();
    EXPECT_EQ(f.store->warnings().size(), 1u);
    EXPECT_EQ(f.samples("up"), "0 series");
  }
}

TEST(Retention, WhatWasDroppedDoesNotComeBackFromTheLog) {
  StoreFixture f;
  f.append_ok(TestBatch().add("up", "a", {at(0, 1)}));
  ASSERT_TRUE(f.store->flush().has_value());
  f.store->set_retention(INT64_MAX, 1);
  ASSERT_TRUE(f.store->maintain().has_value());
  EXPECT_EQ(f.samples("up"), "0 series");
  f.crash();
  EXPECT_EQ(f.samples("up"), "0 series");
  f.append_ok(TestBatch().add("up", "a", {at(1, 2)}));
  f.crash();
  EXPECT_EQ(f.samples("up"), "1:2");
}

TEST(BlockPosition, ADamagedOneIsToldAndALaterVersionStopsTheStart) {
  StoreFixture f;
  f.append_ok(TestBatch().add("up", "a", {at(0, 1)}));
  delete_ok(f, named("up"));
  f.append_ok(TestBatch().add("down", "a", {at(0, 1)}));
  f.store.reset();
  EXPECT_TRUE(check_blocks(f.fs, "data/metrics/blocks")->damage.empty());
  f.fs.flip_bit("data/metrics/blocks/position", 14);
  EXPECT_EQ(check_blocks(f.fs, "data/metrics/blocks")->damage.size(), 1u);
  f.open();
  EXPECT_EQ(f.store->warnings().size(), 1u);
  EXPECT_EQ(f.samples("down"), "0:1");
  f.store.reset();
  std::string later("TRPMPOS1\x02\0\0\0\0\0\0\0\0\0\0\0", 20);
  put_fixed(later, base::hash64(later));
  ASSERT_TRUE(f.fs.write_atomically("data/metrics/blocks/position", later).has_value());
  MetricStoreOptions options;
  options.dir = "data/metrics";
  const auto opened = EmbeddedMetricStore::open(f.fs, f.clock, f.budget, f.logger, options);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, base::Code::kUnsupported);
}

// A block that there is no memory to write anew keeps no others from being merged.
TEST(DeleteSeries, OtherBlocksMergeBeforeThoseOfADeletion) {
  StoreFixture f;
  TestBatch many;
  for (int i = 0; i < 500; ++i) many.add("up", std::to_string(i), {at(0, i)});
  f.append_ok(many.add("down", "a", {at(0, 1)}));
  ASSERT_TRUE(f.store->flush().has_value());
  delete_ok(f, named("down"));
  for (int i = 0; i < 4; ++i) {
    f.append_ok(TestBatch().add("up", "a", {at(1 + i, i)}));
    ASSERT_TRUE(f.store->flush().has_value());
  }
  {
    // Room for the indexes of small blocks only.
    const auto hog = f.budget.try_charge(f.budget.limit() - f.budget.used() - (size_t{20} << 10));
    ASSERT_TRUE(hog);
    f.store->set_retention(INT64_MAX, 0);
    ASSERT_TRUE(f.store->maintain().has_value());
    EXPECT_EQ(f.store->stats().blocks, 2u);
  }
  ASSERT_TRUE(f.store->maintain().has_value());
  EXPECT_EQ(f.samples("down"), "0 series");
}

TEST(RetentionRules, SeriesThatMatchGoEarlierThanOthers) {
  StoreFixture f;
  ASSERT_TRUE(f.store->set_retention_rules({{named("debug"), base::kNanosPerHour}}).has_value());
  f.append_ok(TestBatch().add("debug", "a", {at(0, 1)}).add("up", "a", {at(0, 1)}));
  ASSERT_TRUE(f.store->flush().has_value());
  ASSERT_TRUE(f.store->maintain().has_value());
  EXPECT_EQ(f.samples("debug"), "0:1");
  f.clock.advance(2 * base::kNanosPerHour);
  ASSERT_TRUE(f.store->maintain().has_value());
  EXPECT_EQ(f.samples("debug"), "0 series");
  EXPECT_EQ(f.samples("up"), "0:1");
  EXPECT_EQ(f.store->stats().samples, 1u);
  EXPECT_FALSE(f.store->set_retention_rules({{{{Op::kRegex, "a", "("}}, 1}}).has_value());
}

TEST(SeriesLimits, PerMetricAndPerJobRefuseNewSeriesOnly) {
  StoreFixture f;
  f.append_ok(TestBatch().add({{"__name__", "a"}, {"job", "x"}, {"n", "1"}}, {at(0, 1)}));
  f.store->set_series_limits({.in_all = 0, .per_metric = 2, .per_job = 3});
  const auto summary = f.append_ok(TestBatch()
                                       .add({{"__name__", "a"}, {"job", "x"}, {"n", "1"}}, {at(1, 1)})
                                       .add({{"__name__", "a"}, {"job", "x"}, {"n", "2"}}, {at(1, 1)})
                                       .add({{"__name__", "a"}, {"job", "x"}, {"n", "3"}}, {at(1, 1)})
                                       .add({{"__name__", "b"}, {"job", "x"}, {"n", "3"}}, {at(1, 1)})
                                       .add({{"__name__", "c"}, {"job", "x"}, {"n", "3"}}, {at(1, 1)})
                                       .add({{"__name__", "c"}, {"job", "y"}, {"n", "3"}}, {at(1, 1)}));
  EXPECT_EQ(summary.accepted, 4u);
  ASSERT_EQ(summary.rejections.size(), 2u);
  EXPECT_EQ(summary.rejections[0].reason, "too_many_series_of_metric");
  EXPECT_EQ(summary.rejections[0].detail, "new series are refused while there are 2 active ones of the metric a, as a{job=\"x\", n=\"3\"}");
  EXPECT_EQ(summary.rejections[1].reason, "too_many_series_of_job");
}

TEST(SeriesLimits, DeletedSeriesMakeRoomAtOnceAndInactiveOnesAtACut) {
  StoreFixture f;
  TestBatch others;
  for (int i = 0; i < 20; ++i) others.add("other", std::to_string(i), {at(0, 1)});
  f.append_ok(others.add("m", "a", {at(0, 1)}));
  f.store->set_series_limits({.in_all = 0, .per_metric = 1, .per_job = 0});
  const auto try_new = [&](const std::string& instance, int64_t offset_ms) {
    return f.append_ok(TestBatch().add("m", instance, {at(offset_ms, 1)})).accepted;
  };
  EXPECT_EQ(try_new("b", 1), 0u);
  delete_ok(f, named("m"));
  EXPECT_EQ(try_new("b", 2), 1u);
  ASSERT_TRUE(f.store->flush().has_value());
  EXPECT_EQ(try_new("c", 3), 0u);
  for (int i = 0; i < 2; ++i) {
    TestBatch go_on;
    for (int k = 0; k < 20; ++k) go_on.add("other", std::to_string(k), {at(10 + i, 1)});
    f.append_ok(go_on);
    ASSERT_TRUE(f.store->flush().has_value());
  }
  EXPECT_EQ(try_new("c", 20), 1u);
}

TEST(Cardinality, DeletedSeriesOfABlockAreNotCounted) {
  StoreFixture f;
  f.append_ok(TestBatch().add("up", "a", {at(0, 1)}).add("down", "a", {at(0, 1)}));
  delete_ok(f, named("up"));
  const auto counted = f.store->cardinality({}, 9).value();
  ASSERT_EQ(counted.size(), 2u);
  EXPECT_EQ(counted[1].series, 1u);
  ASSERT_EQ(counted[1].metrics.size(), 1u);
  EXPECT_EQ(counted[1].metrics[0].name, "down");
}

TEST(Cardinality, OfMemoryAndEachBlock) {
  StoreFixture f;
  f.append_ok(TestBatch().add("up", "a", {at(0, 1)}).add("up", "b", {at(5, 1)}).add("down", "a", {at(0, 1)}));
  ASSERT_TRUE(f.store->flush().has_value());
  f.append_ok(TestBatch().add("up", "c", {at(9, 1)}));
  const auto counted = f.store->cardinality({}, 2).value();
  ASSERT_EQ(counted.size(), 2u);
  EXPECT_TRUE(counted[0].in_memory);
  EXPECT_EQ(counted[0].series, 4u);
  EXPECT_EQ(counted[0].range.start, kTestStartMs + 9);
  EXPECT_FALSE(counted[1].in_memory);
  EXPECT_EQ(counted[1].series, 3u);
  EXPECT_EQ(counted[1].label_pairs, 4u);
  EXPECT_EQ(counted[1].range.end, kTestStartMs + 5);
  ASSERT_EQ(counted[1].metrics.size(), 2u);
  EXPECT_EQ(counted[1].metrics[0].name, "up");
  EXPECT_EQ(counted[1].metrics[0].series, 2u);
  ASSERT_EQ(counted[1].pairs.size(), 2u);
  EXPECT_EQ(counted[1].pairs[1].value, "a");
  ASSERT_EQ(counted[1].labels.size(), 2u);
  EXPECT_EQ(counted[1].labels[1].name, "instance");
  EXPECT_EQ(counted[1].labels[1].values, 2u);
  EXPECT_EQ(counted[1].labels[1].bytes, 3u);
  const auto down = f.store->cardinality(named("down"), 9).value();
  EXPECT_EQ(down[0].series, 1u);
  EXPECT_EQ(down[1].series, 1u);
  EXPECT_EQ(down[1].label_pairs, 2u);
}

}  // namespace
}  // namespace tripod::store::metrics
