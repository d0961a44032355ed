// What SQLite does for the usual questions for lists of issues: none reads the rows of all issues but a search for text, once.
#include "store/meta/issue_condition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>


#include "store/meta/sqlite_text_match.h"
#include "store/meta/test_support.h"

namespace tripod::store {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Field = IssueFilter::Field;
using Op = IssueFilter::Op;
using Sort = IssueQuery::Sort;

IssueFilter number(Field field, Op op, int64_t value) { return {.op = op, .field = field, .number = value}; }
IssueFilter text(Field field, Op op, std::string value) { return {.op = op, .field = field, .text = std::move(value)}; }
IssueFilter both(IssueFilter a, IssueFilter b) { return {.op = Op::kAnd, .children = {std::move(a), std::move(b)}}; }

class IssueListPlanTest : public MetaStoreTest {
 protected:
  void SetUp() override {
    MetaStoreTest::SetUp();
    db_.open(soci::sqlite3, "dbname=" + path());
    add_text_functions(db_);
  }
  void TearDown() override {
    db_.close();
    MetaStoreTest::TearDown();
  }

  // The lines of the plan that go over all issues.
  std::vector<std::string> scans(const std::string& sql, const IssueListSql& list) {
    int id = 0, parent = 0, unused = 0;
    std::string detail;
    soci::statement st(db_);
    list.bind(st);
    st.exchange(soci::into(id));
    st.exchange(soci::into(parent));
    st.exchange(soci::into(unused));
    st.exchange(soci::into(detail));
    st.alloc();
    st.prepare("EXPLAIN QUERY PLAN " + sql);
    st.define_and_bind();
    st.execute();
    std::vector<std::string> out;
    while (st.fetch()) {
      if (detail.ends_with("INDEX issue_merged")) continue;   // holds those alone that are part of another
      if (detail == "SCAN issue" || detail.starts_with("SCAN issue ")) out.push_back(detail);
    }
    return out;
  }

  soci::session db_;
};

TEST_F(IssueListPlanTest, ConditionsThatAreNoTextsAreDecidedByTheNarrowIndex) {
  const std::vector<IssueFilter> usual = {
      {},
      both(number(Field::kStatus, Op::kEqual, 0), text(Field::kLevel, Op::kEqual, "warning")),
      number(Field::kSubstatus, Op::kEqual, 3),
      number(Field::kAssignee, Op::kEqual, 0),
      {.op = Op::kNot, .children = {number(Field::kAssignee, Op::kEqual, 0)}},
      number(Field::kFirstSeen, Op::kGreaterEqual, 5),
      number(Field::kLastSeen, Op::kLess, 5),
      number(Field::kCount, Op::kGreater, 100),
      number(Field::kUsers, Op::kGreater, 100),
      text(Field::kType, Op::kEqual, "KeyError"),
      text(Field::kPlatform, Op::kLike, "py*"),
      text(Field::kFirstRelease, Op::kLike, "shop@1.*"),
      text(Field::kLastRelease, Op::kEqual, "shop@1.4.0"),
      text(Field::kRelease, Op::kEqual, "shop@1.4.0"),
      text(Field::kRelease, Op::kLike, "shop@1.*"),
      text(Field::kEnvironment, Op::kEqual, "production"),
      {.op = Op::kIsOneOf, .ids = {1, 2, 3}},
  };
  for (const IssueFilter& filter : usual) {
    for (const Sort sort : {Sort::kLastSeen, Sort::kFirstSeen, Sort::kCount, Sort::kUsers}) {
      const IssueListSql list = list_of({.filter = filter, .sort = sort});
      const bool in_one = filter.op == Op::kIsOneOf || filter.field == Field::kRelease || filter.field == Field::kEnvironment;
      EXPECT_EQ(in_one, !list.count_and_page.empty());
      for (const std::string& sql : in_one ? std::vector{list.count_and_page} : std::vector{list.count, list.page}) EXPECT_THAT(scans(sql, list), Each(HasSubstr("USING COVERING INDEX issue_facts"))) << sql;
    }
  }
}

TEST_F(IssueListPlanTest, AStatusAloneIsSearchedInTheOrderOfTheList) {
  for (const Sort sort : {Sort::kLastSeen, Sort::kFirstSeen, Sort::kCount, Sort::kUsers}) {
    const IssueListSql list = list_of({.filter = number(Field::kStatus, Op::kEqual, 0), .sort = sort});
    EXPECT_THAT(list.page, HasSubstr("INDEXED BY issue_by_"));
    for (const std::string& sql : {list.count, list.page}) EXPECT_THAT(scans(sql, list), IsEmpty()) << sql;
  }
}

TEST_F(IssueListPlanTest, TextsAreReadOnceForCountAndPage) {
  for (const IssueFilter& filter : {text(Field::kText, Op::kContains, "payment"), text(Field::kTitle, Op::kLike, "no*"),
                                    both(number(Field::kStatus, Op::kEqual, 0), text(Field::kCulprit, Op::kEqual, "shop"))}) {
    const IssueListSql list = list_of({.filter = filter});
    EXPECT_THAT(scans(list.count_and_page, list), ElementsAre("SCAN issue")) << list.count_and_page;
  }
}

TEST_F(IssueListPlanTest, TheNumberOfAllIsToldOfEveryPage) {
  for (int64_t id = 1; id <= 5; ++id) {
    IssueChange c;
    c.issue = {.id = id, .project = 1, .title = id == 3 ? "Card declined" : "No payment", .level = "error", .first_seen = 100, .last_seen = 100 + id};
    c.events = 1;
    ASSERT_TRUE(store_->apply({&c, 1}, static_cast<uint64_t>(id)));
  }
  const auto ids = [&](IssueQuery query, uint64_t* total) {
    std::vector<int64_t> out;
    const auto found = store_->issues(query, total);
    EXPECT_TRUE(found) << found.error().message;
    if (found) {
      for (const Issue& issue : *found) out.push_back(issue.id);
    }
    return out;
  };
  for (const IssueFilter& filter : {text(Field::kText, Op::kContains, "PAYMENT"), text(Field::kTitle, Op::kEqual, "No payment"), {.op = Op::kIsOneOf, .ids = {1, 2, 4, 5, 9}}}) {
    uint64_t total = 0;
    EXPECT_THAT(ids({.filter = filter, .limit = 2}, &total), ElementsAre(5, 4));
    EXPECT_EQ(total, 4u);
    total = 0;
    EXPECT_THAT(ids({.filter = filter, .limit = 2, .offset = 3}, &total), ElementsAre(1));
    EXPECT_EQ(total, 4u);
    total = 0;
    EXPECT_THAT(ids({.filter = filter, .limit = 2, .offset = 10}, &total), IsEmpty());
    EXPECT_EQ(total, 4u);
  }
}

}  // namespace
}  // namespace tripod::store
