#include "store/events/part_reader_cache.h"

#include <gtest/gtest.h>

#include "base/mem_fs.h"
#include "store/events/part_writer.h"

namespace tripod::store {
namespace {

class PartReaderCacheTest : public ::testing::Test {
 protected:
  PartReaderCacheTest() {
    for (const char* path : {"a", "b", "c"}) {
      auto writer = PartWriter::create(fs_, path, {});
      EXPECT_TRUE(writer && (*writer)->start_row({1, 2, 3}) && (*writer)->finish(1));
    }
  }
  // Its indexes are loaded.
  std::shared_ptr<const PartReader> use(PartReaderCache& cache, const std::string& path) {
    auto reader = cache.get(fs_, path);
    EXPECT_TRUE(reader && (*reader)->blocks() && (*reader)->directory());
    return *reader;
  }

  base::MemFs fs_;
  base::MemoryBudget budget_{1u << 20};
};

TEST_F(PartReaderCacheTest, ReadersAreSharedAndCharged) {
  PartReaderCache cache(budget_, {});
  const auto first = use(cache, "a");
  EXPECT_EQ(use(cache, "a"), first);
  EXPECT_GT(cache.memory_bytes(), 0u);
  EXPECT_EQ(budget_.used(), cache.memory_bytes());
  cache.forget("a");
  EXPECT_EQ(cache.open_files(), 0u);
  EXPECT_EQ(budget_.used(), 0u);
  EXPECT_TRUE(first->directory());  // whoever has it keeps it
}

TEST_F(PartReaderCacheTest, ThoseUsedLongestAgoGo) {
  PartReaderCache cache(budget_, {.bytes = 1u << 20, .files = 2});
  const auto a = use(cache, "a");
  const auto b = use(cache, "b");
  EXPECT_EQ(use(cache, "a"), a);
  use(cache, "c");
  EXPECT_EQ(cache.open_files(), 2u);
  EXPECT_EQ(use(cache, "a"), a);
  EXPECT_NE(use(cache, "b"), b);
}

TEST_F(PartReaderCacheTest, MemoryIsBounded) {
  PartReaderCache cache(budget_, {.bytes = 1, .files = 10});
  for (const char* path : {"a", "b", "c"}) use(cache, path);
  // The one used last stays: who has it goes on loading.
  EXPECT_LE(cache.open_files(), 2u);
  base::MemoryBudget none(0);
  PartReaderCache unpaid(none, {});
  for (const char* path : {"a", "b", "c"}) use(unpaid, path);
  EXPECT_LE(unpaid.open_files(), 2u);
}

TEST_F(PartReaderCacheTest, WhatIsNotThereIsAnError) {
  PartReaderCache cache(budget_, {});
  EXPECT_FALSE(cache.get(fs_, "d"));
  EXPECT_EQ(cache.open_files(), 0u);
}

}  // namespace
}  // namespace tripod::store
