#include "pipeline/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <thread>

#include "base/mem_fs.h"
#include "base/random.h"
#include "pipeline/issue_deletions.h"
#include "store/events/embedded_event_store.h"
#include "store/meta/sqlite_meta_store.h"
#include "store/metrics/embedded_metric_store.h"

namespace tripod::pipeline {
namespace {

using model::Attribute;
using model::Value;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr base::UnixNanos kNow = 1'795'365'477'000'000'000;

// A batch built by hand; texts are literals or live in its arena.
class BatchBuilder {
 public:
  BatchBuilder() {
    Attribute service{"service.name", Value::string("djzen")};
    batch_.resources.push_back({batch_.arena.copy_array(std::span<const Attribute>(&service, 1))});
    batch_.scopes.push_back({});
  }
  BatchBuilder& log(std::string_view body, std::vector<Attribute> attributes = {}, base::UnixNanos time = kNow) {
    model::LogRecord record;
    record.time = time;
    record.body = Value::string(body);
    record.attributes = batch_.arena.copy_array(std::span<const Attribute>(attributes));
    batch_.logs.push_back(record);
    return *this;
  }
  BatchBuilder& client_span(std::string_view url) {
    const Attribute attribute{"http.url", Value::string(url)};
    model::Span span{.trace_id = model::TraceId::from_hex("0af7651916cd43dd8448eb211c80319c"),
                     .span_id = model::SpanId::from_hex("00f067aa0ba902b7"),
                     .name = "POST",
                     .kind = model::SpanKind::kClient,
                     .start_time = kNow,
                     .end_time = kNow + 1000};
    span.attributes = batch_.arena.copy_array(std::span<const Attribute>(&attribute, 1));
    batch_.spans.push_back(span);
    return *this;
  }
  BatchBuilder& redis_span(std::string_view name, std::string_view parent) {
    client_span("");
    const Attribute attribute{"db.system", Value::string("redis")};
    batch_.spans.back().name = name;
    batch_.spans.back().parent_span_id = model::SpanId::from_hex(parent);
    batch_.spans.back().attributes = batch_.arena.copy_array(std::span<const Attribute>(&attribute, 1));
    return *this;
  }
  BatchBuilder& error(std::string_view value, std::string_view function = "view", std::string_view user = "") {
    model::ErrorEvent event{.event_id = model::EventId::from_hex(base::random_hex(16)),
                            .time = kNow,
                            .received_time = kNow,
                            .project = 1,
                            .level = "error",
                            .platform = "python",
                            .release = "abc123",
                            .user_id = user,
                            .payload = "{\"level\":\"error\"}"};
    const model::Frame frame{.module = "shop.views", .function = function, .context_line = "1 / 0", .line = 7, .in_app = 1};
    model::Exception exception{.type = "ZeroDivisionError", .value = batch_.arena.copy(value)};
    exception.frames = batch_.arena.copy_array(std::span<const model::Frame>(&frame, 1));
    event.exceptions = batch_.arena.copy_array(std::span<const model::Exception>(&exception, 1));
    batch_.errors.push_back(event);
    return *this;
  }
  model::Batch take() { return std::move(batch_); }

