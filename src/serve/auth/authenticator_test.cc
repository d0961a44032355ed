#include "serve/auth/authenticator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/random.h"
#include "serve/auth/secrets.h"
#include "serve/http/router.h"
#include "store/meta/sqlite_meta_store.h"

namespace tripod::serve {
namespace {

using base::Code;

constexpr const char* kKey = "00112233445566778899aabbccddeeff";

class AuthenticatorTest : public testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::temp_directory_path() / ("tripod-auth-" + base::random_hex(8) + ".db");
    auto opened = store::SqliteMetaStore::open(path_.string(), clock_);
    ASSERT_TRUE(opened) << opened.error().message;
    meta_ = std::move(*opened);
    ASSERT_TRUE(meta_->bootstrap("default", kKey));
    ASSERT_TRUE(auth_.emplace(*meta_, clock_).load("fixed-admin-token-0123456789"));
  }
  void TearDown() override {
    auth_.reset();
    meta_.reset();
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_.string() + suffix);
  }

  static HttpRequest from_afar(std::vector<Header> headers = {}, Method method = Method::kGet) {
    HttpRequest request;
    request.method = method;
    request.headers = std::move(headers);
    request.peer = {.address = "203.0.113.7"};
    return request;
  }
  static HttpRequest from_here(std::vector<Header> headers = {}, Method method = Method::kGet) {
    HttpRequest request = from_afar(std::move(headers), method);
    request.peer = {.address = "127.0.0.1", .is_loopback = true, .is_private = true, .listener_is_loopback = true};
    return request;
  }
  Code refusal(Access access, const HttpRequest& request) {
    auto result = auth_->authorize(access, request);
    EXPECT_FALSE(result);
    return result ? Code::kInternal : result.error().code;
  }
  Authenticator::SignedIn sign_in() {
    auto link = auth_->make_sign_in_link();
    EXPECT_TRUE(link);
    auto signed_in = auth_->sign_in_with_link(*link, "127.0.0.1");
    EXPECT_TRUE(signed_in);
    return std::move(*signed_in);
  }
  std::optional<Principal::Kind> ingests_with(std::string authorization) {
    const auto caller = auth_->authorize(Access::kIngest, from_afar({{"Authorization", std::move(authorization)}}));
    return caller ? std::optional(caller->kind) : std::nullopt;
  }
  static Header cookie(const Authenticator::SignedIn& s) { return {"Cookie", "a=b; tripod_session=" + s.cookie_token}; }

  std::filesystem::path path_;
  base::ManualClock clock_{1'795'365'477'000'000'000};
  std::unique_ptr<store::SqliteMetaStore> meta_;
  std::optional<Authenticator> auth_;
};

TEST_F(AuthenticatorTest, NobodyIsTheDefault) { EXPECT_EQ(refusal(Route{}.access, from_here()), Code::kPermissionDenied); }

TEST_F(AuthenticatorTest, WithoutCredentialsOnlyLoopbackOnALoopbackListenerMaySend) {
  EXPECT_TRUE(auth_->authorize(Access::kIngest, from_here()));
  EXPECT_EQ(refusal(Access::kIngest, from_afar()), Code::kUnauthenticated);
  HttpRequest through_public_listener = from_here();
  through_public_listener.peer.listener_is_loopback = false;
  EXPECT_EQ(refusal(Access::kIngest, through_public_listener), Code::kUnauthenticated);
}

TEST_F(AuthenticatorTest, ReadingNeedsAUserOrATokenEvenFromLoopback) {
  EXPECT_EQ(refusal(Access::kRead, from_here()), Code::kUnauthenticated);
  EXPECT_TRUE(auth_->authorize(Access::kRead, from_afar({{"Authorization", "Bearer fixed-admin-token-0123456789"}})));
}

TEST_F(AuthenticatorTest, AKeySendsInEveryWayClientsOfferItAndNeverReads) {
  const std::string basic = "Basic dHJpcG9kOjAwMTEyMjMzNDQ1NTY2Nzc4ODk5YWFiYmNjZGRlZWZm";   // tripod:<key>
  const std::vector<Header> ways = {{"Authorization", std::string("Bearer ") + kKey}, {"Authorization", basic},
                                    {"x-tripod-key", kKey}, {"x-honeycomb-team", kKey},
                                    {"X-Sentry-Auth", std::string("Sentry sentry_version=7, sentry_key=") + kKey + ", sentry_client=x"}};
  for (const Header& way : ways) {
    const auto caller = auth_->authorize(Access::kIngest, from_afar({way}));
    ASSERT_TRUE(caller) << way.name;
    EXPECT_EQ(caller->project, 1u);
    EXPECT_EQ(refusal(Access::kRead, from_afar({way})), Code::kPermissionDenied) << way.name;
  }
  HttpRequest browser = from_afar();
  browser.query = {{"sentry_key", kKey}};
  EXPECT_TRUE(auth_->authorize(Access::kIngest, browser));
}

