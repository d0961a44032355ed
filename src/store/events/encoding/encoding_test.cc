#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "store/events/column_stage.h"
#include "store/events/distinct.h"
#include "store/events/encoding/column.h"
#include "store/events/encoding/packed_ints.h"
#include "store/events/field_text.h"

namespace tripod::store {
namespace {

using model::Value;

// A column encoded as the writer would, and what is needed to decode it again.
struct Encoded {
  Encoding encoding;
  std::string body;
  size_t size;
};

Encoded encode(const std::vector<Value>& values, size_t most_distinct) {
  ColumnStage stage;
  for (size_t i = 0; i < values.size(); ++i) stage.add(static_cast<uint16_t>(i), values[i]);
  DistinctFinder distinct;
  ColumnInput input{stage.values, stage.types, {}, {}};
  if (distinct.find(values, most_distinct)) {
    input.distinct = distinct.values();
    input.codes = distinct.codes();
  }
  Encoded out{choose_encoding(input), {}, values.size()};
  encode_column(out.encoding, input, out.body);
  return out;
}

// Encodes, decodes, compares; returns the encoding that was chosen.
Encoding round_trip(const std::vector<Value>& values, size_t most_distinct = 1) {
  const Encoded encoded = encode(values, most_distinct);
  auto column = decode_column(encoded.encoding, encoded.body, values.size());
  EXPECT_TRUE(column) << column.error().message;
  if (!column) return encoded.encoding;
  EXPECT_EQ((*column)->size(), values.size());
  ValueScratch scratch;
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_TRUE(same_value((*column)->at(i, scratch), values[i])) << "value " << i;
  }
  return encoded.encoding;
}

std::vector<Value> ints(std::initializer_list<int64_t> values) {
  std::vector<Value> out;
  for (int64_t v : values) out.push_back(Value::int64(v));
  return out;
}
std::vector<Value> floats(std::initializer_list<double> values) {
  std::vector<Value> out;
  for (double v : values) out.push_back(Value::float64(v));
  return out;
}
std::vector<Value> strings(std::initializer_list<const char*> values) {
  std::vector<Value> out;
  for (const char* v : values) out.push_back(Value::string(v));
  return out;
}

TEST(EncodingTest, ConstantOfEveryType) {
  for (const Value& value : {Value::string("x"), Value::string(""), Value::json("{}"), Value::int64(INT64_MIN),
                             Value::float64(-0.0), Value::boolean(false)}) {
    EXPECT_EQ(round_trip({value, value, value}), Encoding::kConstant);
  }
}

TEST(EncodingTest, IntegersAtTheirLimits) {
  EXPECT_EQ(round_trip(ints({INT64_MIN, INT64_MAX, 0, -1, 1})), Encoding::kInt64);
  EXPECT_EQ(round_trip(ints({INT64_MAX, INT64_MIN})), Encoding::kInt64);
  EXPECT_EQ(round_trip(ints({-5, -4, -3})), Encoding::kInt64);
}

TEST(EncodingTest, FloatsKeepEveryBit) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double payload_nan = std::bit_cast<double>(uint64_t{0x7ff0000000000002});
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(round_trip(floats({0.0, -0.0, nan, payload_nan, inf, -inf, 5e-324, 1.7e308})), Encoding::kFloat64);
  EXPECT_EQ(round_trip(floats({0.1, 0.2, 12.345, -7.5, 1e6})), Encoding::kFloat64);
  EXPECT_EQ(round_trip(floats({9007199254740993.0, 1.5, 9e15})), Encoding::kFloat64);
}

TEST(EncodingTest, DecimalFloatsAreSmall) {
  std::vector<Value> values;
  for (int i = 0; i < 1000; ++i) values.push_back(Value::float64(i * 7 % 1000 / 100.0));
  EXPECT_LT(encode(values, 1).body.size(), 1000u * 2);
}

TEST(EncodingTest, Booleans) {
  std::vector<Value> values;
  for (int i = 0; i < 131; ++i) values.push_back(Value::boolean(i % 3 == 0));
  EXPECT_EQ(round_trip(values), Encoding::kBool);
}

TEST(EncodingTest, Ipv4Addresses) {
  EXPECT_EQ(round_trip(strings({"0.0.0.0", "255.255.255.255", "10.0.0.1", "192.168.1.20"})), Encoding::kIpv4);
  for (const char* other : {"10.0.0.256", "10.0.0.01", "10.0.0", "10.0.0.1.", "10.0.0.1:80", "a.b.c.d", "1..2.3.4"}) {
    EXPECT_EQ(round_trip(strings({"10.0.0.1", other})), Encoding::kText) << other;
  }
  std::vector<std::string> texts;
  std::vector<Value> values;
  for (int i = 0; i < 1000; ++i) texts.push_back("10.1." + std::to_string(i * 37 % 256) + "." + std::to_string(i % 256));
  for (const std::string& text : texts) values.push_back(Value::string(text));
  EXPECT_LT(encode(values, 1).body.size(), 1000u * 17 / 8);
}

