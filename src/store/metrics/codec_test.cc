#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "store/metrics/int_codec.h"
#include "store/metrics/value_codec.h"

namespace tripod::store::metrics {
namespace {

std::vector<model::Sample> with_values(const std::vector<double>& values) {
  std::vector<model::Sample> out;
  for (double value : values) out.push_back({static_cast<int64_t>(out.size()), value});
  return out;
}

// Bytes the values take; they come back bit by bit.
size_t round_trip(const std::vector<double>& values) {
  std::string bytes;
  encode_values(with_values(values), bytes);
  ByteReader in(bytes);
  std::vector<double> back;
  EXPECT_TRUE(decode_values(in, values.size(), back));
  EXPECT_EQ(back.size(), values.size());
  for (size_t i = 0; i < back.size(); ++i) {
    EXPECT_EQ(std::bit_cast<uint64_t>(back[i]), std::bit_cast<uint64_t>(values[i])) << i;
  }
  return bytes.size();
}

TEST(ValueCodec, ConstantsTakeFewBytesWhateverTheirNumber) {
  EXPECT_LE(round_trip(std::vector<double>(500, 42)), 3u);
  EXPECT_LE(round_trip(std::vector<double>(500, 0.25)), 3u);
  EXPECT_EQ(round_trip(std::vector<double>(500, 4.275003318001609)), 9u);
  EXPECT_EQ(round_trip({-0.0}), 9u);
}

TEST(ValueCodec, CountersTakeAboutAByte) {
  std::vector<double> values;
  double value = 1e6;
  for (int i = 0; i < 480; ++i) values.push_back(value += i % 7);
  EXPECT_LE(round_trip(values), 480u);
  values.clear();
  for (int i = 0; i < 480; ++i) values.push_back(i * 150);
  EXPECT_LE(round_trip(values), 70u);
}

TEST(ValueCodec, DecimalsAreIntegersToo) {
  std::vector<double> values;
  for (int i = 0; i < 480; ++i) values.push_back((1234 + i * 3 % 50) / 100.0);
  EXPECT_LE(round_trip(values), 600u);
}

// What a client library keeps: the sum of measured times, rounded with each addition.
TEST(ValueCodec, SumsOfDecimalsTakeLittleMoreThanTheDecimals) {
  std::mt19937_64 random(5);
  std::vector<double> values;
  double sum = 1000;
  for (int i = 0; i < 480; ++i) {
    for (auto left = random() % 5; left > 0; --left) sum += static_cast<double>(random() % 2000) / 1000;
    values.push_back(sum);
  }
  EXPECT_LE(round_trip(values), 480 * 5 / 2u);
  values.push_back(std::nextafter(sum, 2 * sum));
  values.push_back(-sum);
  round_trip(values);
}

TEST(ValueCodec, SumsOfAnyFloatsTakeTheirDifferences) {
  std::mt19937_64 random(5);
  std::vector<double> values;
  double sum = 1000;
  for (int i = 0; i < 480; ++i) values.push_back(sum += std::generate_canonical<double, 53>(random));
  EXPECT_LE(round_trip(values), 480 * 46 / 8u);  // some 43 bits of 64 change
}

TEST(ValueCodec, SpecialValues) {
  const double inf = std::numeric_limits<double>::infinity();
  round_trip(
      {0.0, -0.0, inf, -inf, std::nan(""), std::nan("7"), 1e308, 5e-324, 9007199254740993.0});
  round_trip({9007199254740991.0, -9007199254740991.0, 0});
}

TEST(ValueCodec, StaleMarkersAnywhere) {
  const double stale = model::stale_marker();
  round_trip({stale});
  round_trip({stale, stale, stale});
  round_trip({stale, 1, 2, 3});
  round_trip({1, 2, stale});
  std::vector<double> values;
  for (int i = 0; i < 300; ++i) values.push_back(i % 50 == 49 ? stale : i);
  EXPECT_LE(round_trip(values), 400u);
}

TEST(ValueCodec, RandomColumnsComeBack) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 3000; ++round) {
    std::vector<double> values(1 + random() % 200);
    double value = 0;
    const auto kind = random() % 6;
    for (double& out : values) {
      switch (kind) {
        case 0:
          value = std::bit_cast<double>(random());
          break;
        case 1:
          value += static_cast<double>(random() % 1000);
          break;
        case 2:
          value = static_cast<double>(static_cast<int64_t>(random()) >> (random() % 60));
          break;
        case 3:
          value = static_cast<double>(random() % 100000) / 1e3;
          break;
        case 4:
          value += std::generate_canonical<double, 53>(random);
          break;
        default:
          value = random() % 5 == 0 ? model::stale_marker() : 3;
      }
      out = value;
    }
    round_trip(values);
  }
}

