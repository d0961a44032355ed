#include "ingest/sentry/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "ingest/sentry/decode.h"

namespace tripod::ingest::sentry {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class ReportTest : public testing::Test {
 protected:
  void decode(const std::string& envelope) {
    const SentryContext context{.project = 7, .public_key = {}, .service_name = "shop", .received_time = 1'795'366'200 * base::kNanosPerSecond};
    ASSERT_TRUE(decode_envelope(std::make_shared<const std::string>(envelope), context, batch_));
  }
  std::string rejected() const {
    std::string out;
    for (const model::Rejection& one : batch_.rejections) out += (out.empty() ? "" : ", ") + one.reason;
    return out;
  }
  model::Batch batch_;
};

TEST_F(ReportTest, AClientReportSaysWhatWasNotSent) {
  decode("{}\n{\"type\":\"client_report\"}\n{\"timestamp\":1795366200,\"discarded_events\":[{\"reason\":\"ratelimit_backoff\",\"category\":\"error\",\"quantity\":412},"
         "{\"reason\":\"Bad Reason!\",\"category\":\"transaction\",\"quantity\":2},{\"reason\":\"x\",\"category\":\"error\",\"quantity\":-1},7],"
         "\"rate_limited_events\":[{\"reason\":\"org_quota\",\"category\":\"error\",\"quantity\":1}]}\n");
  EXPECT_EQ(rejected(), "");
  const auto& reports = batch_.items.client_reports;
  ASSERT_THAT(reports, SizeIs(3));
  EXPECT_EQ(reports[0].reason, "ratelimit_backoff");
  EXPECT_EQ(reports[0].category, "error");
  EXPECT_EQ(reports[0].quantity, 412u);
  EXPECT_EQ(reports[0].project, 7u);
  EXPECT_EQ(reports[1].reason, "other");
  EXPECT_EQ(reports[2].reason, "org_quota");
}

TEST_F(ReportTest, FeedbackOfBothKinds) {
  decode("{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\"}\n"
         "{\"type\":\"feedback\"}\n{\"type\":\"feedback\",\"contexts\":{\"feedback\":{\"message\":\"Nice\",\"name\":\"Ann\",\"contact_email\":\"ann@example.com\",\"url\":\"http://shop/\","
         "\"source\":\"widget\",\"associated_event_id\":\"83a7c03ed0a04e1b97e2e3b18d38f244\"}}}\n"
         "{\"type\":\"user_report\"}\n{\"event_id\":\"83a7c03ed0a04e1b97e2e3b18d38f244\",\"name\":\"Bob\",\"email\":\"bob@example.com\",\"comments\":\"It broke\"}\n");
  EXPECT_EQ(rejected(), "");
  const auto& feedback = batch_.items.feedback;
  ASSERT_THAT(feedback, SizeIs(2));
  EXPECT_EQ(feedback[0].message, "Nice");
  EXPECT_EQ(feedback[0].email, "ann@example.com");
  EXPECT_EQ(feedback[0].id.hex(), "9ec79c33ec9942ab8353589fcb2e04dc");
  EXPECT_EQ(feedback[0].event_id.hex(), "83a7c03ed0a04e1b97e2e3b18d38f244");
  EXPECT_EQ(feedback[1].message, "It broke");
  EXPECT_EQ(feedback[1].id, feedback[1].event_id);
}

TEST_F(ReportTest, FilesAndProfilesStayAsTheyAre) {
  decode(std::string("{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\"}\n"
                     "{\"type\":\"attachment\",\"length\":4,\"filename\":\"a\\u00e4.bin\",\"content_type\":\"application/x-dump\",\"attachment_type\":\"event.minidump\"}\n") +
         std::string("\0\n\xff\x01", 4) +
         "\n{\"type\":\"profile\"}\n{\"version\":\"1\"}\n{\"type\":\"profile_chunk\",\"platform\":\"python\"}\n{\"version\":\"2\"}\n{\"type\":\"attachment\"}\n\n");
  EXPECT_EQ(rejected(), "");
  const auto& files = batch_.items.attachments;
  ASSERT_THAT(files, SizeIs(4));
  EXPECT_EQ(files[0].bytes, std::string_view("\0\n\xff\x01", 4));
  EXPECT_EQ(files[0].name, "a\xc3\xa4.bin");
  EXPECT_EQ(files[0].attachment_type, "event.minidump");
  EXPECT_EQ(files[0].event_id.hex(), "9ec79c33ec9942ab8353589fcb2e04dc");
  EXPECT_EQ(files[1].kind, model::Attachment::Kind::kProfile);
  EXPECT_EQ(files[2].kind, model::Attachment::Kind::kProfileChunk);
  EXPECT_EQ(files[3].name, "attachment");
  EXPECT_EQ(files[3].bytes, "");
  // They outlive the body that they came in.
  ASSERT_THAT(batch_.bodies, SizeIs(1));
}

TEST_F(ReportTest, WhatIsNone) {
  decode("{}\n{\"type\":\"client_report\"}\n{\"discarded_events\":[]}\n{\"type\":\"user_report\"}\n{\"comments\":\"x\"}\n{\"type\":\"feedback\"}\n{\"contexts\":[]}\n"
         "{\"type\":\"profile\"}\n[1]\n{\"type\":\"client_report\"}\nnull\n");
  EXPECT_EQ(rejected(), "invalid_client_report, invalid_feedback, invalid_feedback, not_an_object, not_an_object");
  EXPECT_TRUE(batch_.items.empty());
}

TEST_F(ReportTest, LongTextIsCutBetweenCharacters) {
  std::string message;
  for (int i = 0; i < 5000; ++i) message += "\xc3\xa4";
  decode("{}\n{\"type\":\"user_report\"}\n{\"event_id\":\"83a7c03ed0a04e1b97e2e3b18d38f244\",\"comments\":\"x" + message + "\"}\n");
  ASSERT_THAT(batch_.items.feedback, SizeIs(1));
  const std::string& kept = batch_.items.feedback[0].message;
  EXPECT_EQ(kept.size(), 4095u);
  EXPECT_EQ(kept.substr(kept.size() - 2), "\xc3\xa4");
}

}  // namespace
}  // namespace tripod::ingest::sentry
