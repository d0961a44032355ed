#include "pipeline/line/line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ingest/testing/batch_text.h"
#include "ingest/testing/corpus.h"

namespace tripod::pipeline {
namespace {

using model::LogRecord;
using model::Value;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr base::UnixNanos kShipped = 1'795'365'600'000'000'000;  // 2026-11-22T16:40:00Z

class LineTest : public ::testing::Test {
 protected:
  LogRecord& parse(std::string_view line, LogRecord record = {}) {
    record.body = Value::string(batch_.arena.copy(line));
    if (record.time == 0) record.time = kShipped;
    batch_.logs.assign(1, record);
    parse_lines(batch_);
    return batch_.logs.front();
  }
  static std::vector<std::string> shown(const LogRecord& record) {
    std::vector<std::string> out;
    for (const auto& a : record.attributes) {
      std::string text(a.key);
      if (a.value.type() == model::ValueType::kInt64) text += fmt_int(a.value.as_int64());
      if (a.value.type() == model::ValueType::kFloat64) text += " float";
      if (a.value.type() == model::ValueType::kBool) text += a.value.as_bool() ? " true" : " false";
      if (a.value.type() == model::ValueType::kJson) text += " json " + std::string(a.value.text());
      if (a.value.is_string()) text += "=" + std::string(a.value.text());
      out.push_back(text);
    }
    return out;
  }
  static std::string fmt_int(int64_t v) { return " int " + std::to_string(v); }

