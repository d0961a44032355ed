// The store as its users see it: appending, querying, retention, damage, bounds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "store/events/testing/store_fixture.h"

namespace tripod::store {
namespace {

using testing::append_and_wait;
using testing::TestBatch;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class EventStoreTest : public testing::StoreTest {
 protected:
  void SetUp() override { open(); }

  uint64_t count(Predicate filter = {}) {
    AggregatePlan plan;
    plan.filter = std::move(filter);
    auto result = store_->aggregate(plan);
    EXPECT_TRUE(result) << result.error().message;
    return result && !result->groups.empty() ? result->groups[0].count : 0;
  }
};

TEST_F(EventStoreTest, SequenceNumbersRiseAcrossBatchesAndRestarts) {
  auto first = append_and_wait(*store_, lines(3));
  auto second = append_and_wait(*store_, lines(2));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->first_sequence, 1u);
  EXPECT_EQ(first->accepted, 3u);
  EXPECT_EQ(second->first_sequence, 4u);
  open();
  EXPECT_EQ(append_and_wait(*store_, lines(1))->first_sequence, 6u);
  ASSERT_TRUE(store_->flush());
  open();
  EXPECT_EQ(append_and_wait(*store_, lines(1))->first_sequence, 7u);
}

TEST_F(EventStoreTest, DatasetsAreApart) {
  TestBatch spans = lines(2);
  spans.dataset = Dataset::kSpans;
  append(spans);
  append(lines(1));
  ScanPlan plan;
  plan.dataset = Dataset::kSpans;
  EXPECT_EQ(store_->scan(plan)->rows.size(), 2u);
  EXPECT_EQ(scan().rows.size(), 1u);
  EXPECT_EQ(store_->stats(Dataset::kErrors).rows, 0u);
}

TEST_F(EventStoreTest, EmptyBatchIsDoneAtOnce) {
  auto done = append_and_wait(*store_, {});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->accepted, 0u);
}

TEST_F(EventStoreTest, OwnFieldsHideThoseOfTheStream) {
  TestBatch batch;
  batch.streams = {{{"level", std::string("info")}, {"host", std::string("a")}}};
  batch.events = {{kNow, 0, {{"level", std::string("error")}}}};
  append(batch);
  for (bool flushed : {false, true}) {
    if (flushed) {
      ASSERT_TRUE(store_->flush());
    }
    const ScanResult result = scan();
    ASSERT_EQ(result.rows.size(), 1u);
    EXPECT_THAT(result.rows[0].fields, ElementsAre(std::pair("host", FieldValue("a")), std::pair("level", FieldValue("error"))));
    EXPECT_EQ(scan(Predicate::equal("level", std::string("info"))).rows.size(), 0u);
    EXPECT_EQ(scan(Predicate::compare(Predicate::Op::kContains, "", std::string("info"))).rows.size(), 0u);
  }
}

TEST_F(EventStoreTest, APartOfANumberIsFoundAmongTexts) {
  TestBatch batch = lines(40);
  for (size_t i = 0; i < 40; ++i) batch.events[i].fields.emplace_back("ratio", "none of " + std::to_string(i));
  batch.events[7].fields.back().second = 2.5e-7;
  append(batch);
  for (bool flushed : {false, true}) {
    if (flushed) {
      ASSERT_TRUE(store_->flush());
    }
    // Between its two signs stands a word that the filter of the texts' words does not know.
    const ScanResult result = scan(Predicate::compare(Predicate::Op::kContains, "ratio", std::string(".5e-")));
    ASSERT_EQ(result.rows.size(), 1u) << flushed;
    EXPECT_EQ(result.rows[0].text("n"), "7");
    EXPECT_EQ(scan(Predicate::compare(Predicate::Op::kContains, "", std::string(".5e-"))).rows.size(), 1u);
  }
}

TEST_F(EventStoreTest, DoneRunsInSequenceOrder) {
  std::mutex mu;
  std::vector<uint64_t> order;
  constexpr size_t kThreads = 4, kEach = 50;
  {
    std::vector<std::jthread> threads;
    for (size_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        const model::Attribute field{"k", model::Value::int64(1)};
        const Event event{kNow, 0, {&field, 1}};
        for (size_t i = 0; i < kEach; ++i) {
          store_->append({Dataset::kLogs, {}, {&event, 1}}, [&](base::Result<AppendSummary> done) {
            std::lock_guard lock(mu);
            order.push_back(done ? done->first_sequence : 0);
          });
        }
      });
    }
  }
  // Closing answers what is still on its way.
  store_.reset();
  ASSERT_EQ(order.size(), kThreads * kEach);
  EXPECT_TRUE(std::ranges::is_sorted(order));
  EXPECT_EQ(order.front(), 1u);
  EXPECT_EQ(order.back(), kThreads * kEach);
}

