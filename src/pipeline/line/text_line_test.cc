#include "pipeline/line/text_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ingest/testing/batch_text.h"
#include "pipeline/line/line.h"

namespace tripod::pipeline {
namespace {

using model::LogRecord;
using model::Value;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr base::UnixNanos kShipped = 1'795'365'600'000'000'000;  // 2026-11-22T16:40:00Z
constexpr base::UnixNanos kWritten = 1'795'365'597'135'000'000;  // 2026-11-22T16:39:57.135Z

class TextLineTest : public ::testing::Test {
 protected:
  LogRecord& parse(std::string_view line, base::UnixNanos shipped = kShipped) {
    LogRecord record;
    record.body = Value::string(batch_.arena.copy(line));
    record.time = shipped;
    batch_.logs.assign(1, record);
    parse_lines(batch_);
    return batch_.logs.front();
  }
  static std::vector<std::string> shown(const LogRecord& record) {
    std::vector<std::string> out;
    for (const auto& a : record.attributes) {
      std::string text(a.key);
      if (a.value.type() == model::ValueType::kInt64) text += " int " + std::to_string(a.value.as_int64());
      if (a.value.type() == model::ValueType::kFloat64) text += " float " + std::to_string(a.value.as_float64());
      if (a.value.type() == model::ValueType::kBool) text += a.value.as_bool() ? " true" : " false";
      if (a.value.is_string()) text += "=" + std::string(a.value.text());
      out.push_back(text);
    }
    return out;
  }
  void expect_untouched(std::string_view line) {
    const LogRecord& r = parse(line);
    EXPECT_EQ(r.body, Value::string(line));
    EXPECT_EQ(r.original, "") << line;
    EXPECT_EQ(r.severity_number, 0) << line;
    EXPECT_EQ(r.time, kShipped) << line;
    EXPECT_THAT(shown(r), IsEmpty()) << line;
  }

