// A batch that is sent again is stored once: while the first is on its way, after restarts, flushes and power cuts.
#include "store/events/batch_ids.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <map>
#include <random>

#include "store/events/testing/store_fixture.h"

namespace tripod::store {
namespace {

using testing::RandomEvents;
using testing::TestBatch;

class BatchIdsTest : public testing::StoreTest {
 protected:
  TestBatch with_id(TestBatch batch, uint64_t id) {
    batch.id = BatchId{1, id};
    return batch;
  }
  AppendSummary append_once(const TestBatch& batch) {
    auto done = append_and_wait(*store_, batch);
    EXPECT_TRUE(done) << done.error().message;
    return done.value_or(AppendSummary{});
  }
};

TEST_F(BatchIdsTest, ARepeatStoresNothing) {
  open();
  append(lines(2));
  const AppendSummary first = append_once(with_id(lines(3), 7));
  EXPECT_FALSE(first.repeated);
  EXPECT_EQ(first.first_sequence, 3u);
  const AppendSummary again = append_once(with_id(lines(3), 7));
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.first_sequence, 3u);
  EXPECT_EQ(again.accepted, 3u);
  EXPECT_FALSE(append_once(with_id(lines(1), 8)).repeated);
  EXPECT_EQ(scan().rows.size(), 6u);
}

TEST_F(BatchIdsTest, DatasetsDoNotShareIds) {
  open();
  TestBatch batch = with_id(lines(1), 7);
  append(batch);
  batch.dataset = Dataset::kSpans;
  EXPECT_FALSE(append_once(batch).repeated);
}

TEST_F(BatchIdsTest, IdsOutliveRestartsWithAndWithoutFlush) {
  open();
  append(with_id(lines(3), 1));
  open();
  EXPECT_TRUE(append_once(with_id(lines(3), 1)).repeated);
  ASSERT_TRUE(store_->flush());
  append(with_id(lines(3), 2));
  ASSERT_TRUE(store_->flush());
  ASSERT_FALSE(fs_.exists("events/logs/wal/00000000000000000001.wal") && fs_.list("events/logs/wal")->size() > 1);
  // Without the log's records only the file knows them.
  store_.reset();
  ASSERT_TRUE(fs_.remove_all("events/logs/wal"));
  open();
  EXPECT_TRUE(append_once(with_id(lines(3), 1)).repeated);
  EXPECT_TRUE(append_once(with_id(lines(3), 2)).repeated);
  EXPECT_EQ(scan().rows.size(), 6u);
}

TEST_F(BatchIdsTest, ARefusedBatchMayBeSentAgain) {
  options_.max_memory_bytes = 1;
  open();
  append(lines(1));
  ASSERT_FALSE(append_and_wait(*store_, with_id(lines(1), 1)));
  ASSERT_TRUE(store_->flush());
  EXPECT_FALSE(append_once(with_id(lines(1), 1)).repeated);
}

// The answer to a repeat waits for the first batch's.
TEST_F(BatchIdsTest, ARepeatWaitsForTheFirst) {
  open();
  std::mutex mu;
  std::condition_variable changed;
  bool go = false;
  fs_.set_fault_hook([&](base::MemFs::Op op, const std::string&) -> std::optional<base::MemFs::Fault> {
    std::unique_lock lock(mu);
    if (op == base::MemFs::Op::kSync) changed.wait(lock, [&] { return go; });
    return std::nullopt;
  });
  const TestBatch batch = with_id(lines(2), 9);
  auto first = std::async(std::launch::async, [&] { return append_and_wait(*store_, batch); });
  // Until it is in memory it may be either's turn to be the first.
  while (store_->stats(Dataset::kLogs).rows == 0) std::this_thread::yield();
  std::promise<base::Result<AppendSummary>> second;
  std::atomic<bool> answered = false;
  store_->append({batch.dataset, {}, std::vector<Event>(1), batch.id}, [&](base::Result<AppendSummary> result) {
    answered = true;
    second.set_value(std::move(result));
  });
  EXPECT_FALSE(answered);
  {
    std::lock_guard lock(mu);
    go = true;
  }
  changed.notify_all();
  auto answer = first.get();
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->repeated);
  answer = second.get_future().get();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->repeated);
  EXPECT_EQ(answer->first_sequence, 1u);
  fs_.set_fault_hook({});
  EXPECT_EQ(scan().rows.size(), 2u);
}

TEST_F(BatchIdsTest, ARepeatFailsWithTheFirst) {
  open();
  std::promise<void> second_asked;
  auto asked = second_asked.get_future();
  fs_.set_fault_hook([&](base::MemFs::Op op, const std::string&) -> std::optional<base::MemFs::Fault> {
    if (op != base::MemFs::Op::kSync) return std::nullopt;
    if (asked.valid()) asked.get();
    return base::MemFs::Fault{{base::Code::kIo, "fdatasync: Input/output error"}, 0};
  });
  const TestBatch batch = with_id(lines(2), 9);
  auto first = std::async(std::launch::async, [&] { return append_and_wait(*store_, batch); });
  while (store_->stats(Dataset::kLogs).rows == 0) std::this_thread::yield();
  base::Result<AppendSummary> repeat;
  bool answered = false;
  store_->append({batch.dataset, {}, std::vector<Event>(1), batch.id}, [&](base::Result<AppendSummary> result) {
    repeat = std::move(result);
    answered = true;
  });
  EXPECT_FALSE(answered);
  second_asked.set_value();
  EXPECT_FALSE(first.get());
  store_.reset();  // every answer was given
  fs_.set_fault_hook({});
  EXPECT_TRUE(answered);
  EXPECT_FALSE(repeat);
}

