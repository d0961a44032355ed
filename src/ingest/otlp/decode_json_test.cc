// The JSON form of OTLP: the batch must be the one of the protobuf form.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hex.h"
#include "base/json_writer.h"
#include "ingest/otlp/base64.h"
#include "ingest/otlp/decode_context.h"
#include "ingest/otlp/decoder.h"
#include "ingest/otlp/json_schema.h"
#include "ingest/testing/batch_check.h"
#include "ingest/testing/batch_text.h"
#include "ingest/testing/corpus.h"

namespace tripod::ingest::otlp {
namespace {

using base::JsonWriter;
using testing::batch_text;
using testing::corpus_file;
using testing::expect_golden;
using ::testing::HasSubstr;

using Decode = base::Result<> (*)(std::shared_ptr<const std::string>, model::Batch&, const Limits&);

std::shared_ptr<const std::string> shared(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

// How a sender may write the same message.
struct Spelling {
  bool snake_case = false;
  bool numbers_as_strings = false;
};

// Protobuf bytes as JSON: the way back, for messages that were recorded in protobuf form.
class JsonOfWire {
 public:
  explicit JsonOfWire(Spelling spelling) : spelling_(spelling) {}

  std::string message(std::string_view wire, const JsonMessage& schema) {
    std::string out = "{";
    for (const JsonField& field : schema.fields) {
      const std::string value = member(wire, field);
      if (value.empty()) continue;
      if (out.size() > 1) out += ',';
      JsonWriter(out).string(spelling_.snake_case ? snake(field.name) : std::string(field.name));
      out += ':' + value;
    }
    return out + '}';
  }

 private:
  static std::string snake(std::string_view camel) {
    std::string out;
    for (char c : camel) {
      if (c >= 'A' && c <= 'Z') {
        out += '_';
        c = static_cast<char>(c - 'A' + 'a');
      }
      out += c;
    }
    return out;
  }

  static bool is_list(JsonType type) {
    return type == JsonType::kMessages || type == JsonType::kItems || type == JsonType::kPoints;
  }

  // Every occurrence of the field; empty when there is none.
  std::string member(std::string_view wire, const JsonField& field) {
    std::string out;
    for (auto reader = reader_of(wire); reader.next();) {
      if (reader.tag() != field.number) {
        reader.skip();
        continue;
      }
      if (!is_list(field.type)) out.clear();
      if (!out.empty()) out += ',';
      out += value(reader, field);
    }
    return is_list(field.type) && !out.empty() ? '[' + out + ']' : out;
  }

  template <class T>
  std::string number(T n) {
    const std::string text = fmt::format("{}", n);
    return spelling_.numbers_as_strings ? '"' + text + '"' : text;
  }

  std::string value(protozero::pbf_reader& reader, const JsonField& field) {
    switch (field.type) {
      case JsonType::kBool:
        return reader.get_bool() ? "true" : "false";
      case JsonType::kInt64:
        return number(reader.get_int64());
      case JsonType::kUint32:
        return number(reader.get_uint32());
      case JsonType::kEnum:
        return fmt::format("{}", reader.get_enum());
      case JsonType::kFixed32:
        return number(reader.get_fixed32());
      case JsonType::kFixed64:
        return number(reader.get_fixed64());
      case JsonType::kSfixed64:
        return number(reader.get_sfixed64());
      case JsonType::kDouble:
        return number(reader.get_double());
      case JsonType::kFixed64s:
        return list(reader.get_packed_fixed64());
      case JsonType::kDoubles:
        return list(reader.get_packed_double());
      default:
        return of_bytes(view_of(reader.get_view()), field);
    }
  }

  std::string of_bytes(std::string_view bytes, const JsonField& field) {
    std::string out;
    if (field.type == JsonType::kString) {
      JsonWriter(out).string(bytes);
    } else if (field.type == JsonType::kId) {
      JsonWriter(out).string(base::to_hex(bytes));
    } else if (field.type == JsonType::kBytes) {
      JsonWriter(out).string(base64(bytes));
    } else {
      out = message(bytes, *field.message);
    }
    return out;
  }

  template <class Range>
  std::string list(const Range& values) {
    std::string out = "[";
    for (const auto v : values) out += (out.size() > 1 ? "," : "") + number(v);
    return out + "]";
  }

  const Spelling spelling_;
};

struct Recorded {
  const char* name;
  Decode protobuf;
  Decode json;
  const JsonMessage* schema;
};

class BothFormsTest : public ::testing::TestWithParam<Recorded> {};

TEST_P(BothFormsTest, GiveTheSameBatch) {
  const auto [name, protobuf, json, schema] = GetParam();
  const auto wire = corpus_file(std::string("otlp/") + name + ".pb");
  model::Batch expected;
  ASSERT_TRUE(protobuf(wire, expected, {}));
  for (const Spelling spelling : {Spelling{}, Spelling{true, false}, Spelling{false, true}}) {
    const auto text = shared(JsonOfWire(spelling).message(*wire, *schema));
    model::Batch batch;
    const auto result = json(text, batch, {});
    ASSERT_TRUE(result) << result.error().message;
    testing::check_batch(batch);
    EXPECT_EQ(batch_text(batch), batch_text(expected));
  }
}

TEST_P(BothFormsTest, CutAtAnyByteTheJsonIsRefused) {
  const auto [name, protobuf, json, schema] = GetParam();
  const auto wire = corpus_file(std::string("otlp/") + name + ".pb");
  const std::string text = JsonOfWire({}).message(*wire, *schema);
  const size_t step = 1 + text.size() / 400;
  for (size_t length = 0; length < text.size(); length += step) {
    model::Batch batch;
    const auto result = json(shared(text.substr(0, length)), batch, {});
    ASSERT_FALSE(result) << "cut at " << length;
    EXPECT_EQ(result.error().code, base::Code::kInvalidArgument);
  }
}

TEST_P(BothFormsTest, FlippedBytesOfTheJsonGiveAnErrorOrASoundBatch) {
  const auto [name, protobuf, json, schema] = GetParam();
  const auto wire = corpus_file(std::string("otlp/") + name + ".pb");
  std::string damaged = JsonOfWire({}).message(*wire, *schema);
  const size_t step = 1 + damaged.size() / 300;
  for (size_t at = 0; at < damaged.size(); at += step) {
    const char was = damaged[at];
    damaged[at] = static_cast<char>(was ^ 0x11);
    model::Batch batch;
    const auto result = json(shared(damaged), batch, {});
    if (result) {
      testing::check_batch(batch);
    } else {
      EXPECT_FALSE(result.error().message.empty()) << "flipped at " << at;
    }
    damaged[at] = was;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Otlp, BothFormsTest,
    ::testing::Values(
        Recorded{"traces_celery", decode_traces, decode_traces_json, &kTracesRequest},
        Recorded{"traces_django", decode_traces, decode_traces_json, &kTracesRequest},
        Recorded{"traces_node", decode_traces, decode_traces_json, &kTracesRequest},
        Recorded{"logs_django", decode_logs, decode_logs_json, &kLogsRequest},
        Recorded{"logs_node", decode_logs, decode_logs_json, &kLogsRequest},
        Recorded{"metrics_worker", decode_metrics, decode_metrics_json, &kMetricsRequest},
        Recorded{"metrics_node", decode_metrics, decode_metrics_json, &kMetricsRequest}),
    [](const auto& test) { return std::string(test.param.name); });

// What @opentelemetry/sdk-node sent with OTEL_EXPORTER_OTLP_PROTOCOL=http/json, with fewer spans
// and metrics.
TEST(DecodeJsonTest, RecordedFromNode) {
  for (const auto& [name, decode] : {std::pair<const char*, Decode>("traces", decode_traces_json),
                                     {"logs", decode_logs_json},
                                     {"metrics", decode_metrics_json}}) {
    const std::string path = std::string("otlp/") + name + "_node_json";
    model::Batch batch;
    const auto result = decode(corpus_file(path + ".json"), batch, {});
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(batch.rejected_count(), 0u);
    expect_golden(path + ".expected", batch_text(batch));
  }
}

model::Batch logs_of(const std::string& records) {
  model::Batch batch;
  const auto result = decode_logs_json(
      shared(R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[)" + records + "]}]}]}"), batch);
  EXPECT_TRUE(result) << result.error().message;
  return batch;
}

