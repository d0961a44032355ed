#include "pipeline/problems/problem_finder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/log.h"
#include "pipeline/problems/problem_writer.h"

namespace tripod::pipeline::problems {
namespace {

using base::kNanosPerMilli;
using base::kNanosPerSecond;
using model::Attribute;
using model::SpanKind;
using model::Value;
using testing::HasSubstr;

constexpr base::UnixNanos kNow = 1'795'365'480'000'000'000;

class SilentLogger final : public base::Logger {
 public:
  void log(Level, std::string_view, std::initializer_list<base::LogField>) override {}
};

// Spans of one service, one after the other.
struct Spans {
  explicit Spans(std::string_view service = "shop", uint8_t trace = 1) : trace_id_{trace} {
    const Attribute attributes[] = {{"service.name", Value::string(batch.arena.copy(service))}, {"service.version", Value::string("v7")}};
    batch.resources.push_back({batch.arena.copy_array(std::span<const Attribute>(attributes))});
    batch.scopes.push_back({});
  }
  model::Span& add(SpanKind kind, std::string_view name, uint8_t id, uint8_t parent, int64_t ms, std::vector<Attribute> attributes = {}) {
    model::Span span{.name = batch.arena.copy(name), .kind = kind, .start_time = now_, .end_time = now_ + ms * kNanosPerMilli};
    span.trace_id.bytes.back() = trace_id_;
    span.span_id.bytes.back() = id;
    span.parent_span_id.bytes.back() = parent;
    span.attributes = batch.arena.copy_array(std::span<const Attribute>(attributes));
    batch.spans.push_back(span);
    if (kind == SpanKind::kClient) now_ += ms * kNanosPerMilli;
    return batch.spans.back();
  }
  Spans& request(int64_t ms = 500, std::string_view route = "/orders/") {
    add(SpanKind::kServer, "GET /orders/", 1, 0, ms, {{"http.route", Value::string(batch.arena.copy(route))}});
    return *this;
  }
  Spans& query(uint64_t fingerprint, std::string_view text, int64_t ms = 12, bool from_sentry = false) {
    auto* statement = new (batch.arena.allocate(sizeof(model::SqlStatement), alignof(model::SqlStatement))) model::SqlStatement;
    *statement = {.fingerprint = fingerprint, .fingerprint_text = "", .normalised = batch.arena.copy(text), .is_select = true};
    model::Span& span = add(SpanKind::kClient, "SELECT", next_++, 1, ms, {{"code.file.path", Value::string("shop/views.py")}, {"code.line.number", Value::int64(41)}});
    span.statement = statement;
    if (from_sentry) span.source = model::SpanSource::kSentry;
    return *this;
  }
  Spans& call(std::string_view url, int64_t ms = 12) {
    add(SpanKind::kClient, "GET", next_++, 1, ms, {{"http.request.method", Value::string("GET")}, {"url.full", Value::string(batch.arena.copy(url))}});
    return *this;
  }
  // One query for the rows, then one for each.
  Spans& n_plus_one(int rows = 10, bool from_sentry = false) {
    query(1, "SELECT * FROM shop_order LIMIT ?", 5, from_sentry);
    for (int i = 0; i < rows; ++i) query(2, "SELECT * FROM shop_customer WHERE id = ?", 12, from_sentry);
    return *this;
  }
  Tally tally(uint64_t project = 1) const { return tally_of(batch, project); }

  model::Batch batch;

 private:
  uint8_t trace_id_;
  uint8_t next_ = 10;
  base::UnixNanos now_ = kNow;
};

struct ProblemFinderTest : testing::Test {
  std::vector<Occurrence> after(int64_t seconds) {
    clock.advance(seconds * kNanosPerSecond);
    return finder.collect();
  }
  base::ManualClock clock{kNow};
  base::MetricRegistry registry;
  ProblemFinder finder{clock, registry};
};

TEST_F(ProblemFinderTest, TellsOfANPlusOneOnceItsRequestHasEnded) {
  finder.add(Spans().n_plus_one().request(500).tally(3));
  EXPECT_TRUE(after(5).empty()) << "an SDK may have more on its way";
  const auto found = after(1);
  ASSERT_EQ(found.size(), 1u);
  const Occurrence& o = found[0];
  EXPECT_EQ(o.problem.kind, ProblemKind::kNPlusOneQueries);
  EXPECT_EQ(o.problem.cost, 120 * kNanosPerMilli);
  EXPECT_EQ(o.problem.spans.size(), 10u);
  EXPECT_EQ(o.text, "SELECT * FROM shop_customer WHERE id = ?");
  EXPECT_EQ(o.route, "/orders/");
  EXPECT_EQ(o.request_duration, 500 * kNanosPerMilli);
  EXPECT_EQ(o.place, "shop/views.py:41");
  EXPECT_EQ(o.sender.service, "shop");
  EXPECT_EQ(o.sender.release, "v7");
  EXPECT_EQ(o.sender.project, 3u);
  EXPECT_EQ(o.span_ids.size(), 10u);
  EXPECT_TRUE(after(100).empty()) << "told once";
  EXPECT_EQ(finder.waiting_bytes(), 0u);
}

TEST_F(ProblemFinderTest, PutsARequestTogetherThatComesInSeveralBatches) {
  Spans first, second, last;
  first.query(1, "SELECT rows").query(2, "SELECT row").query(2, "SELECT row").query(2, "SELECT row");
  second.query(2, "SELECT row", 13).query(2, "SELECT row", 13);
  for (model::Span& span : second.batch.spans) span.start_time += kNanosPerSecond, span.end_time += kNanosPerSecond;
  last.request();
  finder.add(first.tally());
  finder.add(second.tally());
  EXPECT_TRUE(after(10).empty());
  finder.add(last.tally());
  const auto found = after(6);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].problem.spans.size(), 5u);
}

