// Sending, acknowledgement, restarts, standard input, the spool. Rotation is in rotation_test.cc.
#include "ship/shipper.h"

#include "ship/testing/shipper_fixture.h"

namespace tripod::ship::testing {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kSecond = base::kNanosPerSecond;

TEST_F(ShipperTest, SendsLinesWithTheirFile) {
  config_.inputs[0].labels = {{"service_name", "shop"}};
  write("/log/a.log",
        "{\"event\":\"one\"}\r\ntwo\n\nTraceback (most recent call last):\n  File\nE: x\npart");
  settle();
  EXPECT_THAT(server_.texts(), ElementsAre("{\"event\":\"one\"}", "two",
                                           "Traceback (most recent call last):\n  File\nE: x"));
  EXPECT_EQ(server_.records[0].source,
            "{\"service_name\":\"shop\",\"log.file.path\":\"/log/a.log\"}");
  EXPECT_EQ(server_.records[0].observed, 0) << "nobody knows when what was there was written";
  EXPECT_EQ(server_.last_key, "k");
  write("/log/a.log", "ial\n");
  const int64_t before = clock_.now();
  settle();
  EXPECT_EQ(server_.texts().back(), "partial");
  EXPECT_GE(server_.records.back().observed, before);
  EXPECT_EQ(shipper_->stats().lines_acknowledged, 6u);
}

TEST_F(ShipperTest, NothingIsSentTwiceAfterARestart) {
  write("/log/a.log", "one\n");
  settle();
  restart();
  write("/log/a.log", "two\n");
  settle();
  EXPECT_THAT(server_.texts(), ElementsAre("one", "two"));
  EXPECT_THAT(server_.ids, SizeIs(2));
}

TEST_F(ShipperTest, WhatWasNotAnsweredIsSentAgainAsTheSameBatch) {
  write("/log/a.log", "one\n");
  start();
  transport_->held = true;
  settle();
  ASSERT_TRUE(transport_->under_way());
  // The server takes it, the answer never comes.
  transport_->held = false;
  server_.told.push_back({.status = 0, .kept = true});
  (void)transport_->poll();
  kill();
  write("/log/a.log", "two\n");
  settle();
  EXPECT_THAT(server_.texts(), ElementsAre("one", "two"));
  ASSERT_THAT(server_.ids, SizeIs(3));
  EXPECT_EQ(server_.ids[0], server_.ids[1]);
  EXPECT_EQ(shipper_->stats().lines_repeated, 1u);
}

TEST_F(ShipperTest, AnswersThatAreLostAtAnyMomentLoseAndDoubleNothing) {
  config_.output.batch_bytes = 4096;
  std::vector<std::string> written;
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 50; ++i) {
      written.push_back("line " + std::to_string(round) + " " + std::to_string(i));
      write("/log/a.log", written.back() + "\n");
    }
    if (round % 3 == 0) server_.told.push_back({.status = 0, .kept = round % 2 == 0});
    if (round % 5 == 0) server_.told.push_back({.status = 503, .kept = false});
    run_for(round % 4 * 90 * base::kNanosPerMilli);
    restart();
  }
  run_for(20 * 60 * kSecond);
  EXPECT_THAT(server_.texts(), ::testing::ElementsAreArray(written));
}

TEST_F(ShipperTest, WaitsLongerEachTimeAndAsLongAsItIsAsked) {
  write("/log/a.log", "one\n");
  server_.always = FakeServer::Told{.status = 503};
  run_for(20 * kSecond);
  // At 0.2 s, then after 0.5, 1, 2, 4, 8 s.
  EXPECT_THAT(server_.ids, SizeIs(6));
  EXPECT_THAT(server_.ids, Each(server_.ids[0]));
  server_.always = FakeServer::Told{.status = 429, .retry_after_s = 100};
  run_for(20 * kSecond);
  const size_t asked = server_.ids.size();
  server_.always.reset();
  run_for(70 * kSecond);
  EXPECT_EQ(server_.ids.size(), asked);
  run_for(30 * kSecond);
  EXPECT_THAT(server_.texts(), ElementsAre("one"));
  EXPECT_EQ(shipper_->stats().retries, 7u);
}

TEST_F(ShipperTest, WrongKeysAndAddressesAreWaitedForAndTheKeyIsReadAgain) {
  config_.output.key_file = "/key";
  write("/log/a.log", "one\n");
  write("/key", "better\n");
  for (const int status : {404, 403, 301, 401}) server_.told.push_back({.status = status});
  run_for(30 * kSecond);
  EXPECT_THAT(server_.texts(), ElementsAre("one"));
  EXPECT_EQ(server_.last_key, "better");
}