TEST_F(AuthenticatorTest, AWrongKeyIsRefusedWhereNoneWasNeeded) {
  EXPECT_EQ(refusal(Access::kIngest, from_here({{"x-tripod-key", "ffff"}})), Code::kUnauthenticated);
  EXPECT_EQ(refusal(Access::kIngest, from_here({{"X-Sentry-Auth", "Sentry sentry_key=ffff"}})), Code::kPermissionDenied);
}

TEST_F(AuthenticatorTest, TokensDoWhatTheirScopesSayUntilRemoved) {
  const auto read = auth_->add_token("grafana", kScopeRead);
  ASSERT_TRUE(read);
  const Header header{"Authorization", "Bearer " + read->token};
  EXPECT_TRUE(auth_->authorize(Access::kRead, from_afar({header})));
  EXPECT_EQ(refusal(Access::kWrite, from_afar({header}, Method::kPost)), Code::kPermissionDenied);
  EXPECT_EQ(refusal(Access::kAdmin, from_afar({header})), Code::kPermissionDenied);
  EXPECT_EQ(refusal(Access::kIngest, from_afar({header})), Code::kPermissionDenied);
  Authenticator after_restart(*meta_, clock_);
  ASSERT_TRUE(after_restart.load(""));
  EXPECT_TRUE(after_restart.authorize(Access::kRead, from_afar({header})));
  ASSERT_TRUE(auth_->remove_token(read->id));
  EXPECT_EQ(refusal(Access::kRead, from_afar({header})), Code::kUnauthenticated);
}

TEST_F(AuthenticatorTest, SecretsAreStoredAsHashes) {
  const auto token = auth_->add_token("x", kScopeRead);
  const auto stored = *meta_->tokens();
  ASSERT_EQ(stored.size(), 1u);
  EXPECT_EQ(stored[0].token_hash, hash_token(token->token));
  EXPECT_EQ(stored[0].token_hash.find(token->token), std::string::npos);
}

TEST_F(AuthenticatorTest, ALinkSignsInOnceAndWithinItsHour) {
  const auto link = auth_->make_sign_in_link();
  ASSERT_TRUE(auth_->sign_in_with_link(*link, "127.0.0.1"));
  EXPECT_EQ(auth_->sign_in_with_link(*link, "127.0.0.1").error().code, Code::kUnauthenticated);
  const auto late = auth_->make_sign_in_link();
  clock_.advance(base::kNanosPerHour + 1);
  EXPECT_EQ(auth_->sign_in_with_link(*late, "127.0.0.1").error().code, Code::kUnauthenticated);
}

TEST_F(AuthenticatorTest, WritesOfASessionNeedItsCsrfToken) {
  const auto signed_in = sign_in();
  EXPECT_TRUE(auth_->authorize(Access::kRead, from_afar({cookie(signed_in)})));
  EXPECT_EQ(refusal(Access::kWrite, from_afar({cookie(signed_in)}, Method::kPost)), Code::kPermissionDenied);
  EXPECT_EQ(refusal(Access::kWrite, from_afar({cookie(signed_in), {"X-CSRF-Token", "wrong"}}, Method::kPost)), Code::kPermissionDenied);
  EXPECT_TRUE(auth_->authorize(Access::kWrite, from_afar({cookie(signed_in), {"X-CSRF-Token", signed_in.principal.csrf}}, Method::kPost)));
}

TEST_F(AuthenticatorTest, SigningOutEndsTheSession) {
  const auto signed_in = sign_in();
  ASSERT_TRUE(auth_->sign_out(from_afar({cookie(signed_in)})));
  EXPECT_EQ(refusal(Access::kRead, from_afar({cookie(signed_in)})), Code::kUnauthenticated);
}

