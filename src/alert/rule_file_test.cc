#include "alert/rule_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/mem_fs.h"

namespace tripod::alert {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr const char* kGood = R"(groups:
- name: shop
  interval: 30s
  query_offset: 1m
  limit: 10
  labels: {team: web, tier: front}
  rules:
  - record: job:requests:rate5m
    expr: sum by (job) (rate(http_requests_total[5m]))
    labels: {tier: edge}
  - alert: Down
    expr: up == 0
    for: 5m
    keep_firing_for: 1h
    annotations: {summary: "{{ $labels.instance }} is down"}
- name: none
)";

TEST(RuleFile, ReadsWhatPrometheusWrites) {
  const ParsedRuleFile parsed = parse_rule_file(kGood, "rules.yml", {.interval_ms = 15'000, .query_offset_ms = 2'000});
  ASSERT_THAT(parsed.errors, IsEmpty());
  ASSERT_EQ(parsed.groups.size(), 2u);
  const GroupDefinition& shop = parsed.groups[0];
  EXPECT_EQ(shop.key(), "rules.yml;shop");
  EXPECT_EQ(shop.interval_ms, 30'000);
  EXPECT_EQ(shop.query_offset_ms, 60'000);
  EXPECT_EQ(shop.limit, 10u);
  ASSERT_EQ(shop.rules.size(), 2u);
  EXPECT_EQ(shop.rules[0].kind, RuleDefinition::Kind::kRecording);
  EXPECT_EQ(shop.rules[0].query, "sum by (job) (rate(http_requests_total[5m]))");
  EXPECT_THAT(shop.rules[0].labels, ElementsAre(Pair("team", "web"), Pair("tier", "edge")));
  EXPECT_EQ(shop.rules[1].kind, RuleDefinition::Kind::kAlerting);
  EXPECT_EQ(shop.rules[1].for_ms, 300'000);
  EXPECT_EQ(shop.rules[1].keep_firing_for_ms, 3'600'000);
  EXPECT_THAT(shop.rules[1].annotations, ElementsAre(Pair("summary", "{{ $labels.instance }} is down")));
  EXPECT_EQ(parsed.groups[1].interval_ms, 15'000);
  EXPECT_EQ(parsed.groups[1].query_offset_ms, 2'000);
}

TEST(RuleFile, NothingIsNoRules) {
  for (const char* yaml : {"", "groups:", "groups: []", "# nothing\n"}) {
    const ParsedRuleFile parsed = parse_rule_file(yaml, "a.yml");
    EXPECT_THAT(parsed.errors, IsEmpty()) << yaml;
    EXPECT_THAT(parsed.groups, IsEmpty()) << yaml;
  }
}

// All that is wrong with a file is said at once, with places and in Prometheus's words.
TEST(RuleFile, SaysAllThatIsWrong) {
  const ParsedRuleFile parsed = parse_rule_file(R"(groups:
- name: a
  rules:
  - record: "x{y}"
    expr: sum(
  - alert: A
    record: b
    expr: up
  - expr: up
  - record: ok
    for: 5m
    expr: up
    labels: {__name__: x}
  - record: empty
  - record: range
    expr: up[5m]
- name: a
  interval: 5
)",
                                                "r.yml");
  EXPECT_THAT(parsed.errors, ElementsAre("r.yml:4:13: group \"a\", rule 1, \"x{y}\": braces present in the recording rule name; should it be in expr?: x{y}",
                                         HasSubstr("r.yml:5:11: group \"a\", rule 1, \"x{y}\": could not parse expression: 1:"),
                                         "r.yml:6:12: group \"a\", rule 2, \"A\": only one of 'record' and 'alert' must be set",
                                         "r.yml:9:5: group \"a\", rule 3, \"\": one of 'record' or 'alert' must be set",
                                         "r.yml:11:10: group \"a\", rule 4, \"ok\": invalid field 'for' in recording rule",
                                         "r.yml:13:14: group \"a\", rule 4, \"ok\": invalid label name: __name__",
                                         "r.yml:14:5: group \"a\", rule 5, \"empty\": field 'expr' must be set in rule",
                                         "r.yml:16:11: group \"a\", rule 6, \"range\": rule result is not a vector or scalar: range vector",
                                         "r.yml:17:3: groupname: \"a\" is repeated in the same file",
                                         "r.yml:18:13: not a valid duration string: \"5\""));
}

TEST(RuleFile, RefusesWhatIsNoRuleFile) {
  const std::pair<const char*, const char*> cases[] = {
      {"groups: 5", "r.yml:1:9: groups: a list is expected"},
      {"rules: []", "r.yml:1:1: field rules not found in type rulefmt.RuleGroups"},
      {"- a", "r.yml:1:1: cannot unmarshal into rulefmt.RuleGroups: a mapping is expected"},
      {"groups:\n- name: a\n  intervall: 5s", "r.yml:3:3: field intervall not found in type rulefmt.RuleGroup"},
      {"groups:\n- name: a\n  name: b", "r.yml:3:3: mapping key \"name\" already defined"},
      {"groups:\n- rules: []", "r.yml:2:3: Groupname must not be empty"},
      {"groups:\n- name: a\n  limit: many", "r.yml:3:10: cannot unmarshal \"many\" into int"},
  };
  for (const auto& [yaml, error] : cases) EXPECT_THAT(parse_rule_file(yaml, "r.yml").errors, ElementsAre(error)) << yaml;
  EXPECT_THAT(parse_rule_file("groups: [", "r.yml").errors, ElementsAre(HasSubstr("yaml: ")));
  EXPECT_THAT(parse_rule_file("groups:\n- name: a\n  rules:\n  - {record: a, expr: up, labels: [x]}", "r.yml").errors,
              ElementsAre("r.yml:4:35: labels: a mapping of strings is expected"));
}

TEST(RuleFile, NamesOfFilesMayBePatterns) {
  base::MemFs fs;
  ASSERT_TRUE(fs.create_dirs("etc/rules"));
  const auto write = [&](const char* path, const char* text) { ASSERT_TRUE(fs.write_atomically(path, text)); };
  write("etc/rules/a.yml", "groups: [{name: a, rules: [{record: x, expr: '1'}]}]");
  write("etc/rules/b.yml", "groups: [{name: b}]");
  write("etc/rules/c.txt", "nonsense: [");
  const auto rules = read_rules("global: {evaluation_interval: 20s, rule_query_offset: 3s}\nrule_files: [rules/*.yml, rules/a.yml, other/*.yml]\n", "etc/prometheus.yml", fs);
  ASSERT_TRUE(rules) << rules.error().message;
  EXPECT_THAT(rules->files, ElementsAre("etc/rules/a.yml", "etc/rules/b.yml"));
  ASSERT_EQ(rules->groups.size(), 2u);
  EXPECT_EQ(rules->groups[0].interval_ms, 20'000);
  EXPECT_EQ(rules->groups[0].query_offset_ms, 3'000);
}

TEST(RuleFile, AConfigurationSaysWhatIsWrongInItsFiles) {
  base::MemFs fs;
  ASSERT_TRUE(fs.write_atomically("a.yml", "groups: [{name: a, rules: [{record: x, expr: 'up ==='}]}]"));
  auto rules = read_rules("rule_files: [a.yml, missing.yml]", "prometheus.yml", fs);
  ASSERT_FALSE(rules);
  EXPECT_THAT(rules.error().message, HasSubstr("a.yml:1:46: group \"a\", rule 1, \"x\": could not parse expression: 1:"));
  EXPECT_THAT(rules.error().message, HasSubstr("\nprometheus.yml: rule_files: no such file: missing.yml"));
  rules = read_rules("rule_files: a.yml", "prometheus.yml", fs);
  ASSERT_FALSE(rules);
  EXPECT_EQ(rules.error().message, "prometheus.yml:1:13: rule_files: a list is expected");
}

}  // namespace
}  // namespace tripod::alert
