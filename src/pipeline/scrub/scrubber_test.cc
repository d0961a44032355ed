#include "pipeline/scrub/scrubber.h"

#include <gtest/gtest.h>

#include <memory>

namespace tripod::pipeline::scrub {
namespace {

std::string json(std::string_view text, ScrubOptions options = {}) {
  const auto scrubbed = Scrubber(std::move(options)).scrub_json(text);
  return scrubbed ? *scrubbed : "error: " + scrubbed.error().message;
}

TEST(ScrubJson, NamesOfMembers) {
  EXPECT_EQ(
      json(R"({"Password":"x","user":"bob","nested":{"api_key":1,"list":[{"cvv":"1"}]}})"),
      R"({"Password":"[Filtered]","user":"bob","nested":{"api_key":"[Filtered]","list":[{"cvv":"[Filtered]"}]}})");
  EXPECT_EQ(
      json(R"({"auth":{"user":"u"},"credentials":["a"],"oauth_token":"x","author":"Ada"})"),
      R"({"auth":"[Filtered]","credentials":"[Filtered]","oauth_token":"[Filtered]","author":"Ada"})");
  EXPECT_EQ(
      json(R"({"password":null,"secret":true,"token":"","input_tokens":512,"max_tokens":"512"})"),
      R"({"password":null,"secret":true,"token":"","input_tokens":512,"max_tokens":"[Filtered]"})");
}

TEST(ScrubJson, TextInStrings) {
  EXPECT_EQ(json(R"({"data":"{\"password\":\"hunter2\",\"credit_card\":\"4111111111111111\"}"})"),
            R"({"data":"{\"password\":\"[Filtered]\",\"credit_card\":\"[Filtered]\"}"})");
  EXPECT_EQ(
      json(R"(["a 4111111111111111 b", 4111111111111111, 1.5e3, 123456789012345678901234567890])"),
      R"(["a [Filtered] b","[Filtered]",1.5e3,123456789012345678901234567890])");
  EXPECT_EQ(json(R"({"u":"https://a:b@c/","é\n":"é\n"})"),
            R"({"u":"https://a:[Filtered]@c/","é\n":"é\n"})");
}

TEST(ScrubJson, PairsAndNamedValues) {
  EXPECT_EQ(json(R"({"headers":[["Authorization","Basic x"],["Host","h"]]})"),
            R"({"headers":[["Authorization","[Filtered]"],["Host","h"]]})");
  EXPECT_EQ(json(R"({"tags":[{"key":"password","value":"x"},{"key":"a","value":"b"}]})"),
            R"({"tags":[{"key":"password","value":"[Filtered]"},{"key":"a","value":"b"}]})");
  EXPECT_EQ(json(R"({"argv":["celery","--password","x","--verbose","-A"]})"),
            R"({"argv":["celery","--password","[Filtered]","--verbose","-A"]})");
  EXPECT_EQ(json(R"({"fields":["password","email"]})"), R"({"fields":["password","email"]})");
  EXPECT_EQ(json(R"({"fields":[["a","password","email"]]})"),
            R"({"fields":[["a","password","email"]]})");
}

TEST(ScrubJson, FramesKeepTheirPlaces) {
  const auto frame = [](const char* token, const char* vars) {
    return R"x({"exception":{"values":[{"stacktrace":{"frames":[{"filename":"x/password=1.py",)x"
           R"x("abs_path":"/a/token=b/4111111111111111.py","module":"auth.token","function":"f",)x"
           R"x("context_line":"  password = form.get(\"password\")",)x"
           R"x("pre_context":["x = {\"token\": \")x" +
           std::string(token) + R"x(\"}"],"vars":)x" + vars + "}]}}]}}";
  };
  EXPECT_EQ(
      json(frame("abc", R"({"password":"'x'","form":"{'cvv': '1'}","n":"4111111111111111"})")),
      frame("[Filtered]",
            R"({"password":"[Filtered]","form":"{'cvv': '[Filtered]'}","n":"[Filtered]"})"));
}

TEST(ScrubJson, PackagesAndAnnotationsAreNoSecrets) {
  const char* event =
      R"({"modules":{"django-oauth":"1.0","tokenizers":"2"},"_meta":{"password":{"":{"rem":[]}}},"x":{"modules":{"oauth":"y"}}})";
  EXPECT_EQ(
      json(event),
      R"({"modules":{"django-oauth":"1.0","tokenizers":"2"},"_meta":{"password":{"":{"rem":[]}}},"x":{"modules":{"oauth":"[Filtered]"}}})");
}

TEST(ScrubJson, Cookies) {
  EXPECT_EQ(
      json(
          R"({"request":{"cookies":{"session":"a","theme":"b","csrftoken":"c"},"headers":{"Cookie":"session=a; theme=b"}},"session":"kept"})"),
      R"({"request":{"cookies":{"session":"[Filtered]","theme":"b","csrftoken":"[Filtered]"},"headers":{"Cookie":"session=[Filtered]; theme=b"}},"session":"kept"})");
}

