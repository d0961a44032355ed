#include "store/meta/sqlite_meta_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "store/meta/sqlite_schema.h"
#include "store/meta/test_support.h"

namespace tripod::store {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;

class SqliteMetaStoreTest : public MetaStoreTest {
 protected:
  static IssueChange change(int64_t id, base::UnixNanos time, uint64_t events) {
    IssueChange c;
    c.issue = {.id = id, .project = 1, .title = "ValueError: x" + std::to_string(time), .type = "ValueError", .level = "error",
               .first_seen = time, .last_seen = time, .first_release = "r" + std::to_string(time),
               .last_release = "r" + std::to_string(time)};
    c.hashes = {"h" + std::to_string(id)};
    c.events = events;
    c.releases = {{.release = "r" + std::to_string(time), .events = events, .first_seen = time, .last_seen = time}};
    return c;
  }

};

TEST_F(SqliteMetaStoreTest, BootstrapMakesProjectKeyAndAdminOnce) {
  EXPECT_TRUE(*store_->bootstrap("default", ""));
  EXPECT_FALSE(*store_->bootstrap("default", ""));
  open();
  EXPECT_EQ(store_->projects()->size(), 1u);
  const auto keys = *store_->project_keys();
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0].public_key.size(), 32u);
  EXPECT_EQ((*store_->users())[0].role, "admin");
}

TEST_F(SqliteMetaStoreTest, AGivenKeyReplacesTheOldOne) {
  ASSERT_TRUE(store_->bootstrap("default", ""));
  EXPECT_TRUE(*store_->bootstrap("default", "00112233445566778899aabbccddeeff"));
  int active = 0;
  const auto keys = *store_->project_keys();
  for (const ProjectKey& key : keys) {
    if (key.active) {
      ++active;
      EXPECT_EQ(key.public_key, "00112233445566778899aabbccddeeff");
    }
  }
  EXPECT_EQ(active, 1);
}

TEST_F(SqliteMetaStoreTest, SignInLinkWorksOnceAndOnlyBeforeItsEnd) {
  ASSERT_TRUE(store_->bootstrap("default", ""));
  ASSERT_TRUE(store_->add_sign_in_link("aa", 1, 2000));
  ASSERT_TRUE(store_->add_sign_in_link("bb", 1, 1500));
  EXPECT_EQ(*store_->take_sign_in_link("aa", 1999), 1);
  EXPECT_EQ(store_->take_sign_in_link("aa", 1999).error().code, base::Code::kNotFound);
  EXPECT_EQ(store_->take_sign_in_link("bb", 1999).error().code, base::Code::kNotFound);
}

TEST_F(SqliteMetaStoreTest, ChangesAddUpAcrossTransactionsAndRestarts) {
  ASSERT_TRUE(store_->apply(std::vector{change(1, 100, 3)}, 3));
  ASSERT_TRUE(store_->apply(std::vector{change(1, 50, 1), change(2, 70, 1)}, 5));
  open();
  const Issue issue = *store_->issue(1);
  EXPECT_EQ(issue.count, 4u);
  EXPECT_EQ(issue.first_seen, 50);
  EXPECT_EQ(issue.last_seen, 100);
  EXPECT_EQ(issue.title, "ValueError: x100") << "an older event does not rename the issue";
  EXPECT_EQ(issue.first_release, "r50");
  EXPECT_EQ(issue.last_release, "r100");
  EXPECT_THAT(*store_->issue_releases(1), ElementsAre(Pair("r100", 3), Pair("r50", 1)));
  EXPECT_THAT(*store_->issue_hashes(), UnorderedElementsAre(Pair("1:h1", 1), Pair("1:h2", 2)));
  EXPECT_EQ(*store_->applied_sequence(), 5u);
  EXPECT_EQ(*store_->last_issue_id(), 2);
}

TEST_F(SqliteMetaStoreTest, IssueQueriesFilterSortAndCount) {
  ASSERT_TRUE(store_->apply(std::vector{change(1, 100, 1), change(2, 300, 9), change(3, 200, 5)}, 15));
  ASSERT_TRUE(store_->archive_issues(std::vector<int64_t>{3}, {}, {}));
  uint64_t total = 0;
  const auto open_issues = *store_->issues({.status = IssueStatus::kUnresolved, .limit = 1}, &total);
  ASSERT_EQ(open_issues.size(), 1u);
  EXPECT_EQ(open_issues[0].id, 2);
  EXPECT_EQ(total, 2u);
  EXPECT_EQ((*store_->issues({.text = "x1"}, nullptr)).size(), 1u);
  EXPECT_EQ((*store_->issues({.text = "%"}, nullptr)).size(), 0u) << "LIKE's wildcards are plain text";
  EXPECT_EQ((*store_->issues({.sort = IssueQuery::Sort::kCount}, nullptr))[1].id, 3);
}

