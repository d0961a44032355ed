#include "scrape/scrape_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include "base/compress.h"
#include "base/mem_fs.h"
#include "scrape/schedule.h"

namespace tripod::scrape {
namespace {

using testing::HasSubstr;

constexpr int64_t kStartMs = 1'795'364'762'000;

class FakeFetcher final : public Fetcher {
 public:
  base::Result<FetchResponse> fetch(const FetchRequest& request, std::stop_token) override {
    requests.push_back(request);
    if (clock != nullptr) clock->advance(250 * base::kNanosPerMilli);
    return answer;
  }
  void text(std::string body, std::string content_type = "text/plain; version=0.0.4") {
    answer = FetchResponse{200, std::move(content_type),
                           std::make_shared<const std::string>(std::move(body))};
  }
  base::Result<FetchResponse> answer = FetchResponse{};
  std::vector<FetchRequest> requests;
  base::ManualClock* clock = nullptr;
};

// One loop, scraped every 15 s, and what it gave as "name{labels}" -> value text.
class Fixture {
 public:
  using Samples = std::map<std::string, std::string>;

  explicit Fixture(const std::string& job_extra = "") {
    auto config = parse_scrape_configs("scrape_configs: [{job_name: shop, " + job_extra +
                                       "static_configs: [{targets: ['h:1']}]}]", "tripod.yml", fs);
    EXPECT_TRUE(config.has_value()) << config.error().message;
    auto targets = make_targets(*config);
    EXPECT_TRUE(targets.has_value());
    loop = std::make_unique<ScrapeLoop>(targets->targets.front(), fs);
    fetcher.clock = &clock;
  }
  Samples scrape() {
    time_ms += 15'000;
    return show(loop->scrape_once(fetcher, clock, time_ms));
  }
  Samples show(const model::Batch& batch) {
    Samples out;
    for (const auto& series : batch.series) {
      std::string name;
      std::string labels;
      for (const auto& label : series.labels) {
        if (label.name == "__name__") {
          name = label.value;
        } else {
          labels += (labels.empty() ? "" : ",") + std::string(label.name) + "=" +
                    std::string(label.value);
        }
      }
      EXPECT_TRUE(std::ranges::is_sorted(series.labels, {}, &model::Label::name));
      const auto& sample = series.samples[0];
      std::string value = model::is_stale_marker(sample.value) ? "stale" : fmt(sample.value);
      if (sample.time_ms != time_ms) value += " @" + std::to_string(sample.time_ms);
      EXPECT_TRUE(out.emplace(name + "{" + labels + "}", value).second) << name << labels;
    }
    return out;
  }
  // Only what the target itself exposed.
  Samples own(Samples all) {
    std::erase_if(all, [](const auto& pair) {
      return pair.first.starts_with("up{") || pair.first.starts_with("scrape_");
    });
    return all;
  }
  static std::string fmt(double value) {
    std::string out = std::to_string(value);
    out.erase(out.find_last_not_of('0') + 1);
    if (out.ends_with('.')) out.pop_back();
    return out;
  }

