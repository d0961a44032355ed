#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ingest/loki/decoder.h"
#include "ingest/testing/batch_text.h"
#include "ingest/testing/corpus.h"

namespace tripod::ingest::loki {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Decoded {
  model::Batch batch;
  base::Result<> result;
};

Decoded decode(std::string body, const DecodeLimits& limits = {}) {
  Decoded out;
  out.result =
      decode_push_json(std::make_shared<const std::string>(std::move(body)), out.batch, limits);
  return out;
}

std::vector<std::string> bodies(const model::Batch& batch) {
  std::vector<std::string> out;
  for (const auto& log : batch.logs) out.emplace_back(log.body.text());
  return out;
}

std::vector<std::string> rejections(const model::Batch& batch) {
  std::vector<std::string> out;
  for (const auto& r : batch.rejections) out.push_back(r.reason + " @ " + r.detail);
  return out;
}

TEST(DecodePushJsonTest, RecordedPush) {
  model::Batch batch;
  ASSERT_TRUE(decode_push_json(testing::corpus_file("loki/python_logging.json"), batch));
  testing::expect_golden("loki/python_logging.expected", testing::batch_text(batch));
}

TEST(DecodePushJsonTest, StreamsEntriesAndStructuredMetadata) {
  const auto out = decode(R"({"streams":[
    {"values":[["1795365597020338688","a \"quoted\" line"],
               ["1795365597020338689","b",{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736",
                 "span_id":"00f067aa0ba902b7","level":"error","order":"12"}]],
     "stream":{"service_name":"shop","level":"info"}},
    {"stream":{"app":"other"},"values":[["1","c"]]}], "more": {"x":[1]}})");
  ASSERT_TRUE(out.result) << out.result.error().message;
  EXPECT_EQ(testing::batch_text(out.batch), R"(resource 0
    level = "info"
    service.name = "shop"
    stream.label.service_name = true
    stream.label.level = true
resource 1
    app = "other"
    service.name = "other"
    stream.label.app = true
log "a \"quoted\" line" resource 0 scope 0
  time: 1795365597020338688 observed 0
  severity: 0 "info"
log "b" resource 0 scope 0
  time: 1795365597020338689 observed 0
  severity: 0 "error"
  trace_id: 4bf92f3577b34da6a3ce929d0e0e4736
  span_id: 00f067aa0ba902b7
    level = "error"
    order = "12"
log "c" resource 1 scope 0
  time: 1 observed 0
  severity: 0 ""
)");
}

TEST(DecodePushJsonTest, BadEntriesAreRejectedByNameAndTheRestIsKept) {
  const auto out = decode(R"({"streams":[{"stream":{"a":"b"},"values":[
    ["1","good 1"], [2,"number time"], ["x","bad time"], ["-5","negative"], ["99999999999999999999","big"],
    ["3"], ["4",5], "no array", ["5","l",{"k":1}], ["6","l",{},1], ["7","l","no object"], [null,"l"], ["8","good 2"]]},
    {"stream":{"a":1},"values":[["1","x"],["2","y"]]}, {"stream":["a"],"values":[["1","x"]]}, 7,
    {"stream":{"a":"b"},"values":{}}]})");
  ASSERT_TRUE(out.result) << out.result.error().message;
  EXPECT_THAT(bodies(out.batch), ElementsAre("good 1", "number time", "good 2"));
  EXPECT_EQ(out.batch.resources.size(), 1u);
  EXPECT_THAT(
      rejections(out.batch),
      ElementsAre(
          "invalid_timestamp @ streams[0].values[2]: the time must be unix nanoseconds as a string",
          HasSubstr("invalid_timestamp @ streams[0].values[3]"),
          HasSubstr("invalid_timestamp @ streams[0].values[4]"),
          HasSubstr("invalid_entry @ streams[0].values[5]"),
          "invalid_line @ streams[0].values[6]: the line must be a string",
          HasSubstr("invalid_entry @ streams[0].values[7]"),
          HasSubstr("invalid_structured_metadata @ streams[0].values[8]"),
          HasSubstr("invalid_entry @ streams[0].values[9]"),
          HasSubstr("invalid_structured_metadata @ streams[0].values[10]"),
          HasSubstr("invalid_timestamp @ streams[0].values[11]"),
          "invalid_labels @ streams[1]: label a must be a string",
          HasSubstr("invalid_labels @ streams[2]: "), HasSubstr("invalid_stream @ streams[3]: "),
          HasSubstr("invalid_entry @ streams[4].values[0]: ")));
  EXPECT_EQ(out.batch.rejected_count(), 15u);
}