TEST_F(EventStoreTest, PagesJoinWithoutGapsOrRepeats) {
  // All at one time: only sequence numbers tell them apart.
  for (int i = 0; i < 5; ++i) {
    TestBatch batch = lines(40);
    for (auto& event : batch.events) event.time = kNow;
    append(batch);
    if (i == 2) {
      ASSERT_TRUE(store_->flush());
    }
  }
  for (Order order : {Order::kNewestFirst, Order::kOldestFirst}) {
    ScanPlan plan;
    plan.order = order;
    plan.limit = 7;
    std::vector<uint64_t> sequences;
    for (bool more = true; more;) {
      auto page = store_->scan(plan);
      ASSERT_TRUE(page);
      for (const EventRow& row : page->rows) sequences.push_back(row.sequence);
      more = page->has_more;
      ASSERT_FALSE(page->rows.empty());
      plan.has_after = true;
      plan.after = {page->rows.back().time, page->rows.back().sequence};
    }
    if (order == Order::kNewestFirst) std::ranges::reverse(sequences);
    ASSERT_EQ(sequences.size(), 200u);
    for (size_t i = 0; i < sequences.size(); ++i) ASSERT_EQ(sequences[i], i + 1);
  }
}

TEST_F(EventStoreTest, TraceLookupReadsFewBlocks) {
  append(lines(6400));
  ASSERT_TRUE(store_->flush());
  for (const auto& op : {Predicate::Op::kEqual, Predicate::Op::kContains}) {
    const ScanResult result = scan(Predicate::compare(op, "trace_id", trace_id(1234)));
    ASSERT_EQ(result.rows.size(), 1u);
    EXPECT_EQ(result.rows[0].text("n"), "1234");
    EXPECT_LE(result.stats.scanned_rows, 64u * 4);
    EXPECT_GE(result.stats.pruned_blocks, 96u);
  }
}

TEST_F(EventStoreTest, NumbersAndTimesPruneBlocks) {
  append(lines(6400));
  ASSERT_TRUE(store_->flush());
  ScanResult result = scan(Predicate::compare(Predicate::Op::kGreaterEqual, "n", int64_t{6390}));
  EXPECT_EQ(result.rows.size(), 10u);
  EXPECT_LE(result.stats.scanned_rows, 64u);
  ScanPlan plan;
  plan.range = {kNow, kNow + 10 * base::kNanosPerSecond};
  auto first = store_->scan(plan);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->rows.size(), 10u);
  EXPECT_LE(first->stats.scanned_rows, 64u);
}

TEST_F(EventStoreTest, LimitEndsEarly) {
  append(lines(6400));
  ASSERT_TRUE(store_->flush());
  const ScanResult result = scan({}, 10);
  EXPECT_EQ(result.rows.size(), 10u);
  EXPECT_TRUE(result.has_more);
  EXPECT_LE(result.stats.scanned_rows, 128u);
}

TEST_F(EventStoreTest, FieldsComeFromIndexes) {
  append(lines(3));
  TestBatch other;
  other.events = {{kNow, 0, {{"n", std::string("text")}, {"ok", true}, {"f", 0.5}, {"j", JsonText{"{}"}}}}};
  append(other);
  for (bool flushed : {false, true}) {
    if (flushed) {
      ASSERT_TRUE(store_->flush());
    }
    auto fields = store_->fields(Dataset::kLogs, {});
    ASSERT_TRUE(fields);
    std::vector<std::string> out;
    for (const FieldInfo& f : *fields) out.push_back(f.name + ":" + f.type + ":" + std::to_string(f.rows));
    EXPECT_THAT(out, ElementsAre("body:string:3", "f:float64:1", "j:json:1", "n:mixed:4", "ok:bool:1",
                                 "service.name:string:3", "trace_id:string:3"));
  }
  EXPECT_TRUE(store_->fields(Dataset::kLogs, {0, 1})->empty());
}

