// A block as version 1 wrote it, kept in tests/corpus/metrics/block-v1, and the same written anew.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/mem_fs.h"
#include "store/metrics/block.h"
#include "store/metrics/block_writer.h"
#include "store/metrics/posting_codec.h"
#include "store/metrics/postings.h"

namespace tripod::store::metrics {
namespace {

using Op = LabelMatcher::Op;

constexpr TimeRangeMs kAlways{std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()};
constexpr int kScrapes = 20;

std::shared_ptr<Block> block_of_version_1() {
  base::RealFs fs;
  auto block = Block::open(fs, "tests/corpus/metrics/block-v1", 1);
  EXPECT_TRUE(block.has_value()) << block.error().message;
  return *block;
}

size_t selected(const Block& block, const LabelMatcher& matcher) {
  const auto compiled = CompiledMatcher::compile(matcher);
  return resolve(block.index(), std::span(&*compiled, 1)).value().size();
}

struct Read {
  std::string labels;
  std::vector<model::Sample> samples;
};

std::vector<Read> read_all(const Block& block) {
  std::vector<Read> out;
  BlockSeries series;
  TimeColumnCache cache;
  for (uint32_t i = 0; i < block.index().series_count(); ++i) {
    EXPECT_TRUE(block.index().series(i, series).has_value());
    Read& read = out.emplace_back();
    for (const model::Label& label : series.labels) read.labels += std::string(label.name) + "=" + std::string(label.value) + ";";
    EXPECT_TRUE(block.read_series(i, series, kAlways, cache, read.samples).has_value());
  }
  return out;
}

void expect_what_was_written(const Block& block) {
  EXPECT_EQ(selected(block, {Op::kEqual, "instance", "a"}), 6u);
  EXPECT_EQ(selected(block, {Op::kRegex, "le", "0.*|1"}), 4u);
  EXPECT_EQ(selected(block, {Op::kEqual, "le", ""}), 6u);
  const auto all = read_all(block);
  ASSERT_EQ(all.size(), 12u);
  const auto sum = std::ranges::find(all, "__name__=latency_seconds_sum;instance=b;", &Read::labels);
  const auto bucket = std::ranges::find(all, "__name__=latency_seconds_bucket;instance=a;le=0.1;", &Read::labels);
  ASSERT_TRUE(sum != all.end() && bucket != all.end());
  ASSERT_EQ(sum->samples.size(), size_t{kScrapes});
  double seconds = 0;
  for (int i = 0; i < kScrapes; ++i) {
    seconds += i * 37 % 11 / 1000.0;
    const auto at = static_cast<size_t>(i);
    EXPECT_EQ(sum->samples[at].value, seconds) << i;
    EXPECT_EQ(bucket->samples[at].value, i * 7 + 3) << i;
    EXPECT_EQ(bucket->samples[at].time_ms, block.meta().min_time + i * 15'000) << i;
  }
}

TEST(BlockVersions, TheFirstOneIsRead) { expect_what_was_written(*block_of_version_1()); }

TEST(BlockVersions, WrittenAnewItSaysTheSameInLessRoom) {
  const auto old = block_of_version_1();
  base::MemFs fs;
  ASSERT_TRUE(fs.create_dirs("blocks").has_value());
  auto writer = BlockWriter::create(fs, "blocks", {.id = 1});
  BlockSeries series;
  TimeColumnCache cache;
  std::vector<model::Sample> samples;
  for (uint32_t i = 0; i < old->index().series_count(); ++i) {
    samples.clear();
    ASSERT_TRUE(old->index().series(i, series).has_value());
    ASSERT_TRUE(old->read_series(i, series, kAlways, cache, samples).has_value());
    ASSERT_TRUE((*writer)->add_series(series.labels, samples).has_value());
  }
  const auto meta = (*writer)->finish();
  ASSERT_TRUE(meta.has_value());
  const auto block = Block::open(fs, "blocks", 1);
  ASSERT_TRUE(block.has_value()) << block.error().message;
  expect_what_was_written(**block);
  EXPECT_LT(meta->index_bytes, old->meta().index_bytes);
  EXPECT_LT(meta->chunks_bytes, old->meta().chunks_bytes);
}

// Readers that skip, go back, and change from run to run find what one that goes through finds.
TEST(BlockSeries, MayBeReadInAnyOrder) {
  base::MemFs fs;
  ASSERT_TRUE(fs.create_dirs("blocks").has_value());
  auto writer = BlockWriter::create(fs, "blocks", {.id = 1});
  for (int i = 0; i < 100; ++i) {
    const std::string id = std::to_string(1000 + i);
    std::vector<model::Label> labels{{"id", id}, {"job", i % 7 < 3 ? "a" : "b"}};
    if (i % 11 == 0) labels.push_back({"zone", "z"});
    std::vector<model::Sample> samples;
    for (int n = 0; n <= i % 5 * 300; ++n) samples.push_back({n * 1000 + i % 3, static_cast<double>(n)});
    ASSERT_TRUE((*writer)->add_series(labels, samples).has_value());
  }
  ASSERT_TRUE((*writer)->finish().has_value());
  const auto block = Block::open(fs, "blocks", 1);
  ASSERT_TRUE(block.has_value());
  const auto all = read_all(**block);
  BlockSeries series;
  TimeColumnCache cache;
  for (uint32_t i = 0; i < 1000; ++i) {
    const uint32_t number = i * 37 % 100 / (1 + i % 3);
    ASSERT_TRUE((*block)->index().series(number, series).has_value());
    ASSERT_EQ(series.labels[0].value, std::to_string(1000 + number));
    std::vector<model::Sample> samples;
    ASSERT_TRUE((*block)->read_series(number, series, kAlways, cache, samples).has_value());
    ASSERT_EQ(samples.size(), all[number].samples.size());
    ASSERT_EQ(samples.back().time_ms, all[number].samples.back().time_ms);
  }
  EXPECT_FALSE((*block)->index().series(100, series).has_value());
}

TEST(PostingCodec, RunsAndStridesTakeFewBytes) {
  std::string bytes;
  PostingsWriter writer(bytes);
  Postings wanted;
  for (uint32_t i = 0; i < 1000; ++i) wanted.push_back(i);
  for (uint32_t i = 0; i < 1000; ++i) wanted.push_back(5000 + 14 * i);
  for (uint32_t number : wanted) writer.add(number);
  writer.finish();
  EXPECT_LE(bytes.size(), 8u);
  Postings read;
  ASSERT_TRUE(read_postings(bytes, 2000, 20'000, read));
  EXPECT_EQ(read, wanted);
  EXPECT_FALSE(read_postings(bytes, 2000, 18'986, read));
  EXPECT_FALSE(read_postings(bytes, 2001, 20'000, read));
  EXPECT_FALSE(read_postings(std::string_view(bytes).substr(0, bytes.size() - 1), 2000, 20'000, read));
}

}  // namespace
}  // namespace tripod::store::metrics
