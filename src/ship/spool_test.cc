#include "ship/spool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/mem_fs.h"

namespace tripod::ship {
namespace {

class SpoolTest : public ::testing::Test {
 protected:
  SpoolTest() : log_(base::make_null_logger()) { EXPECT_TRUE(fs_.create_dirs("/s")); }

  std::unique_ptr<Spool> open(SpoolPosition first = {}, uint64_t most = 1u << 20) {
    auto spool = Spool::open({fs_, *log_, stats_}, "/s/spool", most, first);
    EXPECT_TRUE(spool) << spool.error().message;
    return std::move(*spool);
  }
  static Batch batch(const std::string& text, uint64_t lines = 1) {
    Batch out{.id = std::string(31, '0') + text.substr(0, 1)};
    out.add(1, text);
    out.lines = lines;
    return out;
  }
  static std::string id(char c) { return std::string(31, '0') + c; }

  base::MemFs fs_;
  std::unique_ptr<base::Logger> log_;
  Stats stats_;
};

TEST_F(SpoolTest, GivesBatchesInOrderAndOnceAcknowledgedNoMore) {
  auto spool = open();
  for (const char* text : {"a", "b", "c"}) ASSERT_TRUE(spool->append(batch(text)));
  EXPECT_EQ(spool->front()->id, id('a'));
  EXPECT_EQ(spool->front()->id, id('a')) << "until it is popped";
  spool->pop();
  EXPECT_EQ(spool->front()->body, batch("b").body);
  spool->pop();
  const SpoolPosition saved = spool->position();
  spool->forget(saved);
  spool = open(saved);
  EXPECT_EQ(spool->lines(), 1u);
  EXPECT_EQ(spool->front()->id, id('c'));
  spool->pop();
  EXPECT_TRUE(spool->empty());
}

TEST_F(SpoolTest, WhatIsAppendedAfterItWasEmptyIsBehindTheSavedPlace) {
  auto spool = open();
  ASSERT_TRUE(spool->append(batch("a")));
  ASSERT_TRUE(spool->front());
  spool->pop();
  const SpoolPosition saved = spool->position();
  spool->forget(saved);
  ASSERT_TRUE(spool->append(batch("b")));
  spool = open(saved);
  EXPECT_EQ(spool->front()->id, id('b'));
}

TEST_F(SpoolTest, WhatWasAppendedSurvivesPowerLoss) {
  auto spool = open();
  for (const char* text : {"a", "b"}) ASSERT_TRUE(spool->append(batch(text)));
  fs_.lose_power();
  spool = open();
  EXPECT_EQ(spool->lines(), 2u);
}

TEST_F(SpoolTest, SegmentsGoWhenAllOfThemIsSaved) {
  auto spool = open();
  std::string noise;
  for (uint64_t i = 0, x = 1; i < 50'000; ++i) {
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    noise += static_cast<char>(x);
  }
  for (char c = '1'; c < '9'; ++c) ASSERT_TRUE(spool->append(batch(c + noise)));
  const size_t segments = fs_.list("/s/spool")->size();
  EXPECT_GT(segments, 2u);
  for (int i = 0; i < 7; ++i) {
    ASSERT_TRUE(spool->front());
    spool->pop();
  }
  spool->forget(spool->position());
  EXPECT_EQ(fs_.list("/s/spool")->size(), 1u);
  EXPECT_EQ(spool->front()->id, id('8'));
}

TEST_F(SpoolTest, AFailedWriteKeepsNothingAndTheNextOneGoesOn) {
  auto spool = open();
  ASSERT_TRUE(spool->append(batch("a")));
  bool broken = true;
  fs_.set_fault_hook(
      [&](base::MemFs::Op op, const std::string&) -> std::optional<base::MemFs::Fault> {
        if (!broken || op != base::MemFs::Op::kAppend) return std::nullopt;
        return base::MemFs::Fault{{base::Code::kIo, "ENOSPC"}, 20};
      });
  EXPECT_FALSE(spool->append(batch("b")));
  broken = false;
  ASSERT_TRUE(spool->append(batch("c")));
  spool = open();
  EXPECT_EQ(spool->lines(), 2u);
  EXPECT_EQ(spool->front()->id, id('a'));
  spool->pop();
  EXPECT_EQ(spool->front()->id, id('c'));
}

TEST_F(SpoolTest, ADamagedBlockIsCountedAndLeftOut) {
  auto spool = open();
  const std::string first = encode_block(batch("a", 7));
  ASSERT_TRUE(spool->append(batch("a", 7)));
  ASSERT_TRUE(spool->append(batch("b")));
  const std::string file = "/s/spool/" + fs_.list("/s/spool")->front();
  fs_.flip_bit(file, first.size() - 1);
  spool = open();
  EXPECT_EQ(spool->front()->id, id('b'));
  EXPECT_EQ(stats_.lines_dropped, 7u);
  // In the header: nobody knows where the next one begins.
  fs_.flip_bit(file, 3);
  EXPECT_TRUE(open()->empty());
}

TEST_F(SpoolTest, BlocksOfAnyDamageAreRefused) {
  const std::string good = encode_block(batch("hello"));
  EXPECT_EQ(decode_block(good)->body, batch("hello").body);
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 4);
    EXPECT_FALSE(decode_block(bad)) << i;
    EXPECT_FALSE(decode_block(good.substr(0, i))) << i;
  }
}

TEST_F(SpoolTest, WhatIsBeingSentIsNeitherDroppedNorCounted) {
  auto spool = open({}, 1u << 20);
  std::string noise;
  for (uint64_t i = 0, x = 7; i < 100'000; ++i) {
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    noise += static_cast<char>(x);
  }
  ASSERT_TRUE(spool->append(batch("a" + noise, 5)));
  EXPECT_EQ(spool->front()->id, id('a'));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(spool->append(batch("b" + noise, 5)));
  EXPECT_LE(spool->bytes(), 1u << 20);
  EXPECT_EQ(spool->lines() + stats_.lines_dropped, 21u * 5);
  spool->pop();
  EXPECT_EQ(spool->front()->id, id('b'));
}

}  // namespace
}  // namespace tripod::ship