  model::Batch batch_;
};

TEST_F(TextLineTest, LogfmtIsReadIntoTypedFields) {
  const char* line = R"(time=2026-11-22T16:39:57.135Z level=warn msg="card \"4\" declined\n" order=12 took=0.25 retry=true id=007 e=1e5 trace=a=b empty=)";
  const LogRecord& r = parse(line);
  EXPECT_EQ(r.body.text(), "card \"4\" declined\n");
  EXPECT_EQ(r.original, line);
  EXPECT_EQ(r.severity_text, "warn");
  EXPECT_EQ(r.time, kWritten);
  EXPECT_THAT(shown(r), ElementsAre("order int 12", "took float 0.250000", "retry true", "id=007", "e=1e5", "trace=a=b", "empty="));
}

TEST_F(TextLineTest, StructlogsKeyValueRendererIsLogfmtInSingleQuotes) {
  const LogRecord& r = parse(R"(low=3 event='stock isn\'t "low"' level='info' none=None)");
  EXPECT_EQ(r.body.text(), "stock isn't \"low\"");
  EXPECT_EQ(r.severity_text, "info");
  EXPECT_THAT(shown(r), ElementsAre("low int 3", "none=None"));
}

TEST_F(TextLineTest, LogfmtWithoutAMessageKeepsItsLineAsBody) {
  const char* line = R"(at=info method=GET path="/a b" status=200 service=18ms)";
  const LogRecord& r = parse(line);
  EXPECT_EQ(r.body.text(), line);
  EXPECT_EQ(r.original, "");
  EXPECT_THAT(shown(r), ElementsAre("at=info", "method=GET", "path=/a b", "status int 200", "service=18ms"));
}

TEST_F(TextLineTest, AGoKitLineHasItsPlaceInTheCode) {
  EXPECT_THAT(shown(parse("ts=2026-11-22T16:39:57.135Z caller=shop/views.go:42 level=error msg=failed")),
              ElementsAre("code.file.path=shop/views.go", "code.line.number int 42"));
}

TEST_F(TextLineTest, ProseWithPairsInItStaysText) {
  for (const char* line : {
           "retry with a=b",
           "a=b",
           "a=b and c=d",
           "a=b c",
           "level=info hello",
           "x=\"open",
           "x='open y=1",
           "x=\"a\"b y=1",
           "1=2 3=4",
           "=a b=c",
           "a=b\nc=d",
           "key = value other = value",
           "SELECT a FROM b WHERE c=1",
           "https://shop.example/?a=1&b=2",
       }) {
    expect_untouched(line);
  }
}

TEST_F(TextLineTest, CombinedAccessLines) {
  const char* line = R"(203.0.113.7 - ada [22/Nov/2026:17:39:57 +0100] "GET /products/21/?page=2&q=a HTTP/1.1" 200 1034 "https://shop.example/" "curl/7.88 \"x\"")";
  const LogRecord& r = parse(line);
  EXPECT_EQ(r.body.text(), line);
  EXPECT_EQ(r.original, "");
  EXPECT_EQ(r.severity_text, "info");
  EXPECT_EQ(r.time, 1'795'365'597'000'000'000);
  EXPECT_EQ(r.observed_time, kShipped);
  EXPECT_THAT(shown(r), ElementsAre("client.address=203.0.113.7", "user.name=ada", "http.request.method=GET", "url.path=/products/21/",
                                    "url.query=page=2&q=a", "network.protocol.version=1.1", "http.response.status_code int 200",
                                    "http.response.body.size int 1034", "http.request.header.referer=https://shop.example/",
                                    "user_agent.original=curl/7.88 \"x\""));
}

TEST_F(TextLineTest, TheStatusOfAnAccessLineIsItsSeverity) {
  const auto severity = [&](std::string_view status) {
    return std::string(parse("::1 - - [22/Nov/2026:16:39:57 +0000] \"GET / HTTP/2.0\" " + std::string(status) + " -").severity_text);
  };
  EXPECT_EQ(severity("101"), "info");
  EXPECT_EQ(severity("304"), "info");
  EXPECT_EQ(severity("404"), "warn");
  EXPECT_EQ(severity("499"), "warn");
  EXPECT_EQ(severity("503"), "error");
}

TEST_F(TextLineTest, WhatIsBehindACombinedLineIsRead) {
  const std::string line = R"(10.0.0.1 - - [22/Nov/2026:16:39:57 +0000] "POST /pay HTTP/2.0" 502 0 "-" "-" "203.0.113.7, 10.0.0.2" 0.123 upstream=10.0.0.3:80 7)";
  EXPECT_THAT(shown(parse(line)),
              ElementsAre("client.address=10.0.0.1", "http.request.method=POST", "url.path=/pay", "network.protocol.version=2",
                          "http.response.status_code int 502", "http.response.body.size int 0",
                          "http.request.header.x-forwarded-for=203.0.113.7, 10.0.0.2", "http.server.request.duration float 0.123000",
                          "upstream=10.0.0.3:80"));
  EXPECT_THAT(shown(parse(R"(10.0.0.1 - - [22/Nov/2026:16:39:57 +0000] "GET / HTTP/1.1" 200 5 rt=0.004)")).back(),
              "http.server.request.duration float 0.004000");
}

TEST_F(TextLineTest, OtherFormsOfAccessLines) {
  EXPECT_THAT(shown(parse(R"(shop.example:443 203.0.113.7 - - [22/Nov/2026:16:39:57 +0000] "GET / HTTP/1.1" 200 5)")),
              ElementsAre("server.port int 443", "server.address=shop.example", "client.address=203.0.113.7", "http.request.method=GET",
                          "url.path=/", "network.protocol.version=1.1", "http.response.status_code int 200",
                          "http.response.body.size int 5"));
  // TLS spoken to a plain port: no request to speak of.
  EXPECT_THAT(shown(parse(R"(203.0.113.7 - - [22/Nov/2026:16:39:57 +0000] "\x16\x03\x01" 400 150 "-" "-")")),
              ElementsAre("client.address=203.0.113.7", "http.response.status_code int 400", "http.response.body.size int 150"));
  EXPECT_THAT(shown(parse(R"([22/Nov/2026 16:39:57] "GET /admin/ HTTP/1.1" 302 0)")),
              ElementsAre("http.request.method=GET", "url.path=/admin/", "network.protocol.version=1.1",
                          "http.response.status_code int 302", "http.response.body.size int 0"));
  const LogRecord& uvicorn = parse(R"(INFO:     127.0.0.1:51234 - "GET /boom HTTP/1.1" 500 Internal Server Error)");
  EXPECT_EQ(uvicorn.severity_text, "error");
  EXPECT_EQ(uvicorn.body.text(), R"(127.0.0.1:51234 - "GET /boom HTTP/1.1" 500 Internal Server Error)");
  EXPECT_THAT(shown(uvicorn), ElementsAre("client.port int 51234", "client.address=127.0.0.1", "http.request.method=GET",
                                          "url.path=/boom", "network.protocol.version=1.1", "http.response.status_code int 500"));
  EXPECT_THAT(shown(parse(R"(INFO:werkzeug:127.0.0.1 - - [22/Nov/2026 16:39:57] "GET / HTTP/1.1" 404 -)")),
              ElementsAre("logger=werkzeug", "client.address=127.0.0.1", "http.request.method=GET", "url.path=/",
                          "network.protocol.version=1.1", "http.response.status_code int 404"));
}

TEST_F(TextLineTest, WhatOnlyLooksLikeAnAccessLineStaysText) {
  for (const char* line : {
           R"(127.0.0.1 - - "GET / HTTP/1.1" 200)",
           R"(127.0.0.1 - - [22/Nov/2026:16:39:57 +0000])",
           R"(127.0.0.1 - - [22/Foo/2026:16:39:57 +0000] "GET / HTTP/1.1" 200 5)",
           R"(127.0.0.1 - - [22/Nov/2026:16:39:57 +0000] "GET / HTTP/1.1 200 5)",
           R"(127.0.0.1 - - [22/Nov/2026:16:39:57 +0000] "GET / HTTP/1.1" ok 5)",
           R"(127.0.0.1 - - [22/Nov/2026:16:39:57 +0000] "GET / HTTP/1.1" 200 many)",
           R"(127.0.0.1 - - [22/Nov/2026:16:39:57 +0000] "GET / HTTP/1.1" 2000 5)",
           R"(it broke on [22/Nov/2026:16:39:57 +0000] "GET / HTTP/1.1" 200 5)",
       }) {
    expect_untouched(line);
  }
}

