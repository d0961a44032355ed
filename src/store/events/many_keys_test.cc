// However many keys records have: a block's columns stay bounded, what does not fit is kept together and reported, and every key
// is found all the same.
#include <gtest/gtest.h>

#include "store/events/part_reader.h"
#include "store/events/testing/store_fixture.h"

namespace tripod::store {
namespace {

using testing::TestBatch;
using testing::TestEvent;

constexpr size_t kMostColumns = 256;

class ManyKeysTest : public testing::StoreTest {
 protected:
  ManyKeysTest() { options_.block_rows = 8192; }

  static std::string key(size_t i) { return "key_" + std::to_string(i); }

  // Counts the records that have the key, and those by its value.
  void expect_rows(const std::string& key, uint64_t rows) {
    AggregatePlan plan;
    plan.filter = Predicate::exists(key);
    plan.by = {key};
    auto counted = store_->aggregate(plan);
    ASSERT_TRUE(counted) << counted.error().message;
    EXPECT_FALSE(counted->stats.incomplete);
    uint64_t found = 0;
    for (const AggregateGroup& group : counted->groups) found += group.count;
    EXPECT_EQ(found, rows) << key;
  }

  // The most columns that any block has.
  size_t most_columns() {
    size_t most = 0;
    for (const std::string& path : part_files()) {
      auto part = PartReader::open(fs_, path);
      EXPECT_TRUE(part) << path;
      if (!part) continue;
      auto directory = (*part)->directory();
      EXPECT_TRUE(directory);
      for (uint32_t block = 0; block < (*part)->footer().blocks; ++block) {
        size_t columns = 0;
        for (uint32_t field = kSystemColumns; field < (*directory)->fields.size(); ++field) {
          auto entry = (*part)->entry(field, block);
          EXPECT_TRUE(entry);
          columns += entry && *entry != nullptr ? 1 : 0;
        }
        most = std::max(most, columns);
      }
    }
    return most;
  }
  uint64_t bytes_read_for_numbers() {
    AggregatePlan plan;
    plan.filter = Predicate::compare(Predicate::Op::kLess, "n", int64_t{10});
    auto counted = store_->aggregate(plan);
    EXPECT_TRUE(counted);
    return counted ? counted->stats.scanned_bytes : 0;
  }
  void expect_all_listed(size_t keys) {
    auto fields = store_->fields(Dataset::kLogs, {});
    ASSERT_TRUE(fields);
    const auto ours = [](const FieldInfo& field) { return field.name.starts_with("key_"); };
    EXPECT_EQ(std::ranges::count_if(*fields, ours), static_cast<int64_t>(keys));
  }
};

TEST_F(ManyKeysTest, OneRecordOfTenThousandKeys) {
  constexpr size_t kKeys = 10'000;
  open();
  TestBatch batch = lines(1000);
  for (size_t i = 0; i < kKeys; ++i) batch.events[500].fields.emplace_back(key(i), "value " + std::to_string(i));
  append(batch);
  for (const bool flushed : {false, true}) {
    if (flushed) ASSERT_TRUE(store_->flush());
    expect_all_listed(kKeys);
    for (const size_t i : {size_t{0}, size_t{4711}, kKeys - 1}) {
      expect_rows(key(i), 1);
      const auto found = scan(Predicate::equal(key(i), "value " + std::to_string(i)));
      ASSERT_EQ(found.rows.size(), 1u);
      EXPECT_EQ(found.rows[0].text("n"), "500");
      EXPECT_GE(found.rows[0].fields.size(), kKeys);
    }
    EXPECT_EQ(scan(Predicate::compare(Predicate::Op::kContains, "", std::string("value 9998"))).rows.size(), 1u);
  }
  EXPECT_LE(most_columns(), kMostColumns);
  EXPECT_GE(store_->stats(Dataset::kLogs).rare_fields, kKeys - kMostColumns);
}

// Blocks that go over as they are keep what they have of each key, though the merged part numbers the keys differently.
TEST_F(ManyKeysTest, KeysAreFoundAfterMerges) {
  constexpr size_t kKeys = 600;
  options_.merge_fan_in = 4;
  open();
  for (size_t part = 0; part < 4; ++part) {
    TestBatch batch = lines(2048);
    for (size_t i = 0; i < kKeys; ++i) batch.events[i].fields.emplace_back(key(kKeys - 1 - i), "value " + std::to_string(i));
    append(batch);
    ASSERT_TRUE(store_->flush());
  }
  ASSERT_TRUE(store_->maintain());
  ASSERT_EQ(part_files().size(), 1u);
  EXPECT_GE(store_->stats(Dataset::kLogs).rare_fields, kKeys - kMostColumns);
  for (size_t i = 0; i < kKeys; i += 37) expect_rows(key(i), 4);
}

// No key is in more than a thousandth of the records.
TEST_F(ManyKeysTest, FiveThousandKeysOverABlock) {
  constexpr size_t kKeys = 5'000, kRecords = 8192, kKeysOfRecord = 5;
  open();
  append(lines(kRecords));
  ASSERT_TRUE(store_->flush());
  const uint64_t plain_read = bytes_read_for_numbers(), plain_bytes = store_->stats(Dataset::kLogs).bytes_on_disk;
  EXPECT_EQ(store_->stats(Dataset::kLogs).rare_fields, 0u);
  options_.dir = "many";
  open();
  next_line_ = 0;
  TestBatch batch = lines(kRecords);
  size_t next = 0;
  for (TestEvent& event : batch.events) {
    for (size_t i = 0; i < kKeysOfRecord; ++i, ++next) event.fields.emplace_back(key(next % kKeys), static_cast<int64_t>(next));
  }
  append(batch);
  ASSERT_TRUE(store_->flush());
  expect_all_listed(kKeys);
  EXPECT_GE(store_->stats(Dataset::kLogs).rare_fields, kKeys - kMostColumns);
  for (const size_t i : {size_t{0}, size_t{960}, kKeys - 1}) expect_rows(key(i), (kRecords * kKeysOfRecord - i + kKeys - 1) / kKeys);
  // Questions that do not ask for them read what they would read without them, and a value takes no more than a few dozen bytes.
  EXPECT_EQ(bytes_read_for_numbers(), plain_read);
  EXPECT_LT(store_->stats(Dataset::kLogs).bytes_on_disk, plain_bytes + next * 40);
}

}  // namespace
}  // namespace tripod::store