TEST(EncodingTest, TimesAsText) {
  EXPECT_EQ(round_trip(strings({"2026-11-22T16:39:57.123456Z", "2031-12-31T23:59:59.000001Z"})), Encoding::kTimestamp);
  EXPECT_EQ(round_trip(strings({"2026-11-22 16:39:57,123", "2026-11-22 16:39:57,000"})), Encoding::kTimestamp);
  EXPECT_EQ(round_trip(strings({"2026-11-22T16:39:57.123+00:00", "2026-11-22T16:39:58.123+00:00"})), Encoding::kTimestamp);
  for (const char* other : {"2026-11-22T16:39:57.123456", "2026-11-22T16:39:57.12345Z", "2026-02-30T16:39:57.123456Z", "now"}) {
    EXPECT_EQ(round_trip(strings({"2026-11-22T16:39:57.123456Z", other})), Encoding::kText) << other;
  }
}

// Codes of many values are kept as distances; whatever the order they came in.
TEST(EncodingTest, LargeDictionaries) {
  std::mt19937_64 rng(5);
  std::vector<std::string> texts;
  for (int i = 0; i < 700; ++i) texts.push_back("value " + std::to_string(i));
  std::vector<Value> values;
  for (int i = 0; i < 5000; ++i) values.push_back(Value::string(texts[i < 1500 ? i / 3 : rng() % texts.size()]));
  EXPECT_EQ(round_trip(values, values.size()), Encoding::kDictionary);
}

TEST(EncodingTest, HexShapes) {
  EXPECT_EQ(round_trip(strings({"0123456789abcdef", "fedcba9876543210"})), Encoding::kHex);
  EXPECT_EQ(round_trip(strings({"0123456789abcdef0123456789abcdef", "00000000000000000000000000000000"})),
            Encoding::kHex);
  EXPECT_EQ(round_trip(strings({"6f9619ff-8b86-d011-b42d-00c04fc964ff", "6f9619ff-8b86-d011-b42d-00c04fc964fe"})),
            Encoding::kHex);
}

TEST(EncodingTest, AlmostHexIsText) {
  EXPECT_EQ(round_trip(strings({"0123456789abcdef", "0123456789ABCDEF"})), Encoding::kText);
  EXPECT_EQ(round_trip(strings({"0123456789abcdef", "0123456789abcdeg"})), Encoding::kText);
  EXPECT_EQ(round_trip(strings({"0123456789abcdef", "0123456789abcdef0123456789abcdef"})), Encoding::kText);
  EXPECT_EQ(round_trip(strings({"6f9619ff-8b86-d011-b42d-00c04fc964ff", "6f9619ff08b86-d011-b42d-00c04fc964ff"})),
            Encoding::kText);
}

TEST(EncodingTest, TextsAndJson) {
  EXPECT_EQ(round_trip(strings({"", "a", "", "käse", "\n"})), Encoding::kText);
  EXPECT_EQ(round_trip({Value::json("{}"), Value::json("[1,2]")}), Encoding::kText);
}

TEST(EncodingTest, MixedTypes) {
  EXPECT_EQ(round_trip({Value::int64(1), Value::float64(1), Value::string("1"), Value::boolean(true), Value::json("1")}),
            Encoding::kMixed);
}

TEST(EncodingTest, DictionariesNarrowAndWide) {
  std::vector<std::string> texts;
  for (int i = 0; i < 600; ++i) texts.push_back("value " + std::to_string(i));
  std::vector<Value> narrow, wide;
  for (int i = 0; i < 2000; ++i) {
    narrow.push_back(i % 7 == 0 ? Value::int64(i % 5) : Value::string(texts[static_cast<size_t>(i % 200)]));
    wide.push_back(Value::string(texts[static_cast<size_t>(i % 600)]));
  }
  EXPECT_EQ(round_trip(narrow, 1000), Encoding::kDictionary);
  EXPECT_EQ(round_trip(wide, 1000), Encoding::kDictionary);
}

