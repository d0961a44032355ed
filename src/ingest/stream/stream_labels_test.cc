#include "ingest/stream/stream_labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tripod::ingest {
namespace {

using ::testing::ElementsAre;

// All but the marks.
std::vector<std::string> attributes(const std::vector<model::Label>& labels) {
  base::Arena arena;
  std::vector<std::string> out;
  for (const auto& a : stream_attributes(labels, arena)) {
    if (a.key.starts_with(kStreamLabelPrefix)) continue;
    out.push_back(std::string(a.key) + "=" + std::string(a.value.text()));
  }
  return out;
}

std::vector<std::string> marks(const std::vector<model::Label>& labels) {
  base::Arena arena;
  std::vector<std::string> out;
  for (const auto& a : stream_attributes(labels, arena)) {
    if (a.key.starts_with(kStreamLabelPrefix) && a.value == model::Value::boolean(true)) {
      out.emplace_back(a.key);
    }
  }
  return out;
}

TEST(StreamLabelsTest, TheServiceIsFoundUnderItsManyNames) {
  EXPECT_THAT(attributes({{"service_name", "shop"}}), ElementsAre("service.name=shop"));
  EXPECT_THAT(attributes({{"app", "shop"}}), ElementsAre("app=shop", "service.name=shop"));
  EXPECT_THAT(attributes({{"job", "j"}, {"service", "s"}, {"app", "a"}}),
              ElementsAre("job=j", "service=s", "app=a", "service.name=s"));
  EXPECT_THAT(attributes({{"service.name", "x"}, {"app", "a"}}),
              ElementsAre("service.name=x", "app=a"));
}

TEST(StreamLabelsTest, HostAndEnvironmentToo) {
  EXPECT_THAT(attributes({{"env", "prod"}, {"hostname", "web-1"}, {"empty", ""}}),
              ElementsAre("env=prod", "hostname=web-1", "deployment.environment.name=prod",
                          "host.name=web-1"));
}

TEST(StreamLabelsTest, EachLabelThatCameIsMarked) {
  EXPECT_THAT(marks({{"service_name", "shop"}, {"env", "prod"}, {"empty", ""}}),
              ElementsAre("stream.label.service_name", "stream.label.env"));
  EXPECT_THAT(marks({}), ElementsAre());
}

TEST(StreamLabelsTest, TheSeverityOfAStream) {
  const std::vector<model::Label> labels{{"detected_level", "info"}, {"level", "warn"}};
  EXPECT_EQ(stream_severity(labels), "warn");
  EXPECT_EQ(stream_severity({}), "");
}

}  // namespace
}  // namespace tripod::ingest
