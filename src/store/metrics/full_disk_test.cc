// A disk without room: the metric store refuses, goes on answering, and takes samples again without a restart.
#include <gmock/gmock.h>

#include "store/metrics/test_support.h"

namespace tripod::store::metrics {
namespace {

using base::MemFs;
using testing::HasSubstr;

void fill_disk(StoreFixture& f, size_t kept = 0) {
  f.fs.set_fault_hook([kept](MemFs::Op op, const std::string& path) -> std::optional<MemFs::Fault> {
    if (op != MemFs::Op::kAppend) return std::nullopt;
    return MemFs::Fault{{base::Code::kResourceExhausted, "write " + path + ": No space left on device"}, kept};
  });
}

TEST(MetricStoreOnAFullDisk, RefusesKeepsAnsweringAndGoesOn) {
  for (size_t kept : {0u, 20u, 10'000u}) {
    SCOPED_TRACE(kept);
    StoreFixture f;
    f.append_ok(TestBatch().add("up", "a", {at(0, 1)}));
    fill_disk(f, kept);
    // A series that the log never gets to know, and one that it does.
    TestBatch batch;
    batch.add("up", "a", {at(1000, 2)}).add("new", "a", {at(1000, 5)});
    for (int i = 0; i < 3; ++i) {
      const auto refused = append(*f.store, batch);
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code, base::Code::kUnavailable);
      EXPECT_THAT(refused.error().message, HasSubstr("No space left on device"));
      EXPECT_THAT(f.samples("up"), HasSubstr("0:1"));
      EXPECT_FALSE(f.store->maintain());
    }
    EXPECT_EQ(f.store->refusal()->code, base::Code::kUnavailable);
    EXPECT_NE(f.store->stats().trouble, "");
    EXPECT_EQ(f.store->stats().failure, "");
    EXPECT_EQ(f.logger.count(base::Logger::Level::kError, "metrics_log_refuses"), 1u);
    f.fs.set_fault_hook({});
    ASSERT_TRUE(f.store->maintain());
    EXPECT_EQ(f.logger.count(base::Logger::Level::kInfo, "metrics_log_takes_again"), 1u);
    EXPECT_EQ(f.store->refusal(), std::nullopt);
    f.append_ok(batch);
    f.append_ok(TestBatch().add("new", "a", {at(2000, 6)}));
    for (int life = 0; life < 2; ++life) {
      EXPECT_EQ(f.samples("up"), "0:1 1000:2");
      EXPECT_EQ(f.samples("new"), "1000:5 2000:6");
      f.crash();
    }
    EXPECT_EQ(f.logger.count(base::Logger::Level::kError, "metrics_wal_samples_lost"), 0u);
  }
}

// Sent again at once, the samples of a refused batch look like repeats of what memory has: they must be durable all the same.
TEST(MetricStoreOnAFullDisk, WhatIsAcknowledgedSurvivesAtEveryWriteOfARun) {
  int64_t writes = 0;
  for (int64_t n = -1; n < writes; ++n) {
    SCOPED_TRACE("write " + std::to_string(n));
    StoreFixture f;
    std::atomic<int64_t> count = 0;
    const int64_t first_full = n < 0 ? INT64_MAX : n;
    f.fs.set_fault_hook([&](MemFs::Op op, const std::string&) -> std::optional<MemFs::Fault> {
      if (op != MemFs::Op::kAppend || count++ < first_full) return std::nullopt;
      return MemFs::Fault{{base::Code::kResourceExhausted, "full"}, static_cast<size_t>(n % 30)};
    });
    std::string wanted[2];
    for (int i = 0; i < 20; ++i) {
      const std::string name = i % 2 == 0 ? "even" : "odd";
      TestBatch batch;
      batch.add(name, "a", {at(i * 1000, i)});
      for (int tries = 0; !append(*f.store, batch); ++tries) {
        ASSERT_LT(tries, 2);
        f.fs.set_fault_hook({});
        ASSERT_TRUE(f.store->maintain());
      }
      std::string& text = wanted[i % 2];
      text += (text.empty() ? "" : " ") + std::to_string(i * 1000) + ":" + std::to_string(i);
      if (i % 6 == 5) (void)f.store->flush();
    }
    if (n < 0) writes = count;
    f.fs.set_fault_hook({});
    for (int life = 0; life < 2; ++life) {
      ASSERT_EQ(f.samples("even"), wanted[0]);
      ASSERT_EQ(f.samples("odd"), wanted[1]);
      f.crash();
    }
  }
  EXPECT_GT(writes, 30);
}

TEST(MetricStoreOnAFullDisk, AFailedSyncStopsItUntilTheNextStart) {
  StoreFixture f;
  f.append_ok(TestBatch().add("up", "a", {at(0, 1)}));
  std::atomic<int> failures = 0;
  f.fs.set_fault_hook([&](MemFs::Op op, const std::string&) -> std::optional<MemFs::Fault> {
    if (op != MemFs::Op::kSync || failures++ > 0) return std::nullopt;
    return MemFs::Fault{{base::Code::kIo, "fdatasync: Input/output error"}, 0};
  });
  ASSERT_FALSE(append(*f.store, TestBatch().add("up", "a", {at(1000, 2)})));
  f.fs.set_fault_hook({});
  ASSERT_TRUE(f.store->maintain());
  EXPECT_FALSE(append(*f.store, TestBatch().add("up", "a", {at(1000, 2)})));
  EXPECT_THAT(f.store->stats().failure, HasSubstr("Input/output error"));
  f.crash();
  f.append_ok(TestBatch().add("up", "a", {at(1000, 2)}));
  EXPECT_EQ(f.samples("up"), "0:1 1000:2");
}

}  // namespace
}  // namespace tripod::store::metrics
