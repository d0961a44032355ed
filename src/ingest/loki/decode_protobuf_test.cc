#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <snappy.h>

#include <protozero/pbf_writer.hpp>

#include "ingest/loki/decoder.h"
#include "ingest/testing/batch_text.h"

namespace tripod::ingest::loki {
namespace {

using protozero::pbf_writer;
using ::testing::HasSubstr;

constexpr size_t kMost = 1 << 20;

std::string entry(int64_t seconds, int32_t nanos, const std::string& line,
                  const std::vector<std::pair<std::string, std::string>>& metadata = {}) {
  std::string out;
  pbf_writer writer(out);
  {
    pbf_writer time(writer, 1);
    time.add_int64(1, seconds);
    time.add_int32(2, nanos);
  }
  writer.add_string(2, line);
  for (const auto& [name, value] : metadata) {
    pbf_writer pair(writer, 3);
    pair.add_string(1, name);
    pair.add_string(2, value);
  }
  return out;
}

std::string push(const std::string& labels, const std::vector<std::string>& entries) {
  std::string out;
  {
    pbf_writer writer(out);
    pbf_writer stream(writer, 1);
    stream.add_string(1, labels);
    for (const auto& e : entries) stream.add_message(2, e);
    stream.add_uint64(3, 17);
  }
  return out;
}

std::string snappy_block(const std::string& message) {
  std::string out;
  snappy::Compress(message.data(), message.size(), &out);
  return out;
}

TEST(DecodePushProtobufTest, StreamsAndEntries) {
  model::Batch batch;
  const auto result =
      decode_push_protobuf(snappy_block(push(R"({app="shop", level="warn"})",
                                             {entry(1795365597, 20338688, "first"),
                                              entry(1795365598, 0, "sec\xff", {{"order", "12"}})})),
                           kMost, batch);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(testing::batch_text(batch), R"(resource 0
    app = "shop"
    level = "warn"
    service.name = "shop"
    stream.label.app = true
    stream.label.level = true
log "first" resource 0 scope 0
  time: 1795365597020338688 observed 0
  severity: 0 "warn"
log "sec)"
                                        "\uFFFD"
                                        R"(" resource 0 scope 0
  time: 1795365598000000000 observed 0
  severity: 0 "warn"
    order = "12"
)");
}

TEST(DecodePushProtobufTest, BadStreamsAndEntriesAreRejectedByName) {
  model::Batch batch;
  std::string no_time;
  pbf_writer(no_time).add_string(2, "line");
  ASSERT_TRUE(decode_push_protobuf(
      snappy_block(push("{app=shop}", {entry(1, 0, "a"), entry(2, 0, "b")}) +
                   push(R"({a="b"})", {entry(1, -1, "c"), no_time, entry(1LL << 40, 0, "d"),
                                       entry(9, 9, "good")})),
      kMost, batch));
  ASSERT_EQ(batch.logs.size(), 1u);
  EXPECT_EQ(batch.logs[0].body.text(), "good");
  EXPECT_EQ(batch.logs[0].resource, 0u);
  ASSERT_EQ(batch.rejections.size(), 4u);
  EXPECT_EQ(batch.rejections[0].reason, "invalid_labels");
  EXPECT_EQ(batch.rejections[0].count, 2u);
  EXPECT_EQ(batch.rejections[0].detail, "streams[0]: labels: expected a quoted value at byte 5");
  EXPECT_THAT(batch.rejections[1].detail, HasSubstr("streams[1].values[0]"));
  EXPECT_EQ(batch.rejections[1].reason, "invalid_timestamp");
}

TEST(DecodePushProtobufTest, CutAtAnyByteIsAnErrorOrFewerRecords) {
  const std::string message =
      push(R"({app="shop"})", {entry(1, 0, "a")}) + push(R"({a="b"})", {entry(2, 0, "b")});
  for (size_t length = 0; length < message.size(); ++length) {
    model::Batch batch;
    const auto result = decode_push_protobuf(snappy_block(message.substr(0, length)), kMost, batch);
    if (result) {
      EXPECT_LT(batch.logs.size(), 2u) << length;
    } else {
      EXPECT_EQ(result.error().code, base::Code::kInvalidArgument) << length;
    }
  }
  const std::string block = snappy_block(message);
  for (size_t length = 0; length < block.size(); ++length) {
    model::Batch batch;
    EXPECT_FALSE(decode_push_protobuf(block.substr(0, length), kMost, batch)) << length;
  }
}

TEST(DecodePushProtobufTest, ABombIsNotInflated) {
  model::Batch batch;
  const auto result = decode_push_protobuf(snappy_block(std::string(2 << 20, 'x')), kMost, batch);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::Code::kTooLarge);
}

}  // namespace
}  // namespace tripod::ingest::loki
