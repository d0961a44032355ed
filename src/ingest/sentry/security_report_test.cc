#include "ingest/sentry/security_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tripod::ingest::sentry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class SecurityReportTest : public testing::Test {
 protected:
  // The reason why it is not taken, or nothing.
  std::string decode(const std::string& json) {
    const auto taken = decode_reports(json, context_, parser_, batch_);
    return taken ? std::string() : std::string(taken.error().reason);
  }
  const model::ErrorEvent& last() { return batch_.errors.back(); }

  const SentryContext context_{.project = 7, .public_key = {}, .service_name = "shop", .received_time = 1'795'366'200 * base::kNanosPerSecond, .release = "abc123", .environment = "production"};
  JsonParser parser_;
  model::Batch batch_;
};

TEST_F(SecurityReportTest, APolicyIsGroupedByDirectiveAndBlockedHost) {
  ASSERT_EQ(decode(R"({"csp-report":{"document-uri":"https://shop.example.com/cart","referrer":"","violated-directive":"script-src 'self' https://cdn.example.com","effective-directive":"script-src",
    "original-policy":"default-src 'self'; report-uri /x","blocked-uri":"https://evil.example.net/x.js?a=1","status-code":200}})"), "");
  const model::ErrorEvent& event = last();
  EXPECT_EQ(event.message, "Blocked 'script' from 'evil.example.net'");
  EXPECT_THAT(event.fingerprint, ElementsAre("csp", "script-src", "evil.example.net"));
  EXPECT_EQ(event.logger, "csp");
  EXPECT_EQ(event.request_url, "https://shop.example.com/cart");
  EXPECT_EQ(event.release, "abc123");
  EXPECT_EQ(event.environment, "production");
  EXPECT_THAT(event.payload, HasSubstr(R"("csp":{"document-uri")"));
  EXPECT_FALSE(event.event_id.empty());
}

TEST_F(SecurityReportTest, AListOfReports) {
  ASSERT_EQ(decode(R"([{"type":"csp-violation","age":5,"url":"https://shop/","user_agent":"x","body":{"documentURL":"https://shop/","blockedURL":"inline","effectiveDirective":"style-src-elem","lineNumber":3}},
    {"type":"csp-violation","body":{"documentURL":"https://shop/","blockedURL":"https://shop/a.png","effectiveDirective":"img-src","disposition":{"a":[1]}}},
    {"type":"deprecation","body":{"id":"x"}},{"type":"odd"},7])"), "");
  ASSERT_THAT(batch_.errors, SizeIs(2));
  EXPECT_EQ(batch_.errors[0].message, "Blocked unsafe (eval() or inline) 'style'");
  EXPECT_EQ(batch_.errors[1].message, "Blocked 'image' from 'self'");
  EXPECT_NE(batch_.errors[0].event_id, batch_.errors[1].event_id);
  ASSERT_THAT(batch_.unkept, SizeIs(2));
  EXPECT_EQ(batch_.unkept[0].item, "report deprecation");
  EXPECT_EQ(batch_.unkept[1].item, "report other");
}

TEST_F(SecurityReportTest, CertificatesAndPins) {
  ASSERT_EQ(decode(R"({"expect-ct-report":{"date-time":"2014-04-06T13:00:50Z","hostname":"www.example.com","port":443}})"), "");
  EXPECT_EQ(last().message, "Expect-CT failed for 'www.example.com'");
  ASSERT_EQ(decode(R"({"expect-staple-report":{"hostname":"www.example.com"}})"), "");
  EXPECT_EQ(last().logger, "expect_staple");
  ASSERT_EQ(decode(R"({"date-time":"2014-04-06T13:00:50Z","hostname":"www.example.com","port":443,"known-pins":["pin-sha256=\"x\""]})"), "");
  EXPECT_EQ(last().logger, "hpkp");
}

TEST_F(SecurityReportTest, TheSameTextIsAnotherReportEachTime) {
  const std::string list = R"([{"type":"csp-violation","body":{"blockedURL":"eval","effectiveDirective":"script-src"}},{"type":"csp-violation","body":{"blockedURL":"eval","effectiveDirective":"script-src"}}])";
  ASSERT_EQ(decode(list), "");
  ASSERT_THAT(batch_.errors, SizeIs(2));
  EXPECT_NE(batch_.errors[0].event_id, batch_.errors[1].event_id);
}

TEST_F(SecurityReportTest, WhatIsNone) {
  EXPECT_EQ(decode("{}"), "invalid_report");
  EXPECT_EQ(decode(R"({"csp-report":{}})"), "invalid_report");
  EXPECT_EQ(decode(R"({"csp-report":"x"})"), "invalid_report");
  EXPECT_EQ(decode(R"({"hostname":"x"})"), "invalid_report");
  EXPECT_EQ(decode("[]"), "invalid_report");
  EXPECT_EQ(decode("{"), "invalid_json");
  EXPECT_EQ(decode(std::string(kMostReportListBytes + 1, ' ')), "too_large");
  EXPECT_THAT(batch_.errors, IsEmpty());
}

TEST(BlockedByTest, HostSchemeOrTheSiteItself) {
  EXPECT_EQ(blocked_by("https://a.example.com:8443/x?y#z", "https://b.example.com/"), "a.example.com:8443");
  EXPECT_EQ(blocked_by("https://user:pw@a.example.com/", ""), "a.example.com");
  EXPECT_EQ(blocked_by("https://a.example.com/x", "https://a.example.com/y"), "self");
  EXPECT_EQ(blocked_by("data", ""), "data");
  EXPECT_EQ(blocked_by("blob:https", ""), "blob");
  EXPECT_EQ(blocked_by("", ""), "self");
}

}  // namespace
}  // namespace tripod::ingest::sentry
