#include "insight/links.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/mem_fs.h"
#include "insight/evidence.h"
#include "store/events/embedded_event_store.h"
#include "store/events/testing/test_events.h"

namespace tripod::insight {
namespace {

using store::Dataset;
using store::testing::Fields;
using testing::Contains;
using testing::IsEmpty;
using testing::SizeIs;

constexpr base::UnixNanos kNow = 1'795'365'477'000'000'000;
constexpr int64_t kMs = base::kNanosPerMilli;
constexpr const char* kOtelTrace = "0af7651916cd43dd8448eb211c80319c";
constexpr const char* kSentryTrace = "771a43a4192642f0b136d5159a501700";
constexpr const char* kEvent = "fc6d8c0c43fc4630ad850ee518f1b9d0";
constexpr const char* kRequest = "6fdb7b7a-2b0e-4b3b-9d0c-5d2f4e0e9a11";

class LinksTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = store::EmbeddedEventStore::open(fs_, clock_, budget_, *log_, {.dir = "events", .background = false});
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }

  void put(Dataset dataset, base::UnixNanos time, Fields fields) {
    store::testing::TestBatch batch{.dataset = dataset, .streams = {{}}, .events = {{time, 0, std::move(fields)}}};
    const auto appended = store::testing::append_and_wait(*store_, batch);
    ASSERT_TRUE(appended) << appended.error().message;
  }
  void put_server_span(const char* trace, const char* source, base::UnixNanos start, int64_t duration, const char* path) {
    put(Dataset::kSpans, start, {{"trace_id", trace}, {"span_id", "00f067aa0ba902b7"}, {"name", std::string("GET ") + path},
                                 {"kind", "server"}, {"source", source}, {"duration_ns", duration}, {"status_code", "unset"},
                                 {"url.path", path}, {"http.request.method", "GET"}, {"service.name", "djzen"}});
  }
  void put_error(base::UnixNanos time, const char* path) {
    put(Dataset::kErrors, time, {{"event_id", kEvent}, {"issue.id", int64_t{7}}, {"title", "ZeroDivisionError: division by zero"},
                                 {"trace_id", kSentryTrace}, {"url.full", std::string("http://shop") + path},
                                 {"http.request.method", "GET"}});
  }
  Links find(const char* id) {
    auto links = find_links(*store_, id, {});
    EXPECT_TRUE(links) << links.error().message;
    return links ? std::move(*links) : Links{};
  }
  static testing::Matcher<Identity> identity(const char* kind, const char* value, bool exact) {
    return testing::AllOf(testing::Field(&Identity::kind, kind), testing::Field(&Identity::value, value),
                          testing::Field(&Identity::is_exact, exact));
  }

  base::MemFs fs_;
  base::ManualClock clock_{kNow};
  base::MemoryBudget budget_{256u << 20};
  std::unique_ptr<base::Logger> log_ = base::make_null_logger();
  std::unique_ptr<store::EmbeddedEventStore> store_;
};

TEST_F(LinksTest, AnUnknownIdHasNoLinks) {
  const Links links = find("deadbeefdeadbeefdeadbeefdeadbeef");
  EXPECT_THAT(links.identities, IsEmpty());
  EXPECT_THAT(links.traces, IsEmpty());
  EXPECT_FALSE(links.hint);
}

TEST_F(LinksTest, ALearnedLinkLeadsFromRequestToTraceAndLogs) {
  put_server_span(kOtelTrace, "otel", kNow, 20 * kMs, "/orders/");
  put(Dataset::kLinks, kNow, {{"request_id", kRequest}, {"trace_id", kOtelTrace}, {"evidence", "log record"}});
  put(Dataset::kLogs, kNow, {{"body", "order_paid"}, {"request_id", kRequest}});
  const Links links = find(kRequest);
  EXPECT_THAT(links.identities, Contains(identity("trace_id", kOtelTrace, true)));
  ASSERT_THAT(links.traces, SizeIs(1));
  EXPECT_EQ(links.traces[0].root_name, "GET /orders/");
  EXPECT_EQ(links.log_count, 1u);
  EXPECT_FALSE(links.hint) << "nothing was guessed";
}

