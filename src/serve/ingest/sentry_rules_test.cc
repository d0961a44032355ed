#include "serve/ingest/sentry_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tripod::serve {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr base::UnixNanos kMinute = base::kNanosPerMinute;
constexpr base::UnixNanos kNow = 1'795'365'477'000'000'000 / kMinute * kMinute + 26 * base::kNanosPerSecond;

class BatchBuilder {
 public:
  model::ErrorEvent& error(std::string_view type = "ValueError", std::string_view value = "bad amount") {
    model::ErrorEvent event{.platform = "python", .release = "abc123"};
    const model::Exception exception{.type = type, .value = value};
    event.exceptions = batch.arena.copy_array(std::span<const model::Exception>(&exception, 1));
    batch.errors.push_back(event);
    return batch.errors.back();
  }
  void transaction(std::string_view name, uint8_t trace) {
    model::Span root{.name = name, .kind = model::SpanKind::kServer}, child{.name = "SELECT", .kind = model::SpanKind::kClient};
    root.trace_id.bytes[0] = child.trace_id.bytes[0] = trace;
    batch.spans.push_back(root);
    batch.spans.push_back(child);
  }
  // "filtered_release 1, ..."
  std::string rejected() const {
    std::string out;
    for (const model::Rejection& one : batch.rejections) out += (out.empty() ? "" : ", ") + one.reason + " " + std::to_string(one.count);
    return out;
  }
  model::Batch batch;
};

TEST(SentryFiltersTest, NothingIsFilteredUnlessSaid) {
  BatchBuilder b;
  b.error().request_url = "http://localhost:8000/";
  b.transaction("GET /healthz", 1);
  filter_batch({}, b.batch);
  EXPECT_THAT(b.batch.errors, SizeIs(1));
  EXPECT_THAT(b.batch.spans, SizeIs(2));
  EXPECT_EQ(b.rejected(), "");
}

TEST(SentryFiltersTest, ReleasesAndMessages) {
  BatchBuilder b;
  b.error();
  b.error().release = "0.9.1";
  b.error("OSError", "disk full");
  b.error().message = "retry later";
  filter_batch({.releases = {"0.9*"}, .messages = {"OSError: disk*", "retry ?????"}}, b.batch);
  EXPECT_THAT(b.batch.errors, SizeIs(1));
  EXPECT_THAT(b.rejected(), HasSubstr("filtered_release 1"));
  EXPECT_THAT(b.rejected(), HasSubstr("filtered_message 2"));
}

TEST(SentryFiltersTest, HealthChecksGoWithAllTheirSpans) {
  BatchBuilder b;
  b.transaction("GET /healthz/", 1);
  b.transaction("GET /orders", 2);
  b.transaction("/api/ping", 3);
  b.transaction("/shopping", 4);
  filter_batch({.health_checks = true}, b.batch);
  EXPECT_THAT(b.batch.spans, SizeIs(4));
  EXPECT_EQ(b.rejected(), "filtered_health_check 4");
}

TEST(SentryFiltersTest, BrowsersAndLocalhost) {
  BatchBuilder b;
  b.error().request_url = "http://127.0.0.1:8000/x";
  b.error().request_url = "http://localhost.example.com/";
  model::ErrorEvent& script = b.error("TypeError", "x is undefined");
  script.platform = "javascript";
  const model::Frame frame{.abs_path = "chrome-extension://abcdef/content.js"};
  script.exceptions[0].frames = b.batch.arena.copy_array(std::span<const model::Frame>(&frame, 1));
  const model::Attribute agent{"user_agent.original", model::Value::string("Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko")};
  b.error().attributes = b.batch.arena.copy_array(std::span<const model::Attribute>(&agent, 1));
  filter_batch({.localhost = true, .browser_extensions = true, .legacy_browsers = true}, b.batch);
  ASSERT_THAT(b.batch.errors, SizeIs(1));
  EXPECT_EQ(b.batch.errors[0].request_url, "http://localhost.example.com/");
  EXPECT_THAT(b.rejected(), HasSubstr("filtered_localhost 1"));
  EXPECT_THAT(b.rejected(), HasSubstr("filtered_browser_extension 1"));
  EXPECT_THAT(b.rejected(), HasSubstr("filtered_legacy_browser 1"));
}

TEST(SentryLimitsTest, AWindowHasItsNumberAndTheHeaderSaysHowLong) {
  SentryLimits limits;
  limits.set(*SentryLimits::parse({"error=3/1m"}));
  BatchBuilder b;
  for (int i = 0; i < 2; ++i) b.error();
  EXPECT_EQ(limits.take(1, "k", kNow, b.batch).header, "");
  for (int i = 0; i < 3; ++i) b.error();
  const auto verdict = limits.take(1, "k", kNow, b.batch);  // 5 more, of which one is let through
  EXPECT_EQ(verdict.header, "34:error;default;security:key:error_limit");
  EXPECT_EQ(verdict.retry_after, 34);
  EXPECT_EQ(verdict.refused, 4u);
  EXPECT_THAT(b.batch.errors, SizeIs(1));
  EXPECT_EQ(b.rejected(), "rate_limited 4");
  // Another key has its own number, and a minute later there is room again.
  EXPECT_EQ(limits.take(1, "other", kNow, b.batch).refused, 0u);
  EXPECT_EQ(limits.take(1, "k", kNow + kMinute, b.batch).refused, 0u);
}

TEST(SentryLimitsTest, EachCategoryBySomeOfItsNames) {
  SentryLimits limits;
  limits.set(*SentryLimits::parse({"trace_metric=1/1h", "profile=1/1h", "monitor=1/1h", "transaction=2/1h"}));
  BatchBuilder b;
  b.error();
  b.transaction("GET /", 1);
  b.batch.items.check_ins.resize(2);
  b.batch.items.attachments = {{.kind = model::Attachment::Kind::kProfile}, {.kind = model::Attachment::Kind::kAttachment}, {.kind = model::Attachment::Kind::kProfileChunk}};
  const auto verdict = limits.take(1, "k", kNow, b.batch);
  EXPECT_EQ(verdict.refused, 2u);
  EXPECT_THAT(verdict.header, HasSubstr(":profile_chunk;profile;"));
  EXPECT_THAT(verdict.header, HasSubstr(":monitor:key:"));
  EXPECT_THAT(verdict.header, HasSubstr(":transaction;span:key:"));
  EXPECT_THAT(b.batch.errors, SizeIs(1));
  EXPECT_THAT(b.batch.spans, SizeIs(2));
  EXPECT_THAT(b.batch.items.check_ins, SizeIs(1));
  EXPECT_THAT(b.batch.items.attachments, SizeIs(2));
}

TEST(SentryLimitsTest, WhatIsNoLimit) {
  for (const char* text : {"error", "error=1", "error/1m", "error=0/1m", "error=x/1m", "error=1/0s", "error=1/2d", "errors=1/1m", "error=1/"}) {
    EXPECT_FALSE(SentryLimits::parse({text})) << text;
  }
  SentryLimits limits;
  limits.set(*SentryLimits::parse({}));
  BatchBuilder b;
  b.error();
  EXPECT_EQ(limits.take(1, "k", kNow, b.batch).header, "");
}

}  // namespace
}  // namespace tripod::serve
