#include "store/events/merge_policy.h"

#include <gtest/gtest.h>

#include "base/mem_fs.h"
#include "store/events/manifest.h"
#include "store/events/part_set.h"

namespace tripod::store {
namespace {

class MergePolicyTest : public ::testing::Test {
 protected:
  void add(const std::string& partition, size_t rows, base::UnixNanos created) {
    const std::string name = partition + "/000000000000000" + std::to_string(next_++) + ".part";
    NewPart part(fs_, "d", name);
    ASSERT_TRUE(fs_.create_dirs("d/" + partition));
    ASSERT_TRUE(part.create({}));
    for (size_t i = 0; i < rows; ++i) ASSERT_TRUE(part.writer().start_row({0, 0, i}));
    auto published = part.publish(created);
    ASSERT_TRUE(published);
    list_.parts.push_back(*published);
  }
  std::vector<size_t> choose(base::UnixNanos now = 0) {
    std::vector<size_t> rows;
    for (const PartPtr& part : choose_merge(list_, policy_, now)) rows.push_back(part->footer().rows);
    return rows;
  }

  base::MemFs fs_;
  PartList list_;
  int next_ = 0;
  MergePolicy policy_{3, 4000, base::kNanosPerHour};
};

TEST_F(MergePolicyTest, WaitsForEnoughOfASize) {
  add("20260101", 10, 0);
  add("20260101", 20, 0);
  add("20260101", 2000, 0);
  EXPECT_TRUE(choose().empty());
  add("20260101", 5, 0);
  EXPECT_EQ(choose(), (std::vector<size_t>{5, 10, 20}));
}

TEST_F(MergePolicyTest, PartitionsAreNeverMixed) {
  add("20260101", 10, 0);
  add("20260102", 10, 0);
  add("20260103", 10, 0);
  EXPECT_TRUE(choose().empty());
}

TEST_F(MergePolicyTest, NothingGrowsPastTheLimit) {
  for (int i = 0; i < 3; ++i) add("20260101", 2500, 0);
  EXPECT_TRUE(choose(2 * base::kNanosPerHour).empty());
}

TEST_F(MergePolicyTest, QuietPartitionsAreMergedWhole) {
  add("20260101", 10, 0);
  add("20260101", 2000, 0);
  EXPECT_TRUE(choose(base::kNanosPerHour - 1).empty());
  EXPECT_EQ(choose(base::kNanosPerHour), (std::vector<size_t>{10, 2000}));
}

TEST(PartitionTest, DaysAndNames) {
  constexpr base::UnixNanos kNow = 1'700'000'000'000'000'000;
  EXPECT_EQ(partition_name(day_of(kNow, kNow)), "20231114");
  EXPECT_EQ(partition_name(day_of(-1, 0)), "19691231");
  EXPECT_EQ(partition_name(day_of(0, 0)), "19700101");
  EXPECT_EQ(day_of(kNow + 3 * base::kNanosPerDay, kNow), kOtherDay);
  EXPECT_EQ(day_of(INT64_MIN, kNow), kOtherDay);
}

TEST(ManifestTest, ComesBack) {
  Manifest manifest{Dataset::kSpans, 77, 9, {{"20260101/x.part", -5, 10, false}, {"other/y.part", 0, 1, true}}};
  const std::string text = manifest.encode();
  auto back = Manifest::decode(text);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->encode(), text);
  EXPECT_EQ(back->parts.size(), 2u);
  EXPECT_TRUE(back->parts[1].lost);
}

TEST(ManifestTest, AnyChangeIsFound) {
  const std::string text = Manifest{Dataset::kLogs, 1, 2, {{"20260101/x.part", 0, 1, false}}}.encode();
  for (size_t i = 0; i < text.size(); ++i) {
    std::string damaged = text;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_FALSE(Manifest::decode(damaged)) << i;
    EXPECT_FALSE(Manifest::decode(text.substr(0, i))) << i;
  }
}

TEST(ManifestTest, NamesCannotLeaveTheFolder) {
  for (const char* name : {"/etc/passwd", "../x.part", "a/../../x"}) {
    EXPECT_FALSE(Manifest::decode(Manifest{Dataset::kLogs, 0, 1, {{name, 0, 0, false}}}.encode()));
  }
}

}  // namespace
}  // namespace tripod::store
