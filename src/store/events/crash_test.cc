// Power lost at any file operation: what was acknowledged is there afterwards, once, and nothing else but whole batches that
// were on their way; of a record and those that replaced it the one or the other.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <random>

#include "store/events/testing/kept_records.h"
#include "store/events/testing/store_fixture.h"

namespace tripod::store {
namespace {

using testing::KeptRecords;
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
      TestBatch batch = random.batch(1 + random.below(20));
      kept_.prepare(random, batch);
      auto done = append_and_wait(*store_, batch);
      if (done) kept_.acknowledge(batch, done->first_sequence);
      else kept_.leave_unanswered(std::move(batch));
      if (random.one_in(4)) (void)store_->flush();
      if (random.one_in(4)) (void)store_->maintain();
    }
  }
  void check() { ASSERT_EQ(kept_.wrong(scan()), ""); }
  void check_after_start() { ASSERT_EQ(kept_.wrong_after_start(scan()), ""); }

  std::atomic<int64_t> operations_{0};
  KeptRecords kept_;
};

TEST_F(CrashTest, NothingAcknowledgedIsLost) {
  for (uint64_t seed = 1; seed <= 60 && !HasFatalFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomEvents random(seed);
    options_.dir = "events" + std::to_string(seed);
    kept_ = {};
    open();
    // Several lives, each ended by a power cut; the last one is looked at.
    for (int life = 0; life < 3 && !HasFatalFailure(); ++life) {
      cut_power_at(static_cast<int64_t>(random.below(250)), random.below(300));
      run(random, 12);
      store_.reset();
      fs_.set_fault_hook({});
      fs_.lose_power(random.one_in(2) ? random.below(200) : 0);
      open();
      check_after_start();
    }
    // And it goes on working.
    run(random, 5);
    ASSERT_TRUE(store_->flush());
    ASSERT_TRUE(store_->maintain());
    check();
    store_.reset();
  }
}

// Under a thread sanitizer the interleavings count, not the seeds.
#if defined(__SANITIZE_THREAD__)
constexpr uint64_t kSeeds = 50;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr uint64_t kSeeds = 50;
#else
constexpr uint64_t kSeeds = 1000;
#endif
#else
constexpr uint64_t kSeeds = 1000;
#endif

// The disk has written what it liked of what nobody waited for.
TEST_F(CrashTest, UnsyncedWritesAreLostInAnyOrder) {
  for (uint64_t seed = 1; seed <= kSeeds && !HasFatalFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomEvents random(seed);
    random.rare_keys = 3;
    kept_ = {};
    open();
    for (int life = 0; life < 2 && !HasFatalFailure(); ++life) {
      cut_power_at(static_cast<int64_t>(random.below(150)), random.below(300));
      run(random, 5);
      store_.reset();
      fs_.set_fault_hook({});
      fs_.lose_power_in_any_order([&] { return random.below(UINT64_MAX); });
      open();
      check_after_start();
    }
    store_.reset();
    ASSERT_TRUE(fs_.remove_all(options_.dir));
  }
}

// fdatasync that fails at every call of a run, once or twice (so that the log cannot be cut back either): what was acknowledged before is
// found after a restart, and nothing is acknowledged that is not.
TEST_F(CrashTest, AFailedSyncAtAnyMomentLosesNothing) {
  int64_t syncs = 0;
  for (int64_t i = -1; i < 2 * syncs && !HasFatalFailure(); ++i) {
    const int64_t n = i < 0 ? -10 : i / 2, failures = 1 + std::abs(i % 2);
    SCOPED_TRACE(std::to_string(failures) + " failures from sync " + std::to_string(n) + " on");
    RandomEvents random(5);
    random.rare_keys = 3;
    kept_ = {};
    open();
    std::atomic<int64_t> count = 0;
    fs_.set_fault_hook([&](base::MemFs::Op op, const std::string&) -> std::optional<base::MemFs::Fault> {
      if (op != base::MemFs::Op::kSync) return std::nullopt;
      const int64_t now = count++;
      if (now < n || now >= n + failures) return std::nullopt;
      return base::MemFs::Fault{{base::Code::kIo, "fdatasync: Input/output error"}, 0};
    });
    run(random, 8);
    if (i < 0) syncs = count;
    store_.reset();
    fs_.set_fault_hook({});
    fs_.lose_power_in_any_order([&] { return random.below(UINT64_MAX); });
    open();
    check_after_start();
    run(random, 2);
    check();
    store_.reset();
    ASSERT_TRUE(fs_.remove_all(options_.dir));
  }
  EXPECT_GT(syncs, 10);
}

// A bit of a part's bytes, in every region of it: the start goes on, what cannot be read is named, and no query gives a record that
// was not stored.
TEST_F(CrashTest, ADamagedPartIsNamedAndTheRestFound) {
  open();
  const TestBatch first = lines(70), second = lines(5);
  NaiveStore acknowledged;
  acknowledged.add(first, append_and_wait(*store_, first)->first_sequence);
  ASSERT_TRUE(store_->flush());
  const std::string part = part_files()[0];
  const uint64_t size = fs_.status(part)->size;
  const std::string sound = *fs_.read_all(part);
  const std::string manifest = *fs_.read_all("events/logs/MANIFEST");
  store_.reset();
  for (uint64_t at = 16; at < size; at += 5) {  // behind the header, which only `tripod store verify` reads
    SCOPED_TRACE("byte " + std::to_string(at));
    fs_.flip_bit(part, at);
    open();
    const ScanResult all = scan();
    const ScanResult word = scan(Predicate::compare(Predicate::Op::kContains, "", std::string("line 17")));
    const bool set_aside = !fs_.exists(part);
    for (const EventRow& row : all.rows) {
      const auto same = std::ranges::find(acknowledged.rows(), row.sequence, &NaiveStore::Row::sequence);
      ASSERT_TRUE(same != acknowledged.rows().end());
      for (const auto& [key, value] : row.fields) ASSERT_TRUE(testing::identical(value, same->fields.at(key))) << key;
    }
    if (all.rows.size() < 70) {
      ASSERT_TRUE(all.stats.incomplete);
      ASSERT_NE(all.stats.warnings[0].find(part.substr(12)), std::string::npos) << all.stats.warnings[0];
    }
    ASSERT_TRUE(word.rows.size() == 1 || word.stats.incomplete);
    ASSERT_TRUE(append_and_wait(*store_, second)) << "the rest goes on";
    ASSERT_EQ(scan().rows.size(), all.rows.size() + 5);
    store_.reset();
    ASSERT_TRUE(fs_.remove_all("events/logs"));
    if (set_aside) {
      ASSERT_TRUE(logger_.has("event_part_set_aside"));
    }
    ASSERT_TRUE(fs_.create_dirs(part.substr(0, part.rfind('/'))));
    ASSERT_TRUE(fs_.write_atomically(part, sound));
    ASSERT_TRUE(fs_.write_atomically("events/logs/MANIFEST", manifest));
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
    kept_ = {};
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
    check_after_start();
    store_.reset();
  }
}

}  // namespace
}  // namespace tripod::store