 private:
  model::Batch batch_;
};

class PipelineTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::filesystem::temp_directory_path() / ("tripod-pipeline-" + base::random_hex(8));
    std::filesystem::create_directories(dir_);
    open();
  }
  void TearDown() override {
    close();
    std::filesystem::remove_all(dir_);
  }
  void close() {
    pipeline_.reset();
    metrics_.reset();
    events_.reset();
    meta_.reset();
  }
  void open() {
    meta_ = std::move(*store::SqliteMetaStore::open((dir_ / "meta.db").string(), clock_));
    events_ = std::move(*store::EmbeddedEventStore::open(fs_, clock_, budget_, *log_, {.dir = "events", .background = false}));
    metrics_ = std::move(*store::EmbeddedMetricStore::open(fs_, clock_, budget_, *log_, {.dir = "metrics"}));
    auto opened = Pipeline::open({*events_, *metrics_, *meta_}, clock_, ledger_, *log_, {.thinning = thinning_, .span_metrics = &span_metrics_});
    ASSERT_TRUE(opened) << opened.error().message;
    pipeline_ = std::move(*opened);
  }
  base::Result<Outcome> submit(model::Batch batch, std::string protocol = "test", std::optional<store::BatchId> id = {}) {
    std::promise<base::Result<Outcome>> promise;
    pipeline_->submit(std::move(batch), {.protocol = std::move(protocol), .peer = "127.0.0.1", .batch_id = id},
                      [&](base::Result<Outcome> outcome) { promise.set_value(std::move(outcome)); });
    return promise.get_future().get();
  }
  std::vector<store::EventRow> rows(store::Dataset dataset) {
    auto result = events_->scan({.dataset = dataset, .limit = 1000});
    EXPECT_TRUE(result);
    return result ? std::move(result->rows) : std::vector<store::EventRow>();
  }

  std::filesystem::path dir_;
  ThinningRules thinning_;
  base::ManualClock clock_{kNow};
  base::MemFs fs_;
  base::MemoryBudget budget_{256u << 20};
  base::MetricRegistry registry_;
  IntakeLedger ledger_{clock_, registry_};
  spanmetrics::SpanMetrics span_metrics_{clock_, registry_};
  std::unique_ptr<base::Logger> log_ = base::make_null_logger();
  std::unique_ptr<store::SqliteMetaStore> meta_;
  std::unique_ptr<store::EmbeddedEventStore> events_;
  std::unique_ptr<store::EmbeddedMetricStore> metrics_;
  std::unique_ptr<Pipeline> pipeline_;
};

TEST_F(PipelineTest, SpansAreCountedOnceTheyAreStored) {
  const auto span = [] { return BatchBuilder().client_span("http://pay.example/").take(); };
  fs_.set_fault_hook([](base::MemFs::Op op, const std::string&) { return op == base::MemFs::Op::kSync ? std::optional(base::MemFs::Fault()) : std::nullopt; });
  EXPECT_FALSE(submit(span()));
  EXPECT_TRUE(span_metrics_.collect().series.empty());
  fs_.set_fault_hook({});
  close();
  open();
  EXPECT_TRUE(submit(span()));
  clock_.advance(base::kNanosPerSecond);
  const model::Batch counted = span_metrics_.collect();
  ASSERT_FALSE(counted.series.empty());
  EXPECT_EQ(counted.series[0].samples.back().value, 1);
}

TEST_F(PipelineTest, AnEventThatIsSentAgainIsStoredAndCountedOnce) {
  const auto event = [](bool with_another) {
    BatchBuilder builder;
    builder.error("boom");
    if (with_another) builder.error("boom");
    model::Batch batch = builder.take();
    batch.errors[0].event_id = model::EventId::from_hex("00112233445566778899aabbccddeeff");
    return batch;
  };
  EXPECT_EQ(submit(event(false))->rejected, 0u);
  const auto again = submit(event(true));  // beside a new one, which is kept
  ASSERT_TRUE(again);
  ASSERT_THAT(again->rejections, SizeIs(1));
  EXPECT_EQ(again->rejections[0].reason, "repeated");
  close();
  open();
  EXPECT_EQ(submit(event(false))->rejected, 1u);
  EXPECT_THAT(rows(store::Dataset::kErrors), SizeIs(2));
  uint64_t total = 0;
  EXPECT_EQ((*meta_->issues({}, &total)).at(0).count, 2u);
}

