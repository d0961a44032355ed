// Power lost at any file operation: what was acknowledged is there afterwards, once, and nothing else but whole batches that
// were on their way.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <random>

#include "store/events/testing/naive_store.h"
#include "store/events/testing/store_fixture.h"

namespace tripod::store {
namespace {

using testing::NaiveStore;
using testing::RandomEvents;
using testing::TestBatch;

class CrashTest : public testing::StoreTest {
 protected:
  CrashTest() {
    options_.merge_fan_in = 3;
    options_.flush_rows = 60;
    options_.wal_segment_bytes = 4000;
  }

  // From the n-th operation on nothing reaches the disk.
  void cut_power_at(int64_t operation, size_t kept_of_write) {
    operations_ = 0;
    fs_.set_fault_hook([this, operation, kept_of_write](base::MemFs::Op, const std::string&) {
      const int64_t now = operations_++;
      if (now < operation) return std::optional<base::MemFs::Fault>();
      return std::optional(base::MemFs::Fault{{base::Code::kIo, "power lost"}, now == operation ? kept_of_write : 0});
    });
  }

  void run(RandomEvents& random, int steps) {
    for (int i = 0; i < steps; ++i) {
      const TestBatch batch = random.batch(1 + random.below(20));
      auto done = append_and_wait(*store_, batch);
      if (done) {
        acknowledged_.add(batch, done->first_sequence);
      } else {
        unanswered_rows_ += batch.events.size();
      }
      if (random.one_in(4)) (void)store_->flush();
      if (random.one_in(4)) (void)store_->maintain();
    }
  }

  void check() {
    const ScanResult found = scan();
    ASSERT_FALSE(found.stats.incomplete) << found.stats.warnings[0];
    std::map<uint64_t, const EventRow*> by_sequence;
    for (const EventRow& row : found.rows) {
      ASSERT_TRUE(by_sequence.emplace(row.sequence, &row).second) << "twice: " << testing::describe(row);
    }
    for (const NaiveStore::Row& row : acknowledged_.rows()) {
      const auto there = by_sequence.find(row.sequence);
      ASSERT_TRUE(there != by_sequence.end()) << "lost: " << row.sequence;
      ASSERT_EQ(there->second->time, row.time);
      ASSERT_EQ(there->second->fields.size(), row.fields.size());
      for (const auto& [key, value] : there->second->fields) {
        ASSERT_TRUE(testing::identical(value, row.fields.at(key)));
      }
    }
    ASSERT_LE(found.rows.size(), acknowledged_.rows().size() + unanswered_rows_);
  }

  std::atomic<int64_t> operations_{0};
  NaiveStore acknowledged_;
  size_t unanswered_rows_ = 0;
};

TEST_F(CrashTest, NothingAcknowledgedIsLost) {
  for (uint64_t seed = 1; seed <= 60 && !HasFatalFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomEvents random(seed);
    options_.dir = "events" + std::to_string(seed);
    acknowledged_ = {};
    unanswered_rows_ = 0;
    open();
    // Several lives, each ended by a power cut; the last one is looked at.
    for (int life = 0; life < 3 && !HasFatalFailure(); ++life) {
      cut_power_at(static_cast<int64_t>(random.below(250)), random.below(300));
      run(random, 12);
      store_.reset();
      fs_.set_fault_hook({});
      fs_.lose_power(random.one_in(2) ? random.below(200) : 0);
      open();
      check();
    }
    // And it goes on working.
    run(random, 5);
    ASSERT_TRUE(store_->flush());
    ASSERT_TRUE(store_->maintain());
    check();
    store_.reset();
  }
}

TEST_F(CrashTest, AnUnfinishedWriteIsToldWithoutAlarm) {
  open();
  append(lines(3));
  store_.reset();
  const std::string segment = "events/logs/wal/" + fs_.list("events/logs/wal")->back();
  ASSERT_TRUE((*fs_.open_append(segment, base::Fs::Open::kAppend))->append("half a record"));
  open();
  EXPECT_EQ(scan().rows.size(), 3u);
  EXPECT_TRUE(logger_.has("event_log_tail_cut_off"));
  EXPECT_FALSE(logger_.has("event_log_damaged"));
}

// The same without a power cut: operations fail now and then, and the store lives on.
TEST_F(CrashTest, PassingErrorsLoseNothing) {
  for (uint64_t seed = 1; seed <= 20 && !HasFatalFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomEvents random(seed);
    options_.dir = "events" + std::to_string(seed);
    acknowledged_ = {};
    unanswered_rows_ = 0;
    open();
    std::mt19937_64 chance(seed);
    fs_.set_fault_hook([&chance](base::MemFs::Op op, const std::string& path) -> std::optional<base::MemFs::Fault> {
      // A log that failed once stays failed; parts and manifests are what is tried again.
      if (path.find("/wal/") != std::string::npos || op == base::MemFs::Op::kRead || chance() % 20 != 0) return std::nullopt;
      return base::MemFs::Fault{{base::Code::kIo, "passing error"}, chance() % 100};
    });
    run(random, 40);
    fs_.set_fault_hook({});
    check();
    fs_.lose_power();
    open();
    check();
    store_.reset();
  }
}

}  // namespace
}  // namespace tripod::store
