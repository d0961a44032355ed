// Releases in the store: what is said of them, commits, deploys, repositories, and the issues they brought.
#include <gmock/gmock.h>
#include <gtest/gtest.h>


#include "store/meta/test_support.h"

namespace tripod::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Which = ReleaseIssuesQuery::Which;

class ReleasesTest : public ProjectStoreTest {
 protected:
  void error(int64_t issue, const std::string& release, base::UnixNanos time) {
    IssueChange c;
    c.issue = {.id = issue, .project = 1, .title = "boom", .type = "Error", .first_seen = time, .last_seen = time, .first_release = release, .last_release = release};
    c.hashes = {"h" + std::to_string(issue)};
    c.events = 1;
    c.releases = {{.release = release, .events = 1, .first_seen = time, .last_seen = time}};
    ASSERT_TRUE(store_->apply(std::vector{c}, ++sequence_));
  }
  std::vector<int64_t> issues(const std::string& version, Which which, const std::string& not_in = "") {
    auto found = store_->release_issues({.version = version, .which = which, .not_in = not_in});
    EXPECT_TRUE(found) << found.error().message;
    return found ? *found : std::vector<int64_t>();
  }
  std::vector<std::string> versions() {
    std::vector<std::string> out;
    for (const ReleaseFacts& facts : *store_->release_facts(1)) out.push_back(facts.version);
    return out;
  }

  uint64_t sequence_ = 0;
};