TEST(ScrubJson, AnyDocument) {
  EXPECT_EQ(json(" \"password=x\" "), "\"password=[Filtered]\"");
  EXPECT_EQ(json(" 12 "), "12");
  EXPECT_EQ(json("null"), "null");
  EXPECT_EQ(json("[ ]"), "[]");
  EXPECT_EQ(json("{\"a\":\"\xff\\ud83d\"}"), "{\"a\":\"\xef\xbf\xbd\\ufffd\"}");
}

TEST(ScrubJson, SaysWhatItCannotRead) {
  for (const char* text : {"", "{", "{\"a\":}", "[1,]", "{}{}", "nul"}) {
    const auto scrubbed = Scrubber().scrub_json(text);
    ASSERT_FALSE(scrubbed) << text;
    EXPECT_EQ(scrubbed.error().code, base::Code::kInvalidArgument);
  }
  EXPECT_FALSE(Scrubber().scrub_json(std::string(1000, '[') + std::string(1000, ']')));
}

TEST(Scrubber, NamesCanBeAddedAndTakenOut) {
  EXPECT_EQ(
      json(R"({"iban":"DE1","x_iban_y":"DE2","auth_mode":"basic","t":"iban=DE3"})",
           {{"IBAN"}, {"Auth_Mode"}, false}),
      R"({"iban":"[Filtered]","x_iban_y":"[Filtered]","auth_mode":"basic","t":"iban=[Filtered]"})");
}

TEST(Scrubber, AddressesOnlyWhenTheProjectSaysSo) {
  EXPECT_EQ(json(R"({"ip":"10.0.0.1","t":"from fe80::1:2 and 2001:db8:0:0:0:0:2:1 at 16:38:29"})"),
            R"({"ip":"10.0.0.1","t":"from fe80::1:2 and 2001:db8:0:0:0:0:2:1 at 16:38:29"})");
  EXPECT_EQ(json(R"({"ip":"10.0.0.1","t":"from fe80::1:2 and 2001:db8:0:0:0:0:2:1 at 16:38:29"})",
                 {{}, {}, true}),
            R"({"ip":"[Filtered]","t":"from [Filtered] and [Filtered] at 16:38:29"})");
}

TEST(Scrubber, Attributes) {
  base::Arena arena;
  model::Attribute attributes[] = {
      {"http.request.header.authorization", model::Value::json(R"(["Bearer x"])")},
      {"password", model::Value::int64(1234)},
      {"gen_ai.usage.input_tokens", model::Value::int64(512)},
      {"auth.enabled", model::Value::boolean(true)},
      {"url.full", model::Value::string("http://h/?token=abc")},
      {"n", model::Value::int64(4111111111111111)},
      {"list", model::Value::json(R"([{"password":"x"}])")},
      {"broken", model::Value::json("{password=x")},
      {"http.request.header.cookie", model::Value::string("session=a; b=c")},
      {"sentry.op", model::Value::string("http.server")},
      {"author", model::Value::string("Ada")},
  };
  Scrubber().scrub_attributes(attributes, arena);
  const auto text = [&](size_t i) { return std::string(attributes[i].value.text()); };
  EXPECT_EQ(text(0), "[Filtered]");
  EXPECT_EQ(text(1), "[Filtered]");
  EXPECT_EQ(attributes[2].value.as_int64(), 512);
  EXPECT_TRUE(attributes[3].value.as_bool());
  EXPECT_EQ(text(4), "http://h/?token=[Filtered]");
  EXPECT_EQ(text(5), "[Filtered]");
  EXPECT_EQ(text(6), R"([{"password":"[Filtered]"}])");
  EXPECT_EQ(text(7), "{password=[Filtered]");
  EXPECT_EQ(text(8), "session=[Filtered]; b=c");
  EXPECT_EQ(text(9), "http.server");
  EXPECT_EQ(text(10), "Ada");
}

TEST(Scrubber, CleanTextIsTheArgumentItself) {
  base::Arena arena;
  const std::string text = "order paid in 45 ms by user 17 at 2026-11-22T16:38:29Z";
  EXPECT_EQ(Scrubber().scrub_text(text, arena).data(), text.data());
  EXPECT_EQ(arena.bytes_reserved(), 0u);
}

