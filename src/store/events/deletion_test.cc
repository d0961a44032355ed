// Deletions: nothing of them is found from the moment on, whatever happens, and their room is made in the background.
#include <gtest/gtest.h>

#include <atomic>

#include "store/events/deletion_file.h"
#include "store/events/testing/naive_store.h"
#include "store/events/testing/store_fixture.h"

namespace tripod::store {
namespace {

using testing::NaiveStore;
using testing::RandomEvents;
using testing::TestBatch;

class DeletionTest : public testing::StoreTest {
 protected:
  Removal remove(Predicate filter, TimeRange range = {}) {
    auto removal = store_->remove({Dataset::kLogs, range, std::move(filter), "the words for it"});
    EXPECT_TRUE(removal) << removal.error().message;
    return removal.value_or(Removal{});
  }
  uint64_t count() {
    AggregatePlan plan;
    auto result = store_->aggregate(plan);
    EXPECT_TRUE(result);
    return result->groups.empty() ? 0 : result->groups[0].count;
  }
  size_t removals() { return store_->removals(Dataset::kLogs).size(); }
  static Predicate n_below(int64_t n) { return Predicate::compare(Predicate::Op::kLess, "n", n); }
};

TEST_F(DeletionTest, NothingOfItIsFoundFromMemoryOrParts) {
  open();
  append(lines(100));
  ASSERT_TRUE(store_->flush());
  append(lines(100));
  remove(Predicate::any_of({n_below(10), Predicate::equal("n", int64_t{150})}));
  EXPECT_EQ(scan().rows.size(), 189u);
  EXPECT_EQ(count(), 189u);
  EXPECT_EQ(scan(n_below(20)).rows.size(), 10u);
  open();
  EXPECT_EQ(scan().rows.size(), 189u);
  ASSERT_TRUE(store_->flush());
  EXPECT_EQ(scan().rows.size(), 189u);
  EXPECT_EQ(removals(), 1u);
  EXPECT_EQ(store_->removals(Dataset::kLogs)[0].plan.text, "the words for it");
  ASSERT_TRUE(store_->maintain());
  EXPECT_EQ(removals(), 0u);
  EXPECT_EQ(scan().rows.size(), 189u);
  EXPECT_EQ(count(), 189u);
  EXPECT_EQ(store_->stats(Dataset::kLogs).rows, 189u);
  EXPECT_TRUE(logger_.has("event_deletion_done"));
}

TEST_F(DeletionTest, WhatComesLaterStays) {
  open();
  append(lines(5));
  remove(Predicate::exists("n"));
  EXPECT_EQ(scan().rows.size(), 0u);
  append(lines(5));
  EXPECT_EQ(scan().rows.size(), 5u);
  ASSERT_TRUE(store_->flush());
  ASSERT_TRUE(store_->maintain());
  EXPECT_EQ(scan().rows.size(), 5u);
  EXPECT_EQ(removals(), 0u);
}

TEST_F(DeletionTest, TheRangeIsExact) {
  open();
  append(lines(100));
  ASSERT_TRUE(store_->flush());
  remove({}, {kNow + 10 * base::kNanosPerSecond, kNow + 20 * base::kNanosPerSecond});
  EXPECT_EQ(scan().rows.size(), 90u);
  ASSERT_TRUE(store_->maintain());
  EXPECT_EQ(scan().rows.size(), 90u);
  EXPECT_EQ(scan(Predicate::equal("n", int64_t{9})).rows.size(), 1u);
  EXPECT_EQ(scan(Predicate::equal("n", int64_t{10})).rows.size(), 0u);
  EXPECT_EQ(scan(Predicate::equal("n", int64_t{20})).rows.size(), 1u);
}

TEST_F(DeletionTest, OtherPartsAreLeftAlone) {
  open();
  append(lines(10));
  ASSERT_TRUE(store_->flush());
  append(lines(10, kNow + 2 * base::kNanosPerDay));
  ASSERT_TRUE(store_->flush());
  const auto before = part_files();
  ASSERT_EQ(before.size(), 2u);
  remove(n_below(5), {kNow, kNow + base::kNanosPerDay});
  ASSERT_TRUE(store_->maintain());
  const auto after = part_files();
  ASSERT_EQ(after.size(), 2u);
  EXPECT_NE(before[0], after[0]);
  EXPECT_EQ(before[1], after[1]);
  // A part of which nothing is left goes.
  remove({}, {kNow, kNow + base::kNanosPerDay});
  ASSERT_TRUE(store_->maintain());
  EXPECT_EQ(part_files(), std::vector<std::string>{before[1]});
  EXPECT_EQ(removals(), 0u);
}

TEST_F(DeletionTest, RoomIsMadeByTheFlushToo) {
  open();
  append(lines(50));
  remove(Predicate::exists("n"));
  ASSERT_TRUE(store_->flush());
  EXPECT_TRUE(part_files().empty());
  open();
  EXPECT_EQ(scan().rows.size(), 0u);
  append(lines(1));
  EXPECT_EQ(scan().rows.size(), 1u);
}

TEST_F(DeletionTest, BadOnesAreRefused) {
  open();
  auto bad = store_->remove({Dataset::kLogs, {}, Predicate::compare(Predicate::Op::kRegex, "body", std::string("(")), {}});
  EXPECT_EQ(bad.error().code, base::Code::kInvalidArgument);
  auto large = store_->remove({Dataset::kLogs, {}, Predicate::equal("body", std::string(100'000, 'x')), {}});
  EXPECT_EQ(large.error().code, base::Code::kTooLarge);
  append(lines(1));
  for (int i = 0; i < 100; ++i) remove(Predicate::equal("n", int64_t{i + 1}));
  EXPECT_EQ(store_->remove({Dataset::kLogs, {}, n_below(3), {}}).error().code, base::Code::kResourceExhausted);
  EXPECT_EQ(store_->remove({Dataset::kSpans, {}, n_below(3), {}})->id, 1u);
  ASSERT_TRUE(store_->flush());
  ASSERT_TRUE(store_->maintain());
  EXPECT_EQ(remove(n_below(3)).id, 101u);
}

TEST_F(DeletionTest, AnUnreadablePartKeepsItsDeletion) {
  open();
  append(lines(100));
  ASSERT_TRUE(store_->flush());
  for (size_t at = 16; at < 400; at += 8) fs_.flip_bit(part_files()[0], at);
  remove(n_below(500));
  (void)store_->maintain();
  (void)store_->maintain();
  EXPECT_EQ(removals(), 1u);
}

TEST_F(DeletionTest, DamagedFileIsSetAsideAndNamed) {
  open();
  append(lines(3));
  remove(n_below(1));
  store_.reset();
  fs_.flip_bit("events/logs/DELETIONS", 20);
  open();
  EXPECT_TRUE(logger_.has("event_deletions_damaged"));
  EXPECT_TRUE(fs_.exists("events/logs/DELETIONS.damaged"));
  EXPECT_EQ(scan().rows.size(), 3u);
}

TEST_F(DeletionTest, NewerFileIsRefusedNotDestroyed) {
  open();
  remove(n_below(1));
  store_.reset();
  auto bytes = fs_.read_all("events/logs/DELETIONS");
  (*bytes)[8] = 9;
  ASSERT_TRUE(fs_.write_atomically("events/logs/DELETIONS", *bytes));
  auto opened = try_open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Code::kUnsupported);
  EXPECT_EQ(*fs_.read_all("events/logs/DELETIONS"), *bytes);
}

// Sequence numbers that a power loss took are not given to records which an older deletion would then match.
TEST_F(DeletionTest, NewRecordsNeverHaveOldNumbers) {
  open();
  append(lines(1));
  fs_.set_fault_hook([](base::MemFs::Op op, const std::string& path) -> std::optional<base::MemFs::Fault> {
    if (op != base::MemFs::Op::kSync || path.find("/wal/") == std::string::npos) return std::nullopt;
    return base::MemFs::Fault{{base::Code::kIo, "fdatasync: Input/output error"}, 0};
  });
  ASSERT_FALSE(append_and_wait(*store_, lines(5)));
  remove(Predicate::exists("n"));
  store_.reset();
  fs_.set_fault_hook({});
  fs_.lose_power();
  open();
  EXPECT_EQ(scan().rows.size(), 0u);
  append(lines(5));
  EXPECT_EQ(scan().rows.size(), 5u);
}

// Random records, deletions, flushes, merges, restarts and power cuts: what is found is what was acknowledged without what was
// deleted.
TEST_F(DeletionTest, NothingDeletedComesBackAndNothingElseGoes) {
  options_.merge_fan_in = 3;
  options_.flush_rows = 60;
  options_.wal_segment_bytes = 4000;
  for (uint64_t seed = 1; seed <= 15 && !HasFatalFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomEvents random(seed);
    options_.dir = "events" + std::to_string(seed);
    open();
    std::map<uint64_t, NaiveStore::Row> expected;
    auto check = [&] {
      const ScanResult found = scan();
      ASSERT_FALSE(found.stats.incomplete) << found.stats.warnings[0];
      std::set<uint64_t> sequences;
      for (const EventRow& row : found.rows) sequences.insert(row.sequence);
      std::set<uint64_t> wanted;
      for (const auto& [sequence, row] : expected) wanted.insert(sequence);
      ASSERT_EQ(sequences, wanted);
      ASSERT_EQ(count(), wanted.size());
    };
    for (int step = 0; step < 30 && !HasFatalFailure(); ++step) {
      const TestBatch batch = random.batch(1 + random.below(20));
      auto done = append_and_wait(*store_, batch);
      ASSERT_TRUE(done);
      NaiveStore rows;
      rows.add(batch, done->first_sequence);
      for (const NaiveStore::Row& row : rows.rows()) expected.emplace(row.sequence, row);
      if (random.one_in(4)) {
        Predicate filter = random.predicate(2);
        TimeRange range;
        if (random.one_in(2)) range.start = random.start + static_cast<int64_t>(random.below(static_cast<uint64_t>(random.span)));
        if (random.one_in(2)) range.end = random.start + static_cast<int64_t>(random.below(static_cast<uint64_t>(random.span)));
        remove(filter, range);
        std::erase_if(expected, [&](const auto& entry) {
          return range.contains(entry.second.time) && testing::naive_match(filter, entry.second);
        });
      }
      if (random.one_in(4)) ASSERT_TRUE(store_->flush());
      if (random.one_in(4)) ASSERT_TRUE(store_->maintain());
      if (random.one_in(8)) {
        store_.reset();
        fs_.lose_power();
        open();
      }
      if (random.one_in(3)) check();
    }
    ASSERT_TRUE(store_->flush());
    ASSERT_TRUE(store_->maintain());
    check();
    ASSERT_EQ(removals(), 0u);
    ASSERT_EQ(store_->stats(Dataset::kLogs).rows, expected.size());
    store_.reset();
  }
}

}  // namespace
}  // namespace tripod::store