  model::Batch batch_;
};

TEST_F(LineTest, AStructlogLineBecomesATypedRecord) {
  const char* line =
      R"({"method": "GET", "status": 200, "event": "request_finished", "user_id": null, )"
      R"("request_id": "2bb67c1d", "took": 0.5, "ok": true, "level": "info", )"
      R"("timestamp": "2026-11-22T16:39:58.721260Z"})";
  const LogRecord& r = parse(std::string(line) + "\n");
  EXPECT_EQ(r.body, Value::string("request_finished"));
  EXPECT_EQ(r.original, line);
  EXPECT_EQ(r.severity_number, 9);
  EXPECT_EQ(r.severity_text, "info");
  EXPECT_EQ(r.time, 1'795'365'598'721'260'000);
  EXPECT_EQ(r.observed_time, kShipped);
  EXPECT_THAT(shown(r), ElementsAre("method=GET", "status int 200", "request_id=2bb67c1d",
                                    "took float", "ok true"));
}

TEST_F(LineTest, NestedObjectsAreDottedAndArraysStayJson) {
  const LogRecord& r = parse(
      R"({"msg":"m","http":{"request":{"method":"POST"},"size":12},"tags":["a", {"b":1}],"none":{}})");
  EXPECT_THAT(shown(r), ElementsAre("http.request.method=POST", "http.size int 12",
                                    R"(tags json ["a", {"b":1}])", "none json {}"));
}

TEST_F(LineTest, EscapesInKeysAndValuesAreUndone) {
  const LogRecord& r = parse("{\"event\":\"a\\\"b\\n\\u00e9\\ud83d\\ude00\",\"k\\\\1\":\"t\\tx\"}");
  EXPECT_EQ(r.body.text(), "a\"b\n\u00e9\U0001F600");
  EXPECT_THAT(shown(r), ElementsAre("k\\1=t\tx"));
}

TEST_F(LineTest, IdsOfManyNamesAreTaken) {
  for (
      const char* line : {
          R"({"msg":"m","trace_id":"4BF92F3577B34DA6A3CE929D0E0E4736","span_id":"00f067aa0ba902b7"})",
          R"({"msg":"m","otelTraceID":"4bf92f3577b34da6a3ce929d0e0e4736","otelSpanID":"00f067aa0ba902b7"})",
          R"({"msg":"m","trace":{"id":"4bf92f3577b34da6a3ce929d0e0e4736"},"span":{"id":"00f067aa0ba902b7"}})",
          R"({"msg":"m","traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7"})",
      }) {
    const LogRecord& r = parse(line);
    EXPECT_EQ(r.trace_id.hex(), "4bf92f3577b34da6a3ce929d0e0e4736") << line;
    EXPECT_EQ(r.span_id.hex(), "00f067aa0ba902b7") << line;
    EXPECT_THAT(shown(r), IsEmpty()) << line;
  }
}

TEST_F(LineTest, AnIdThatIsNoneIsDroppedAndABrokenOneStaysAnAttribute) {
  EXPECT_THAT(shown(parse(R"({"msg":"m","otelTraceID":"0","otelSpanID":"0"})")), IsEmpty());
  const LogRecord& r = parse(R"({"msg":"m","trace_id":"abc"})");
  EXPECT_TRUE(r.trace_id.empty());
  EXPECT_THAT(shown(r), ElementsAre("trace_id=abc"));
}

TEST_F(LineTest, WhatTheRecordKnowsAlreadyStays) {
  LogRecord known;
  known.trace_id = model::TraceId::from_hex("4bf92f3577b34da6a3ce929d0e0e4736");
  std::vector<model::Attribute> attributes{{"request_id", Value::string("from otlp")}};
  known.attributes = attributes;
  const LogRecord& r = parse(
      R"({"event":"m","request_id":"from line","trace_id":"11111111111111111111111111111111","n":1})",
      known);
  EXPECT_EQ(r.trace_id, known.trace_id);
  EXPECT_THAT(shown(r), ElementsAre("request_id=from otlp",
                                    "trace_id=11111111111111111111111111111111", "n int 1"));
}

TEST_F(LineTest, TimesOfManyFormsAreRead) {
  const base::UnixNanos expected = 1'795'365'598'721'000'000;
  for (const char* time : {
           R"("2026-11-22T16:39:58.721Z")",
           R"("2026-11-22 16:39:58,721")",
           R"("2026-11-22T18:39:58.721+02:00")",
           "1795365598721",
           R"("1795365598.721")",
           "1795365598721000",
           "1795365598721000000",
       }) {
    EXPECT_NEAR(static_cast<double>(parse(std::string(R"({"msg":"m","time":)") + time + "}").time -
                                    expected),
                0, 200)
        << time;
  }
}

TEST_F(LineTest, AnInsaneTimeStaysAnAttribute) {
  for (const char* time : {R"("2031-01-01T00:00:00Z")", R"("1970-01-02T00:00:00Z")", "17",
                           R"("16:39:58")", R"("yesterday")", "1e300", "-5"}) {
    const LogRecord& r = parse(std::string(R"({"msg":"m","time":)") + time + "}");
    EXPECT_EQ(r.time, kShipped) << time;
    EXPECT_EQ(r.observed_time, 0) << time;
    EXPECT_THAT(r.attributes, SizeIs(1)) << time;
  }
}

TEST_F(LineTest, ATimeThatIsAllThereIsIsTakenAsItIs) {
  LogRecord record;
  record.body = Value::string(R"({"msg":"m","time":"1970-01-02T00:00:00Z"})");
  batch_.logs.assign(1, record);
  parse_lines(batch_);
  EXPECT_EQ(batch_.logs.front().time, base::kNanosPerDay);
}

TEST_F(LineTest, AStackTraceGetsItsStandardName) {
  EXPECT_THAT(shown(parse(R"({"event":"e","exception":"Traceback\nValueError: x"})")),
              ElementsAre("exception.stacktrace=Traceback\nValueError: x"));
  EXPECT_THAT(shown(parse(R"({"msg":"e","err":{"type":"E","stack":"at f"}})")),
              ElementsAre("exception.type=E", "exception.stacktrace=at f"));
  EXPECT_THAT(shown(parse(R"({"msg":"e","exc_info":true})")), ElementsAre("exc_info true"));
}

TEST_F(LineTest, OfSeveralMessagesTheFirstByRankIsTheBody) {
  const LogRecord& r = parse(R"({"msg":"third","message":"second","event":"first"})");
  EXPECT_EQ(r.body.text(), "first");
  EXPECT_THAT(shown(r), ElementsAre("msg=third", "message=second"));
}

TEST_F(LineTest, WithoutAMessageTheBodyIsTheObject) {
  const LogRecord& r = parse(R"({"status":200,"event":5})");
  EXPECT_EQ(r.body, Value::json(R"({"status":200,"event":5})"));
  EXPECT_EQ(r.original, "");
  EXPECT_THAT(shown(r), ElementsAre("status int 200", "event int 5"));
}

TEST_F(LineTest, CelerysPrefixIsRead) {
  const char* line =
      R"([2026-11-22 16:39:57,135: WARNING/ForkPoolWorker-1] {"order_id": 492, "event": "sent", )"
      R"("level": "info", "timestamp": "2026-11-22T16:39:57.134873Z"})";
  const LogRecord& r = parse(line);
  EXPECT_EQ(r.body.text(), "sent");
  EXPECT_EQ(r.original, line);
  EXPECT_EQ(r.severity_text, "info");
  EXPECT_EQ(r.time, 1'795'365'597'134'873'000);
  EXPECT_THAT(shown(r), ElementsAre("process.name=ForkPoolWorker-1", "order_id int 492"));

  const LogRecord& plain = parse("[2026-11-22 16:39:54,824: ERROR/MainProcess] beat: {gone}");
  EXPECT_EQ(plain.body.text(), "beat: {gone}");
  EXPECT_EQ(plain.severity_number, 17);
  EXPECT_EQ(plain.time, 1'795'365'594'824'000'000);
  EXPECT_THAT(shown(plain), ElementsAre("process.name=MainProcess"));
}

TEST_F(LineTest, GunicornsPrefixIsRead) {
  const char* line = "[2026-11-22 18:39:57 +0200] [31216] [CRITICAL] WORKER TIMEOUT (pid:31217)";
  const LogRecord& r = parse(line);
  EXPECT_EQ(r.body.text(), "WORKER TIMEOUT (pid:31217)");
  EXPECT_EQ(r.original, line);
  EXPECT_EQ(r.severity_text, "fatal");
  EXPECT_EQ(r.severity_number, 21);
  EXPECT_EQ(r.time, 1'795'365'597'000'000'000);
  EXPECT_THAT(shown(r), ElementsAre("process.pid int 31216"));
}

TEST_F(LineTest, GluedObjectsAreRecordsOfTheirOwn) {
  parse(
      R"({"event":"a","n":1}{"event":"b","s":"}{"} [2026-11-22 16:39:57,135: INFO/W-1] {"event":"c"})"
      R"([2026-11-22 16:39:57,136: ERROR/W-1] plain)");
  ASSERT_EQ(batch_.logs.size(), 4u);
  EXPECT_EQ(batch_.logs[0].body.text(), "a");
  EXPECT_EQ(batch_.logs[0].original, R"({"event":"a","n":1})");
  EXPECT_EQ(batch_.logs[1].body.text(), "b");
  EXPECT_EQ(batch_.logs[2].body.text(), "c");
  EXPECT_EQ(batch_.logs[2].severity_text, "info");
  EXPECT_EQ(batch_.logs[3].body.text(), "plain");
  EXPECT_EQ(batch_.logs[3].severity_text, "error");
  EXPECT_EQ(batch_.logs[3].time, 1'795'365'597'136'000'000);
}

TEST_F(LineTest, AnAccessLineGluedToAnObjectIsARecordOfItsOwn) {
  parse(R"({"event":"request_finished","level":"info"}127.0.0.1 - - "GET / HTTP/1.1" 200)");
  ASSERT_EQ(batch_.logs.size(), 2u);
  EXPECT_EQ(batch_.logs[0].body.text(), "request_finished");
  EXPECT_EQ(batch_.logs[0].original, R"({"event":"request_finished","level":"info"})");
  EXPECT_EQ(batch_.logs[1].body.text(), R"(127.0.0.1 - - "GET / HTTP/1.1" 200)");
  EXPECT_EQ(batch_.logs[1].original, "");
  EXPECT_EQ(batch_.logs[1].severity_number, 0);
}

TEST_F(LineTest, EverythingElseStaysAsItIs) {
  std::string deep = "{\"event\":\"m\",\"a\":";
  for (int i = 0; i < 30; ++i) deep += "{\"a\":";
  deep += "1" + std::string(31, '}');
  std::string glued;
  for (int i = 0; i < 20; ++i) glued += "{}";
  for (const std::string& line : {
           std::string("plain text"),
           std::string(R"({"event":"cut)"),
           std::string(R"({"event":"a"} and more)"),
           std::string(R"({"event":"a"}{"event":)"),
           std::string(R"({} items)"),
           std::string(R"({"id":1}, done)"),
           std::string(R"(["event"])"),
           std::string(R"({"a":[1,,2],"event":"x"})"),
           std::string(R"({"a":[1 2],"event":"x"})"),
           std::string(R"({"a":tru,"event":"x"})"),
           std::string(R"({"a":"\x","event":"x"})"),
           std::string(R"({"a":01,"event":"x"})"),
           std::string(R"({'event':'x'})"),
           std::string(R"({"event":"a":"b"})"),
           std::string(R"({"event":"a","b":{"c":"d":"e"}})"),
           std::string("[2026-11-22 16:39:57 +0000] [31216] [INFO]"),
           std::string("[2026-11-22 16:39:57 +0000] [31216] [LOUD] x"),
           std::string("[2026-11-22 16:39:57 +0000] [pid 7] [INFO] x"),
           std::string("[2026-11-22 16:39:57 +9900] [31216] [INFO] x"),
           std::string("[2026-99-22 16:39:57,000: INFO/Main] x"),
           std::string("{"),
           std::string("[x: y/z] a"),
           deep,
           glued,
           std::string(R"({"event":")") + std::string(1 << 20, 'x') + "\"}",
       }) {
    const LogRecord& r = parse(line);
    EXPECT_EQ(r.body, Value::string(line));
    EXPECT_EQ(r.original, "");
    EXPECT_EQ(r.severity_number, 0);
    EXPECT_THAT(batch_.logs, SizeIs(1)) << line.substr(0, 100);
    EXPECT_THAT(r.attributes, IsEmpty());
  }
}

TEST_F(LineTest, BadUtf8AndHalfSurrogatesAreRepaired) {
  EXPECT_EQ(parse("{\"event\":\"caf\xe9\"}").body.text(), "caf\uFFFD");
  EXPECT_EQ(parse(R"({"event":"half \ud83d pair"})").body.text(), "half \uFFFD pair");
}

TEST_F(LineTest, NumbersBeyondOursAreKeptAsText) {
  EXPECT_THAT(
      shown(parse(R"({"msg":"m","a":18446744073709551615,"b":123456789012345678901234567890,)"
                  R"("c":1e999,"d":-9223372036854775808})")),
      ElementsAre("a=18446744073709551615", "b=123456789012345678901234567890", "c=1e999",
                  "d int -9223372036854775808"));
}

TEST_F(LineTest, MembersOverTheLimitAreCounted) {
  std::string line = R"({"event":"m")";
  for (int i = 0; i < 1500; ++i) line += ",\"k" + std::to_string(i) + "\":1";
  const LogRecord& r = parse(line + "}");
  EXPECT_THAT(r.attributes, SizeIs(1000));
  EXPECT_EQ(r.attributes.back().key, "otel.dropped_attributes_count");
  EXPECT_EQ(r.attributes.back().value.as_int64(), 501);
}

TEST_F(LineTest, OfTheSameKeyTwiceTheFirstIsKept) {
  EXPECT_THAT(shown(parse(R"({"event":"m","a":1,"a":2,"b":{"c":1},"b.c":2})")),
              ElementsAre("a int 1", "b.c int 1"));
  std::string line = R"({"event":"m")";
  for (int i = 0; i < 40; ++i) line += ",\"k" + std::to_string(i % 20) + "\":" + std::to_string(i);
  const LogRecord& r = parse(line + "}");
  ASSERT_THAT(r.attributes, SizeIs(20));
  EXPECT_EQ(r.attributes[19].value.as_int64(), 19);
}

TEST_F(LineTest, ALongPathIsNotMultipliedByItsLeaves) {
  std::string line = R"({"event":"m",")" + std::string(400, 'p') + R"(":{"a":1,"b":2}})";
  const LogRecord& r = parse(line);
  ASSERT_THAT(r.attributes, SizeIs(1));
  EXPECT_EQ(r.attributes[0].value, Value::json(R"({"a":1,"b":2})"));
}

TEST_F(LineTest, ParsingTwiceChangesNothing) {
  parse(R"({"event":"{\"event\":\"inner\"}","level":"warn"})");
  parse_lines(batch_);
  ASSERT_THAT(batch_.logs, SizeIs(1));
  EXPECT_EQ(batch_.logs[0].body.text(), R"({"event":"inner"})");
}

TEST_F(LineTest, ALineCutAtAnyByteIsReadOrLeft) {
  const std::string line =
      R"([2026-11-22 16:39:57,135: WARNING/ForkPoolWorker-1] {"a": [1, {"b": "\u00e9"}], "event": "sent", )"
      R"("o": {"p": {"q": -1.5e3}}, "level": "info"}{"event": "two", "level": 30})";
  for (size_t length = 0; length <= line.size(); ++length) {
    parse(std::string_view(line).substr(0, length));
    EXPECT_GE(batch_.logs.size(), 1u);
    EXPECT_LE(batch_.logs.size(), 2u);
  }
  EXPECT_EQ(batch_.logs.size(), 2u);
}

TEST_F(LineTest, RecordedLinesOfTheShop) {
  const auto text = ingest::testing::corpus_file("line/shop.log");
  batch_.bodies.push_back(text);
  for (size_t at = 0; at < text->size();) {
    const size_t end = text->find('\n', at);
    LogRecord record;
    record.time = kShipped;
    record.body = Value::string(std::string_view(*text).substr(at, end - at));
    batch_.logs.push_back(record);
    at = end + 1;
  }
  parse_lines(batch_);
  ingest::testing::expect_golden("line/shop.expected", ingest::testing::batch_text(batch_));
}

TEST(ParseObjectTest, SendersNamesGoFirst) {
  LineParser parser({.message = "log", .time = "when", .level = "prio"});
  model::Batch batch;
  LogRecord r;
  EXPECT_EQ(
      parser.parse_object(
          R"({"event":"no","log":"yes","when":1795365598,"prio":"crit","level":"info"})", r, batch),
      FlattenOutcome::kObject);
  EXPECT_EQ(r.body.text(), "yes");
  EXPECT_EQ(r.time, 1'795'365'598'000'000'000);
  EXPECT_EQ(r.severity_text, "fatal");
  EXPECT_EQ(r.attributes.size(), 2u);
}

TEST(ParseObjectTest, SaysWhatIsWrong) {
  LineParser parser({}, {.max_bytes = 200'000});
  model::Batch batch;
  LogRecord r;
  EXPECT_EQ(parser.parse_object("[1]", r, batch), FlattenOutcome::kNotObject);
  EXPECT_EQ(parser.parse_object(std::string(200'001, ' '), r, batch), FlattenOutcome::kTooLong);
  std::string objects, arrays = "{\"a\":";
  for (int i = 0; i < 10'000; ++i) objects += "{\"a\":";
  objects += "1" + std::string(10'000, '}');
  arrays += std::string(50'000, '[') + std::string(50'000, ']') + "}";
  EXPECT_EQ(parser.parse_object(objects, r, batch), FlattenOutcome::kTooDeep);
  EXPECT_EQ(parser.parse_object(arrays, r, batch), FlattenOutcome::kTooDeep);
  std::string at_limit = "1";
  for (int i = 0; i < 24; ++i) at_limit = "{\"a\":" + at_limit + "}";
  EXPECT_EQ(parser.parse_object(at_limit, r, batch), FlattenOutcome::kObject);
  EXPECT_EQ(parser.parse_object("{\"a\":" + at_limit + "}", r, batch), FlattenOutcome::kTooDeep);
}

}  // namespace
}  // namespace tripod::pipeline
