#include "base/wal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <map>
#include <thread>

#include "base/wal_format.h"
#include "base/wal_test_support.h"

namespace tripod::base {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Wal, ReplaysInOrderAndNumbersOnWithoutGaps) {
  MemFs fs;
  Records records;
  for (WalSequence before = 0; before < 30; before += 10) {
    auto wal = open(fs, options_of(200), records);
    ASSERT_TRUE(wal) << wal.error().message;
    EXPECT_EQ(records, expected(1, before));
    EXPECT_EQ((*wal)->last_sequence(), before);
    EXPECT_EQ((*wal)->durable_sequence(), before);
    EXPECT_THAT((*wal)->warnings(), IsEmpty());
    fill(**wal, 10);
    EXPECT_EQ((*wal)->durable_sequence(), before + 10);
    fs.lose_power();  // everything acknowledged survives
  }
  ASSERT_TRUE(open(fs, options_of(), records));
  EXPECT_EQ(records, expected(1, 30));
  EXPECT_GT(segments_in(fs).size(), 5u);
}

TEST(Wal, TakesEmptyAndLargeRecords) {
  MemFs fs;
  Records records;
  const std::string large(5 << 20, 'L');
  {
    auto wal = open(fs, options_of(), records);
    EXPECT_EQ((*wal)->append_sync("").value(), 1u);
    EXPECT_EQ((*wal)->append_sync(large).value(), 2u);
    EXPECT_EQ((*wal)->append_sync("after").value(), 3u);
  }
  ASSERT_TRUE(open(fs, options_of(), records));
  ASSERT_THAT(records, SizeIs(3));
  EXPECT_EQ(records[0].second, "");
  EXPECT_TRUE(records[1].second == large);
  EXPECT_EQ(records[2].second, "after");
}

TEST(Wal, AnErrorOfReplayEndsTheOpen) {
  MemFs fs;
  Records records;
  fill(**open(fs, options_of(), records), 3);
  int calls = 0;
  const auto wal = Wal::open(fs, options_of(), [&](WalSequence sequence, auto) -> Result<> {
    ++calls;
    if (sequence == 2) return fail(Code::kInternal, "cannot apply");
    return {};
  });
  ASSERT_FALSE(wal);
  EXPECT_EQ(wal.error().message, "cannot apply");
  EXPECT_EQ(calls, 2);
}

TEST(Wal, ReleaseDeletesWholeSegmentsOnly) {
  MemFs fs;
  Records records;
  auto wal = open(fs, options_of(1), records);  // a segment per record
  fill(**wal, 5);
  EXPECT_THAT(segments_in(fs), SizeIs(5));
  const uint64_t before = (*wal)->bytes_on_disk();
  (*wal)->release(0);
  EXPECT_THAT(segments_in(fs), SizeIs(5));
  (*wal)->release(2);
  EXPECT_THAT(segments_in(fs),
              ElementsAre(wal_segment_name(3), wal_segment_name(4), wal_segment_name(5)));
  EXPECT_LT((*wal)->bytes_on_disk(), before);
  (*wal)->release(5);  // the last one stays: it carries the numbering
  EXPECT_THAT(segments_in(fs), ElementsAre(wal_segment_name(5)));
  (*wal)->release(1);
  wal->reset();
  fs.lose_power();
  wal = open(fs, options_of(1), records);
  EXPECT_EQ(records, expected(5, 5));
  EXPECT_EQ((*wal)->append_sync("six").value(), 6u);
}

TEST(Wal, ReleaseInsideASegmentKeepsIt) {
  MemFs fs;
  Records records;
  auto wal = open(fs, options_of(), records);
  fill(**wal, 10);
  (*wal)->release(9);
  wal->reset();
  ASSERT_TRUE(open(fs, options_of(), records));
  EXPECT_EQ(records, expected(1, 10));
}

TEST(Wal, ReopeningWithoutRecordsMakesNoNewSegments) {
  MemFs fs;
  Records records;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(open(fs, options_of(), records));
    EXPECT_THAT(segments_in(fs), ElementsAre(wal_segment_name(1)));
  }
  for (int i = 0; i < 3; ++i) fill(**open(fs, options_of(), records), 1);
  EXPECT_THAT(segments_in(fs), ElementsAre(wal_segment_name(1)));
}

TEST(Wal, StartsPastWhatAStoreHoldsAlready) {
  MemFs fs;
  Records records;
  fill(**open(fs, options_of(), records), 3);
  WalOptions options = options_of();
  options.least_next = 10;
  {
    auto wal = open(fs, options, records);
    EXPECT_EQ(records, expected(1, 3));
    EXPECT_EQ((*wal)->last_sequence(), 9u);
    fill(**wal, 2);
  }
  options.least_next = 2;  // less than the log knows itself: no effect
  auto wal = open(fs, options, records);
  ASSERT_THAT(records, SizeIs(5));
  EXPECT_EQ(records[3], std::pair(WalSequence{10}, record_of(10)));
  EXPECT_EQ((*wal)->last_sequence(), 11u);
  EXPECT_THAT((*wal)->warnings(), IsEmpty());  // the gap was meant
}