TEST_F(EventStoreTest, ThousandsOfFieldNames) {
  TestBatch batch;
  for (int i = 0; i < 3000; ++i) {
    batch.events.push_back({kNow + i, 0, {{"common", std::string("x")}, {"key." + std::to_string(i), int64_t{i}}}});
  }
  options_.block_rows = 8192;
  open();
  append(batch);
  ASSERT_TRUE(store_->flush());
  EXPECT_EQ(scan(Predicate::equal("key.1234", int64_t{1234})).rows.size(), 1u);
  EXPECT_FALSE(scan(Predicate::exists("key.2999")).stats.incomplete);
  EXPECT_EQ(scan(Predicate::exists("key.2999")).rows.size(), 1u);
  EXPECT_EQ(scan(Predicate::exists("key.3000")).rows.size(), 0u);
  EXPECT_EQ(store_->fields(Dataset::kLogs, {})->size(), 3001u);
}

TEST_F(EventStoreTest, OldMemoryIsFlushedByMaintenance) {
  append(lines(5));
  ASSERT_TRUE(store_->maintain());
  EXPECT_EQ(store_->stats(Dataset::kLogs).parts, 0u);
  clock_.advance(options_.flush_age);
  ASSERT_TRUE(store_->maintain());
  EXPECT_EQ(store_->stats(Dataset::kLogs).parts, 1u);
  EXPECT_EQ(scan().rows.size(), 5u);
}

TEST_F(EventStoreTest, PartsOfDifferentDays) {
  append(lines(3, kNow));
  append(lines(3, kNow - 3 * base::kNanosPerDay));
  append(lines(3, kNow - 3000 * base::kNanosPerDay));
  append(lines(3, INT64_MIN));
  ASSERT_TRUE(store_->flush());
  EXPECT_EQ(store_->stats(Dataset::kLogs).parts, 3u);
  EXPECT_EQ(part_files()[0].substr(0, 21), "events/logs/20231111/");
  EXPECT_EQ(part_files()[2].substr(0, 18), "events/logs/other/");
  EXPECT_EQ(scan().rows.size(), 12u);
}

TEST_F(EventStoreTest, NumberOfPartsStaysSmall) {
  uint64_t most = 0;
  for (int i = 0; i < 500; ++i) {
    append(lines(3));
    ASSERT_TRUE(store_->flush());
    ASSERT_TRUE(store_->maintain());
    most = std::max(most, store_->stats(Dataset::kLogs).parts);
  }
  EXPECT_LE(most, 20u);
  EXPECT_EQ(count(), 1500u);
  EXPECT_EQ(part_files().size(), store_->stats(Dataset::kLogs).parts);
  // A day that nothing is added to any more ends as one part.
  clock_.advance(2 * base::kNanosPerHour);
  ASSERT_TRUE(store_->maintain());
  EXPECT_EQ(store_->stats(Dataset::kLogs).parts, 1u);
  EXPECT_EQ(count(), 1500u);
}

TEST_F(EventStoreTest, RetentionDropsOldParts) {
  options_.retention[static_cast<size_t>(Dataset::kLogs)].age = 10 * base::kNanosPerDay;
  open();
  append(lines(4, kNow - 9 * base::kNanosPerDay));
  append(lines(3, kNow));
  append(lines(2, kNow + 5000 * base::kNanosPerDay));  // a clock far ahead
  ASSERT_TRUE(store_->flush());
  ASSERT_TRUE(store_->maintain());
  EXPECT_EQ(count(), 9u);
  clock_.advance(2 * base::kNanosPerDay);
  ASSERT_TRUE(store_->maintain());
  EXPECT_EQ(count(), 5u);
  clock_.advance(20 * base::kNanosPerDay);
  ASSERT_TRUE(store_->maintain());
  EXPECT_EQ(count(), 0u);
  EXPECT_TRUE(part_files().empty());
  open();
  EXPECT_EQ(count(), 0u);
  EXPECT_EQ(append_and_wait(*store_, lines(1))->first_sequence, 10u);
}

TEST_F(EventStoreTest, RetentionBySizeDropsTheOldestUntilItFits) {
  open();
  for (int day : {0, 2, 1}) {
    append(lines(100, kNow + day * base::kNanosPerDay));
    ASSERT_TRUE(store_->flush());
  }
  uint64_t sizes = 0;
  for (const std::string& file : part_files()) sizes += (*fs_.open_read(file))->size();
  store_->set_retention(Dataset::kLogs, {INT64_MAX, sizes});
  ASSERT_TRUE(store_->maintain());
  EXPECT_EQ(scan().rows.size(), 300u);
  EXPECT_EQ(store_->stats(Dataset::kLogs).retention.bytes, sizes);
  store_->set_retention(Dataset::kLogs, {INT64_MAX, sizes - 1});
  ASSERT_TRUE(store_->maintain());
  ScanResult left = scan();
  ASSERT_EQ(left.rows.size(), 200u);
  EXPECT_EQ(left.rows[0].time, kNow + base::kNanosPerDay);
  EXPECT_TRUE(logger_.has("event_part_dropped"));
  store_->set_retention(Dataset::kLogs, {INT64_MAX, 1});
  ASSERT_TRUE(store_->maintain());
  EXPECT_EQ(scan().rows.size(), 0u);
}