TEST_F(PipelineTest, AnEventSentInManyConnectionsAtOnceIsCountedOnce) {
  constexpr int kThreads = 8;
  std::atomic<int> kept = 0, answered = 0;
  {
    std::vector<std::jthread> senders;
    for (int i = 0; i < kThreads; ++i) {
      senders.emplace_back([&] {
        for (int n = 0; n < 20; ++n) {
          model::Batch batch = BatchBuilder().error("boom").take();
          batch.errors[0].event_id = model::EventId::from_hex("00112233445566778899aabbccddee" + std::to_string(10 + n));
          const auto outcome = submit(std::move(batch));
          if (outcome) ++answered;
          if (outcome && outcome->rejected == 0) ++kept;
        }
      });
    }
  }
  EXPECT_EQ(answered, kThreads * 20);
  EXPECT_EQ(kept, 20);
  EXPECT_THAT(rows(store::Dataset::kErrors), SizeIs(20));
}

TEST_F(PipelineTest, AFloodOfOneErrorIsOneIssueWithItsCount) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(submit(BatchBuilder().error("division by " + std::to_string(i), "view", i % 2 == 0 ? "ann" : "bob").take()));
  }
  ASSERT_TRUE(submit(BatchBuilder().error("division by zero", "another_view").take()));
  const auto issues = *meta_->issues({.sort = store::IssueQuery::Sort::kCount}, nullptr);
  ASSERT_THAT(issues, SizeIs(2));
  EXPECT_EQ(issues[0].count, 20u);
  EXPECT_EQ(issues[0].users, 2u);
  EXPECT_EQ(issues[0].last_release, "abc123");
}

TEST_F(PipelineTest, AFloodIsStoredWithoutItsPayloadsAndCountedExactly) {
  thinning_ = {.first = 3, .per_minute = 5, .one_of = 10};
  close();
  open();
  const auto flood = [] {
    BatchBuilder batch;
    for (int i = 0; i < 20; ++i) batch.error("division by " + std::to_string(i), "view", i % 2 == 0 ? "ann" : "bob");
    model::Batch out = batch.take();
    return out;
  };
  model::Batch first = flood();
  std::vector<model::EventId> ids;
  for (const model::ErrorEvent& event : first.errors) ids.push_back(event.event_id);
  ASSERT_TRUE(submit(std::move(first)));
  const auto check = [&](const char* when) {
    const auto issues = *meta_->issues({}, nullptr);
    ASSERT_THAT(issues, SizeIs(1)) << when;
    EXPECT_EQ(issues[0].count, 20u) << when;
    EXPECT_EQ(issues[0].users, 2u) << when;
    size_t whole = 0, thinned = 0;
    for (const store::EventRow& row : rows(store::Dataset::kErrors)) {
      EXPECT_NE(row.text("payload").empty(), row.text("thinned").empty()) << "one of the two";
      EXPECT_EQ(row.text("exception.type"), "ZeroDivisionError");
      ++(row.text("thinned") == "true" ? thinned : whole);
    }
    EXPECT_EQ(whole, 6u) << when << ": five of the minute, and of the other 15 one of ten";
    EXPECT_EQ(thinned, 14u) << when;
  };
  check("at first");
  model::Batch again = flood();
  for (size_t i = 0; i < ids.size(); ++i) again.errors[i].event_id = ids[i];
  const auto outcome = submit(std::move(again));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->rejected, 20u);
  check("sent again");
  close();
  for (const char* name : {"meta.db", "meta.db-wal", "meta.db-shm"}) std::filesystem::remove(dir_ / name);
  open();
  check("after a crash before anything was counted");
  EXPECT_THAT(registry_.expose(), HasSubstr("tripod_thinned_events_total{protocol=\"test\"} 14"));
}

