#include "ingest/sentry/decode.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <string>

#include "base/time_text.h"
#include "ingest/sentry/event_text.h"
#include "ingest/testing/batch_text.h"
#include "ingest/testing/corpus.h"

namespace tripod::ingest::sentry {
namespace {

const base::UnixNanos kReceived = *base::parse_rfc3339("2026-11-22T16:50:00Z");

SentryContext context() {
  SentryContext c;
  c.project = 1;
  c.service_name = "shop";
  c.received_time = kReceived;
  return c;
}

struct Outcome {
  base::Result<DecodedEnvelope> decoded;
  std::unique_ptr<model::Batch> batch = std::make_unique<model::Batch>();
};

Outcome decode(std::string body, const SentryContext& c = context()) {
  Outcome out;
  out.decoded =
      decode_envelope(std::make_shared<const std::string>(std::move(body)), c, *out.batch);
  return out;
}

std::string event_envelope(const std::string& event) {
  return "{}\n{\"type\":\"event\"}\n" + event;
}

class Recorded : public ::testing::TestWithParam<const char*> {};

TEST_P(Recorded, DecodesAsBefore) {
  const std::string name = GetParam();
  model::Batch batch;
  const auto decoded =
      decode_envelope(testing::corpus_file("sentry/" + name + ".envelope"), context(), batch);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_TRUE(batch.rejections.empty());
  testing::expect_golden("sentry/" + name + ".golden.txt",
                         "answered id: " + decoded->event_id.hex() + "\n" +
                             testing::batch_text(batch) + errors_text(batch));
}

INSTANTIATE_TEST_SUITE_P(Sentry, Recorded,
                         ::testing::Values("node-event-cause", "node-event-checkout",
                                           "node-event-message", "node-log", "python-log", "node-trace-metric",
                                           "python-trace-metric", "node-span-error",
                                           "node-span-stream", "python-check-in-and-client-report",
                                           "python-event-chained", "python-event-checkout",
                                           "python-event-exception-group", "python-event-locals",
                                           "python-event-message", "python-event-order",
                                           "python-sessions", "python-span-stream",
                                           "python-transaction-celery", "python-transaction-http"));

TEST(Decode, EveryCutOfAnEnvelopeKeepsWhatIsWhole) {
  const std::string whole =
      *testing::corpus_file("sentry/python-check-in-and-client-report.envelope");
  const size_t header_end = whole.find('\n');
  const size_t first_item_end = whole.find('\n', whole.find('\n', header_end + 1) + 1);
  for (size_t n = 0; n <= whole.size(); ++n) {
    const Outcome out = decode(whole.substr(0, n));
    if (n < header_end) {
      EXPECT_FALSE(out.decoded) << n;
      continue;
    }
    ASSERT_TRUE(out.decoded) << n;
    EXPECT_EQ(!out.batch->items.check_ins.empty(), n >= first_item_end) << n;
    EXPECT_LE(out.batch->rejected_count(), 1u);
  }
}

TEST(Decode, EveryCutOfAnEventIsRejectedByName) {
  const std::string whole = *testing::corpus_file("sentry/node-event-message.envelope");
  const size_t payload = whole.find("{\"event_id\"", whole.find("\"type\":\"event\""));
  ASSERT_NE(payload, std::string::npos);
  const size_t end = whole.find_last_of('}') + 1;
  for (size_t n = payload; n < end; ++n) {
    const Outcome out = decode(whole.substr(0, n));
    ASSERT_TRUE(out.decoded);
    EXPECT_TRUE(out.batch->errors.empty()) << n;
    ASSERT_EQ(out.batch->rejections.size(), 1u) << n;
    EXPECT_EQ(out.batch->rejections[0].reason, "invalid_json");
  }
  EXPECT_EQ(decode(whole.substr(0, end)).batch->errors.size(), 1u);
}

TEST(Decode, BadItemDoesNotTakeTheOthersWithIt) {
  const Outcome out = decode(
      "{}\n{\"type\":\"event\"}\n{\"a\":}\n{\"type\":\"event\"}\n[1]\n{\"type\":\"event\"}\n{"
      "\"message\":\"ok\"}\n"
      "{\"type\":\"transaction\"}\n{}\n{\"type\":\"newfangled\"}\nxyz\n");
  ASSERT_TRUE(out.decoded);
  EXPECT_EQ(out.decoded->items, 5u);
  ASSERT_EQ(out.batch->errors.size(), 1u);
  EXPECT_EQ(out.batch->errors[0].message, "ok");
  ASSERT_EQ(out.batch->rejections.size(), 3u);
  EXPECT_EQ(out.batch->rejections[0].reason, "invalid_json");
  EXPECT_EQ(out.batch->rejections[0].detail, "event: not JSON at byte 5");
  EXPECT_EQ(out.batch->rejections[1].reason, "not_an_object");
  EXPECT_EQ(out.batch->rejections[2].reason, "missing_trace_context");
  ASSERT_EQ(out.batch->unkept.size(), 1u);
  EXPECT_EQ(out.batch->unkept[0].item, "unknown");
}

TEST(Decode, CountsWhatItDoesNotKeepByTheContainersCount) {
  const Outcome out = decode(
      "{}\n{\"type\":\"replay_event\",\"item_count\":6}\n{}\n{\"type\":\"replay_video\"}\n{}\n{\"type\":"
      "\"replay_video\"}\n{}\n");
  ASSERT_EQ(out.batch->unkept.size(), 2u);
  EXPECT_EQ(out.batch->unkept[0].item, "replay_event");
  EXPECT_EQ(out.batch->unkept[0].count, 6u);
  EXPECT_EQ(out.batch->unkept[1].count, 2u);
}

TEST(Decode, RefusesAForeignDsn) {
  SentryContext c = context();
  c.public_key = "k";
  const auto body = [](const char* dsn) { return "{\"dsn\":\"" + std::string(dsn) + "\"}\n"; };
  EXPECT_TRUE(decode(body("http://k@h/1"), c).decoded);
  EXPECT_EQ(decode(body("http://k@h/2"), c).decoded.error().code, base::Code::kPermissionDenied);
  EXPECT_EQ(decode(body("http://x@h/1"), c).decoded.error().code, base::Code::kPermissionDenied);
  EXPECT_EQ(decode(body("nonsense"), c).decoded.error().code, base::Code::kInvalidArgument);
  EXPECT_TRUE(decode(body("http://x@h/1")).decoded)
      << "without a key of the request there is nothing to compare";
}

TEST(DecodeEvent, TakesOldShapes) {
  const Outcome out = decode(event_envelope(
      R"({"event_id":"fc6d8c0c-43fc-4630-ad85-0ee518f1b9d0","message":"hello","timestamp":1795366000.25,"level":"warn",)"
      R"("tags":[["a","1"],["b",2],["c",null],{"key":"d","value":true}],"culprit":"shop.views","fingerprint":["x",7],)"
      R"("exception":{"type":"E","value":{"nested":1},"stacktrace":{"frames":[{"function":"f","lineno":"12","in_app":true},null,3]}},)"
      R"("user":{"email":"a@b.c"},"request":{"url":"http://h/p","query_string":[["x","1"],["y","2"]],"headers":[["User-Agent","ua"],["X-Request-ID","r-1"]]}})"));
  ASSERT_EQ(out.batch->errors.size(), 1u)
      << (out.batch->rejections.empty() ? "" : out.batch->rejections[0].detail);
  const model::ErrorEvent& event = out.batch->errors[0];
  EXPECT_EQ(event.event_id.hex(), "fc6d8c0c43fc4630ad850ee518f1b9d0");
  EXPECT_EQ(out.decoded->event_id, event.event_id);
  EXPECT_EQ(event.time, 1795366000'250'000'000);
  EXPECT_EQ(event.level, "warning");
  EXPECT_EQ(event.transaction, "shop.views");
  EXPECT_EQ(event.user_id, "a@b.c");
  ASSERT_EQ(event.fingerprint.size(), 2u);
  EXPECT_EQ(event.fingerprint[1], "7");
  EXPECT_EQ(model::find_text(event.tags, "a"), "1");
  EXPECT_EQ(model::find_text(event.tags, "b"), "2");
  EXPECT_EQ(model::find_text(event.tags, "d"), "true");
  EXPECT_EQ(event.tags.size(), 3u);
  ASSERT_EQ(event.exceptions.size(), 1u);
  EXPECT_EQ(event.exceptions[0].value, R"({"nested":1})");
  ASSERT_EQ(event.exceptions[0].frames.size(), 1u);
  EXPECT_EQ(event.exceptions[0].frames[0].line, 12);
  EXPECT_EQ(event.exceptions[0].frames[0].in_app, 1);
  EXPECT_EQ(model::find_text(event.attributes, "url.full"), "http://h/p?x=1&y=2");
  EXPECT_EQ(model::find_text(event.attributes, "user_agent.original"), "ua");
  EXPECT_EQ(model::find_text(event.attributes, "request_id"), "r-1");
}

TEST(DecodeEvent, MessageTemplateAndParameters) {
  const Outcome out = decode(event_envelope(
      R"({"logentry":{"message":"order %s of %d {} 100%","params":["a\n",7,{"k":1}]}})"));
  ASSERT_EQ(out.batch->errors.size(), 1u);
  EXPECT_EQ(out.batch->errors[0].message_template, "order %s of %d {} 100%");
  EXPECT_EQ(out.batch->errors[0].message, "order a\n of 7 {\"k\":1} 100%");
}

TEST(DecodeEvent, ThreadsAndTopLevelStackTrace) {
  const Outcome current = decode(event_envelope(
      R"({"threads":{"values":[{"stacktrace":{"frames":[{"function":"a"}]}},{"current":true,"stacktrace":{"frames":[{"function":"b"}]}},)"
      R"({"crashed":true,"stacktrace":{"frames":[{"function":"c"}]}},{"crashed":true}]}})"));
  ASSERT_EQ(current.batch->errors[0].thread_frames.size(), 1u);
  EXPECT_EQ(current.batch->errors[0].thread_frames[0].function, "c");
  const Outcome unclear = decode(event_envelope(
      R"({"threads":[{"stacktrace":{"frames":[{"function":"a"}]}},{"stacktrace":{"frames":[{"function":"b"}]}}]})"));
  EXPECT_TRUE(unclear.batch->errors[0].thread_frames.empty());
  const Outcome top = decode(event_envelope(R"({"stacktrace":{"frames":[{"function":"t"}]}})"));
  ASSERT_EQ(top.batch->errors[0].thread_frames.size(), 1u);
}

TEST(DecodeEvent, ClockFarOffTakesTheTimeOfArrival) {
  for (const char* time : {"0", "\"1970-01-01T00:00:00Z\"", "4102444800", "\"2100-01-01\"",
                           "\"yesterday\"", "1e300", "-5"}) {
    const Outcome out = decode(event_envelope("{\"timestamp\":" + std::string(time) + "}"));
    ASSERT_EQ(out.batch->errors.size(), 1u) << time;
    EXPECT_EQ(out.batch->errors[0].time, kReceived) << time;
    EXPECT_FALSE(
        model::find_text(out.batch->errors[0].attributes, "sentry.original_timestamp").empty())
        << time;
  }
  const Outcome none = decode(event_envelope("{}"));
  EXPECT_EQ(none.batch->errors[0].time, kReceived);
  EXPECT_EQ(model::find_attribute(none.batch->errors[0].attributes, "sentry.original_timestamp"),
            nullptr);
}

TEST(DecodeEvent, IdComesFromTheHeaderOrFromTheBytes) {
  const Outcome header =
      decode("{\"event_id\":\"70a89b6facf44501b1411c5bc1da07dd\"}\n{\"type\":\"event\"}\n{}");
  EXPECT_EQ(header.batch->errors[0].event_id.hex(), "70a89b6facf44501b1411c5bc1da07dd");
  const Outcome a = decode(event_envelope("{\"message\":\"a\"}"));
  const Outcome again = decode(event_envelope("{\"message\":\"a\"}"));
  const Outcome b = decode(event_envelope("{\"message\":\"b\"}"));
  EXPECT_FALSE(a.batch->errors[0].event_id.empty());
  EXPECT_EQ(a.batch->errors[0].event_id, again.batch->errors[0].event_id);
  EXPECT_NE(a.batch->errors[0].event_id, b.batch->errors[0].event_id);
}

TEST(DecodeEvent, RepairsTextThatIsNotUnicode) {
  const Outcome out =
      decode(event_envelope("\xef\xbb\xbf{\"message\":\"a\xff b \\ud83d c \\ud83d\\ude00\"}"));
  ASSERT_EQ(out.batch->errors.size(), 1u);
  EXPECT_EQ(out.batch->errors[0].message, "a\xef\xbf\xbd b \xef\xbf\xbd c \xf0\x9f\x98\x80");
}

TEST(DecodeEvent, BigNumbersAreNoReasonToLoseAnEvent) {
  const Outcome out = decode(event_envelope(
      R"({"message":"m","extra":{"big":123456789012345678901234567890,"float":1.5e400}})"));
  ASSERT_EQ(out.batch->errors.size(), 1u);
  EXPECT_NE(model::find_attribute(out.batch->errors[0].attributes, "extra.big"), nullptr);
}

TEST(DecodeEvent, RefusesWhatIsTooDeepOrTooLarge) {
  const std::string deep = "{\"extra\":" + std::string(5000, '[') + std::string(5000, ']') + "}";
  EXPECT_EQ(decode(event_envelope(deep)).batch->rejections.at(0).reason, "json_too_deep");
  const std::string large = "{\"message\":\"" + std::string(1 << 20, 'x') + "\"}";
  EXPECT_EQ(decode(event_envelope(large)).batch->rejections.at(0).reason, "too_large");
}

TEST(DecodeEvent, MembersOfTheWrongTypeAreIgnored) {
  const Outcome out = decode(event_envelope(
      R"({"event_id":7,"level":[],"exception":"boom","threads":5,"tags":"x","request":[1],"user":false,"contexts":[],)"
      R"("extra":3,"fingerprint":"f","sdk":null,"timestamp":{},"message":"kept","transaction":null,"breadcrumbs":1})"));
  ASSERT_EQ(out.batch->errors.size(), 1u);
  EXPECT_EQ(out.batch->errors[0].message, "kept");
  EXPECT_EQ(out.batch->errors[0].level, "error");
  const auto* noted = model::find_attribute(out.batch->errors[0].attributes, "sentry.errors");
  ASSERT_NE(noted, nullptr);
  for (const char* member : {"level", "exception", "tags", "user", "breadcrumbs"}) EXPECT_NE(noted->value.text().find(member), std::string_view::npos) << member;
}

TEST(DecodeEvent, ServiceNameCanBeSaid) {
  const auto service = [](const std::string& event) {
    const Outcome out = decode(event_envelope(event));
    return std::string(model::find_text(out.batch->resources.at(0).attributes, "service.name"));
  };
  EXPECT_EQ(service("{}"), "shop");
  EXPECT_EQ(service(R"({"tags":{"service":"cart"}})"), "cart");
  EXPECT_EQ(service(R"({"contexts":{"otel":{"resource":{"service.name":"pay"}}}})"), "pay");
}

TEST(DecodeTransaction, OfTheEventItemKind) {
  const Outcome out = decode(event_envelope(
      R"({"type":"transaction","transaction":"job","start_timestamp":1795366000,"timestamp":1795366001,)"
      R"("contexts":{"trace":{"trace_id":"d3e70dc0109244319e95d81c5f34787e","span_id":"b307b9217d65ebce","op":"job"}}})"));
  EXPECT_TRUE(out.batch->errors.empty());
  ASSERT_EQ(out.batch->spans.size(), 1u);
  EXPECT_EQ(out.batch->spans[0].name, "job");
}

TEST(DecodeTransaction, BadChildrenAreRejectedOneByOne) {
  const Outcome out = decode(
      "{}\n{\"type\":\"transaction\"}\n"
      R"({"transaction":"t","start_timestamp":1795366000,"timestamp":1795366001,)"
      R"("contexts":{"trace":{"trace_id":"d3e70dc0109244319e95d81c5f34787e","span_id":"b307b9217d65ebce","op":"http.server","status":"not_found"}},)"
      R"("spans":[{"span_id":"a03ade593311c732","start_timestamp":1795366000.1,"timestamp":1795366000.2,"op":"db","description":"SELECT 1"},)"
      R"({"span_id":"zz"},{"span_id":"a03ade593311c733","start_timestamp":2,"timestamp":1},null]})");
  ASSERT_EQ(out.batch->spans.size(), 2u);
  EXPECT_EQ(out.batch->spans[0].status_code, model::StatusCode::kUnset)
      << "a 404 is not the server's failure";
  EXPECT_EQ(out.batch->spans[1].trace_id, out.batch->spans[0].trace_id);
  EXPECT_EQ(model::find_text(out.batch->spans[1].attributes, "db.query.text"), "SELECT 1");
  EXPECT_EQ(out.batch->spans[1].kind, model::SpanKind::kClient);
  EXPECT_EQ(out.batch->rejected_count(), 3u);
}

TEST(DecodeTransaction, ClockFarOffMovesItAsAWhole) {
  const Outcome out = decode(
      "{}\n{\"type\":\"transaction\"}\n"
      R"({"transaction":"t","start_timestamp":1000,"timestamp":1002,)"
      R"("contexts":{"trace":{"trace_id":"d3e70dc0109244319e95d81c5f34787e","span_id":"b307b9217d65ebce"}},)"
      R"("spans":[{"span_id":"a03ade593311c732","start_timestamp":1000.5,"timestamp":1001}]})");
  ASSERT_EQ(out.batch->spans.size(), 2u);
  EXPECT_EQ(out.batch->spans[0].end_time, kReceived);
  EXPECT_EQ(out.batch->spans[0].start_time, kReceived - 2 * base::kNanosPerSecond);
  EXPECT_EQ(out.batch->spans[1].end_time, kReceived - base::kNanosPerSecond);
  EXPECT_NE(model::find_attribute(out.batch->spans[0].attributes, "sentry.original_timestamp"),
            nullptr);
}

TEST(DecodeTransaction, TimesAtTheEdgeOfWhatIsRepresentable) {
  const auto with = [](const char* root_end, const char* child_end) {
    return decode(
        "{}\n{\"type\":\"transaction\"}\n{\"start_timestamp\":0.000000001,\"timestamp\":" +
        std::string(root_end) +
        R"(,"contexts":{"trace":{"trace_id":"d3e70dc0109244319e95d81c5f34787e","span_id":"b307b9217d65ebce"}},)"
        R"("spans":[{"span_id":"a03ade593311c732","start_timestamp":1,"timestamp":)" +
        child_end + "}]}");
  };
  EXPECT_EQ(with("1", "9223372035").batch->rejections.at(0).detail,
            "more than 30 days away from its transaction");
  EXPECT_EQ(with("9223372035", "9223372035").batch->spans.size(), 2u);
  EXPECT_EQ(with("17951365374", "1").batch->rejections.at(0).reason, "invalid_timestamp");
}

TEST(DecodeSpans, WrongClockMovesThoseItConcerns) {
  const auto item = [](const char* id, const char* start, const char* end) {
    return R"({"trace_id":"d3e70dc0109244319e95d81c5f34787e","span_id":")" + std::string(id) +
           R"(","name":"n","start_timestamp":)" + start + ",\"end_timestamp\":" + end + "}";
  };
  const Outcome out = decode("{}\n{\"type\":\"span\"}\n{\"version\":2,\"items\":[" +
                             item("a03ade593311c731", "1795366000", "1795366001") + "," +
                             item("a03ade593311c732", "5000000000", "5000000010") + "," +
                             item("a03ade593311c733", "5000000002", "5000000004") + "," +
                             item("a03ade593311c734", "7", "8") + "]}");
  ASSERT_EQ(out.batch->spans.size(), 4u);
  EXPECT_EQ(out.batch->spans[0].end_time, 1795366001 * base::kNanosPerSecond);
  EXPECT_EQ(out.batch->spans[1].end_time, kReceived);
  EXPECT_EQ(out.batch->spans[2].end_time, kReceived - 6 * base::kNanosPerSecond);
  EXPECT_EQ(out.batch->spans[3].end_time, kReceived);
  EXPECT_EQ(out.batch->spans[3].start_time, kReceived - base::kNanosPerSecond);
}

TEST(DecodeSpans, OneOfTheFirstFormat) {
  const Outcome out = decode(
      "{}\n{\"type\":\"span\"}\n"
      R"({"trace_id":"d3e70dc0109244319e95d81c5f34787e","span_id":"b307b9217d65ebce","op":"http.client","description":"GET https://h/p?q=1",)"
      R"("start_timestamp":1795366000,"timestamp":1795366001,"status":"deadline_exceeded"})");
  ASSERT_EQ(out.batch->spans.size(), 1u);
  const model::Span& span = out.batch->spans[0];
  EXPECT_EQ(span.status_code, model::StatusCode::kError);
  EXPECT_EQ(span.status_message, "deadline_exceeded");
  EXPECT_EQ(model::find_text(span.attributes, "http.request.method"), "GET");
  EXPECT_EQ(model::find_text(span.attributes, "url.full"), "https://h/p?q=1");
  EXPECT_EQ(model::find_text(span.attributes, "url.path"), "/p");
}

TEST(DecodeSpans, AStatusInATagIsANumberLikeAnyOther) {
  const Outcome out = decode(
      "{}\n{\"type\":\"span\"}\n"
      R"({"trace_id":"d3e70dc0109244319e95d81c5f34787e","span_id":"b307b9217d65ebce","op":"http.client","description":"GET https://h/p",)"
      R"("tags":{"http.status_code":"404","shop":"7"},"data":{"http.response.status_code":404},"start_timestamp":1795366000,"timestamp":1795366001})");
  ASSERT_EQ(out.batch->spans.size(), 1u);
  const auto& attributes = out.batch->spans[0].attributes;
  const auto status =
      std::ranges::find(attributes, "http.response.status_code", &model::Attribute::key);
  ASSERT_NE(status, attributes.end());
  ASSERT_EQ(status->value.type(), model::ValueType::kInt64);
  EXPECT_EQ(status->value.as_int64(), 404);
  EXPECT_EQ(model::find_text(attributes, "shop"), "7") << "other tags stay text";
}

std::string zlib_base64(const std::string& text) {
  std::string zipped(compressBound(text.size()), '\0');
  uLongf size = zipped.size();
  compress(reinterpret_cast<Bytef*>(zipped.data()), &size,
           reinterpret_cast<const Bytef*>(text.data()), text.size());
  zipped.resize(size);
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < zipped.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t j = 0; j < 3; ++j)
      bits = bits << 8 | (i + j < zipped.size() ? static_cast<uint8_t>(zipped[i + j]) : 0u);
    for (size_t j = 0; j < 4; ++j)
      out.push_back(i + j > zipped.size() ? '=' : kDigits[bits >> (18 - 6 * j) & 63]);
  }
  return out;
}

TEST(DecodeStore, PlainAndPackedAsOldSdksDo) {
  const std::string event = R"({"event_id":"70a89b6facf44501b1411c5bc1da07dd","message":"old"})";
  for (const std::string& body : {event, zlib_base64(event)}) {
    model::Batch batch;
    const auto decoded = decode_store(std::make_shared<const std::string>(body), context(), batch);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(decoded->event_id.hex(), "70a89b6facf44501b1411c5bc1da07dd");
    ASSERT_EQ(batch.errors.size(), 1u);
    EXPECT_EQ(batch.errors[0].message, "old");
  }
}

TEST(DecodeStore, SaysWhatIsWrong) {
  for (const char* body : {"", "!!", "aGVsbG8=", "{\"a\":", "{}x"}) {
    model::Batch batch;
    const auto decoded = decode_store(std::make_shared<const std::string>(body), context(), batch);
    ASSERT_FALSE(decoded) << body;
    EXPECT_EQ(decoded.error().code, base::Code::kInvalidArgument)
        << body << decoded.error().message;
    EXPECT_TRUE(batch.errors.empty());
  }
  model::Batch batch;
  const std::string bomb = zlib_base64(std::string(2 << 20, 'x'));
  EXPECT_EQ(decode_store(std::make_shared<const std::string>(bomb), context(), batch).error().code,
            base::Code::kTooLarge);
}

std::string log_envelope(const std::string& payload) { return "{}\n{\"type\":\"log\"}\n" + payload; }

TEST(DecodeLogs, WhatALogSays) {
  const Outcome out = decode(log_envelope(
      R"({"version":2,"items":[{"timestamp":1795366100.5,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","level":"warn","body":"stock low",)"
      R"("attributes":{"sku":{"value":"TEA-1","type":"string"},"left":{"value":3,"type":"integer"},"ratio":{"value":0.5,"type":"double"},)"
      R"("urgent":{"value":true,"type":"boolean"},"logger.name":{"value":"shop","type":"string"},"server.address":{"value":"web-1","type":"string"},)"
      R"("sentry.release":{"value":"abc","type":"string"},"sentry.environment":{"value":"production","type":"string"},)"
      R"("sentry.trace.parent_span_id":{"value":"00f067aa0ba902b7","type":"string"},"sentry.message.template":{"value":"stock %s","type":"string"},)"
      R"("sentry.message.parameter.0":{"value":"low","type":"string"},"sentry.message.parameter.{cookie}i":{"value":"a=b","type":"string"}}}]})"));
  ASSERT_TRUE(out.decoded);
  ASSERT_EQ(out.batch->logs.size(), 1u);
  const model::LogRecord& log = out.batch->logs[0];
  EXPECT_EQ(log.body, model::Value::string("stock low"));
  EXPECT_EQ(log.severity_number, 13);
  EXPECT_EQ(log.time, 1'795'366'100'500'000'000);
  EXPECT_EQ(log.source, model::SpanSource::kSentry);
  EXPECT_EQ(log.trace_id.hex(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(log.span_id.hex(), "00f067aa0ba902b7");
  EXPECT_EQ(model::find_text(log.attributes, "sku"), "TEA-1");
  EXPECT_EQ(model::find_attribute(log.attributes, "left")->value, model::Value::int64(3));
  EXPECT_EQ(model::find_attribute(log.attributes, "ratio")->value, model::Value::float64(0.5));
  EXPECT_EQ(model::find_attribute(log.attributes, "urgent")->value, model::Value::boolean(true));
  EXPECT_EQ(model::find_text(log.attributes, "logger"), "shop");
  EXPECT_EQ(model::find_text(log.attributes, "sentry.message.parameter.0"), "low");
  EXPECT_EQ(model::find_attribute(log.attributes, "sentry.message.parameter.{cookie}i"), nullptr);
  const auto resource = out.batch->resources[log.resource].attributes;
  EXPECT_EQ(model::find_text(resource, "service.version"), "abc");
  EXPECT_EQ(model::find_text(resource, "deployment.environment.name"), "production");
  EXPECT_EQ(model::find_text(resource, "host.name"), "web-1");
}

TEST(DecodeLogs, BadOnesAreNamedAndTheOthersStay) {
  const Outcome out = decode(log_envelope(
      R"({"items":[{"timestamp":1795366100,"body":"first"},{"timestamp":1795366100},7,{"body":"when?"},{"timestamp":"soon","body":"x"},)"
      R"({"timestamp":1795366100,"body":"last","level":"loud","trace_id":"none","attributes":[1]}]})"));
  ASSERT_TRUE(out.decoded);
  ASSERT_EQ(out.batch->logs.size(), 2u);
  EXPECT_EQ(out.batch->logs[1].body, model::Value::string("last"));
  EXPECT_EQ(out.batch->rejected_count(), 4u);
  std::vector<std::string> details;
  for (const model::Rejection& r : out.batch->rejections) details.push_back(r.reason + ": " + r.detail);
  EXPECT_EQ(details, (std::vector<std::string>{"invalid_log: log 1 has no body", "invalid_log: log 2 is not a JSON object",
                                               "invalid_timestamp: log 3 has no timestamp, or one that cannot be read",
                                               "invalid_timestamp: log 4 has no timestamp, or one that cannot be read"}));
  for (const char* payload : {"[1]", "{", R"({"items":7})", R"({"version":2})"}) {
    const Outcome bad = decode(log_envelope(payload));
    EXPECT_EQ(bad.batch->logs.size(), 0u) << payload;
    EXPECT_EQ(bad.batch->rejected_count(), 1u) << payload;
  }
}

TEST(DecodeLogs, AWrongClockIsPutRight) {
  const Outcome out = decode(log_envelope(R"({"items":[{"timestamp":1700000000,"body":"old"}]})"));
  ASSERT_EQ(out.batch->logs.size(), 1u);
  EXPECT_EQ(out.batch->logs[0].time, kReceived);
  EXPECT_EQ(model::find_attribute(out.batch->logs[0].attributes, "sentry.original_timestamp")->value,
            model::Value::int64(1'700'000'000'000'000'000));
}

}  // namespace
}  // namespace tripod::ingest::sentry