TEST_F(EventStoreTest, TheOldestPartIsDroppedWhenAsked) {
  open();
  append(lines(10, kNow + base::kNanosPerDay));
  ASSERT_TRUE(store_->flush());
  append(lines(10));
  ASSERT_TRUE(store_->flush());
  append(lines(10));
  auto bytes = store_->drop_oldest(Dataset::kLogs);
  ASSERT_TRUE(bytes);
  EXPECT_GT(*bytes, 100u);
  EXPECT_EQ(scan(Predicate::compare(Predicate::Op::kLess, "n", int64_t{10})).rows.size(), 10u);
  EXPECT_EQ(scan().rows.size(), 20u);
  EXPECT_GT(*store_->drop_oldest(Dataset::kLogs), 0u);
  EXPECT_EQ(*store_->drop_oldest(Dataset::kLogs), 0u);
  EXPECT_EQ(scan().rows.size(), 10u);
}

TEST_F(EventStoreTest, LogIsReleasedOnceFlushed) {
  options_.wal_segment_bytes = 1000;
  open();
  for (int i = 0; i < 20; ++i) append(lines(20));
  const uint64_t before = store_->stats(Dataset::kLogs).bytes_on_disk;
  ASSERT_TRUE(store_->flush());
  EXPECT_LE(fs_.list("events/logs/wal")->size(), 2u);
  EXPECT_LT(store_->stats(Dataset::kLogs).bytes_on_disk, before);
  open();
  EXPECT_EQ(count(), 400u);
}

TEST_F(EventStoreTest, DamagedPartIsSetAsideAndNamed) {
  append(lines(100));
  ASSERT_TRUE(store_->flush());
  append(lines(50, kNow + base::kNanosPerDay));
  ASSERT_TRUE(store_->flush());
  const std::string damaged = part_files()[0];
  fs_.flip_bit(damaged, fs_.open_read(damaged).value()->size() - 40);
  open();
  EXPECT_TRUE(logger_.has("event_part_set_aside"));
  EXPECT_EQ(fs_.list("events/logs/damaged")->size(), 1u);
  // It is remembered: after the next change of the manifest and the next start too.
  append(lines(1, kNow + base::kNanosPerDay));
  ASSERT_TRUE(store_->flush());
  open();
  const ScanResult result = scan();
  EXPECT_EQ(result.rows.size(), 51u);
  EXPECT_TRUE(result.stats.incomplete);
  EXPECT_THAT(result.stats.warnings, ElementsAre(HasSubstr("set aside")));
  ScanPlan later;
  later.range.start = kNow + base::kNanosPerDay;
  EXPECT_FALSE(store_->scan(later)->stats.incomplete);
}

TEST_F(EventStoreTest, DamagedColumnMakesTheAnswerIncomplete) {
  append(lines(100));
  ASSERT_TRUE(store_->flush());
  fs_.flip_bit(part_files()[0], 40);
  const ScanResult result = scan();
  EXPECT_LT(result.rows.size(), 100u);
  EXPECT_TRUE(result.stats.incomplete);
  ASSERT_FALSE(result.stats.warnings.empty());
  EXPECT_THAT(result.stats.warnings[0], HasSubstr(part_files()[0].substr(12)));
}

TEST_F(EventStoreTest, ForeignFilesAreSetAsideAndLeftOversRemoved) {
  append(lines(5));
  ASSERT_TRUE(store_->flush());
  const std::string folder = part_files()[0].substr(0, 21);
  auto write = [&](const std::string& name) {
    auto file = fs_.open_append(folder + name, base::Fs::Open::kTruncate);
    ASSERT_TRUE((*file)->append("not a part"));
  };
  write("notes.txt");
  write("00000000000000ff.part");
  write("00000000000000fe.part.tmp");
  open();
  EXPECT_EQ(part_files().size(), 1u);
  EXPECT_THAT(*fs_.list("events/logs/damaged"), ElementsAre("20231114_notes.txt"));
  EXPECT_EQ(scan().rows.size(), 5u);
}

