#include "dashboards/dashboard.h"

#include <gmock/gmock.h>

namespace tripod::dashboards {
namespace {

using testing::HasSubstr;

std::string error_of(std::string_view text) {
  const auto parsed = parse(text);
  return parsed ? "" : parsed.error().message;
}

constexpr std::string_view kWhole = R"(
title: Shop
description: Orders
tags: [shop, orders]
variables:
  - {name: job, of: orders_total}
  - {name: pay, title: Paid by, label: payment_method, of: 'orders_total{job=~"$job"}', multiple: false}
rows:
  - title: Orders
    panels:
      - title: Orders
        type: stat
        unit: /s
        width: 3
        queries:
          - expr: sum(rate(orders_total{job=~"${job}"}[$rate]))
      - title: By method
        stack: true
        queries:
          - expr: sum by (payment_method) (rate(orders_total{job=~"^($job)$"}[$rate]))
            legend: "{{payment_method}}"
)";

TEST(Dashboard, IsReadWhole) {
  const auto parsed = parse(kWhole);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->title, "Shop");
  EXPECT_EQ(parsed->tags, (std::vector<std::string>{"shop", "orders"}));
  ASSERT_EQ(parsed->variables.size(), 2u);
  EXPECT_EQ(parsed->variables[0].title, "job");
  EXPECT_EQ(parsed->variables[0].label, "job");
  EXPECT_TRUE(parsed->variables[0].multiple);
  EXPECT_EQ(parsed->variables[1].label, "payment_method");
  EXPECT_FALSE(parsed->variables[1].multiple);
  ASSERT_EQ(parsed->rows.size(), 1u);
  const Panel& first = parsed->rows[0].panels[0];
  EXPECT_EQ(first.type, "stat");
  EXPECT_EQ(first.unit, "/s");
  EXPECT_EQ(first.width, 3u);
  EXPECT_EQ(parsed->rows[0].panels[1].type, "graph");
  EXPECT_EQ(parsed->rows[0].panels[1].width, 6u);
  EXPECT_EQ(parsed->rows[0].panels[1].queries[0].legend, "{{payment_method}}");
}

TEST(Dashboard, WrittenAsJsonIsReadAgain) {
  const auto parsed = parse(kWhole);
  ASSERT_TRUE(parsed);
  std::string json;
  base::JsonWriter w(json);
  write_json(*parsed, w);
  const auto again = parse(json);
  ASSERT_TRUE(again) << again.error().message;
  std::string twice;
  base::JsonWriter w2(twice);
  write_json(*again, w2);
  EXPECT_EQ(twice, json);
}

TEST(Dashboard, WhatIsWrongIsToldWithItsPlace) {
  EXPECT_EQ(error_of("title: A\nrows:\n  - panels:\n      - title: P\n        queries:\n          - expr: rate(up)\n"),
            "line 6, column 19: 1:6: parse error: expected type range vector in call to function \"rate\", got instant vector");
  EXPECT_EQ(error_of("title: A\nowner: me\n"), "line 2, column 1: dashboard: unknown key \"owner\"");
  EXPECT_EQ(error_of("title: A\nrows:\n  - panels:\n      - {title: P, queries: [{expr: 'up{job=\"$job\"}'}]}\n"), "line 4, column 37: there is no variable $job");
  EXPECT_THAT(error_of("title: A\nrows:\n  - panels:\n      - {title: P, type: pie, queries: [{expr: up}]}\n"), HasSubstr("line 4, column 26: type: \"pie\" is none of graph"));
  EXPECT_THAT(error_of("title: A\nrows:\n  - panels:\n      - {title: P, width: 13, queries: [{expr: up}]}\n"), HasSubstr("width: a number from 1 to 12"));
  EXPECT_THAT(error_of("title: [\n"), HasSubstr("line 2, column 1: "));
  EXPECT_EQ(error_of("title: A\n"), "line 1, column 1: the dashboard has no panels");
  EXPECT_THAT(error_of("a text"), HasSubstr("a mapping is expected"));
  EXPECT_THAT(error_of(std::string(kMostBytes + 1, ' ')), HasSubstr("longer than"));
  EXPECT_THAT(error_of("title: A\nvariables:\n  - {name: rate, of: up}\n"), HasSubstr("$rate is there by itself"));
  EXPECT_THAT(error_of("title: A\nvariables:\n  - {name: a-b, of: up}\n"), HasSubstr("is no name"));
  EXPECT_THAT(error_of("title: A\nvariables:\n  - {name: a, of: 'up{b=\"$b\"}'}\n  - {name: b, of: up}\n"), HasSubstr("there is no variable $b"));
}

