// A disk without room, at any write: what cannot be kept is refused and leaves nothing behind, the rest goes on being found, and
// with room again the store goes on without a restart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "store/events/testing/kept_records.h"
#include "store/events/testing/store_fixture.h"

namespace tripod::store {
namespace {

using ::testing::HasSubstr;
using testing::KeptRecords;
using testing::RandomEvents;
using testing::TestBatch;
using Fault = base::MemFs::Fault;
using Op = base::MemFs::Op;

class FullDiskTest : public testing::StoreTest {
 protected:
  // Writes fail, after so many bytes of the first one.
  void fill_disk(size_t kept = 0) {
    fs_.set_fault_hook([kept](Op op, const std::string& path) -> std::optional<Fault> {
      if (op != Op::kAppend) return std::nullopt;
      return Fault{{base::Code::kResourceExhausted, "write " + path + ": No space left on device"}, kept};
    });
  }
  void make_room() { fs_.set_fault_hook({}); }

  base::Result<AppendSummary> try_append(const TestBatch& batch) { return append_and_wait(*store_, batch); }
  uint64_t found() { return scan().rows.size(); }
};

TEST_F(FullDiskTest, RefusesKeepsAnsweringAndGoesOn) {
  for (size_t kept : {0u, 10u, 50u, 100'000u}) {
    SCOPED_TRACE(kept);
    options_.dir = "events" + std::to_string(kept);
    open();
    append(lines(3));
    fill_disk(kept);
    const TestBatch batch = lines(5);
    for (int i = 0; i < 3; ++i) {
      const auto refused = try_append(batch);
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code, base::Code::kUnavailable);
      EXPECT_THAT(refused.error().message, HasSubstr("No space left on device"));
      EXPECT_EQ(found(), 3u);
      EXPECT_FALSE(store_->flush());
    }
    EXPECT_THAT(store_->stats(Dataset::kLogs).trouble, HasSubstr("No space left on device"));
    EXPECT_EQ(store_->stats(Dataset::kLogs).failure, "");
    EXPECT_EQ(store_->refusal()->code, base::Code::kUnavailable);
    EXPECT_TRUE(logger_.has("event_log_refuses"));
    make_room();
    ASSERT_TRUE(store_->maintain());
    EXPECT_TRUE(logger_.has("event_log_takes_again"));
    EXPECT_EQ(store_->refusal(), std::nullopt);
    append(batch);
    EXPECT_EQ(found(), 8u) << "sent again it is there once";
    ASSERT_TRUE(store_->flush());
    EXPECT_EQ(found(), 8u);
    fs_.lose_power();
    open();
    EXPECT_EQ(found(), 8u);
  }
}

TEST_F(FullDiskTest, ABatchWithAnIdMayBeSentAgain) {
  open();
  TestBatch batch = lines(5);
  batch.id = BatchId{1, 2};
  fill_disk();
  ASSERT_FALSE(try_append(batch));
  make_room();
  ASSERT_TRUE(store_->maintain());
  EXPECT_FALSE(try_append(batch)->repeated);
  EXPECT_TRUE(try_append(batch)->repeated);
  EXPECT_EQ(found(), 5u);
}

// Records are in memory while their write is under way; a flush at that moment must not make parts of them.
TEST_F(FullDiskTest, NothingRefusedBecomesAPart) {
  open();
  append(lines(1));
  std::atomic<bool> writing = false, go_on = false;
  fs_.set_fault_hook([&](Op op, const std::string& path) -> std::optional<Fault> {
    if (op != Op::kAppend || path.find("/wal/") == std::string::npos || writing.exchange(true)) return std::nullopt;
    while (!go_on) std::this_thread::yield();
    return Fault{{base::Code::kResourceExhausted, "full"}, 20};
  });
  std::jthread sender([&] { EXPECT_FALSE(try_append(lines(5))); });
  while (!writing) std::this_thread::yield();
  std::jthread flusher([&] { EXPECT_TRUE(store_->flush()); });
  go_on = true;
  sender.join();
  flusher.join();
  make_room();
  EXPECT_EQ(found(), 1u);
  ASSERT_TRUE(store_->flush());
  open();
  EXPECT_EQ(found(), 1u);
  EXPECT_EQ(store_->stats(Dataset::kLogs).rows, 1u);
}

// fdatasync that fails once: what it lost is not known, and a second one would say that all is well.
TEST_F(FullDiskTest, AFailedSyncStopsTheDatasetUntilTheNextStart) {
  open();
  append(lines(3));
  std::atomic<int> failures = 0;
  fs_.set_fault_hook([&](Op op, const std::string& path) -> std::optional<Fault> {
    if (op != Op::kSync || path.find("/wal/") == std::string::npos || failures++ > 0) return std::nullopt;
    return Fault{{base::Code::kIo, "fdatasync: Input/output error"}, 0};
  });
  for (int i = 0; i < 3; ++i) {
    const auto refused = try_append(lines(5));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, base::Code::kUnavailable);
    EXPECT_EQ(found(), 3u);
    (void)store_->maintain();
  }
  EXPECT_THAT(store_->stats(Dataset::kLogs).failure, HasSubstr("Input/output error"));
  EXPECT_EQ(store_->stats(Dataset::kSpans).failure, "");
  make_room();
  EXPECT_FALSE(try_append(lines(1))) << "until the next start";
  fs_.lose_power();
  open();
  EXPECT_EQ(found(), 3u);
  append(lines(2));
  EXPECT_EQ(found(), 5u);
}

class FullDiskRunTest : public FullDiskTest {
 protected:
  FullDiskRunTest() {
    options_.merge_fan_in = 3;
    options_.flush_rows = 60;
    options_.wal_segment_bytes = 4000;
  }