TEST_F(ProblemFinderTest, JudgesWhatNeverEndsByWhatIsKnown) {
  finder.add(Spans().n_plus_one().tally());
  EXPECT_TRUE(after(59).empty());
  const auto found = after(1);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].route, "");
  EXPECT_EQ(found[0].request_duration, 0);
}

TEST_F(ProblemFinderTest, StopsByJudgingAllThatWaits) {
  finder.add(Spans().n_plus_one().tally());
  EXPECT_EQ(finder.collect(true).size(), 1u);
}

TEST_F(ProblemFinderTest, KeepsServicesOfOneTraceApart) {
  Spans shop("shop"), stock("stock");
  shop.query(1, "SELECT rows").query(2, "SELECT row").query(2, "SELECT row").query(2, "SELECT row").request();
  stock.query(1, "SELECT rows").query(2, "SELECT row").query(2, "SELECT row").query(2, "SELECT row").request();
  finder.add(shop.tally());
  finder.add(stock.tally());
  EXPECT_TRUE(after(6).empty()) << "six in all, but three of each";
}

TEST_F(ProblemFinderTest, FindsCallsThatDifferInTheirIdentityAlone) {
  Spans spans;
  for (int i = 0; i < 10; ++i) spans.call("http://stock:8001/items/" + std::to_string(i * 37) + "?full=" + std::to_string(i));
  finder.add(spans.request().tally());
  const auto found = after(6);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].problem.kind, ProblemKind::kNPlusOneCalls);
  EXPECT_EQ(found[0].text, "GET http://stock:8001/items/{id}");
}

TEST_F(ProblemFinderTest, LeavesOutWhatSentryTellsOfRequestsThatOpenTelemetryTellsOfToo) {
  ProblemFinder one_of_both(clock, registry, [](std::string_view service) { return service == "shop"; });
  one_of_both.add(Spans("shop").n_plus_one(10, true).request().tally());
  one_of_both.add(Spans("other").n_plus_one(10, true).request().tally());
  clock.advance(6 * kNanosPerSecond);
  const auto found = one_of_both.collect();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].sender.service, "other");
}

TEST_F(ProblemFinderTest, JudgesTheOldestEarlyWhereTooMuchWaits) {
  ProblemFinder small(clock, registry, {}, {.bytes = 4000});
  for (uint8_t trace = 1; trace <= 20; ++trace) small.add(Spans("shop", trace).n_plus_one().request().tally());
  EXPECT_LE(small.waiting_bytes(), 4000u);
  EXPECT_GE(small.collect().size(), 15u) << "judged early, not lost";
  clock.advance(6 * kNanosPerSecond);
  small.collect();
  EXPECT_EQ(small.waiting_bytes(), 0u);
}

TEST_F(ProblemFinderTest, LooksAtSoManyCallsOfARequest) {
  ProblemFinder few(clock, registry, {}, {.calls = 4});
  few.add(Spans().n_plus_one().request().tally());
  clock.advance(6 * kNanosPerSecond);
  EXPECT_TRUE(few.collect().empty());
}

TEST_F(ProblemFinderTest, KeepsATraceOfEachIssueNowAndThen) {
  const auto keeps = [&](uint8_t trace) {
    finder.add(Spans("shop", trace).n_plus_one().request().tally());
    const auto found = after(6);
    return found.size() == 1 && found[0].keeps_trace;
  };
  EXPECT_TRUE(keeps(1));
  EXPECT_FALSE(keeps(2));
  clock.advance(10 * base::kNanosPerMinute);
  EXPECT_TRUE(keeps(3));
}