std::string error_of(std::string body, const Limits& limits = {}) {
  model::Batch batch;
  const auto result = decode_logs_json(shared(std::move(body)), batch, limits);
  EXPECT_FALSE(result);
  return result ? "" : result.error().message;
}

TEST(DecodeJsonTest, NumbersInEverySpelling) {
  const auto batch = logs_of(R"(
    {"timeUnixNano": "1795365389698000000", "severityNumber": "SEVERITY_NUMBER_ERROR2"},
    {"timeUnixNano": 1795365389698000000, "severityNumber": 18},
    {"time_unix_nano": "1795365389698000000", "severity_number": 1.8e1},
    {"timeUnixNano": 1795365389698000000, "severityNumber": "SEVERITY_NUMBER_NEWER"})");
  ASSERT_EQ(batch.logs.size(), 4u);
  for (const auto& log : batch.logs) EXPECT_EQ(log.time, 1'795'365'389'698'000'000);
  for (size_t i : {0, 1, 2}) EXPECT_EQ(batch.logs[i].severity_number, 18);
  EXPECT_EQ(batch.logs[3].severity_number, 0);
}

TEST(DecodeJsonTest, ValuesOfEveryType) {
  const auto batch = logs_of(R"({"attributes": [
    {"key": "s", "value": {"stringValue": ""}},
    {"key": "i", "value": {"intValue": "-9223372036854775808"}},
    {"key": "u", "value": {"intValue": 9007199254740993}},
    {"key": "d", "value": {"doubleValue": "Infinity"}},
    {"key": "e", "value": {"doubleValue": 2}},
    {"key": "b", "value": {"boolValue": false}},
    {"key": "x", "value": {"bytesValue": "-_8"}},
    {"key": "l", "value": {"arrayValue": {"values": [{"intValue": 1}, null, {"bytesValue": "AQI="}]}}},
    {"key": "m", "value": {"kvlistValue": {"values": [{"key": "a", "value": {"boolValue": true}}]}}},
    {"key": "k", "value": {"arrayValue": {}}}, {"key": "n", "value": null}, null
  ]})");
  ASSERT_EQ(batch.logs.size(), 1u);
  std::vector<std::string> texts;
  for (const auto& a : batch.logs[0].attributes) {
    model::Batch one;
    one.resources.push_back({});
    model::LogRecord record;
    record.body = a.value;
    one.logs.push_back(record);
    const std::string text = batch_text(one);
    texts.push_back(
        text.substr(text.find("log ") + 4, text.find(" resource 0 scope") - text.find("log ") - 4));
  }
  EXPECT_THAT(texts, ::testing::ElementsAre("\"\"", "int -9223372036854775808",
                                            "int 9007199254740993", "float inf", "float 2", "false",
                                            "bytes fbff", R"(json [1,null,"AQI="])",
                                            R"(json {"a":true})", "json []", "null"));
}

