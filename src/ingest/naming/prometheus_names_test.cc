#include "ingest/naming/prometheus_names.h"

#include <gtest/gtest.h>

#include <limits>

namespace tripod::ingest::naming {
namespace {

TEST(MetricNameTest, FollowsPrometheusRules) {
  struct Case {
    const char* name;
    const char* unit;
    MetricKind kind;
    const char* expected;
  };
  const Case cases[] = {
      {"http.client.duration", "ms", MetricKind::kOther, "http_client_duration_milliseconds"},
      {"http.server.request.duration", "s", MetricKind::kOther,
       "http_server_request_duration_seconds"},
      {"process.cpu.time", "s", MetricKind::kMonotonicSum, "process_cpu_time_seconds_total"},
      {"system.io", "By", MetricKind::kMonotonicSum, "system_io_bytes_total"},
      {"memory.bytes", "By", MetricKind::kGauge, "memory_bytes"},
      {"disk.speed", "By/s", MetricKind::kGauge, "disk_speed_bytes_per_second"},
      {"requests", "{request}/s", MetricKind::kGauge, "requests_per_second"},
      {"active", "{request}", MetricKind::kOther, "active"},
      {"usage", "1", MetricKind::kGauge, "usage_ratio"},
      {"usage.ratio", "1", MetricKind::kGauge, "usage_ratio"},
      {"hits", "1", MetricKind::kMonotonicSum, "hits_total"},
      {"total.hits", "", MetricKind::kMonotonicSum, "hits_total"},
      {"cpu", "%", MetricKind::kGauge, "cpu_percent"},
      {"a..b__c", "", MetricKind::kGauge, "a_b_c"},
      {"rule:job:x", "", MetricKind::kGauge, "rule:job:x"},
      {"2xx", "", MetricKind::kMonotonicSum, "_2xx_total"},
      {"temp\u00e9rature", "Cel", MetricKind::kGauge, "temp_rature_celsius"},
      {"custom", "flo/p", MetricKind::kGauge, "custom_flo_per_p"},
      {"...", "s", MetricKind::kGauge, ""},
      {"", "s", MetricKind::kGauge, ""},
  };
  for (const Case& c : cases) EXPECT_EQ(metric_name(c.name, c.unit, c.kind), c.expected) << c.name;
}

TEST(LabelNameTest, FollowsPrometheusRules) {
  EXPECT_EQ(label_name("http.method"), "http_method");
  EXPECT_EQ(label_name("a-b c"), "a_b_c");
  EXPECT_EQ(label_name("1st"), "key_1st");
  EXPECT_EQ(label_name("_x"), "key_x");
  EXPECT_EQ(label_name("__x"), "__x");
  EXPECT_EQ(label_name("gr\u00f6\u00dfe"), "gr__e");
  EXPECT_EQ(label_name(""), "");
}

TEST(BoundTextTest, IsTheShortestDecimalWithoutExponent) {
  EXPECT_EQ(bound_text(0.005), "0.005");
  EXPECT_EQ(bound_text(1), "1");
  EXPECT_EQ(bound_text(7500), "7500");
  EXPECT_EQ(bound_text(10000000), "10000000");
  EXPECT_EQ(bound_text(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(bound_text(-2.5), "-2.5");
  EXPECT_EQ(bound_text(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(bound_text(std::numeric_limits<double>::denorm_min()).size(), 326u);
  EXPECT_EQ(bound_text(std::numeric_limits<double>::max()).size(), 309u);
  EXPECT_EQ(bound_text(-std::numeric_limits<double>::denorm_min()).size(), 327u);
}

}  // namespace
}  // namespace tripod::ingest::naming
