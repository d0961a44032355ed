#include "ingest/elastic/bulk_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ingest/testing/batch_text.h"
#include "ingest/testing/corpus.h"

namespace tripod::ingest::elastic {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Decoded {
  model::Batch batch;
  Bulk bulk;
};

Decoded decoded(const std::string& body, const BulkOptions& options = {}) {
  Decoded out;
  auto result = decode_bulk(std::make_shared<const std::string>(body), options, out.batch);
  EXPECT_TRUE(result) << result.error().message;
  if (result) out.bulk = std::move(*result);
  return out;
}

// "create logs #0", "index logs invalid_json: line 4 …"
std::vector<std::string> outcomes(const Bulk& bulk) {
  std::vector<std::string> out;
  for (const Item& item : bulk.items) {
    std::string text = std::string(action_name(item.action)) + " " + bulk.indices[item.index] + " ";
    if (item.fault) text += std::string(item.fault->reason) + ": " + item.fault->detail.substr(0, item.fault->detail.find(':'));
    else text += "#" + std::to_string(item.log);
    out.push_back(text);
  }
  return out;
}

std::vector<std::string> bodies(const model::Batch& batch) {
  std::vector<std::string> out;
  for (const auto& log : batch.logs) out.emplace_back(log.body.text());
  return out;
}

class RecordedTest : public ::testing::TestWithParam<const char*> {};

TEST_P(RecordedTest, BecomesLogRecords) {
  model::Batch batch;
  const auto bulk = decode_bulk(testing::corpus_file(std::string("elastic/") + GetParam() + ".ndjson"), {}, batch);
  ASSERT_TRUE(bulk);
  EXPECT_EQ(bulk->items.size(), 8u);
  testing::expect_golden(std::string("elastic/") + GetParam() + ".expected", testing::batch_text(batch));
}

INSTANTIATE_TEST_SUITE_P(Clients, RecordedTest,
                         ::testing::Values("create", "index", "filebeat", "fluent_bit", "logstash"),
                         [](const auto& info) { return std::string(info.param); });

TEST(BulkDecoderTest, BrokenItemsAreToldInTheirPlaceAndTheRestIsKept) {
  std::string deep = "{\"event\":";
  for (int i = 0; i < 30; ++i) deep += "{\"a\":";
  deep += "1" + std::string(31, '}');
  const std::string huge = R"({"event":")" + std::string(1 << 20, 'x') + "\"}";
  const auto [batch, bulk] = decoded("{\"create\":{\"_index\":\"a\"}}\n{\"message\":\"one\"}\n"
                                     "{\"create\":{\"_index\":\"a\"}}\nnot json\n"
                                     "{\"update\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"doc\":{}}\n"
                                     "{\"delete\":{\"_index\":\"a\",\"_id\":\"1\"}}\n"
                                     "\n"
                                     "{\"index\":{\"_index\":\"b\"}}\n" + deep + "\n"
                                     "{\"index\":{\"_index\":\"b\"}}\n" + huge + "\n"
                                     "{\"index\":{\"_index\":\"b\"}}\n\n"
                                     "{\"index\":{\"_index\":\"b\"}}\n{\"message\":\"caf\xe9\"}\r\n"
                                     "{\"index\":{}}\n{\"message\":\"nowhere\"}\n"
                                     "{\"index\":{\"_index\":\"b\"}}");
  EXPECT_THAT(outcomes(bulk),
              ElementsAre("create a #0", "create a invalid_json: line 4", "update a unsupported_action: line 5",
                          "delete a unsupported_action: line 7", "index b json_too_deep: line 10", "index b line_too_long: line 12",
                          "index b missing_document: line 13", "index b #1", "index  missing_index: line 18",
                          "index b missing_document: line 19"));
  EXPECT_THAT(bodies(batch), ElementsAre("one", "caf\uFFFD"));
  EXPECT_EQ(batch.rejected_count(), 8u);
}

TEST(BulkDecoderTest, AMalformedActionTakesItsDocumentWithItAndNoMore) {
  EXPECT_THAT(outcomes(decoded("{\"create\"\n{\"message\":\"lost\"}\n{\"create\":{\"_index\":\"a\"}}\n{\"message\":\"kept\"}\n").bulk),
              ElementsAre("index  malformed_action: line 1", "create a #0"));
  EXPECT_THAT(outcomes(decoded("cut off\"}\n{\"create\":{\"_index\":\"a\"}}\n{\"message\":\"kept\"}\n").bulk),
              ElementsAre("index  malformed_action: line 1", "create a #0"));
  EXPECT_THAT(outcomes(decoded("x\ny\nz\n").bulk), ElementsAre("index  malformed_action: line 1", "index  malformed_action: line 3"));
}