TEST(Dashboard, AliasesMakeItNoLongerThanAText) {
  // 22 kB that would be 100 MB read: one query of 20 kB, 25 times in a panel that stands there 199 times.
  std::string panel = "{title: P, queries: [&q {expr: 'up" + std::string(9'900, ' ') + "', legend: '" + std::string(9'900, 'l') + "'}";
  for (int i = 0; i < 25; ++i) panel += ", *q";
  std::string text = "title: A\nrows:\n  - panels:\n    - &p " + panel + "]}\n";
  for (int i = 0; i < 199; ++i) text += "    - *p\n";
  ASSERT_LT(text.size(), 24'000u);
  EXPECT_THAT(error_of(text), HasSubstr("with what its aliases repeat, the dashboard is longer than 262144 bytes"));
  // A few are as good as what they stand for.
  const auto few = parse("title: A\nrows: [{panels: [&p {title: P, queries: [&q {expr: up}, *q]}, *p]}]\n");
  ASSERT_TRUE(few) << few.error().message;
  EXPECT_EQ(few->rows[0].panels[1].queries[1].expr, "up");
}

TEST(Dashboard, TagsThatAreAliasesAreCountedToo) {
  std::string text = "title: A\ntags: [&t " + std::string(9'000, 't');
  for (int i = 0; i < 19; ++i) text += ", *t";
  const auto tags = parse_header(text + "]\n");
  ASSERT_TRUE(tags) << tags.error().message;
  EXPECT_EQ(tags->tags.size(), 20u);
  text += "]\nvariables:\n  - &v {name: v0, of: 'up" + std::string(9'900, ' ') + "'}\n";
  for (int i = 1; i < 10; ++i) text += "  - {name: v" + std::to_string(i) + ", of: 'up" + std::string(9'900, ' ') + "'}\n";
  EXPECT_THAT(error_of(text), HasSubstr("longer than"));
}

TEST(Dashboard, HasAThousandQueriesAtMost) {
  std::string panel = "{title: P, queries: [{expr: up}";
  for (int i = 0; i < 24; ++i) panel += ", {expr: up}";
  panel += "]}";
  std::string text = "title: A\nrows: [{panels: [" + panel;
  for (int i = 1; i < 40; ++i) text += ", " + panel;
  EXPECT_EQ(error_of(text + "]}]\n"), "");
  EXPECT_THAT(error_of(text + ", {title: P, queries: [{expr: up}]}]}]\n"), HasSubstr("more than 1000 queries"));
}

TEST(Dashboard, AKeyStandsThereOnce) {
  EXPECT_EQ(error_of("title: A\ntitle: B\n"), "line 2, column 1: dashboard: \"title\" stands there twice");
}

TEST(Dashboard, TheHeaderIsReadWithoutItsQueries) {
  const auto header = parse_header("title: A\ndescription: D\ntags: [t]\nrows: [{panels: [{title: P, queries: [{expr: 'rate(up)'}]}]}]\n");
  ASSERT_TRUE(header) << header.error().message;
  EXPECT_EQ(header->title, "A");
  EXPECT_EQ(header->description, "D");
  EXPECT_EQ(header->tags, std::vector<std::string>{"t"});
  EXPECT_EQ(parse_header("tags: [t]\n").error().message, "line 1, column 1: title is missing");
}

TEST(Dashboard, VariablesStandInDoubleQuotes) {
  const std::vector<Variable> variables = {{.name = "job", .title = "", .label = "", .of = ""}};
  for (const char* wrong : {"up{job=~`$job`}", "up{job=~'${job}'}", "up{a=\"\\\"\",job=~'a\\'$job'}", "up{a=`\\`,job=~`$job`}", "up # it's\n + up{job=~'$job'}"}) {
    const auto ready = with_variables(wrong, variables);
    ASSERT_FALSE(ready) << wrong;
    EXPECT_THAT(ready.error().message, HasSubstr("$job must stand in double quotes")) << wrong;
  }
  for (const char* right : {"up{a='b',job=~\"$job\"}", "up{a=\"it's\",job=~\"$job\"}", "up{a=`\\`,job=~\"$job\"}", "up # it's\n + up{job=~\"$job\"}",
                            "up{a=\"\\\"'\",job=~\"$job\"}", "sum by ($job) (up)"}) {
    EXPECT_TRUE(with_variables(right, variables)) << right;
  }
  // Durations need no escaping.
  EXPECT_EQ(*with_variables("up{a='$rate'}", variables), "up{a='5m'}");
}

TEST(Dashboard, VariablesAreTakenOut) {
  const std::vector<Variable> variables = {{.name = "job", .title = "", .label = "", .of = ""}};
  EXPECT_EQ(*with_variables("rate(a{j=~\"$job\",k=~\"b$\"}[$rate])", variables), "rate(a{j=~\"x\",k=~\"b$\"}[5m])");
  EXPECT_EQ(*with_variables("${job}s $step $", variables), "xs 1m $");
  EXPECT_FALSE(with_variables("$jobs", variables));
  EXPECT_EQ(*with_variables("${job", variables), "${job");
}

}  // namespace
}  // namespace tripod::dashboards