struct HeadCase {
  const char* line;
  const char* severity;
  const char* message;
  std::vector<std::string> fields;
  bool with_time = true;
};

TEST_F(TextLineTest, HeadsOfLoggingLibraries) {
  const std::vector<HeadCase> cases = {
      {"ERROR:shop.views:order 7 failed: no", "error", "order 7 failed: no", {"logger=shop.views"}, false},
      {"WARNING:root:careful", "warn", "careful", {"logger=root"}, false},
      {"CRITICAL: out of memory", "fatal", "out of memory", {}, false},
      {"INFO:     Application startup complete.", "info", "Application startup complete.", {}, false},
      {"INFO  [alembic.runtime.migration] Context impl SQLiteImpl.", "info", "Context impl SQLiteImpl.", {"logger=alembic.runtime.migration"}, false},
      {"2026-11-22 16:39:57,135 INFO shop.views [31216] order 7 paid", "info", "order 7 paid", {"logger=shop.views", "process.pid int 31216"}},
      {"2026-11-22 16:39:57,135 - shop.views - ERROR - order 7 - failed", "error", "order 7 - failed", {"logger=shop.views"}},
      {"2026-11-22 16:39:57,135 [WARNING] shop.views: order: 7", "warn", "order: 7", {"logger=shop.views"}},
      {"2026-11-22 16:39:57,135 WARNING django.request Forbidden (CSRF): /pay", "warn", "Forbidden (CSRF): /pay", {"logger=django.request"}},
      {"2026-11-22 16:39:57,135 INFO Starting server: now", "info", "Starting server: now", {}},
      {"2026-11-22 16:39:57,135 INFO example.com is down", "info", "example.com is down", {}},
      {"2026-11-22 16:39:57,135:DEBUG:started", "debug", "started", {}},
      {"2026-11-22T16:39:57.135Z ERROR boom", "error", "boom", {}},
      {"2026-11-22 17:39:57,135+0100 ERROR boom", "error", "boom", {}},
      {"ERROR 2026-11-22 16:39:57,135 views 31216 140229 order 7", "error", "order 7", {"logger=views", "process.pid int 31216", "thread.id int 140229"}},
      {"ERROR 2026-11-22 16:39:57,135 order 7 failed", "error", "order 7 failed", {}},
      {"ERROR 2026-11-22 16:39:57,135 order 7 8", "error", "order 7 8", {}},
      {"[2026-11-22 16:39:57,135] ERROR in views: Exception on / [GET]", "error", "Exception on / [GET]", {"logger=views"}},
      {"[2026-11-22 16:39:57,135] [INFO] ready", "info", "ready", {}},
      {"2026-11-22 16:39:57.135 | WARNING  | shop.views:checkout:42 - slow", "warn", "slow",
       {"code.function.name=checkout", "code.line.number int 42", "logger=shop.views"}},
      {"2026-11-22 16:39:57.135  INFO 31216 --- [main] c.e.Shop : started", "info", "31216 --- [main] c.e.Shop : started", {}},
      {"2026-11-22 16:39:57,135 [main] ERROR c.e.Shop - failed", "error", "failed", {"thread.name=main", "logger=c.e.Shop"}},
      {"2026-11-22T16:39:57.135Z\tERROR\tshop\tshop/views.go:42\torder failed\t{\"order\": 7}", "error", "order failed",
       {"logger=shop", "code.file.path=shop/views.go", "code.line.number int 42", "order int 7"}},
      {"2026-11-22T16:39:57.135Z\tINFO\tready", "info", "ready", {}},
      {"2026-11-22T16:39:57.135Z\tINFO\tready\t{\"half", "info", "ready\t{\"half", {}},
  };
  for (const HeadCase& c : cases) {
    const LogRecord& r = parse(c.line);
    EXPECT_EQ(r.body.text(), std::string_view(c.message)) << c.line;
    EXPECT_EQ(r.original, c.line);
    EXPECT_EQ(r.severity_text, c.severity) << c.line;
    EXPECT_EQ(r.time, c.with_time ? kWritten : kShipped) << c.line;
    EXPECT_EQ(shown(r), c.fields) << c.line;
  }
}