TEST(DecodeJsonTest, UnknownMembersAndNullsAreSkipped) {
  const auto batch = logs_of(R"({"flags": 1, "future": {"deep": [1, {"x": null}]}, "traceId": null,
    "body": {"stringValue": "kept", "newer_value": 5}, "severityText": null, "attributes": null})");
  ASSERT_EQ(batch.logs.size(), 1u);
  EXPECT_EQ(batch.logs[0].body.text(), "kept");
  EXPECT_EQ(batch.rejected_count(), 0u);
}

TEST(DecodeJsonTest, IdsAreHexadecimalOfEitherCase) {
  const auto batch = logs_of(R"(
    {"traceId": "0AF7651916cd43dd8448eb211c80319c", "spanId": "00f067AA0ba902b7"},
    {"traceId": "", "spanId": ""},
    {"traceId": "CvdlGRbNQ92ESOshHIAxnA=="},
    {"spanId": "00f067aa0ba902"})");
  ASSERT_EQ(batch.logs.size(), 2u);
  EXPECT_EQ(batch.logs[0].trace_id.hex(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(batch.logs[0].span_id.hex(), "00f067aa0ba902b7");
  ASSERT_EQ(batch.rejections.size(), 2u);
  EXPECT_EQ(batch.rejections[0].reason, "invalid_trace_id");
  EXPECT_THAT(batch.rejections[0].detail, HasSubstr("log_records[2]"));
  EXPECT_EQ(batch.rejections[1].reason, "invalid_span_id");
  EXPECT_THAT(batch.rejections[1].detail, HasSubstr("log_records[3]"));
}

TEST(DecodeJsonTest, AMemberOfTheWrongTypeRejectsItsItemAlone) {
  const auto batch = logs_of(R"(
    {"body": {"stringValue": "first"}},
    {"attributes": [{"key": "a"}, {"key": "b", "value": {"intValue": "1x"}}]},
    7,
    {"severityText": 5},
    {"timeUnixNano": -1},
    {"body": "plain"},
    {"body": {"arrayValue": {"values": 3}}},
    {"traceId": "short"},
    {"body": {"stringValue": "last"}})");
  ASSERT_EQ(batch.logs.size(), 2u);
  EXPECT_EQ(batch.logs[1].body.text(), "last");
  EXPECT_EQ(batch.rejected_count(), 7u);
  std::vector<std::string> texts;
  for (const auto& r : batch.rejections) texts.push_back(r.reason + " " + r.detail);
  const std::string place = "resource_logs[0].scope_logs[0].log_records";
  EXPECT_THAT(
      texts,
      ::testing::ElementsAre(
          "invalid_field " + place + "[1]: attributes[1].value.intValue must be a 64-bit integer",
          "invalid_field " + place + "[2]: it must be an object",
          "invalid_field " + place + "[3]: severityText must be a string",
          "invalid_field " + place + "[4]: timeUnixNano must be a 64-bit integer, not negative",
          "invalid_field " + place + "[5]: body must be an object",
          "invalid_field " + place + "[6]: body.arrayValue.values must be an array",
          "invalid_trace_id " + place + "[7]: trace_id must be empty or 16 bytes"));
}

TEST(DecodeJsonTest, AMetricIsRejectedWithAllItsPoints) {
  model::Batch batch;
  ASSERT_TRUE(decode_metrics_json(shared(R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[
        {"name": "bad", "gauge": {"dataPoints": [{"timeUnixNano": "1", "asInt": "1"}, {"asDouble": true}]}},
        {"name": "good", "gauge": {"dataPoints": [{"timeUnixNano": "1000000", "asInt": "7"}]}},
        {"name": "exp", "exponentialHistogram": {"aggregationTemporality": "AGGREGATION_TEMPORALITY_CUMULATIVE",
                                                 "dataPoints": [{"count": {}}, {}, {}]}}]}]}]})"),
                                  batch));
  EXPECT_EQ(batch.series.size(), 1u);
  ASSERT_EQ(batch.rejections.size(), 2u);
  EXPECT_EQ(batch.rejections[0].count, 2u);
  EXPECT_THAT(batch.rejections[0].detail,
              HasSubstr("metrics[0]: gauge.dataPoints[1].asDouble must be a number"));
  EXPECT_EQ(batch.rejections[1].reason, "unsupported_exponential_histogram");
  EXPECT_EQ(batch.rejections[1].count, 3u);
}