TEST_F(ReleasesTest, WhatIsSaidOfARelease) {
  EXPECT_TRUE(*store_->update_release(1, "r1", {.ref = "main"}));
  EXPECT_FALSE(*store_->update_release(1, "r1", {.url = "http://x", .date_released = 5'000, .archived = true}));
  open();
  const ReleaseFacts facts = *store_->release_facts_of(1, "r1");
  EXPECT_EQ(facts.ref, "main");
  EXPECT_EQ(facts.url, "http://x");
  EXPECT_EQ(facts.first_seen, 1'000);
  EXPECT_EQ(facts.date_released, 5'000);
  EXPECT_TRUE(facts.archived);
  EXPECT_EQ(facts.events, 0u);
  EXPECT_EQ(facts.last_deploy, std::nullopt);
  EXPECT_EQ(store_->release(1, "r1")->date_released, 5'000);
  EXPECT_EQ(store_->release_facts_of(1, "r2").error().code, base::Code::kNotFound);
  EXPECT_EQ(store_->release_facts_of(2, "r1").error().code, base::Code::kNotFound);
}

TEST_F(ReleasesTest, SessionsAndErrorsMakeThemToo) {
  ASSERT_TRUE(store_->saw_release(1, "r1", 2'000));
  ASSERT_TRUE(store_->saw_release(1, "r1", 1'500));
  ASSERT_TRUE(store_->saw_release(1, "r1", 1'700));
  error(7, "r2", 3'000);
  ReleaseFacts facts = *store_->release_facts_of(1, "r1");
  EXPECT_EQ(facts.first_seen, 1'500);
  EXPECT_EQ(facts.last_seen, 2'000);
  facts = *store_->release_facts_of(1, "r2");
  EXPECT_EQ(facts.events, 1u);
  EXPECT_EQ(facts.new_issues, 1u);
  EXPECT_THAT(versions(), ElementsAre("r2", "r1"));
  ASSERT_TRUE(store_->update_release(1, "r1", {.date_released = 9'000}));
  EXPECT_THAT(versions(), ElementsAre("r1", "r2"));
}

TEST_F(ReleasesTest, CommitsAreReplacedAndNameTheirRepositories) {
  EXPECT_EQ(store_->set_release_commits(1, "r1", {}).error().code, base::Code::kNotFound);
  ASSERT_TRUE(store_->update_release(1, "r1", {}));
  const Commit first{.id = "c2", .repository = "shop", .message = "two", .author_name = "Ada", .author_email = "ada@x", .time = 7, .files = {{"a.py", 'M'}, {"b.py", 'A'}}};
  const Commit second{.id = "c1", .repository = "shop", .message = "one"};
  ASSERT_TRUE(store_->set_release_commits(1, "r1", std::vector{first, second}));
  open();
  auto commits = *store_->release_commits(1, "r1");
  ASSERT_THAT(commits, SizeIs(2));
  EXPECT_EQ(commits[0].message, "two");
  EXPECT_EQ(commits[0].author_email, "ada@x");
  ASSERT_THAT(commits[0].files, SizeIs(2));
  EXPECT_EQ(commits[0].files[1].path, "b.py");
  EXPECT_EQ(commits[0].files[1].type, 'A');
  EXPECT_THAT(commits[1].files, IsEmpty());
  EXPECT_EQ(store_->release_facts_of(1, "r1")->last_commit, "c2");
  ASSERT_TRUE(store_->set_release_commits(1, "r1", {&second, 1}));
  EXPECT_EQ(store_->release_facts_of(1, "r1")->commits, 1u);
  ASSERT_THAT(*store_->repositories(), SizeIs(1));
  EXPECT_EQ(store_->add_repository({.name = "shop"}).error().code, base::Code::kAlreadyExists);
  EXPECT_EQ(store_->add_repository({.name = "api", .url = "http://x", .provider = "git"})->provider, "git");
  EXPECT_EQ(store_->repositories()->front().name, "api");
}

TEST_F(ReleasesTest, DeploysAreListedNewestFirst) {
  EXPECT_EQ(store_->add_deploy(1, "r1", {.environment = "prod"}).error().code, base::Code::kNotFound);
  ASSERT_TRUE(store_->update_release(1, "r1", {}));
  ASSERT_TRUE(store_->add_deploy(1, "r1", {.environment = "test", .started = 5, .finished = 8}));
  const Deploy deploy = *store_->add_deploy(1, "r1", {.environment = "prod", .name = "blue"});
  EXPECT_EQ(deploy.finished, 1'000) << "it is over when it is told of";
  const auto deploys = *store_->release_deploys(1, "r1");
  ASSERT_THAT(deploys, SizeIs(2));
  EXPECT_EQ(deploys[0].name, "blue");
  const ReleaseFacts facts = *store_->release_facts_of(1, "r1");
  EXPECT_EQ(facts.deploys, 2u);
  EXPECT_EQ(facts.last_deploy->environment, "prod");
}

TEST_F(ReleasesTest, OneWithErrorsIsNotRemoved) {
  error(7, "r1", 3'000);
  EXPECT_EQ(store_->remove_release(1, "r1").error().code, base::Code::kAlreadyExists);
  EXPECT_EQ(store_->remove_release(1, "r2").error().code, base::Code::kNotFound);
  ASSERT_TRUE(store_->update_release(1, "r2", {}));
  ASSERT_TRUE(store_->add_deploy(1, "r2", {.environment = "prod"}));
  ASSERT_TRUE(store_->remove_release(1, "r2"));
  EXPECT_THAT(versions(), ElementsAre("r1"));
  EXPECT_THAT(*store_->release_deploys(1, "r2"), IsEmpty());
}

TEST_F(ReleasesTest, WhichIssuesItBrought) {
  error(1, "r1", 1'000);
  error(1, "r2", 2'000);
  error(2, "r2", 3'000);
  error(3, "", 3'500);
  error(3, "r2", 4'000);
  EXPECT_THAT(issues("r2", Which::kSeen), ElementsAre(3, 2, 1));
  EXPECT_THAT(issues("r2", Which::kSeen, "r1"), ElementsAre(3, 2));
  EXPECT_THAT(issues("r1", Which::kSeen, "r2"), IsEmpty());
  EXPECT_THAT(issues("r2", Which::kNew), ElementsAre(3, 2));
  EXPECT_THAT(issues("r1", Which::kNew), ElementsAre(1));
}

TEST_F(ReleasesTest, RegressionsAndMergedIssues) {
  const Actor ada{.kind = Actor::Kind::kUser, .id = 1, .name = "ada"};
  const std::vector<int64_t> one{1}, two{2};
  error(1, "r1", 1'000);
  clock_.set(1'500);
  ASSERT_TRUE(store_->resolve_issues(one, {}, ada));
  error(1, "r2", 2'000);
  EXPECT_THAT(issues("r2", Which::kRegressed), ElementsAre(1));
  EXPECT_THAT(issues("r1", Which::kRegressed), IsEmpty());
  error(2, "r2", 3'000);
  ASSERT_TRUE(store_->merge_issues(1, two, ada));
  EXPECT_THAT(issues("r2", Which::kSeen), ElementsAre(1));
  EXPECT_THAT(issues("r2", Which::kSeen, "r1"), IsEmpty()) << "what it is part of was seen before";
}

}  // namespace
}  // namespace tripod::store