// The attributes that a view took out of the labels: users, headers, addresses.
TEST(Scrubber, LabelsOfExemplars) {
  model::Batch batch;
  model::Label of_series[] = {{"__name__", "logins_total"}, {"password", "of the series"}};
  model::Label labels[] = {{"db_password", "x"}, {"http_request_header_authorization", "Basic x"}, {"http_request_header_cookie", "sessionid=x; theme=dark"},
                           {"trace_id", "4bf92f3577b34da6a3ce929d0e0e4736"}, {"url_full", "http://h/?token=x&a=1"}, {"user_id", "7"}};
  model::Exemplar exemplar{.labels = labels, .value = 1, .time_ms = 1};
  batch.exemplars.push_back({of_series, {&exemplar, 1}});
  Scrubber().scrub_batch(batch);
  EXPECT_EQ(labels[0].value, "[Filtered]");
  EXPECT_EQ(labels[1].value, "[Filtered]");
  EXPECT_EQ(labels[2].value, "sessionid=[Filtered]; theme=dark");
  EXPECT_EQ(labels[3].value, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(labels[4].value, "http://h/?token=[Filtered]&a=1");
  EXPECT_EQ(labels[5].value, "7");
  EXPECT_EQ(of_series[1].value, "of the series");
}

TEST(Scrubber, AWholeBatch) {
  model::Batch batch;
  const auto one = [&](std::string_view key, std::string_view value) {
    auto list = batch.arena.make_array<model::Attribute>(1);
    list[0] = {key, model::Value::string(value)};
    return list;
  };
  batch.resources.push_back({one("process.command_line", "run --token abc")});
  model::LogRecord log;
  log.body = model::Value::string("password=x");
  log.original = R"({"password":"x"})";
  log.attributes = one("secret", "x");
  batch.logs.push_back(log);
  model::Span span;
  span.name = "GET /?token=x";
  span.status_message = "password=x";
  span.attributes = one("db.query.text", "UPDATE t SET password = 'x'");
  span.events = batch.arena.make_array<model::SpanEvent>(1);
  span.events[0].attributes = one("exception.message", "password=x");
  span.links = batch.arena.make_array<model::SpanLink>(1);
  span.links[0].attributes = one("password", "x");
  batch.spans.push_back(span);
  model::ErrorEvent event;
  event.payload = R"({"password":"x"})";
  event.message = "password=x";
  event.request_url = "http://h/?token=x";
  event.exceptions = batch.arena.make_array<model::Exception>(1);
  event.exceptions[0].value = "password=x";
  event.exceptions[0].frames = batch.arena.make_array<model::Frame>(1);
  event.exceptions[0].frames[0].context_line = "password = 'x'";
  event.exceptions[0].frames[0].filename = "password=x";
  event.tags = one("token", "x");
  event.attributes = one("extra.password", "x");
  batch.errors.push_back(event);
  event.payload = "{not json";
  batch.errors.push_back(event);

  Scrubber().scrub_batch(batch);
  EXPECT_EQ(batch.resources[0].attributes[0].value.text(), "run --token [Filtered]");
  EXPECT_EQ(batch.logs[0].body.text(), "password=[Filtered]");
  EXPECT_EQ(batch.logs[0].original, R"({"password":"[Filtered]"})");
  EXPECT_EQ(batch.logs[0].attributes[0].value.text(), "[Filtered]");
  EXPECT_EQ(batch.spans[0].name, "GET /?token=[Filtered]");
  EXPECT_EQ(batch.spans[0].status_message, "password=[Filtered]");
  EXPECT_EQ(batch.spans[0].attributes[0].value.text(), "UPDATE t SET password = '[Filtered]'");
  EXPECT_EQ(batch.spans[0].events[0].attributes[0].value.text(), "password=[Filtered]");
  EXPECT_EQ(batch.spans[0].links[0].attributes[0].value.text(), "[Filtered]");
  ASSERT_EQ(batch.errors.size(), 1u);
  const model::ErrorEvent& kept = batch.errors[0];
  EXPECT_EQ(kept.payload, R"({"password":"[Filtered]"})");
  EXPECT_EQ(kept.message, "password=[Filtered]");
  EXPECT_EQ(kept.request_url, "http://h/?token=[Filtered]");
  EXPECT_EQ(kept.exceptions[0].value, "password=[Filtered]");
  EXPECT_EQ(kept.exceptions[0].frames[0].context_line, "password = '[Filtered]'");
  EXPECT_EQ(kept.exceptions[0].frames[0].filename, "password=x");
  EXPECT_EQ(kept.tags[0].value.text(), "[Filtered]");
  EXPECT_EQ(kept.attributes[0].value.text(), "[Filtered]");
  ASSERT_EQ(batch.rejections.size(), 1u);
  EXPECT_EQ(batch.rejections[0].reason, "unscrubbable");
}

TEST(Scrubber, LabelsOfSeriesWhereTheyWereAttributes) {
  model::Batch batch;
  std::vector<model::Label> labels = {{"__name__", "cart_size"}, {"access_token", "abc"}, {"page", "/pay?token=abc"}, {"region", "eu"}};
  std::vector<model::Label> same = labels;
  model::Sample sample{1, 2};
  batch.series.push_back({labels, {&sample, 1}});
  batch.exemplars.push_back({same, {}});
  const Scrubber scrubber;
  scrubber.scrub_batch(batch);
  EXPECT_EQ(labels[1].value, "abc") << "of Prometheus's formats";
  scrubber.scrub_series(batch);
  for (const std::vector<model::Label>& one : {labels, same}) {
    EXPECT_EQ(one[0].value, "cart_size");
    EXPECT_EQ(one[1].value, "[Filtered]");
    EXPECT_EQ(one[2].value, "/pay?token=[Filtered]");
    EXPECT_EQ(one[3].value, "eu");
  }
}

}  // namespace
}  // namespace tripod::pipeline::scrub