TEST_F(SqliteMetaStoreTest, IssueFiltersAreTreesOfConditions) {
  using Op = IssueFilter::Op;
  using Field = IssueFilter::Field;
  ASSERT_TRUE(store_->apply(std::vector{change(1, 100, 1), change(2, 300, 9), change(3, 200, 5)}, 15));
  ASSERT_TRUE(store_->merge_issues(1, std::vector<int64_t>{3}, {}));
  const auto found = [&](IssueFilter filter) {
    std::vector<int64_t> out;
    uint64_t total = 0;
    const auto issues = store_->issues({.filter = std::move(filter)}, &total);
    EXPECT_TRUE(issues) << issues.error().message;
    for (const Issue& issue : *issues) out.push_back(issue.id);
    EXPECT_EQ(total, out.size());
    return out;
  };
  const IssueFilter many{.op = Op::kGreater, .field = Field::kCount, .number = 6};
  EXPECT_EQ(found(many), std::vector<int64_t>{2});
  EXPECT_EQ(found({.op = Op::kNot, .children = {many}}), std::vector<int64_t>{1});
  EXPECT_EQ(found({.op = Op::kOr, .children = {many, {.op = Op::kEqual, .field = Field::kId, .number = 1}}}), (std::vector<int64_t>{2, 1}));
  EXPECT_EQ(found({.op = Op::kAnd, .children = {many, {.op = Op::kEqual, .field = Field::kId, .number = 1}}}), std::vector<int64_t>{});
  EXPECT_EQ(found({.op = Op::kEqual, .field = Field::kRelease, .text = "r200"}), std::vector<int64_t>{1});
  EXPECT_EQ(found({.op = Op::kLike, .field = Field::kTitle, .text = "VALUEERROR: X3*"}), std::vector<int64_t>{2});
  EXPECT_EQ(found({.op = Op::kContains, .field = Field::kText, .text = "*"}), std::vector<int64_t>{});
  EXPECT_EQ(found({.op = Op::kEqual, .field = Field::kType, .text = "'; DROP TABLE issue; --"}), std::vector<int64_t>{});
  EXPECT_EQ(found({.op = Op::kIsOneOf, .ids = {3, 77}}), std::vector<int64_t>{1}) << "the issue that it is part of";
  EXPECT_EQ(found({.op = Op::kIsOneOf}), std::vector<int64_t>{});
  EXPECT_EQ(found({.op = Op::kOr}), std::vector<int64_t>{});
}

TEST_F(SqliteMetaStoreTest, LogStreamNamesSurviveARestart) {
  ASSERT_TRUE(store_->bootstrap("default", ""));
  const LogStreamName group{.project = 1, .group = "/shop", .stream = "", .created = 5};
  const LogStreamName first{.project = 1, .group = "/shop", .stream = "w-1", .created = 6};
  const LogStreamName second{.project = 1, .group = "/shop", .stream = "w-2", .created = 7};
  for (const LogStreamName& name : {second, group, first, first}) ASSERT_TRUE(store_->add_log_stream_name(name));
  open();
  auto names = *store_->log_stream_names();
  ASSERT_EQ(names.size(), 3u);
  EXPECT_EQ(names[0].stream, "");
  EXPECT_EQ(names[1].stream, "w-1");
  EXPECT_EQ(names[1].created, 6);
  ASSERT_TRUE(store_->remove_log_stream_names(std::vector{first, second}));
  open();
  names = *store_->log_stream_names();
  ASSERT_EQ(names.size(), 1u);
  EXPECT_EQ(names[0].group, "/shop");
}

TEST_F(SqliteMetaStoreTest, ViewsBelongToWhoSavedThem) {
  View view{.owner = 1, .owner_name = "ada@example.com", .name = "errors", .query = "level:error | count by service", .dataset = "all"};
  view.columns = {"level", "a \"b\""};
  view.created = view.updated = 5;
  auto added = store_->add_view(view);
  ASSERT_TRUE(added) << added.error().message;
  EXPECT_GT(added->id, 0);
  EXPECT_EQ(store_->add_view(view).error().code, base::Code::kAlreadyExists);
  // Another owner may use the name.
  view.owned_by_token = true;
  view.columns.clear();
  ASSERT_TRUE(store_->add_view(view));
  View changed = *added;
  changed.name = "all errors";
  changed.shared = true;
  changed.updated = 7;
  ASSERT_TRUE(store_->set_view(changed));
  open();
  auto views = *store_->views({.owned_by_token = true, .owner = 1});
  ASSERT_EQ(views.size(), 2u);
  EXPECT_EQ(views[0].name, "all errors");
  EXPECT_EQ(views[0].query, "level:error | count by service");
  EXPECT_EQ(views[0].columns, (std::vector<std::string>{"level", "a \"b\""}));
  EXPECT_TRUE(views[0].shared);
  EXPECT_EQ(views[0].created, 5);
  EXPECT_EQ(views[0].updated, 7);
  EXPECT_TRUE(views[1].owned_by_token);
  EXPECT_TRUE(views[1].columns.empty());
  ASSERT_TRUE(store_->remove_view(added->id));
  EXPECT_EQ(store_->remove_view(added->id).error().code, base::Code::kNotFound);
  EXPECT_EQ(store_->set_view(changed).error().code, base::Code::kNotFound);
  EXPECT_EQ(store_->views({.owned_by_token = true, .owner = 1})->size(), 1u);
}

