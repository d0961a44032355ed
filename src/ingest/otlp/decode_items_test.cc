// Single spans and log records, good and bad.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ingest/otlp/decoder.h"
#include "ingest/otlp/test_messages.h"

namespace tripod::ingest::otlp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kTraceId("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10", 16);
const std::string kSpanId("\x11\x12\x13\x14\x15\x16\x17\x18", 8);

struct SpanParts {
  std::string trace_id = kTraceId;
  std::string span_id = kSpanId;
  std::string parent_span_id;
  std::string name = "GET /";
  uint64_t start = 1'795'365'477'000'000'000;
  std::vector<std::string> attributes;
  std::vector<std::string> links;
};

std::string span(const SpanParts& parts) {
  return message<SpanField>([&](auto& b) {
    b.add_bytes(SpanField::kTraceId, parts.trace_id);
    b.add_bytes(SpanField::kSpanId, parts.span_id);
    b.add_bytes(SpanField::kParentSpanId, parts.parent_span_id);
    b.add_string(SpanField::kName, parts.name);
    b.add_fixed64(SpanField::kStartTime, parts.start);
    b.add_fixed64(SpanField::kEndTime, parts.start + 5);
    for (const auto& a : parts.attributes) b.add_message(SpanField::kAttributes, a);
    for (const auto& l : parts.links) b.add_message(SpanField::kLinks, l);
  });
}

model::Batch traces(const std::vector<std::string>& items,
                    const std::vector<std::string>& resource = {}) {
  model::Batch batch;
  const auto result = decode_traces(request(items, resource), batch);
  EXPECT_TRUE(result) << result.error().message;
  return batch;
}

TEST(DecodeTracesTest, BadSpansAreRejectedByNameAndTheRestIsKept) {
  SpanParts good;
  SpanParts short_trace, zero_trace, no_span, long_span, short_parent, late;
  short_trace.trace_id = kTraceId.substr(0, 15);
  zero_trace.trace_id = std::string(16, '\0');
  no_span.span_id = "";
  long_span.span_id = kSpanId + "x";
  short_parent.parent_span_id = "abc";
  late.start = uint64_t{1} << 63;
  const auto batch = traces({span(good), span(short_trace), span(zero_trace), span(no_span),
                             span(long_span), span(short_parent), span(late), span(good)});
  EXPECT_EQ(batch.spans.size(), 2u);
  EXPECT_EQ(batch.resources.size(), 1u);
  std::vector<std::string> said;
  for (const auto& r : batch.rejections) said.push_back(r.reason + " @ " + r.detail);
  EXPECT_THAT(
      said,
      ElementsAre("invalid_trace_id @ resource_spans[0].scope_spans[0].spans[1]: trace_id must be "
                  "16 bytes, not all zero",
                  HasSubstr("invalid_trace_id @ resource_spans[0].scope_spans[0].spans[2]"),
                  HasSubstr("invalid_span_id @ resource_spans[0].scope_spans[0].spans[3]"),
                  HasSubstr("invalid_span_id @ resource_spans[0].scope_spans[0].spans[4]"),
                  HasSubstr("invalid_parent_span_id @ resource_spans[0].scope_spans[0].spans[5]"),
                  HasSubstr("timestamp_out_of_range @ resource_spans[0].scope_spans[0].spans[6]")));
}

TEST(DecodeTracesTest, AttributesOfARejectedSpanDoNotReachTheNext) {
  SpanParts bad, good;
  bad.trace_id = "short";
  bad.attributes = {key_value("bad", string_value("1"))};
  good.attributes = {key_value("good", string_value("2"))};
  const auto batch = traces({span(bad), span(good)});
  ASSERT_EQ(batch.spans.size(), 1u);
  ASSERT_EQ(batch.spans[0].attributes.size(), 1u);
  EXPECT_EQ(batch.spans[0].attributes[0].key, "good");
}

TEST(DecodeTracesTest, TextThatIsNotUtf8IsRepaired) {
  SpanParts parts;
  parts.name = "caf\xe9 GET";
  parts.attributes = {key_value("k\xff", string_value("\xc3\xa9 fine, \xc3 not"))};
  const auto batch = traces({span(parts)});
  ASSERT_EQ(batch.spans.size(), 1u);
  EXPECT_EQ(batch.spans[0].name, "caf\uFFFD GET");
  EXPECT_EQ(batch.spans[0].attributes[0].key, "k\uFFFD");
  EXPECT_EQ(batch.spans[0].attributes[0].value.text(), "\u00e9 fine, \uFFFD not");
}

