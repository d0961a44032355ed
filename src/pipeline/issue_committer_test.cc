#include "pipeline/issue_committer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace tripod::pipeline {
namespace {

using base::Result;
using testing::ElementsAre;
using testing::SizeIs;

// Counts events by issue; of the rest of a meta store a committer needs nothing.
class FakeMeta final : public store::IssueStore {
 public:
  std::atomic<bool> fails = false;
  std::function<void()> catch_up;
  std::map<int64_t, uint64_t> counts;   // read when catch_up() has returned
  uint64_t applied = 0;

  Result<> apply(std::span<const store::IssueChange> changes, uint64_t sequence) override {
    if (fails) return base::fail(base::Code::kIo, "database is locked");
    for (const store::IssueChange& change : changes) counts[change.issue.id] += change.events;
    applied = sequence;
    return {};
  }
  Result<uint64_t> applied_sequence() override { return applied; }
  void catch_up_by(std::function<void()> by) override { catch_up = std::move(by); }

  Result<int64_t> last_issue_id() override { return unused(); }
  Result<std::vector<std::pair<std::string, int64_t>>> issue_hashes() override { return unused(); }
  Result<std::vector<store::Issue>> issues(const store::IssueQuery&, uint64_t*) override { return unused(); }
  Result<store::Issue> issue(int64_t) override { return unused(); }
  Result<std::vector<std::pair<std::string, uint64_t>>> issue_releases(int64_t) override { return unused(); }
  Result<std::vector<std::pair<std::string, uint64_t>>> issue_environments(int64_t) override { return unused(); }
  Result<std::vector<int64_t>> issue_members(int64_t) override { return unused(); }
  Result<> resolve_issues(std::span<const int64_t>, const store::Resolution&, const store::Actor&) override { return unused(); }
  Result<> archive_issues(std::span<const int64_t>, const store::Archive&, const store::Actor&) override { return unused(); }
  Result<> reopen_issues(std::span<const int64_t>, const store::Actor&) override { return unused(); }
  Result<> assign_issues(std::span<const int64_t>, int64_t, const store::Actor&) override { return unused(); }
  Result<> merge_issues(int64_t, std::span<const int64_t>, const store::Actor&) override { return unused(); }
  Result<> unmerge_issue(int64_t, const store::Actor&) override { return unused(); }
  void on_issues_deleted(std::function<void(std::span<const int64_t>)>) override {}
  Result<std::vector<int64_t>> delete_issues(std::span<const int64_t>) override { return unused(); }
  Result<std::vector<int64_t>> deleted_issues() override { return unused(); }
  Result<std::vector<std::pair<int64_t, int64_t>>> issue_deletions() override { return unused(); }
  Result<> set_issue_events_removed(int64_t, int64_t) override { return unused(); }
  Result<std::vector<store::IssueActivity>> issue_activity(int64_t, size_t) override { return unused(); }
  Result<store::IssueActivity> add_comment(int64_t, std::string_view, const store::Actor&) override { return unused(); }
  Result<store::IssueActivity> comment(int64_t, int64_t) override { return unused(); }
  Result<> set_comment(int64_t, int64_t, std::string_view) override { return unused(); }
  Result<> remove_comment(int64_t, int64_t) override { return unused(); }
  Result<std::vector<store::Release>> releases(int64_t, size_t) override { return unused(); }
  Result<store::Release> release(int64_t, std::string_view) override { return unused(); }
  Result<std::vector<std::string>> issue_hashes_of(int64_t) override { return unused(); }

