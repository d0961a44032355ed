#include "pipeline/project_rules.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>

#include "base/random.h"
#include "store/meta/sqlite_meta_store.h"

namespace tripod::pipeline {
namespace {

class ProjectRulesTest : public testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::temp_directory_path() / ("tripod-rules-" + base::random_hex(8) + ".db");
    meta_ = std::move(*store::SqliteMetaStore::open(path_.string(), clock_));
    frames_[0].filename = "shop/a.py";
    frames_[0].function = "view";
    frames_[1].filename = "shop/retry.py";
    frames_[1].function = "again";
    exceptions_[0].type = "E";
    exceptions_[0].frames = frames_;
    event_.exceptions = exceptions_;
    event_.project = 1;
  }
  void TearDown() override {
    meta_.reset();
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_.string() + suffix);
  }
  std::unique_ptr<ProjectRules> open(const RuleTexts& server = {}) {
    auto opened = ProjectRules::open(*meta_, server);
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }
  std::string scrubbed(const ProjectRules& rules, uint64_t project, std::string_view json) { return *rules.scrubber(project)->scrub_json(json); }

  base::ManualClock clock_{1};
  std::filesystem::path path_;
  std::unique_ptr<store::SqliteMetaStore> meta_;
  std::array<model::Frame, 2> frames_;
  std::array<model::Exception, 1> exceptions_;
  model::ErrorEvent event_;
};

TEST_F(ProjectRulesTest, AreKeptAcrossAStart) {
  const std::string hashed = [&] {
    const auto rules = open();
    EXPECT_TRUE(rules->set(1, {"function:again -group", "", "hash key:email", true}, true));
    return scrubbed(*rules, 1, R"({"email":"a@b.c","ip":"10.1.2.3"})");
  }();
  const auto rules = open();
  EXPECT_EQ(rules->of(1).now.stack_rules, "function:again -group");
  EXPECT_EQ(scrubbed(*rules, 1, R"({"email":"a@b.c","ip":"10.1.2.3"})"), hashed) << "the key of hashes stays";
  EXPECT_NE(hashed.find("sha256:"), std::string::npos);
  EXPECT_EQ(hashed.find("10.1.2.3"), std::string::npos);
  EXPECT_EQ(scrubbed(*rules, 2, R"({"email":"a@b.c"})"), R"({"email":"a@b.c"})");
}

TEST_F(ProjectRulesTest, FormerRulesAreLookedUpWhereIssuesAreKept) {
  const auto rules = open();
  const auto plain = rules->grouper().group(event_).hashes;
  ASSERT_TRUE(rules->set(1, {"function:again -group", "", "", false}, true));
  EXPECT_NE(rules->grouper().group(event_).hashes, plain);
  EXPECT_EQ(rules->grouper().former_hashes(event_), plain);
  ASSERT_TRUE(rules->set(1, {"function:again -group", "", "mask key:x", false}, true));
  EXPECT_EQ(rules->grouper().former_hashes(event_), plain) << "a change of other rules leaves it";
  ASSERT_TRUE(rules->set(1, {"function:view -group", "", "", false}, false));
  EXPECT_EQ(rules->of(1).former.has_value(), false);
}

TEST_F(ProjectRulesTest, RulesThatCannotBeReadChangeNothing) {
  const auto rules = open();
  const auto refused = rules->set(1, {"function:x -nothing", "", "", false}, true);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kInvalidArgument);
  EXPECT_EQ(refused.error().message, "stack trace rules: line 1, column 12: the actions with + and - are app and group");
  EXPECT_EQ(rules->set(1, {"", "error.type:X", "", false}, true).error().message, "fingerprint rules: line 1, column 13: \"->\" and a fingerprint were expected");
  EXPECT_EQ(rules->set(1, {"", "", "\nhide key:x", false}, true).error().message, "scrubbing rules: line 2, column 1: remove, mask or hash was expected");
  EXPECT_EQ(rules->of(1).now.stack_rules, "");
}

TEST_F(ProjectRulesTest, TheServersRulesHoldForAllProjects) {
  const auto refused = ProjectRules::open(*meta_, {"x", "", "", false});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.starts_with("stack trace rules of the server: line 1")) << refused.error().message;
  const auto rules = open({"function:again -group", "error.type:E -> server", "mask key:plate", false});
  const auto of_server = rules->grouper().group(event_).hashes;
  EXPECT_EQ(scrubbed(*rules, 0, R"({"plate":"HH"})"), R"({"plate":"**"})");
  ASSERT_TRUE(rules->set(1, {"", "error.type:E -> project", "", false}, true));
  EXPECT_NE(rules->grouper().group(event_).hashes, of_server) << "of a project the first rule that holds counts";
  EXPECT_EQ(scrubbed(*rules, 1, R"({"plate":"HH"})"), R"({"plate":"**"})");
}

}  // namespace
}  // namespace tripod::pipeline