TEST_F(PipelineTest, SessionsAndSentrysTransactionsMakeReleases) {
  const auto of_release = [](std::string_view version) {
    model::Batch batch;
    const Attribute attribute{"service.version", Value::string(batch.arena.copy(version))};
    batch.resources.push_back({batch.arena.copy_array(std::span<const Attribute>(&attribute, 1))});
    batch.scopes.push_back({});
    return batch;
  };
  model::Batch session = of_release("r1");
  session.sessions.push_back({.started = kNow, .project = 1, .begun = 3, .errored = 1});
  ASSERT_TRUE(submit(std::move(session)));
  for (const auto source : {model::SpanSource::kSentry, model::SpanSource::kOtel}) {
    model::Batch spans = of_release(source == model::SpanSource::kSentry ? "r2" : "r3");
    spans.spans.push_back({.trace_id = model::TraceId::from_hex("0af7651916cd43dd8448eb211c80319c"),
                           .span_id = model::SpanId::from_hex("00f067aa0ba902b7"),
                           .name = "/",
                           .source = source,
                           .start_time = kNow,
                           .end_time = kNow + 1});
    ASSERT_TRUE(submit(std::move(spans)));
  }
  EXPECT_TRUE(meta_->release(1, "r1"));
  EXPECT_TRUE(meta_->release(1, "r2"));
  EXPECT_FALSE(meta_->release(1, "r3")) << "the version of a service is no release of the project";
  const auto stored = rows(store::Dataset::kSessions);
  ASSERT_THAT(stored, SizeIs(1));
  EXPECT_EQ(stored[0].text("begun"), "3");
}

TEST_F(PipelineTest, EventsStoredButNotYetCountedAreCountedAtTheNextStart) {
  ASSERT_TRUE(submit(BatchBuilder().error("a").error("b").take()));
  // A crash after the event's sync and before the issue's: the meta store is as it was before.
  close();
  for (const char* name : {"meta.db", "meta.db-wal", "meta.db-shm"}) std::filesystem::remove(dir_ / name);
  open();
  const auto issues = *meta_->issues({}, nullptr);
  ASSERT_THAT(issues, SizeIs(1));
  EXPECT_EQ(issues[0].count, 2u);
  close();
  open();
  EXPECT_EQ((*meta_->issues({}, nullptr))[0].count, 2u) << "and not once more";
  ASSERT_TRUE(submit(BatchBuilder().error("c").take()));
  EXPECT_EQ((*meta_->issues({}, nullptr))[0].count, 3u) << "the same issue, found by its hash";
}

TEST_F(PipelineTest, NewRulesOfGroupingLeaveEventsInTheirIssueUnlessTheyAreMeantToPartThem) {
  const auto issues = [&] {
    uint64_t total = 0;
    EXPECT_TRUE(meta_->issues({}, &total));
    return total;
  };
  ASSERT_TRUE(submit(BatchBuilder().error("boom").take()));
  ASSERT_TRUE(pipeline_->project_rules().set(1, {"function:view -group", "", "", false}, true));
  ASSERT_TRUE(submit(BatchBuilder().error("boom").take()));
  EXPECT_EQ(issues(), 1u) << "looked up by the rules before";
  close();
  open();
  ASSERT_TRUE(submit(BatchBuilder().error("boom").take()));
  EXPECT_EQ(issues(), 1u) << "by its new hash";
  ASSERT_TRUE(pipeline_->project_rules().set(1, {"", "error.type:* -> apart", "", false}, false));
  ASSERT_TRUE(submit(BatchBuilder().error("boom").take()));
  EXPECT_EQ(issues(), 2u);
  EXPECT_EQ(rows(store::Dataset::kErrors).at(0).text("issue.grouping"), pipeline_->project_rules().grouper().version());
}

TEST_F(PipelineTest, TheEventsOfADeletedIssueGoAndOneLikeThemBeginsANewIssue) {
  ASSERT_TRUE(submit(BatchBuilder().error("a").error("b").take()));
  const int64_t old = (*meta_->issues({}, nullptr))[0].id;
  ASSERT_TRUE(meta_->delete_issues(std::vector{old}));
  // Before its events were removed the program ends.
  close();
  open();
  EXPECT_THAT(*meta_->issue_deletions(), testing::IsEmpty());
  EXPECT_THAT(events_->scan({.dataset = store::Dataset::kErrors})->rows, testing::IsEmpty());
  ASSERT_TRUE(submit(BatchBuilder().error("c").take()));
  const auto issues = *meta_->issues({}, nullptr);
  ASSERT_THAT(issues, SizeIs(1));
  EXPECT_GT(issues[0].id, old);
  EXPECT_EQ(issues[0].count, 1u);
  // And while it runs.
  ASSERT_TRUE(meta_->delete_issues(std::vector{issues[0].id}));
  ASSERT_TRUE(remove_events_of_deleted_issues(*meta_, *events_));
  ASSERT_TRUE(submit(BatchBuilder().error("d").take()));
  EXPECT_EQ((*meta_->issues({}, nullptr))[0].count, 1u);
  EXPECT_THAT(events_->scan({.dataset = store::Dataset::kErrors})->rows, SizeIs(1));
}