TEST(DecodeTracesTest, NestedValuesBecomeJson) {
  const auto list = message<ListField>([&](auto& b) {
    b.add_message(ListField::kValues, string_value("a\"b"));
    b.add_message(ListField::kValues,
                  message<AnyValueField>([](auto& v) { v.add_int64(AnyValueField::kInt, -7); }));
    b.add_message(ListField::kValues, message<AnyValueField>([](auto& v) {
                    v.add_bytes(AnyValueField::kBytes, "\x01\xff");
                  }));
    b.add_message(ListField::kValues, std::string());
  });
  const auto map = message<ListField>([&](auto& b) {
    b.add_message(ListField::kValues, key_value("list", message<AnyValueField>([&](auto& v) {
                                                  v.add_message(AnyValueField::kArray, list);
                                                })));
    b.add_message(ListField::kValues, key_value("ok", message<AnyValueField>([](auto& v) {
                                                  v.add_bool(AnyValueField::kBool, true);
                                                })));
  });
  SpanParts parts;
  parts.attributes = {key_value(
      "map", message<AnyValueField>([&](auto& v) { v.add_message(AnyValueField::kKvlist, map); }))};
  const auto batch = traces({span(parts)});
  ASSERT_EQ(batch.spans.size(), 1u);
  const model::Value& value = batch.spans[0].attributes[0].value;
  EXPECT_EQ(value.type(), model::ValueType::kJson);
  EXPECT_EQ(value.text(), R"({"list":["a\"b",-7,"Af8=",null],"ok":true})");
}

TEST(DecodeTracesTest, AValueNestedTooDeepRejectsItsSpanOnly) {
  SpanParts deep, fine;
  deep.attributes = {key_value("deep", nested_value(33))};
  fine.attributes = {key_value("fine", nested_value(32))};
  const auto batch = traces({span(deep), span(fine)});
  ASSERT_EQ(batch.spans.size(), 1u);
  EXPECT_EQ(batch.spans[0].attributes[0].key, "fine");
  ASSERT_EQ(batch.rejections.size(), 1u);
  EXPECT_EQ(batch.rejections[0].reason, "value_too_deep");
}

TEST(DecodeTracesTest, ThousandsOfLevelsAreRejectedAtTheLimit) {
  SpanParts parts;
  parts.attributes = {key_value("deep", nested_value(5000))};
  const auto batch = traces({span(parts)});
  EXPECT_EQ(batch.spans.size(), 0u);
  EXPECT_EQ(batch.rejected_count(), 1u);
}

TEST(DecodeTracesTest, AResourceNestedTooDeepRejectsItsSpans) {
  const auto batch = traces({span({}), span({})}, {key_value("deep", nested_value(40))});
  EXPECT_EQ(batch.spans.size(), 0u);
  EXPECT_EQ(batch.rejected_count(), 2u);
}

TEST(DecodeTracesTest, ALinkToNowhereIsKeptAndABrokenOneRejects) {
  const auto link = [](const std::string& trace_id) {
    return message<LinkField>([&](auto& b) { b.add_bytes(LinkField::kTraceId, trace_id); });
  };
  SpanParts empty_link, broken_link;
  empty_link.links = {link(std::string(16, '\0'))};
  broken_link.links = {link("12")};
  const auto batch = traces({span(empty_link), span(broken_link)});
  ASSERT_EQ(batch.spans.size(), 1u);
  EXPECT_EQ(batch.spans[0].links.size(), 1u);
  ASSERT_EQ(batch.rejections.size(), 1u);
  EXPECT_EQ(batch.rejections[0].reason, "invalid_link");
}

TEST(DecodeTracesTest, AFieldOfTheWrongWireTypeIsSkippedAsUnknown) {
  const auto item =
      span({}) + message<SpanField>([](auto& b) { b.add_uint64(SpanField::kName, 12); });
  const auto batch = traces({item});
  ASSERT_EQ(batch.spans.size(), 1u);
  EXPECT_EQ(batch.spans[0].name, "GET /");
}

TEST(DecodeLogsTest, IdsMayBeAbsentAndNotOfAnotherLength) {
  const auto log = [](const std::string& trace_id, const std::string& span_id) {
    return message<LogField>([&](auto& b) {
      b.add_fixed64(LogField::kTime, 1'795'365'477'000'000'000);
      b.add_enum(LogField::kSeverityNumber, 17);
      b.add_string(LogField::kSeverityText, "ERROR");
      b.add_message(LogField::kBody, string_value("payment failed"));
      b.add_bytes(LogField::kTraceId, trace_id);
      b.add_bytes(LogField::kSpanId, span_id);
      b.add_string(LogField::kEventName, "payment");
    });
  };
  model::Batch batch;
  ASSERT_TRUE(decode_logs(
      request({log("", ""), log(kTraceId, kSpanId), log("12345", kSpanId), log(kTraceId, "1")}),
      batch));
  ASSERT_EQ(batch.logs.size(), 2u);
  EXPECT_TRUE(batch.logs[0].trace_id.empty());
  EXPECT_EQ(batch.logs[1].trace_id.hex(), "0102030405060708090a0b0c0d0e0f10");
  EXPECT_EQ(batch.logs[1].span_id.hex(), "1112131415161718");
  EXPECT_EQ(batch.logs[1].body.text(), "payment failed");
  EXPECT_EQ(batch.logs[1].severity_number, 17);
  EXPECT_EQ(model::find_text(batch.logs[1].attributes, "event.name"), "payment");
  ASSERT_EQ(batch.rejections.size(), 2u);
  EXPECT_EQ(batch.rejections[0].reason, "invalid_trace_id");
  EXPECT_EQ(batch.rejections[1].reason, "invalid_span_id");
}

}  // namespace
}  // namespace tripod::ingest::otlp
