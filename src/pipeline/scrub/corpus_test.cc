// What real SDKs sent, decoded and scrubbed: none of the secrets in it is left anywhere.
#include "ingest/testing/corpus.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/time_text.h"
#include "ingest/sentry/decode.h"
#include "pipeline/scrub/scrubber.h"

namespace tripod::pipeline::scrub {
namespace {

// Every text of a batch that would be stored, one after the other.
class Everything {
 public:
  explicit Everything(const model::Batch& batch) {
    for (const auto& resource : batch.resources) add(resource.attributes);
    for (const auto& span : batch.spans) add(span);
    for (const auto& event : batch.errors) add(event);
  }
  std::string text;

 private:
  void add(std::string_view piece) { text.append(piece).push_back('\n'); }
  void add(std::span<const model::Attribute> attributes) {
    for (const auto& attribute : attributes) {
      add(attribute.key);
      add(attribute.value.text());
    }
  }
  void add(const model::Span& span) {
    add(span.name);
    add(span.status_message);
    add(span.attributes);
    for (const auto& event : span.events) add(event.attributes);
  }
  void add(const model::ErrorEvent& event) {
    add(event.payload);
    for (const std::string_view member : {event.message, event.message_template, event.transaction,
                                          event.request_url, event.user_id}) {
      add(member);
    }
    add(event.tags);
    add(event.attributes);
    for (const auto& exception : event.exceptions) {
      add(exception.value);
      for (const auto& frame : exception.frames) add(frame.context_line);
    }
  }
};

std::string after_scrubbing(const std::string& name) {
  ingest::sentry::SentryContext context;
  context.project = 1;
  context.service_name = "shop";
  context.received_time = *base::parse_rfc3339("2026-11-22T16:50:00Z");
  model::Batch batch;
  const auto decoded = ingest::sentry::decode_envelope(
      ingest::testing::corpus_file("sentry/" + name + ".envelope"), context, batch);
  EXPECT_TRUE(decoded);
  Scrubber().scrub_batch(batch);
  EXPECT_TRUE(batch.rejections.empty());
  return Everything(batch).text;
}

TEST(Corpus, NoSecretIsLeft) {
  size_t found_before = 0;
  for (const char* name : {"node-event-checkout", "python-event-checkout", "python-event-locals",
                           "python-event-order"}) {
    const std::string raw =
        *ingest::testing::corpus_file("sentry/" + std::string(name) + ".envelope");
    const std::string text = after_scrubbing(name);
    for (const char* secret :
         {"hunter2-secret", "4111111111111111", "abc123secret", "\"cvv\":\"123\"", "'123'"}) {
      found_before += raw.find(secret) != std::string::npos ? 1 : 0;
      EXPECT_EQ(text.find(secret), std::string::npos) << secret << " in " << name;
    }
  }
  EXPECT_GE(found_before, 8u) << "the recordings must hold what the test looks for";
}

TEST(Corpus, WhatIsNoSecretStays) {
  const std::string event = after_scrubbing("python-event-checkout");
  for (const char* kept : {"payment gateway refused card ending 1111 for c1@example.com",
                           "    password = form.get(\\\"password\\\")", "django.core.handlers.base",
                           "/srv/djzen/app/shop/views.py", "\"card_last4\":\"'1111'\"",
                           "\"opentelemetry-sdk\":\"1.45.1\""}) {
    EXPECT_NE(event.find(kept), std::string::npos) << kept;
  }
  const std::string spans =
      after_scrubbing("python-transaction-http") + after_scrubbing("node-span-stream");
  for (const char* kept :
       {"http.server", "auto.http.express", "MainThread", "140090932965440", "GET /"}) {
    EXPECT_NE(spans.find(kept), std::string::npos) << kept;
  }
}

}  // namespace
}  // namespace tripod::pipeline::scrub
