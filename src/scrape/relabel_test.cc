#include "scrape/relabel.h"

#include <gtest/gtest.h>

namespace tripod::scrape {
namespace {

// Labels after one rule, or "dropped".
std::string apply(RelabelConfig config, LabelSet labels) {
  auto rule = RelabelRule::compile(std::move(config));
  if (!rule) return "error: " + rule.error().message;
  if (!rule->apply(labels)) return "dropped";
  std::string out;
  for (const auto& [name, value] : labels.pairs()) {
    out += (out.empty() ? "" : " ") + name + "=" + value;
  }
  return out;
}

const LabelSet kLabels{{"a", "foo"}, {"b", "bar"}, {"c", "baz"}};

TEST(Relabel, Replace) {
  EXPECT_EQ(apply({.source_labels = {"a"},
                   .regex = "f(.*)",
                   .target_label = "d",
                   .replacement = "ch${1}-ch${1}"},
                  kLabels),
            "a=foo b=bar c=baz d=choo-choo");
  EXPECT_EQ(apply({.source_labels = {"a", "b"},
                   .regex = "f(.*);(.*)r",
                   .target_label = "a",
                   .replacement = "b${1}${2}m"},
                  kLabels),
            "a=boobam b=bar c=baz");
}

TEST(Relabel, ReplaceWithoutAMatchChangesNothing) {
  EXPECT_EQ(apply({.source_labels = {"a"}, .regex = "fo", .target_label = "b"}, kLabels),
            "a=foo b=bar c=baz");
}

TEST(Relabel, ReplaceByNothingTakesTheLabelAway) {
  EXPECT_EQ(apply({.source_labels = {"a"}, .target_label = "b", .replacement = ""}, kLabels),
            "a=foo c=baz");
  EXPECT_EQ(apply({.source_labels = {"missing"}, .target_label = "b"}, kLabels), "a=foo c=baz");
}

TEST(Relabel, TargetLabelMayBeATemplate) {
  EXPECT_EQ(apply({.source_labels = {"a"},
                   .regex = "(?P<x>f)(.*)",
                   .target_label = "${x}_$2",
                   .replacement = "$x"},
                  kLabels),
            "a=foo b=bar c=baz f_oo=f");
}

TEST(Relabel, TemplatesTakeTheLongestName) {
  EXPECT_EQ(apply({.source_labels = {"a"},
                   .regex = "(.*)",
                   .target_label = "d",
                   .replacement = "$1x|$$1|${1}x|$|${|$9"},
                  kLabels),
            "a=foo b=bar c=baz d=|$1|foox|$|${|");
}

TEST(Relabel, KeepAndDrop) {
  EXPECT_EQ(
      apply({.action = RelabelAction::kDrop, .source_labels = {"a"}, .regex = ".*o.*"}, kLabels),
      "dropped");
  EXPECT_EQ(apply({.action = RelabelAction::kDrop, .source_labels = {"a"}, .regex = "o"}, kLabels),
            "a=foo b=bar c=baz");
  EXPECT_EQ(
      apply({.action = RelabelAction::kKeep, .source_labels = {"a"}, .regex = "no-match"}, kLabels),
      "dropped");
  EXPECT_EQ(
      apply({.action = RelabelAction::kKeep, .source_labels = {"a"}, .regex = "f.*"}, kLabels),
      "a=foo b=bar c=baz");
}

TEST(Relabel, KeepEqualAndDropEqual) {
  const LabelSet labels{{"port", "80"}, {"want", "80"}};
  EXPECT_EQ(
      apply(
          {.action = RelabelAction::kKeepEqual, .source_labels = {"port"}, .target_label = "want"},
          labels),
      "port=80 want=80");
  EXPECT_EQ(
      apply(
          {.action = RelabelAction::kDropEqual, .source_labels = {"port"}, .target_label = "want"},
          labels),
      "dropped");
  EXPECT_EQ(
      apply(
          {.action = RelabelAction::kKeepEqual, .source_labels = {"none"}, .target_label = "want"},
          labels),
      "dropped");
}

TEST(Relabel, HashModAgreesWithPrometheus) {
  // md5("baz") = 73feffa4b7f6bb68e44cf984c85f6e88; the last eight bytes modulo 1000 are 976.
  EXPECT_EQ(apply({.action = RelabelAction::kHashMod,
                   .source_labels = {"c"},
                   .modulus = 1000,
                   .target_label = "d"},
                  kLabels),
            "a=foo b=bar c=baz d=976");
}

TEST(Relabel, LabelMapMakesNoLabelWithoutAName) {
  LabelSet labels{{"x", "y"}};
  const auto rule = RelabelRule::compile({.action = RelabelAction::kLabelMap, .regex = "x(.*)", .replacement = "$1"});
  ASSERT_TRUE(rule && rule->apply(labels));
  EXPECT_EQ(labels, (LabelSet{{"x", "y"}}));
}

TEST(Relabel, LabelMap) {
  EXPECT_EQ(apply({.action = RelabelAction::kLabelMap, .regex = "meta_(ns.*)"},
                  {{"a", "foo"}, {"meta_ns_x", "1"}, {"meta_other", "2"}}),
            "a=foo meta_ns_x=1 meta_other=2 ns_x=1");
}

TEST(Relabel, LabelDropAndLabelKeep) {
  EXPECT_EQ(apply({.action = RelabelAction::kLabelDrop, .regex = "[ab]"}, kLabels), "c=baz");
  EXPECT_EQ(apply({.action = RelabelAction::kLabelKeep, .regex = "[ab]"}, kLabels), "a=foo b=bar");
}

TEST(Relabel, Case) {
  EXPECT_EQ(
      apply({.action = RelabelAction::kUppercase, .source_labels = {"a"}, .target_label = "d"},
            kLabels),
      "a=foo b=bar c=baz d=FOO");
  EXPECT_EQ(
      apply({.action = RelabelAction::kLowercase, .source_labels = {"a"}, .target_label = "a"},
            {{"a", "FoO"}}),
      "a=foo");
}

TEST(Relabel, WhatIsMissingIsSaid) {
  EXPECT_EQ(apply({.source_labels = {"a"}}, kLabels),
            "error: this relabel action needs a target_label");
  EXPECT_EQ(apply({.action = RelabelAction::kHashMod, .target_label = "d"}, kLabels),
            "error: hashmod needs a modulus");
  EXPECT_TRUE(
      apply({.regex = "(", .target_label = "d"}, kLabels).starts_with("error: bad regular"));
}

TEST(Relabel, ActionsByName) {
  EXPECT_EQ(parse_relabel_action("LabelDrop"), RelabelAction::kLabelDrop);
  EXPECT_EQ(parse_relabel_action("dropequal"), RelabelAction::kDropEqual);
  EXPECT_EQ(parse_relabel_action("nope"), std::nullopt);
}

}  // namespace
}  // namespace tripod::scrape
