#include "serve/http/router.h"

#include <gtest/gtest.h>

namespace tripod::serve {
namespace {

class RouterTest : public ::testing::Test {
 protected:
  void add(std::string pattern) {
    router_.add({.method = Method::kGet, .pattern = std::move(pattern), .handler = [](HttpRequest&&, Responder) {}});
  }
  // "pattern name=value …"; empty: none.
  std::string matched(std::string_view path) {
    const Router::Match match = router_.match(Method::kGet, path);
    if (match.route == nullptr) return {};
    std::string out = match.route->pattern;
    for (const auto& [name, value] : match.parameters) out += " " + name + "=" + value;
    return out;
  }
  Router router_;
};

TEST_F(RouterTest, SegmentsAreDecodedOneByOne) {
  add("/events/{id}");
  EXPECT_EQ(matched("/events/a%20b"), "/events/{id} id=a b");
  EXPECT_EQ(matched("/%65vents/a+b"), "/events/{id} id=a+b");
  EXPECT_EQ(matched("/events/100%25"), "/events/{id} id=100%");
  EXPECT_EQ(matched("/events/"), "");
  EXPECT_EQ(matched("/events/a/b"), "");
}

TEST_F(RouterTest, OnlyAParameterThatMayTakesASlash) {
  add("/events/{id}");
  add("/releases/{+version}/commits/");
  EXPECT_EQ(matched("/releases/feature%2Fcart%401/commits/"), "/releases/{version}/commits/ version=feature/cart@1");
  EXPECT_EQ(matched("/releases/feature%2fcart/commits/"), "/releases/{version}/commits/ version=feature/cart");
  EXPECT_EQ(matched("/releases/feature/cart/commits/"), "") << "that is another segment";
  EXPECT_EQ(matched("/events/..%2F..%2Fetc"), "");
  EXPECT_EQ(matched("/releases/a%252Fb/commits/"), "/releases/{version}/commits/ version=a%2Fb") << "decoded once";
}

TEST_F(RouterTest, AWildcardHasTheRest) {
  add("/*");
  add("/fixed");
  EXPECT_EQ(matched("/fixed"), "/fixed");
  EXPECT_EQ(matched("/a/b%20c"), "/* *=a/b c");
}

}  // namespace
}  // namespace tripod::serve
