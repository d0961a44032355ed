// Records that later ones replace are found no more, whatever happens.
#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "store/events/superseded_file.h"
#include "store/events/testing/store_fixture.h"

namespace tripod::store {
namespace {

using testing::TestBatch;

class SupersededTest : public testing::StoreTest {
 protected:
  // A batch of one record that replaces these; its sequence number.
  uint64_t replace(std::vector<uint64_t> sequences) {
    const TestBatch batch = lines(1);
    std::vector<model::Attribute> stream{{"service.name", model::Value::string("shop")}};
    std::vector<model::Attribute> fields{{"n", model::Value::int64(std::get<int64_t>(batch.events[0].fields[1].second))}};
    const std::vector<std::span<const model::Attribute>> streams{stream};
    const Event event{.time = kNow, .stream = 0, .fields = fields};
    uint64_t numbered = 0;
    const std::function<void(uint64_t)> tell = [&](uint64_t first) { numbered = first; };
    std::promise<base::Result<AppendSummary>> promise;
    store_->append({.streams = streams, .events = {&event, 1}, .supersedes = sequences, .numbered = &tell},
                   [&](base::Result<AppendSummary> result) { promise.set_value(std::move(result)); });
    auto result = promise.get_future().get();
    EXPECT_TRUE(result);
    EXPECT_EQ(numbered, result ? result->first_sequence : 0);
    return numbered;
  }
  std::vector<int64_t> numbers() {
    std::vector<int64_t> out;
    for (const EventRow& row : scan().rows) out.push_back(std::stoll(row.text("n")));
    std::ranges::sort(out);
    return out;
  }
  uint64_t count() {
    auto result = store_->aggregate({});
    EXPECT_TRUE(result);
    return result->groups.empty() ? 0 : result->groups[0].count;
  }
  void expect(const std::vector<int64_t>& expected, const char* when) {
    EXPECT_EQ(numbers(), expected) << when;
    EXPECT_EQ(count(), expected.size()) << when;
  }
};

TEST_F(SupersededTest, InMemoryInPartsAndOverRestarts) {
  open();
  append(lines(3));
  EXPECT_EQ(replace({2}), 4u);
  const std::vector<int64_t> left{0, 2, 3};
  expect(left, "in memory");
  open();
  expect(left, "from the log");
  ASSERT_TRUE(store_->flush());
  expect(left, "in a part");
  EXPECT_EQ(store_->stats(Dataset::kLogs).rows, 3u);
  open();
  expect(left, "after a restart");
}

TEST_F(SupersededTest, OfAPartWhileTheNewOneIsInTheLogOrInAPartToo) {
  open();
  append(lines(3));
  ASSERT_TRUE(store_->flush());
  replace({1, 3});
  const std::vector<int64_t> left{1, 3};
  expect(left, "the new one in memory");
  open();
  expect(left, "the new one in the log");
  ASSERT_TRUE(store_->flush());
  expect(left, "both in parts");
  EXPECT_TRUE(fs_.exists("events/logs/SUPERSEDED"));
  open();
  expect(left, "both in parts, after a restart");
  EXPECT_EQ(replace({2, 4}), 5u);
  ASSERT_TRUE(store_->flush());
  open();
  expect({4}, "replaced again");
}

TEST_F(SupersededTest, AreNotInMergedParts) {
  options_.merge_fan_in = 2;
  open();
  for (int i = 0; i < 4; ++i) {
    append(lines(2));
    if (i > 0) replace({static_cast<uint64_t>(3 * (i - 1) + 2)});
    else append(lines(1));
    ASSERT_TRUE(store_->flush());
  }
  const auto left = numbers();
  EXPECT_EQ(left.size(), 9u);
  ASSERT_TRUE(store_->maintain());
  EXPECT_EQ(numbers(), left);
  EXPECT_EQ(store_->stats(Dataset::kLogs).rows, 9u);
  open();
  EXPECT_EQ(numbers(), left);
}

// What hides a record in a file must be in one too: the log may be damaged.
TEST_F(SupersededTest, AreFoundAgainWhereTheLogLostWhatReplacedThem) {
  options_.flush_rows = 2;
  options_.merge_fan_in = 2;
  for (const bool merges : {false, true}) {
    SCOPED_TRACE(merges);
    next_line_ = 0;
    open();
    append(lines(2));
    if (merges) append(lines(2));
    ASSERT_TRUE(store_->flush());
    ASSERT_EQ(part_files().size(), merges ? 2u : 1u);
    // Of the next block: full is the one before it.
    append(lines(2));
    EXPECT_EQ(replace({1}), merges ? 7u : 5u);
    ASSERT_TRUE(store_->maintain());
    EXPECT_EQ(numbers().front(), 1);
    store_.reset();
    ASSERT_TRUE(fs_.remove_all("events/logs/wal"));
    open();
    EXPECT_EQ(numbers(), merges ? (std::vector<int64_t>{0, 1, 2, 3, 4, 5}) : (std::vector<int64_t>{0, 1, 2, 3}));
    store_.reset();
    ASSERT_TRUE(fs_.remove_all("events"));
  }
}

// A log whose last write failed, and cutting it off too: what was refused may be in it, and the next start says what is true.
TEST_F(SupersededTest, AreFoundOrWhatReplacedThemWhenTheLogFailed) {
  open();
  append(lines(3));
  ASSERT_TRUE(store_->flush());
  append(lines(1));
  int failures = 2;
  fs_.set_fault_hook([&](base::MemFs::Op op, const std::string& path) -> std::optional<base::MemFs::Fault> {
    if (op != base::MemFs::Op::kSync || path.find("/wal/") == std::string::npos || failures-- <= 0) return std::nullopt;
    return base::MemFs::Fault{{base::Code::kIo, "Input/output error"}, 0};
  });
  TestBatch batch = lines(1);
  batch.supersedes = {2};
  batch.id = BatchId{1, 2};
  EXPECT_FALSE(append_and_wait(*store_, batch));
  EXPECT_EQ(numbers(), (std::vector<int64_t>{0, 1, 2, 3}));
  EXPECT_FALSE(store_->flush());
  EXPECT_EQ(numbers(), (std::vector<int64_t>{0, 1, 2, 3}));
  fs_.set_fault_hook({});
  open();
  EXPECT_EQ(numbers(), (std::vector<int64_t>{0, 2, 3, 4})) << "it is in the log";
  EXPECT_TRUE(append_and_wait(*store_, batch)->repeated);
  EXPECT_EQ(numbers(), (std::vector<int64_t>{0, 2, 3, 4}));
}

TEST_F(SupersededTest, NumbersOfHiddenRecordsAreNotGivenAgain) {
  open();
  append(lines(1));
  store_.reset();
  SequenceSet superseded;
  superseded.insert_range(5, 7000);
  ASSERT_TRUE(fs_.write_atomically("events/logs/SUPERSEDED", encode_superseded(superseded)));
  open();
  EXPECT_EQ(replace({}), 7001u);
  EXPECT_EQ(numbers(), (std::vector<int64_t>{0, 1}));
}

TEST_F(SupersededTest, ADamagedFileIsSetAside) {
  open();
  append(lines(2));
  ASSERT_TRUE(store_->flush());
  replace({1});
  ASSERT_TRUE(store_->flush());
  auto bytes = fs_.read_all("events/logs/SUPERSEDED");
  ASSERT_TRUE(bytes);
  for (size_t i = 0; i < bytes->size(); ++i) {
    std::string damaged = *bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    store_.reset();
    ASSERT_TRUE(fs_.write_atomically("events/logs/SUPERSEDED", damaged));
    if (i >= 8 && i < 12) continue;  // the version: a newer one is refused
    open();
    EXPECT_TRUE(fs_.exists("events/logs/SUPERSEDED.damaged")) << i;
    // The log may still name what it replaced.
    const auto found = numbers();
    EXPECT_TRUE(std::ranges::includes(found, std::vector<int64_t>{1, 2})) << i;
  }
}

TEST_F(SupersededTest, WhoseBatchIsRefusedAreBack) {
  options_.max_memory_bytes = 1;
  open();
  append(lines(1));
  const std::vector<uint64_t> sequences{1};
  const Event event{.time = kNow};
  const std::span<const model::Attribute> stream;
  bool refused = false;
  store_->append({.streams = {&stream, 1}, .events = {&event, 1}, .supersedes = sequences},
                 [&](base::Result<AppendSummary> result) { refused = !result; });
  EXPECT_TRUE(refused);
  EXPECT_EQ(numbers(), (std::vector<int64_t>{0}));
}

}  // namespace
}  // namespace tripod::store
