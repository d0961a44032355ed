#include "store/events/regex_prefilter.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <random>

namespace tripod::store {
namespace {

std::string grams_of(std::string_view text) {
  TextFilterBuilder builder;
  builder.add_text(text);
  std::string out;
  const auto sizes = builder.finish(out);
  return out.substr(sizes.bloom_bytes);
}

bool may_match(const std::string& pattern, std::string_view text) {
  const auto filter = RegexPrefilter::of(pattern);
  return filter == nullptr || filter->may_be_in(grams_of(text));
}

TEST(RegexPrefilterTest, TextsWithoutWhatIsNeededAreRuledOut) {
  for (const char* pattern : {"zephyr", "^zephyr.*\\d+", "(zephyr|quixotic)", "(?i)ZEPHYR", "a+zephyrb*", "zephyr[0-9]{3}(x|y)", "pay.*zephyr"}) {
    EXPECT_FALSE(may_match(pattern, "payment failed")) << pattern;
    EXPECT_TRUE(may_match(pattern, "pay a ZEPHYRB 123x")) << pattern;
  }
  EXPECT_TRUE(may_match("zephyr|quixotic", "a quixotic one"));
  EXPECT_FALSE(may_match("(zephyr|quixotic).*order", "a quixotic one"));
  EXPECT_FALSE(may_match("zephyr", ""));
}

TEST(RegexPrefilterTest, WhereNothingIsNeededNothingIsRuledOut) {
  for (const char* pattern : {"", ".*", "[a-z]+", "abc", "zephyr|.", "(zephyr)?", "\\d\\d\\d\\d", "abc.*def"}) {
    EXPECT_EQ(RegexPrefilter::of(pattern), nullptr) << pattern;
  }
  EXPECT_EQ(RegexPrefilter::of("(zephyr"), nullptr);
}

// What the expression takes for a letter and the grams do not.
TEST(RegexPrefilterTest, LettersOfOtherAlphabetsAreNotMistaken) {
  const std::pair<const char*, const char*> pairs[] = {
      {"(?i)milkshake", "mil\xe2\x84\xaashake"}, {"(?i)mississippi", "mi\xc5\xbfsissippi"}, {"mil\xe2\x84\xaashake", "mil\xe2\x84\xaashake"},
      {"\\x{212A}elvin scale", "\xe2\x84\xaa" "elvin scale"}, {"\xc3\x84pfelkuchen", "\xc3\x84pfelkuchen"}, {"(?i)\xc3\xa4pfelkuchen", "\xc3\x84PFELKUCHEN"}};
  for (const auto& [pattern, text] : pairs) {
    ASSERT_TRUE(re2::RE2::PartialMatch(text, pattern)) << pattern;
    EXPECT_TRUE(may_match(pattern, text)) << pattern;
  }
  EXPECT_FALSE(may_match("(?i)\xc3\xa4pfelkuchen", "plum pie"));
}

// Random expressions over random texts: what matches is never ruled out, and much of the rest is.
TEST(RegexPrefilterTest, NothingThatMatchesIsRuledOut) {
  std::mt19937 random(7);
  const auto below = [&random](size_t n) { return random() % n; };
  const char* const pieces[] = {"order", "paid", "kiosk", "Sess", "failed", ".*", ".", "\\d+", "[a-k]+", "x?", "(?i)SK", "\\s", "12", "^", "$", "\\b", "a{2,3}"};
  const char* const words[] = {"order", "paid", "kiosk", "Sess", "failed", "x", "42", "SK", "aaa", "\xe2\x84\xaa", "\xc5\xbf", "ORDER"};
  size_t matched = 0, ruled_out = 0;
  for (int i = 0; i < 4'000; ++i) {
    std::string pattern, text;
    for (size_t n = 1 + below(4); n > 0; --n) {
      if (below(5) == 0) pattern += "(" + std::string(pieces[below(5)]) + "|" + pieces[below(std::size(pieces))] + ")";
      else pattern += pieces[below(std::size(pieces))];
    }
    for (size_t n = below(6); n > 0; --n) text += std::string(words[below(std::size(words))]) + (below(2) == 0 ? " " : "");
    const re2::RE2 regex(pattern, re2::RE2::Quiet);
    if (!regex.ok()) continue;
    const bool may = may_match(pattern, text);
    if (re2::RE2::PartialMatch(text, regex)) {
      ++matched;
      ASSERT_TRUE(may) << pattern << " in " << text;
    } else {
      ruled_out += may ? 0 : 1;
    }
  }
  EXPECT_GT(matched, 200u);
  EXPECT_GT(ruled_out, 200u);
}

}  // namespace
}  // namespace tripod::store
