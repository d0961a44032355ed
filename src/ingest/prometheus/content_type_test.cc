#include "ingest/prometheus/content_type.h"

#include <gtest/gtest.h>

#include <string>

namespace tripod::ingest::prometheus {
namespace {

std::string scrape(std::string_view content_type, std::optional<TextFormat> fallback = {}) {
  auto format = classify_scrape(content_type, fallback);
  if (!format) return format.error().message;
  const char* kNames[] = {"0.0.4", "1.0.0", "OpenMetrics 0.0.1", "OpenMetrics 1.0.0"};
  return kNames[static_cast<size_t>(*format)];
}

TEST(ContentType, TextFormats) {
  EXPECT_EQ(scrape("text/plain; version=1.0.0; charset=utf-8"), "1.0.0");
  EXPECT_EQ(scrape("text/plain;version=0.0.4"), "0.0.4");
  EXPECT_EQ(scrape("Text/Plain; Version=\"1.0.0\"; escaping=allow-utf-8"), "1.0.0");
  EXPECT_EQ(scrape("text/plain"), "0.0.4");
  EXPECT_EQ(scrape("application/openmetrics-text; version=1.0.0; charset=utf-8"), "OpenMetrics 1.0.0");
  EXPECT_EQ(scrape("application/openmetrics-text"), "OpenMetrics 0.0.1");
}

TEST(ContentType, WhatAScrapeAsksFor) {
  EXPECT_EQ(scrape_accept({}),
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
            "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1");
}

TEST(ContentType, MissingOrUnknownFailsUnlessThereIsAFallback) {
  EXPECT_EQ(scrape("text/html; charset=utf-8"), "unsupported content type text/html");
  EXPECT_NE(scrape("").find("no content type"), std::string::npos);
  EXPECT_EQ(scrape("text/html", TextFormat::kText0_0_4), "0.0.4");
  EXPECT_EQ(scrape("", TextFormat::kText1_0_0), "1.0.0");
}

TEST(ContentType, FormatsThatAreNotReadAreUnsupportedEvenWithAFallback) {
  auto format = classify_scrape("application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily", TextFormat::kText0_0_4);
  ASSERT_FALSE(format.has_value());
  EXPECT_EQ(format.error().code, base::Code::kUnsupported);
}

TEST(ContentType, ScrapeProtocols) {
  EXPECT_EQ(parse_scrape_protocol("PrometheusText1.0.0").value(), TextFormat::kText1_0_0);
  EXPECT_EQ(parse_scrape_protocol("PrometheusText0.0.4").value(), TextFormat::kText0_0_4);
  EXPECT_EQ(parse_scrape_protocol("OpenMetricsText1.0.0").value(), TextFormat::kOpenMetrics1_0_0);
  EXPECT_EQ(parse_scrape_protocol("PrometheusProto").error().code, base::Code::kUnsupported);
  EXPECT_EQ(parse_scrape_protocol("nonsense").error().code, base::Code::kInvalidArgument);
}

TEST(ContentType, RemoteWriteVersions) {
  EXPECT_EQ(classify_remote_write("application/x-protobuf"), RemoteWriteVersion::kV1);
  EXPECT_EQ(classify_remote_write("application/x-protobuf;proto=prometheus.WriteRequest"),
            RemoteWriteVersion::kV1);
  EXPECT_EQ(classify_remote_write("application/x-protobuf;proto=io.prometheus.write.v2.Request"),
            RemoteWriteVersion::kV2);
  EXPECT_EQ(classify_remote_write("application/x-protobuf;proto=other"),
            RemoteWriteVersion::kUnknown);
  EXPECT_EQ(classify_remote_write("application/json"), RemoteWriteVersion::kUnknown);
  EXPECT_EQ(classify_remote_write(""), RemoteWriteVersion::kUnknown);
}

}  // namespace
}  // namespace tripod::ingest::prometheus