TEST_F(LinksTest, AnErrorIsProbablyOfTheOnlyServerSpanThatFits) {
  put_server_span(kOtelTrace, "otel", kNow, 30 * kMs, "/checkout/");
  put_server_span("11111111111111111111111111111111", "otel", kNow, 30 * kMs, "/other/");
  put_error(kNow + 10 * kMs, "/checkout/");
  const Links links = find(kEvent);
  EXPECT_THAT(links.identities, Contains(identity("trace_id", kOtelTrace, false)));
  EXPECT_TRUE(links.hint);
  const Links back = find(kOtelTrace);
  ASSERT_THAT(back.errors, SizeIs(1));
  EXPECT_EQ(back.errors[0].issue, 7);
}

TEST_F(LinksTest, TwoRequestsThatFitAreNeverGuessedBetween) {
  put_server_span(kOtelTrace, "otel", kNow, 30 * kMs, "/checkout/");
  put_server_span("11111111111111111111111111111111", "otel", kNow + 5 * kMs, 30 * kMs, "/checkout/");
  put_error(kNow + 10 * kMs, "/checkout/");
  EXPECT_THAT(find(kEvent).traces, IsEmpty());
}

TEST_F(LinksTest, WhatElseWentOnDoesNotCount) {
  for (int i = 0; i < 250; ++i) {
    const std::string trace = std::to_string(10'000 + i) + std::string(27, '0');
    put_server_span(trace.c_str(), "otel", kNow - i * 900 * kMs, 20 * kMs, i % 2 == 0 ? "/orders/" : "/checkout/");
  }
  put_server_span(kOtelTrace, "otel", kNow + 100 * kMs, 30 * kMs, "/checkout/");
  put_error(kNow + 110 * kMs, "/checkout/");
  EXPECT_THAT(find(kEvent).identities, Contains(identity("trace_id", kOtelTrace, false)));
}

TEST_F(LinksTest, AnErrorMayComeLongAfterItsRequestBegan) {
  for (const int64_t before : {int64_t{900}, int64_t{20'000}, int64_t{200'000}}) {
    const std::string path = "/slow/" + std::to_string(before) + "/";
    const std::string trace = std::to_string(100'000 + before) + std::string(26, '0');
    put_server_span(trace.c_str(), "otel", kNow - before * kMs, before * kMs, path.c_str());
    put_error(kNow, path.c_str());
    const Links back = find(trace.c_str());
    EXPECT_THAT(back.identities, Contains(identity("event_id", kEvent, false))) << path;
  }
}

TEST_F(LinksTest, TwoOfDifferentLengthThatFitAreNotGuessedBetween) {
  put_server_span(kOtelTrace, "otel", kNow - 20'000 * kMs, 20'100 * kMs, "/checkout/");
  put_server_span("11111111111111111111111111111111", "otel", kNow, 30 * kMs, "/checkout/");
  put_error(kNow + 10 * kMs, "/checkout/");
  EXPECT_THAT(find(kEvent).traces, IsEmpty());
}

TEST_F(LinksTest, TheTwoTracersOfOneRequestAreTwins) {
  put_server_span(kOtelTrace, "otel", kNow, 30 * kMs, "/report/");
  put_server_span(kSentryTrace, "sentry", kNow + 2 * kMs, 27 * kMs, "/report/");
  EXPECT_THAT(find(kOtelTrace).identities, Contains(identity("sentry_trace_id", kSentryTrace, false)));
  EXPECT_THAT(find(kSentryTrace).identities, Contains(identity("trace_id", kOtelTrace, false)));
}

TEST_F(LinksTest, UpperCaseAndDashesDoNotMatter) {
  put_server_span(kOtelTrace, "otel", kNow, 30 * kMs, "/report/");
  EXPECT_THAT(find("0AF76519-16CD-43DD-8448-EB211C80319C").traces, SizeIs(1));
}

TEST(PathOfUrlTest, TakesThePathOnly) {
  EXPECT_EQ(path_of_url("http://127.0.0.1:8000/checkout/?token=x#y"), "/checkout/");
  EXPECT_EQ(path_of_url("http://shop"), "/");
  EXPECT_EQ(path_of_url("/a/b?c"), "/a/b");
}

}  // namespace
}  // namespace tripod::insight
