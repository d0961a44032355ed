#include "serve/api/sentry/release_body.h"

#include <gtest/gtest.h>

#include <string>

#include "base/time_text.h"

namespace tripod::serve::sentry {
namespace {

using base::Code;

TEST(ReleaseName, AsInSentry) {
  EXPECT_TRUE(is_release_name("shop@1.2.3+4"));
  EXPECT_TRUE(is_release_name("9f8c2ab4d1e07c3355a6be21f0d94c7781e5aa30"));
  EXPECT_TRUE(is_release_name("latest-and-greatest"));
  for (const char* bad : {"", " ", ".", "..", "latest", "LATEST", "a/b", "a\\b", "a\nb", "a\tb"}) EXPECT_FALSE(is_release_name(bad)) << bad;
  EXPECT_TRUE(is_release_name(std::string(250, 'a')));
  EXPECT_FALSE(is_release_name(std::string(251, 'a')));
}

TEST(ReleaseBody, WhatSentryCliSends) {
  const auto body = parse_release_body(R"({"version":"r1","projects":["default",1],"url":null,"ref":"main","dateReleased":"2026-11-23T12:00:00.5Z","status":"archived","unknown":{}})");
  ASSERT_TRUE(body) << body.error().message;
  EXPECT_EQ(body->version, "r1");
  EXPECT_EQ(body->projects, (std::vector<std::string>{"default", "1"}));
  EXPECT_EQ(body->update.url, std::nullopt);
  EXPECT_EQ(body->update.ref, "main");
  EXPECT_EQ(body->update.date_released, *base::parse_rfc3339("2026-11-23T12:00:00.5Z"));
  EXPECT_EQ(body->update.date_started, std::nullopt);
  EXPECT_EQ(body->update.archived, true);
  EXPECT_EQ(body->commits, std::nullopt);
}

TEST(ReleaseBody, CommitsWithTheirFiles) {
  const auto body = parse_release_body(R"({"commits":[{"id":"c1","repository":"shop","message":"one","author_name":null,"author_email":"a@b","timestamp":"2026-11-23T12:00:00+01:00",
      "patch_set":[{"path":"a.py","type":"A"},{"path":"b.py","type":"D"}]}],"refs":[{"repository":"x","commit":"y"}]})");
  ASSERT_TRUE(body) << body.error().message;
  ASSERT_TRUE(body->commits);
  ASSERT_EQ(body->commits->size(), 1u);
  const store::Commit& commit = body->commits->front();
  EXPECT_EQ(commit.author_name, "");
  EXPECT_EQ(commit.author_email, "a@b");
  EXPECT_EQ(commit.time, *base::parse_rfc3339("2026-11-23T11:00:00Z"));
  ASSERT_EQ(commit.files.size(), 2u);
  EXPECT_EQ(commit.files[1].type, 'D');
}

TEST(ReleaseBody, HeadsAreCommitsWithoutMore) {
  const auto body = parse_release_body(R"({"refs":[{"repository":"shop","commit":"abc","previousCommit":"aaa"}]})");
  ASSERT_TRUE(body && body->commits);
  EXPECT_EQ(body->commits->front().id, "abc");
  EXPECT_EQ(body->commits->front().repository, "shop");
  EXPECT_EQ(parse_release_body(R"({"refs":[]})")->commits->size(), 0u) << "clears them";
}

TEST(ReleaseBody, LongTextIsCutWhereACharacterEnds) {
  std::string message;
  for (int i = 0; i < 5000; ++i) message += "ä";
  const auto body = parse_release_body(R"({"commits":[{"id":"c1","message":"a)" + message + R"("}]})");
  ASSERT_TRUE(body);
  EXPECT_EQ(body->commits->front().message.size(), 8191u);
}

TEST(ReleaseBody, WhatIsWrongIsNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"[]", "body: must be a JSON object"},
      {"{", "JSON parse error"},
      {R"({"version":7})", "version: must be a string"},
      {R"({"dateReleased":"soon"})", "dateReleased: must be a time such as 2026-11-23T12:00:00Z"},
      {R"({"status":"gone"})", "status: must be open or archived"},
      {R"({"projects":"default"})", "projects: must be a list"},
      {R"({"projects":[{}]})", "projects: must be a list of slugs or ids"},
      {R"({"commits":[7]})", "commits: must be a JSON object"},
      {R"({"commits":[{}]})", "commits: a commit has no id"},
      {R"({"commits":[{"id":"a","patch_set":[{"path":"p","type":"X"}]}]})", "patch_set: type must be A, M or D"},
      {R"({"commits":[{"id":"a","patch_set":[{"type":"A"}]}]})", "patch_set: an entry has no path"},
      {R"({"refs":[{"commit":"a"}]})", "refs: a repository and a commit are needed"},
  };
  for (const auto& [json, message] : cases) {
    const auto body = parse_release_body(json);
    ASSERT_FALSE(body) << json;
    EXPECT_EQ(body.error().message, message);
    EXPECT_EQ(body.error().code, Code::kInvalidArgument);
  }
}

TEST(ReleaseBody, MoreThanAThousandCommitsAreRefused) {
  std::string json = R"({"commits":[)";
  for (int i = 0; i <= 1000; ++i) json += std::string(i == 0 ? "" : ",") + R"({"id":"c"})";
  EXPECT_EQ(parse_release_body(json + "]}").error().code, Code::kTooLarge);
}

TEST(DeployBody, NeedsAnEnvironment) {
  const auto deploy = parse_deploy_body(R"({"environment":"prod","name":"blue","dateStarted":"2026-11-23T12:00:00Z"})");
  ASSERT_TRUE(deploy);
  EXPECT_EQ(deploy->environment, "prod");
  EXPECT_EQ(deploy->started, *base::parse_rfc3339("2026-11-23T12:00:00Z"));
  EXPECT_EQ(deploy->finished, 0);
  EXPECT_FALSE(parse_deploy_body(R"({"name":"blue"})"));
}

TEST(RepositoryBody, NeedsAName) {
  EXPECT_EQ(parse_repository_body(R"({"name":"shop","provider":"git"})")->provider, "git");
  EXPECT_FALSE(parse_repository_body("{}"));
}

}  // namespace
}  // namespace tripod::serve::sentry