TEST_F(ShipperTest, AnAnswerOfSomethingElseIsNoReceipt) {
  write("/log/a.log", "one\n");
  server_.told.push_back({.status = 200, .kept = false});  // its body is no receipt
  settle();
  EXPECT_THAT(server_.texts(), ElementsAre("one"));
}

TEST_F(ShipperTest, WhatIsRefusedForGoodIsKeptAndSaid) {
  config_.inputs[0].lines.join = Join::kOff;
  write("/log/a.log", "one\ntwo\n");
  server_.told.push_back({.status = 400});
  settle();
  write("/log/a.log", "three\n");
  settle();
  EXPECT_THAT(server_.texts(), ElementsAre("three"));
  EXPECT_EQ(shipper_->stats().lines_rejected, 2u);
  const auto names = fs_.list("/state/rejected").value();
  ASSERT_THAT(names, SizeIs(1));
  EXPECT_THAT(fs_.read_all("/state/rejected/" + names[0]).value(), HasSubstr("one\n"));
}

TEST_F(ShipperTest, RejectedBatchesAreBoundedAndCounted) {
  config_.inputs[0].lines.join = Join::kOff;
  config_.rejected_bytes = 200;
  server_.always = FakeServer::Told{.status = 400};
  for (int i = 0; i < 10; ++i) {
    write("/log/a.log", "a line of some length\nanother\n");
    settle();
  }
  EXPECT_EQ(shipper_->stats().lines_rejected, 20u);
  EXPECT_EQ(shipper_->stats().lines_dropped, 20u - 2 * fs_.list("/state/rejected")->size());
  EXPECT_GE(shipper_->stats().lines_dropped, 10u);
}

TEST_F(ShipperTest, BatchesThatAreTooLargeAreSplitAlsoAfterARestart) {
  std::vector<std::string> written;
  for (int i = 0; i < 100; ++i) {
    written.push_back("line " + std::to_string(i));
    write("/log/a.log", written.back() + "\n");
  }
  server_.most_records = 10;
  start();
  for (int i = 0; i < 200 && server_.records.size() < 40; ++i) {
    clock_.advance(kSecond / 10);
    shipper_->step();
  }
  restart();
  run_for(60 * kSecond);
  EXPECT_EQ(server_.texts(), written);
  server_.most_records = 0;
  write("/log/a.log", "never\n");
  settle();
  EXPECT_EQ(shipper_->stats().lines_rejected, 1u);
}

TEST_F(ShipperTest, ManyFilesTakeTurnsInOneBatch) {
  for (int i = 0; i < 30; ++i) write("/log/" + std::to_string(i) + ".log", "x\n");
  settle();
  EXPECT_THAT(server_.texts(), SizeIs(30));
  EXPECT_THAT(server_.ids, SizeIs(1));
}

TEST_F(ShipperTest, AnUnwritableStateStopsSendingUntilItIsWritten) {
  bool broken = true;
  fs_.set_fault_hook(
      [&](base::MemFs::Op op, const std::string& path) -> std::optional<base::MemFs::Fault> {
        if (!broken || op != base::MemFs::Op::kSync || !path.starts_with("/state/state"))
          return std::nullopt;
        return base::MemFs::Fault{{base::Code::kIo, "ENOSPC"}};
      });
  write("/log/a.log", "one\n");
  settle();
  EXPECT_THAT(server_.ids, IsEmpty());
  broken = false;
  run_for(30 * kSecond);
  EXPECT_THAT(server_.texts(), ElementsAre("one"));
}

TEST_F(ShipperTest, ADamagedStateIsSetAside) {
  write("/log/a.log", "one\n");
  settle();
  kill();
  fs_.flip_bit("/state/state", 5);
  settle();
  EXPECT_TRUE(fs_.exists("/state/state.damaged"));
  EXPECT_THAT(server_.texts(), ElementsAre("one", "one")) << "at least once";
}

TEST_F(ShipperTest, StartsAtTheEndOnlyOfWhatIsThereAtTheVeryFirstStart) {
  config_.inputs[0].start = Input::Start::kEnd;
  write("/log/old.log", "old\n");
  settle();
  write("/log/old.log", "new\n");
  write("/log/other.log", "first\n");
  settle();
  kill();
  write("/log/third.log", "while away\n");
  settle();
  EXPECT_THAT(server_.texts(), ElementsAre("new", "first", "while away"));
}

TEST_F(ShipperTest, OneMegabyteLinesAndBytesThatAreNotUtf8ArriveAsTheyAre) {
  const std::string megabyte(1 << 20, 'm');
  const std::string bytes("\xff\xfe\0caf\xe9", 7);
  write("/log/a.log", megabyte + "\n" + bytes + "\r\n" + megabyte + "y\n");
  settle();
  EXPECT_THAT(server_.texts(), ElementsAre(megabyte, bytes, megabyte, "y"));
}

