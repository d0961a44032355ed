#include "ship/retry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "ship/receipt.h"

namespace tripod::ship {
namespace {

TEST(RetryTest, MeaningOfEveryStatus) {
  const auto meaning = [](int status) { return meaning_of({.status = status}); };
  for (const int status : {200, 202, 204}) EXPECT_EQ(meaning(status), Meaning::kTaken) << status;
  for (const int status :
       {0, 100, 301, 401, 403, 404, 405, 407, 408, 425, 429, 500, 502, 503, 504}) {
    EXPECT_EQ(meaning(status), Meaning::kLater) << status;
  }
  EXPECT_EQ(meaning(413), Meaning::kTooLarge);
  for (const int status : {400, 406, 410, 415, 422, 451})
    EXPECT_EQ(meaning(status), Meaning::kNever) << status;
}

TEST(RetryTest, WaitsDoubleUpToTheMostWithARandomPart) {
  double random = 1;
  Backoff backoff(100, 1000, [&] { return random; });
  for (const int64_t expected : {100, 200, 400, 800, 1000, 1000})
    EXPECT_EQ(backoff.next_ns(-1), expected);
  random = 0;
  EXPECT_EQ(backoff.next_ns(-1), 125);
  EXPECT_EQ(backoff.next_ns(2), 2 * base::kNanosPerSecond);
  EXPECT_EQ(backoff.next_ns(INT64_MAX), 3600 * base::kNanosPerSecond);
  for (int i = 0; i < 100; ++i) EXPECT_LE(backoff.next_ns(-1), 1000);
  backoff.reset();
  random = 1;
  EXPECT_EQ(backoff.next_ns(-1), 100);
}

TEST(ReceiptTest, OnlyOfAServerThatTakesLines) {
  const auto receipt = read_receipt(
      R"({"accepted":3,"rejected":2,"repeated":true,"rejections":[{"reason":"timestamp_too_old","detail":"log record","count":2}]})");
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->accepted, 3u);
  EXPECT_EQ(receipt->rejected, 2u);
  EXPECT_TRUE(receipt->repeated);
  EXPECT_EQ(receipt->why, "timestamp_too_old: log record");
  EXPECT_FALSE(read_receipt(R"({"accepted":1,"rejected":0,"rejections":[]})")->repeated);
  for (const char* other :
       {"", "<html>ok</html>", "{}", "[]", "{\"accepted\":\"1\",\"rejected\":0}",
        "{\"accepted\":1}", "{\"accepted\":-1,\"rejected\":0}"}) {
    EXPECT_FALSE(read_receipt(other)) << other;
  }
}

}  // namespace
}  // namespace tripod::ship
