#include "pipeline/scrub/trigger.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace tripod::pipeline::scrub {
namespace {

constexpr auto kNone = std::string_view::npos;

TEST(TriggerScan, StopsAtTheStartsOfWordsOnly) {
  const TriggerScan scan({"iban"});
  EXPECT_EQ(scan.next("xx PASSWORD", 0), 3u);
  EXPECT_EQ(scan.next("xx PASSWORD", 4), kNone);
  EXPECT_EQ(scan.next("my IBAN", 0), 3u);
  EXPECT_EQ(scan.next("a://b", 0), 1u);
  EXPECT_EQ(scan.next("in 2026", 0), 3u);
  for (const char* none : {"", "p", "pa", "pbs", "123 456 789", "hello world"}) {
    EXPECT_EQ(scan.next(none, 0), kNone) << none;
  }
  EXPECT_EQ(scan.next("case", 0), kNone)
      << "let through by the bucket of car and cre, not by the comparison";
}

TEST(TriggerScan, VectorsAndBytesAgree) {
  const TriggerScan scan({"iban", "geheim"});
  std::minstd_rand random(7);
  constexpr std::string_view kLetters = "pPaAsSeEcCtToOkK:/0123456789vViIbBnN_ \n\xff";
  for (int round = 0; round < 3000; ++round) {
    std::string text(random() % 130, ' ');
    for (char& c : text) c = kLetters[random() % kLetters.size()];
    for (size_t from = 0; from <= text.size(); from += 1 + random() % 5) {
      ASSERT_EQ(scan.next(text, from), scan.next_scalar(text, from)) << text << " from " << from;
    }
  }
}

TEST(TriggerScan, FindsAtEveryPlaceOfEveryLength) {
  const TriggerScan scan;
  for (size_t size = 3; size < 140; ++size) {
    for (size_t at = 0; at + 3 <= size; ++at) {
      std::string text(size, '.');
      text.replace(at, 3, "tok");
      ASSERT_EQ(scan.next(text, 0), at) << size;
      ASSERT_EQ(scan.next(text, at), at) << size;
      ASSERT_EQ(scan.next(text, at + 1), kNone) << size;
    }
  }
}

}  // namespace
}  // namespace tripod::pipeline::scrub
