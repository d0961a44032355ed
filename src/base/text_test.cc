// Hexadecimal text, UTF-8, hashes and random bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/hex.h"
#include "base/random.h"
#include "base/utf8.h"

namespace tripod::base {
namespace {

TEST(Hex, ThereAndBack) {
  EXPECT_EQ(to_hex(std::string_view("\x00\x7f\xff\x1a", 4)), "007fff1a");
  EXPECT_EQ(from_hex("007FfF1a").value(), std::string("\x00\x7f\xff\x1a", 4));
  EXPECT_EQ(from_hex("").value(), "");
  EXPECT_FALSE(from_hex("abc"));
  EXPECT_FALSE(from_hex("0g"));
  EXPECT_FALSE(from_hex("g0"));
  EXPECT_FALSE(from_hex("0:"));
}

TEST(Hex, IsHexWantsAtLeastOneDigit) {
  EXPECT_TRUE(is_hex("09afAF"));
  EXPECT_FALSE(is_hex(""));
  EXPECT_FALSE(is_hex("0x12"));
  EXPECT_FALSE(is_hex("12 "));
}

struct Utf8Case {
  std::string text;
  std::string replaced;
};

// Bad bytes after RFC 3629, each one replaced.
const Utf8Case kInvalid[] = {
    {"\x80", "\uFFFD"},
    {"a\xC0\xAFz", "a\uFFFD\uFFFDz"},                  // overlong
    {"\xE0\x80\xAF", "\uFFFD\uFFFD\uFFFD"},            // overlong
    {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},            // surrogate
    {"\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},  // above U+10FFFF
    {"\xF0\x8F\xBF\xBF", "\uFFFD\uFFFD\uFFFD\uFFFD"},  // overlong
    {"\xF5\x80\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},
    {"ok \xE2\x82", "ok \uFFFD\uFFFD"},  // cut off
    {"\xE2\x82x", "\uFFFD\uFFFDx"},
    {"\xFF\xFE", "\uFFFD\uFFFD"},
    {"caf\xE9", "caf\uFFFD"},  // Latin-1
    {"\xC3\xA9\xC3", "\u00E9\uFFFD"},
};

const std::string kValid[] = {"",
                              "plain ascii text that is longer than eight bytes",
                              "caf\u00E9",
                              "\u20AC",
                              "\uD7FF\uE000\uFFFD\uFFFF",
                              "\U00010000\U0010FFFF",
                              std::string("nul\0nul", 7)};

TEST(Utf8, ValidAndInvalidAtEveryOffset) {
  // Paddings move the text over the 8-byte steps and, with the long tail, into the vector path.
  for (size_t pad = 0; pad < 20; ++pad) {
    for (const bool long_tail : {false, true}) {
      const std::string before(pad, 'x');
      const std::string after = long_tail ? std::string(80, 'y') : "";
      auto inside = [&](const std::string& text) {
        return std::string(before).append(text).append(after);
      };
      for (const auto& text : kValid) {
        EXPECT_TRUE(is_valid_utf8(inside(text))) << to_hex(text);
        EXPECT_EQ(replace_invalid_utf8(inside(text)), inside(text));
      }
      for (const auto& [text, replaced] : kInvalid) {
        EXPECT_FALSE(is_valid_utf8(inside(text))) << to_hex(text);
        EXPECT_EQ(replace_invalid_utf8(inside(text)), inside(replaced));
      }
    }
  }
}

TEST(Utf8, InvalidBytesEscaped) {
  EXPECT_EQ(escape_invalid_utf8("caf\xe9 \xc3\xa9 \xff"), "caf\\xe9 \xc3\xa9 \\xff");
  EXPECT_EQ(escape_invalid_utf8("plain"), "plain");
}

TEST(Utf8, PrefixNeverCutsACodePoint) {
  const std::string text = "a\u00E9\u20AC\U0001F600z";  // 1 + 2 + 3 + 4 + 1 bytes
  const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
  for (size_t max = 0; max < std::size(expected); ++max) {
    EXPECT_EQ(utf8_prefix(text, max).size(), expected[max]) << max;
  }
}

TEST(Utf8, PrefixOfInvalidTextIsJustBytes) {
  EXPECT_EQ(utf8_prefix("\x80\x80\x80\x80\x80\x80", 5).size(), 5u);
  EXPECT_EQ(utf8_prefix("\xFF\xFF\xFF", 2).size(), 2u);
}

TEST(Hash, IsXxh3) {
  // Reference values of XXH3_64bits: they are on disk, so they may never change.
  EXPECT_EQ(hash64(""), 0x2d06800538d394c2ULL);
  EXPECT_NE(hash64("", 1), hash64(""));
  EXPECT_NE(hash64("a"), hash64("b"));
}

TEST(Random, GivesWhatWasAskedFor) {
  EXPECT_EQ(random_bytes(0), "");
  EXPECT_EQ(random_bytes(1000).size(), 1000u);
  const std::string key = random_hex(16);
  EXPECT_EQ(key.size(), 32u);
  EXPECT_TRUE(is_hex(key));
  EXPECT_NE(key, random_hex(16));
}

}  // namespace
}  // namespace tripod::base
