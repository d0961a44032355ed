// The life of an issue in the store: users, regressions, archives, merges, deletion, history; and a database of the former version.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/hash.h"
#include "base/hex.h"
#include "store/meta/test_support.h"

namespace tripod::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;
using Kind = Resolution::Kind;

std::string user(int i) {
  const uint64_t hash = base::hash64("user-" + std::to_string(i));
  return base::to_hex({reinterpret_cast<const char*>(&hash), sizeof(hash)});
}

// One or more events of an issue at one time.
struct Events {
  int64_t issue = 1;
  base::UnixNanos time = 0;
  std::string release = {};
  uint64_t count = 1;
  std::vector<std::string> users = {};
  std::string environment = {};
};

class IssueLifeTest : public ProjectStoreTest {
 protected:
  void apply(const Events& e) {
    IssueChange c;
    c.issue = {.id = e.issue, .project = 1, .title = "boom " + std::to_string(e.time), .type = "Error", .level = "error", .first_seen = e.time,
               .last_seen = e.time, .first_release = e.release, .last_release = e.release};
    c.hashes = {"h" + std::to_string(e.issue)};
    c.events = e.count;
    c.releases = {{.release = e.release, .events = e.count, .first_seen = e.time, .last_seen = e.time}};
    if (!e.environment.empty()) c.environments = {{e.environment, e.count}};
    c.users = e.users;
    ASSERT_TRUE(store_->apply(std::vector{c}, ++sequence_));
  }
  void at(base::UnixNanos time) { clock_.set(time); }
  void resolve(const Resolution& how) { ASSERT_TRUE(store_->resolve_issues(kFirst, how, ada_)); }
  IssueStatus status(int64_t id = 1) { return store_->issue(id)->status; }
  std::vector<ActivityKind> history(int64_t id = 1) {
    std::vector<ActivityKind> out;
    for (const IssueActivity& entry : *store_->issue_activity(id, 100)) out.push_back(entry.kind);
    return out;
  }

  static inline const std::vector<int64_t> kFirst = {1};
  uint64_t sequence_ = 0;
  const Actor ada_{.kind = Actor::Kind::kUser, .id = 1, .name = "ada@example.com"};
};