TEST(Wal, RefusesTooLargeAndTooMuch) {
  FailingFs disk;
  Records records;
  WalOptions options = options_of();
  options.max_record_bytes = 100;
  options.max_pending_bytes = 50;
  auto wal = open(disk.fs, options, records);
  EXPECT_EQ((*wal)->append_sync(std::string(101, 'x')).error().code, Code::kTooLarge);
  EXPECT_TRUE((*wal)->append_sync(std::string(100, 'x')));  // alone it may pass the pending limit

  // A disk that hangs in its write: what is appended meanwhile piles up to the limit.
  std::mutex mu;
  std::condition_variable changed;
  bool hanging = false;
  bool let_go = false;
  disk.fs.set_fault_hook([&](MemFs::Op op, const std::string&) -> std::optional<MemFs::Fault> {
    if (op != MemFs::Op::kAppend) return std::nullopt;
    std::unique_lock lock(mu);
    hanging = true;
    changed.notify_all();
    changed.wait(lock, [&] { return let_go; });
    return std::nullopt;
  });
  std::atomic<int> done{0};
  auto count = [&](Result<WalSequence> result) { done += result ? 1 : 100; };
  ASSERT_TRUE((*wal)->append(std::string(20, 'a'), count));
  {
    std::unique_lock lock(mu);
    changed.wait(lock, [&] { return hanging; });
  }
  ASSERT_TRUE((*wal)->append(std::string(30, 'b'), count));
  EXPECT_EQ((*wal)->append("c", count).error().code, Code::kResourceExhausted);
  {
    std::lock_guard lock(mu);
    let_go = true;
  }
  changed.notify_all();
  wal->reset();  // commits what is pending
  EXPECT_EQ(done, 2);
  disk.fs.set_fault_hook({});
  ASSERT_TRUE(open(disk.fs, options, records));
  EXPECT_THAT(records, SizeIs(3));
}

TEST(Wal, OrderedRunsInSequenceOrderBeforeAnybodyElse) {
  MemFs fs;
  Records records;
  auto wal = open(fs, options_of(4096), records);
  std::vector<WalSequence> ordered;   // guarded by the numbering lock
  std::vector<WalSequence> finished;  // committer thread only
  {
    std::deque<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i) {
          const auto got = (*wal)->append(
              "payload", [&](Result<WalSequence> done) { finished.push_back(done.value()); },
              [&](WalSequence sequence) { ordered.push_back(sequence); });
          EXPECT_TRUE(got);
        }
      });
    }
  }
  wal->reset();
  ASSERT_THAT(ordered, SizeIs(1600));
  for (size_t i = 0; i < ordered.size(); ++i) ASSERT_EQ(ordered[i], i + 1);
  EXPECT_EQ(ordered, finished);
}

// Eight threads append and wait; two more release and read the counters meanwhile.
TEST(Wal, GroupCommitFromEightThreads) {
  MemFs fs;
  Records records;
  std::map<WalSequence, std::string> sent;
  std::mutex mu;
  {
    auto wal = open(fs, options_of(2000), records);
    std::deque<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 100; ++i) {
          const std::string text = std::to_string(t) + "/" + std::to_string(i);
          const auto got = (*wal)->append_sync(text);
          ASSERT_TRUE(got);
          EXPECT_GE((*wal)->durable_sequence(), *got);
          std::lock_guard lock(mu);
          EXPECT_TRUE(sent.emplace(*got, text).second);
        }
      });
    }
    threads.emplace_back([&] {
      for (WalSequence n = 0; n < 400; ++n) {
        (*wal)->release(std::min(n, (*wal)->durable_sequence()));
        (void)(*wal)->bytes_on_disk();
      }
    });
    threads.clear();
    EXPECT_EQ((*wal)->last_sequence(), 800u);
  }
  fs.lose_power();
  ASSERT_TRUE(open(fs, options_of(), records));
  ASSERT_FALSE(records.empty());
  EXPECT_EQ(records.back().first, 800u);
  for (size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i].first, records.front().first + i);
    EXPECT_EQ(records[i].second, sent.at(records[i].first));
  }
}

struct WriteFault {
  const char* name;
  MemFs::Op op;
  size_t bytes_kept;
};

class WalFault : public ::testing::TestWithParam<WriteFault> {};

