#include <gtest/gtest.h>

#include <string>

#include "pipeline/scrub/numbers.h"
#include "pipeline/scrub/text_scan.h"

namespace tripod::pipeline::scrub {
namespace {

std::string scrubbed(std::string_view text, TextKind kind = TextKind::kFree) {
  static const Words words({"iban"}, {});
  return apply_edits(text, find_secrets(text, kind, words));
}

struct Case {
  const char* text;
  const char* expected;
};

void expect_all(std::initializer_list<Case> cases, TextKind kind = TextKind::kFree) {
  for (const Case& c : cases) EXPECT_EQ(scrubbed(c.text, kind), c.expected) << c.text;
}

void expect_untouched(std::initializer_list<const char*> texts, TextKind kind = TextKind::kFree) {
  for (const char* text : texts) EXPECT_EQ(scrubbed(text, kind), text);
}

TEST(ScrubText, NamedValues) {
  expect_all({
      {"password=hunter2", "password=[Filtered]"},
      {"login user=bob password=hunter2 ok", "login user=bob password=[Filtered] ok"},
      {"PASSWORD = hunter2;", "PASSWORD = [Filtered];"},
      {"Password: hunter2, user: bob", "Password: [Filtered], user: bob"},
      {"db_password: 'x y z' and more", "db_password: '[Filtered]' and more"},
      {"api_key=abc&x=1", "api_key=[Filtered]&x=1"},
      {"X-Api-Key: abc", "X-Api-Key: [Filtered]"},
      {"apiKey=abc", "apiKey=[Filtered]"},
      {"client_secret=\"s3\"", "client_secret=\"[Filtered]\""},
      {"MYSQL_PWD=x Pwd=y;", "MYSQL_PWD=[Filtered] Pwd=[Filtered];"},
      {"user[password]=x&user%5Bpassword%5D=y",
       "user[password]=[Filtered]&user%5Bpassword%5D=[Filtered]"},
      {"run --password hunter2 --verbose", "run --password [Filtered] --verbose"},
      {"run --token=abc", "run --token=[Filtered]"},
      {"<password>hunter2</password>", "<password>[Filtered]</password>"},
      {"cvv=123 card_number=42", "cvv=[Filtered] card_number=[Filtered]"},
      {"iban=DE1", "iban=[Filtered]"},
      {"access_token: abc", "access_token: [Filtered]"},
      {"token: 9944b09199c6", "token: [Filtered]"},
      {"otp=123456, totp: 123456", "otp=[Filtered], totp: [Filtered]"},
      {"token=<Token: 9944b09199c6>", "token=[Filtered]"},
  });
}

TEST(ScrubText, HeadersAndCookies) {
  expect_all({
      {"Authorization: Basic dXNlcjpwYXNz", "Authorization: [Filtered]"},
      {"'Authorization': 'Token abc'", "'Authorization': '[Filtered]'"},
      {"Authorization: Digest username=\"Mufasa\"\nHost: x",
       "Authorization: [Filtered]\"Mufasa\"\nHost: x"},
      {"sent Bearer abcdef123456 to x", "sent Bearer [Filtered] to x"},
      {"bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_-1", "bearer [Filtered]"},
      {"jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_-1!", "jwt [Filtered]!"},
      {"Cookie: csrftoken=abc; sessionid=def; theme=dark",
       "Cookie: csrftoken=[Filtered]; sessionid=[Filtered]; theme=dark"},
      {"XSRF-TOKEN=abc", "XSRF-TOKEN=[Filtered]"},
  });
  EXPECT_EQ(scrubbed("session=abc; a=b", TextKind::kCookie), "session=[Filtered]; a=b");
  expect_untouched({"session=abc", "session_id=17", "user_session: 12345678"});
}

TEST(ScrubText, KeysOfDjangosSessionsInACache) {
  expect_all({
      {"GET ':1:django.contrib.sessions.cachez8ka87vmzoe9x60rum1nmisywak5tpia'",
       "GET ':1:django.contrib.sessions.cache[Filtered]'"},
      {"shop:2:django.contrib.sessions.cached_dbuto8nyo85ng4vmlvbssgu22y6hwzckbm",
       "shop:2:django.contrib.sessions.cached_db[Filtered]"},
      {"SET a:django.contrib.sessions.cache2c4megtuugn5u4ey 1 EX 30",
       "SET a:django.contrib.sessions.cache[Filtered] 1 EX 30"},
  });
  expect_untouched({
      "django.contrib.sessions.cache",
      "django.contrib.sessions.cached_db",
      "django.contrib.sessions.cache[Filtered]",
      "SESSION_ENGINE django.contrib.sessions.backends.cached_db",
      "no module named app.sessions.cacheinvalidation",
  });
}

TEST(ScrubText, Urls) {
  expect_all({
      {"postgres://app:s3cr:t@db:5432/x", "postgres://app:[Filtered]@db:5432/x"},
      {"redis://:p@ss@host/0", "redis://:[Filtered]@host/0"},
      {"GET https://h/p?token=abc&q=1#f", "GET https://h/p?token=[Filtered]&q=1#f"},
      {"https://h/?sig=abc&X-Amz-Signature=def",
       "https://h/?sig=[Filtered]&X-Amz-Signature=[Filtered]"},
      {"/cb?access_token=a%20b;x", "/cb?access_token=[Filtered];x"},
  });
  expect_untouched({"https://user@host/", "redis://:**@h:1/0", "http://h:8080/a@b",
                    "see https://example.com/a:b@c", "sig=abc", "signature: x",
                    "http://127.0.0.1:18000/checkout/"});
}

TEST(ScrubText, ReprsAndJsonInText) {
  expect_all({
      {"{'password': 'x'}", "{'password': '[Filtered]'}"},
      {"{'email': 'a@b.c', 'password': 'it\\'s', 'cvv': 123, 'ok': True}",
       "{'email': 'a@b.c', 'password': '[Filtered]', 'cvv': '[Filtered]', 'ok': True}"},
      {R"({"password":"a\"b","user":"c"})", R"({"password":"[Filtered]","user":"c"})"},
      {R"({"cvv":123})", R"({"cvv":"[Filtered]"})"},
      {R"("{\"password\":\"hunter2\",\"n\":1}")", R"("{\"password\":\"[Filtered]\",\"n\":1}")"},
      {R"("{\"otp\":123456}")", R"("{\"otp\":\"[Filtered]\"}")"},
      {R"({"auth":{"user":"u","pw":["a}"]},"x":1})", R"({"auth":"[Filtered]","x":1})"},
      {"{'password': 'cut off he", "{'password': '[Filtered]"},
      {"{'auth': {'a': 'b...", "{'auth': '[Filtered]'"},
      {"[('Authorization', 'Basic x'), ('Host', 'h')]",
       "[('Authorization', '[Filtered]'), ('Host', 'h')]"},
      {"[(b'authorization', b'Basic x')]", "[(b'authorization', b'[Filtered]')]"},
      {"User(name='bob', password='x')", "User(name='bob', password='[Filtered]')"},
      {"{:password=>\"x\"}", "{:password=>\"[Filtered]\"}"},
      {"{\"card\":4111111111111111}", "{\"card\":\"[Filtered]\"}"},
  });
}

TEST(ScrubText, LeavesPlaceholdersAndNothing) {
  expect_untouched({"password=", "password: null, token=None", "WHERE password = %s AND token = $1",
                    "token = %(token)s", "token = :token", "'password': ''", "\"password\":null",
                    "password=******", "password=[Filtered]", "'password': '[Filtered]'",
                    "auth=True", "{'tokens': 512}", "\"input_tokens\":512, total_tokens=7"});
}

TEST(ScrubText, LeavesProse) {
  expect_untouched(
      {"the author wrote, authority=example.com, author: Bob, authors=3", "tokenize.py: token",
       "Unexpected token < in JSON", "auth: user logged in", "for token in tokens:",
       "secretary: Ada", "a secret is kept", "CSRF token missing.: /checkout/",
       "two factors, hotpath=1, footprint=2", "password reset mail sent", "usage: x <token> y",
       "oauth flow started", "PWD=/srv/app", "if password == other:", "auth != x",
       "Bearer authentication required", "session opened", "basecredit cards",
       "SELECT \"auth_user\".\"id\" FROM \"auth_user\" WHERE \"auth_user\".\"id\" = 1"});
  expect_all(
      {{"\"auth_user\".\"password\" = 'pbkdf2'", "\"auth_user\".\"password\" = '[Filtered]'"},
       {"\"session_key\" = 'abc'", "\"session_key\" = '[Filtered]'"}});
}

TEST(ScrubText, SourceStaysReadable) {
  expect_untouched(
      {"    password = form.get(\"password\")", "    credit_card = form.get(\"credit_card\")",
       "    card_last4 = credit_card[-4:]",
       "def login(user, password=None, token: str = None):", "auth = HTTPBasicAuth(user, pw)",
       "token = request.token", "if request.POST[\"password\"] != x:", "{% csrf_token %}",
       "'django.contrib.auth',", "password: string;"},
      TextKind::kCode);
  expect_all(
      {{"{\"note\": \"n\", \"session_token\": \"abc123secret\"}",
        "{\"note\": \"n\", \"session_token\": \"[Filtered]\"}"},
       {"PASSWORD = 'hunter2'", "PASSWORD = '[Filtered]'"},
       {"connect(password=b\"x\", host=\"h\")", "connect(password=b\"[Filtered]\", host=\"h\")"},
       {"get(\"/x?token=abc\")", "get(\"/x?token=[Filtered]\")"},
       {"const c = '4111 1111 1111 1111';", "const c = '[Filtered]';"}},
      TextKind::kCode);
  // A traceback in a log line holds source too.
  expect_untouched({"    password = form.get(\"password\")"});
}

TEST(ScrubText, Pem) {
  EXPECT_EQ(
      scrubbed("x -----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY----- y"),
      "x -----BEGIN RSA PRIVATE KEY-----[Filtered]-----END RSA PRIVATE KEY----- y");
  EXPECT_EQ(scrubbed("-----BEGIN OPENSSH PRIVATE KEY-----\\nMIIE"),
            "-----BEGIN OPENSSH PRIVATE KEY-----[Filtered]");
  expect_untouched({"-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
                    "BEGIN; COMMIT;", "-----BEGIN", "begin "});
}

TEST(ScrubText, Cards) {
  for (const char* card :
       {"4111111111111111", "5555555555554444", "2223003122003222", "378282246310005",
        "6011111111111117", "3530111333300000", "30569309025904", "6200000000000005",
        "4111 1111 1111 1111", "4111-1111-1111-1111", "3782 822463 10005"}) {
    EXPECT_EQ(scrubbed("card " + std::string(card) + "."), "card [Filtered].") << card;
    EXPECT_EQ(scrubbed(card), "[Filtered]") << card;
    EXPECT_EQ(scrubbed("'" + std::string(card) + "'"), "'[Filtered]'") << card;
  }
}

TEST(ScrubText, NumbersThatAreNoCards) {
  expect_untouched({"4111111111111112", "1795365374596000000", "1795365374596",
                    "thread 140090932965440", "x4111111111111111", "4111111111111111x",
                    "0.4111111111111111", "4111111111111111.5", "00-4111111111111111-0",
                    "41111111111111110000000", "2026-11-22T16:38:29.460804Z",
                    "d3e70dc0109244319e95d81c5f34787e", "b307b9217d65ebce", "+4915112345678",
                    "4111  1111 1111 1111", "order 4111, 1111, 1111, 1111", "41-1111-1111-1111-11",
                    "4222222222222"});
}

TEST(ScrubText, SocialSecurityNumbers) {
  expect_all({{"ssn 123-45-6789.", "ssn [Filtered]."},
              {"123-45-6789", "[Filtered]"},
              {"ssn=123456789", "ssn=[Filtered]"}});
  expect_untouched({"000-12-3456", "666-12-3456", "912-12-3456", "123-00-6789", "123-45-0000",
                    "1123-45-6789", "123-45-67890", "a-123-45-6789", "2026-11-22", "123-456-7890"});
}

TEST(ScrubText, FindsSecretsAtEveryOffsetOfALongText) {
  for (size_t n = 0; n < 70; ++n) {
    const std::string before(n, '.');
    for (size_t m = 0; m < 20; ++m) {
      const std::string after(m, '.');
      EXPECT_EQ(scrubbed(before + " password='x'" + after),
                before + " password='[Filtered]'" + after);
      EXPECT_EQ(scrubbed(before + " 4111111111111111 " + after), before + " [Filtered] " + after);
    }
  }
}

TEST(ScrubText, SeveralInOneLine) {
  EXPECT_EQ(
      scrubbed("password=a token=b 4111111111111111 https://u:p@h/?api_key=c"),
      "password=[Filtered] token=[Filtered] [Filtered] https://u:[Filtered]@h/?api_key=[Filtered]");
}

TEST(ScrubText, IsItsOwnFixedPoint) {
  for (const char* text : {"{'password': 'x', 'auth': {'a': 1}, 'cvv': 1}", "password=a&token=b",
                           "https://u:p@h/", "Authorization: Bearer abc",
                           "123-45-6789 4111111111111111", "{\"cvv\":123}", "'auth': {'cut"}) {
    const std::string once = scrubbed(text);
    EXPECT_EQ(scrubbed(once), once) << text;
  }
}

}  // namespace
}  // namespace tripod::pipeline::scrub
