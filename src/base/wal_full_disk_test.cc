// A log on a disk without room: it refuses, leaves nothing behind, and goes on when there is room.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "base/wal_test_support.h"

namespace tripod::base {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

WalOptions resuming(uint64_t segment_bytes = 64u << 20) {
  WalOptions options = options_of(segment_bytes);
  options.resume = true;
  return options;
}

// What was refused leaves no trace; what comes when there is room again is found behind what was
// there.
TEST(WalOnAFullDisk, GoesOnAfterAFullDisk) {
  for (size_t kept : {0u, 7u, 20u, 1000u}) {
    for (uint64_t segment_bytes : {1u, 100u, 10'000u}) {
      SCOPED_TRACE(std::to_string(kept) + " bytes kept, segments of " +
                   std::to_string(segment_bytes));
      FailingFs disk;
      Records records;
      auto wal = open(disk.fs, resuming(segment_bytes), records);
      fill(**wal, 3);
      disk.fail(MemFs::Op::kAppend, "No space left on device", kept);
      for (int i = 0; i < 20; ++i) {
        auto refused = (*wal)->append_sync("refused");
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Code::kUnavailable);
        EXPECT_THAT(refused.error().message, HasSubstr("No space left on device"));
        EXPECT_FALSE((*wal)->retry());
      }
      EXPECT_THAT((*wal)->trouble(), HasSubstr("No space left on device"));
      EXPECT_EQ((*wal)->failure(), "");
      EXPECT_LE(segments_in(disk.fs).size(), 4u);
      disk.heal();
      EXPECT_FALSE((*wal)->append_sync("before the retry"));
      EXPECT_TRUE((*wal)->retry());
      EXPECT_EQ((*wal)->trouble(), "");
      EXPECT_EQ((*wal)->append_sync("again").value(), 5u) << "the first refused one had a number";
      EXPECT_EQ((*wal)->append_sync("and again").value(), 6u);
      wal->reset();
      disk.fs.lose_power();
      wal = open(disk.fs, resuming(segment_bytes), records);
      ASSERT_TRUE(wal);
      Records wanted = expected(1, 3);
      wanted.push_back({5, "again"});
      wanted.push_back({6, "and again"});
      EXPECT_EQ(records, wanted);
      EXPECT_THAT((*wal)->warnings(), IsEmpty());
      EXPECT_THAT((*wal)->notices(), IsEmpty());
    }
  }
}

TEST(WalOnAFullDisk, OpensOnAFullDisk) {
  FailingFs disk;
  Records records;
  fill(**open(disk.fs, resuming(), records), 3);
  WalOptions options = resuming();
  options.least_next = 10;  // asks for a segment of its own
  disk.fail(MemFs::Op::kAppend, "No space left on device");
  auto wal = open(disk.fs, options, records);
  ASSERT_TRUE(wal) << wal.error().message;
  EXPECT_EQ(records, expected(1, 3));
  EXPECT_FALSE((*wal)->append_sync("refused"));
  EXPECT_NE((*wal)->trouble(), "");
  disk.heal();
  EXPECT_TRUE((*wal)->retry());
  EXPECT_EQ((*wal)->append_sync(record_of(10)).value(), 10u);
}

TEST(WalOnAFullDisk, ARoomThatIsMissedAtTheSyncIsLikeOneMissedAtTheWrite) {
  FailingFs disk;
  Records records;
  auto wal = open(disk.fs, resuming(), records);
  fill(**wal, 1);
  std::atomic<int> full = 1;
  disk.fs.set_fault_hook([&](MemFs::Op op, const std::string&) -> std::optional<MemFs::Fault> {
    if (op != MemFs::Op::kSync || full-- <= 0) return std::nullopt;
    return MemFs::Fault{{Code::kResourceExhausted, "full"}, 0};
  });
  EXPECT_EQ((*wal)->append_sync("refused").error().code, Code::kUnavailable);
  EXPECT_TRUE((*wal)->retry());
  EXPECT_EQ((*wal)->append_sync(record_of(3)).value(), 3u);
  wal->reset();
  disk.fs.set_fault_hook({});
  ASSERT_TRUE(open(disk.fs, resuming(), records));
  EXPECT_EQ(records, (Records{{1, record_of(1)}, {3, record_of(3)}}));
}

TEST(WalOnAFullDisk, AFailedSyncOrAFailedCutIsFinal) {
  for (const bool cut : {false, true}) {
    FailingFs disk;
    Records records;
    auto wal = open(disk.fs, resuming(), records);
    fill(**wal, 2);
    // truncate() asks as a sync.
    disk.fail(MemFs::Op::kSync, "Input/output error");
    if (cut) disk.fail(MemFs::Op::kAppend, "No space left on device", 5);
    EXPECT_EQ((*wal)->append_sync("lost").error().code, Code::kUnavailable);
    disk.heal();
    EXPECT_FALSE((*wal)->retry());
    EXPECT_EQ((*wal)->append_sync("later").error().code, Code::kUnavailable);
    EXPECT_NE((*wal)->failure(), "");
    wal->reset();
    disk.fs.lose_power();
    ASSERT_TRUE(open(disk.fs, resuming(), records));
    EXPECT_EQ(records, expected(1, 2));
  }
}

// What was appended behind a record that is refused is refused with it: a store's records may build
// on one another.
TEST(WalOnAFullDisk, WhatWaitsBehindARefusedRecordIsRefusedToo) {
  FailingFs disk;
  Records records;
  auto wal = open(disk.fs, resuming(), records);
  fill(**wal, 1);
  std::atomic<bool> writing = false;
  std::atomic<bool> go_on = false;
  std::atomic<int> writes = 0;
  disk.fs.set_fault_hook([&](MemFs::Op op, const std::string&) -> std::optional<MemFs::Fault> {
    if (op != MemFs::Op::kAppend || writes++ > 0) return std::nullopt;
    writing = true;
    while (!go_on) std::this_thread::yield();
    return MemFs::Fault{{Code::kResourceExhausted, "full"}, 0};
  });
  std::atomic<int> refused = 0;
  const auto count = [&](const Result<WalSequence>& result) { refused += result ? 100 : 1; };
  ASSERT_TRUE((*wal)->append("first", count));
  while (!writing) std::this_thread::yield();
  const auto last = (*wal)->append("second", count);
  ASSERT_TRUE(last);
  go_on = true;
  (*wal)->wait_told(*last);
  EXPECT_EQ(refused, 2);
  EXPECT_TRUE((*wal)->retry());
  EXPECT_EQ((*wal)->append_sync(record_of(4)).value(), 4u);
  wal->reset();
  disk.fs.set_fault_hook({});
  ASSERT_TRUE(open(disk.fs, resuming(), records));
  EXPECT_EQ(records, (Records{{1, record_of(1)}, {4, record_of(4)}}));
}

// A disk that is full now and then, in the middle of anything, and power that goes: what was
// acknowledged is there, what was refused is not, and nothing looks like damage.
TEST(WalOnAFullDisk, AFullDiskAtAnyWriteLosesAndBringsBackNothing) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 rng(seed);
    MemFs fs;
    Records records;
    Records acknowledged;
    for (int life = 0; life < 4; ++life) {
      auto wal = open(fs, resuming(200), records);
      ASSERT_TRUE(wal) << wal.error().message;
      ASSERT_EQ(records, acknowledged);
      ASSERT_THAT((*wal)->warnings(), IsEmpty());
      bool full = false;
      fs.set_fault_hook([&](MemFs::Op op, const std::string&) -> std::optional<MemFs::Fault> {
        if (rng() % 12 == 0) full = !full;
        if (!full || op != MemFs::Op::kAppend) return std::nullopt;
        return MemFs::Fault{{Code::kResourceExhausted, "full"}, rng() % 60};
      });
      for (int i = 0; i < 40; ++i) {
        const std::string text = std::to_string(rng());
        const auto got = (*wal)->append_sync(text);
        if (got) {
          acknowledged.push_back({*got, text});
          continue;
        }
        ASSERT_EQ(got.error().code, Code::kUnavailable);
        (void)(*wal)->retry();
      }
      wal->reset();
      fs.set_fault_hook({});
      if (life % 2 == 0) fs.lose_power();
    }
  }
}

}  // namespace
}  // namespace tripod::base
