// What a project wants hidden on top, and what is told of what was hidden.
#include <gtest/gtest.h>

#include <array>
#include <memory>

#include "pipeline/scrub/scrub_rules.h"
#include "pipeline/scrub/scrubber.h"

namespace tripod::pipeline::scrub {
namespace {

ScrubRules rules(std::string_view text) {
  auto parsed = ScrubRules::parse(text, "key of the test");
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed ? std::move(*parsed) : ScrubRules();
}

struct Scrubbed {
  std::string json;
  std::string told;
};

Scrubbed scrub(std::string_view json, std::string_view rule_text) {
  ScrubOptions options;
  options.rules = rules(rule_text);
  ScrubTally tally;
  const auto out = Scrubber(std::move(options)).scrub_json(json, &tally);
  EXPECT_TRUE(out);
  return {out ? *out : "", tally.json()};
}

TEST(ScrubRules, ByNameAndByPlace) {
  EXPECT_EQ(scrub(R"({"user":{"Phone_Home":"0151 23","n":1},"a":[{"phone":{"x":1}}]})", "remove key:*phone*").json,
            R"({"user":{"Phone_Home":"[Filtered]","n":1},"a":[{"phone":"[Filtered]"}]})");
  EXPECT_EQ(scrub(R"({"request":{"data":{"name":"Ada"}},"name":"web"})", R"(mask path:"request\.data\..*")").json,
            R"({"request":{"data":{"name":"***"}},"name":"web"})");
  EXPECT_EQ(scrub(R"({"items":[{"iban":"DE 12"},{"iban":null}]})", "mask path:items.iban").json, R"({"items":[{"iban":"** **"},{"iban":null}]})");
  EXPECT_EQ(scrub(R"({"n":4711,"t":true})", "mask key:n\nremove key:t").json, R"({"n":"****","t":"[Filtered]"})");
}

TEST(ScrubRules, HashesKeepEqualValuesEqual) {
  const std::string json = scrub(R"({"email":"a@b.c","again":{"email":"a@b.c"},"x":{"email":"d@e.f"}})", "hash key:email").json;
  const std::string first = json.substr(json.find("sha256:"), 23);
  EXPECT_EQ(first.size(), 23u);
  EXPECT_NE(json.find(first, json.find(first) + 1), std::string::npos) << json;
  EXPECT_NE(json.substr(json.rfind("sha256:"), 23), first);
  EXPECT_EQ(json.find("a@b.c"), std::string::npos);
}

TEST(ScrubRules, TheFirstRuleCountsAndSecretsAreHiddenAnyway) {
  EXPECT_EQ(scrub(R"({"email":"a"})", "mask key:email\nremove key:*").json, R"({"email":"*"})");
  EXPECT_EQ(scrub(R"({"password":"abc"})", "hash key:password").json, R"({"password":"[Filtered]"})");
}

TEST(ScrubRules, ErrorsSayLineAndColumn) {
  const auto error = [](std::string_view text) {
    const auto parsed = ScrubRules::parse(text, "k");
    return parsed ? "parsed" : parsed.error().message;
  };
  EXPECT_EQ(error("# nothing\nremove key:a"), "parsed");
  EXPECT_EQ(error("\n delete key:a"), "line 2, column 2: remove, mask or hash was expected");
  EXPECT_EQ(error("remove a"), "line 1, column 8: key: or path: was expected");
  EXPECT_EQ(error("remove key:"), "line 1, column 12: a name was expected after key:");
  EXPECT_EQ(error("remove key:a b"), "line 1, column 14: nothing was expected after the rule");
  EXPECT_TRUE(error("mask path:a[").starts_with("line 1, column 11: not a regular expression: ")) << error("mask path:a[");
}

TEST(ScrubTally, SaysWhereAndHowOftenNeverWhat) {
  const Scrubbed s = scrub(R"({"request":{"data":{"password":"x","cvv":"1"}},"a":[{"token":"y"},{"token":"z"}],"m":"card 4111111111111111 and 5500005555555559"})", "");
  EXPECT_EQ(s.told, R"({"request.data.password":1,"request.data.cvv":1,"a.token":2,"m":2})");
  EXPECT_EQ(scrub(R"({"password":null,"token":"","x":1})", "").told, "{}");
  EXPECT_EQ(scrub(R"({"card 4111111111111111":{"password":"x"}})", "").told, R"({"card [Filtered].password":1})");
}

TEST(ScrubTally, IsBounded) {
  ScrubTally tally;
  for (int i = 0; i < 100; ++i) tally.add("p" + std::to_string(i));
  EXPECT_EQ(tally.counts().size(), ScrubTally::kMostPaths + 1);
  EXPECT_EQ(tally.counts().back(), (std::pair<std::string, uint32_t>("…", 36)));
  tally.add("p3");
  EXPECT_EQ(tally.counts()[3].second, 2u);
}

TEST(ScrubBatch, RecordsAreToldWhatWasHidden) {
  model::Batch batch;
  std::array<model::Attribute, 2> attributes = {{{"password", model::Value::string("x")}, {"user.phone", model::Value::string("0151")}}};
  model::LogRecord log;
  log.body = model::Value::string("token=abc123");
  log.attributes = attributes;
  batch.logs.push_back(log);
  log.body = model::Value::string("all is well");
  log.attributes = {};
  batch.logs.push_back(log);
  ScrubOptions options;
  options.rules = rules("mask key:phone");
  Scrubber(std::move(options)).scrub_batch(batch);
  const auto told = batch.logs[0].attributes;
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[1].value.text(), "****");
  EXPECT_EQ(told[2].key, Scrubber::kScrubbedField);
  EXPECT_EQ(told[2].value.text(), R"({"body":1,"password":1,"user.phone":1})");
  EXPECT_TRUE(batch.logs[1].attributes.empty());
}

TEST(ScrubBatch, WhatWasTakenOutOfThePayloadIsHiddenToo) {
  model::Batch batch;
  model::ErrorEvent event;
  event.payload = R"({"user":{"email":"a@b.c"},"exception":{"values":[{"type":"E","value":"phone 0151"}]},"request":{"data":{"password":"x"}}})";
  event.user_id = "a@b.c";
  std::array<model::Exception, 1> exceptions;
  exceptions[0].type = "E";
  exceptions[0].value = "phone 0151";
  event.exceptions = exceptions;
  batch.errors.push_back(event);
  ScrubOptions options;
  options.rules = rules("hash path:user.email\nremove path:exception.values.value");
  Scrubber(std::move(options)).scrub_batch(batch);
  const model::ErrorEvent& out = batch.errors.at(0);
  EXPECT_TRUE(out.user_id.starts_with("sha256:"));
  EXPECT_EQ(out.exceptions[0].value, "[Filtered]");
  EXPECT_EQ(out.payload.find("0151"), std::string_view::npos);
  EXPECT_EQ(model::find_attribute(out.attributes, "scrubbed")->value.text(), R"({"user.email":1,"exception.values.value":1,"request.data.password":1})");
}

}  // namespace
}  // namespace tripod::pipeline::scrub