TEST_F(TextLineTest, TheTraceOfOpenTelemetrysFormatIsTheRecords) {
  const LogRecord& r = parse(
      "2026-11-22 16:39:57,135 INFO [shop.views] [views.py:42] [trace_id=4bf92f3577b34da6a3ce929d0e0e4736 "
      "span_id=00f067aa0ba902b7 resource.service.name=shop trace_sampled=True] - order 7 paid");
  EXPECT_EQ(r.body.text(), "order 7 paid");
  EXPECT_EQ(r.trace_id.hex(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(r.span_id.hex(), "00f067aa0ba902b7");
  EXPECT_THAT(shown(r), ElementsAre("logger=shop.views", "code.file.path=views.py", "code.line.number int 42", "service.name=shop"));
}

TEST_F(TextLineTest, NginxsErrorLogIsRead) {
  const LogRecord& r = parse("2026/11/22 16:39:50 [error] 31216#0: *7 connect() failed (111: Connection refused), client: 10.0.0.1");
  EXPECT_EQ(r.severity_text, "error");
  EXPECT_EQ(r.body.text(), "*7 connect() failed (111: Connection refused), client: 10.0.0.1");
  EXPECT_EQ(r.time, kShipped - 10 * base::kNanosPerSecond);
  EXPECT_THAT(shown(r), ElementsAre("process.pid int 31216"));
}

TEST_F(TextLineTest, ATracebackBehindTheLineIsAField) {
  const std::string traceback = "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nValueError: x";
  for (const std::string& head : std::vector<std::string>{"2026-11-22 16:39:57,135 ERROR shop.views [7] ", "[2026-11-22 16:39:57,135: ERROR/W-1] ", "level=error msg="}) {
    const LogRecord& r = parse(head + "failed\n" + traceback);
    EXPECT_EQ(r.body.text(), "failed") << head;
    EXPECT_EQ(r.original, head + "failed\n" + traceback);
    EXPECT_EQ(model::find_text(r.attributes, "exception.stacktrace"), traceback) << head;
  }
  const LogRecord& java = parse("ERROR: boom\n\tat a.b.C(C.java:1)\n\tat a.b.D(D.java:2)");
  EXPECT_EQ(java.body.text(), "boom");
  EXPECT_EQ(model::find_text(java.attributes, "exception.stacktrace"), "\tat a.b.C(C.java:1)\n\tat a.b.D(D.java:2)");
}

TEST_F(TextLineTest, LinesWithoutALevelStayText) {
  for (const char* line : {
           "2026-11-22 16:39:57,135 something happened",
           "2026-11-22 16:39:57,135",
           "2026-11-22 16:39:57,135 INFO",
           "2026-99-22 16:39:57,135 INFO x",
           "2026-11-22 16:39:57,1350000000000 INFO x",
           "[2026-11-22 16:39:57,135 ERROR x",
           "2026-11-22 16:39:57,135 INFORMATION x",
           "ERRORS: none",
           "Error: no such file",
           "INFO",
           "INFO:",
           "INFO:shop.views:",
           "INFO:not a name:x",
           "INFO about the order",
           "PS: write this",
           "celery beat v5.7.0 (collider) is starting.",
           "  warnings.warn(self.MESSAGE, category=RuntimeWarning)",
           "/srv/a.py:98: RuntimeWarning: Accessing the database",
           "LocalTime -> 2026-11-22 16:24:54",
           "2026",
           "-",
           "a",
       }) {
    expect_untouched(line);
  }
}

TEST_F(TextLineTest, ATimeWithoutAZoneIsTakenWhereUtcExplainsIt) {
  const char* line = "2026-11-22 16:39:57,135 INFO x";
  EXPECT_EQ(parse(line, kWritten + 4 * base::kNanosPerMinute).time, kWritten);
  EXPECT_EQ(parse(line, kWritten - 4 * base::kNanosPerMinute).time, kWritten);
  EXPECT_EQ(parse(line, kWritten + base::kNanosPerDay).time, kWritten);
  for (const int64_t hours : {-2, 1, 5, 14}) {
    const base::UnixNanos shipped = kWritten + hours * base::kNanosPerHour;
    EXPECT_EQ(parse(line, shipped).time, shipped) << hours;
    EXPECT_EQ(parse("2026-11-22 16:39:57,135Z INFO x", shipped).time, kWritten) << hours;
  }
  EXPECT_EQ(parse(line, 0).time, kWritten);
}

TEST_F(TextLineTest, ATimeToTheSecondDoesNotReplaceAFinerOne) {
  const char* line = R"(::1 - - [22/Nov/2026:16:39:57 +0000] "GET / HTTP/1.1" 200 5)";
  const base::UnixNanos second = 1'795'365'597'000'000'000;
  EXPECT_EQ(parse(line, second + 1'400'000'000).time, second + 1'400'000'000);
  EXPECT_EQ(parse(line, second + 2'000'000'000).time, second);
  EXPECT_EQ(parse(line, second - 1).time, second);
}

TEST_F(TextLineTest, MembersThatOpenTelemetryNamesGetItsNames) {
  EXPECT_THAT(shown(parse(R"({"level":50,"time":1795365597135,"pid":31216,"hostname":"web-1","msg":"failed","err":{"type":"Error","message":"no","stack":"Error: no\n    at f"}})")),
              ElementsAre("process.pid int 31216", "host.name=web-1", "exception.type=Error", "exception.message=no",
                          "exception.stacktrace=Error: no\n    at f"));
  EXPECT_THAT(shown(parse(R"({"level":"info","ts":1795365597.135,"caller":"shop/views.go:42","msg":"m"})")),
              ElementsAre("code.file.path=shop/views.go", "code.line.number int 42"));
  EXPECT_THAT(shown(parse(R"({"message":"m","pathname":"/srv/views.py","lineno":7,"funcName":"pay","filename":"views.py"})")),
              ElementsAre("code.file.path=/srv/views.py", "code.line.number int 7", "code.function.name=pay", "filename=views.py"));
  EXPECT_THAT(shown(parse(R"({"message":"m","hostname":"h","caller":"+4930123","pathname":"/a","err":{"type":"T"}})")),
              ElementsAre("hostname=h", "caller=+4930123", "pathname=/a", "err.type=T"));
}

TEST_F(TextLineTest, LinesAfterAnObjectInTheSameLineAreReadToo) {
  parse(R"({"event":"a","level":"info"}127.0.0.1 - - [22/Nov/2026:16:39:50 +0000] "GET / HTTP/1.1" 500 5)");
  ASSERT_THAT(batch_.logs, SizeIs(2));
  EXPECT_EQ(batch_.logs[1].severity_text, "error");
  EXPECT_EQ(model::find_text(batch_.logs[1].attributes, "client.address"), "127.0.0.1");
}

TEST_F(TextLineTest, ALineCutAtAnyByteIsReadOrLeft) {
  for (const std::string& line : {
           std::string(R"(a.b:1 10.0.0.1 - - [22/Nov/2026:16:39:57 +0000] "POST /p?a HTTP/2.0" 502 0 "-" "a\"b" "203.0.113.7" 0.123 k="v")"),
           std::string("2026-11-22 16:39:57,135 INFO [a.b] [v.py:4] [trace_id=1 span_id=2] - m"),
           std::string("2026-11-22T16:39:57.135Z\tINFO\tl\ta.go:1\tm\t{\"k\":1}"),
           std::string(R"(level=info msg="a \"b\" \u00e9 \x41" n=1)"),
       }) {
    for (size_t length = 0; length <= line.size(); ++length) {
      const LogRecord& r = parse(std::string_view(line).substr(0, length));
      EXPECT_TRUE(line.starts_with(r.original)) << r.original;
    }
    EXPECT_NE(batch_.logs[0].severity_number, 0) << line;
  }
}

TEST_F(TextLineTest, PairsOverTheLimitAreCounted) {
  std::string line = "msg=m";
  for (int i = 0; i < 1500; ++i) line += " k" + std::to_string(i) + "=1";
  const LogRecord& r = parse(line);
  ASSERT_THAT(r.attributes, SizeIs(999));
  EXPECT_EQ(r.attributes.back().key, "otel.dropped_attributes_count");
  EXPECT_EQ(r.attributes.back().value.as_int64(), 502);
}

TEST_F(TextLineTest, ParsingTwiceChangesNothing) {
  parse(R"(203.0.113.7 - ada [22/Nov/2026:17:39:57 +0100] "GET / HTTP/1.1" 200 1034)");
  const std::string once = ingest::testing::batch_text(batch_);
  parse_lines(batch_);
  EXPECT_EQ(ingest::testing::batch_text(batch_), once);
}

// A file, a host, a setting or an address at the front of a message is not who said it.
TEST_F(TextLineTest, TheFirstWordOfAMessageStaysInIt) {
  for (const char* message : {"config.toml missing", "schema.xml not found", "api.shop.internal unreachable", "settings.DEBUG is on"}) {
    const LogRecord& r = parse(std::string("2026-11-22 16:39:57,135 ERROR ") + message);
    EXPECT_EQ(r.body.text(), message);
    EXPECT_EQ(r.severity_number, 17);
    EXPECT_THAT(shown(r), IsEmpty()) << message;
  }
  EXPECT_THAT(shown(parse("2026-11-22 16:39:57,135 ERROR shop.views order 7 failed")), ElementsAre("logger=shop.views"));
  expect_untouched("ERROR:http://127.0.0.1/ failed");
}

TEST_F(TextLineTest, WhatAnSdkSaysOfItsRecordStays) {
  const auto sent = [&](std::string_view body, uint8_t severity) {
    LogRecord record;
    record.body = Value::string(body);
    batch_.scopes.assign(1, {"shop", ""});
    record.severity_number = severity;
    batch_.logs.assign(1, record);
    parse_lines(batch_);
    return batch_.logs.front();
  };
  const LogRecord kept = sent("WARNING: disk low", 17);
  EXPECT_EQ(kept.body.text(), "WARNING: disk low");
  EXPECT_EQ(kept.severity_number, 17);
  // A collector that read the line from a file states no level.
  EXPECT_EQ(sent("WARNING: disk low", 0).severity_number, 13);
  EXPECT_EQ(sent("event=paid amount=3", 9).attributes.size(), 1u);
}

TEST_F(TextLineTest, EscapesBeyondTheBasicPlane) {
  EXPECT_EQ(parse(R"(level=info msg="paid \ud83d\ude00 \U0001f600" n=1)").body.text(), "paid \xf0\x9f\x98\x80 \xf0\x9f\x98\x80");
  EXPECT_EQ(parse(R"(level=info msg="half \ud83d" n=1)").body.text(), "half \xef\xbf\xbd");
}

TEST_F(TextLineTest, DroppedFieldsOfZapsObjectAreCounted) {
  std::string line = "2026-11-22T16:39:57.135Z\tERROR\tshop/views.go:42\torder failed\t{\"a\": 1";
  for (int i = 0; i < 1500; ++i) line += ", \"key" + std::to_string(i) + "\": 1";
  const LogRecord& r = parse(line + "}");
  const auto* dropped = model::find_attribute(r.attributes, "otel.dropped_attributes_count");
  ASSERT_NE(dropped, nullptr);
  // 1,501 of the object and the two of the place in the code.
  EXPECT_EQ(static_cast<size_t>(dropped->value.as_int64()) + r.attributes.size() - 1, 1503u);
}

}  // namespace
}  // namespace tripod::pipeline
