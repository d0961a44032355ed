#include "store/events/value_memo.h"

#include <gtest/gtest.h>

namespace tripod::store {
namespace {

TEST(ValueMemoTest, AnswersAsTheComparisonDoes) {
  RegexSet regexes(1);
  const auto matcher = Matcher::compile(Predicate::compare(Predicate::Op::kRegex, "path", std::string("7/$")), regexes);
  ASSERT_TRUE(matcher);
  ASSERT_TRUE(ValueMemo::is_for(*matcher));
  ValueMemo memo;
  for (int round = 0; round < 3; ++round) {
    // More than it keeps, texts longer than it keeps, and what is no text.
    for (size_t i = 0; i < ValueMemo::kMost + 500; ++i) {
      std::string text = "/products/" + std::to_string(i) + "/";
      if (i % 100 == 0) text.insert(0, ValueMemo::kLongest, 'x');
      const auto value = model::Value::string(text);
      ASSERT_EQ(memo.matches(*matcher, value), matcher->matches(value)) << text;
    }
    const auto number = model::Value::int64(7);
    ASSERT_EQ(memo.matches(*matcher, number), matcher->matches(number));
  }
  EXPECT_TRUE(memo.pays());
}

TEST(ValueMemoTest, DoesNotPayWhereNothingComesTwice) {
  RegexSet regexes(1);
  const auto matcher = Matcher::compile(Predicate::compare(Predicate::Op::kWildcard, "id", std::string("*7")), regexes);
  ASSERT_TRUE(matcher);
  ValueMemo memo;
  for (size_t i = 0; i < 2 * ValueMemo::kMost + 1; ++i) (void)memo.matches(*matcher, model::Value::string(std::to_string(i)));
  EXPECT_FALSE(memo.pays());
}

TEST(ValueMemoTest, IsForWhatTakesLong) {
  RegexSet regexes(1);
  const auto matcher = Matcher::compile(Predicate::equal("id", std::string("7")), regexes);
  ASSERT_TRUE(matcher);
  EXPECT_FALSE(ValueMemo::is_for(*matcher));
}

}  // namespace
}  // namespace tripod::store
