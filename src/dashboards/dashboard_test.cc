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

TEST(Dashboard, VariablesAreTakenOut) {
  const std::vector<Variable> variables = {{.name = "job", .title = "", .label = "", .of = ""}};
  EXPECT_EQ(*with_variables("rate(a{j=~\"$job\",k=~\"b$\"}[$rate])", variables), "rate(a{j=~\"x\",k=~\"b$\"}[5m])");
  EXPECT_EQ(*with_variables("${job}s $step $", variables), "xs 1m $");
  EXPECT_FALSE(with_variables("$jobs", variables));
  EXPECT_EQ(*with_variables("${job", variables), "${job");
}

}  // namespace
}  // namespace tripod::dashboards