  base::ManualClock clock{kStartMs * base::kNanosPerMilli};
  base::MemFs fs;
  FakeFetcher fetcher;
  std::unique_ptr<ScrapeLoop> loop;
  int64_t time_ms = kStartMs;
};

constexpr char kTail[] = "{instance=h:1,job=shop}";
std::string t(const std::string& name) { return name + kTail; }

TEST(ScrapeLoop, SamplesGetTheTargetsLabelsAndHealthSeries) {
  Fixture f;
  f.fetcher.text("a 1\nb{x=\"y\"} 2\n");
  const auto got = f.scrape();
  EXPECT_EQ(got, (Fixture::Samples{{t("a"), "1"},
                                   {"b{instance=h:1,job=shop,x=y}", "2"},
                                   {t("up"), "1"},
                                   {t("scrape_duration_seconds"), "0.25"},
                                   {t("scrape_samples_scraped"), "2"},
                                   {t("scrape_samples_post_metric_relabeling"), "2"},
                                   {t("scrape_series_added"), "2"}}));
  const TargetStatus status = f.loop->status();
  EXPECT_EQ(status.health, Health::kUp);
  EXPECT_EQ(status.samples, 2u);
  EXPECT_EQ(status.last_duration_ns, 250 * base::kNanosPerMilli);
  EXPECT_EQ(f.scrape().at(t("scrape_series_added")), "0");
}

TEST(ScrapeLoop, WhatIsNoMetricsPageIsRejectedByNameAndSilenceIsNot) {
  Fixture f;
  f.fetcher.text("<html>Sign in</html>", "text/html");
  const model::Batch page = f.loop->scrape_once(f.fetcher, f.clock, kStartMs);
  ASSERT_EQ(page.rejections.size(), 1u);
  EXPECT_THAT(page.rejections[0].detail, HasSubstr("http://h:1/metrics: "));
  EXPECT_THAT(page.rejections[0].detail, HasSubstr("text/html"));
  f.fetcher.answer = base::fail(base::Code::kUnavailable, "connection refused");
  EXPECT_TRUE(f.loop->scrape_once(f.fetcher, f.clock, kStartMs + 15'000).rejections.empty());
}

TEST(ScrapeLoop, WhatIsAskedFor) {
  Fixture f("scrape_timeout: 2500ms, body_size_limit: 1KB, ");
  f.fetcher.text("");
  f.scrape();
  const FetchRequest& request = f.fetcher.requests.at(0);
  EXPECT_EQ(request.url, "http://h:1/metrics");
  EXPECT_EQ(request.timeout_ns, 2500 * base::kNanosPerMilli);
  EXPECT_EQ(request.max_body_bytes, 1024u);
  EXPECT_TRUE(request.accept_gzip);
  std::map<std::string, std::string> headers(request.headers.begin(), request.headers.end());
  EXPECT_EQ(headers["X-Prometheus-Scrape-Timeout-Seconds"], "2.500");
  EXPECT_THAT(headers["Accept"], HasSubstr("text/plain;version=1.0.0"));
}

TEST(ScrapeLoop, SecretsComeFromTheirFilesAtEveryScrape) {
  Fixture f("authorization: {credentials_file: token}, ");
  EXPECT_EQ(f.scrape().at(t("up")), "0");
  EXPECT_THAT(f.loop->status().last_error, HasSubstr("token"));
  ASSERT_TRUE(f.fs.write_atomically("token", "one\n").has_value());
  f.fetcher.text("");
  f.scrape();
  EXPECT_EQ(f.fetcher.requests.back().headers.back().second, "Bearer one");
}

TEST(ScrapeLoop, SeriesThatAreGoneAreMarkedStaleOnce) {
  Fixture f;
  f.fetcher.text("a 1\nb 2\n");
  f.scrape();
  f.fetcher.text("a 1\n");
  EXPECT_EQ(f.own(f.scrape()), (Fixture::Samples{{t("a"), "1"}, {t("b"), "stale"}}));
  EXPECT_EQ(f.own(f.scrape()), (Fixture::Samples{{t("a"), "1"}}));
  f.fetcher.text("a 1\nb 3\n");
  const auto back = f.scrape();
  EXPECT_EQ(back.at(t("b")), "3");
  EXPECT_EQ(back.at(t("scrape_series_added")), "1");
}

TEST(ScrapeLoop, AFailedScrapeMarksEverythingStale) {
  Fixture f;
  f.fetcher.text("a 1\nb 2\n");
  f.scrape();
  f.fetcher.answer = base::fail(base::Code::kDeadlineExceeded, "no answer within 10000 ms");
  const auto failed = f.scrape();
  EXPECT_EQ(f.own(failed), (Fixture::Samples{{t("a"), "stale"}, {t("b"), "stale"}}));
  EXPECT_EQ(failed.at(t("up")), "0");
  EXPECT_EQ(failed.at(t("scrape_samples_scraped")), "0");
  EXPECT_EQ(f.loop->status().health, Health::kDown);
  EXPECT_EQ(f.loop->status().last_error, "no answer within 10000 ms");
  EXPECT_TRUE(f.own(f.scrape()).empty());
  f.fetcher.text("a 1\nb 2\n");
  EXPECT_EQ(f.scrape().at(t("scrape_series_added")), "0");
}

TEST(ScrapeLoop, ABadLineFailsTheWholeScrape) {
  Fixture f;
  f.fetcher.text("a 1\nb two\n");
  const auto failed = f.scrape();
  EXPECT_TRUE(f.own(failed).empty());
  EXPECT_EQ(failed.at(t("up")), "0");
  EXPECT_THAT(f.loop->status().last_error, HasSubstr("line 2"));
}

TEST(ScrapeLoop, HtmlIsAFailedScrapeUnlessThereIsAFallback) {
  Fixture f;
  f.fetcher.text("<html></html>", "text/html; charset=utf-8");
  EXPECT_EQ(f.scrape().at(t("up")), "0");
  EXPECT_EQ(f.loop->status().last_error, "answered HTML and not metrics (text/html): is the path right?");
  Fixture with("fallback_scrape_protocol: PrometheusText0.0.4, ");
  with.fetcher.text("a 1\n", "text/html");
  EXPECT_EQ(with.scrape().at(t("up")), "1");
}

TEST(ScrapeLoop, OtherStatusesFail) {
  Fixture f;
  f.fetcher.text("a 1\n");
  f.fetcher.answer->status = 503;
  EXPECT_EQ(f.scrape().at(t("up")), "0");
  EXPECT_EQ(f.loop->status().last_error, "server returned HTTP status 503");
}

TEST(ScrapeLoop, SeriesWithTimestampsAreNotMarkedStale) {
  Fixture f;
  f.fetcher.text("a 1 " + std::to_string(kStartMs) + "\nb 2\n");
  EXPECT_EQ(f.scrape().at(t("a")), "1 @" + std::to_string(kStartMs));
  f.fetcher.text("");
  EXPECT_EQ(f.own(f.scrape()), (Fixture::Samples{{t("b"), "stale"}}));

  Fixture ignoring("honor_timestamps: false, ");
  ignoring.fetcher.text("a 1 " + std::to_string(kStartMs) + "\n");
  EXPECT_EQ(ignoring.scrape().at(t("a")), "1");
  ignoring.fetcher.text("");
  EXPECT_EQ(ignoring.own(ignoring.scrape()), (Fixture::Samples{{t("a"), "stale"}}));
}

TEST(ScrapeLoop, LabelConflicts) {
  const std::string text = "a{job=\"theirs\",exported_job=\"x\",z=\"1\"} 1\n";
  Fixture f;
  f.fetcher.text(text);
  EXPECT_EQ(
      f.own(f.scrape()),
      (Fixture::Samples{
          {"a{exported_exported_job=theirs,exported_job=x,instance=h:1,job=shop,z=1}", "1"}}));
  Fixture honoring("honor_labels: true, ");
  honoring.fetcher.text(text);
  const auto got = honoring.scrape();
  EXPECT_EQ(honoring.own(got),
            (Fixture::Samples{{"a{exported_job=x,instance=h:1,job=theirs,z=1}", "1"}}));
  EXPECT_TRUE(got.contains(t("up")));
}

TEST(ScrapeLoop, MetricRelabelling) {
  Fixture f(
      "metric_relabel_configs: [{action: drop, source_labels: [__name__], regex: 'b|c'}, "
      "{action: labeldrop, regex: z}], ");
  f.fetcher.text("a{z=\"1\"} 1\nb 2\nc 3\n");
  const auto got = f.scrape();
  EXPECT_EQ(f.own(got), (Fixture::Samples{{t("a"), "1"}}));
  EXPECT_EQ(got.at(t("scrape_samples_scraped")), "3");
  EXPECT_EQ(got.at(t("scrape_samples_post_metric_relabeling")), "1");
}

TEST(ScrapeLoop, OverALimitTheWholeScrapeFails) {
  auto error = [](const std::string& limit) {
    Fixture f(limit + ", ");
    f.fetcher.text("a{long=\"0123456789\"} 1\nb 2\n");
    const auto got = f.scrape();
    EXPECT_TRUE(f.own(got).empty());
    EXPECT_EQ(got.at(t("up")), "0");
    return f.loop->status().last_error;
  };
  EXPECT_EQ(error("sample_limit: 1"), "sample_limit 1 exceeded: the answer has 2 samples");
  EXPECT_EQ(error("label_limit: 3"), "label_limit 3 exceeded by a: 4 labels");
  EXPECT_EQ(error("label_name_length_limit: 7"), "label_name_length_limit 7 exceeded by a: label __name__, 8 bytes");
  EXPECT_EQ(error("label_value_length_limit: 9"), "label_value_length_limit 9 exceeded by a: label long, 10 bytes");
  Fixture within("sample_limit: 2, label_limit: 4, ");
  within.fetcher.text("a{long=\"0123456789\"} 1\nb 2\n");
  EXPECT_EQ(within.scrape().at(t("up")), "1");
}

TEST(ScrapeLoop, OpenMetricsIsAskedForAndRead) {
  Fixture f;
  f.fetcher.text("# TYPE a counter\na_total 3 # {trace_id=\"x\"} 1\n# EOF\n", "application/openmetrics-text; version=1.0.0; charset=utf-8");
  const model::Batch batch = f.loop->scrape_once(f.fetcher, f.clock, kStartMs);
  EXPECT_EQ(f.loop->status().health, Health::kUp);
  ASSERT_EQ(batch.exemplars.size(), 1u);
  const auto name = std::ranges::find(batch.exemplars[0].series, "job", &model::Label::name);
  ASSERT_NE(name, batch.exemplars[0].series.end()) << "with the labels of the target";
  ASSERT_EQ(batch.exemplars[0].exemplars.size(), 1u);
  EXPECT_EQ(batch.exemplars[0].exemplars[0].value, 1);
  EXPECT_EQ(batch.exemplars[0].exemplars[0].time_ms, kStartMs);
  EXPECT_EQ(batch.exemplars[0].exemplars[0].labels[0].value, "x");
  f.fetcher.text("a_total 3\n", "application/openmetrics-text");
  EXPECT_EQ(f.scrape().at(t("up")), "0");
  EXPECT_THAT(f.loop->status().last_error, HasSubstr("# EOF: it was cut off"));
}

TEST(ScrapeLoop, WorkersInTurnAreNoticed) {
  Fixture f;
  for (const char* start : {"100", "200", "100"}) {
    EXPECT_FALSE(f.loop->status().answered_by_several);
    f.fetcher.text(std::string("process_start_time_seconds ") + start + "\n");
    f.scrape();
  }
  EXPECT_TRUE(f.loop->status().answered_by_several);
}

TEST(ScrapeLoop, TheEndMarksEverythingStale) {
  Fixture f;
  EXPECT_TRUE(f.loop->end(f.time_ms).series.empty());
  f.fetcher.text("a 1\n");
  f.scrape();
  const auto last = f.show(f.loop->end(f.time_ms));
  EXPECT_EQ(last.size(), 6u);
  for (const auto& [series, value] : last) EXPECT_EQ(value, "stale") << series;
}

std::string read_gz(const std::string& name) {
  std::ifstream in("tests/corpus/prometheus/scrape/" + name, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  auto text = base::decode_content("gzip", bytes, 1 << 20);
  EXPECT_TRUE(text.has_value()) << name;
  return text.value_or("");
}

TEST(ScrapeLoop, RealScrapesOfTwoWorkers) {
  // Each answer is of one of two workers: series come and go.
  Fixture f;
  const char* kType = "text/plain; version=1.0.0; charset=utf-8";
  Fixture::Samples before;
  size_t stale = 0;
  for (const char* name : {"two-workers-001.txt.gz", "two-workers-002.txt.gz",
                           "two-workers-003.txt.gz", "two-workers-001.txt.gz"}) {
    f.fetcher.text(read_gz(name), kType);
    const auto got = f.own(f.scrape());
    for (const auto& [series, value] : got) {
      const auto old = before.find(series);
      if (value != "stale") continue;
      ++stale;
      ASSERT_NE(old, before.end()) << series;
      EXPECT_NE(old->second, "stale") << series;
    }
    for (const auto& [series, value] : before) {
      EXPECT_TRUE(value == "stale" || got.contains(series)) << series;
    }
    before = got;
  }
  EXPECT_GT(stale, 100u);
}

TEST(Schedule, OffsetsAreSpreadAndStable) {
  const int64_t interval = 15 * base::kNanosPerSecond;
  std::map<int64_t, int> buckets;
  for (int i = 0; i < 1000; ++i) {
    const int64_t offset = scrape_offset_ns("target " + std::to_string(i), interval);
    ASSERT_GE(offset, 0);
    ASSERT_LT(offset, interval);
    ++buckets[offset / base::kNanosPerSecond];
  }
  EXPECT_EQ(buckets.size(), 15u);
  EXPECT_EQ(scrape_offset_ns("x", interval), scrape_offset_ns("x", interval));
}

TEST(Schedule, NextDueIsAlwaysLater) {
  EXPECT_EQ(next_due(100, 10, 3), 103);
  EXPECT_EQ(next_due(103, 10, 3), 113);
  EXPECT_EQ(next_due(-100, 10, 3), -97);
  EXPECT_EQ(next_due(-97, 10, 3), -87);
}

TEST(Schedule, TimestampsAreTheDueTimeOnlyWhenOnTime) {
  const int64_t ms = base::kNanosPerMilli;
  const int64_t interval = 15'000 * ms;
  EXPECT_EQ(scrape_time_ms(1000 * ms, 1020 * ms, interval), 1000);
  EXPECT_EQ(scrape_time_ms(1000 * ms, 1021 * ms, interval), 1021);
  EXPECT_EQ(scrape_time_ms(1000 * ms, 999 * ms, interval), 999);
  EXPECT_EQ(scrape_time_ms(1000 * ms, 1002 * ms, 100 * ms), 1002);
}

}  // namespace
}  // namespace tripod::scrape
