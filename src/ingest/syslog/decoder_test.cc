#include "ingest/syslog/decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "ingest/testing/batch_check.h"
#include "ingest/testing/batch_text.h"
#include "ingest/testing/corpus.h"

namespace tripod::ingest::syslog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Options options() {
  Options out;
  out.received = base::parse_rfc3339("2026-11-22T16:45:00Z").value();
  return out;
}

std::shared_ptr<const std::string> shared(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

model::Batch decoded(std::string body, const Options& o = options()) {
  model::Batch batch;
  const auto result = decode(shared(std::move(body)), o, "192.0.2.7", batch);
  EXPECT_TRUE(result) << result.error().message;
  testing::check_batch(batch);
  return batch;
}

std::vector<std::string> bodies(const model::Batch& batch) {
  std::vector<std::string> out;
  for (const auto& log : batch.logs) out.emplace_back(log.body.text());
  return out;
}

std::string_view resource_text(const model::Batch& batch, size_t log, std::string_view key) {
  return model::find_text(batch.resources[batch.logs[log].resource].attributes, key);
}

// What rsyslog sent, by newline and octet-counted.
TEST(SyslogDecoderTest, Recorded) {
  for (const char* name : {"rsyslog_newline", "rsyslog_octet_counted"}) {
    model::Batch batch;
    ASSERT_TRUE(decode(testing::corpus_file(std::string("syslog/") + name + ".raw"), options(),
                       "192.0.2.7", batch));
    EXPECT_EQ(batch.rejected_count(), 0u);
    testing::expect_golden(std::string("syslog/") + name + ".expected", testing::batch_text(batch));
  }
}

TEST(SyslogDecoderTest, EveryPartHasItsField) {
  const auto batch = decoded(
      "<165>1 2026-11-22T16:44:39.5Z web-1 djzen 8710 ID47 [origin@32473 ip=\"10.0.0.1\" "
      "q=\"a\\\"b\\nc\"]"
      "[otel trace_id=\"0af7651916cd43dd8448eb211c80319c\" span_id=\"00f067aa0ba902b7\"] hello");
  EXPECT_EQ(testing::batch_text(batch), R"(resource 0
    service.name = "djzen"
    host.name = "web-1"
log "hello" resource 0 scope 0
  time: 1795365879500000000 observed 1795365900000000000
  severity: 10 "info"
  trace_id: 0af7651916cd43dd8448eb211c80319c
  span_id: 00f067aa0ba902b7
    syslog.facility = "local4"
    process.pid = int 8710
    syslog.msgid = "ID47"
    syslog.structured_data.origin@32473.ip = "10.0.0.1"
    syslog.structured_data.origin@32473.q = "a\"b\\nc"
)");
}

TEST(SyslogDecoderTest, SeveritiesAndFacilities) {
  const auto batch = decoded("<0>a\n<3>b\n<12>c\n<86>d\n<191>e\nf\n");
  std::vector<std::string> texts;
  for (const auto& log : batch.logs) {
    texts.push_back(std::string(log.severity_text) + " " +
                    std::string(model::find_text(log.attributes, "syslog.facility")));
  }
  EXPECT_THAT(texts, ElementsAre("fatal kern", "error kern", "warn user", "info authpriv",
                                 "debug local7", " "));
}

TEST(SyslogDecoderTest, WhatAMessageDoesNotSayTheListenerDoes) {
  Options o = options();
  o.service = "network";
  o.environment = "production";
  const auto batch = decoded("<13>no header\n<13>Oct 11 22:14:15 sw1 lldpd: named\n", o);
  EXPECT_EQ(resource_text(batch, 0, "host.name"), "192.0.2.7");
  EXPECT_EQ(resource_text(batch, 0, "service.name"), "network");
  EXPECT_EQ(resource_text(batch, 1, "host.name"), "sw1");
  EXPECT_EQ(resource_text(batch, 1, "service.name"), "lldpd");
  for (size_t i : {0, 1})
    EXPECT_EQ(resource_text(batch, i, "deployment.environment.name"), "production");
  EXPECT_EQ(batch.logs[0].time, 0);
  EXPECT_EQ(batch.logs[0].observed_time, o.received);
}

TEST(SyslogDecoderTest, MessagesOfOneSourceShareAResource) {
  const auto batch = decoded("<13>1 - h a 1 - - x\n<13>1 - h b 2 - - x\n<13>1 - h a 3 - - x\n");
  EXPECT_EQ(batch.resources.size(), 2u);
  EXPECT_EQ(batch.logs[0].resource, batch.logs[2].resource);
}

TEST(SyslogDecoderTest, AProcessThatIsNoNumber) {
  const auto batch = decoded("<13>1 - h a worker-3 - - x\n<13>1 - h a 99999999999 - - x\n");
  for (const auto& log : batch.logs) {
    EXPECT_NE(model::find_text(log.attributes, "syslog.procid"), "");
    EXPECT_EQ(model::find_attribute(log.attributes, "process.pid"), nullptr);
  }
}

TEST(SyslogDecoderTest, BadFramesAreRejectedAndTheRestIsKept) {
  const auto batch = decoded("<13>first\n" + std::string(kMostMessageBytes + 1, 'x') +
                             "\n9 <13>third\n<13>caf\xe9\n70 <13>cut");
  EXPECT_THAT(bodies(batch), ElementsAre("first", "third", "caf\xef\xbf\xbd"));
  ASSERT_EQ(batch.rejections.size(), 2u);
  EXPECT_EQ(batch.rejections[0].reason, "message_too_long");
  EXPECT_THAT(batch.rejections[0].detail, HasSubstr("1048577 bytes"));
  EXPECT_EQ(batch.rejections[1].reason, "incomplete_frame");
}

TEST(SyslogDecoderTest, AttributesOfAMessageAreBounded) {
  std::string message = "<13>1 - h a - - [id";
  for (int i = 0; i < 5000; ++i) message += " p" + std::to_string(i) + "=\"v\"";
  const auto batch = decoded(message + "] x");
  ASSERT_EQ(batch.logs.size(), 1u);
  EXPECT_EQ(batch.logs[0].attributes.size(), 1001u);
  EXPECT_EQ(batch.logs[0].attributes.back().value, model::Value::int64(4001));
}

TEST(SyslogDecoderTest, MemoryIsBounded) {
  std::string lines;
  for (int i = 0; i < 20'000; ++i) lines += "x\n";
  model::Batch batch;
  const auto result =
      decode(shared(lines), options(), "192.0.2.7", batch, {.decoded_bytes = 100'000});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::Code::kTooLarge);
  EXPECT_LT(batch.logs.size(), 2000u);
}

TEST(SyslogDecoderTest, CutAnywhereNothingBreaks) {
  const auto whole = testing::corpus_file("syslog/rsyslog_octet_counted.raw");
  for (size_t length = 0; length < whole->size(); ++length) {
    const auto batch = decoded(whole->substr(0, length));
    EXPECT_LE(batch.rejected_count(), 1u);
  }
}

}  // namespace
}  // namespace tripod::ingest::syslog
