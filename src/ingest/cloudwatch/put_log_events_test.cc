#include "ingest/cloudwatch/put_log_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ingest/testing/batch_text.h"
#include "ingest/testing/corpus.h"

namespace tripod::ingest::cloudwatch {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kNowMs = 1'795'365'602'606;

std::string body_of(const std::string& events) {
  return R"({"logGroupName":"/shop/web","logStreamName":"w-1","logEvents":)" + events + "}";
}
std::string event(int64_t ms, const std::string& message) {
  return R"({"timestamp":)" + std::to_string(ms) + R"(,"message":")" + message + "\"}";
}
auto decode(const std::string& body, model::Batch& batch) {
  return decode_put_log_events(std::make_shared<const std::string>(body), batch);
}
std::string fault(const std::string& body) {
  model::Batch batch;
  const auto result = decode(body, batch);
  if (result) return "";
  return (result.error().malformed ? "malformed: " : "invalid: ") + result.error().message;
}

TEST(PutLogEventsTest, RecordedBatch) {
  model::Batch batch;
  const auto put = decode_put_log_events(testing::corpus_file("cloudwatch/put_log_events.json"), batch);
  ASSERT_TRUE(put) << put.error().message;
  EXPECT_EQ(put->group, "djzen");
  EXPECT_EQ(put->stream, "web-1");
  EXPECT_EQ(put->events, 14u);
  testing::expect_golden("cloudwatch/put_log_events.expected", testing::batch_text(batch));
}

TEST(PutLogEventsTest, TheLineMayNameItsService) {
  model::Batch batch;
  const auto put = decode(body_of("[" + event(kNowMs, R"({\"event\":\"a\",\"service.name\":\"cart\",\"n\":1})") + "," + event(kNowMs, "plain") +
                                  "," + event(kNowMs, R"({\"event\":\"b\",\"service\":{\"name\":\"tax\"}})") + "]"),
                          batch);
  ASSERT_TRUE(put);
  const auto service_of = [&](size_t log) {
    return model::find_text(batch.resources[batch.logs[log].resource].attributes, "service.name");
  };
  EXPECT_EQ(service_of(0), "cart");
  EXPECT_EQ(service_of(1), "web");
  EXPECT_EQ(service_of(2), "tax");
  EXPECT_EQ(batch.logs[0].body.text(), "a");
  EXPECT_EQ(batch.logs[0].attributes.size(), 1u);
  for (const auto& resource : batch.resources) {
    EXPECT_EQ(model::find_text(resource.attributes, "aws.log.group.names"), "/shop/web");
    EXPECT_EQ(model::find_text(resource.attributes, "aws.log.stream.names"), "w-1");
  }
}

TEST(PutLogEventsTest, RefusedAsAwsRefuses) {
  EXPECT_THAT(fault(body_of("[]")), HasSubstr("invalid: logEvents must have length"));
  EXPECT_THAT(fault(body_of("[" + event(kNowMs, "a") + "," + event(kNowMs, "") + "]")), HasSubstr("invalid: logEvents.1.message"));
  EXPECT_THAT(fault(body_of("[" + event(-1, "a") + "]")), HasSubstr("invalid: logEvents.0.timestamp"));
  EXPECT_THAT(fault(body_of("[{\"message\":\"a\"}]")), HasSubstr("invalid: logEvents.0.timestamp"));
  EXPECT_THAT(fault(body_of("[{\"message\":\"a\",\"timestamp\":\"1\"}]")), HasSubstr("malformed: logEvents.0.timestamp"));
  EXPECT_THAT(fault(body_of("[{\"message\":5,\"timestamp\":1}]")), HasSubstr("malformed: logEvents.0.message"));
  EXPECT_THAT(fault(body_of("[" + event(2, "a") + "," + event(3, "b") + "," + event(2, "c") + "]")),
              HasSubstr("invalid: Log events in a single PutLogEvents request must be in chronological order: index 2"));
  const int64_t day = 86'400'000;
  EXPECT_EQ(fault(body_of("[" + event(5, "a") + "," + event(5 + day, "b") + "]")), "");
  EXPECT_THAT(fault(body_of("[" + event(5, "a") + "," + event(6 + day, "b") + "]")), HasSubstr("24 hours: index 1"));
  EXPECT_THAT(fault(R"({"logStreamName":"w","logEvents":[]})"), HasSubstr("invalid: 1 validation error"));
  EXPECT_THAT(fault(R"({"logGroupName":"a","logStreamName":"w:1","logEvents":[]})"), HasSubstr("at 'logStreamName'"));
}

TEST(PutLogEventsTest, LimitsAreAwss) {
  std::string many = "[" + event(1, "a");
  for (int i = 1; i < 10'000; ++i) many += "," + event(1, "a");
  EXPECT_EQ(fault(body_of(many + "]")), "");
  EXPECT_THAT(fault(body_of(many + "," + event(1, "a") + "]")), HasSubstr("at most 10000 events"));
  const std::string most(1'048'576 - 26, 'x');
  EXPECT_EQ(fault(body_of("[" + event(1, most) + "]")), "");
  EXPECT_THAT(fault(body_of("[" + event(1, most + "x") + "]")), HasSubstr("Upload too large"));
}

TEST(PutLogEventsTest, BrokenBodiesAreMalformed) {
  for (const char* body : {"", "[]", "{", R"({"logGroupName":5})", R"({"logEvents":{}})", R"({"logEvents":[1]})", "{}x", R"({"logEvents":[{"message":"a)"}) {
    EXPECT_THAT(fault(body), HasSubstr("malformed: ")) << body;
  }
}

TEST(PutLogEventsTest, TimesThatNoNanosecondsHoldAreTooNew) {
  model::Batch batch;
  ASSERT_TRUE(decode(body_of("[" + event(INT64_MAX, "a") + "]"), batch));
  EXPECT_GT(batch.logs[0].time, INT64_MAX - 1'000'000);
}

}  // namespace
}  // namespace tripod::ingest::cloudwatch
