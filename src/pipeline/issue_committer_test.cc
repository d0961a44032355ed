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
class FakeMeta final : public store::MetaStore {
 public:
  std::atomic<bool> fails = false;
  std::map<int64_t, uint64_t> counts;   // the committer's thread; read when it has answered
  uint64_t applied = 0;

  Result<> apply(std::span<const store::IssueChange> changes, uint64_t sequence) override {
    if (fails) return base::fail(base::Code::kIo, "database is locked");
    for (const store::IssueChange& change : changes) counts[change.issue.id] += change.events;
    applied = sequence;
    return {};
  }
  Result<uint64_t> applied_sequence() override { return applied; }

  Result<bool> bootstrap(std::string_view, std::string_view) override { return unused(); }
  Result<std::vector<store::Project>> projects() override { return unused(); }
  Result<std::vector<store::ProjectKey>> project_keys() override { return unused(); }
  Result<std::vector<store::User>> users() override { return unused(); }
  Result<std::string> password_hash(int64_t) override { return unused(); }
  Result<> set_password_hash(int64_t, std::string_view) override { return unused(); }
  Result<> add_sign_in_link(std::string_view, int64_t, base::UnixNanos) override { return unused(); }
  Result<int64_t> take_sign_in_link(std::string_view, base::UnixNanos) override { return unused(); }
  Result<> add_session(const store::Session&) override { return unused(); }
  Result<std::vector<store::Session>> sessions(base::UnixNanos) override { return unused(); }
  Result<> remove_session(std::string_view) override { return unused(); }
  Result<int64_t> add_token(const store::ApiToken&) override { return unused(); }
  Result<std::vector<store::ApiToken>> tokens() override { return unused(); }
  Result<> remove_token(int64_t) override { return unused(); }
  Result<std::vector<store::LogStreamName>> log_stream_names() override { return unused(); }
  Result<> add_log_stream_name(const store::LogStreamName&) override { return unused(); }
  Result<> remove_log_stream_names(std::span<const store::LogStreamName>) override { return unused(); }
  Result<std::vector<store::View>> views(const store::ViewQuery&) override { return unused(); }
  Result<store::View> view(int64_t) override { return unused(); }
  Result<store::View> add_view(const store::View&) override { return unused(); }
  Result<> set_view(const store::View&) override { return unused(); }
  Result<> remove_view(int64_t) override { return unused(); }
  Result<int64_t> last_issue_id() override { return unused(); }
  Result<std::vector<std::pair<std::string, int64_t>>> issue_hashes() override { return unused(); }
  Result<std::vector<store::Issue>> issues(const store::IssueQuery&, uint64_t*) override { return unused(); }
  Result<store::Issue> issue(int64_t) override { return unused(); }
  Result<std::vector<std::pair<std::string, uint64_t>>> issue_releases(int64_t) override { return unused(); }
  Result<store::Issue> set_issue_status(int64_t, store::IssueStatus) override { return unused(); }
  Result<std::vector<std::string>> issue_hashes_of(int64_t) override { return unused(); }

 private:
  static std::unexpected<base::Error> unused() { return base::fail(base::Code::kUnsupported, "not of this test"); }
};

IssueUpdate update(uint64_t sequence, int64_t issue, base::UnixNanos time = 0, const char* release = "") {
  IssueUpdate out{.sequence = sequence, .issue = {}, .hashes = {}, .user = {}};
  out.issue.id = issue;
  out.issue.first_seen = out.issue.last_seen = time;
  out.issue.first_release = out.issue.last_release = release;
  return out;
}

Result<> submit(IssueCommitter& committer, IssueUpdate what) {
  std::promise<Result<>> promise;
  committer.submit({std::move(what)}, [&promise](Result<> result) { promise.set_value(std::move(result)); });
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
  answered.get_future().get();
  meta.fails = false;
  EXPECT_EQ(submit(committer, update(2, 2)).error().code, base::Code::kUnavailable);
  EXPECT_EQ(meta.applied, 0u) << "or the next start would not look at the first ones";
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
