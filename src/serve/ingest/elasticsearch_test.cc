#include "serve/ingest/elasticsearch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tripod::serve {
namespace {

using ingest::elastic::Action;
using ingest::elastic::Bulk;
using ingest::elastic::Item;
using ingest::elastic::ItemFault;

Bulk some_bulk() {
  return {.indices = {"a", "b"},
          .items = {Item{.action = Action::kCreate, .index = 0, .log = 0, .id = "x"},
                    Item{.action = Action::kIndex, .index = 1, .id = "y", .fault = ItemFault{"t", "r", "why"}},
                    Item{.action = Action::kIndex, .index = 1, .log = 1, .id = "z"}}};
}

std::string answer(const std::vector<model::LeftOutLog>& left_out, std::string_view filter) {
  const Bulk bulk = some_bulk();
  return bulk_json({.bulk = bulk, .left_out = left_out, .took_ms = 3}, FilterPath(filter));
}

TEST(BulkJsonTest, EachItemInItsPlace) {
  EXPECT_EQ(answer({}, ""),
            R"({"took":3,"errors":true,"items":[)"
            R"({"create":{"_index":"a","_id":"x","_version":1,"result":"created","_shards":{"total":1,"successful":1,"failed":0},"status":201}},)"
            R"({"index":{"_index":"b","_id":"y","status":400,"error":{"type":"t","reason":"why"}}},)"
            R"({"index":{"_index":"b","_id":"z","_version":1,"result":"created","_shards":{"total":1,"successful":1,"failed":0},"status":201}}]})");
}

TEST(BulkJsonTest, WhatThePipelineLeftOutIsRefused) {
  const std::vector<model::LeftOutLog> left_out{{.position = 1, .reason = "timestamp_too_old", .time = 0}};
  EXPECT_EQ(answer(left_out, "items.*.error"),
            R"({"items":[{"index":{"error":{"type":"t","reason":"why"}}},{"index":{"error":{"type":"mapper_parsing_exception",)"
            R"("reason":"failed to parse field [@timestamp]: timestamp_too_old: 1970-01-01T00:00:00.000000Z"}}}]})");
}

TEST(BulkJsonTest, FilterPathsOfRealClients) {
  EXPECT_EQ(answer({}, "errors,items.*.error,items.*.status"),
            R"({"errors":true,"items":[{"create":{"status":201}},{"index":{"status":400,"error":{"type":"t","reason":"why"}}},{"index":{"status":201}}]})");
  EXPECT_EQ(answer({}, "errors"), R"({"errors":true})");
  EXPECT_EQ(answer({}, "items.create.status"), R"({"items":[{"create":{"status":201}}]})");
  EXPECT_EQ(answer({}, "nothing"), "{}");
}

TEST(FilterPathTest, PatternsTakeInWhatIsAboveAndBelow) {
  const auto wants = [](std::string_view list, std::initializer_list<std::string_view> path) { return FilterPath(list).wants(path); };
  EXPECT_TRUE(wants("", {"a", "b"}));
  EXPECT_TRUE(wants("a", {"a", "b"}));
  EXPECT_TRUE(wants("a.b.c", {"a", "b"}));
  EXPECT_FALSE(wants("a.c", {"a", "b"}));
  EXPECT_TRUE(wants("x,a.b", {"a", "b"}));
  EXPECT_TRUE(wants("**.b", {"a", "b"}));
  EXPECT_TRUE(wants("a*z.b", {"abcz", "b"}));
  EXPECT_FALSE(wants("a*z.b", {"abc", "b"}));
  EXPECT_TRUE(wants("*", {"a"}));
  EXPECT_TRUE(wants("-a", {"a"}));
}

TEST(ElasticVersionTest, ShippersAreToldTheirOwn) {
  const std::pair<const char*, const char*> cases[] = {
      {"Elastic-filebeat/8.15.3 (linux; amd64; abc; 2024-09-01 00:00:00 +0000 UTC)", "8.15.3"},
      {"Elastic-Filebeat/9.1.0 (linux; amd64)", "9.1.0"},
      {"Filebeat/7.17.24 (linux; amd64)", "7.17.24"},
      {"Logstash/8.13.2 (OS=Linux-6.1-amd64; JVM=Eclipse-17) logstash-output-elasticsearch/11.22.5", "8.13.2"},
      {"Logstash/9.0.1", "9.0.1"},
      {"elasticsearch-py/9.5.1 (Python/3.11.2; elastic-transport/9.4.2)", "8.19.0"},
      {"Vector/0.40.0 (x86_64-unknown-linux-gnu)", "8.19.0"},
      {"Filebeat/x", "8.19.0"},
      {"Filebeat/8.15", "8.19.0"},
      {"Filebeat/8888.1.1", "8.19.0"},
      {"", "8.19.0"},
  };
  for (const auto& [agent, version] : cases) EXPECT_EQ(elastic_version_for(agent), version) << agent;
}

}  // namespace
}  // namespace tripod::serve