TEST_F(EventStoreTest, LostManifestIsRebuiltFromTheParts) {
  for (int i = 0; i < 10; ++i) {
    append(lines(10));
    ASSERT_TRUE(store_->flush());
  }
  ASSERT_TRUE(store_->maintain());
  append(lines(7));
  store_.reset();
  for (bool missing : {false, true}) {
    if (missing) {
      ASSERT_TRUE(fs_.remove("events/logs/MANIFEST"));
    } else {
      fs_.flip_bit("events/logs/MANIFEST", 60);
    }
    open();
    EXPECT_TRUE(logger_.has("event_manifest_damaged"));
    EXPECT_EQ(scan().rows.size(), 107u);
    store_.reset();
  }
}

TEST_F(EventStoreTest, NewerManifestIsRefusedNotDestroyed) {
  append(lines(1));
  ASSERT_TRUE(store_->flush());
  store_.reset();
  ASSERT_TRUE(fs_.write_atomically("events/logs/MANIFEST", "tripod events manifest 2\nsomething new\n"));
  auto opened = try_open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Code::kUnsupported);
  EXPECT_EQ(part_files().size(), 1u);
}

TEST_F(EventStoreTest, FullDiskKeepsRecordsInMemoryUntilItHasRoom) {
  append(lines(10));
  fs_.set_fault_hook([](base::MemFs::Op op, const std::string& path) -> std::optional<base::MemFs::Fault> {
    if (op != base::MemFs::Op::kAppend || path.find(".part") == std::string::npos) return std::nullopt;
    return base::MemFs::Fault{{base::Code::kIo, "write: No space left on device"}, 100};
  });
  auto flushed = store_->flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().code, base::Code::kIo);
  EXPECT_TRUE(part_files().empty());
  EXPECT_EQ(scan().rows.size(), 10u);
  append(lines(5));
  fs_.set_fault_hook({});
  ASSERT_TRUE(store_->flush());
  EXPECT_EQ(scan().rows.size(), 15u);
  EXPECT_EQ(store_->stats(Dataset::kLogs).bytes_in_memory, 0u);
}

TEST_F(EventStoreTest, FailedLogIsSaidToEveryAppend) {
  append(lines(1));
  fs_.set_fault_hook([](base::MemFs::Op op, const std::string&) -> std::optional<base::MemFs::Fault> {
    if (op != base::MemFs::Op::kSync) return std::nullopt;
    return base::MemFs::Fault{{base::Code::kIo, "fdatasync: Input/output error"}, 0};
  });
  for (int i = 0; i < 3; ++i) {
    auto done = append_and_wait(*store_, lines(1));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, base::Code::kUnavailable);
  }
  fs_.set_fault_hook({});
  open();
  // What was refused may be there or not, but numbers go on.
  EXPECT_GE(append_and_wait(*store_, lines(1))->first_sequence, 2u);
}

TEST_F(EventStoreTest, UnreadablePartMakesTheAnswerIncomplete) {
  append(lines(10));
  ASSERT_TRUE(store_->flush());
  fs_.set_fault_hook([](base::MemFs::Op op, const std::string&) -> std::optional<base::MemFs::Fault> {
    if (op != base::MemFs::Op::kRead) return std::nullopt;
    return base::MemFs::Fault{{base::Code::kIo, "read: Input/output error"}, 0};
  });
  const ScanResult result = scan();
  EXPECT_TRUE(result.rows.empty());
  EXPECT_TRUE(result.stats.incomplete);
  ASSERT_FALSE(result.stats.warnings.empty());
  EXPECT_THAT(result.stats.warnings[0], HasSubstr("Input/output error"));
}

TEST_F(EventStoreTest, UnreadablePartIsNotMergedForEver) {
  options_.merge_fan_in = 2;
  open();
  for (int i = 0; i < 2; ++i) {
    append(lines(10));
    ASSERT_TRUE(store_->flush());
  }
  fs_.flip_bit(part_files()[0], 40);
  auto merged = store_->maintain();
  ASSERT_FALSE(merged);
  EXPECT_EQ(merged.error().code, base::Code::kDataLoss);
  EXPECT_TRUE(store_->maintain());
  EXPECT_EQ(part_files().size(), 2u);
}

TEST_F(EventStoreTest, UsedUpBudgetRefusesAppends) {
  const base::MemoryCharge rest = budget_.charge(budget_.limit() - budget_.used());
  auto done = append_and_wait(*store_, lines(1));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, base::Code::kResourceExhausted);
}