// A sum of one series, as the decoder of OTLP marks it.
model::Batch delta_of(double value, base::UnixNanos time) {
  model::Batch batch;
  const model::Label label{"__name__", "orders_total"};
  const model::Sample sample{time / base::kNanosPerMilli, value};
  batch.series.push_back({batch.arena.copy_array(std::span(&label, 1)), batch.arena.copy_array(std::span(&sample, 1))});
  batch.deltas.push_back({.first = 0, .count = 1, .shape = 0, .start_ms = sample.time_ms - 1000});
  return batch;
}

// The values of the one series of that name.
std::vector<double> orders(store::MetricStore& metrics) {
  const store::LabelMatcher matcher{store::LabelMatcher::Op::kEqual, "__name__", "orders_total"};
  const auto found = metrics.select({&matcher, 1}, {0, INT64_MAX}, {});
  EXPECT_TRUE(found);
  std::vector<double> values;
  if (!found) return values;
  EXPECT_THAT(*found, SizeIs(1));
  for (const store::SeriesData& series : *found) {
    for (const model::Sample& sample : series.samples) values.push_back(sample.value);
  }
  return values;
}

TEST_F(PipelineTest, DeltasAreSummedUp) {
  ASSERT_TRUE(submit(delta_of(3, kNow - 10 * base::kNanosPerSecond)));
  const auto future = submit(delta_of(100, kNow + base::kNanosPerHour));
  ASSERT_TRUE(future);
  EXPECT_EQ(future->rejections.at(0).reason, "timestamp_too_new");
  ASSERT_TRUE(submit(delta_of(4, kNow)));
  EXPECT_THAT(orders(*metrics_), testing::ElementsAre(0, 3, 7));
}

TEST_F(PipelineTest, ADeltaThatWasStoredBeforeARestartIsNotCountedAgain) {
  ASSERT_TRUE(submit(delta_of(3, kNow - 10 * base::kNanosPerSecond)));
  ASSERT_TRUE(submit(delta_of(4, kNow - 5 * base::kNanosPerSecond)));
  close();
  open();
  const auto again = submit(delta_of(4, kNow - 5 * base::kNanosPerSecond));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->rejections.at(0).reason, "out_of_order_delta");
  ASSERT_TRUE(submit(delta_of(5, kNow)));
  EXPECT_THAT(orders(*metrics_), testing::ElementsAre(0, 3, 7, 0, 5));
}

TEST_F(PipelineTest, SamplesOfRulesAreNoSignOfASender) {
  ASSERT_TRUE(submit(delta_of(3, kNow), "rules"));
  EXPECT_EQ(ledger_.signal(Signal::kMetrics).last, 0);
  ASSERT_TRUE(submit(delta_of(3, kNow), "otlp"));
  EXPECT_EQ(ledger_.signal(Signal::kMetrics).last, kNow);
}

// As one line of structlog comes from a shipper and from OpenTelemetry's SDK.
constexpr const char* kPrinted = R"({"event":"order_paid","request_id":"6fdb7b7a","order_id":7,"timestamp":"2026-11-22T16:39:59.5Z"})";
model::Batch exported() {
  model::Batch batch = BatchBuilder().log("order_paid").take();
  batch.logs[0].time = 1'795'365'599'500'000'000;
  batch.logs[0].trace_id = model::TraceId::from_hex("0af7651916cd43dd8448eb211c80319c");
  const Attribute request{"request_id", model::Value::string("6fdb7b7a")};
  batch.logs[0].attributes = batch.arena.copy_array(std::span<const Attribute>(&request, 1));
  return batch;
}

