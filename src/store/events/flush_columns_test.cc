// A flush turns rows into columns: what was found in memory is found in the part.
#include "store/events/flush_columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/events/part_reader.h"
#include "store/events/testing/store_fixture.h"

namespace tripod::store {
namespace {

class FlushColumnsTest : public testing::StoreTest {
 protected:
  // Every kind of column: values that repeat, that never do, that cease to, of several types, and rare ones.
  testing::Fields fields(uint64_t i) {
    testing::Fields out = {{"level", std::string(i % 3 == 0 ? "error" : "info")},
                           {"request", trace_id(static_cast<int64_t>(i / 3))},
                           {"span", trace_id(static_cast<int64_t>(i))},
                           {"number", static_cast<int64_t>(i * 7919 % 100'003)},
                           {"status", static_cast<int64_t>(200 + i % 5)},
                           {"ceases", std::string(i < 1500 ? "same" : "other " + std::to_string(i))},
                           {"took", static_cast<double>(i % 1777) / 8},
                           {"empty", std::string()},
                           {"long", std::string(300 + i % 2, static_cast<char>('a' + i % 7))}};
    switch (i % 6) {
      case 0: out.emplace_back("mixed", std::string("1")); break;
      case 1: out.emplace_back("mixed", JsonText{"1"}); break;
      case 2: out.emplace_back("mixed", int64_t{1}); break;
      case 3: out.emplace_back("mixed", 1.0); break;
      case 4: out.emplace_back("mixed", true); break;
      default: break;
    }
    if (i % 90 == 0) out.emplace_back("sometimes", "here " + std::to_string(i));
    if (i % 11 == 0) out.emplace_back("host", std::string("its own"));  // hides the stream's
    return out;
  }
  testing::TestBatch batch(size_t count) {
    testing::TestBatch out;
    out.streams = {{{"host", std::string("a")}}, {{"host", std::string("b")}, {"zone", int64_t{1}}}, {}};
    // The fields come in another order now and then.
    for (size_t n = 0; n < count; ++n, ++next_) {
      const auto stream = static_cast<uint32_t>(next_ % 7 == 0 ? 2 : next_ % 2);
      out.events.push_back({kNow + static_cast<int64_t>(next_ * 7 % 1000), stream, fields(next_)});
      if (next_ / 500 % 2 == 1) std::ranges::reverse(out.events.back().fields);
    }
    return out;
  }
  uint64_t next_ = 0;
};

TEST_F(FlushColumnsTest, ThePartHasWhatMemoryHad) {
  options_.block_rows = 512;
  open();
  for (int i = 0; i < 12; ++i) append(batch(500));
  const ScanResult before = scan();
  ASSERT_EQ(before.rows.size(), 6000u);
  ASSERT_TRUE(store_->flush());
  const ScanResult after = scan();
  ASSERT_EQ(after.rows.size(), before.rows.size());
  for (size_t i = 0; i < before.rows.size(); ++i) {
    ASSERT_EQ(after.rows[i].time, before.rows[i].time);
    ASSERT_EQ(after.rows[i].sequence, before.rows[i].sequence);
    ASSERT_EQ(testing::describe(after.rows[i]), testing::describe(before.rows[i]));
  }
  EXPECT_EQ(scan(Predicate::equal("span", trace_id(4321))).rows.size(), 1u);
  EXPECT_EQ(scan(Predicate::equal("request", trace_id(77))).rows.size(), 3u);
  EXPECT_EQ(scan(Predicate::equal("host", std::string("its own"))).rows.size(), (6000u + 10) / 11);
  EXPECT_EQ(scan(Predicate::compare(Predicate::Op::kContains, "", std::string("other 5999"))).rows.size(), 1u);
}

// Records whose bytes end a block before it has all its rows leave no small block behind.
TEST_F(FlushColumnsTest, BlocksAreEvenByTheirBytesToo) {
  options_.block_rows = 512;
  options_.block_bytes = 64u << 10;
  open();
  testing::TestBatch large;
  large.streams = {{{"host", std::string("a")}}};
  for (int64_t i = 0; i < 1000; ++i) large.events.push_back({kNow + i, 0, {{"text", trace_id(i) + std::string(400, 'x')}}});
  append(large);
  ASSERT_TRUE(store_->flush());
  const auto files = part_files();
  ASSERT_EQ(files.size(), 1u);
  auto part = PartReader::open(fs_, files[0]);
  ASSERT_TRUE(part);
  const auto& blocks = **(*part)->blocks();
  EXPECT_EQ(blocks.size(), 8u);
  for (const BlockEntry& block : blocks) EXPECT_EQ(block.rows, 125u);
  EXPECT_EQ(scan().rows.size(), 1000u);
}

}  // namespace
}  // namespace tripod::store
