#include "base/glob.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/mem_fs.h"

namespace tripod::base {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(GlobTest, Names) {
  const struct {
    const char* pattern;
    const char* name;
    bool matches;
  } cases[] = {
      {"*.log", "a.log", true},
      {"*.log", "a.log.1", false},
      {"*", "", true},
      {"a?c", "abc", true},
      {"a?c", "ac", false},
      {"[a-c]x", "bx", true},
      {"[!a-c]x", "bx", false},
      {"[]]", "]", true},
      {"a*b*c", "aXbYbZc", true},
      {"a*b*c", "aXbYbZ", false},
      {"\\*", "*", true},
      {"\\*", "a", false},
      {"app-[0-9]*", "app-7x", true},
      {"***", "abc", true},
      {"", "a", false},
      {"a[", "a[", true},
  };
  for (const auto& c : cases)
    EXPECT_EQ(matches_name(c.pattern, c.name), c.matches) << c.pattern << " " << c.name;
}

TEST(GlobTest, ExpandsOverFolders) {
  MemFs fs;
  for (const char* dir : {"/log/a/deep", "/log/b", "/log/.hidden"})
    ASSERT_TRUE(fs.create_dirs(dir));
  for (const char* path : {"/log/x.log", "/log/a/x.log", "/log/a/deep/x.log", "/log/b/y.log",
                           "/log/.hidden/x.log", "/log/b/.x.log"}) {
    ASSERT_TRUE(fs.open_append(path, Fs::Open::kAppend));
  }
  auto expanded = [&](const char* pattern, size_t most = 100) {
    std::vector<std::string> out;
    Glob::parse(pattern)->expand(fs, most, out);
    return out;
  };
  EXPECT_THAT(expanded("/log/*.log"), ElementsAre("/log/x.log"));
  EXPECT_THAT(expanded("/log/*/*.log"), ElementsAre("/log/a/x.log", "/log/b/y.log"));
  EXPECT_THAT(expanded("/log/**/x.log"),
              ElementsAre("/log/x.log", "/log/a/x.log", "/log/a/deep/x.log"));
  EXPECT_THAT(expanded("/log/b/y.log"), ElementsAre("/log/b/y.log"));
  EXPECT_THAT(expanded("/log/b/.*.log"), ElementsAre("/log/b/.x.log"));
  EXPECT_THAT(expanded("/log/*", 1), ElementsAre("/log/x.log"));
  EXPECT_THAT(expanded("/none/*"), IsEmpty());
  EXPECT_THAT(expanded("/log/a"), IsEmpty()) << "a folder is no file";
}

TEST(GlobTest, MatchesPathsAndNames) {
  EXPECT_TRUE(Glob::parse("*.gz")->matches("/var/log/a.gz"));
  EXPECT_TRUE(Glob::parse("a\\[b.log")->matches("a[b.log"));
  EXPECT_TRUE(Glob::parse("a[[]b.log")->matches("a[b.log"));
  EXPECT_TRUE(Glob::parse("/var/**/a.gz")->matches("/var/log/x/a.gz"));
  EXPECT_FALSE(Glob::parse("/var/*/a.gz")->matches("/var/log/x/a.gz"));
  EXPECT_TRUE(Glob::parse("logs/*.log")->matches("logs/a.log"));
}

TEST(GlobTest, BadPatternsAreTold) {
  for (const char* bad : {"", "/", "/a/[b", "a/**/b/**/c/**"})
    EXPECT_FALSE(Glob::parse(bad)) << bad;
}

}  // namespace
}  // namespace tripod::base