TEST_F(PipelineTest, ALineThatComesTwoWaysIsOneRecord) {
  ASSERT_TRUE(submit(BatchBuilder().log(kPrinted).take(), "loki"));
  ASSERT_TRUE(submit(exported(), "otlp"));
  for (const bool restarted : {false, true}) {
    const auto found = rows(store::Dataset::kLogs);
    ASSERT_THAT(found, SizeIs(1)) << restarted;
    EXPECT_EQ(found[0].text("original"), kPrinted);
    EXPECT_EQ(found[0].text("trace_id"), "0af7651916cd43dd8448eb211c80319c");
    EXPECT_EQ(found[0].text("order_id"), "7");
    EXPECT_EQ(found[0].text("log.origins"), "loki, otlp");
    close();
    open();
  }
  EXPECT_THAT(registry_.expose(), testing::HasSubstr("tripod_joined_log_records_total{protocol=\"otlp\"} 1"));
  // What was remembered is gone with the process: such copies are two records.
  ASSERT_TRUE(submit(exported(), "otlp"));
  EXPECT_THAT(rows(store::Dataset::kLogs), SizeIs(2));
}

TEST_F(PipelineTest, ABatchThatIsSentAgainTakesNothingUp) {
  const store::BatchId id{1, 2};
  ASSERT_TRUE(submit(BatchBuilder().log(kPrinted).take(), "json", id));
  ASSERT_TRUE(submit(exported(), "otlp"));
  ASSERT_THAT(rows(store::Dataset::kLogs), SizeIs(1));
  ASSERT_TRUE(submit(exported(), "otlp"));
  EXPECT_THAT(rows(store::Dataset::kLogs), SizeIs(2));
  const auto again = submit(BatchBuilder().log(kPrinted).take(), "json", id);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->repeated);
  EXPECT_THAT(rows(store::Dataset::kLogs), SizeIs(2)) << "the second of the SDK is still alone";
}

TEST_F(PipelineTest, LinksThatCouldNotBeStoredAreTaughtAgain) {
  const char* line = R"({"event":"order_paid","request_id":"6fdb7b7a","trace_id":"0af7651916cd43dd8448eb211c80319c"})";
  fs_.set_fault_hook([](base::MemFs::Op op, const std::string& path) -> std::optional<base::MemFs::Fault> {
    if (op != base::MemFs::Op::kSync || !path.starts_with("events/links")) return std::nullopt;
    return base::MemFs::Fault{.error = {base::Code::kIo, "disk gone"}};
  });
  EXPECT_FALSE(submit(BatchBuilder().log(line).take()));
  EXPECT_FALSE(submit(BatchBuilder().log(line).take())) << "taken for known, it would be acknowledged and missing";
  fs_.set_fault_hook({});
}

TEST_F(PipelineTest, EndsOnlyWhenEverySubmissionWasAnswered) {
  std::atomic<bool> syncing = false;
  std::promise<void> release;
  auto released = release.get_future().share();
  fs_.set_fault_hook([&, released](base::MemFs::Op op, const std::string& path) -> std::optional<base::MemFs::Fault> {
    if (op == base::MemFs::Op::kSync && path.starts_with("events/errors")) {
      syncing = true;
      released.wait();
    }
    return std::nullopt;
  });
  std::atomic<bool> answered = false;
  pipeline_->submit(BatchBuilder().error("x").take(), {.protocol = "test", .peer = ""}, [&](const base::Result<Outcome>&) { answered = true; });
  while (!syncing) std::this_thread::yield();
  std::jthread ending([&] { pipeline_.reset(); });
  release.set_value();
  ending.join();
  EXPECT_TRUE(answered);
  fs_.set_fault_hook({});
}

