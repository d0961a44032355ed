#include "ingest/sentry/envelope.h"

#include <gtest/gtest.h>

#include <string>

namespace tripod::ingest::sentry {
namespace {

Envelope parsed(std::string_view body) {
  auto envelope = parse_envelope(body);
  EXPECT_TRUE(envelope) << envelope.error().message << " in " << body;
  return envelope ? std::move(*envelope) : Envelope{};
}

TEST(Envelope, WithLengths) {
  const std::string body =
      "{\"event_id\":\"70a89b6facf44501b1411c5bc1da07dd\",\"sent_at\":\"2026-11-22T16:38:29Z\"}\n"
      "{\"type\":\"event\",\"length\":14,\"content_type\":\"application/"
      "json\"}\n{\"a\":\n\"line2\"}\n"
      "{\"type\":\"attachment\",\"length\":3}\n\r\n\n\n";
  const Envelope envelope = parsed(body);
  EXPECT_FALSE(envelope.broken);
  EXPECT_EQ(envelope.header.event_id, "70a89b6facf44501b1411c5bc1da07dd");
  ASSERT_EQ(envelope.items.size(), 2u);
  EXPECT_EQ(envelope.items[0].type, "event");
  EXPECT_EQ(envelope.items[0].content_type, "application/json");
  EXPECT_EQ(envelope.items[0].payload, "{\"a\":\n\"line2\"}");
  EXPECT_EQ(envelope.items[1].payload, "\r\n\n");
}

TEST(Envelope, WithoutLengthsAndWithoutFinalNewline) {
  const Envelope envelope = parsed(
      "{\"sent_at\":null}\n{\"type\":\"session\"}\n{\"a\":1}\n{\"type\":\"span\",\"item_count\":3}"
      "\n{\"b\":2}");
  EXPECT_FALSE(envelope.broken);
  ASSERT_EQ(envelope.items.size(), 2u);
  EXPECT_EQ(envelope.items[0].payload, "{\"a\":1}");
  EXPECT_EQ(envelope.items[1].payload, "{\"b\":2}");
  EXPECT_EQ(envelope.items[1].item_count, 3u);
}

TEST(Envelope, MixesBothFramings) {
  const Envelope envelope =
      parsed("{}\n{\"type\":\"event\"}\n{}\n{\"type\":\"attachment\",\"length\":5}\na\nb\nc");
  ASSERT_EQ(envelope.items.size(), 2u);
  EXPECT_EQ(envelope.items[1].payload, "a\nb\nc");
}

TEST(Envelope, HeaderOnlyBlankLinesAndByteOrderMark) {
  EXPECT_TRUE(parsed("{}").items.empty());
  EXPECT_TRUE(parsed("{}\n").items.empty());
  EXPECT_TRUE(parsed("{}\n\n\n").items.empty());
  EXPECT_TRUE(parsed("\xef\xbb\xbf{}\r\n\r\n").items.empty());
  const Envelope envelope = parsed("{}\r\n\n \n{\"type\":\"a\"}\r\nx\n\n\n{\"type\":\"b\"}\ny\n\n");
  ASSERT_EQ(envelope.items.size(), 2u);
  EXPECT_EQ(envelope.items[1].payload, "y");
}

TEST(Envelope, ItemHeaderAtTheEndHasAnEmptyPayload) {
  for (const char* body : {"{}\n{\"type\":\"event\"}", "{}\n{\"type\":\"event\"}\n",
                           "{}\n{\"type\":\"event\",\"length\":0}"}) {
    const Envelope envelope = parsed(body);
    ASSERT_EQ(envelope.items.size(), 1u) << body;
    EXPECT_EQ(envelope.items[0].payload, "");
    EXPECT_FALSE(envelope.broken);
  }
}

TEST(Envelope, CutOffItemIsNamedAndTheOthersKept) {
  const Envelope envelope = parsed(
      "{}\n{\"type\":\"session\",\"length\":2}\n{}\n{\"type\":\"event\",\"length\":10}\n{\"a\"");
  ASSERT_EQ(envelope.items.size(), 1u);
  ASSERT_TRUE(envelope.broken);
  EXPECT_EQ(envelope.broken->reason, "truncated_item");
  EXPECT_EQ(envelope.broken->detail, "event: 10 bytes announced, 4 there");
}

TEST(Envelope, WrongLengthIsNamed) {
  const Envelope envelope = parsed("{}\n{\"type\":\"event\",\"length\":3}\n{\"a\":1}\n");
  EXPECT_TRUE(envelope.items.empty());
  ASSERT_TRUE(envelope.broken);
  EXPECT_EQ(envelope.broken->reason, "invalid_item_framing");
}

TEST(Envelope, ItemHeaderThatIsNotAnObjectEndsTheReading) {
  for (const char* header : {"[]", "x", "{\"type\"", "\"event\"", "{\"length\":-1}",
                             "{\"length\":\"x\"}", "{\"length\":1.5}"}) {
    const Envelope envelope = parsed("{}\n{\"type\":\"a\"}\n{}\n" + std::string(header) + "\n{}\n");
    EXPECT_EQ(envelope.items.size(), 1u) << header;
    ASSERT_TRUE(envelope.broken) << header;
    EXPECT_EQ(envelope.broken->reason, "invalid_item_header") << header;
  }
}

TEST(Envelope, NullLengthMeansNone) {
  const Envelope envelope = parsed("{}\n{\"type\":\"event\",\"length\":null}\n{\"a\":1}\n");
  ASSERT_EQ(envelope.items.size(), 1u);
  EXPECT_EQ(envelope.items[0].payload, "{\"a\":1}");
}

TEST(Envelope, HeaderMustBeAnObject) {
  for (const char* body : {"", "\n", "[]\n", "null", "{", "hello", "\n{}"}) {
    const auto envelope = parse_envelope(body);
    ASSERT_FALSE(envelope) << body;
    EXPECT_EQ(envelope.error().code, base::Code::kInvalidArgument);
  }
}

TEST(Envelope, HeaderAloneIsEnoughForATunnel) {
  const auto header = parse_envelope_header(
      "{\"dsn\":\"http://k@h/1\",\"sdk\":{\"name\":\"n\",\"version\":\"1\"}}\ngarbage");
  ASSERT_TRUE(header);
  EXPECT_EQ(header->dsn, "http://k@h/1");
  EXPECT_EQ(header->sdk_name, "n");
  EXPECT_EQ(header->sdk_version, "1");
}

TEST(Envelope, TypeNamesAreBounded) {
  const Envelope envelope = parsed("{}\n{\"type\":\"a b\\n" + std::string(100, 'x') + "\"}\n{}");
  ASSERT_EQ(envelope.items.size(), 1u);
  EXPECT_EQ(envelope.items[0].type, "a_b_" + std::string(36, 'x'));
}

TEST(Envelope, NumberOfItemsIsBounded) {
  std::string body = "{}\n";
  for (int i = 0; i < 10'001; ++i) body += "{}\n\n";
  const Envelope envelope = parsed(body);
  EXPECT_EQ(envelope.items.size(), 10'000u);
  ASSERT_TRUE(envelope.broken);
  EXPECT_EQ(envelope.broken->reason, "too_many_items");
}

}  // namespace
}  // namespace tripod::ingest::sentry
