// Merging part files: full blocks go over as they are, the records of the others come into order, and what comes out says the same.
#include "store/events/merge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "base/mem_fs.h"
#include "base/memory_budget.h"
#include "store/events/block_reader.h"
#include "store/events/merge_input.h"
#include "store/events/part_reader.h"
#include "store/events/rare_fields.h"

namespace tripod::store {
namespace {

using model::Value;

constexpr size_t kBlockRows = 64;

struct Line {
  uint64_t stream;
  int64_t time;
  uint64_t sequence;
  auto operator<=>(const Line&) const = default;
};

class MergeTest : public ::testing::Test {
 protected:
  MergeTest() {
    EXPECT_TRUE(fs_.create_dirs("parts"));
    options_.block_rows = kBlockRows;
  }
  // `count` records of one stream from `time` on, one a nanosecond.
  std::vector<Line> lines(uint64_t stream, int64_t time, size_t count) {
    std::vector<Line> out;
    for (size_t i = 0; i < count; ++i) out.push_back({stream, time + static_cast<int64_t>(i), next_++});
    return out;
  }
  // Each field says something that the record's sequence number decides.
  void write(std::vector<Line> lines) {
    std::ranges::sort(lines);
    const std::string name = "part" + std::to_string(parts_.size());
    auto writer = PartWriter::create(fs_, "parts/" + name, options_);
    ASSERT_TRUE(writer);
    if (parts_.size() % 2 == 1) (*writer)->field("a field that is numbered differently");
    std::deque<std::string> texts;
    size_t begin = 0, end = 0, in_block = 0;  // of the stream
    for (size_t i = 0; i < lines.size(); ++i) {
      if (i == end) {
        for (begin = i; end < lines.size() && lines[end].stream == lines[i].stream;) ++end;
        // As a flush does: those that fill blocks fill them evenly.
        const size_t blocks = (end - begin + kBlockRows - 1) / kBlockRows;
        in_block = (*writer)->is_worth_a_block(end - begin, 0) ? (end - begin + blocks - 1) / blocks : 0;
        ASSERT_TRUE((*writer)->start_stream());
      }
      if (in_block != 0 && (i - begin) % in_block == 0) ASSERT_TRUE((*writer)->end_block());
      ASSERT_TRUE((*writer)->start_row({lines[i].stream, lines[i].time, lines[i].sequence}));
      const uint64_t n = lines[i].sequence;
      (*writer)->add((*writer)->field("level"), Value::string(n % 3 == 0 ? "error" : "info"));
      (*writer)->add((*writer)->field("word"), Value::string(texts.emplace_back("word" + std::to_string(n))));
      if (n % 50 == 7) (*writer)->add((*writer)->field("rare" + std::to_string(n % 4)), Value::int64(static_cast<int64_t>(n)));
    }
    ASSERT_TRUE((*writer)->finish(1));
    auto part = Part::open(fs_, "parts", name);
    ASSERT_TRUE(part) << part.error().message;
    parts_.push_back(*part);
    all_.insert(all_.end(), lines.begin(), lines.end());
  }
  // How many blocks were gathered record by record.
  size_t merge(const SequenceSet& left_out = {}) {
    merged_ = "merged" + std::to_string(merges_++);
    auto writer = PartWriter::create(fs_, "parts/" + merged_, options_);
    EXPECT_TRUE(writer);
    auto merged = merge_parts(parts_, left_out, **writer, budget_, {});
    EXPECT_TRUE(merged) << merged.error().message;
    const size_t gathered = (*writer)->gathered_blocks();
    EXPECT_TRUE((*writer)->finish(1));
    return gathered;
  }
  // What was merged last is the one part to merge next.
  void take_merged() {
    auto part = Part::open(fs_, "parts", merged_);
    ASSERT_TRUE(part) << part.error().message;
    parts_ = {*part};
  }