TEST_F(PipelineTest, OlderThanTheStoresKeepIsRejected) {
  const auto outcome = submit(BatchBuilder().log("old", {}, kNow - 31 * base::kNanosPerDay).log("kept", {}, kNow - 29 * base::kNanosPerDay).take());
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->rejected, 1u);
  ASSERT_TRUE(events_->flush());
  ASSERT_TRUE(events_->maintain());
  EXPECT_THAT(rows(store::Dataset::kLogs), SizeIs(1));
}

TEST_F(PipelineTest, TimesOutOfBoundsAreRejectedByNameAndTheRestIsKept) {
  const base::UnixNanos y2100 = 4'102'444'800'000'000'000;
  const auto outcome = submit(BatchBuilder().log("old", {}, base::kNanosPerSecond).log("fine").log("future", {}, y2100).log("no time", {}, 0).take());
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->rejected, 2u);
  EXPECT_THAT(rows(store::Dataset::kLogs), SizeIs(2));
  const auto listed = ledger_.recent_rejections();
  ASSERT_THAT(listed, SizeIs(2));
  EXPECT_EQ(listed[0].reason, "timestamp_too_new");
  EXPECT_EQ(listed[1].reason, "timestamp_too_old");
  EXPECT_THAT(listed[1].detail, HasSubstr("1970-01-01"));
}

TEST_F(PipelineTest, AClockWrongByAYearIsTold) {
  const int64_t year = 365 * base::kNanosPerDay;
  const auto outcome = submit(BatchBuilder().log("behind", {}, kNow - year).log("ahead", {}, kNow + year).log("late", {}, kNow - 29 * base::kNanosPerDay).log("right").take());
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->rejected, 2u);
  EXPECT_THAT(rows(store::Dataset::kLogs), SizeIs(2));
  const auto listed = ledger_.recent_rejections();
  ASSERT_THAT(listed, SizeIs(2));
  EXPECT_EQ(listed[0].reason, "timestamp_too_new");
  EXPECT_EQ(listed[1].reason, "timestamp_too_old");
  EXPECT_THAT(listed[1].detail, HasSubstr(" is before "));
}

TEST_F(PipelineTest, ASpanThatHasNotEndedYetIsRejected) {
  BatchBuilder builder;
  builder.client_span("http://shop/a").client_span("http://shop/b");
  model::Batch batch = builder.take();
  batch.spans[1].end_time = INT64_MAX;
  const auto outcome = submit(std::move(batch));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->rejected, 1u);
  EXPECT_THAT(rows(store::Dataset::kSpans), SizeIs(1));
  EXPECT_EQ(ledger_.recent_rejections()[0].reason, "timestamp_too_new");
}

TEST_F(PipelineTest, ASampleBeyondTheYearsOfNanosecondsIsRejectedAndTold) {
  model::Batch batch;
  const std::vector<model::Label> labels = {{"__name__", "up"}};
  const std::vector<model::Sample> samples = {{kNow / base::kNanosPerMilli, 1}, {INT64_MAX, 2}};
  batch.series.push_back({batch.arena.copy_array(std::span<const model::Label>(labels)),
                          batch.arena.copy_array(std::span<const model::Sample>(samples))});
  const auto outcome = submit(std::move(batch));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->rejected, 1u);
  ASSERT_THAT(ledger_.recent_rejections(), SizeIs(1));
  EXPECT_THAT(ledger_.recent_rejections()[0].detail, HasSubstr("sample at 2262-04-11"));
}

TEST_F(PipelineTest, SecretsAreGoneBeforeAnythingIsStored) {
  ASSERT_TRUE(submit(BatchBuilder()
                         .log("login", {{"password", Value::string("hunter2-secret")}})
                         .log(R"({"event":"paid","card":"4111 1111 1111 1111","api_key":"hunter2-secret"})")
                         .take()));
  const auto stored = rows(store::Dataset::kLogs);
  ASSERT_THAT(stored, SizeIs(2));
  for (const auto& row : stored) {
    for (const auto& [key, value] : row.fields) {
      EXPECT_THAT(row.text(key), Not(HasSubstr("hunter2"))) << key;
      EXPECT_THAT(row.text(key), Not(HasSubstr("4111"))) << key;
    }
  }
}