TEST_F(EventStoreTest, MemoryThatCannotBeFlushedIsBounded) {
  options_.max_memory_bytes = 20'000;
  open();
  base::Result<AppendSummary> done;
  int appended = 0;
  while ((done = append_and_wait(*store_, lines(10)))) ASSERT_LT(++appended, 1000);
  EXPECT_EQ(done.error().code, base::Code::kResourceExhausted);
  ASSERT_TRUE(store_->flush());
  EXPECT_TRUE(append_and_wait(*store_, lines(10)));
}

TEST_F(EventStoreTest, MemoryIsGivenBack) {
  const size_t before = budget_.used();
  append(lines(100));
  EXPECT_GT(budget_.used(), before);
  scan();
  ASSERT_TRUE(store_->flush());
  EXPECT_EQ(budget_.used(), before);
  open();
  EXPECT_EQ(budget_.used(), before);
}

TEST_F(EventStoreTest, PassedDeadlineIsSaid) {
  append(lines(100));
  ASSERT_TRUE(store_->flush());
  ScanPlan scan_plan;
  scan_plan.bounds.deadline_steady = clock_.steady();
  auto rows = store_->scan(scan_plan);
  ASSERT_TRUE(rows);
  EXPECT_TRUE(rows->stats.incomplete);
  EXPECT_FALSE(rows->has_more) << "no row to go on after";
  AggregatePlan aggregate_plan;
  aggregate_plan.bounds.deadline_steady = clock_.steady();
  EXPECT_TRUE(store_->aggregate(aggregate_plan)->stats.incomplete);
}

TEST_F(EventStoreTest, MemoryBoundCutsTheResultAtItsEnd) {
  append(lines(3000));
  ASSERT_TRUE(store_->flush());
  append(lines(3000, kNow + 3000 * base::kNanosPerSecond));
  ScanPlan plan;
  plan.order = Order::kOldestFirst;
  plan.limit = 1'000'000;
  plan.bounds.max_memory_bytes = 1u << 20;
  auto result = store_->scan(plan);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->stats.incomplete);
  EXPECT_TRUE(result->has_more);
  ASSERT_GT(result->rows.size(), 100u);
  ASSERT_LT(result->rows.size(), 6000u);
  for (size_t i = 0; i < result->rows.size(); ++i) ASSERT_EQ(result->rows[i].sequence, i + 1);
}

TEST_F(EventStoreTest, TooManyGroupsIsAnError) {
  append(lines(100));
  for (bool flushed : {false, true}) {
    if (flushed) {
      ASSERT_TRUE(store_->flush());
    }
    AggregatePlan plan;
    plan.by = {"n"};
    plan.max_groups = 99;
    auto result = store_->aggregate(plan);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, base::Code::kResourceExhausted);
    plan.max_groups = 100;
    EXPECT_EQ(store_->aggregate(plan)->groups.size(), 100u);
  }
}

TEST_F(EventStoreTest, BadPlansAreRefused) {
  AggregatePlan plan;
  plan.step = -1;
  EXPECT_EQ(store_->aggregate(plan).error().code, base::Code::kInvalidArgument);
  plan.step = 0;
  plan.value = "n";
  plan.quantiles = {1.5};
  EXPECT_EQ(store_->aggregate(plan).error().code, base::Code::kInvalidArgument);
  ScanPlan scan_plan;
  scan_plan.filter = Predicate::compare(Predicate::Op::kRegex, "k", std::string("["));
  EXPECT_EQ(store_->scan(scan_plan).error().code, base::Code::kInvalidArgument);
}

TEST_F(EventStoreTest, StatsCountMemoryAndParts) {
  append(lines(10));
  ASSERT_TRUE(store_->flush());
  append(lines(5, kNow - base::kNanosPerHour));
  const DatasetStats stats = store_->stats(Dataset::kLogs);
  EXPECT_EQ(stats.rows, 15u);
  EXPECT_EQ(stats.parts, 1u);
  EXPECT_GT(stats.bytes_on_disk, 0u);
  EXPECT_GT(stats.bytes_in_memory, 0u);
  EXPECT_EQ(stats.oldest, kNow - base::kNanosPerHour);
  EXPECT_EQ(stats.newest, kNow + 9 * base::kNanosPerSecond);
  EXPECT_EQ(stats.last_sequence, 15u);
}

}  // namespace
}  // namespace tripod::store