INSTANTIATE_TEST_SUITE_P(
    All, WalFault,
    ::testing::Values(WriteFault{"Eio", MemFs::Op::kAppend, 0},
                      WriteFault{"ShortWriteInHeader", MemFs::Op::kAppend, 7},
                      WriteFault{"ShortWriteInPayload", MemFs::Op::kAppend, 20},
                      WriteFault{"WholeWriteThenError", MemFs::Op::kAppend, 1000},
                      WriteFault{"FailedSync", MemFs::Op::kSync, 0}),
    [](const auto& made) { return made.param.name; });

TEST_P(WalFault, StopsTheLogForGood) {
  FailingFs disk;
  Records records;
  auto wal = open(disk.fs, options_of(), records);
  fill(**wal, 3);
  disk.fail(GetParam().op, "No space left on device", GetParam().bytes_kept);
  const auto failed = (*wal)->append_sync(record_of(4));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::kUnavailable);
  EXPECT_THAT(failed.error().message, HasSubstr("No space left"));
  EXPECT_EQ((*wal)->durable_sequence(), 3u);

  disk.heal();
  bool called = false;
  const auto later = (*wal)->append("later", [&](Result<WalSequence>) { called = true; });
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().code, Code::kUnavailable);
  EXPECT_THAT(later.error().message, HasSubstr("No space left"));
  wal->reset();
  EXPECT_FALSE(called);

  // After a restart the three are there; the refused one may only be there if the disk could not
  // even be cut back.
  wal = open(disk.fs, options_of(), records);
  ASSERT_TRUE(wal) << wal.error().message;
  ASSERT_GE(records.size(), 3u);
  records.resize(3);
  EXPECT_EQ(records, expected(1, 3));
  EXPECT_THAT((*wal)->warnings(), IsEmpty());
  fill(**wal, 3);
}

TEST(Wal, ARefusedRecordIsCutBackWhereTheDiskStillTakesThat) {
  FailingFs disk;
  Records records;
  auto wal = open(disk.fs, options_of(), records);
  fill(**wal, 3);
  disk.fail(MemFs::Op::kAppend, "EIO", 1000);  // the whole record reaches the file all the same
  ASSERT_FALSE((*wal)->append_sync(record_of(4)));
  wal->reset();
  disk.heal();
  wal = open(disk.fs, options_of(), records);
  EXPECT_EQ(records, expected(1, 3));
  EXPECT_EQ((*wal)->last_sequence(), 3u);
}

TEST(Wal, EverybodyWaitingIsToldOfAFailure) {
  FailingFs disk;
  Records records;
  auto wal = open(disk.fs, options_of(), records);
  disk.fail(MemFs::Op::kSync, "EIO");
  std::atomic<int> refused{0};
  {
    std::deque<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 20; ++i) {
          const auto got = (*wal)->append_sync("x");
          if (!got && got.error().code == Code::kUnavailable) ++refused;
        }
      });
    }
  }
  EXPECT_EQ(refused, 160);
}

TEST(Wal, ASegmentThatCannotBeStartedStopsTheLog) {
  FailingFs disk;
  Records records;
  auto wal = open(disk.fs, options_of(1), records);
  fill(**wal, 2);
  disk.fail(MemFs::Op::kSyncDir, "EIO");
  EXPECT_EQ((*wal)->append_sync(record_of(3)).error().code, Code::kUnavailable);
  EXPECT_EQ((*wal)->append_sync(record_of(3)).error().code, Code::kUnavailable);
  wal->reset();
  disk.heal();
  disk.fs.lose_power();
  wal = open(disk.fs, options_of(1), records);
  EXPECT_EQ(records, expected(1, 2));
  fill(**wal, 2);
}

TEST(Wal, AFolderThatCannotBeReadEndsTheOpen) {
  FailingFs disk;
  Records records;
  fill(**open(disk.fs, options_of(), records), 2);
  disk.fail(MemFs::Op::kRead, "Input/output error");
  const auto wal = open(disk.fs, options_of(), records);
  ASSERT_FALSE(wal);
  EXPECT_EQ(wal.error().code, Code::kIo);
  disk.heal();
  ASSERT_TRUE(open(disk.fs, options_of(), records));
  EXPECT_EQ(records, expected(1, 2));
}

TEST(Wal, OnRealFiles) {
  std::string dir = (std::filesystem::temp_directory_path() / "tripod-wal-XXXXXX").string();
  ASSERT_NE(::mkdtemp(dir.data()), nullptr);
  RealFs fs;
  Records records;
  WalOptions options = options_of(500);
  options.dir = dir + "/a/wal";
  fill(**open(fs, options, records), 20);
  auto wal = open(fs, options, records);
  ASSERT_TRUE(wal) << wal.error().message;
  EXPECT_EQ(records, expected(1, 20));
  (*wal)->release(20);
  fill(**wal, 1);
  wal->reset();
  ASSERT_TRUE(open(fs, options, records));
  EXPECT_EQ(records.back(), expected(21, 21).back());
  EXPECT_LT(records.size(), 20u);
  std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace tripod::base
