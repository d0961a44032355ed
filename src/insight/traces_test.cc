#include "insight/traces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/mem_fs.h"
#include "store/events/embedded_event_store.h"
#include "store/events/testing/test_events.h"

namespace tripod::insight {
namespace {

using store::testing::Fields;
using testing::SizeIs;

constexpr base::UnixNanos kNow = 1'795'365'477'000'000'000;

class TracesTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = store::EmbeddedEventStore::open(fs_, clock_, budget_, *log_, {.dir = "events", .background = false});
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }
  void put(base::UnixNanos start, int64_t duration, const std::string& trace, const std::string& parent, const std::string& name,
           const std::string& status = "unset") {
    Fields fields = {{"trace_id", trace}, {"name", name}, {"duration_ns", duration}, {"status_code", status}, {"source", "otel"},
                     {"service.name", "djzen"}};
    if (!parent.empty()) fields.emplace_back("parent_span_id", parent);
    store::testing::TestBatch batch{.dataset = store::Dataset::kSpans, .streams = {{}}, .events = {{start, 0, fields}}};
    ASSERT_TRUE(store::testing::append_and_wait(*store_, batch));
  }

  base::MemFs fs_;
  base::ManualClock clock_{kNow};
  base::MemoryBudget budget_{256u << 20};
  std::unique_ptr<base::Logger> log_ = base::make_null_logger();
  std::unique_ptr<store::EmbeddedEventStore> store_;
};

TEST_F(TracesTest, ATraceIsNamedByItsRootWhateverArrivesFirst) {
  put(kNow + 5, 10, "aa", "01", "SELECT", "error");
  put(kNow, 100, "aa", "", "GET /");
  put(kNow + 7, 10, "aa", "01", "SELECT");
  const std::vector<std::string> ids = {"aa"};
  const auto list = summarise_traces(*store_, ids, {});
  ASSERT_TRUE(list);
  ASSERT_THAT(list->traces, SizeIs(1));
  const TraceSummary& trace = list->traces[0];
  EXPECT_EQ(trace.root_name, "GET /");
  EXPECT_EQ(trace.duration, 100);
  EXPECT_EQ(trace.spans, 3u);
  EXPECT_EQ(trace.errors, 1u);
}

TEST_F(TracesTest, WithoutARootTheEarliestSpanStandsIn) {
  put(kNow + 5, 10, "aa", "01", "late");
  put(kNow + 1, 10, "aa", "01", "early");
  const std::vector<std::string> ids = {"aa", "unknown"};
  const auto list = summarise_traces(*store_, ids, {});
  ASSERT_TRUE(list);
  ASSERT_THAT(list->traces, SizeIs(1));
  EXPECT_EQ(list->traces[0].root_name, "early");
}

TEST_F(TracesTest, SearchFindsTracesByAnyOfTheirSpansNewestFirst) {
  for (int i = 0; i < 5; ++i) {
    put(kNow + i * 1000, 100, "t" + std::to_string(i), "", "GET /");
    put(kNow + i * 1000 + 1, 10, "t" + std::to_string(i), "01", i % 2 == 0 ? "SELECT" : "GET cache");
  }
  const auto list = search_traces(*store_, {.range = {}, .filter = store::Predicate::equal("name", std::string("SELECT")), .limit = 2, .bounds = {}});
  ASSERT_TRUE(list);
  ASSERT_THAT(list->traces, SizeIs(2));
  EXPECT_EQ(list->traces[0].trace_id, "t4");
  EXPECT_EQ(list->traces[1].trace_id, "t2");
  EXPECT_EQ(list->traces[1].root_name, "GET /");
}

TEST_F(TracesTest, ATraceLongerThanTheBoundSaysSo) {
  for (int i = 0; i < 5; ++i) put(kNow + i, 1, "aa", "01", "SELECT");
  const auto all = load_trace(*store_, "aa", {}, 3);
  ASSERT_TRUE(all);
  EXPECT_THAT(all->rows, SizeIs(3));
  EXPECT_THAT(all->stats.warnings, SizeIs(1));
}

}  // namespace
}  // namespace tripod::insight
