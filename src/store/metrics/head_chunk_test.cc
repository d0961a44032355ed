#include "store/metrics/head_chunk.h"

#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace tripod::store::metrics {
namespace {

constexpr int64_t kLowest = std::numeric_limits<int64_t>::min();
constexpr int64_t kHighest = std::numeric_limits<int64_t>::max();

void expect_round_trip(const std::vector<model::Sample>& samples) {
  OpenChunk open;
  for (const auto& sample : samples) open.append(sample.time_ms, sample.value);
  const SealedChunk chunk = open.snapshot();
  std::vector<model::Sample> back;
  ASSERT_TRUE(decode_head_chunk(chunk.bytes(), chunk.count, kLowest, kHighest, back));
  ASSERT_EQ(back.size(), samples.size());
  for (size_t i = 0; i < samples.size(); ++i) {
    EXPECT_EQ(back[i].time_ms, samples[i].time_ms) << i;
    EXPECT_EQ(std::bit_cast<uint64_t>(back[i].value), std::bit_cast<uint64_t>(samples[i].value))
        << i;
  }
}

TEST(HeadChunk, SpecialValues) {
  const double inf = std::numeric_limits<double>::infinity();
  expect_round_trip({{-5, 0.0},
                     {0, -0.0},
                     {1, inf},
                     {2, -inf},
                     {3, std::nan("")},
                     {4, model::stale_marker()},
                     {5, std::numeric_limits<double>::denorm_min()},
                     {6, std::numeric_limits<double>::max()},
                     {7, 1}});
}

TEST(HeadChunk, ExtremeTimes) {
  expect_round_trip({{kLowest + 1, 1}, {0, 2}, {1, 3}, {kHighest, 4}});
}

TEST(HeadChunk, RandomSeriesComeBack) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::vector<model::Sample> samples;
    int64_t time = static_cast<int64_t>(random() % 2'000'000'000'000);
    double value = 0;
    const int kind = static_cast<int>(random() % 5);
    const size_t count = 1 + random() % 120;
    for (size_t i = 0; i < count; ++i) {
      time += 1 + static_cast<int64_t>(kind == 4 ? random() >> (random() % 40 + 24)
                                                 : 14990 + random() % 20);
      switch (kind) {
        case 0:
          break;
        case 1:
          value += static_cast<double>(random() % 10);
          break;
        case 2:
          value = static_cast<double>(random()) / 1e9;
          break;
        case 3:
          value = std::bit_cast<double>(random());
          break;
        default:
          value = std::round(value * 7 + 1) / 10;
      }
      samples.push_back({time, value});
    }
    expect_round_trip(samples);
  }
}

TEST(HeadChunk, RangeIsCut) {
  OpenChunk open;
  for (int i = 0; i < 10; ++i) open.append(i, i);
  std::vector<model::Sample> out;
  ASSERT_TRUE(decode_head_chunk(open.bytes(), open.count(), 3, 5, out));
  ASSERT_EQ(out.size(), 3u);
  EXPECT_EQ(out.front().time_ms, 3);
  EXPECT_EQ(out.back().time_ms, 5);
}

TEST(HeadChunk, ConstantSeriesTakesTwoBitsPerSample) {
  OpenChunk open;
  for (int i = 0; i < 120; ++i) open.append(1'795'364'762'000 + i * 15000, 42);
  EXPECT_LE(open.bytes().size(), 60u);
}

TEST(HeadChunk, CutOffBytesAreRefused) {
  OpenChunk open;
  for (int i = 0; i < 50; ++i) open.append(i * 7919 % 1000 + i * 1000, i * 1.7);
  const std::string bytes(open.bytes());
  std::vector<model::Sample> out;
  EXPECT_FALSE(decode_head_chunk(std::string_view(bytes).substr(0, bytes.size() / 2), 50, kLowest,
                                 kHighest, out));
}

}  // namespace
}  // namespace tripod::store::metrics
