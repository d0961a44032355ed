#include "store/meta/sqlite_text_match.h"

#include <gtest/gtest.h>

#include <cctype>
#include <random>
#include <string>
#include <string_view>

namespace tripod::store {
namespace {

// What a pattern means, letter by letter.
bool is_like(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') return is_like(pattern.substr(1), text) || (!text.empty() && is_like(pattern, text.substr(1)));
  return !text.empty() && std::tolower(pattern[0]) == std::tolower(text[0]) && is_like(pattern.substr(1), text.substr(1));
}

TEST(TextPatternTest, FindsATextInEitherCase) {
  EXPECT_TRUE(TextPattern::contains("Payment").matches("no PAYMENT yet"));
  EXPECT_TRUE(TextPattern::contains("yet").matches("no payment yet"));
  EXPECT_FALSE(TextPattern::contains("yeti").matches("no payment yet"));
  EXPECT_TRUE(TextPattern::contains("").matches(""));
  EXPECT_FALSE(TextPattern::contains("a*b").matches("a-b"));
  EXPECT_TRUE(TextPattern::contains("\xC3\xA9t\xC3\xA9").matches("un \xC3\xA9T\xC3\xA9"));
  EXPECT_FALSE(TextPattern::contains("\xC3\x89").matches("\xC3\xA9"));   // ASCII letters alone
}

TEST(TextPatternTest, StarsStandForAnyText) {
  EXPECT_TRUE(TextPattern::like("time*out").matches("Time ran out"));
  EXPECT_FALSE(TextPattern::like("time*out").matches("a time out"));
  EXPECT_FALSE(TextPattern::like("time*out").matches("time outs"));
  EXPECT_TRUE(TextPattern::like("*time*out*").matches("a time outs"));
  EXPECT_FALSE(TextPattern::like("aba*aba").matches("aba"));
  EXPECT_FALSE(TextPattern::like("ab*b").matches("ab"));
  EXPECT_TRUE(TextPattern::like("*").matches(""));
  EXPECT_TRUE(TextPattern::like("Same").matches("sAME"));
  EXPECT_FALSE(TextPattern::like("same").matches("same "));
}

// Over a small alphabet, where pieces overlap.
TEST(TextPatternTest, IsWhatEachLetterSays) {
  std::minstd_rand random(7);
  const auto word = [&](std::string_view letters, size_t most) {
    std::string out(random() % (most + 1), ' ');
    for (char& c : out) c = letters[random() % letters.size()];
    return out;
  };
  for (int i = 0; i < 5000; ++i) {
    const std::string pattern = word("aBb*", 6), text = word("abAB", 9);
    EXPECT_EQ(TextPattern::like(pattern).matches(text), is_like(pattern, text)) << pattern << " and " << text;
  }
}

}  // namespace
}  // namespace tripod::store