// An occurrence as its event.
struct Event {
  explicit Event(const Occurrence& occurrence) { add_event(occurrence, kNow, batch); }
  const model::ErrorEvent& operator*() const { return batch.errors.front(); }
  const model::ErrorEvent* operator->() const { return &batch.errors.front(); }
  model::Batch batch;
};

TEST_F(ProblemFinderTest, TheSameProblemOfTheSameTraceIsOneEventAndOfAnotherTraceOneIssue) {
  finder.add(Spans("shop", 1).n_plus_one().request().tally());
  finder.add(Spans("shop", 2).n_plus_one(12).request().tally());
  const auto found = after(6);
  finder.add(Spans("shop", 1).n_plus_one().request().tally());
  const auto again = after(6);
  ASSERT_EQ(found.size(), 2u);
  ASSERT_EQ(again.size(), 1u);
  const Event a(found[0]), b(found[1]), c(again[0]);
  EXPECT_EQ(a->event_id, found[0].trace_id == again[0].trace_id ? c->event_id : b->event_id);
  EXPECT_NE(a->event_id, b->event_id);
  EXPECT_EQ(a->finding->hash, b->finding->hash);
}

TEST_F(ProblemFinderTest, IssuesAreThoseOfServiceRouteAndStatement) {
  Spans other_route, other_service("stock", 2), slow("shop", 3);
  other_route.n_plus_one().request(500, "/customers/");
  other_service.n_plus_one().request();
  slow.query(2, "SELECT * FROM shop_customer WHERE id = ?", 700).request();
  finder.add(Spans("shop", 4).n_plus_one().request().tally());
  for (const Spans* spans : {&other_route, &other_service, &slow}) finder.add(spans->tally());
  std::vector<std::string> hashes;
  for (const Occurrence& o : after(6)) hashes.push_back(issue_hash(o));
  ASSERT_EQ(hashes.size(), 4u);
  std::ranges::sort(hashes);
  EXPECT_EQ(std::ranges::adjacent_find(hashes), hashes.end());
}

TEST_F(ProblemFinderTest, AnEventSaysWhatWasFound) {
  finder.add(Spans().n_plus_one().request().tally(3));
  const auto found = after(6);
  ASSERT_EQ(found.size(), 1u);
  const Event event(found[0]);
  EXPECT_EQ(event->project, 3u);
  EXPECT_EQ(event->level, "info");
  EXPECT_EQ(event->release, "v7");
  EXPECT_EQ(event->transaction, "/orders/");
  EXPECT_EQ(event->finding->issue_type, "performance_n_plus_one_db_queries");
  EXPECT_EQ(event->finding->title, "N+1 Query");
  EXPECT_EQ(event->finding->culprit, "/orders/");
  EXPECT_EQ(event->finding->value, "SELECT * FROM shop_customer WHERE id = ?");
  EXPECT_THAT(event->payload, HasSubstr("\"calls\":10,\"duration_ns\":120000000,\"request_duration_ns\":500000000"));
  EXPECT_EQ(model::find_attribute(event->attributes, "problem.calls")->value.as_int64(), 10);
}

TEST_F(ProblemFinderTest, WhatCouldNotBeStoredIsSubmittedAgain) {
  SilentLogger log;
  bool is_full = true;
  std::vector<uint64_t> stored;
  ProblemWriter writer(finder, clock, log, [&](model::Batch&& batch, uint64_t project) -> base::Result<> {
    if (is_full) return base::fail(base::Code::kResourceExhausted, "full");
    stored.push_back(project * 10 + batch.errors.size());
    return {};
  });
  finder.add(Spans("shop", 1).n_plus_one().request().tally(1));
  finder.add(Spans("shop", 2).n_plus_one().request().tally(1));
  finder.add(Spans("stock", 3).n_plus_one().request().tally(2));
  clock.advance(6 * kNanosPerSecond);
  writer.write();
  EXPECT_TRUE(stored.empty());
  is_full = false;
  writer.write();
  EXPECT_THAT(stored, testing::UnorderedElementsAre(12u, 21u));
  writer.write();
  EXPECT_EQ(stored.size(), 2u);
}

TEST(CallText, LeavesOutWhatDiffersFromRowToRow) {
  EXPECT_EQ(call_text("GET", "http://stock/items/17?x=1#y"), "GET http://stock/items/{id}");
  EXPECT_EQ(call_text("GET", "http://stock/items/0b81f2e4-83d2-4a7e-9d57-1f2a3b4c5d6e/price"), "GET http://stock/items/{id}/price");
  EXPECT_EQ(call_text("", "http://stock"), "http://stock");
  EXPECT_EQ(call_text("POST", "http://stock/"), "POST http://stock/");
  EXPECT_EQ(call_text("GET", "/v2/deadbeef/deadbee1"), "GET /v2/deadbeef/{id}");
}

}  // namespace
}  // namespace tripod::pipeline::problems