TEST(DecodePushJsonTest, ALineOverAMebibyteIsRejectedAndTheNextIsKept) {
  const auto out = decode(R"({"streams":[{"stream":{"a":"b"},"values":[["1",")" +
                          std::string((1u << 20) + 1, 'x') + R"("],["2","short"]]}]})");
  ASSERT_TRUE(out.result) << out.result.error().message;
  EXPECT_THAT(bodies(out.batch), ElementsAre("short"));
  EXPECT_THAT(rejections(out.batch),
              ElementsAre("line_too_long @ streams[0].values[0]: 1048577 bytes, at most 1048576"));
}

TEST(DecodePushJsonTest, AMalformedDocumentIsRefusedWhole) {
  for (const char* body :
       {"", "[]", "7", "{", "{}", R"({"streams":{}})", R"({"streams":[)",
        R"({"streams":[{"stream":{"a":"b"},"values":[["1","x"]]})",
        R"({"streams":[{"stream":{"a":"b"} "values":[]}]})", R"({"streams":[]} trailing)",
        R"({"streams":[{"stream":{"a":"b":"c"},"values":[]}]})",
        R"({"streams":[{"stream":{"a":"\q"},"values":[]}]})"}) {
    const auto out = decode(body);
    ASSERT_FALSE(out.result) << body;
    EXPECT_EQ(out.result.error().code, base::Code::kInvalidArgument);
  }
  EXPECT_THAT(decode(R"({"streams":[{"stream":{"a":"b"},"values":[["1","x"] ["2","y"]]}]})")
                  .result.error()
                  .message,
              HasSubstr("the push is not valid JSON in or after streams[0].values[0] (byte "));
}

TEST(DecodePushJsonTest, CutAtAnyByteIsAnError) {
  const std::string whole =
      R"({"streams":[{"stream":{"a":"b"},"values":[["1","x\n",{"k":"v"}],["2","é"]]},{"values":[]}]})";
  ASSERT_TRUE(decode(whole).result);
  for (size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(decode(whole.substr(0, length)).result) << length;
  }
}

TEST(DecodePushJsonTest, BadUtf8AndHalfSurrogatesAreRepaired) {
  const auto out = decode(
      "{\"streams\":[{\"stream\":{\"a\":\"b\"},\"values\":[[\"1\",\"caf\xe9\"],[\"2\",\"half "
      "\\ud83d pair \\ud83d\\ude00\"]]}]}");
  ASSERT_TRUE(out.result) << out.result.error().message;
  EXPECT_THAT(bodies(out.batch), ElementsAre("caf\uFFFD", "half \uFFFD pair \U0001F600"));
}

TEST(DecodePushJsonTest, DepthIsSurvivedAndMemoryBounded) {
  const std::string deep(100'000, '[');
  EXPECT_FALSE(decode(R"({"streams":)" + deep).result);
  EXPECT_TRUE(decode(R"({"x":)" + deep + std::string(100'000, ']') + R"(,"streams":[]})").result);
  std::string many = R"({"streams":[{"values":[)";
  for (int i = 0; i < 10'000; ++i) many += R"(["1",""],)";
  many += R"(["1",""]]}]})";
  EXPECT_EQ(decode(many).batch.logs.size(), 10'001u);
  const auto out = decode(many, {.decoded_bytes = 100'000});
  ASSERT_FALSE(out.result);
  EXPECT_EQ(out.result.error().code, base::Code::kTooLarge);
}

}  // namespace
}  // namespace tripod::ingest::loki
