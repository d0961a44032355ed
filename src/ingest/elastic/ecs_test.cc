#include "ingest/elastic/ecs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tripod::ingest::elastic {
namespace {

using model::Attribute;
using model::Value;
using ::testing::ElementsAre;

std::vector<std::string> renamed(std::vector<Attribute> fields) {
  static base::Arena arena;
  rename_fields(fields, arena);
  std::vector<std::string> out;
  for (const Attribute& a : fields) out.push_back(std::string(a.key) + "=" + std::string(a.value.text()));
  return out;
}

TEST(EcsTest, FieldsGetOpenTelemetrysNames) {
  EXPECT_THAT(renamed({{"error.type", Value::string("ValueError")},
                       {"error.message", Value::string("boom")},
                       {"service.environment", Value::string("prod")},
                       {"kubernetes.labels.app", Value::string("shop")},
                       {"kubernetes.pod.name", Value::string("web-1")},
                       {"order_id", Value::string("12")}}),
              ElementsAre("exception.type=ValueError", "exception.message=boom", "deployment.environment.name=prod",
                          "k8s.pod.label.app=shop", "k8s.pod.name=web-1", "order_id=12"));
}

TEST(EcsTest, ATakenNameIsNotTakenTwice) {
  EXPECT_THAT(renamed({{"host.hostname", Value::string("a")}, {"host.name", Value::string("a")}}), ElementsAre("host.name=a"));
  EXPECT_THAT(renamed({{"host.hostname", Value::string("a")}, {"host.name", Value::string("b")}}),
              ElementsAre("host.hostname=a", "host.name=b"));
  EXPECT_THAT(renamed({{"hostname", Value::string("a")}, {"host", Value::string("b")}}), ElementsAre("host.name=a", "host=b"));
  EXPECT_THAT(renamed({{"hostname", Value::string("a")}, {"host", Value::string("a")}}), ElementsAre("host.name=a"));
}

TEST(EcsTest, SendersFieldsAreTold) {
  for (const char* name : {"service.name", "host.name", "k8s.pod.label.app", "agent.version", "cloud.region", "container.id"}) {
    EXPECT_TRUE(is_of_resource(name)) << name;
  }
  for (const char* name : {"logger", "request_id", "http.request.method", "log.file.path", "process.pid", "hostile", "service"}) {
    EXPECT_FALSE(is_of_resource(name)) << name;
  }
}

}  // namespace
}  // namespace tripod::ingest::elastic