TEST_F(SqliteMetaStoreTest, ViewsAreFoundByKindByOwnerAndById) {
  const auto add = [&](const char* name, const char* dataset, int64_t owner, bool shared) {
    return store_->add_view({.owner = owner, .owner_name = "ada", .name = name, .query = name, .dataset = dataset, .shared = shared})->id;
  };
  const int64_t question = add("mine", "logs", 1, false);
  add("hers", "logs", 2, false);
  add("shared", "all", 2, true);
  const int64_t dashboard = add("board", "dashboard", 1, false);
  add("hidden board", "dashboard", 2, false);
  const auto names = [&](const ViewQuery& query) {
    std::vector<std::string> out;
    for (const View& view : *store_->views(query)) out.push_back(view.name);
    return out;
  };
  EXPECT_EQ(names({.owner = 1}), (std::vector<std::string>{"mine", "shared"}));
  EXPECT_EQ(names({.kind = ViewQuery::Kind::kDashboards, .owner = 1}), std::vector<std::string>{"board"});
  EXPECT_EQ(names({.owned_by_token = true, .owner = 1}), std::vector<std::string>{"shared"});
  EXPECT_EQ(store_->view(question)->name, "mine");
  EXPECT_EQ(store_->view(dashboard)->dataset, "dashboard");
  EXPECT_EQ(store_->view(1000).error().code, base::Code::kNotFound);
}

TEST_F(SqliteMetaStoreTest, AnOwnerKeepsOnlySoMuch) {
  View view{.owner = 1, .owner_name = "ada", .name = "0", .query = "", .dataset = "dashboard"};
  // "ä" is two bytes: bytes are counted, not characters.
  for (size_t i = 0; i < (256 << 10) / 2; ++i) view.query += "ä";
  const int64_t most = kMostViewBytesOfOwner / static_cast<int64_t>(view.query.size());
  View last;
  for (int64_t i = 0; i < most; ++i) {
    view.name = std::to_string(i);
    auto added = store_->add_view(view);
    ASSERT_TRUE(added) << added.error().message;
    last = *added;
  }
  EXPECT_EQ(store_->add_view({.owner = 1, .name = "one more", .query = "x", .dataset = "logs"}).error().code, base::Code::kTooLarge);
  EXPECT_TRUE(store_->add_view({.owner = 2, .name = "one more", .query = "x", .dataset = "logs"}));
  View longer = last;
  longer.query += "x";
  EXPECT_EQ(store_->set_view(longer).error().code, base::Code::kTooLarge);
  last.name = "renamed";
  EXPECT_TRUE(store_->set_view(last));
  last.query = "short";
  EXPECT_TRUE(store_->set_view(last));
  EXPECT_TRUE(store_->add_view({.owner = 1, .name = "one more", .query = "x", .dataset = "logs"}));
}

TEST_F(SqliteMetaStoreTest, AnOwnerKeepsOnlySoManyViews) {
  View view{.owner = 1, .owner_name = "ada", .query = "x", .dataset = "logs"};
  for (int64_t i = 0; i < kMostViewsOfOwner; ++i) {
    view.name = std::to_string(i);
    ASSERT_TRUE(store_->add_view(view));
  }
  view.name = "one more";
  EXPECT_EQ(store_->add_view(view).error().code, base::Code::kTooLarge);
  view.owned_by_token = true;
  EXPECT_TRUE(store_->add_view(view));
}

TEST_F(SqliteMetaStoreTest, TheDocumentSaysWhichVersionItIs) {
  std::ifstream file("docs/formats/meta.md");
  const std::string document{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(document, testing::HasSubstr("is the version of its schema, now " + std::to_string(newest_schema()) + "."));
}

TEST_F(SqliteMetaStoreTest, ANewerSchemaIsRefused) {
  store_.reset();
  ASSERT_EQ(std::system(("python3 -c \"import sqlite3; c=sqlite3.connect('" + path() +
                         "'); c.execute('PRAGMA user_version=99'); c.commit()\"").c_str()), 0);
  auto opened = SqliteMetaStore::open(path(), clock_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Code::kUnsupported);
  store_.reset();
}

}  // namespace
}  // namespace tripod::store