TEST_F(BatchIdsTest, IdsAreForgottenAfterADayOrWhenThereAreTooMany) {
  BatchIds ids(fs_, "IDS", {3, base::kNanosPerDay});
  uint64_t sequence = 1;
  auto stored = [&](uint64_t id, base::UnixNanos now) {
    bool repeated = false;
    auto done = ids.claim({0, id}, now, [&](base::Result<AppendSummary> r) { repeated = r->repeated; });
    if (done) (*done)(AppendSummary{sequence++, 1});
    return !repeated;
  };
  EXPECT_TRUE(stored(1, kNow));
  EXPECT_TRUE(stored(2, kNow + 1));
  EXPECT_FALSE(stored(1, kNow + base::kNanosPerDay));
  EXPECT_TRUE(stored(1, kNow + base::kNanosPerDay + 1));
  EXPECT_FALSE(stored(2, kNow + base::kNanosPerDay + 1));
  for (uint64_t id = 3; id < 6; ++id) EXPECT_TRUE(stored(id, kNow + base::kNanosPerDay + 1));
  EXPECT_TRUE(stored(2, kNow + base::kNanosPerDay + 1));
  EXPECT_FALSE(stored(5, kNow + base::kNanosPerDay + 1));
}

TEST_F(BatchIdsTest, TheFileStaysSmallAndIsReadBack) {
  constexpr size_t kMost = 100;
  std::string damage;
  uint64_t sequence = 1;
  {
    BatchIds ids(fs_, "IDS", {kMost, base::kNanosPerDay});
    for (uint64_t id = 1; id <= 5000; ++id) {
      auto done = ids.claim({id, id}, kNow, [](base::Result<AppendSummary>) {});
      ASSERT_TRUE(done);
      (*done)(AppendSummary{sequence++, 1});
      if (id % 7 == 0) ASSERT_TRUE(ids.save(sequence - 2));  // the last one's record is not in parts yet
    }
  }
  EXPECT_LT((*fs_.open_read("IDS"))->size(), 2000u * sizeof(StoredBatchId));
  BatchIds ids(fs_, "IDS", {kMost, base::kNanosPerDay});
  ASSERT_TRUE(ids.load(damage));
  EXPECT_EQ(damage, "");
  auto known = [&](uint64_t id) {
    bool repeated = false;
    auto done = ids.claim({id, id}, kNow, [&](base::Result<AppendSummary> r) { repeated = r && r->repeated; });
    if (done) (*done)(base::fail(base::Code::kCancelled, "only asked"));
    return repeated;
  };
  EXPECT_TRUE(known(4997));
  EXPECT_FALSE(known(4998));  // not saved: was the last of its time
  EXPECT_FALSE(known(4800));
}

TEST_F(BatchIdsTest, ADamagedFileIsToldAndWrittenAnew) {
  open();
  append(with_id(lines(1), 1));
  ASSERT_TRUE(store_->flush());
  append(with_id(lines(1), 2));
  ASSERT_TRUE(store_->flush());
  store_.reset();
  fs_.flip_bit("events/logs/BATCH_IDS", (*fs_.open_read("events/logs/BATCH_IDS"))->size() - 1);
  ASSERT_TRUE(fs_.remove_all("events/logs/wal"));
  open();
  EXPECT_TRUE(logger_.has("event_batch_ids_cut_off"));
  EXPECT_TRUE(append_once(with_id(lines(1), 1)).repeated);
  EXPECT_FALSE(append_once(with_id(lines(1), 2)).repeated);
  ASSERT_TRUE(store_->flush());
  store_.reset();
  std::string damage;
  EXPECT_EQ(BatchIdFile(fs_, "events/logs/BATCH_IDS").load(damage)->size(), 2u);
  EXPECT_EQ(damage, "");
}

// Power is cut anywhere; whoever got no answer sends again, as `tripod ship` does. Every batch is there once.
TEST_F(BatchIdsTest, SentAgainAfterPowerCutsEachBatchIsThereOnce) {
  options_.flush_rows = 20;
  options_.merge_fan_in = 3;
  options_.wal_segment_bytes = 2000;
  for (uint64_t seed = 1; seed <= 60 && !HasFatalFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomEvents random(seed);
    options_.dir = "events" + std::to_string(seed);
    open();
    size_t rows = 0;
    uint64_t id = 0;
    TestBatch batch;
    bool answered = true;
    for (int life = 0; life < 4; ++life) {
      std::atomic<int64_t> left = static_cast<int64_t>(random.below(150));
      fs_.set_fault_hook([&left, kept = random.below(200)](base::MemFs::Op, const std::string&) {
        if (--left >= 0) return std::optional<base::MemFs::Fault>();
        return std::optional(base::MemFs::Fault{{base::Code::kIo, "power lost"}, left == -1 ? kept : 0});
      });
      for (int step = 0; step < 20; ++step) {
        if (answered) {
          batch = with_id(random.batch(1 + random.below(10)), ++id);
          rows += batch.events.size();
        }
        answered = append_and_wait(*store_, batch).has_value();
        // The answer may be lost on its way.
        if (random.one_in(4)) answered = false;
        if (random.one_in(3)) (void)store_->flush();
        if (random.one_in(5)) (void)store_->maintain();
      }
      store_.reset();
      fs_.set_fault_hook({});
      fs_.lose_power(random.one_in(2) ? random.below(200) : 0);
      open();
    }
    if (!answered) append(batch);
    ASSERT_EQ(scan().rows.size(), rows);
    store_.reset();
  }
}

}  // namespace
}  // namespace tripod::store
