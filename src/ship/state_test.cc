#include "ship/state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/mem_fs.h"
#include "ship/batch.h"

namespace tripod::ship {
namespace {

using ::testing::HasSubstr;

const std::string kId(32, 'a');

State sample() {
  State state{.shipper = std::string(32, '0')};
  state.files.push_back({.id = kId,
                         .path = "/var/log/a b%\n\x7f.log",
                         .device = 1,
                         .inode = UINT64_MAX,
                         .head = Print::of("first"),
                         .tail = Print::of("last"),
                         .offset = 77});
  state.pending = PendingBatch{.id = std::string(32, 'b'), .lines = 3, .parts = {{kId, 77, 99}}};
  state.spool = {4, 512};
  return state;
}

TEST(StateTest, ReadsWhatItWrote) {
  const State before = sample();
  const auto after = decode_state(encode_state(before));
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(encode_state(*after), encode_state(before));
  EXPECT_EQ(after->files[0].path, before.files[0].path);
  EXPECT_TRUE(after->files[0].tail.matches("last"));
  EXPECT_EQ(after->pending->parts[0].end, 99u);
  EXPECT_EQ(after->spool, before.spool);
}

TEST(StateTest, EveryDamageIsFound) {
  const std::string good = encode_state(sample());
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    EXPECT_FALSE(decode_state(bad)) << i;
    EXPECT_FALSE(decode_state(good.substr(0, i))) << i;
  }
  EXPECT_FALSE(decode_state(good + "x\n"));
  EXPECT_THAT(decode_state("tripod-ship-state 2\n").error().message,
              HasSubstr("not of this version"));
}

TEST(StateTest, IsSavedWholeOrNotAtAll) {
  base::MemFs fs;
  ASSERT_TRUE(fs.create_dirs("/state"));
  EXPECT_FALSE(load_state(fs, "/state/state")->has_value());
  ASSERT_TRUE(save_state(fs, "/state/state", sample()));
  State newer = sample();
  newer.files[0].offset = 99;
  fs.set_fault_hook(
      [](base::MemFs::Op op, const std::string&) -> std::optional<base::MemFs::Fault> {
        if (op != base::MemFs::Op::kSync) return std::nullopt;
        return base::MemFs::Fault{{base::Code::kIo, "EIO"}};
      });
  EXPECT_FALSE(save_state(fs, "/state/state", newer));
  fs.set_fault_hook({});
  fs.lose_power();
  EXPECT_EQ((*load_state(fs, "/state/state"))->files[0].offset, 77u);
}

TEST(BatchTest, IdsAreOfTheSenderAndTheBytes) {
  const std::vector<BatchPart> parts = {{kId, 0, 10}};
  const std::string id = batch_id("s", parts, 7);
  EXPECT_EQ(id.size(), 32u);
  EXPECT_EQ(batch_id("s", parts, 7), id);
  EXPECT_NE(batch_id("t", parts, 7), id);
  EXPECT_NE(batch_id("s", {{kId, 0, 11}}, 7), id);
  EXPECT_NE(batch_id("s", parts, 8), id);
}

TEST(BatchTest, IsSplitTheSameWayEachTimeAndNothingIsLost) {
  Batch batch{.id = kId};
  batch.begin_source("{\"a\":\"1\"}");
  batch.add(5, "one\nS {}");
  batch.add(6, "two");
  batch.begin_source("{\"a\":\"2\"}");
  batch.add(7, "three");
  batch.lines = 4;
  const auto [first, second] = split(batch);
  EXPECT_EQ(first.body, "S {\"a\":\"1\"}\nR 5 8\none\nS {}\n");
  EXPECT_EQ(second.body, "S {\"a\":\"1\"}\nR 6 3\ntwo\nS {\"a\":\"2\"}\nR 7 5\nthree\n");
  EXPECT_EQ(first.lines + second.lines, 4u);
  EXPECT_EQ(second.records, 2u);
  EXPECT_NE(first.id, second.id);
  EXPECT_EQ(split(batch).second.id, second.id);
  EXPECT_EQ(split(second).second.body, "S {\"a\":\"2\"}\nR 7 5\nthree\n");
}

}  // namespace
}  // namespace tripod::ship
