#include "insight/waterfall.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"

namespace tripod::insight {
namespace {

using store::EventRow;
using testing::ElementsAre;
using Fields = std::vector<std::pair<std::string, store::FieldValue>>;

constexpr base::UnixNanos kStart = 1'795'365'477'000'000'000;

// `at` and `length` in microseconds.
EventRow span(const char* source, const char* id, const char* parent, int64_t at, int64_t length, Fields more) {
  EventRow row{.time = kStart + at * 1000, .sequence = 0, .fields = std::move(more)};
  row.fields.insert(row.fields.end(), {{"source", std::string(source)}, {"span_id", std::string(id)}, {"duration_ns", length * 1000}});
  if (*parent != 0) row.fields.emplace_back("parent_span_id", std::string(parent));
  return row;
}
Fields server() { return {{"kind", std::string("server")}, {"http.request.method", std::string("GET")}}; }
Fields statement(const char* system, const char* text) {
  return {{"kind", std::string("client")}, {"db.system.name", std::string(system)}, {"db.query.text", std::string(text)}};
}
Fields call(const char* url) {
  return {{"kind", std::string("client")}, {"http.request.method", std::string("GET")}, {"url.full", std::string(url)}};
}
Fields view() { return {{"kind", std::string("internal")}, {"name", std::string("order-list")}}; }

// "id<parent", and "+twin" where there is one.
std::vector<std::string> shape(const std::vector<EventRow>& rows) {
  std::vector<std::string> out;
  for (const WaterfallSpan& s : join_tracers(rows).spans) {
    out.push_back(s.row->text("span_id") + "<" + s.parent_span_id + (s.twin != nullptr ? "+" + s.twin->text("span_id") : ""));
  }
  return out;
}

TEST(Waterfall, ARequestSeenByBothIsOneTree) {
  EXPECT_THAT(shape({span("sentry", "s1", "", 0, 20'000, server()), span("otel", "o1", "", 600, 19'000, server()),
                     span("sentry", "s2", "s1", 1000, 18'000, view()),
                     span("sentry", "s3", "s2", 2000, 900, statement("postgresql", "SELECT a")),
                     span("otel", "o2", "o1", 2150, 700, statement("postgresql", "select a"))}),
              ElementsAre("o1<+s1", "s2<o1", "o2<s2+s3"));
}

TEST(Waterfall, OneTracerAloneIsLeftAsItIs) {
  EXPECT_THAT(shape({span("otel", "o1", "gone", 0, 20'000, server()), span("otel", "o2", "o1", 1000, 300, statement("redis", "GET ?")),
                     span("otel", "o3", "o1", 1100, 100, statement("redis", "GET ?"))}),
              ElementsAre("o1<gone", "o2<o1", "o3<o1"));
}

TEST(Waterfall, EachOfManyLikeStatementsFindsItsOwn) {
  std::vector<EventRow> rows = {span("sentry", "s", "", 0, 90'000, server()), span("otel", "o", "", 100, 89'000, server())};
  std::vector<std::string> expected = {"o<+s"};
  for (int i = 0; i < 80; ++i) {
    const std::string n = std::to_string(i);
    rows.push_back(span("sentry", ("s" + n).c_str(), "s", 1000 + i * 400, 350, statement("postgresql", "SELECT x")));
    rows.push_back(span("otel", ("o" + n).c_str(), "o", 1050 + i * 400, 250, statement("postgresql", "SELECT x")));
    expected.push_back("o" + n + "<o+s" + n);
  }
  EXPECT_EQ(shape(rows), expected);
}

TEST(Waterfall, OtherSystemsCommandsPathsAndTimesAreNoTwins) {
  const EventRow o = span("otel", "o", "", 1000, 500, statement("redis", "GET ?"));
  EXPECT_THAT(shape({span("sentry", "s", "", 900, 700, statement("redis", "SET 'a'")), o}), ElementsAre("s<", "o<"));
  EXPECT_THAT(shape({span("sentry", "s", "", 900, 700, statement("postgresql", "GET 'a'")), o}), ElementsAre("s<", "o<"));
  EXPECT_THAT(shape({o, span("sentry", "s", "", 60'000, 400, statement("redis", "GET 'a'"))}), ElementsAre("o<", "s<")) << "after it";
  EXPECT_THAT(shape({span("otel", "o", "", 0, 500, statement("postgresql", "SELECT a")), span("sentry", "s", "", 3000, 400, statement("postgresql", "SELECT b"))}),
              ElementsAre("o<", "s<")) << "beside it, another statement";
  EXPECT_THAT(shape({span("sentry", "s", "", 0, 90'000, statement("redis", "GET 'a'")), o}), ElementsAre("s<", "o<")) << "much longer";
  EXPECT_THAT(shape({span("otel", "o", "", 0, 900, call("http://a/x")), span("sentry", "s", "", 50, 800, call("http://a/y"))}), ElementsAre("o<", "s<"));
  EXPECT_THAT(shape({span("otel", "o", "", 0, 900, call("http://a/x?q=1")), span("sentry", "s", "", 50, 800, call("http://a/x"))}), ElementsAre("o<+s"));
}

TEST(Waterfall, AProcessThatWasStoppedBetweenTwoLooksAtTheClockStillFindsItsTwins) {
  EXPECT_THAT(shape({span("sentry", "s1", "", 0, 1600, statement("postgresql", "SELECT a")), span("otel", "o1", "", 27'000, 220, statement("postgresql", "SELECT a")),
                     span("sentry", "s2", "", 30'000, 400, statement("postgresql", "SELECT a")), span("otel", "o2", "", 30'050, 300, statement("postgresql", "SELECT a"))}),
              ElementsAre("o1<+s1", "o2<+s2"));
}

TEST(Waterfall, ATaskHasTheNameOfItsFunctionInBoth) {
  const auto task = [](const char* name) { return Fields{{"kind", std::string("consumer")}, {"name", std::string(name)}}; };
  EXPECT_THAT(shape({span("sentry", "s1", "s0", 0, 58'000, task("shop.tasks.send")), span("otel", "o1", "o0", 500, 57'000, task("run/shop.tasks.send"))}),
              ElementsAre("o1<o0+s1"));
}

TEST(Waterfall, SentrysSpansAreOfTheServiceTheyLieIn) {
  const auto of = [](const char* service, Fields fields) {
    fields.emplace_back("service.name", std::string(service));
    return fields;
  };
  const std::vector<EventRow> rows = {span("sentry", "s1", "", 0, 20'000, of("default", server())), span("otel", "o1", "", 600, 19'000, of("shop", server())),
                                      span("sentry", "s2", "s1", 1000, 18'000, of("default", view())), span("sentry", "s3", "s2", 2000, 900, of("default", view())),
                                      span("sentry", "s4", "s2", 3000, 900, of("elsewhere", view())), span("sentry", "s5", "gone", 4000, 900, of("default", view()))};
  std::vector<std::string> services;
  for (const WaterfallSpan& s : join_tracers(rows).spans) services.push_back(s.service);
  EXPECT_THAT(services, ElementsAre("shop", "shop", "shop", "elsewhere", "default"));
}

TEST(Waterfall, TellsUnderWhichSpanATwinIsShown) {
  const std::vector<EventRow> rows = {span("sentry", "s1", "", 0, 20'000, server()), span("otel", "o1", "", 600, 19'000, server())};
  EXPECT_THAT(join_tracers(rows).shown_as, ElementsAre(testing::Pair("s1", "o1")));
}

}  // namespace
}  // namespace tripod::insight