TEST_F(AuthenticatorTest, PasswordsAreSetOnceFreelyThenWithTheCurrentOne) {
  const auto signed_in = sign_in();
  EXPECT_TRUE(signed_in.must_set_password);
  EXPECT_EQ(auth_->set_password(signed_in.principal, std::nullopt, "short").error().code, Code::kInvalidArgument);
  ASSERT_TRUE(auth_->set_password(signed_in.principal, std::nullopt, "correct horse"));
  EXPECT_EQ(auth_->set_password(signed_in.principal, std::nullopt, "battery staple").error().code, Code::kPermissionDenied);
  ASSERT_TRUE(auth_->set_password(signed_in.principal, "correct horse", "battery staple"));
  EXPECT_TRUE(auth_->sign_in_with_password("admin", "battery staple", "203.0.113.7"));
  EXPECT_TRUE(auth_->has_any_password());
}

TEST_F(AuthenticatorTest, GuessingIsThrottledByAddressAndByAccount) {
  const auto signed_in = sign_in();
  ASSERT_TRUE(auth_->set_password(signed_in.principal, std::nullopt, "correct horse"));
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(auth_->sign_in_with_password("admin", "guess", "203.0.113." + std::to_string(i)).error().code, Code::kUnauthenticated);
  }
  EXPECT_EQ(auth_->sign_in_with_password("admin", "correct horse", "203.0.113.99").error().code, Code::kResourceExhausted);
  clock_.advance(base::kNanosPerMinute + 1);
  EXPECT_TRUE(auth_->sign_in_with_password("admin", "correct horse", "203.0.113.99"));
}

TEST_F(AuthenticatorTest, LocalNetworkMeansPrivatePeersOrReaders) {
  EXPECT_TRUE(auth_->authorize(Access::kLocalNetwork, from_here()));
  EXPECT_EQ(refusal(Access::kLocalNetwork, from_afar()), Code::kUnauthenticated);
  EXPECT_TRUE(auth_->authorize(Access::kLocalNetwork, from_afar({{"Authorization", "Bearer fixed-admin-token-0123456789"}})));
}

TEST(SecretsTest, PasswordsVerifyAndDiffer) {
  const auto one = hash_password("correct horse");
  const auto two = hash_password("correct horse");
  ASSERT_TRUE(one && two);
  EXPECT_THAT(*one, testing::StartsWith("$argon2id$v=19$m=19456,t=2,p=1$"));
  EXPECT_NE(*one, *two) << "salted";
  EXPECT_TRUE(verify_password(*one, "correct horse"));
  EXPECT_FALSE(verify_password(*one, "correct hors"));
  EXPECT_FALSE(verify_password("", ""));
}

// "any:KEY" and "KEY:" as base64, and keys as they are.
TEST_F(AuthenticatorTest, ElasticsearchsAndAwssClientsBringTheKeyTheirWay) {
  const auto key = Principal::Kind::kIngestKey;
  EXPECT_EQ(ingests_with("ApiKey YW55OjAwMTEyMjMzNDQ1NTY2Nzc4ODk5YWFiYmNjZGRlZWZm"), key);
  EXPECT_EQ(ingests_with("ApiKey MDAxMTIyMzM0NDU1NjY3Nzg4OTlhYWJiY2NkZGVlZmY6"), key);
  EXPECT_EQ(ingests_with(std::string("ApiKey ") + kKey), key);
  EXPECT_EQ(ingests_with("ApiKey ZmFrZTprZXk="), std::nullopt);
  EXPECT_EQ(ingests_with("ApiKey %%%"), std::nullopt);
  const std::string scope = "/20261122/eu-central-1/logs/aws4_request, SignedHeaders=host, Signature=609d";
  EXPECT_EQ(ingests_with(std::string("AWS4-HMAC-SHA256 Credential=") + kKey + scope), key);
  EXPECT_EQ(ingests_with("AWS4-HMAC-SHA256 Credential=AKIAFAKEFAKEFAKE0001" + scope), std::nullopt);
  EXPECT_EQ(ingests_with("AWS4-HMAC-SHA256 SignedHeaders=host"), std::nullopt);
  // A key that is offered and unknown is refused where none would have been needed.
  EXPECT_FALSE(auth_->authorize(Access::kIngest, from_here({{"Authorization", "AWS4-HMAC-SHA256 Credential=AKIAFAKE" + scope}})));
  EXPECT_TRUE(auth_->authorize(Access::kIngest, from_here()));
}

}  // namespace
}  // namespace tripod::serve