TEST(DecodeJsonTest, ADeltaPointHasItsStart) {
  model::Batch batch;
  ASSERT_TRUE(decode_metrics_json(shared(R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[
        {"name": "c", "sum": {"aggregationTemporality": 1, "isMonotonic": true,
                              "dataPoints": [{"startTimeUnixNano": "5000000", "timeUnixNano": "9000000", "asInt": "7"}]}},
        {"name": "h", "histogram": {"aggregationTemporality": "AGGREGATION_TEMPORALITY_DELTA",
                                    "dataPoints": [{"startTimeUnixNano": "6000000", "timeUnixNano": "9000000", "count": "1"}]}}]}]}]})"),
                                  batch));
  ASSERT_EQ(batch.deltas.size(), 2u);
  EXPECT_EQ(batch.deltas[0].start_ms, 5);
  EXPECT_EQ(batch.deltas[1].start_ms, 6);
  EXPECT_EQ(batch.deltas[1].count, 2u) << "its count and the bucket of all";
}

TEST(DecodeJsonTest, ManyBadItemsAreCountedNotDescribed) {
  std::string records = "1";
  for (int i = 0; i < 999; ++i) records += ",1";
  const auto batch = logs_of(records);
  EXPECT_EQ(batch.rejected_count(), 1000u);
  EXPECT_EQ(batch.rejections.size(), 20u);
}

