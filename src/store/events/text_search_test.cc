#include "store/events/text_search.h"

#include <gtest/gtest.h>

#include <random>

namespace tripod::store {
namespace {

size_t naive_find(std::string_view text, std::string_view needle, size_t from) {
  return ascii_lower(text).find(ascii_lower(needle), from);
}

TEST(SubstringSearcherTest, AgreesWithTheNaiveSearch) {
  std::mt19937_64 rng(3);
  // Few letters make many near misses; '@' and '`' differ from letters in the case bit only.
  const std::string_view letters = "aAbB@`{[z";
  for (int i = 0; i < 20'000; ++i) {
    std::string text, needle;
    for (size_t n = rng() % 200; n > 0; --n) text += letters[rng() % letters.size()];
    for (size_t n = 1 + rng() % 5; n > 0; --n) needle += letters[rng() % letters.size()];
    const size_t from = rng() % (text.size() + 1);
    ASSERT_EQ(SubstringSearcher(needle).find(text, from), naive_find(text, needle, from)) << text << " / " << needle;
  }
}

TEST(SubstringSearcherTest, EdgesOfTheText) {
  EXPECT_EQ(SubstringSearcher("").find("abc", 3), 3u);
  EXPECT_EQ(SubstringSearcher("").find("abc", 4), std::string_view::npos);
  EXPECT_EQ(SubstringSearcher("x").find(""), std::string_view::npos);
  const std::string text = std::string(100, '.') + "End";
  EXPECT_EQ(SubstringSearcher("eND").find(text), 100u);
  EXPECT_EQ(SubstringSearcher("ends").find(text), std::string_view::npos);
}

}  // namespace
}  // namespace tripod::store
