#include "store/metrics/head_chunk.h"

#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace tripod::store::metrics {
namespace {

constexpr int64_t kLowest = std::numeric_limits<int64_t>::min();
constexpr int64_t kHighest = std::numeric_limits<int64_t>::max();

OpenChunk open_chunk(const std::vector<model::Sample>& samples) {
  OpenChunk open;
  for (const auto& sample : samples) open.append(sample.time_ms, sample.value);
  return open;
}

void expect_same(const std::vector<model::Sample>& back, const std::vector<model::Sample>& samples) {
  ASSERT_EQ(back.size(), samples.size());
  for (size_t i = 0; i < samples.size(); ++i) {
    EXPECT_EQ(back[i].time_ms, samples[i].time_ms) << i;
    EXPECT_EQ(std::bit_cast<uint64_t>(back[i].value), std::bit_cast<uint64_t>(samples[i].value))
        << i;
  }
}

void expect_round_trip(const std::vector<model::Sample>& samples) {
  std::vector<model::Sample> back;
  OpenChunk open = open_chunk(samples);
  ASSERT_TRUE(decode_open_chunk(open.bytes(), open.count(), kLowest, kHighest, back));
  expect_same(back, samples);
  ChunkScratch scratch;
  for (const SealedChunk& chunk : {open_chunk(samples).seal(), open_chunk(samples).seal_columns()}) {
    EXPECT_EQ(chunk.min_time(), samples.front().time_ms);
    EXPECT_EQ(chunk.max_time(), samples.back().time_ms);
    EXPECT_EQ(chunk.count(), samples.size());
    back.clear();
    chunk.decode(kLowest, kHighest, scratch, back);
    expect_same(back, samples);
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
  ASSERT_TRUE(decode_open_chunk(open.bytes(), open.count(), 3, 5, out));
  ASSERT_EQ(out.size(), 3u);
  EXPECT_EQ(out.front().time_ms, 3);
  EXPECT_EQ(out.back().time_ms, 5);
  const SealedChunk sealed = open.seal_columns();
  EXPECT_TRUE(open.empty());
  ChunkScratch scratch;
  sealed.decode(3, 5, scratch, out);
  ASSERT_EQ(out.size(), 6u);
  EXPECT_EQ(out[3].time_ms, 3);
  EXPECT_EQ(out.back().time_ms, 5);
}

// The times of the chunk before serve again only where they are the same ones from the same beginning.
TEST(HeadChunk, ScratchIsOfNoOtherChunk) {
  ChunkScratch scratch;
  std::vector<model::Sample> out;
  open_chunk({{10, 1}, {20, 2}, {30, 3}}).seal_columns().decode(kLowest, kHighest, scratch, out);
  open_chunk({{110, 4}, {120, 5}, {130, 6}}).seal_columns().decode(kLowest, kHighest, scratch, out);
  open_chunk({{110, 7}, {121, 8}, {130, 9}}).seal_columns().decode(kLowest, kHighest, scratch, out);
  open_chunk({{5, 10}}).seal_columns().decode(kLowest, kHighest, scratch, out);
  expect_same(out, {{10, 1}, {20, 2}, {30, 3}, {110, 4}, {120, 5}, {130, 6}, {110, 7}, {121, 8}, {130, 9}, {5, 10}});
}

TEST(HeadChunk, CopiesOutliveTheFirst) {
  std::vector<SealedChunk> chunks;
  {
    OpenChunk open = open_chunk({{1, 1}, {2, 2}});
    const SealedChunk first = open.seal();
    chunks.assign(3, first);
  }
  std::vector<model::Sample> out;
  ChunkScratch scratch;
  chunks.back().decode(kLowest, kHighest, scratch, out);
  expect_same(out, {{1, 1}, {2, 2}});
}

TEST(HeadChunk, ColumnsOfCountersTakeLessThanBits) {
  std::mt19937 random(3);
  std::vector<model::Sample> samples;
  for (int i = 0; i < 120; ++i) {
    const double last = samples.empty() ? 1000 : samples.back().value;
    samples.push_back({1'795'364'762'000 + i * 15000, last + random() % 8});
  }
  OpenChunk open = open_chunk(samples);
  const size_t bits = open.bytes().size();
  EXPECT_LT(open.seal_columns().bytes().size() * 3, bits * 2);
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
  EXPECT_FALSE(decode_open_chunk(std::string_view(bytes).substr(0, bytes.size() / 2), 50, kLowest,
                                 kHighest, out));
}

}  // namespace
}  // namespace tripod::store::metrics