TEST(EncodingTest, PackedIntegersOfEveryWidth) {
  std::mt19937_64 rng(1);
  for (unsigned width = 0; width <= 64; ++width) {
    for (size_t count : {1u, 2u, 127u, 128u, 129u, 1000u}) {
      std::vector<int64_t> values;
      for (size_t i = 0; i < count; ++i) {
        values.push_back(static_cast<int64_t>(width == 0 ? 7 : rng() >> (64 - width)));
      }
      std::string bytes;
      append_packed(bytes, values);
      CheckedReader in(bytes);
      std::vector<int64_t> back;
      ASSERT_TRUE(read_packed(in, count, back)) << width << " " << count;
      ASSERT_EQ(back, values);
      ASSERT_EQ(in.left(), 0u);
    }
  }
}

TEST(EncodingTest, TimesInMicrosecondsTakeFewBytes) {
  std::vector<int64_t> times;
  int64_t now = 1'700'000'000'123'456'000;
  for (int i = 0; i < 8192; ++i) times.push_back(now += 1000 * (i % 50));
  std::string bytes;
  append_packed(bytes, times);
  EXPECT_LT(bytes.size(), 8192u);
}

// Whatever the bytes, decoding ends with a column or an error; and a column can be read to its end.
TEST(EncodingTest, DamagedBytesAreNeverTrusted) {
  std::mt19937_64 rng(2);
  const std::vector<std::vector<Value>> columns = {
      ints({1, 5, 900, -4}), floats({0.5, 0.25, 1e300}), strings({"alpha", "beta", "gamma"}),
      strings({"0123456789abcdef", "fedcba9876543210"}), {Value::int64(1), Value::string("x")},
      strings({"a", "b", "a", "b", "a", "b"}), {Value::boolean(true), Value::boolean(false)}};
  size_t accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    Encoded encoded = encode(columns[rng() % columns.size()], 3);
    for (size_t flips = rng() % 3; flips > 0; --flips) {
      encoded.body[rng() % encoded.body.size()] ^= static_cast<char>(1 << rng() % 8);
    }
    if (rng() % 2 == 0) encoded.body.resize(rng() % (encoded.body.size() + 1));
    if (rng() % 8 == 0) encoded.encoding = static_cast<Encoding>(rng() % 12);
    const size_t size = rng() % 4 == 0 ? rng() % 9000 : encoded.size;
    auto column = decode_column(encoded.encoding, encoded.body, size);
    if (!column) continue;
    ++accepted;
    ASSERT_EQ((*column)->size(), size);
    ValueScratch scratch;
    NumberBuffer buffer;
    size_t bytes = 0;
    for (size_t v = 0; v < size; ++v) bytes += field_text((*column)->at(v, scratch), buffer).size();
    ASSERT_LT(bytes, 1u << 20);
  }
  EXPECT_GT(accepted, 1000u);
}

// Every encoding answers every comparison as the matcher does value by value.
TEST(EncodingTest, ColumnsMatchAsTheirValuesDo) {
  const std::vector<std::vector<Value>> columns = {
      ints({1, 5, 900, -4, 500, INT64_MAX, INT64_MIN}),
      floats({0.5, 500.0, 1e300, -0.0, std::numeric_limits<double>::quiet_NaN()}),
      strings({"alpha", "Beta", "", "500", "gamma alpha"}),
      strings({"0123456789abcdef", "fedcba9876543210", "0123456789abcdee"}),
      {Value::int64(500), Value::string("500"), Value::float64(500), Value::json("[500]"), Value::boolean(true)},
      strings({"a", "500", "a", "500", "a", "500"}),
      {Value::boolean(true), Value::boolean(false), Value::boolean(true)}};
  const std::vector<FieldValue> operands = {int64_t{500}, 500.0, 499.5, INT64_MAX, 9.3e18, std::string("500"),
                                            std::string("alpha"), std::string("0123456789abcdef"), true,
                                            std::string(""), std::string("A"), std::nan("")};
  using Op = Predicate::Op;
  for (const auto& values : columns) {
    const Encoded encoded = encode(values, 3);
    auto column = decode_column(encoded.encoding, encoded.body, values.size());
    ASSERT_TRUE(column);
    for (Op op : {Op::kEqual, Op::kLess, Op::kLessEqual, Op::kGreater, Op::kGreaterEqual, Op::kContains, Op::kWildcard}) {
      for (const FieldValue& operand : operands) {
        RegexSet regexes(1);
        auto matcher = Matcher::compile(Predicate::compare(op, "k", operand), regexes);
        ASSERT_TRUE(matcher);
        Bitmap candidates(values.size(), true), found(values.size());
        (*column)->match(*matcher, candidates, found);
        for (size_t i = 0; i < values.size(); ++i) {
          EXPECT_EQ(found.test(i), matcher->matches(values[i]))
              << to_string(Predicate::compare(op, "k", operand)) << " value " << i << " encoding "
              << static_cast<int>(encoded.encoding);
        }
      }
    }
  }
}

}  // namespace
}  // namespace tripod::store
