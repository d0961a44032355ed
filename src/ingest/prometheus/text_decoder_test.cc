#include "ingest/prometheus/text_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <fstream>
#include <iterator>

#include "base/compress.h"
#include "ingest/prometheus/float_text.h"

namespace tripod::ingest::prometheus {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string show(const model::SeriesSamples& series) {
  std::string out = "{";
  for (const auto& label : series.labels) {
    if (out.size() > 1) out += ",";
    out += std::string(label.name) + "=" + std::string(label.value);
  }
  const double value = series.samples[0].value;
  return out + "} " + (std::isnan(value) ? "NaN" : format_bound(value)) + " @" +
         std::to_string(series.samples[0].time_ms);
}

struct Decoded {
  base::Result<> result;
  model::Batch batch;
  std::vector<bool> has_time;
  std::vector<std::string> series() const {
    std::vector<std::string> out;
    for (const auto& one : batch.series) out.push_back(show(one));
    return out;
  }
};

Decoded decode(std::string text, bool honor_timestamps = true) {
  Decoded out;
  out.result = decode_text(std::make_shared<const std::string>(std::move(text)),
                           {.format = TextFormat::kText1_0_0,
                            .default_time_ms = 7,
                            .honor_timestamps = honor_timestamps},
                           out.batch, &out.has_time);
  return out;
}

std::string error_of(std::string text) {
  const Decoded decoded = decode(std::move(text));
  EXPECT_TRUE(decoded.batch.series.empty());
  EXPECT_TRUE(decoded.batch.metadata.empty());
  return decoded.result ? "no error" : decoded.result.error().message;
}

TEST(TextDecoder, ATextMayComeInPieces) {
  TextProgress progress;
  model::Batch batch;
  const auto piece = [&](std::string text) {
    return decode_text_piece(std::make_shared<const std::string>(std::move(text)), {.format = TextFormat::kOpenMetrics1_0_0}, progress, batch);
  };
  ASSERT_TRUE(piece("# TYPE h histogram\nh_bucket{le=\"1\"} 1 1\n"));
  ASSERT_TRUE(piece("h_bucket{le=\"1\"} 2 2\n"));
  ASSERT_EQ(batch.series.size(), 2u);
  EXPECT_EQ(batch.series[0].labels[1].value, "1.0");
  EXPECT_EQ(batch.series[1].labels[1].value, "1.0");
  EXPECT_FALSE(progress.ended);
  ASSERT_TRUE(piece("# EOF\n"));
  EXPECT_TRUE(progress.ended);
  const auto behind = piece("a 1\n");
  ASSERT_FALSE(behind);
  EXPECT_EQ(behind.error().message, "line 5: something follows # EOF");
  EXPECT_EQ(batch.series.size(), 2u);
}

TEST(TextDecoder, SamplesWithAndWithoutLabels) {
  const auto d = decode(
      "a 1\n"
      "b{} 2.5\n"
      "c{z=\"1\",a=\"2\",} -3e2\n"
      "\t d { x = \"y\" }  4  \n"
      "\n"
      "e:f{le=\"1\"}\t+Inf 123");
  ASSERT_TRUE(d.result.has_value()) << d.result.error().message;
  EXPECT_THAT(d.series(), ElementsAre("{__name__=a} 1.0 @7", "{__name__=b} 2.5 @7",
                                      "{__name__=c,a=2,z=1} -300.0 @7", "{__name__=d,x=y} 4.0 @7",
                                      "{__name__=e:f,le=1} +Inf @123"));
  EXPECT_EQ(d.has_time, (std::vector<bool>{false, false, false, false, true}));
}

TEST(TextDecoder, TimestampsAreNotUsedWhenNotHonoured) {
  const auto d = decode("a 1 123\n", false);
  EXPECT_THAT(d.series(), ElementsAre("{__name__=a} 1.0 @7"));
  EXPECT_EQ(d.has_time, std::vector<bool>{false});
}

TEST(TextDecoder, UpperCaseLabelsSortBeforeTheMetricName) {
  const auto d = decode("a{Z=\"1\",b=\"2\"} 1\n");
  EXPECT_THAT(d.series(), ElementsAre("{Z=1,__name__=a,b=2} 1.0 @7"));
}

TEST(TextDecoder, Escapes) {
  const auto d = decode("a{p=\"C:\\\\x\\n\\\"q\\\" \\t\"} 1\n# HELP a two\\nlines \\\\ \\\"\n");
  ASSERT_TRUE(d.result.has_value());
  EXPECT_EQ(d.batch.series[0].labels[1].value, "C:\\x\n\"q\" \\t");
  EXPECT_EQ(d.batch.metadata[0].help, "two\nlines \\ \\\"");
}

TEST(TextDecoder, QuotedNames) {
  const auto d = decode(
      "# TYPE \"http.requests\" counter\n"
      "# HELP \"http.requests\" Requests.\n"
      "{\"http.requests\",\"service.name\"=\"shop\",path=\"/\"} 3\n"
      "{\"größe\"} 4 9\n");
  ASSERT_TRUE(d.result.has_value()) << d.result.error().message;
  EXPECT_THAT(d.series(), ElementsAre("{__name__=http.requests,path=/,service.name=shop} 3.0 @7",
                                      "{__name__=größe} 4.0 @9"));
  ASSERT_EQ(d.batch.metadata.size(), 1u);
  EXPECT_EQ(d.batch.metadata[0].family, "http.requests");
  EXPECT_EQ(d.batch.metadata[0].type, model::MetricType::kCounter);
  EXPECT_EQ(d.batch.metadata[0].help, "Requests.");
}

TEST(TextDecoder, BoundsAreWrittenAsFloatsInHistogramsAndSummariesOnly) {
  const auto d = decode(
      "x{le=\"1\"} 1\n"
      "# TYPE h histogram\n"
      "h_bucket{le=\"1\"} 1\nh_bucket{le=\"0.50\"} 1\nh_bucket{le=\"1e6\"} 1\n"
      "h_bucket{le=\"+Inf\"} 1\nh_bucket{quantile=\"1\"} 1\nh_bucket{le=\"odd\"} 1\n"
      "# TYPE s summary\n"
      "s{quantile=\"1\"} 1\ns{quantile=\"0.99\"} 1\ns{le=\"1\"} 1\n");
  EXPECT_THAT(
      d.series(),
      ElementsAre("{__name__=x,le=1} 1.0 @7", "{__name__=h_bucket,le=1.0} 1.0 @7",
                  "{__name__=h_bucket,le=0.5} 1.0 @7", "{__name__=h_bucket,le=1e+06} 1.0 @7",
                  "{__name__=h_bucket,le=+Inf} 1.0 @7", "{__name__=h_bucket,quantile=1} 1.0 @7",
                  "{__name__=h_bucket,le=odd} 1.0 @7", "{__name__=s,quantile=1.0} 1.0 @7",
                  "{__name__=s,quantile=0.99} 1.0 @7", "{__name__=s,le=1} 1.0 @7"));
}

TEST(TextDecoder, EmptyLabelValuesAreLeftOut) {
  EXPECT_THAT(decode("a{x=\"\",y=\"1\"} 1\n").series(), ElementsAre("{__name__=a,y=1} 1.0 @7"));
}

TEST(TextDecoder, NanIsNeverAStaleMarker) {
  const auto d = decode("a NaN\nb nan\n");
  ASSERT_EQ(d.batch.series.size(), 2u);
  for (const auto& series : d.batch.series) {
    EXPECT_EQ(std::bit_cast<uint64_t>(series.samples[0].value), 0x7ff8000000000001ULL);
  }
}

TEST(TextDecoder, ABadLineFailsTheBodyWithItsNumber) {
  EXPECT_THAT(error_of("a 1\nb 2\nc x\n"), HasSubstr("line 3: the value is not a number"));
  EXPECT_THAT(error_of("a{b=\"c} 1\n"), HasSubstr("line 1: a quoted string does not end"));
  EXPECT_THAT(error_of("a{b=c} 1\n"), HasSubstr("line 1"));
  EXPECT_THAT(error_of("a{b=\"1\" c=\"2\"} 1\n"), HasSubstr("line 1"));
  EXPECT_THAT(error_of("a{b=\"1\",b=\"2\"} 1\n"), HasSubstr("twice"));
  EXPECT_THAT(error_of("a{,} 1\n"), HasSubstr("line 1"));
  EXPECT_THAT(error_of("a{\"b\",\"c\"} 1\n"), HasSubstr("second metric name"));
  EXPECT_THAT(error_of("{b=\"1\"} 1\n"), HasSubstr("without a metric name"));
  EXPECT_THAT(error_of("1a 1\n"), HasSubstr("line 1"));
  EXPECT_THAT(error_of("a.b 1\n"), HasSubstr("line 1"));
  EXPECT_THAT(error_of("a\n"), HasSubstr("line 1"));
  EXPECT_THAT(error_of("a 1 2 3\n"), HasSubstr("timestamp"));
  EXPECT_THAT(error_of("a 1 1.5\n"), HasSubstr("timestamp"));
  EXPECT_THAT(error_of("a 1 # {trace_id=\"x\"} 1\n"), HasSubstr("exemplars"));
  EXPECT_THAT(error_of("a 1\r\n"), HasSubstr("line 1"));
  EXPECT_THAT(error_of("a{b=\"\xff\"} 1\n"), HasSubstr("invalid UTF-8"));
  EXPECT_THAT(error_of("# TYPE a nonsense\n"), HasSubstr("unknown metric type"));
  EXPECT_THAT(error_of("# TYPE a stateset\n"), HasSubstr("unknown metric type"));
  EXPECT_THAT(error_of("<!DOCTYPE html>\n"), HasSubstr("line 1"));
}

TEST(TextDecoder, CommentsAreSkipped) {
  EXPECT_THAT(decode("# anything {\n#\n#TYPEx\n# EOF\na 1\n").series(),
              ElementsAre("{__name__=a} 1.0 @7"));
}

Decoded decode_open(std::string text) {
  Decoded out;
  out.result = decode_text(std::make_shared<const std::string>(std::move(text)), {.format = TextFormat::kOpenMetrics1_0_0, .default_time_ms = 7}, out.batch,
                           &out.has_time);
  return out;
}

TEST(TextDecoder, BadLinesMayBeRejectedByThemselves) {
  model::Batch batch;
  const auto body = std::make_shared<const std::string>("a 1\nb{x=\"1\" 2\nc x\nd 4\r\n\xff 5\n# TYPE e nonsense\ne 6");
  ASSERT_TRUE(decode_text(body, {.default_time_ms = 7, .bad_lines = TextOptions::BadLines::kReject}, batch));
  std::string names;
  for (const model::SeriesSamples& series : batch.series) names += series.labels[0].value;
  EXPECT_EQ(names, "ade");
  std::vector<std::string> rejected;
  for (const model::Rejection& one : batch.rejections) rejected.push_back(one.reason + ": " + one.detail.substr(0, 7));
  EXPECT_THAT(rejected, ElementsAre("invalid_line: line 2:", "invalid_line: line 3:", "invalid_line: line 5:", "invalid_line: line 6:"));
}

TEST(TextDecoder, ManyBadLinesAreCountedNotDescribed) {
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += "!\n";
  model::Batch batch;
  ASSERT_TRUE(decode_text(std::make_shared<const std::string>(std::move(lines)), {.bad_lines = TextOptions::BadLines::kReject}, batch));
  EXPECT_EQ(batch.rejected_count(), 1000u);
  EXPECT_EQ(batch.rejections.size(), 20u);
}

TEST(TextDecoder, ExtraLabelsArePutOverThoseOfEachLine) {
  const std::vector<model::Label> extra{{"zone", "b"}, {"job", "pushed"}, {"drop", ""}};
  model::Batch batch;
  const auto body = std::make_shared<const std::string>("a{job=\"mine\",drop=\"x\"} 1\nb 2 # {trace_id=\"t\"} 1\n# EOF\n");
  ASSERT_TRUE(decode_text(body, {.format = TextFormat::kOpenMetrics1_0_0, .default_time_ms = 7, .extra_labels = extra}, batch));
  ASSERT_EQ(batch.series.size(), 2u);
  EXPECT_EQ(show(batch.series[0]), "{__name__=a,job=pushed,zone=b} 1.0 @7");
  EXPECT_EQ(show(batch.series[1]), "{__name__=b,job=pushed,zone=b} 2.0 @7");
  ASSERT_EQ(batch.exemplars.size(), 1u);
  EXPECT_EQ(batch.exemplars[0].series.data(), batch.series[1].labels.data());
}

// A few bytes of a line become many: the text alone bounds too little.
TEST(TextDecoder, WhatTakesTooMuchIsRefusedWhole) {
  const auto refused = [](const std::string& line, size_t lines, TextOptions options) {
    options.limits.decoded_bytes = 1u << 20;
    options.bad_lines = TextOptions::BadLines::kReject;
    std::string text = "!\n";
    for (size_t i = 0; i < lines; ++i) text += line;
    if (is_open_metrics(options.format)) text += "# EOF\n";
    model::Batch batch;
    const auto result = decode_text(std::make_shared<const std::string>(std::move(text)), options, batch);
    if (result) return false;
    EXPECT_EQ(result.error().code, base::Code::kTooLarge) << result.error().message;
    EXPECT_THAT(result.error().message, HasSubstr("1 MiB"));
    EXPECT_TRUE(batch.series.empty() && batch.exemplars.empty() && batch.rejections.empty() && batch.metadata.empty());
    return true;
  };
  EXPECT_FALSE(refused("a 1\n", 1000, {}));
  EXPECT_TRUE(refused("a 1\n", 20'000, {}));
  const std::vector<model::Label> extra(64, {"x", "y"});
  EXPECT_TRUE(refused("a 1\n", 1000, {.extra_labels = extra}));
  const std::string text = std::string(2000, 'x') + "\\n";
  EXPECT_TRUE(refused("a{b=\"" + text + "\"} 1\n", 1000, {}));
  EXPECT_TRUE(refused("# HELP a " + text + "\n", 1000, {}));
  EXPECT_TRUE(refused("a 1 # {a=\"1\",b=\"1\",c=\"1\",d=\"1\"} 1\n", 5000, {.format = TextFormat::kOpenMetrics1_0_0}));
  std::string families;
  for (int i = 0; i < 20'000; ++i) families += "# TYPE a" + std::to_string(i) + " gauge\n";
  EXPECT_TRUE(refused(families, 1, {}));
}

// https://prometheus.io/docs/specs/om/open_metrics_spec/
TEST(OpenMetrics, FamiliesSamplesAndExemplars) {
  const auto d = decode_open(R"(# TYPE shop_requests counter
# HELP shop_requests Requests \"served\".
# UNIT shop_latency_seconds seconds
# TYPE shop_latency_seconds histogram
shop_requests_total{path="/a"} 17 1795365600.125 # {trace_id="4bf92f3577b34da6a3ce929d0e0e4736"} 1 1795365599.5
shop_requests_created{path="/a"} 1.7953656e+09
shop_latency_seconds_bucket{le="1"} 3 # {} 0.5
shop_latency_seconds_bucket{le="+Inf"} 4
# TYPE shop_state stateset
shop_state{shop_state="open"} 1
# TYPE shop_build info
shop_build_info{version="abc123"} 1
# TYPE shop_queue gaugehistogram
shop_queue_bucket{le="10"} 2
# EOF
)");
  ASSERT_TRUE(d.result) << d.result.error().message;
  EXPECT_THAT(d.series(), ElementsAre("{__name__=shop_requests_total,path=/a} 17.0 @1795365600125",
                                      "{__name__=shop_requests_created,path=/a} 1.7953656e+09 @7",
                                      "{__name__=shop_latency_seconds_bucket,le=1.0} 3.0 @7", "{__name__=shop_latency_seconds_bucket,le=+Inf} 4.0 @7",
                                      "{__name__=shop_state,shop_state=open} 1.0 @7", "{__name__=shop_build_info,version=abc123} 1.0 @7",
                                      "{__name__=shop_queue_bucket,le=10.0} 2.0 @7"));
  EXPECT_EQ(d.batch.metadata[0].help, "Requests \"served\".");
  EXPECT_EQ(d.batch.metadata[1].unit, "seconds");
  EXPECT_EQ(d.batch.metadata[2].type, model::MetricType::kStateSet);
  ASSERT_EQ(d.batch.exemplars.size(), 2u);
  const model::SeriesExemplars& first = d.batch.exemplars[0];
  EXPECT_EQ(first.series.data(), d.batch.series[0].labels.data());
  ASSERT_EQ(first.exemplars.size(), 1u);
  EXPECT_EQ(first.exemplars[0].labels[0].name, "trace_id");
  EXPECT_EQ(first.exemplars[0].value, 1);
  EXPECT_EQ(first.exemplars[0].time_ms, 1795365599500);
  const model::SeriesExemplars& second = d.batch.exemplars[1];
  EXPECT_EQ(second.series.data(), d.batch.series[2].labels.data());
  EXPECT_TRUE(second.exemplars[0].labels.empty());
  EXPECT_EQ(second.exemplars[0].time_ms, 7) << "the sample's";
}

TEST(OpenMetrics, WhatIsNotOfTheFormatFailsTheBody) {
  const auto error = [](std::string text) {
    const Decoded d = decode_open(std::move(text));
    EXPECT_TRUE(d.batch.series.empty() && d.batch.exemplars.empty());
    return d.result ? "no error" : d.result.error().message;
  };
  EXPECT_EQ(error("a 1\n"), "the answer does not end with # EOF: it was cut off");
  EXPECT_EQ(error(""), "the answer does not end with # EOF: it was cut off");
  EXPECT_THAT(error("a 1\n# EOF\nb 2\n"), HasSubstr("line 3: something follows # EOF"));
  EXPECT_THAT(error("a 1 # {x=\"1\",x=\"2\"} 1\n# EOF\n"), HasSubstr("line 1: a label name of an exemplar is there twice"));
  EXPECT_THAT(error("a 1\n\n# EOF\n"), HasSubstr("line 2: an empty line"));
  EXPECT_THAT(error("# a comment\n# EOF\n"), HasSubstr("none of # TYPE"));
  EXPECT_THAT(error("# TYPE a untyped\n# EOF\n"), HasSubstr("unknown metric type"));
  EXPECT_THAT(error("a 1 now\n# EOF\n"), HasSubstr("number of seconds"));
  EXPECT_THAT(error("a 1 NaN\n# EOF\n"), HasSubstr("number of seconds"));
  EXPECT_THAT(error("a 1 1e300\n# EOF\n"), HasSubstr("number of seconds"));
  EXPECT_THAT(error("a 1 # trace\n# EOF\n"), HasSubstr("'{' is expected"));
  EXPECT_THAT(error("a 1 # {x=\"y\"}\n# EOF\n"), HasSubstr("exemplar's value"));
  EXPECT_THAT(error("a 1 # {x=\"" + std::string(128, 'y') + "\"} 1\n# EOF\n"), HasSubstr("more than 128"));
  EXPECT_THAT(error("a 1 # {x=\"y\"} 1 2 3\n# EOF\n"), HasSubstr("something follows"));
  EXPECT_EQ(decode_open("# EOF").result.has_value(), true);
  // The older format has no exemplars.
  EXPECT_THAT(error_of("a 1 # {x=\"y\"} 1\n"), HasSubstr("not part of the text format"));
}

TEST(FloatText, ParsesWhatGoParses) {
  EXPECT_EQ(parse_float("1"), 1.0);
  EXPECT_EQ(parse_float("+1.5e3"), 1500.0);
  EXPECT_EQ(parse_float(".5"), 0.5);
  EXPECT_EQ(parse_float("5."), 5.0);
  EXPECT_EQ(parse_float("-Inf"), -HUGE_VAL);
  EXPECT_EQ(parse_float("infinity"), HUGE_VAL);
  EXPECT_EQ(parse_float("1e-400"), 0.0);
  for (const char* bad : {"", "+", "1x", "--1", "1e400", "nan(1)", "inf1", "e5", "0x"}) {
    EXPECT_EQ(parse_float(bad), std::nullopt) << bad;
  }
}

TEST(FloatText, BoundsAsPrometheusWritesThem) {
  EXPECT_EQ(format_bound(1), "1.0");
  EXPECT_EQ(format_bound(0), "0.0");
  EXPECT_EQ(format_bound(-1), "-1.0");
  EXPECT_EQ(format_bound(0.005), "0.005");
  EXPECT_EQ(format_bound(0.0001), "0.0001");
  EXPECT_EQ(format_bound(0.00001), "1e-05");
  EXPECT_EQ(format_bound(100000), "100000.0");
  EXPECT_EQ(format_bound(1000000), "1e+06");
  EXPECT_EQ(format_bound(1234567), "1.234567e+06");
  EXPECT_EQ(format_bound(-2.5), "-2.5");
}

std::string read_gz(const std::string& name) {
  std::ifstream in("tests/corpus/prometheus/scrape/" + name, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  auto text = base::decode_content("gzip", bytes, 1 << 20);
  EXPECT_TRUE(text.has_value()) << name;
  return text.value_or("");
}

TEST(TextDecoder, RealDjangoScrape) {
  const std::string text = read_gz("single-020.txt.gz");
  size_t lines = 0;
  for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) lines += text[at] != '#';
  const auto d = decode(text);
  ASSERT_TRUE(d.result.has_value()) << d.result.error().message;
  EXPECT_EQ(d.batch.series.size(), lines);
  EXPECT_EQ(d.batch.series.size(), 856u);
  bool found = false;
  for (const auto& family : d.batch.metadata) {
    found = found || (family.family == "django_http_requests_latency_seconds_by_view_method" &&
                      family.type == model::MetricType::kHistogram && !family.help.empty());
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace tripod::ingest::prometheus
