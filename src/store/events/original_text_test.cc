// Records that keep a template in place of their original line answer as if they kept the line.
#include "store/events/original_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/events/testing/store_fixture.h"

namespace tripod::store {
namespace {

using testing::TestBatch;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;
using Op = Predicate::Op;

std::string paid_template() {
  model::LineTemplateBuilder line;
  line.literal(R"({"event": ")");
  line.hole(model::Hole::kString, "body");
  line.literal(R"(", "order": )");
  line.hole(model::Hole::kInteger, "order");
  line.literal(R"(, "host": ")");
  line.hole(model::Hole::kString, "host");
  line.literal(R"("})");
  return line.text();
}

class OriginalTextTest : public testing::StoreTest {
 protected:
  void SetUp() override {
    open();
    TestBatch batch;
    batch.streams = {{{"host", std::string("web-1")}}};
    const std::string kept(model::kOriginalTemplateField);
    batch.events = {
        {kNow + 1, 0, {{"body", std::string("order paid")}, {"order", int64_t{48213}}, {kept, paid_template()}}},
        // Its own "host" is another than its stream's, and was stored under another name.
        {kNow + 2, 0, {{"attributes.host", std::string("db-7")}, {"body", std::string("say \"hi\"")}, {"order", int64_t{7}}, {kept, paid_template()}}},
        {kNow + 3, 0, {{"body", std::string("plain")}, {"original", std::string("PLAIN order plain")}}},
        {kNow + 4, 0, {{"body", std::string("no line")}}},
    };
    append(batch);
  }

  std::vector<std::string> originals(Predicate filter) {
    std::vector<std::string> out;
    for (const EventRow& row : scan(std::move(filter)).rows) out.push_back(row.text("original"));
    return out;
  }

  // In memory, in a part, and after a restart.
  template <class Check>
  void everywhere(Check&& check) {
    check("in memory");
    open();
    check("read back");
    ASSERT_TRUE(store_->flush());
    check("in a part");
  }
};

constexpr char kFirst[] = R"({"event": "order paid", "order": 48213, "host": "web-1"})";
constexpr char kSecond[] = R"({"event": "say \"hi\"", "order": 7, "host": "db-7"})";
constexpr char kThird[] = "PLAIN order plain";

TEST_F(OriginalTextTest, ResultsHoldTheLineAndNoTemplate) {
  everywhere([this](const char* where) {
    const ScanResult result = scan();
    ASSERT_EQ(result.rows.size(), 4u) << where;
    for (const EventRow& row : result.rows) EXPECT_EQ(row.find(model::kOriginalTemplateField), nullptr) << where;
    EXPECT_THAT(originals({}), ElementsAre(kFirst, kSecond, kThird, "")) << where;
    const EventRow& first = result.rows[0];
    EXPECT_TRUE(std::ranges::is_sorted(first.fields, {}, [](const auto& field) { return field.first; })) << where;
    ScanPlan plan;
    plan.project = {"original"};
    plan.order = Order::kOldestFirst;
    auto projected = store_->scan(plan);
    ASSERT_TRUE(projected);
    EXPECT_EQ(projected->rows[0].fields.size(), 1u) << where;
    EXPECT_EQ(projected->rows[0].text("original"), kFirst) << where;
  });
}

TEST_F(OriginalTextTest, TheLineIsSearchedByItsName) {
  everywhere([this](const char* where) {
    auto with = [](Op op, const char* text) { return Predicate::compare(op, "original", std::string(text)); };
    EXPECT_THAT(originals(with(Op::kContains, R"("order": 48213,)")), ElementsAre(kFirst)) << where;
    EXPECT_THAT(originals(with(Op::kContains, "order")), ElementsAre(kFirst, kSecond, kThird)) << where;
    EXPECT_THAT(originals(with(Op::kContains, "web-1")), ElementsAre(kFirst)) << where;
    EXPECT_THAT(originals(with(Op::kContains, R"(say \"hi\")")), ElementsAre(kSecond)) << where;
    EXPECT_THAT(originals(with(Op::kRegex, R"("order": \d{5},)")), ElementsAre(kFirst)) << where;
    EXPECT_THAT(originals(with(Op::kEqual, kSecond)), ElementsAre(kSecond)) << where;
    EXPECT_THAT(originals(Predicate::exists("original")), ElementsAre(kFirst, kSecond, kThird)) << where;
    EXPECT_THAT(originals(Predicate::negate(Predicate::exists("original"))), ElementsAre("")) << where;
    EXPECT_THAT(originals(with(Op::kContains, "\x01")), ElementsAre()) << where;
  });
}

TEST_F(OriginalTextTest, SearchesOfNoNamedFieldLookAtTheFieldsAlone) {
  everywhere([this](const char* where) {
    auto any = [](const char* text) { return Predicate::compare(Op::kContains, "", std::string(text)); };
    EXPECT_THAT(originals(any("paid")), ElementsAre(kFirst)) << where;
    EXPECT_THAT(originals(any("event")), ElementsAre()) << where;
    EXPECT_THAT(originals(any("db-7")), ElementsAre(kSecond)) << where;
    EXPECT_THAT(originals(any("PLAIN order")), ElementsAre()) << where;
    // A number is text too for who looks for one.
    EXPECT_THAT(originals(any("48213")), ElementsAre(kFirst)) << where;
    EXPECT_THAT(originals(any("821")), ElementsAre(kFirst)) << where;
  });
}

TEST_F(OriginalTextTest, IsListedAsAField) {
  everywhere([this](const char* where) {
    auto fields = store_->fields(Dataset::kLogs, {});
    ASSERT_TRUE(fields);
    uint64_t rows = 0;
    for (const FieldInfo& field : *fields) {
      EXPECT_NE(field.name, model::kOriginalTemplateField) << where;
      if (field.name == "original") rows = field.rows;
    }
    EXPECT_EQ(rows, 3u) << where;
  });
}

TEST_F(OriginalTextTest, CountsGroupByIt) {
  everywhere([this](const char* where) {
    AggregatePlan plan;
    plan.by = {"original"};
    auto result = store_->aggregate(plan);
    ASSERT_TRUE(result);
    std::vector<std::string> groups;
    for (const AggregateGroup& group : result->groups) {
      const auto* text = std::get_if<std::string>(&group.by[0]);
      groups.push_back(text == nullptr ? "" : *text);
      EXPECT_EQ(group.count, 1u);
    }
    EXPECT_THAT(groups, UnorderedElementsAre("", kFirst, kSecond, kThird)) << where;
    plan.by = {};
    plan.values = {{"original", {}, true}};
    result = store_->aggregate(plan);
    ASSERT_TRUE(result && result->groups.size() == 1) << where;
    EXPECT_EQ(result->groups[0].values[0].present, 3u) << where;
    EXPECT_EQ(result->groups[0].values[0].distinct, 3u) << where;
  });
}

}  // namespace
}  // namespace tripod::store