  // Appends, flushes and merges; what is refused is sent again once there is room.
  void run(RandomEvents& random, int steps) {
    for (int i = 0; i < steps; ++i) {
      TestBatch batch = random.batch(1 + random.below(8));
      kept_.prepare(random, batch);
      auto done = try_append(batch);
      if (!done) {
        make_room();
        (void)store_->maintain();
        done = try_append(batch);
      }
      ASSERT_TRUE(done) << done.error().message;
      kept_.acknowledge(batch, done->first_sequence);
      if (i % 3 == 2) (void)store_->flush();
      if (i % 4 == 3) (void)store_->maintain();
      if (i == steps / 2) (void)store_->remove({.range = {0, 1}, .filter = {}, .text = "nothing"});
    }
  }

  // Exactly what was acknowledged, each record once.
  void check() { ASSERT_EQ(kept_.wrong(scan()), ""); }

  KeptRecords kept_;
};

// The n-th write of a run finds no room, nor does any after it until somebody makes some: for every n there is.
TEST_F(FullDiskRunTest, AtEveryWriteOfARun) {
  constexpr int64_t kNever = INT64_MAX;
  int64_t writes = 0;
  for (int64_t n = -1; n < writes && !HasFatalFailure(); ++n) {
    SCOPED_TRACE("write " + std::to_string(n));
    RandomEvents random(7);
    random.rare_keys = 1;
    random.span = base::kNanosPerDay;
    kept_ = {};
    open();
    std::atomic<int64_t> count = 0;
    const int64_t first_full = n < 0 ? kNever : n;  // at first an undisturbed run, to count them
    fs_.set_fault_hook([&](Op op, const std::string& path) -> std::optional<Fault> {
      if (op != Op::kAppend) return std::nullopt;
      const int64_t now = count++;
      if (now < first_full) return std::nullopt;
      return Fault{{base::Code::kResourceExhausted, "write " + path + ": No space left on device"}, static_cast<size_t>(now % 40)};
    });
    run(random, 12);
    if (n < 0) writes = count;
    make_room();
    check();
    ASSERT_TRUE(store_->maintain());
    ASSERT_TRUE(store_->flush());
    check();
    store_.reset();
    fs_.lose_power();
    open();
    check();
    store_.reset();
    ASSERT_TRUE(fs_.remove_all(options_.dir));
  }
  EXPECT_GT(writes, 40);
  RecordProperty("writes", static_cast<int>(writes));
}

}  // namespace
}  // namespace tripod::store