 private:
  static std::unexpected<base::Error> unused() { return base::fail(base::Code::kUnsupported, "not of this test"); }
};

IssueUpdate update(uint64_t sequence, int64_t issue, base::UnixNanos time = 0, const char* release = "") {
  IssueUpdate out{.sequence = sequence, .issue = {}, .hashes = {}, .user = {}, .environment = {}};
  out.issue.id = issue;
  out.issue.first_seen = out.issue.last_seen = time;
  out.issue.first_release = out.issue.last_release = release;
  return out;
}

Result<> submit(IssueCommitter& committer, IssueUpdate what) {
  std::promise<Result<>> promise;
  committer.submit({std::move(what)}, [&promise](const Result<>& result) { promise.set_value(result); });
  committer.catch_up();
  return promise.get_future().get();
}

TEST(IssueCommitter, WhatCouldNotBeAppliedComesWithTheNext) {
  FakeMeta meta;
  const auto log = base::make_null_logger();
  IssueCommitter committer(meta, *log);
  ASSERT_TRUE(submit(committer, update(1, 1)));
  meta.fails = true;
  EXPECT_FALSE(submit(committer, update(2, 2)));
  EXPECT_EQ(meta.applied, 1u);
  meta.fails = false;
  ASSERT_TRUE(submit(committer, update(3, 3)));
  EXPECT_THAT(meta.counts, ElementsAre(testing::Pair(1, 1), testing::Pair(2, 1), testing::Pair(3, 1)));
  EXPECT_EQ(meta.applied, 3u);
}

TEST(IssueCommitter, WhenTooMuchIsOwedNothingIsAppliedAnyMore) {
  FakeMeta meta;
  const auto log = base::make_null_logger();
  IssueCommitter committer(meta, *log);
  meta.fails = true;
  std::vector<IssueUpdate> many(70'000, update(1, 1));
  std::promise<void> answered;
  committer.submit(std::move(many), [&answered](const Result<>& result) {
    EXPECT_FALSE(result);
    answered.set_value();
  });
  committer.catch_up();
  answered.get_future().get();
  meta.fails = false;
  EXPECT_EQ(submit(committer, update(2, 2)).error().code, base::Code::kUnavailable);
  EXPECT_EQ(meta.applied, 0u) << "or the next start would not look at the first ones";
}

TEST(IssueCommitter, WhoeverAsksFindsWhatWasSubmittedBefore) {
  FakeMeta meta;
  const auto log = base::make_null_logger();
  IssueCommitter committer(meta, *log);
  committer.submit({update(1, 1)}, [](const Result<>&) {});
  committer.submit({update(2, 1)}, [](const Result<>&) {});
  meta.catch_up();
  EXPECT_THAT(meta.counts, ElementsAre(testing::Pair(1, 2)));
}

TEST(IssueCommitter, WhoBringsTooManyAppliesThem) {
  FakeMeta meta;
  const auto log = base::make_null_logger();
  IssueCommitter committer(meta, *log);
  committer.submit(std::vector<IssueUpdate>(5000, update(1, 1)), [](const Result<>&) {});
  EXPECT_THAT(meta.counts, ElementsAre(testing::Pair(1, 5000)));
}

TEST(IssueCommitter, ItsEndAppliesAndAnswersWhatWaits) {
  FakeMeta meta;
  const auto log = base::make_null_logger();
  size_t answers = 0;
  {
    IssueCommitter committer(meta, *log);
    for (uint64_t i = 1; i <= 10; ++i) {
      committer.submit({update(i, 1)}, [&answers](const Result<>& result) { answers += result ? 1 : 0; });
    }
  }
  EXPECT_THAT(meta.counts, ElementsAre(testing::Pair(1, 10)));
  EXPECT_EQ(answers, 10u);
  EXPECT_FALSE(meta.catch_up) << "or it would be asked after its end";
}

TEST(MergeUpdates, FirstAndLastReleaseFollowTheTimes) {
  const std::vector<IssueUpdate> updates = {update(1, 1, 100, "b"), update(2, 1, 50, "a"), update(3, 1, 200, "")};
  const auto changes = merge_updates(updates);
  ASSERT_THAT(changes, SizeIs(1));
  EXPECT_EQ(changes[0].issue.first_seen, 50);
  EXPECT_EQ(changes[0].issue.first_release, "a");
  EXPECT_EQ(changes[0].issue.last_seen, 200);
  EXPECT_EQ(changes[0].issue.last_release, "b");
}

}  // namespace
}  // namespace tripod::pipeline