TEST_F(IssueLifeTest, UsersAreCountedOnceAndEstimatedWhenTheyAreTooMany) {
  apply({.users = {user(1), user(2)}});
  apply({.users = {user(2), user(3)}});
  EXPECT_EQ(store_->issue(1)->users, 3u);
  std::vector<std::string> many;
  for (int i = 0; i < 5000; ++i) many.push_back(user(i));
  apply({.users = many});
  EXPECT_EQ(store_->issue(1)->users, 5000u);
  EXPECT_FALSE(store_->issue(1)->users_estimated);
  for (int i = 5000; i < 20'000; ++i) many.push_back(user(i));
  apply({.users = many});
  open();
  EXPECT_TRUE(store_->issue(1)->users_estimated);
  EXPECT_NEAR(static_cast<double>(store_->issue(1)->users), 20'000, 1000);
  const uint64_t before = store_->issue(1)->users;
  apply({.users = many});
  EXPECT_EQ(store_->issue(1)->users, before);
}

TEST_F(IssueLifeTest, ReleasesAreKeptInTheOrderOfFirstSight) {
  apply({.time = 100, .release = "abc"});
  apply({.issue = 2, .time = 300, .release = "def", .count = 2});
  apply({.time = 200, .release = "ghi"});
  apply({.time = 400, .release = "abc"});
  std::vector<std::string> versions;
  for (const Release& release : *store_->releases(1, 10)) versions.push_back(release.version);
  EXPECT_THAT(versions, ElementsAre("def", "ghi", "abc"));
  const Release release = *store_->release(1, "abc");
  EXPECT_EQ(release.first_seen, 100);
  EXPECT_EQ(release.last_seen, 400);
  EXPECT_EQ(release.events, 2u);
  EXPECT_FALSE(release.date_released);
  EXPECT_EQ(store_->release(1, "none").error().code, base::Code::kNotFound);
}

TEST_F(IssueLifeTest, ReleasesWithVersionsAreOrderedByThem) {
  for (const auto& [time, version] : {std::pair(100, "app@1.10.0"), {200, "app@1.9.0"}, {300, "nightly"}, {400, "app@2.0.0-rc.1"}}) {
    apply({.time = time, .release = version});
  }
  std::vector<std::string> versions;
  for (const Release& release : *store_->releases(1, 10)) versions.push_back(release.version);
  EXPECT_THAT(versions, ElementsAre("app@2.0.0-rc.1", "app@1.10.0", "app@1.9.0", "nightly"));
}

TEST_F(IssueLifeTest, EnvironmentsAndReleasesAddUp) {
  apply({.time = 1, .release = "a", .count = 3, .environment = "production"});
  apply({.time = 2, .release = "b", .count = 4, .environment = "staging"});
  apply({.time = 3, .release = "a", .count = 2, .environment = "production"});
  EXPECT_THAT(*store_->issue_environments(1), ElementsAre(Pair("production", 5), Pair("staging", 4)));
  EXPECT_THAT(*store_->issue_releases(1), ElementsAre(Pair("a", 5), Pair("b", 4)));
}

TEST_F(IssueLifeTest, ResolvedNowALaterEventBringsItBackAnEarlierOneDoesNot) {
  apply({.time = 100, .release = "a"});
  resolve({});
  EXPECT_EQ(store_->issue(1)->status_by.name, "ada@example.com");
  apply({.time = 900, .release = "a"});
  EXPECT_EQ(status(), IssueStatus::kResolved);
  apply({.time = 1100});
  const Issue issue = *store_->issue(1);
  EXPECT_EQ(issue.status, IssueStatus::kUnresolved);
  EXPECT_EQ(issue.substatus, IssueSubstatus::kRegressed);
  EXPECT_EQ(issue.resolution.kind, Kind::kNone);
  EXPECT_THAT(history(), ElementsAre(ActivityKind::kRegressed, ActivityKind::kResolved));
}

TEST_F(IssueLifeTest, ResolvedInTheNextReleaseOnlyALaterReleaseBringsItBack) {
  for (const auto& [time, version] : {std::pair(100, "abc"), {200, "def"}}) apply({.time = time, .release = version});
  resolve({.kind = Kind::kInNextRelease, .release = {}});
  EXPECT_EQ(store_->issue(1)->resolution.release, "def");
  apply({.time = 1100, .release = "abc"});
  apply({.time = 1101, .release = "def"});
  apply({.time = 1102});
  EXPECT_EQ(status(), IssueStatus::kResolved);
  open();
  apply({.time = 1103, .release = "ghi"});
  EXPECT_EQ(status(), IssueStatus::kUnresolved);
  EXPECT_EQ((*store_->issue_activity(1, 1))[0].release, "ghi");
}

TEST_F(IssueLifeTest, ResolvedInAReleaseThatOneAndLaterOnesBringItBack) {
  apply({.time = 100, .release = "1.2.0"});
  apply({.time = 200, .release = "1.3.0"});
  const Resolution in{.kind = Kind::kInRelease, .release = "1.2.9"};
  resolve(in);
  apply({.time = 1100, .release = "1.2.0"});
  apply({.time = 1101, .release = "1.2.8"});   // first seen after 1.3.0, but an older version
  apply({.time = 1102});
  EXPECT_EQ(status(), IssueStatus::kResolved);
  apply({.time = 1103, .release = "1.2.9"});
  EXPECT_EQ(status(), IssueStatus::kUnresolved) << "the release it is said to be fixed in";
  at(2000);
  resolve(in);
  apply({.time = 2001, .release = "1.10.0"});
  EXPECT_EQ(status(), IssueStatus::kUnresolved);
}

TEST_F(IssueLifeTest, ResolvedInAReleaseThatNobodyHasSeenNothingOlderBringsItBack) {
  apply({.time = 100, .release = "abc"});
  resolve({.kind = Kind::kInRelease, .release = "fix"});
  apply({.time = 1100, .release = "def"});
  EXPECT_EQ(status(), IssueStatus::kResolved);
  apply({.time = 1200, .release = "fix"});
  EXPECT_EQ(status(), IssueStatus::kUnresolved);
}

TEST_F(IssueLifeTest, ManyEventsInOneChangeAreEachLookedAt) {
  apply({.time = 100, .release = "1.0.0"});
  resolve({.kind = Kind::kInNextRelease, .release = {}});
  IssueChange c;
  c.issue = {.id = 1, .project = 1, .title = "x", .first_seen = 1100, .last_seen = 1300, .first_release = "1.0.0", .last_release = "1.0.0"};
  c.events = 3;
  c.releases = {{.release = "1.0.0", .events = 2, .first_seen = 1100, .last_seen = 1300}, {.release = "1.1.0", .events = 1, .first_seen = 1200, .last_seen = 1200}};
  ASSERT_TRUE(store_->apply(std::vector{c}, 10));
  EXPECT_EQ(status(), IssueStatus::kUnresolved);
  EXPECT_EQ(store_->issue(1)->status_time, 1200);
}

TEST_F(IssueLifeTest, ArchivedForEverNothingBringsItBack) {
  apply({.time = 100});
  ASSERT_TRUE(store_->archive_issues(kFirst, {}, ada_));
  apply({.time = 5000, .count = 1000});
  at(INT64_MAX / 2);
  EXPECT_EQ(status(), IssueStatus::kIgnored);
}

TEST_F(IssueLifeTest, ArchivedUntilATime) {
  apply({.time = 100});
  ASSERT_TRUE(store_->archive_issues(kFirst, {.until = 5000}, ada_));
  at(4999);
  EXPECT_EQ(status(), IssueStatus::kIgnored);
  open();
  at(5000);
  EXPECT_EQ(store_->issue(1)->substatus, IssueSubstatus::kEscalating);
  EXPECT_EQ(status(), IssueStatus::kUnresolved);
  EXPECT_THAT(history(), ElementsAre(ActivityKind::kEscalated, ActivityKind::kArchived));
}

TEST_F(IssueLifeTest, ArchivedUntilMoreEventsOrUsers) {
  apply({.time = 100, .count = 7, .users = {user(1)}});
  ASSERT_TRUE(store_->archive_issues(kFirst, {.events = 3}, ada_));
  apply({.time = 1100, .count = 2});
  EXPECT_EQ(status(), IssueStatus::kIgnored);
  apply({.time = 1200});
  EXPECT_EQ(store_->issue(1)->substatus, IssueSubstatus::kEscalating);
  ASSERT_TRUE(store_->archive_issues(kFirst, {.users = 2}, ada_));
  apply({.time = 1300, .users = {user(1), user(2)}});
  EXPECT_EQ(status(), IssueStatus::kIgnored);
  open();
  apply({.time = 1400, .users = {user(3)}});
  EXPECT_EQ(status(), IssueStatus::kUnresolved);
}

// What comes by a merge, or goes by its end, is not "more".
TEST_F(IssueLifeTest, ArchivedUntilMoreEventsThanMergedOnes) {
  apply({.issue = 1, .time = 100});
  for (int i = 0; i < 50; ++i) apply({.issue = 2, .time = 100 + i});
  ASSERT_TRUE(store_->archive_issues(kFirst, {.events = 2}, ada_));
  ASSERT_TRUE(store_->merge_issues(1, std::vector<int64_t>{2}, ada_));
  apply({.issue = 1, .time = 300});
  EXPECT_EQ(store_->issue(1)->status, IssueStatus::kIgnored);
  ASSERT_TRUE(store_->unmerge_issue(2, ada_));
  EXPECT_EQ(store_->issue(1)->status, IssueStatus::kIgnored);
  apply({.issue = 1, .time = 400});
  EXPECT_EQ(store_->issue(1)->substatus, IssueSubstatus::kEscalating);
}

TEST_F(IssueLifeTest, AfterAWeekANewIssueIsAnOngoingOne) {
  apply({.time = 1000});
  EXPECT_EQ(store_->issue(1)->substatus, IssueSubstatus::kNew);
  at(1000 + kIssueIsNewFor - 1);
  EXPECT_EQ(store_->issue(1)->substatus, IssueSubstatus::kNew);
  at(1000 + kIssueIsNewFor);
  EXPECT_EQ((*store_->issues({}, nullptr))[0].substatus, IssueSubstatus::kOngoing);
  resolve({});
  apply({.time = 1001 + kIssueIsNewFor});
  EXPECT_EQ(store_->issue(1)->substatus, IssueSubstatus::kRegressed);
  at(1001 + 2 * kIssueIsNewFor);
  EXPECT_EQ(store_->issue(1)->substatus, IssueSubstatus::kOngoing);
}

TEST_F(IssueLifeTest, ReopenedAndAssignedByHand) {
  apply({.time = 100});
  resolve({});
  ASSERT_TRUE(store_->reopen_issues(kFirst, ada_));
  ASSERT_TRUE(store_->reopen_issues(kFirst, ada_)) << "nothing to do, nothing to tell";
  ASSERT_TRUE(store_->assign_issues(kFirst, 1, ada_));
  EXPECT_EQ(store_->issue(1)->assignee, 1);
  EXPECT_EQ(store_->assign_issues(kFirst, 77, ada_).error().code, base::Code::kInvalidArgument);
  ASSERT_TRUE(store_->assign_issues(kFirst, 0, ada_));
  EXPECT_THAT(history(), ElementsAre(ActivityKind::kUnassigned, ActivityKind::kAssigned, ActivityKind::kUnresolved, ActivityKind::kResolved));
  EXPECT_EQ(store_->resolve_issues(std::vector<int64_t>{1, 9}, {}, ada_).error().code, base::Code::kNotFound);
  EXPECT_EQ(status(), IssueStatus::kUnresolved) << "all or nothing";
}

TEST_F(IssueLifeTest, MergedIssuesAreOneAndApartAgainWithAllThatCameMeanwhile) {
  apply({.issue = 1, .time = 100, .release = "a", .count = 5, .users = {user(1), user(2)}, .environment = "production"});
  apply({.issue = 2, .time = 300, .release = "b", .count = 3, .users = {user(2), user(3)}, .environment = "staging"});
  apply({.issue = 3, .time = 50, .release = "a", .count = 1, .users = {user(4)}});
  ASSERT_TRUE(store_->merge_issues(1, std::vector<int64_t>{2, 3}, ada_));
  Issue merged = *store_->issue(1);
  EXPECT_EQ(merged.count, 9u);
  EXPECT_EQ(merged.users, 4u);
  EXPECT_EQ(merged.first_seen, 50);
  EXPECT_EQ(merged.last_seen, 300);
  EXPECT_EQ(merged.title, "boom 300");
  EXPECT_THAT(*store_->issue_releases(1), ElementsAre(Pair("a", 6), Pair("b", 3)));
  EXPECT_THAT(*store_->issue_members(1), UnorderedElementsAre(1, 2, 3));
  EXPECT_THAT(*store_->issue_hashes_of(1), UnorderedElementsAre("h1", "h2", "h3"));
  EXPECT_EQ(store_->issues({}, nullptr)->size(), 1u);
  open();
  apply({.issue = 2, .time = 400, .release = "b", .count = 2, .users = {user(5)}});
  apply({.issue = 1, .time = 401, .release = "c", .count = 1});
  EXPECT_EQ(store_->issue(1)->count, 12u);
  EXPECT_EQ(store_->issue(1)->users, 5u);
  ASSERT_TRUE(store_->unmerge_issue(2, ada_));
  EXPECT_EQ(store_->issue(1)->count, 7u);
  EXPECT_EQ(store_->issue(1)->users, 3u);
  EXPECT_EQ(store_->issue(2)->count, 5u);
  EXPECT_EQ(store_->issue(2)->users, 3u);
  ASSERT_TRUE(store_->unmerge_issue(3, ada_));
  merged = *store_->issue(1);
  EXPECT_EQ(merged.count, 6u);
  EXPECT_EQ(merged.first_seen, 100);
  EXPECT_EQ(merged.users, 2u);
  EXPECT_THAT(*store_->issue_releases(1), ElementsAre(Pair("a", 5), Pair("c", 1)));
  EXPECT_THAT(*store_->issue_environments(1), ElementsAre(Pair("production", 5)));
  apply({.issue = 1, .time = 500, .count = 1});
  EXPECT_EQ(store_->issue(1)->count, 7u);
  EXPECT_EQ(store_->issues({}, nullptr)->size(), 3u);
}

TEST_F(IssueLifeTest, WhatWasMergedBeforeComesAlongAndAnEventInItBringsTheWholeBack) {
  for (const int64_t id : {1, 2, 3}) apply({.issue = id, .time = 100 * id, .count = static_cast<uint64_t>(id)});
  ASSERT_TRUE(store_->merge_issues(2, std::vector<int64_t>{3}, ada_));
  ASSERT_TRUE(store_->merge_issues(1, std::vector<int64_t>{2}, ada_));
  EXPECT_EQ(store_->issue(1)->count, 6u);
  EXPECT_THAT(*store_->issue_members(1), UnorderedElementsAre(1, 2, 3));
  EXPECT_EQ(store_->merge_issues(3, kFirst, ada_).error().code, base::Code::kInvalidArgument);
  EXPECT_EQ(store_->merge_issues(1, kFirst, ada_).error().code, base::Code::kInvalidArgument);
  EXPECT_EQ(store_->resolve_issues(std::vector<int64_t>{3}, {}, ada_).error().code, base::Code::kInvalidArgument);
  resolve({});
  apply({.issue = 3, .time = 2000, .count = 10});
  EXPECT_EQ(status(), IssueStatus::kUnresolved);
  EXPECT_EQ(store_->issue(1)->count, 16u);
  ASSERT_TRUE(store_->unmerge_issue(2, ada_));
  EXPECT_EQ(store_->issue(1)->count, 1u);
  EXPECT_EQ(store_->issue(2)->count, 15u);
  EXPECT_EQ(store_->unmerge_issue(2, ada_).error().code, base::Code::kInvalidArgument);
}

TEST_F(IssueLifeTest, ADeletedIssueStaysAwayAndItsNumberIsNotGivenOutAgain) {
  apply({.issue = 1, .time = 100});
  apply({.issue = 2, .time = 100, .users = {user(1)}, .environment = "production"});
  apply({.issue = 3, .time = 100});
  ASSERT_TRUE(store_->merge_issues(2, std::vector<int64_t>{3}, ada_));
  EXPECT_EQ(store_->delete_issues(std::vector<int64_t>{3}).error().code, base::Code::kInvalidArgument);
  EXPECT_THAT(*store_->delete_issues(std::vector<int64_t>{3, 2}), UnorderedElementsAre(2, 3));
  open();
  EXPECT_EQ(store_->issue(2).error().code, base::Code::kNotFound);
  EXPECT_EQ(*store_->last_issue_id(), 3);
  EXPECT_THAT(*store_->issue_hashes(), ElementsAre(Pair("1:h1", 1)));
  auto open_ones = *store_->issue_deletions();
  ASSERT_EQ(open_ones.size(), 2u);
  for (const auto& [issue, mark] : open_ones) ASSERT_TRUE(store_->set_issue_events_removed(issue, mark));
  EXPECT_THAT(*store_->issue_deletions(), IsEmpty());
  EXPECT_THAT(*store_->deleted_issues(), UnorderedElementsAre(2, 3));
  apply({.issue = 2, .time = 200});   // one that was on its way
  EXPECT_FALSE(store_->issue(2));
  ASSERT_EQ(store_->issue_deletions()->size(), 1u);
  ASSERT_TRUE(store_->set_issue_events_removed(2, 1));
  EXPECT_EQ(store_->issue_deletions()->size(), 1u) << "that mark is older than the event";
}

TEST_F(IssueLifeTest, CommentsAreEditedAndDeleted) {
  apply({.time = 100});
  const auto first = store_->add_comment(1, "seen *this* before", ada_);
  ASSERT_TRUE(first);
  at(2000);
  ASSERT_TRUE(store_->set_comment(1, first->id, "seen before"));
  open();
  const IssueActivity entry = *store_->comment(1, first->id);
  EXPECT_EQ(entry.text, "seen before");
  EXPECT_EQ(entry.edited, 2000);
  EXPECT_EQ(entry.actor.name, "ada@example.com");
  EXPECT_EQ(store_->comment(2, first->id).error().code, base::Code::kNotFound);
  EXPECT_EQ(store_->add_comment(9, "x", ada_).error().code, base::Code::kNotFound);
  EXPECT_EQ(store_->add_comment(1, " \n", ada_).error().code, base::Code::kInvalidArgument);
  EXPECT_EQ(store_->add_comment(1, std::string(kMostCommentBytes + 1, 'x'), ada_).error().code, base::Code::kTooLarge);
  ASSERT_TRUE(store_->remove_comment(1, first->id));
  EXPECT_EQ(store_->remove_comment(1, first->id).error().code, base::Code::kNotFound);
  EXPECT_THAT(history(), IsEmpty());
}

// A database as the former version wrote it.
TEST_F(IssueLifeTest, ADatabaseOfTheFormerVersionIsBroughtUp) {
  store_.reset();
  std::filesystem::remove_all(dir_);
  std::filesystem::create_directories(dir_);
  const std::string script = "tests/corpus/meta/version_3.sql";
  ASSERT_EQ(std::system(("python3 -c \"import sqlite3; c=sqlite3.connect('" + path() + "'); c.executescript(open('" + script + "').read())\"").c_str()), 0);
  at(1'700'000'000'000'000'000);
  open();
  const Issue fresh = *store_->issue(1);
  EXPECT_EQ(fresh.count, 12u);
  EXPECT_EQ(fresh.users, 2u);
  EXPECT_EQ(fresh.substatus, IssueSubstatus::kNew);
  EXPECT_EQ(store_->issue(2)->resolution.kind, Kind::kNow);
  EXPECT_EQ(store_->issue(3)->status, IssueStatus::kIgnored);
  EXPECT_EQ(store_->issue(4)->substatus, IssueSubstatus::kOngoing);
  std::vector<std::string> versions;
  for (const Release& release : *store_->releases(1, 10)) versions.push_back(release.version);
  EXPECT_THAT(versions, ElementsAre("abc124", "abc123"));
  EXPECT_EQ(*store_->applied_sequence(), 40u);
  apply({.issue = 2, .time = 1'700'000'000'000'000'001});
  EXPECT_EQ(status(2), IssueStatus::kUnresolved);
  apply({.issue = 1, .users = {"aaaaaaaaaaaaaaaa", "cccccccccccccccc"}});
  EXPECT_EQ(store_->issue(1)->users, 3u);
}

}  // namespace
}  // namespace tripod::store
