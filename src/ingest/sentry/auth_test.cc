#include "ingest/sentry/auth.h"

#include <gtest/gtest.h>

namespace tripod::ingest::sentry {
namespace {

TEST(ParseDsn, ReadsItsParts) {
  const auto dsn = parse_dsn("http://abc123@errors.example.com:8700/7");
  ASSERT_TRUE(dsn) << dsn.error().message;
  EXPECT_EQ(dsn->key, "abc123");
  EXPECT_EQ(dsn->host, "errors.example.com:8700");
  EXPECT_EQ(dsn->path_prefix, "");
  EXPECT_EQ(dsn->project, 7u);
}

TEST(ParseDsn, TakesSecretPrefixAndSlashAtTheEnd) {
  const auto dsn = parse_dsn(" https://pub:sec@h/some/prefix/42/ ");
  ASSERT_TRUE(dsn) << dsn.error().message;
  EXPECT_EQ(dsn->key, "pub");
  EXPECT_EQ(dsn->path_prefix, "/some/prefix");
  EXPECT_EQ(dsn->project, 42u);
}

TEST(ParseDsn, RefusesWhatIsNotOne) {
  for (const char* text :
       {"", "http://", "key@host/1", "http://host/1", "http://@host/1", "http://key@/1",
        "http://key@host", "http://key@host/", "http://key@host/shop", "http://key@host/1x",
        "http://key@host/-1", "http://key@host/99999999999999999999"}) {
    EXPECT_FALSE(parse_dsn(text)) << text;
  }
}

TEST(ParseAuthHeader, ReadsPythons) {
  const auto auth = parse_auth_header(
      "Sentry sentry_key=3f2a9c1d, sentry_version=7, sentry_client=sentry.python.django/2.75.0");
  ASSERT_TRUE(auth);
  EXPECT_EQ(auth->key, "3f2a9c1d");
  EXPECT_EQ(auth->version, "7");
  EXPECT_EQ(auth->client, "sentry.python.django/2.75.0");
}

TEST(ParseAuthHeader, TakesOtherSpacingCaseAndQuotes) {
  for (const char* text : {"sentry sentry_key=k,sentry_version=7", "SENTRY\tsentry_key=\"k\" ,x=y",
                           "sentry_secret=s,sentry_key=k", " Sentry  sentry_key = k "}) {
    const auto auth = parse_auth_header(text);
    ASSERT_TRUE(auth) << text;
    EXPECT_EQ(auth->key, "k") << text;
  }
}

TEST(ParseAuthHeader, WithoutKeyThereIsNone) {
  for (const char* text : {"", "Sentry", "Sentry sentry_version=7", "Basic abc",
                           "Bearer sentry_key", "Sentry sentry_key="}) {
    EXPECT_FALSE(parse_auth_header(text)) << text;
  }
}

TEST(ParseAuthQuery, ReadsNodes) {
  const auto auth = parse_auth_query(
      "sentry_version=7&sentry_key=cc2a9c1d&sentry_client=sentry.javascript.node%2F11.12.0");
  ASSERT_TRUE(auth);
  EXPECT_EQ(auth->key, "cc2a9c1d");
  EXPECT_EQ(auth->client, "sentry.javascript.node/11.12.0");
}

TEST(ParseAuthQuery, BrokenEscapesStayAsTheyAre) {
  EXPECT_EQ(parse_auth_query("?sentry_key=a%2")->key, "a%2");
  EXPECT_EQ(parse_auth_query("sentry_key=a%zz&&=&x")->key, "a%zz");
  EXPECT_EQ(parse_auth_query("sentry_key=a%41")->key, "aA");
  EXPECT_FALSE(parse_auth_query("key=1"));
}

}  // namespace
}  // namespace tripod::ingest::sentry
