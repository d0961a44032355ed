#include "query/logql/streams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/logql/detected_fields.h"
#include "query/logql/testing/script.h"

namespace tripod::query::logql {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

constexpr int64_t kStart = 1'700'006'400'000'000'000;

std::unique_ptr<testing::ScriptStore> filled() {
  auto store = testing::naive_script_store();
  store::testing::TestBatch shop;
  shop.streams = {{{"stream.label.app", true}, {"app", std::string("shop")}, {"service.name", std::string("shop")}}};
  for (int64_t i = 0; i < 4; ++i) shop.events.push_back({kStart + i * 1'000'000'000, 0, {{"body", std::string(10, 'x')}}});
  store->add(shop);
  store::testing::TestBatch otlp;
  otlp.streams = {{{"service.name", std::string("otlp")}}};
  otlp.events.push_back({kStart, 0, {{"body", std::string("four")}, {"severity_text", std::string("error")}}});
  store->add(otlp);
  return store;
}

TEST(Streams, CountsLinesByLabels) {
  const auto store = filled();
  const auto all = find_streams(store->store(), {{}, {}, {}, 0, {}});
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2u);
  EXPECT_THAT((*all)[0].labels, ElementsAre(Pair("app", "shop"), Pair("service_name", "shop")));
  EXPECT_EQ((*all)[0].lines, 4u);
  EXPECT_THAT((*all)[1].labels, ElementsAre(Pair("level", "error"), Pair("service_name", "otlp")));
  const auto by_service = find_streams(store->store(), {{}, {}, {"service_name"}, 0, {}});
  ASSERT_TRUE(by_service);
  EXPECT_THAT((*by_service)[0].labels, ElementsAre(Pair("service_name", "otlp")));
  const auto selected = find_streams(store->store(), {{{MatchOp::kEqual, "app", "shop"}}, {}, {}, 0, {}});
  ASSERT_TRUE(selected);
  EXPECT_EQ(selected->size(), 1u);
  const auto stepped = find_streams(store->store(), {{}, {kStart, kStart + 4'000'000'000}, {"app"}, 2'000'000'000, {}});
  ASSERT_TRUE(stepped);
  ASSERT_EQ(stepped->size(), 3u);  // of the record without the label, and two buckets
  EXPECT_EQ((*stepped)[2].bucket, kStart + 2'000'000'000);
  EXPECT_EQ((*stepped)[2].lines, 2u);
}

TEST(Streams, MeanBytesOfLines) {
  const auto store = filled();
  const auto means = mean_line_bytes(store->store(), {{}, {}, {"service_name"}, 0, {}});
  ASSERT_TRUE(means);
  EXPECT_EQ(means->at(Labels{{"service_name", "shop"}}), 10);
  EXPECT_EQ(means->at(Labels{{"service_name", "otlp"}}), 4);
}

TEST(DetectedFields, TypesParsersAndPaths) {
  FieldDetector detector;
  Line line;
  line.labels.add_stream("app", "shop");
  line.labels.add_metadata("order_id", "12");
  line.text = R"({"order_id":12,"took":"5ms","user":{"id":7},"app":"inner","ok":true,"share":0.5,"size":"2kB"})";
  detector.add(line);
  line.labels.clear();
  line.labels.add_stream("app", "shop");
  line.text = R"(took=7ms user_id=x)";
  detector.add(line);
  const auto& fields = detector.fields();
  EXPECT_EQ(fields.at("order_id").type, "int");
  EXPECT_TRUE(fields.at("order_id").parsers.empty());
  EXPECT_EQ(fields.at("took").type, "duration");
  EXPECT_THAT(fields.at("took").parsers, ElementsAre("json", "logfmt"));
  EXPECT_EQ(fields.at("took").values.size(), 2u);
  EXPECT_THAT(fields.at("user_id").json_path, ElementsAre("user", "id"));
  EXPECT_EQ(fields.at("user_id").type, "string");
  EXPECT_THAT(fields.at("app_extracted").json_path, ElementsAre("app"));
  EXPECT_EQ(fields.at("ok").type, "boolean");
  EXPECT_EQ(fields.at("share").type, "float");
  EXPECT_EQ(fields.at("size").type, "bytes");
}

}  // namespace
}  // namespace tripod::query::logql
