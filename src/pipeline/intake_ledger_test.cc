#include "pipeline/intake_ledger.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tripod::pipeline {
namespace {

class SeriesSendersTest : public testing::Test {
 protected:
  void sent(const std::string& job, const std::string& peer) {
    model::Label labels[] = {{"__name__", "up"}, {"job", job}};
    const model::SeriesSamples series{labels, {}};
    ledger_.sent("otlp", peer, {&series, 1});
    clock_.advance(1);
  }
  bool names(const std::string& job) const {
    const auto senders = ledger_.series_senders();
    return std::ranges::find(senders.list, job, &SeriesSender::job) != senders.list.end();
  }

  base::ManualClock clock_{1'795'365'477'000'000'000};
  base::MetricRegistry metrics_;
  IntakeLedger ledger_{clock_, metrics_};
};

// An exploding job or pods that come and go: those that send now are named all the same.
TEST_F(SeriesSendersTest, ThoseThatSentLongestAgoMakeRoom) {
  sent("old", "10.0.0.1");
  for (int i = 0; i < 999; ++i) {
    sent("pods", "10.1.0." + std::to_string(i));
    if (i % 100 == 0) sent("steady", "10.0.0.2");
  }
  EXPECT_TRUE(names("steady"));
  EXPECT_TRUE(names("pods"));
  EXPECT_FALSE(names("old"));
  const auto before = ledger_.series_senders();
  EXPECT_FALSE(before.is_complete);
  EXPECT_LE(before.list.size(), 1000u);
  for (int i = 0; i < 5000; ++i) sent("exploded" + std::to_string(i), "10.0.0.3");
  EXPECT_TRUE(names("exploded4999"));
  EXPECT_LE(ledger_.series_senders().list.size(), 1000u);
}

TEST_F(SeriesSendersTest, AFewAreAllTold) {
  for (int i = 0; i < 3000; ++i) sent("job" + std::to_string(i % 1000), "10.0.0.1");
  const auto senders = ledger_.series_senders();
  EXPECT_TRUE(senders.is_complete);
  EXPECT_EQ(senders.list.size(), 1000u);
}

}  // namespace
}  // namespace tripod::pipeline
