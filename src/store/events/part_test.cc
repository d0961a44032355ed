// Part files: what goes in comes out, and a damaged file is an error wherever the damage is.
#include <gtest/gtest.h>

#include "base/mem_fs.h"
#include "store/events/block_reader.h"
#include "store/events/part_reader.h"
#include "store/events/part_writer.h"

namespace tripod::store {
namespace {

using model::Value;

class PartTest : public ::testing::Test {
 protected:
  void write(PartWriterOptions options, size_t rows) {
    auto writer = PartWriter::create(fs_, "part", options);
    ASSERT_TRUE(writer);
    const uint32_t id = (*writer)->field("id"), text = (*writer)->field("text"), rare = (*writer)->field("rare");
    for (size_t i = 0; i < rows; ++i) {
      ASSERT_TRUE((*writer)->start_row({i / 100, static_cast<int64_t>(1000 + i), i + 1}));
      (*writer)->add(id, Value::int64(static_cast<int64_t>(i)));
      if (i % 2 == 0) (*writer)->add(text, Value::string("some text"));
      if (i == 77) (*writer)->add(rare, Value::boolean(true));
    }
    auto footer = (*writer)->finish(5);
    ASSERT_TRUE(footer) << footer.error().message;
    EXPECT_EQ(footer->rows, rows);
  }

  // Reads all there is; the number of values of "id" seen, or the first error.
  base::Result<size_t> read_all() {
    auto part = PartReader::open(fs_, "part");
    if (!part) return base::fail(part.error());
    auto blocks = (*part)->blocks();
    if (!blocks) return base::fail(blocks.error());
    auto directory = (*part)->directory();
    if (!directory) return base::fail(directory.error());
    for (uint32_t field = 0; field < (*directory)->fields.size(); ++field) {
      if (auto counts = (*part)->counts(field); !counts) return base::fail(counts.error());
    }
    size_t seen = 0;
    for (uint32_t b = 0; b < (*blocks)->size(); ++b) {
      BlockReader block(**part, b, (**blocks)[b].rows);
      if (auto filter = block.text_filter(); !filter) return base::fail(filter.error());
      for (auto values : {block.times(), block.sequences(), block.streams()}) {
        if (!values) return base::fail(values.error());
      }
      for (uint32_t field = kSystemColumns; field < (*directory)->fields.size(); ++field) {
        auto column = block.column(field);
        if (!column) return base::fail(column.error());
        if (field == (*directory)->find("id") && *column != nullptr) seen += (*column)->values().size();
      }
    }
    return seen;
  }

  base::MemFs fs_;
};

TEST_F(PartTest, ReadsBackWhatWasWritten) {
  PartWriterOptions options;
  options.block_rows = 50;
  write(options, 1001);
  EXPECT_EQ(read_all(), 1001u);
  auto part = PartReader::open(fs_, "part");
  ASSERT_TRUE(part);
  const PartFooter& footer = (*part)->footer();
  EXPECT_EQ(footer.blocks, 21u);
  EXPECT_EQ(footer.min_time, 1000);
  EXPECT_EQ(footer.max_time, 2000);
  EXPECT_EQ(footer.min_sequence, 1u);
  EXPECT_EQ(footer.max_sequence, 1001u);
  EXPECT_EQ(footer.created, 5);
  auto directory = (*part)->directory();
  EXPECT_EQ((*directory)->fields[(*directory)->find("text")].rows, 501u);
  EXPECT_EQ((*directory)->find("none"), PartDirectory::kNoField);
}

TEST_F(PartTest, FieldsPastTheLimitAreRareOnes) {
  PartWriterOptions options;
  options.max_columns = 1;
  write(options, 200);
  auto part = PartReader::open(fs_, "part");
  ASSERT_TRUE(part);
  BlockReader block(**part, 0, 200);
  auto directory = (*part)->directory();
  const uint32_t rare = (*directory)->find("rare"), text = (*directory)->find("text");
  EXPECT_TRUE((*directory)->fields[rare].in_rare);
  EXPECT_EQ(*block.entry(rare), nullptr);
  auto column = block.column(rare);
  ASSERT_TRUE(column && *column != nullptr);
  ValueScratch scratch;
  EXPECT_TRUE((*column)->at(77, scratch).as_bool());
  EXPECT_TRUE((*column)->at(78, scratch).is_null());
  EXPECT_EQ((*block.column(text).value()).values().size(), 100u);
}

TEST_F(PartTest, BlocksEndBySizeToo) {
  PartWriterOptions options;
  options.block_bytes = 1000;
  write(options, 200);
  EXPECT_GT(PartReader::open(fs_, "part").value()->footer().blocks, 5u);
  EXPECT_EQ(read_all(), 200u);
}

TEST_F(PartTest, EveryFlippedBitIsFound) {
  PartWriterOptions options;
  options.block_rows = 50;
  write(options, 120);
  const size_t size = PartReader::open(fs_, "part").value()->file_bytes();
  for (size_t at = 0; at < size; ++at) {
    // The header is for people and other programs; reading starts at the footer.
    if (at < sizeof(PartHeader)) continue;
    fs_.flip_bit("part", at);
    auto read = read_all();
    EXPECT_FALSE(read) << "byte " << at;
    if (!read) {
      EXPECT_TRUE(read.error().code == base::Code::kDataLoss || read.error().code == base::Code::kUnsupported ||
                  read.error().code == base::Code::kTooLarge)
          << at << " " << read.error().message;
    }
    fs_.flip_bit("part", at);
  }
  EXPECT_EQ(read_all(), 120u);
}

TEST_F(PartTest, CutOffFilesAreFound) {
  PartWriterOptions options;
  options.block_rows = 50;
  write(options, 120);
  const size_t size = PartReader::open(fs_, "part").value()->file_bytes();
  for (size_t cut = size - 1; cut > 0; cut -= std::min<size_t>(cut, 37)) {
    ASSERT_TRUE(fs_.truncate("part", cut));
    EXPECT_FALSE(PartReader::open(fs_, "part"));
  }
}

}  // namespace
}  // namespace tripod::store