TEST_F(ShipperTest, StopSendsWhatIsThereAndSaves) {
  write("/log/a.log", "one\ntwo\n");
  start();
  shipper_->step();
  shipper_->stop();
  for (int i = 0; i < 10 && !shipper_->finished(); ++i) {
    clock_.advance(base::kNanosPerMilli);
    shipper_->step();
  }
  EXPECT_TRUE(shipper_->finished());
  EXPECT_THAT(server_.texts(), ElementsAre("one", "two"));
  restart();
  settle();
  EXPECT_THAT(server_.ids, SizeIs(1));
}

TEST_F(ShipperTest, StopEndsThoughTheServerNeverAnswers) {
  write("/log/a.log", "one\n");
  start();
  transport_->held = true;
  run_for(kSecond);
  shipper_->stop();
  shipper_->step();
  EXPECT_FALSE(shipper_->finished());
  clock_.advance(6 * kSecond);
  EXPECT_TRUE(shipper_->finished());
}

class StdinTest : public ShipperTest {
 protected:
  StdinTest() {
    config_.inputs.clear();
    config_.inputs.push_back(Input{.labels = {{"service_name", "job"}}});
    config_.read_stdin = true;
  }
};

TEST_F(StdinTest, LinesOfStandardInputUntilItsEnd) {
  start();
  shipper_->input("one\ntwo\n  more\npar");
  settle();
  EXPECT_THAT(server_.texts(), ElementsAre("one", "two\n  more"));
  shipper_->input("tial");
  shipper_->input_ended();
  EXPECT_FALSE(shipper_->finished());
  settle();
  EXPECT_TRUE(shipper_->finished());
  EXPECT_THAT(server_.texts(), ElementsAre("one", "two\n  more", "partial"));
  EXPECT_EQ(server_.records[0].source, "{\"service_name\":\"job\"}");
  EXPECT_THAT(fs_.list("/state/spool").value(), SizeIs(::testing::Le(1u)));
}

TEST_F(StdinTest, WaitsOnDiskWhileTheServerIsAwayAlsoOverARestart) {
  server_.always = FakeServer::Told{.status = 0};
  start();
  std::vector<std::string> written;
  for (int i = 0; i < 20; ++i) {
    written.push_back("line " + std::to_string(i));
    shipper_->input(written.back() + "\n");
    run_for(3 * kSecond);
  }
  EXPECT_THAT(server_.texts(), IsEmpty());
  kill();
  fs_.lose_power();
  server_.always.reset();
  settle();
  EXPECT_EQ(server_.texts(), written);
  restart();
  settle();
  EXPECT_EQ(server_.texts(), written);
}

TEST_F(StdinTest, AFullSpoolDropsTheOldestAndCountsThemExactly) {
  config_.spool_bytes = 1u << 20;
  server_.always = FakeServer::Told{.status = 0};
  start();
  uint64_t number = 0;
  for (int i = 0; i < 40; ++i) {
    std::string chunk;
    for (int k = 0; k < 100; ++k) {
      chunk += std::to_string(++number) + " ";
      for (int j = 0; j < 100; ++j)
        chunk +=
            static_cast<char>('!' + (number * 31 + static_cast<uint64_t>(j) * number * 17) % 90);
      chunk += "\n";
    }
    // What cannot be compressed fills it.
    for (int k = 0; k < 20; ++k) {
      chunk += std::to_string(++number) + " ";
      uint64_t x = number * 0x9e3779b97f4a7c15ULL;
      for (int j = 0; j < 3000; ++j) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        chunk += static_cast<char>('0' + x % 64);
      }
      chunk += "\n";
    }
    shipper_->input(chunk);
    run_for(3 * kSecond);
  }
  const uint64_t dropped = shipper_->stats().lines_dropped;
  EXPECT_GT(dropped, 0u);
  server_.always.reset();
  run_for(60 * kSecond);
  EXPECT_EQ(server_.records.size() + dropped, number);
  EXPECT_EQ(server_.texts().back().substr(0, 5), std::to_string(number) + " ");
  EXPECT_EQ(shipper_->stats().lines_acknowledged, server_.records.size());
}

TEST_F(StdinTest, TheEndDoesNotWaitForeverForAServer) {
  server_.always = FakeServer::Told{.status = 0};
  start();
  shipper_->input("one\n");
  shipper_->input_ended();
  run_for(29 * kSecond);
  EXPECT_FALSE(shipper_->finished());
  run_for(2 * kSecond);
  EXPECT_TRUE(shipper_->finished());
  EXPECT_EQ(shipper_->lines_left(), 1u);
}

}  // namespace
}  // namespace tripod::ship::testing