TEST(ValueCodec, DamagedBytesNeverRunAway) {
  std::mt19937_64 random(4);
  std::string bytes;
  encode_values(with_values({1, 2.5, model::stale_marker(), 1e300, 7, 7, 7}), bytes);
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = bytes.substr(0, random() % (bytes.size() + 1));
    for (int flips = 0; flips < 3 && !damaged.empty(); ++flips) {
      damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
    }
    ByteReader in(damaged);
    std::vector<double> out;
    if (decode_values(in, 7, out)) {
      EXPECT_EQ(out.size(), 7u);
    }
  }
}

TEST(TimeCodec, TimesComeBackRelativeToTheFirst) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 1000; ++round) {
    std::vector<model::Sample> samples(1 + random() % 300);
    int64_t time = static_cast<int64_t>(random() >> 2);
    for (auto& sample : samples) {
      sample.time_ms = time;
      time += round % 2 == 0 ? 15'000 : static_cast<int64_t>(1 + random() % 100'000);
    }
    const std::string bytes = encode_times(samples);
    std::vector<int64_t> back;
    ASSERT_TRUE(decode_times(bytes, samples.size(), back));
    ASSERT_EQ(back.size(), samples.size());
    for (size_t i = 0; i < back.size(); ++i) {
      EXPECT_EQ(back[i], samples[i].time_ms - samples[0].time_ms);
    }
  }
}

TEST(TimeCodec, TargetsScrapedAtTheSameIntervalGiveTheSameBytes) {
  std::vector<model::Sample> a;
  std::vector<model::Sample> b;
  for (int i = 0; i < 480; ++i) {
    a.push_back({1000 + i * 15'000, 0});
    b.push_back({7777 + i * 15'000, 0});
  }
  EXPECT_EQ(encode_times(a), encode_times(b));
  EXPECT_LE(encode_times(a).size(), 70u);
}

TEST(IntCodec, ExtremesComeBack) {
  const std::vector<int64_t> ints{
      0, 1, -1, std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min(), 0};
  for (unsigned k : {0u, 5u, 33u, 63u}) {
    std::string bytes;
    write_ints(ints, k, bytes);
    std::vector<int64_t> back;
    ASSERT_TRUE(decode_ints(bytes, ints.size(), back)) << k;
    EXPECT_EQ(back, ints) << k;
  }
}

TEST(IntCodec, AnyMixOfZerosAndWidthsComesBackAndNothingShorterDoes) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 2000; ++round) {
    const unsigned widest = 1 + static_cast<unsigned>(random() % 64);
    const unsigned zeros = static_cast<unsigned>(random() % 100);
    std::vector<int64_t> ints(1 + random() % 300);
    for (int64_t& v : ints) v = random() % 100 < zeros ? 0 : static_cast<int64_t>(random() >> (64 - 1 - random() % widest));
    if (random() % 2 == 0) std::ranges::transform(ints, ints.begin(), [](int64_t v) { return ~v; });
    const unsigned k = random() % 2 == 0 ? choose_golomb(ints).k : static_cast<unsigned>(random() % 64);
    std::string bytes;
    write_ints(ints, k, bytes);
    std::vector<int64_t> back{42};
    ASSERT_TRUE(decode_ints(bytes, ints.size(), back)) << "round " << round;
    back.erase(back.begin());
    ASSERT_EQ(back, ints) << "round " << round;
    bytes.pop_back();
    back.clear();
    ASSERT_FALSE(decode_ints(bytes, ints.size(), back)) << "round " << round;
  }
}

}  // namespace
}  // namespace tripod::store::metrics
