#include "serve/ui/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/compress.h"
#include "serve/ui/assets.h"

namespace tripod::serve {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class UiRoutesTest : public ::testing::Test {
 protected:
  UiRoutesTest() { add_ui_routes(router_); }

  HttpResponse get(const std::string& path, std::vector<Header> headers = {}) {
    const Router::Match match = router_.match(Method::kGet, path);
    if (match.route == nullptr) return HttpResponse{.status = 0};
    EXPECT_EQ(match.route->access, Access::kPublic);
    HttpRequest request{.method = Method::kGet, .path = path, .headers = std::move(headers)};
    HttpResponse answer{.status = 0};
    match.route->handler(std::move(request), Responder([&](HttpResponse response) { answer = std::move(response); }));
    return answer;
  }

  static std::string header(const HttpResponse& response, std::string_view name) {
    const auto it = std::ranges::find(response.headers, name, &Header::name);
    return it != response.headers.end() ? it->value : "";
  }

  static std::string plain(const HttpResponse& response) {
    const std::string_view bytes = response.static_body.empty() ? std::string_view(response.body) : response.static_body;
    auto decoded = base::decode_content(header(response, "Content-Encoding"), bytes, 1 << 20);
    EXPECT_TRUE(decoded);
    return *decoded;
  }

  Router router_;
};

TEST_F(UiRoutesTest, AssetsAreSortedAndNamed) {
  EXPECT_TRUE(std::ranges::is_sorted(assets(), {}, &Asset::path));
  for (const Asset& asset : assets()) {
    EXPECT_EQ(find_asset(asset.path), &asset);
    EXPECT_FALSE(asset.bytes.empty()) << asset.path;
    EXPECT_THAT(asset.etag, StartsWith("W/\""));
  }
  EXPECT_EQ(find_asset("/nothing.js"), nullptr);
}

TEST_F(UiRoutesTest, ServesThePageWithItsHeaders) {
  const HttpResponse response = get("/");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(header(response, "Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(header(response, "Cache-Control"), "no-cache");
  EXPECT_THAT(header(response, "Content-Security-Policy"), HasSubstr("script-src 'self';"));
  EXPECT_EQ(header(response, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(header(response, "Referrer-Policy"), "no-referrer");
  EXPECT_EQ(header(response, "X-Frame-Options"), "DENY");
  EXPECT_THAT(plain(response), StartsWith("<!doctype html>"));
}

TEST_F(UiRoutesTest, EveryPageIsTheSameFile) {
  const std::string page = plain(get("/"));
  for (const char* path : {"/index.html", "/issues", "/issues/12", "/traces/0af7651916cd43dd8448eb211c80319c", "/a.b/c"}) {
    EXPECT_EQ(plain(get(path)), page) << path;
  }
}

TEST_F(UiRoutesTest, APageMayHaveADotInItsName) {
  const std::string page = plain(get("/"));
  const std::vector<Header> browser = {{"Accept", "text/html,application/xhtml+xml"}};
  EXPECT_EQ(plain(get("/releases/shop@1.4.0", browser)), page);
  EXPECT_EQ(get("/releases/shop@1.4.0").status, 404) << "a program asks for a file";
  EXPECT_EQ(get("/gone.js", browser).status, 404);
  EXPECT_EQ(get("/assets/gone.js", browser).status, 404);
}

TEST_F(UiRoutesTest, AMissingFileIsNotAPage) {
  for (const char* path : {"/assets/gone-12345678.js", "/assets/gone", "/assets/", "/gone.js"}) {
    const HttpResponse response = get(path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_FALSE(header(response, "Content-Security-Policy").empty());
  }
}

TEST_F(UiRoutesTest, SendsTheEncodingTheClientTakes) {
  const std::string page = plain(get("/"));
  for (const char* yes : {"gzip", "br, gzip;q=0.5", "*", "deflate , x-gzip"}) {
    const HttpResponse response = get("/", {{"Accept-Encoding", yes}});
    EXPECT_EQ(header(response, "Content-Encoding"), "gzip") << yes;
    EXPECT_EQ(plain(response), page) << yes;
  }
  for (const char* no : {"", "br", "identity", "gzip;q=0", "gzip; q=0.000, *", "*;q=0"}) {
    const HttpResponse response = get("/", {{"Accept-Encoding", no}});
    EXPECT_EQ(header(response, "Content-Encoding"), "") << no;
    EXPECT_EQ(plain(response), page) << no;
    EXPECT_EQ(header(response, "Vary"), "Accept-Encoding");
  }
}

TEST_F(UiRoutesTest, AKnownEtagIsNotSentAgain) {
  const std::string etag = header(get("/"), "ETag");
  for (const std::string& known : {etag, "\"other\", " + etag, etag.substr(2), std::string("*")}) {
    const HttpResponse response = get("/", {{"If-None-Match", known}});
    EXPECT_EQ(response.status, 304) << known;
    EXPECT_TRUE(response.static_body.empty() && response.body.empty());
    EXPECT_EQ(header(response, "ETag"), etag);
  }
  EXPECT_EQ(get("/", {{"If-None-Match", "\"other\""}}).status, 200);
}

TEST_F(UiRoutesTest, LeavesThePathsOfApisAlone) {
  const Handler nothing = [](HttpRequest&&, Responder responder) { responder(HttpResponse::empty(204)); };
  router_.add({.method = Method::kPost, .pattern = "/push/json", .access = Access::kIngest, .handler = nothing});
  router_.shape_prefix("/api/app/", ErrorShape::kApp);
  const Router::Match unknown = router_.match(Method::kGet, "/api/app/nothing");
  EXPECT_EQ(unknown.route, nullptr);
  EXPECT_EQ(unknown.errors, ErrorShape::kApp);
  const Router::Match other_method = router_.match(Method::kGet, "/push/json");
  EXPECT_EQ(other_method.route, nullptr);
  EXPECT_TRUE(other_method.path_known);
  EXPECT_EQ(get("/api").status, 200) << "a page like any other";
}

}  // namespace
}  // namespace tripod::serve