TEST_F(PipelineTest, OldConventionNamesBecomeTheNewOnes) {
  ASSERT_TRUE(submit(BatchBuilder().client_span("http://rates/quote").take()));
  const auto stored = rows(store::Dataset::kSpans);
  ASSERT_THAT(stored, SizeIs(1));
  EXPECT_EQ(stored[0].text("url.full"), "http://rates/quote");
  EXPECT_EQ(stored[0].find("http.url"), nullptr);
}

TEST_F(PipelineTest, TheTelemetrysOwnRequestsAreDroppedAndCounted) {
  ASSERT_TRUE(submit(BatchBuilder().client_span("http://127.0.0.1:8700/api/1/envelope/").client_span("http://x/v1/traces").take()));
  EXPECT_THAT(rows(store::Dataset::kSpans), IsEmpty());
  const auto received = ledger_.received_counts();
  ASSERT_THAT(received, SizeIs(1));
  EXPECT_FALSE(received[0].kept);
  EXPECT_EQ(received[0].count, 2u);
}

TEST_F(PipelineTest, AWorkersTalkWithItsBrokerIsDroppedUnlessItBelongsToARequest) {
  ASSERT_TRUE(submit(BatchBuilder().redis_span("PUBLISH", "").redis_span("GET", "").redis_span("PUBLISH", "00f067aa0ba902b7").take()));
  EXPECT_THAT(rows(store::Dataset::kSpans), SizeIs(2));
  const auto received = ledger_.received_counts();
  ASSERT_THAT(received, SizeIs(2));
  EXPECT_EQ(received[1].item, "span of broker chatter");
  EXPECT_EQ(received[1].count, 1u);
}

TEST_F(PipelineTest, ARecordWithTwoIdentitiesTeachesOneLink) {
  const char* line = R"({"event":"order_paid","request_id":"6fdb7b7a","trace_id":"0af7651916cd43dd8448eb211c80319c"})";
  ASSERT_TRUE(submit(BatchBuilder().log(line).log(line).take()));
  const auto links = rows(store::Dataset::kLinks);
  ASSERT_THAT(links, SizeIs(1));
  EXPECT_EQ(links[0].text("request_id"), "6fdb7b7a");
  EXPECT_EQ(links[0].text("trace_id"), "0af7651916cd43dd8448eb211c80319c");
}

TEST_F(PipelineTest, AnAttributeWithAReservedNameKeepsItsValueUnderAnother) {
  ASSERT_TRUE(submit(BatchBuilder().log("the message", {{"body", Value::string("an attribute")}, {"service.name", Value::string("djzen")}}).take()));
  const auto stored = rows(store::Dataset::kLogs);
  ASSERT_THAT(stored, SizeIs(1));
  EXPECT_EQ(stored[0].text("body"), "the message");
  EXPECT_EQ(stored[0].text("attributes.body"), "an attribute");
}

TEST_F(PipelineTest, AFailingDiskIsToldAndNothingIsCounted) {
  fs_.set_fault_hook([](base::MemFs::Op op, const std::string&) -> std::optional<base::MemFs::Fault> {
    if (op != base::MemFs::Op::kSync) return std::nullopt;
    return base::MemFs::Fault{.error = {base::Code::kIo, "disk gone"}};
  });
  const auto outcome = submit(BatchBuilder().error("x").take());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, base::Code::kUnavailable);
  EXPECT_THAT(*meta_->issues({}, nullptr), IsEmpty());
  EXPECT_EQ(ledger_.signal(Signal::kErrors).count, 0u);
  fs_.set_fault_hook({});
}

}  // namespace
}  // namespace tripod::pipeline
