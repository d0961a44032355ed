#include "ingest/jsonlines/decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ingest/testing/batch_text.h"
#include "ingest/testing/corpus.h"

namespace tripod::ingest::jsonlines {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

model::Batch decoded(const std::string& body, const Options& options = {}) {
  model::Batch batch;
  const auto result = decode(std::make_shared<const std::string>(body), options, batch);
  EXPECT_TRUE(result) << result.error().message;
  return batch;
}

std::vector<std::string> bodies(const model::Batch& batch) {
  std::vector<std::string> out;
  for (const auto& log : batch.logs) out.emplace_back(log.body.text());
  return out;
}

TEST(JsonLinesTest, RecordedLines) {
  Options options;
  ASSERT_TRUE(set_option(options, "stream_fields", "logger,path"));
  ASSERT_TRUE(set_option(options, "extra_fields", "service_name=shop,env=prod"));
  model::Batch batch;
  ASSERT_TRUE(decode(testing::corpus_file("jsonlines/structlog.ndjson"), options, batch));
  testing::expect_golden("jsonlines/structlog.expected", testing::batch_text(batch));
}

TEST(JsonLinesTest, SendersFieldsAreUsed) {
  Options options;
  for (const auto& [name, value] : {std::pair("message_field", "log"),
                                    {"time_field", "at"},
                                    {"level_field", "prio"},
                                    {"stream_fields", "app,,n"}}) {
    ASSERT_TRUE(set_option(options, name, value));
  }
  const auto batch =
      decoded(R"({"log":"one","at":"2026-11-22T16:39:58Z","prio":"error","app":"a","n":1,"x":true})"
              "\n"
              R"({"log":"two","app":"b"})"
              "\r\n\n"
              R"({"log":"three","n":1,"app":"a"})",
              options);
  EXPECT_THAT(bodies(batch), ElementsAre("one", "two", "three"));
  EXPECT_EQ(batch.logs[0].time, 1'795'365'598'000'000'000);
  EXPECT_EQ(batch.logs[0].severity_text, "error");
  EXPECT_EQ(batch.logs[0].attributes.size(), 1u);
  EXPECT_EQ(model::find_text(batch.resources[batch.logs[0].resource].attributes, "service.name"),
            "a");
  EXPECT_EQ(model::find_text(batch.resources[batch.logs[0].resource].attributes, "n"), "1");
  EXPECT_NE(batch.logs[0].resource, batch.logs[1].resource);
}

TEST(JsonLinesTest, LinesOfOneSourceShareAResource) {
  Options options;
  options.stream_fields = {"app"};
  const auto batch =
      decoded("{\"app\":\"a\",\"m\":1}\n{\"app\":\"b\"}\n{\"app\":\"a\",\"m\":2}\n", options);
  EXPECT_EQ(batch.resources.size(), 2u);
  EXPECT_EQ(batch.logs[0].resource, batch.logs[2].resource);
  EXPECT_EQ(decoded("{\"a\":1}\n{\"b\":1}\n").resources.size(), 1u);
}

TEST(JsonLinesTest, BadLinesAreRejectedByNumberAndTheRestIsKept) {
  std::string deep = "{\"event\":";
  for (int i = 0; i < 30; ++i) deep += "{\"a\":";
  deep += "1" + std::string(31, '}');
  const std::string huge = R"({"event":")" + std::string(1 << 20, 'x') + "\"}";
  const auto batch = decoded("{\"event\":\"first\"}\nnot json\n[1]\n" + deep + "\n" + huge +
                             "\n{\"event\":\"caf\xe9\"}\n{\"event\":\"cut");
  EXPECT_THAT(bodies(batch), ElementsAre("first", "caf\uFFFD"));
  std::vector<std::string> said;
  for (const auto& r : batch.rejections) said.push_back(r.reason + " @ " + r.detail);
  EXPECT_THAT(said, ElementsAre("invalid_json @ line 2: not a JSON object",
                                "invalid_json @ line 3: not a JSON object",
                                "json_too_deep @ line 4: nested deeper than 24 levels",
                                "line_too_long @ line 5: 1048588 bytes, at most 1048576",
                                "invalid_json @ line 7: not a JSON object"));
}

TEST(JsonLinesTest, AHundredThousandLevelsAreRejectedInLinearTime) {
  std::string objects, arrays;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  objects += "1" + std::string(100'000, '}');
  arrays = "{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  const auto batch =
      decoded(objects + "\n" + arrays + "\n" + std::string(100'000, '{') + "\n{\"event\":\"m\"}");
  EXPECT_THAT(bodies(batch), ElementsAre("m"));
  ASSERT_EQ(batch.rejections.size(), 3u);
  EXPECT_EQ(batch.rejections[0].reason, "json_too_deep");
  EXPECT_EQ(batch.rejections[1].reason, "json_too_deep");
  EXPECT_EQ(batch.rejections[2].reason, "invalid_json");
}

TEST(JsonLinesTest, CutAtAnyByteLosesAtMostTheLastLine) {
  const std::string whole =
      "{\"event\":\"a\",\"n\":[1,{\"x\":2}]}\n{\"event\":\"b\\n\",\"o\":{\"p\":1}}\n";
  for (size_t length = 0; length <= whole.size(); ++length) {
    const auto batch = decoded(whole.substr(0, length));
    EXPECT_LE(batch.logs.size() + batch.rejected_count(), 2u) << length;
    if (length > 35) {
      EXPECT_GE(batch.logs.size(), 1u) << length;
    }
  }
}

TEST(JsonLinesTest, ManyBadLinesAreListedInPartAndCountedInFull) {
  std::string body;
  for (int i = 0; i < 500; ++i) body += "no\n";
  const auto batch = decoded(body);
  ASSERT_EQ(batch.rejections.size(), 20u);
  EXPECT_EQ(batch.rejections[18].detail, "line 19: not a JSON object");
  EXPECT_EQ(batch.rejections[19].detail, "further items");
  EXPECT_EQ(batch.rejections[19].count, 481u);
  EXPECT_EQ(batch.rejected_count(), 500u);
}

TEST(JsonLinesTest, MemoryIsBounded) {
  std::string body;
  for (int i = 0; i < 10'000; ++i) body += "{}\n";
  model::Batch batch;
  const auto result =
      decode(std::make_shared<const std::string>(body), {}, batch, {.decoded_bytes = 100'000});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::Code::kTooLarge);
}

TEST(JsonLinesTest, UnknownOptionsAreTold) {
  Options options;
  EXPECT_FALSE(set_option(options, "colour", "red"));
  EXPECT_FALSE(set_option(options, "extra_fields", "noequals"));
  EXPECT_TRUE(set_option(options, "_msg_field", "log"));
  EXPECT_EQ(options.message_field, "log");
}

}  // namespace
}  // namespace tripod::ingest::jsonlines
