#include "pipeline/group/glob.h"

#include <gtest/gtest.h>

namespace tripod::pipeline::group {
namespace {

bool path(std::string_view pattern, std::string_view text) {
  return Glob(pattern, GlobKind::kPath, GlobCase::kExact).matches(text);
}
bool text(std::string_view pattern, std::string_view value) {
  return Glob(pattern, GlobKind::kText, GlobCase::kExact).matches(value);
}

TEST(Glob, StarOfATextIsAnything) {
  EXPECT_TRUE(text("java.*", "java.util.Map"));
  EXPECT_FALSE(text("java.*", "javax.net"));
  EXPECT_TRUE(text("*Error", "pkg/ValueError"));
  EXPECT_FALSE(text("*Error", "Errors"));
  EXPECT_TRUE(text("*::_*", "std::_x"));
  EXPECT_TRUE(text("a*b*c", "a1b2bc"));
  EXPECT_FALSE(text("a*b*c", "a1b2bcd"));
  EXPECT_TRUE(text("*", ""));
  EXPECT_TRUE(text("", ""));
  EXPECT_FALSE(text("", "x"));
  EXPECT_TRUE(text("**", "x/y"));
}

TEST(Glob, StarOfAPathStaysInItsFolder) {
  EXPECT_TRUE(path("/app/*.py", "/app/views.py"));
  EXPECT_FALSE(path("/app/*.py", "/app/shop/views.py"));
  EXPECT_TRUE(path("/app/**", "/app/shop/views.py"));
  EXPECT_TRUE(path("/app/**/views.py", "/app/views.py"));
  EXPECT_TRUE(path("/app/**/views.py", "/app/a/b/views.py"));
  EXPECT_FALSE(path("/app/**/views.py", "/app/a/myviews.py"));
  EXPECT_TRUE(path("**/site-packages/**", "/usr/lib/site-packages/x.py"));
  EXPECT_TRUE(path("**/site-packages/**", "site-packages/x.py"));
  EXPECT_FALSE(path("**/site-packages/**", "/usr/my-site-packages/x.py"));
  EXPECT_TRUE(path("**/*newrelic*/**", "/a/node_newrelic_x/index.js"));
  EXPECT_FALSE(path("**/*newrelic*/**", "/a/newrelic.js"));
  EXPECT_TRUE(path("**.app/contents/**", "/applications/x.app/contents/y"));
}

TEST(Glob, OneCharacterAndClasses) {
  EXPECT_TRUE(text("?[[]Sentry*", "-[SentrySDK init]"));
  EXPECT_TRUE(text("v[0-9]", "v7"));
  EXPECT_FALSE(text("v[!0-9]", "v7"));
  EXPECT_TRUE(text("v[!0-9]", "vx"));
  EXPECT_FALSE(path("a?b", "a/b"));
  EXPECT_TRUE(text("a\\*b", "a*b"));
  EXPECT_FALSE(text("a\\*b", "axb"));
  EXPECT_TRUE(text("[abc", "[abc")) << "a bracket that is not closed is a character";
}

TEST(Glob, CaseIsIgnoredWhereItSaysSo) {
  const Glob contains("*Timed Out*", GlobKind::kText, GlobCase::kIgnored);
  EXPECT_TRUE(contains.matches("connection TIMED out."));
  const Glob tokens("t?med*OUT", GlobKind::kText, GlobCase::kIgnored);
  EXPECT_TRUE(tokens.matches("Timed Out"));
  EXPECT_FALSE(Glob("abc", GlobKind::kText, GlobCase::kExact).matches("ABC"));
}

}  // namespace
}  // namespace tripod::pipeline::group
