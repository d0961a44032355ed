#include "store/events/predicate_codec.h"

#include <gtest/gtest.h>

#include <limits>

#include "store/events/testing/test_events.h"

namespace tripod::store {
namespace {

TEST(PredicateCodec, EveryPredicateComesBack) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    testing::RandomEvents random(seed);
    const Predicate predicate = random.predicate(4);
    const std::string bytes = encode_predicate(predicate);
    auto again = decode_predicate(bytes);
    ASSERT_TRUE(again);
    EXPECT_EQ(to_string(*again), to_string(predicate));
    EXPECT_EQ(encode_predicate(*again), bytes);
  }
}

TEST(PredicateCodec, TypesOfOperandsAreKept) {
  const FieldValue values[] = {std::monostate(), std::string("x"), int64_t{-5}, 1.5,  std::numeric_limits<double>::infinity(),
                               true,             false,            JsonText{"[1]"}};
  for (const FieldValue& value : values) {
    auto again = decode_predicate(encode_predicate(Predicate::equal("key", value)));
    ASSERT_TRUE(again);
    EXPECT_TRUE(testing::identical(again->operand, value));
    EXPECT_EQ(again->key, "key");
  }
}

TEST(PredicateCodec, TheBytesAreTheFormats) {
  const Predicate predicate = Predicate::all_of({Predicate::equal("a", std::string("b")), Predicate::negate(Predicate::exists("c"))});
  EXPECT_EQ(encode_predicate(predicate), std::string("\x01" "\x01\x02" "\x04\x01" "a" "\x01\x01" "b" "\x03\x01" "\x0d\x01" "c" "\x00", 15));
}

TEST(PredicateCodec, DamageIsSaid) {
  testing::RandomEvents random(7);
  const std::string bytes = encode_predicate(random.predicate(4));
  for (size_t i = 0; i < bytes.size(); ++i) EXPECT_FALSE(decode_predicate(std::string_view(bytes).substr(0, i)));
  EXPECT_FALSE(decode_predicate(bytes + "x"));
  EXPECT_EQ(decode_predicate("\x02\x01").error().code, base::Code::kUnsupported);
  std::string deep = "\x01";
  for (int i = 0; i < 300; ++i) deep += "\x03\x01";
  EXPECT_FALSE(decode_predicate(deep + std::string(1, '\0')));
}

}  // namespace
}  // namespace tripod::store