  // Everything of the merged part, every claim about it checked on the way.
  std::vector<Line> read() {
    std::vector<Line> out;
    auto part = PartReader::open(fs_, "parts/" + merged_);
    EXPECT_TRUE(part) << part.error().message;
    const auto& blocks = **(*part)->blocks();
    for (uint32_t b = 0; b < blocks.size(); ++b) {
      BlockReader block(**part, b, blocks[b].rows);
      const auto& times = **block.times();
      const auto& sequences = **block.sequences();
      const auto& streams = **block.streams();
      for (size_t row = 0; row < block.rows(); ++row) {
        out.push_back({static_cast<uint64_t>(streams[row]), times[row], static_cast<uint64_t>(sequences[row])});
        EXPECT_EQ(text(block, "level", row), out.back().sequence % 3 == 0 ? "error" : "info");
        EXPECT_EQ(text(block, "word", row), "word" + std::to_string(out.back().sequence));
        for (uint64_t r = 0; r < 4; ++r) check_rare(block, r, row, out.back().sequence);
        if (row > 0) EXPECT_LT(out[out.size() - 2], out.back());
      }
      check_counts(block);
      auto filter = block.text_filter();
      EXPECT_TRUE(filter && !filter->values.empty());
    }
    return out;
  }
  std::vector<Line> expected() {
    std::ranges::sort(all_);
    return all_;
  }

  base::MemFs fs_;
  base::MemoryBudget budget_{1u << 30};
  PartWriterOptions options_;
  std::vector<PartPtr> parts_;
  std::string merged_;
  size_t merges_ = 0;
  std::vector<Line> all_;
  uint64_t next_ = 1;