TEST(DecodeJsonTest, ValuesNestedTooDeepRejectTheirRecord) {
  const auto nested = [](int depth) {
    std::string open, close;
    for (int i = 0; i < depth; ++i) {
      open += R"({"arrayValue":{"values":[)";
      close += "]}}";
    }
    return R"({"body":)" + open + R"({"stringValue":"in"})" + close + "}";
  };
  const auto batch = logs_of(nested(32) + "," + nested(33) + "," + nested(120));
  EXPECT_EQ(batch.logs.size(), 1u);
  ASSERT_EQ(batch.rejections.size(), 2u);
  for (const auto& r : batch.rejections) EXPECT_EQ(r.reason, "value_too_deep");
}

TEST(DecodeJsonTest, BytesThatAreNoTextAreReplaced) {
  const auto batch = logs_of("{\"body\":{\"stringValue\":\"caf\xe9 \\ud800!\"}}");
  ASSERT_EQ(batch.logs.size(), 1u);
  EXPECT_EQ(batch.logs[0].body.text(), "caf\xef\xbf\xbd \xef\xbf\xbd!");
}

TEST(DecodeJsonTest, WhatIsWrongOutsideOfItemsIsAnError) {
  EXPECT_EQ(error_of(""), "ExportLogsServiceRequest is not valid JSON (byte 0 of 0)");
  EXPECT_EQ(error_of("{\"resourceLogs\":[}"),
            "ExportLogsServiceRequest is not valid JSON (byte 17 of 18)");
  EXPECT_EQ(error_of("[]"),
            "ExportLogsServiceRequest is not as it should be: it must be an object");
  EXPECT_EQ(error_of(R"({"resourceLogs":{}})"),
            "ExportLogsServiceRequest is not as it should be: resourceLogs must be an array");
  EXPECT_EQ(error_of(R"({"resourceLogs":[{},{"resource":{"attributes":[{"key":1}]}}]})"),
            "ExportLogsServiceRequest is not as it should be: "
            "resourceLogs[1].resource.attributes[0].key must be a string");
  EXPECT_THAT(error_of(std::string(600, '[') + std::string(600, ']')),
              HasSubstr("nested too deep"));
}

TEST(DecodeJsonTest, MemoryIsBounded) {
  std::string counts = "0";
  for (int i = 0; i < 50'000; ++i) counts += ",0";
  const std::string metrics =
      R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"a","histogram":{"dataPoints":[{"bucketCounts":[)" +
      counts + "]}]}}]}]}]}";
  model::Batch batch;
  const auto result = decode_metrics_json(shared(metrics), batch, Limits{.decoded_bytes = 100'000});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::Code::kTooLarge);
  std::string records = "{}";
  for (int i = 0; i < 50'000; ++i) records += ",{}";
  EXPECT_THAT(error_of(R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[)" + records + "]}]}]}",
                       Limits{.decoded_bytes = 200'000}),
              HasSubstr("send smaller batches"));
}

TEST(DecodeJsonTest, AnEmptyRequestIsTaken) {
  for (Decode decode : {decode_traces_json, decode_logs_json, decode_metrics_json}) {
    model::Batch batch;
    EXPECT_TRUE(decode(shared(" {} "), batch, {}));
    EXPECT_EQ(batch.rejected_count(), 0u);
  }
}

TEST(Base64Test, EitherAlphabetWithOrWithoutPadding) {
  for (const char* text : {"+/8=", "-_8=", "+/8", "-_8"})
    EXPECT_EQ(from_base64(text), "\xfb\xff") << text;
  EXPECT_EQ(from_base64(""), "");
  for (const char* text : {"A", "AA=", "A===", "====", "AA==A", "A A=", "AAAA="}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
}

}  // namespace
}  // namespace tripod::ingest::otlp