TEST(BulkDecoderTest, ThePathsIndexIsForActionsThatNameNone) {
  const Decoded out =
      decoded("{\"index\":{}}\n{\"message\":\"1\"}\n{\"index\":{\"_index\":\"own\"}}\n{\"message\":\"2\"}", {.index = "path"});
  EXPECT_THAT(outcomes(out.bulk), ElementsAre("index path #0", "index own #1"));
  const auto index_of = [&](size_t log) {
    return model::find_text(out.batch.resources[out.batch.logs[log].resource].attributes, "elasticsearch.index");
  };
  EXPECT_EQ(index_of(0), "path");
  EXPECT_EQ(index_of(1), "own");
}

TEST(BulkDecoderTest, MessagesAreFoundWhereverTheyAre) {
  std::string body;
  for (const char* doc : {R"({"message":"m","msg":"x","log":"y"})", R"({"msg":"m2","log":{"level":"warn"}})", R"({"log":"m3","stream":"stdout"})",
                          R"({"log":"{\"event\":\"inner\",\"level\":\"error\"}"})", R"({"message":"m5","event":{"original":"m5"}})",
                          R"({"message":"m6","event":{"original":"raw m6"}})", R"({"status":200})"}) {
    body += std::string("{\"index\":{\"_index\":\"a\"}}\n") + doc + "\n";
  }
  const auto [batch, bulk] = decoded(body);
  EXPECT_THAT(bodies(batch), ElementsAre("m", "m2", "m3", R"({"event":"inner","level":"error"})", "m5", "m6", R"({"status":200})"));
  EXPECT_EQ(batch.logs[1].severity_text, "warn");
  EXPECT_EQ(model::find_text(batch.logs[2].attributes, "stream"), "stdout");
  EXPECT_EQ(batch.logs[4].attributes.size(), 0u);
  EXPECT_EQ(model::find_text(batch.logs[5].attributes, "event.original"), "raw m6");
  for (const auto& log : batch.logs) EXPECT_EQ(log.original, "");
}

TEST(BulkDecoderTest, AnIdIsKept) {
  const auto [batch, bulk] = decoded("{\"create\":{\"_index\":\"a\",\"_id\":\"x1\"}}\n{\"message\":\"1\"}\n");
  EXPECT_EQ(bulk.items[0].id, "x1");
  EXPECT_EQ(model::find_text(batch.logs[0].attributes, "log.record.uid"), "x1");
}

TEST(BulkDecoderTest, DocumentsOfOneSenderShareAResource) {
  const auto [batch, bulk] = decoded("{\"index\":{\"_index\":\"a\"}}\n{\"service\":{\"name\":\"s\"},\"n\":1}\n"
                                     "{\"index\":{\"_index\":\"a\"}}\n{\"service.name\":\"s\",\"n\":2}\n"
                                     "{\"index\":{\"_index\":\"a\"}}\n{\"service\":\"t\",\"n\":3}\n");
  EXPECT_EQ(batch.resources.size(), 2u);
  EXPECT_EQ(batch.logs[0].resource, batch.logs[1].resource);
  EXPECT_EQ(model::find_text(batch.resources[batch.logs[2].resource].attributes, "service.name"), "t");
}

TEST(BulkDecoderTest, OneDocumentIsTheWholeBody) {
  model::Batch batch;
  const auto bulk = decode_document(std::make_shared<const std::string>("{\n  \"message\": \"over\",\n  \"n\": 1\n}\n"),
                                    {.action = Action::kCreate, .index = "a", .id = "1"}, batch);
  EXPECT_THAT(outcomes(bulk), ElementsAre("create a #0"));
  EXPECT_THAT(bodies(batch), ElementsAre("over"));
  model::Batch other;
  const auto broken = decode_document(std::make_shared<const std::string>("{"), {.index = "a"}, other);
  EXPECT_THAT(outcomes(broken), ElementsAre("index a invalid_json: the document"));
}

TEST(BulkDecoderTest, WhatIsTooMuchIsRefusedAsAWhole) {
  model::Batch batch;
  EXPECT_EQ(decode_bulk(std::make_shared<const std::string>("\n \n"), {}, batch).error().code, base::Code::kInvalidArgument);
  std::string many;
  for (int i = 0; i < 11; ++i) many += "{\"index\":{\"_index\":\"a\"}}\n{\"n\":1}\n";
  model::Batch second;
  const auto result = decode_bulk(std::make_shared<const std::string>(many), {.max_items = 10}, second);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::Code::kTooLarge);
  EXPECT_THAT(result.error().message, HasSubstr("more than 10 actions (reached at line 22)"));
  model::Batch third;
  EXPECT_EQ(decode_bulk(std::make_shared<const std::string>(many), {}, third, {.decoded_bytes = 1000}).error().code, base::Code::kTooLarge);
}

}  // namespace
}  // namespace tripod::ingest::elastic