 private:
  static uint32_t field(const BlockReader& block, std::string_view name) { return (*block.part().directory())->find(name); }
  static std::string text(BlockReader& block, std::string_view name, size_t row) {
    auto column = block.column(field(block, name));
    ValueScratch scratch;
    return std::string((*column)->at(row, scratch).text());
  }
  static void check_rare(BlockReader& block, uint64_t number, size_t row, uint64_t sequence) {
    const uint32_t f = field(block, "rare" + std::to_string(number));
    const bool expected = sequence % 50 == 7 && sequence % 4 == number;
    const BlockColumn* column = f == PartDirectory::kNoField ? nullptr : *block.column(f);
    ValueScratch scratch;
    const Value value = column == nullptr ? Value() : column->at(row, scratch);
    EXPECT_EQ(value.is_null(), !expected);
    if (expected && !value.is_null()) EXPECT_EQ(value.as_int64(), static_cast<int64_t>(sequence));
  }
  static void check_counts(BlockReader& block) {
    const ValueCounts* counts = *block.part().counts(field(block, "level"));
    ASSERT_NE(counts, nullptr);
    const ValueCounts::Block counted = counts->block(block.number());
    EXPECT_EQ(counted.rows(), block.rows());
    const auto& sequences = **block.sequences();
    for (size_t i = 0; i < counted.values.size(); ++i) {
      const bool errors = counts->values()[counted.values[i]].text() == "error";
      EXPECT_EQ(counted.counts[i], std::ranges::count_if(sequences, [&](int64_t s) { return (s % 3 == 0) == errors; }));
    }
  }
};

TEST_F(MergeTest, FullBlocksGoOverAsTheyAre) {
  for (int64_t p = 0; p < 4; ++p) {
    auto part = lines(1, p * 1000, 150);
    for (const Line& line : lines(2, p * 1000, 70)) part.push_back(line);
    write(std::move(part));
  }
  EXPECT_EQ(merge(), 0u);
  EXPECT_EQ(read(), expected());
}

TEST_F(MergeTest, BlocksAreFilledEvenlyWithinAStream) {
  auto part = lines(1, 0, 150);
  for (const Line& line : lines(2, 0, 70)) part.push_back(line);
  write(std::move(part));
  std::vector<uint32_t> rows;
  auto reader = PartReader::open(fs_, "parts/part0");
  for (const BlockEntry& block : **(*reader)->blocks()) rows.push_back(block.rows);
  EXPECT_EQ(rows, (std::vector<uint32_t>{50, 50, 50, 35, 35}));
}

TEST_F(MergeTest, SmallBlocksAreGathered) {
  for (int64_t p = 0; p < 8; ++p) write(lines(1, p * 1000, 10));
  EXPECT_EQ(merge(), 2u);
  EXPECT_EQ(read(), expected());
}

// Small ones between full ones do not keep these from going over.
TEST_F(MergeTest, FullAndSmallBlocks) {
  for (int64_t p = 0; p < 6; ++p) {
    auto part = lines(5, p * 1000, 64);
    for (const Line& line : lines(6, p * 1000, 2)) part.push_back(line);
    for (const Line& line : lines(7, p * 1000, 5)) part.push_back(line);
    write(std::move(part));
  }
  EXPECT_EQ(merge(), 1u);
  EXPECT_EQ(read(), expected());
}

// Writers that run side by side: each part begins a little before the last one ended.
TEST_F(MergeTest, NeighboursMayOverlap) {
  for (int64_t p = 0; p < 4; ++p) write(lines(1, p * 60, 64));
  EXPECT_EQ(merge(), 0u);
  std::vector<Line> found = read();
  std::ranges::sort(found);
  EXPECT_EQ(found, expected());
}

TEST_F(MergeTest, LateRecordsComeToWhereTheyBelong) {
  for (int64_t p = 0; p < 4; ++p) write(lines(1, p * 60, 64));
  write(lines(1, 0, 64));
  auto wide = lines(1, 10, 32);
  for (const Line& line : lines(1, 200, 32)) wide.push_back(line);
  write(std::move(wide));
  EXPECT_GT(merge(), 0u);
  std::vector<Line> found = read();
  std::ranges::sort(found);
  EXPECT_EQ(found, expected());
}

// Parts number the same fields differently: those that are kept together come to other places, and are found there, also when the
// block is read record by record later.
TEST_F(MergeTest, RareFieldsGoOverAndAreFound) {
  options_.max_columns = 1;
  for (int64_t p = 0; p < 4; ++p) write(lines(1, p * 1000, 128));
  EXPECT_EQ(merge(), 0u);
  EXPECT_EQ(read(), expected());
  take_merged();
  SequenceSet left_out;
  for (uint64_t n = 1; n < next_; n += kBlockRows) left_out.insert_range(n, n);
  EXPECT_GT(merge(left_out), 0u);
  std::erase_if(all_, [&](const Line& line) { return left_out.contains(line.sequence); });
  EXPECT_EQ(read(), expected());
}

TEST_F(MergeTest, WithoutMemoryNothingIsRead) {
  for (int64_t p = 0; p < 4; ++p) write(lines(1, p * 10, 64));
  base::MemoryBudget little(1000);
  auto writer = PartWriter::create(fs_, "parts/merged", options_);
  auto merged = merge_parts(parts_, {}, **writer, little, {});
  ASSERT_FALSE(merged);
  EXPECT_EQ(merged.error().code, base::Code::kResourceExhausted);
  EXPECT_EQ((*writer)->rows(), 0u);
}

TEST(MergedBlocksTest, ThoseOpenSideBySideAreCounted) {
  std::vector<MergedBlock> blocks;
  const auto add = [&](uint64_t stream, int64_t from, int64_t to, size_t bytes) {
    blocks.push_back({.first = {stream, from, 0}, .last = {stream, to, UINT64_MAX}, .bytes = bytes});
  };
  EXPECT_EQ(most_open_bytes(blocks), 0u);
  add(1, 0, 100, 1);
  add(1, 50, 60, 2);
  add(1, 61, 200, 4);
  EXPECT_EQ(most_open_bytes(blocks), 5u);
  add(1, 70, 80, 8);
  add(1, 75, 300, 16);
  EXPECT_EQ(most_open_bytes(blocks), 29u);
  add(2, 0, 10, 20);
  EXPECT_EQ(most_open_bytes(blocks), 29u) << "of another stream";
  // Late records: any number of blocks of one part.
  for (int i = 0; i < 10; ++i) add(3, i, 1000, 100);
  EXPECT_EQ(most_open_bytes(blocks), 1000u);
}

TEST(RareFieldsTest, ChunksInAnyOrderOfTheirIdsAreRead) {
  std::string chunk;
  for (const uint32_t id : {9u, 4u, 7u}) {
    ColumnStage stage;
    stage.add(3, Value::int64(id));
    append_rare_field(chunk, id, stage);
  }
  auto rare = RareFields::decode(chunk, 10);
  ASSERT_TRUE(rare);
  for (const uint32_t id : {9u, 4u, 7u}) {
    const size_t found = (*rare)->find(id);
    ASSERT_LT(found, (*rare)->size());
    EXPECT_EQ((*rare)->stage(found).values.front().as_int64(), id);
  }
  EXPECT_EQ((*rare)->find(5), (*rare)->size());
}

TEST_F(MergeTest, WhatIsLeftOutIsGoneAndTheRestStays) {
  for (int64_t p = 0; p < 3; ++p) write(lines(1, p * 1000, 64));
  SequenceSet left_out;
  left_out.insert_range(70, 79);
  EXPECT_EQ(merge(left_out), 1u);
  std::erase_if(all_, [](const Line& line) { return line.sequence >= 70 && line.sequence <= 79; });
  std::vector<Line> found = read();
  std::ranges::sort(found);
  EXPECT_EQ(found, expected());
}

}  // namespace
}  // namespace tripod::store
