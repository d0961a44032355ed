// A line of known shape is read as any line is, only faster.
#include "pipeline/line/line_shapes.h"

#include <gtest/gtest.h>

#include <random>
#include <sstream>

#include "base/utf8.h"
#include "ingest/testing/corpus.h"
#include "pipeline/line/line.h"
#include "pipeline/normalise/names.h"
#include "pipeline/normalise/normalise.h"

namespace tripod::pipeline {
namespace {

using model::Attribute;
using model::LogRecord;

struct Read {
  model::Batch batch;
  FlattenOutcome outcome = FlattenOutcome::kNotObject;
};

Read read(const std::string& line, LineShapes* shapes) {
  Read out;
  out.batch.bodies.push_back(std::make_shared<const std::string>(line));
  LineParser parser({}, {}, shapes);
  LogRecord record;
  out.outcome = parser.parse_object(*out.batch.bodies.back(), record, out.batch);
  out.batch.logs.push_back(record);
  normalise::normalise_batch(out.batch);
  return out;
}

std::string original_of(const LogRecord& record) {
  const auto line = model::LineTemplate::parse(record.original_template);
  EXPECT_TRUE(line);
  std::string out;
  const std::string trace = record.trace_id.hex(), span = record.span_id.hex();
  line->compose(record.time, [&](std::string_view key) -> model::Value {
    if (key == "body") return record.body;
    if (key == "trace_id") return model::Value::string(trace);
    if (key == "span_id") return model::Value::string(span);
    const Attribute* found = model::find_attribute(record.attributes, key);
    return found == nullptr ? model::Value() : found->value;
  }, out);
  return out;
}

std::string text_of(const LogRecord& record) {
  std::vector<std::string> fields;
  for (const Attribute& a : record.attributes) {
    std::string value(a.value.text());
    if (!a.value.has_text()) value = std::to_string(a.value.as_int64());
    fields.push_back(std::string(a.key) + "=" + std::to_string(static_cast<int>(a.value.type())) + ":" + value);
  }
  std::ranges::sort(fields);
  std::string out = std::to_string(record.time) + " " + std::to_string(record.observed_time) + " " +
                    std::to_string(record.severity_number) + " " + std::string(record.severity_text) + " " +
                    std::string(record.body.text()) + " " + record.trace_id.hex() + " " + record.span_id.hex();
  for (const std::string& field : fields) out += " " + field;
  return out;
}

// Both ways of reading agree, and the template gives the line again. Whether the shape was known.
bool check(const std::string& line, LineShapes& shapes) {
  const Read slow = read(line, nullptr);
  const Read fast = read(line, &shapes);
  EXPECT_EQ(slow.outcome, fast.outcome) << line;
  EXPECT_EQ(text_of(slow.batch.logs[0]), text_of(fast.batch.logs[0])) << line;
  if (fast.batch.logs[0].original_template.empty()) return false;
  EXPECT_EQ(original_of(fast.batch.logs[0]), line);
  return true;
}

TEST(LineShapes, AreLearnedFromOneLine) {
  LineShapes shapes;
  EXPECT_FALSE(check(R"({"event": "paid", "level": "info", "order": 7, "timestamp": "2026-11-22T16:39:57.123456Z"})", shapes));
  EXPECT_TRUE(check(R"({"event": "sent", "level": "info", "order": 81, "timestamp": "2026-11-22T17:00:00.000001Z"})", shapes));
  // Another level is another shape; so is a number that is none.
  EXPECT_FALSE(check(R"({"event": "sent", "level": "error", "order": 81, "timestamp": "2026-11-22T17:00:00.000001Z"})", shapes));
  EXPECT_TRUE(check(R"({"event": "lost", "level": "error", "order": 0, "timestamp": "2026-11-22T17:00:00.000002Z"})", shapes));
  EXPECT_FALSE(check(R"({"event": "lost", "level": "error", "order": "x", "timestamp": "2026-11-22T17:00:00.000002Z"})", shapes));
}

TEST(LineShapes, KnowTheNamesOfOpenTelemetry) {
  LineShapes shapes;
  EXPECT_FALSE(check(R"({"level":30,"time":1795365597135,"pid":31216,"hostname":"web-1","msg":"paid"})", shapes));
  EXPECT_TRUE(check(R"({"level":30,"time":1795365597999,"pid":7,"hostname":"web-2","msg":"sent"})", shapes));
  EXPECT_FALSE(check(R"({"level":"info","ts":"2026-11-22T16:39:57.135Z","caller":"shop/views.go:42","msg":"m","order":7})", shapes));
  EXPECT_TRUE(check(R"({"level":"info","ts":"2026-11-22T16:39:57.136Z","caller":"a:b/c.go:7","msg":"m","order":8})", shapes));
  // What is no place in the code stays what it is.
  EXPECT_FALSE(check(R"({"level":"info","ts":"2026-11-22T16:39:57.136Z","caller":"c.go:007","msg":"m","order":8})", shapes));
  EXPECT_FALSE(check(R"({"level":"info","ts":"2026-11-22T16:39:57.136Z","caller":"c\n.go:7","msg":"m","order":8})", shapes));
  EXPECT_FALSE(check(R"({"message":"m","lineno":7,"funcName":"f","pathname":"/a.py"})", shapes));
  EXPECT_TRUE(check(R"({"message":"m","lineno":8,"funcName":"g","pathname":"/b.py"})", shapes));
}

TEST(LineShapes, ReadWhatDiffersTheLongWay) {
  LineShapes shapes;
  const std::string known = R"({"event": "paid", "n": 7, "f": 0.5, "b": true, "time": "2026-11-22T16:39:57.123456Z"})";
  check(known, shapes);
  ASSERT_TRUE(check(known, shapes));
  for (const char* line : {
           R"({"event": "", "n": 7, "f": 0.5, "b": true, "time": "2026-11-22T16:39:57.123456Z"})",
           R"({"event": "paid", "n": 07, "f": 0.5, "b": true, "time": "2026-11-22T16:39:57.123456Z"})",
           R"({"event": "paid", "n": 7e3, "f": 0.5, "b": true, "time": "2026-11-22T16:39:57.123456Z"})",
           R"({"event": "paid", "n": 7, "f": 0.5000000000000000, "b": true, "time": "2026-11-22T16:39:57.123456Z"})",
           R"({"event": "paid", "n": 7, "f": 0.5, "b": null, "time": "2026-11-22T16:39:57.123456Z"})",
           R"({"event": "paid", "n": 7, "f": 0.5, "b": true, "time": "2026-02-30T16:39:57.123456Z"})",
           R"({"event": "paid", "n": 7, "f": 0.5, "b": true, "time": "soon"})",
           R"({"event": "p\u00e4id", "n": 7, "f": 0.5, "b": true, "time": "2026-11-22T16:39:57.123456Z"})",
           R"({"event": "paid", "n": 99999999999999999999, "f": 0.5, "b": true, "time": "2026-11-22T16:39:57.123456Z"})",
           R"({"event": "paid", "n": 7, "f": 0.5, "b": true, "time": "2026-11-22T16:39:57.123456Z"}})",
           R"({"event": "paid", "n": 7, "f": 0.5, "b": true, "time": "2026-11-22T16:39:57.123456Z")",
       }) {
    LineShapes only_this;
    check(known, only_this);
    EXPECT_FALSE(check(line, only_this)) << line;
  }
}

TEST(LineShapes, KnowDecimals) {
  LineShapes shapes;
  check(R"({"event": "a", "ms": 1.500})", shapes);
  EXPECT_TRUE(check(R"({"event": "a", "ms": 22.125})", shapes));
  EXPECT_FALSE(check(R"({"event": "a", "ms": 22.5})", shapes));
  EXPECT_TRUE(check(R"({"event": "a", "ms": 22.25})", shapes));
  EXPECT_TRUE(check(R"({"event": "a", "ms": 0.000})", shapes));
}

TEST(LineShapes, TakeEscapesThatAreWrittenAgain) {
  LineShapes shapes;
  check(R"({"event": "a", "exception": "Traceback:\n  File \"x.py\", line 1\n\tE"})", shapes);
  EXPECT_TRUE(check(R"({"event": "b", "exception": "Traceback:\n  File \"y.py\", line 2\n\\"})", shapes));
  EXPECT_FALSE(check(R"({"event": "b", "exception": "a\/b"})", shapes));
}

TEST(LineShapes, KnowIdsOldNamesAndNesting) {
  LineShapes shapes;
  const char* first =
      R"({"message": "m", "trace_id": "5b8efff798038103d269b633813fc60c", "span_id": "eee19b7ec3c1b174", "http.method": "GET", "user": {"id": 3, "tags": [1, 2]}, "none": null})";
  const char* second =
      R"({"message": "n", "trace_id": "5b8efff798038103d269b633813fc60d", "span_id": "eee19b7ec3c1b175", "http.method": "PUT", "user": {"id": 4, "tags": [1, 2]}, "none": null})";
  check(first, shapes);
  EXPECT_TRUE(check(second, shapes));
  EXPECT_FALSE(check(
      R"({"message": "n", "trace_id": "00000000000000000000000000000000", "span_id": "eee19b7ec3c1b175", "http.method": "PUT", "user": {"id": 4, "tags": [1, 2]}, "none": null})",
      shapes));
}

TEST(LineShapes, LeaveAloneWhatTheyCannotWriteAgain) {
  for (const char* line : {
           R"({"level": "info", "a": 1})",                        // no message
           R"({"event": "a", "event": "b"})",                     // twice
           R"({"event": "a", "msg": 5, "message": "b", "a": 1, "a": 2})",
           R"({"event": "a", "": 1})",
           R"({"event": "a", "body": "b"})",
           R"({"event": "a", "http.target": "/a?b"})",
           R"({"event": "a", "f": 1e3})",
           R"({"event": "a", "url.full": "http://h/p"})",
           R"({"event": "a", "k\n": 1})",
       }) {
    LineShapes shapes;
    check(line, shapes);
    EXPECT_FALSE(check(line, shapes)) << line;
  }
}

TEST(LineShapes, ARecordThatKnowsSomethingIsReadTheLongWay) {
  LineShapes shapes;
  const std::string line = R"({"event": "paid", "a": 1})";
  check(line, shapes);
  model::Batch batch;
  LineParser parser({}, {}, &shapes);
  LogRecord record;
  record.severity_number = 9;
  ASSERT_EQ(parser.parse_object(line, record, batch), FlattenOutcome::kObject);
  EXPECT_TRUE(record.original_template.empty());
}

TEST(LineShapes, MembersThatAreTakenOutBelongToTheShape) {
  LineShapes shapes({}, {"service"});
  check(R"({"event": "a", "service": "shop"})", shapes);
  EXPECT_TRUE(check(R"({"event": "b", "service": "shop"})", shapes));
  EXPECT_FALSE(check(R"({"event": "b", "service": "mail"})", shapes));
}

TEST(LineShapes, OddLinesDoNotCrowdTheTree) {
  LineShapes shapes;
  for (int i = 0; i < 100; ++i) check(R"({"event": "a", "k)" + std::to_string(i) + R"(": 1})", shapes);
  // So many texts may follow one hole; what comes later is read the long way.
  EXPECT_TRUE(check(R"({"event": "b", "k3": 2})", shapes));
  EXPECT_FALSE(check(R"({"event": "b", "k99": 2})", shapes));
}

// Recorded lines, and what becomes of them by small changes.
TEST(LineShapes, AgreeOnRecordedAndChangedLines) {
  std::istringstream in(*ingest::testing::corpus_file("jsonlines/structlog.ndjson"));
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  ASSERT_FALSE(lines.empty());
  LineShapes shapes;
  size_t known = 0;
  for (int round = 0; round < 2; ++round) {
    for (const std::string& line : lines) known += check(line, shapes) ? 1 : 0;
  }
  EXPECT_GT(known, lines.size() * 3 / 2);
  std::mt19937_64 random(7);
  static constexpr std::string_view kBytes = "{}[]\",:\\0123456789.-+eEtrufalsn TZ\n\x01\x02\xc3";
  for (int i = 0; i < 4000; ++i) {
    std::string line = lines[random() % lines.size()];
    for (uint64_t edits = 1 + random() % 3; edits > 0; --edits) {
      const size_t at = random() % line.size();
      if (random() % 3 == 0) line.erase(at, 1 + random() % 3);
      else line[at] = kBytes[random() % kBytes.size()];
      if (line.empty()) line = "{";
    }
    if (base::is_valid_utf8(line)) check(line, shapes);
  }
}

}  // namespace
}  // namespace tripod::pipeline
