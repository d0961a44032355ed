#include "store/events/text_filter.h"

#include <gtest/gtest.h>

#include <random>

#include "base/hash.h"
#include "store/events/bloom.h"
#include "store/events/text_search.h"

namespace tripod::store {
namespace {

struct Filter {
  std::string bytes;
  TextFilterBuilder::Sizes sizes;
  std::string_view values() const { return std::string_view(bytes).substr(0, sizes.bloom_bytes); }
  std::string_view grams() const { return std::string_view(bytes).substr(sizes.bloom_bytes); }
};

Filter finish(TextFilterBuilder& builder) {
  Filter out;
  out.sizes = builder.finish(out.bytes);
  EXPECT_EQ(out.bytes.size(), size_t{out.sizes.bloom_bytes} + out.sizes.gram_bytes);
  return out;
}

TEST(TextFilterTest, AnyPartOfAWordIsFound) {
  TextFilterBuilder builder;
  builder.add_text("Payment FAILED: order 4711");
  const Filter filter = finish(builder);
  for (std::string_view needle : {"payment failed", "YMEN", "order 4711", "order 9999", "led: o"}) {
    EXPECT_TRUE(GramProbe(needle).may_be_in(filter.grams())) << needle;
  }
  for (std::string_view needle : {"zephyr", "failure", "quizzes", "order by"}) {
    EXPECT_FALSE(GramProbe(needle).may_be_in(filter.grams())) << needle;
  }
}

TEST(TextFilterTest, ShortNeedlesAreNotRuledOut) {
  EXPECT_TRUE(GramProbe("abc").empty());
  EXPECT_TRUE(GramProbe("abc").may_be_in({}));
  EXPECT_FALSE(GramProbe("abcd").empty());
  EXPECT_FALSE(GramProbe("abcd").may_be_in({}));
}

TEST(TextFilterTest, ValuesAndGramsLieApart) {
  TextFilterBuilder builder;
  EXPECT_TRUE(builder.empty());
  builder.add_value(base::hash64("one"));
  builder.add_value(base::hash64("one"));
  builder.add_text("some text");
  const Filter filter = finish(builder);
  EXPECT_EQ(filter.sizes.bloom_bytes, 32u);
  EXPECT_EQ(filter.sizes.gram_bytes, 32u);
  EXPECT_TRUE(bloom_may_contain(filter.values(), base::hash64("one")));
  EXPECT_FALSE(bloom_may_contain(filter.values(), base::hash64("two")));
  // The next block begins with nothing of this one.
  EXPECT_TRUE(builder.empty());
  builder.add_text("other words");
  const Filter next = finish(builder);
  EXPECT_EQ(next.sizes.bloom_bytes, 0u);
  EXPECT_FALSE(GramProbe("some text").may_be_in(next.grams()));
}

// No text that has the needle is ever ruled out, whatever the bytes, and most others are.
TEST(TextFilterTest, AgreesWithTheSearch) {
  std::mt19937_64 rng(7);
  size_t passed = 0, asked = 0;
  for (int round = 0; round < 200; ++round) {
    TextFilterBuilder builder;
    std::vector<std::string> texts(1 + rng() % 50);
    for (std::string& text : texts) {
      for (size_t n = rng() % 60; n > 0; --n) text += static_cast<char>(rng() % 8 == 0 ? rng() % 256 : 'A' + rng() % 58);
      builder.add_text(text);
    }
    const Filter filter = finish(builder);
    for (const std::string& text : texts) {
      const size_t from = rng() % (text.size() + 1);
      const std::string needle = text.substr(from, rng() % 20);
      EXPECT_TRUE(GramProbe(ascii_lower(needle)).may_be_in(filter.grams()));
      std::string other = needle + "#" + needle;
      if (GramProbe(other).empty()) continue;
      ++asked;
      passed += GramProbe(other).may_be_in(filter.grams()) ? 1 : 0;
    }
  }
  EXPECT_LT(passed, asked / 4);
}

// What repeats does not make the bitmap larger; identifiers hardly do.
TEST(TextFilterTest, StaysSmall) {
  TextFilterBuilder builder;
  std::mt19937_64 rng(1);
  for (int i = 0; i < 8000; ++i) {
    builder.add_text("request " + std::to_string(rng()) + " took " + std::to_string(rng() % 1000) + " ms");
  }
  EXPECT_LE(finish(builder).sizes.gram_bytes, 64u);
}

}  // namespace
}  // namespace tripod::store
