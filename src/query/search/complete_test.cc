#include "query/search/complete.h"

#include <gtest/gtest.h>

#include <array>

#include "query/search/context.h"
#include "store/events/testing/forwarding_store.h"
#include "store/events/testing/store_fixture.h"

namespace tripod::query::search {
namespace {

using store::Dataset;
using store::testing::TestBatch;

std::string kind_text(Place::Kind kind) {
  constexpr const char* kNames[] = {"term", "value", "pipe", "function", "field", "column", "word", "nothing"};
  return kNames[static_cast<size_t>(kind)];
}

// `^` is the cursor. "kind from:prefix key words"
std::string place(std::string text) {
  const size_t position = text.find('^');
  text.erase(position, 1);
  const Place found = place_in(text, position);
  std::string out = kind_text(found.kind) + " " + std::to_string(found.from) + ":" + found.prefix;
  if (!found.key.name.empty()) out += " of " + (found.key.literal ? "'" + found.key.name + "'" : found.key.name);
  for (const std::string& word : found.words) out += " " + word;
  return out;
}

TEST(Place, OfTheCursor) {
  const std::pair<const char*, const char*> cases[] = {
      {"^", "term 0:"},
      {"lev^", "term 0:lev"},
      {"level:error ser^", "term 12:ser"},
      {"-ser^", "term 1:ser"},
      {"(ser^", "term 1:ser"},
      {"level:^", "value 6: of level"},
      {"level:er^ror", "value 6:er of level"},
      {"level:>=er^", "value 8:er of level"},
      {"status>5^", "value 7:5 of status"},
      {"\"a b\":x^", "value 6:x of 'a b'"},
      {"path:\"/che^", "value 5:/che of path"},
      {"level:(error OR wa^", "value 16:wa of level OR AND"},
      {"level:(error) wa^", "term 14:wa"},
      {"x (level:(a OR ^", "value 15: of level OR AND"},
      {"has:us^", "field 4:us"},
      {"in:sp^", "word 3:sp logs spans errors"},
      {"\"some text^", "term 0:some text"},
      {"boom | ^", "pipe 7:"},
      {"boom |co^", "pipe 6:co"},
      {"\"a|b\" x^", "term 6:x"},
      {"x:/a|b/ y^", "term 8:y"},
      {"| count ^", "word 8: by every"},
      {"| count by ^", "field 11:"},
      {"| count by le^", "field 11:le"},
      {"| count by level, ^", "field 18:"},
      {"| count by level ^", "word 17: every"},
      {"| count by level every ^", "word 23: 10s 1m 5m 1h 1d"},
      {"| count every 1m ^", "word 17: by every"},
      {"| stats p^", "function 8:p"},
      {"| stats p95(dur^", "field 12:dur"},
      {"| stats p95(duration) ^", "word 22: by every as"},
      {"| stats p95(duration), ma^", "function 23:ma"},
      {"| stats max(a) by pa^", "field 18:pa"},
      {"| top pa^", "field 6:pa"},
      {"| top 20 pa^", "field 9:pa"},
      {"| sort du^", "field 7:du"},
      {"| sort duration ^", "word 16: desc asc"},
      {"| count by level | sort co^", "column 24:co level count"},
      {"| stats max(a) as most | where m^", "column 31:m most"},
      {"| where lev^", "term 8:lev"},
      {"| where level:er^", "value 14:er of level"},
      {"| fields a, b^", "field 12:b"},
      {"| limit 5^", "nothing 8:"},
      {"| patterns ^", "nothing 11:"},
      {"| count by \\|x^", "field 11:\\|x"},
      {"| count by x\\| y^", "word 15:y every"},
      {"| where x:/a|b/^", "value 10:/a|b/ of x"},
      {"é:x^", "value 3:x of é"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(place(text), expected) << text;
}

// Whatever stands there, and wherever the cursor.
// A key is not copied by each parenthesis within its own.
TEST(Place, OfTheCursorInManyParentheses) {
  const std::string key(20'000, 'k');
  const Place place = place_in(key + ":" + std::string(20'000, '(') + "val", 60'000);
  EXPECT_EQ(place.kind, Place::Kind::kValue);
  EXPECT_EQ(place.key.name, key);
  EXPECT_EQ(place.prefix, "val");
  EXPECT_EQ(place_in("k:((a) OR (b", 60'000).key.name, "k");
  EXPECT_EQ(place_in("k:(a) (b", 60'000).kind, Place::Kind::kTerm);
}

TEST(Place, NeverLeavesTheText) {
  for (const std::string text : {"\"", "a:\"b\\", "x:(((", "| | |", "|\"", "| stats (((", "/a", "x:/a\\", "| count by \"", "((\"|\")", "| a \\|",
                                 "|\\|", "| \\", "| count by /a|b/"}) {
    for (size_t i = 0; i <= text.size() + 1; ++i) {
      const Place found = place_in(text, i);
      EXPECT_LE(found.from, text.size()) << text << " " << i;
    }
  }
}

class AroundTest : public store::testing::StoreTest {
 protected:
  AroundTest() { open(); }

  void log(const std::string& host, int64_t seconds, store::testing::Fields fields) {
    TestBatch batch;
    batch.streams = {{{"service.name", std::string("shop")}, {"host.name", host}, {"stream.label.app", true}}};
    batch.events.push_back({kNow + seconds * base::kNanosPerSecond, 0, std::move(fields)});
    append(batch);
  }
  std::vector<std::string> texts(std::string_view text) {
    CompletionPlan plan;
    plan.datasets = datasets_;
    plan.is_hidden = [](std::string_view field) { return field.starts_with("stream.label."); };
    auto found = complete(*store_, text, text.size(), plan);
    EXPECT_TRUE(found);
    std::vector<std::string> out;
    for (const auto& item : found->items) out.push_back(item.text);
    return out;
  }
  using Texts = std::vector<std::string>;
  const std::array<Dataset, 1> datasets_ = {Dataset::kLogs};
};

TEST_F(AroundTest, CompletionOffersWhatIsThere) {
  log("a", 1, {{"body", std::string("x")}, {"severity_text", std::string("error")}, {"path", std::string("/checkout now")}, {"odd key", int64_t{1}}});
  log("a", 2, {{"body", std::string("x")}, {"severity_text", std::string("error")}, {"path", std::string("/cart")}});
  log("a", 3, {{"body", std::string("x")}, {"severity_text", std::string("warn")}, {"n", int64_t{5}}});
  for (const bool flushed : {false, true}) {
    if (flushed) ASSERT_TRUE(store_->flush());
    EXPECT_EQ(texts("lev"), (Texts{"level:"}));
    EXPECT_EQ(texts("sev"), (Texts{"severity_text:"}));
    EXPECT_EQ(texts("odd"), (Texts{"\"odd key\":"}));
    EXPECT_EQ(texts("level:"), (Texts{"error", "warn"}));
    EXPECT_EQ(texts("level:W"), (Texts{"warn"}));
    EXPECT_EQ(texts("path:/"), (Texts{"\"/cart\"", "\"/checkout now\""}));
    EXPECT_EQ(texts("n:"), (Texts{"5"}));
    EXPECT_EQ(texts("a | s"), (Texts{"stats", "sort"}));
    EXPECT_EQ(texts("| stats p9"), (Texts{"p95", "p99"}));
    EXPECT_EQ(texts("| count b"), (Texts{"by"}));
    EXPECT_EQ(texts("| count by lev"), (Texts{"level"}));
    EXPECT_EQ(texts("| count by level | sort c"), (Texts{"count"}));
    EXPECT_EQ(texts("stream"), Texts{});
  }
}

TEST_F(AroundTest, ValuesOfAnIdAreNotOffered) {
  TestBatch batch;
  batch.streams = {{}};
  for (int64_t i = 0; i < 25'000; ++i) batch.events.push_back({kNow + i, 0, {{"id", "x" + std::to_string(i)}}});
  append(batch);
  CompletionPlan plan;
  plan.datasets = datasets_;
  auto found = complete(*store_, "id:", 3, plan);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->items.empty());
  ASSERT_EQ(found->warnings.size(), 1u);
  EXPECT_EQ(found->warnings[0], "id has more than 20000 different values: none are offered");
  // Those that begin with what is written are few.
  found = complete(*store_, "id:x2499", 8, plan);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->items.size(), 11u);
}

std::vector<Question::Part> logs(store::Predicate filter = {}) { return {{Dataset::kLogs, std::move(filter)}}; }

TEST_F(AroundTest, FacetsAndHistogram) {
  for (int64_t i = 0; i < 30; ++i) {
    log(i % 3 == 0 ? "a" : "b", i, {{"body", "line " + std::to_string(i)}, {"severity_text", std::string(i < 10 ? "error" : "info")}, {"request_id", "r" + std::to_string(i)}});
  }
  const store::TimeRange range{kNow, kNow + 30 * base::kNanosPerSecond};
  for (const bool flushed : {false, true}) {
    if (flushed) ASSERT_TRUE(store_->flush());
    FacetPlan plan;
    plan.range = range;
    plan.limit = 1;
    plan.is_hidden = [](std::string_view field) { return field.starts_with("stream.label."); };
    auto facets = find_facets(*store_, logs(), plan);
    ASSERT_TRUE(facets);
    EXPECT_EQ(facets->total, 30u);
    std::string text;
    for (const Facet& f : facets->facets) {
      text += f.name + "=" + f.field + " " + std::to_string(f.values.rows) + ": " + f.values.values[0].text + " " + std::to_string(f.values.values[0].count) + " +" +
              std::to_string(f.values.other) + "; ";
    }
    EXPECT_EQ(text, "service=service.name 30: shop 30 +0; level=severity_text 30: info 20 +10; host=host.name 30: b 20 +10; ");

    HistogramPlan histogram;
    histogram.by = {"level", false};
    histogram.range = range;
    histogram.buckets = 3;
    auto counted = count_over_time(*store_, logs(), histogram);
    ASSERT_TRUE(counted);
    ASSERT_EQ(counted->series.size(), 2u);
    EXPECT_EQ(counted->series[0].key, "info");
    EXPECT_EQ(counted->series[0].counts, (std::vector<uint64_t>{0, 10, 10}));
    EXPECT_EQ(counted->series[1].counts, (std::vector<uint64_t>{10, 0, 0}));
    EXPECT_EQ(counted->total, 30u);
  }
}

// Counts how often the store is asked to aggregate, and how its time runs out.
class CountingStore final : public store::testing::ForwardingStore {
 public:
  explicit CountingStore(store::EventStore& to) : ForwardingStore(to) {}
  base::Result<store::AggregateResult> aggregate(const store::AggregatePlan& plan) override {
    ++asked;
    auto result = ForwardingStore::aggregate(plan);
    if (result && asked > in_time) result->stats.incomplete = result->stats.out_of_time = true;
    return result;
  }
  size_t asked = 0;
  size_t in_time = SIZE_MAX;
};

// Thousands of ids: those that records have most are tried, and no more once the time is over.
TEST_F(AroundTest, FacetsAreLookedForAmongSoManyFields) {
  TestBatch batch;
  for (int64_t i = 0; i < 200; ++i) batch.events.push_back({kNow + i, 0, {{"odd" + std::to_string(i), std::string("x")}}});
  append(batch);
  FacetPlan plan;
  plan.range = {kNow, kNow + base::kNanosPerSecond};
  CountingStore store(*store_);
  const auto none = find_facets(store, logs(store::Predicate::exists("nothing")), plan);
  ASSERT_TRUE(none);
  EXPECT_EQ(store.asked, 61u);
  store.asked = 0;
  store.in_time = 5;
  const auto some = find_facets(store, logs(), plan);
  ASSERT_TRUE(some);
  EXPECT_TRUE(some->stats.out_of_time);
  EXPECT_EQ(store.asked, 6u);
  EXPECT_EQ(some->facets.size(), 4u);
}

TEST_F(AroundTest, BeyondTwentySeriesIsOther) {
  for (int64_t i = 0; i < 50; ++i) log("a", i % 10, {{"k", "v" + std::to_string(i % 25)}});
  HistogramPlan plan;
  plan.by = {"k", false};
  plan.range = {kNow, kNow + 10 * base::kNanosPerSecond};
  plan.buckets = 2;
  auto counted = count_over_time(*store_, logs(), plan);
  ASSERT_TRUE(counted);
  ASSERT_EQ(counted->series.size(), kMostHistogramSeries + 1);
  EXPECT_EQ(counted->series.back().key, "other");
  EXPECT_EQ(counted->series.back().total, 10u);
}

class ContextTest : public AroundTest {
 protected:
  std::vector<std::string> around(const std::string& body, ContextPlan plan) {
    store::ScanPlan scan;
    scan.filter = store::Predicate::equal("body", body);
    auto found = store_->scan(scan);
    EXPECT_EQ(found->rows.size(), 1u) << body;
    plan.time = found->rows[0].time;
    plan.sequence = found->rows[0].sequence;
    auto context = find_context(*store_, plan);
    EXPECT_TRUE(context) << context.error().message;
    more_ = std::string(context->more_before ? "<" : "") + (context->more_after ? ">" : "");
    std::vector<std::string> out;
    for (const auto& row : context->before) out.push_back(row.text("body"));
    out.push_back("*" + context->row.text("body"));
    for (const auto& row : context->after) out.push_back(row.text("body"));
    return out;
  }
  std::string more_;
};

// All of one time: only the sequence tells them apart.
TEST_F(ContextTest, EqualTimesAreInTheOrderInWhichTheyWereStored) {
  for (int i = 0; i < 9; ++i) log(i % 2 == 0 ? "a" : "b", 5, {{"body", "l" + std::to_string(i)}});
  for (const bool flushed : {false, true}) {
    if (flushed) ASSERT_TRUE(store_->flush());
    EXPECT_EQ(around("l4", {.before = 10, .after = 10, .filter = {}}), (Texts{"l0", "l2", "*l4", "l6", "l8"}));
    EXPECT_EQ(more_, "");
    EXPECT_EQ(around("l4", {.before = 1, .after = 1, .filter = {}}), (Texts{"l2", "*l4", "l6"}));
    EXPECT_EQ(more_, "<>");
    EXPECT_EQ(around("l3", {.before = 2, .after = 0, .filter = {}}), (Texts{"l1", "*l3"}));
    EXPECT_EQ(around("l0", {.before = 2, .after = 1, .filter = {}}), (Texts{"*l0", "l2"}));
    EXPECT_EQ(around("l4", {.before = 2, .after = 2, .scope = ContextPlan::Scope::kService, .filter = {}}), (Texts{"l2", "l3", "*l4", "l5", "l6"}));
    EXPECT_EQ(around("l4", {.before = 2, .after = 2, .scope = ContextPlan::Scope::kAll, .filter = store::Predicate::negate(store::Predicate::equal("body", std::string("l3")))}),
              (Texts{"l1", "l2", "*l4", "l5", "l6"}));
  }
}

TEST_F(ContextTest, ARecordThatIsNotThereIsNamed) {
  auto context = find_context(*store_, {.time = kNow, .sequence = 5, .mark_prefix = {}, .filter = {}, .bounds = {}});
  ASSERT_FALSE(context);
  EXPECT_EQ(context.error().code, base::Code::kNotFound);
}

}  // namespace
}  // namespace tripod::query::search
