#include "sampling/policies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include <fmt/format.h>

namespace tripod::sampling {
namespace {

using base::Code;
using base::kNanosPerMilli;
using base::kNanosPerSecond;
using model::Attribute;
using model::Span;
using model::Value;
using testing::HasSubstr;

// A trace whose R is `randomness`.
model::TraceId id_of(uint64_t randomness) {
  model::TraceId out;
  out.bytes[0] = 1;
  for (size_t i = 0; i < 7; ++i) out.bytes[15 - i] = static_cast<uint8_t>(randomness >> (8 * i));
  return out;
}

Policies parsed(const std::string& yaml) {
  auto out = Policies::parse(yaml, "p.yml");
  if (!out) ADD_FAILURE() << out.error().message;
  return out ? std::move(*out) : Policies(0, 0);
}

Policies of(const std::string& policies) { return parsed("policies:\n" + policies); }

std::string error_of(const std::string& yaml) {
  const auto out = Policies::parse(yaml, "p.yml");
  return out ? "none" : out.error().message;
}

// A span as policies see it.
struct TestSpan {
  std::vector<Attribute> attributes = {};
  std::vector<Attribute> resource = {};
  model::StatusCode status = model::StatusCode::kUnset;
  int64_t start_ms = 0, end_ms = 10;
  bool is_root = true;
  std::string_view name = "GET";
  std::string_view state = {};
  uint32_t flags = 0;
};

TraceFacts facts_of(const Policies& policies, std::vector<TestSpan> spans) {
  TraceFacts out;
  for (TestSpan& one : spans) {
    Span span{.trace_state = one.state, .name = one.name, .status_code = one.status, .flags = one.flags, .start_time = one.start_ms * kNanosPerMilli, .end_time = one.end_ms * kNanosPerMilli, .attributes = one.attributes};
    if (!one.is_root) span.parent_span_id.bytes[0] = 1;
    policies.observe(span, {one.resource}, {}, out);
  }
  return out;
}

Decision decision(const Policies& policies, std::vector<TestSpan> spans, uint64_t randomness = 0) {
  RateState rates;
  return policies.decide(id_of(randomness), facts_of(policies, std::move(spans)), rates, 0);
}

bool kept(const Policies& policies, std::vector<TestSpan> spans) { return decision(policies, std::move(spans)).kept; }

Attribute text(std::string_view key, std::string_view value) { return {key, Value::string(value)}; }

constexpr model::StatusCode kError = model::StatusCode::kError;

TEST(PoliciesTest, ByDefaultErrorsAndSlowRootsAreKeptAndAShareOfTheRest) {
  const Policies policies(kNanosPerSecond, 5);
  EXPECT_EQ(decision(policies, {{}, {.status = kError, .is_root = false}}).policy, "errors");
  EXPECT_EQ(decision(policies, {{.end_ms = 1000}}).policy, "slow");
  EXPECT_FALSE(kept(policies, {{.end_ms = 999}}));
  EXPECT_FALSE(kept(policies, {{.end_ms = 5000, .is_root = false}})) << "the root is what is slow";
  const Decision rest = decision(policies, {{}}, kNever - 1);
  EXPECT_EQ(rest.policy, "rest");
  EXPECT_DOUBLE_EQ(rest.adjusted_count, 20);
  const Policies again = parsed(policies.text());
  EXPECT_EQ(again.policies().size(), 3u);
  EXPECT_EQ(decision(again, {{.end_ms = 1000}}).policy, "slow");
}

TEST(PoliciesTest, LatencyIsOfTheWholeTraceAndItsLowerBoundIsOutsideWhereThereIsAnUpperOne) {
  const Policies open = of("  - {name: a, type: latency, latency: {threshold_ms: 100}}");
  EXPECT_TRUE(kept(open, {{.end_ms = 100}}));
  EXPECT_FALSE(kept(open, {{.end_ms = 99}}));
  EXPECT_TRUE(kept(open, {{.end_ms = 60, .is_root = false}, {.start_ms = 50, .end_ms = 110, .is_root = false}}));
  const Policies closed = of("  - {name: a, type: latency, latency: {threshold_ms: 100, upper_threshold_ms: 200}}");
  EXPECT_FALSE(kept(closed, {{.end_ms = 100}}));
  EXPECT_TRUE(kept(closed, {{.end_ms = 101}}));
  EXPECT_TRUE(kept(closed, {{.end_ms = 200}}));
  EXPECT_FALSE(kept(closed, {{.end_ms = 201}}));
}

TEST(PoliciesTest, StatusFlagsAndCounts) {
  const Policies status = of("  - {name: a, type: status_code, status_code: {status_codes: [ERROR, OK]}}");
  EXPECT_TRUE(kept(status, {{}, {.status = model::StatusCode::kOk}}));
  EXPECT_FALSE(kept(status, {{}}));
  const Policies flags = of("  - {name: a, type: trace_flags}");
  EXPECT_TRUE(kept(flags, {{}, {.flags = 0x101}}));
  EXPECT_FALSE(kept(flags, {{.flags = 0x100}}));
  const Policies count = of("  - {name: a, type: span_count, span_count: {min_spans: 2, max_spans: 3}}");
  EXPECT_FALSE(kept(count, {{}}));
  EXPECT_TRUE(kept(count, {{}, {}, {}}));
  EXPECT_FALSE(kept(count, {{}, {}, {}, {}}));
  EXPECT_TRUE(kept(of("  - {name: a, type: span_count, span_count: {min_spans: 2}}"), {{}, {}, {}, {}}));
}

TEST(PoliciesTest, AttributesAreThoseOfSpansAndResources) {
  const Policies exact = of("  - {name: a, type: string_attribute, string_attribute: {key: k, values: [x, y, '']}}");
  EXPECT_TRUE(kept(exact, {{}, {.attributes = {text("k", "y")}}}));
  EXPECT_TRUE(kept(exact, {{.resource = {text("k", "x")}}}));
  EXPECT_FALSE(kept(exact, {{.attributes = {text("k", "xy"), text("other", "x")}}}));
  EXPECT_FALSE(kept(exact, {{.attributes = {text("k", "")}}})) << "an empty text is no value";
  const Policies like = of("  - {name: a, type: string_attribute, string_attribute: {key: k, values: ['^/h.*z$', b], enabled_regex_matching: true, cache_max_size: 10}}");
  EXPECT_TRUE(kept(like, {{.attributes = {text("k", "/healthz")}}}));
  EXPECT_TRUE(kept(like, {{.attributes = {text("k", "abc")}}})) << "not anchored";
  EXPECT_FALSE(kept(like, {{.attributes = {text("k", "/health")}}}));
  const Policies number = of("  - {name: a, type: numeric_attribute, numeric_attribute: {key: n, min_value: 500, max_value: 599}}");
  EXPECT_TRUE(kept(number, {{.attributes = {{"n", Value::int64(500)}}}}));
  EXPECT_TRUE(kept(number, {{.attributes = {{"n", Value::float64(599)}}}}));
  EXPECT_FALSE(kept(number, {{.attributes = {{"n", Value::int64(600)}, text("m", "500")}}}));
  EXPECT_TRUE(kept(of("  - {name: a, type: numeric_attribute, numeric_attribute: {key: n, min_value: 500}}"), {{.attributes = {{"n", Value::int64(INT64_MAX)}}}}));
  const Policies boolean = of("  - {name: a, type: boolean_attribute, boolean_attribute: {key: b, value: true}}");
  EXPECT_TRUE(kept(boolean, {{.resource = {{"b", Value::boolean(true)}}}}));
  EXPECT_FALSE(kept(boolean, {{.attributes = {{"b", Value::boolean(false)}}}}));
}

TEST(PoliciesTest, AnOldNameOfAnAttributeIsItsCurrentOne) {
  const Policies policies = of("  - {name: a, type: numeric_attribute, numeric_attribute: {key: http.status_code, min_value: 500}}");
  EXPECT_TRUE(kept(policies, {{.attributes = {{"http.response.status_code", Value::int64(503)}}}}));
}

TEST(PoliciesTest, TraceStateIsReadMemberByMember) {
  const Policies policies = of("  - {name: a, type: trace_state, trace_state: {key: vendor, values: [x, y]}}");
  EXPECT_TRUE(kept(policies, {{.state = "ot=th:8, vendor=y ,z=1"}}));
  EXPECT_FALSE(kept(policies, {{.state = "vendor2=y"}}));
  EXPECT_FALSE(kept(policies, {{.state = "vendor=xy"}}));
}

// https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/processor/tailsamplingprocessor
TEST(PoliciesTest, InvertedDecisionsGoByTheCollectorsOrder) {
  const std::string inverted = "  - {name: not-x, type: string_attribute, string_attribute: {key: k, values: [x], invert_match: true}}\n";
  const TestSpan x{.attributes = {text("k", "x")}}, y{.attributes = {text("k", "y")}};
  EXPECT_TRUE(kept(of(inverted), {y}));
  EXPECT_TRUE(kept(of(inverted), {{}})) << "no such attribute";
  EXPECT_FALSE(kept(of(inverted), {y, x})) << "one span is enough";
  const Policies always = of(inverted + "  - {name: all, type: always_sample}\n");
  EXPECT_FALSE(kept(always, {x})) << "inverted not sampled goes before sampled";
  EXPECT_EQ(decision(always, {y}).policy, "all");
  const Policies none = of(inverted + "  - {name: none, type: probabilistic, probabilistic: {sampling_percentage: 0}}\n");
  EXPECT_FALSE(kept(none, {y})) << "inverted sampled gives way to not sampled";
}

TEST(PoliciesTest, InsideAndAnInvertedDecisionIsAPlainOne) {
  const Policies policies = of(R"(
  - name: both
    type: and
    and:
      and_sub_policy:
        - {name: not-x, type: string_attribute, string_attribute: {key: k, values: [x], invert_match: true}}
        - {name: err, type: status_code, status_code: {status_codes: [ERROR]}}
  - {name: slow, type: latency, latency: {threshold_ms: 100}}
)");
  const TestSpan x{.attributes = {text("k", "x")}, .status = kError};
  EXPECT_FALSE(kept(policies, {x}));
  EXPECT_EQ(decision(policies, {x, {.end_ms = 500}}).policy, "slow") << "and is not sampled, but no veto";
  EXPECT_EQ(decision(policies, {{.status = kError}}).policy, "both");
}

TEST(PoliciesTest, NotTurnsADecisionRoundButLetsInvertedOnesPass) {
  const Policies policies = of("  - {name: n, type: not, not: {not_sub_policy: {name: err, type: status_code, status_code: {status_codes: [ERROR]}}}}");
  EXPECT_TRUE(kept(policies, {{}}));
  EXPECT_FALSE(kept(policies, {{.status = kError}}));
  const Policies inverted = of("  - {name: n, type: not, not: {not_sub_policy: {name: i, type: string_attribute, string_attribute: {key: k, values: [x], invert_match: true}}}}");
  EXPECT_TRUE(kept(inverted, {{}}));
  EXPECT_FALSE(kept(inverted, {{.attributes = {text("k", "x")}}}));
}

TEST(PoliciesTest, DropGoesBeforeAll) {
  const Policies policies = of(R"(
  - {name: all, type: always_sample}
  - name: health
    type: drop
    drop:
      drop_sub_policy:
        - {name: path, type: string_attribute, string_attribute: {key: url.path, values: [/health]}}
        - {name: fine, type: not, not: {not_sub_policy: {name: err, type: status_code, status_code: {status_codes: [ERROR]}}}}
)");
  const TestSpan health{.attributes = {text("url.path", "/health")}};
  const Decision dropped = decision(policies, {health});
  EXPECT_FALSE(dropped.kept);
  EXPECT_EQ(dropped.policy, "health");
  EXPECT_TRUE(kept(policies, {health, {.status = kError}})) << "all conditions of a drop are needed";
  EXPECT_TRUE(kept(policies, {{}}));
}

TEST(PoliciesTest, ConsistentProbability) {
  const Policies policies = of("  - {name: p, type: probabilistic, probabilistic: {sampling_percentage: 25}}");
  const uint64_t threshold = kNever / 4 * 3;
  EXPECT_FALSE(decision(policies, {{}}, threshold - 1).kept);
  const Decision at = decision(policies, {{}}, threshold);
  EXPECT_TRUE(at.kept);
  EXPECT_DOUBLE_EQ(at.adjusted_count, 4);
  EXPECT_TRUE(decision(policies, {{.state = "ot=rv:ffffffffffffff"}}, 0).kept) << "rv goes before the id";
  EXPECT_FALSE(decision(policies, {{.state = "x=1,ot=p:8;rv:00000000000000;th:0"}}, kNever - 1).kept);
  // Sampled before at 12.5 %: all of them pass 25 %, and each stands for 8.
  const Decision before = decision(policies, {{.state = "ot=th:e"}}, kNever / 16 * 14);
  EXPECT_TRUE(before.kept);
  EXPECT_DOUBLE_EQ(before.adjusted_count, 8);
  EXPECT_TRUE(decision(policies, {{.state = "ot=th:8"}}, threshold).kept);
  EXPECT_DOUBLE_EQ(decision(policies, {{.state = "ot=th:8"}}, threshold).adjusted_count, 4) << "not sampled twice";
  EXPECT_DOUBLE_EQ(decision(Policies(kNanosPerSecond, 5), {{.status = kError, .state = "ot=th:8"}}).adjusted_count, 2) << "an error stands for those that the head threw away";
}

TEST(PoliciesTest, MalformedThresholdsAreNotThere) {
  for (const std::string_view state : {"ot=th:", "ot=th:G", "ot=th:123456789012345", "ot=rv:1", "ot=th:A", "ott=th:8", "ot=;;:"}) {
    const ProbabilityState read = probability_state(state);
    EXPECT_FALSE(read.threshold || read.randomness) << state;
  }
  EXPECT_EQ(probability_state("ot=th:8").threshold, kNever / 2);
  EXPECT_EQ(probability_state("a=b, ot=th:c;rv:0123456789abcd").randomness, 0x0123456789abcd);
}

TEST(PoliciesTest, OfTwoSharesOfOneRandomnessTheLargerCounts) {
  const Policies policies = of(R"(
  - {name: small, type: probabilistic, probabilistic: {sampling_percentage: 10}}
  - {name: large, type: probabilistic, probabilistic: {sampling_percentage: 50}}
  - {name: err, type: status_code, status_code: {status_codes: [ERROR]}}
)");
  EXPECT_DOUBLE_EQ(decision(policies, {{}}, kNever - 1).adjusted_count, 2);
  EXPECT_DOUBLE_EQ(decision(policies, {{.status = kError}}, kNever - 1).adjusted_count, 1);
}

// FNV-1a as the Collector has it: what one keeps the other keeps too.
TEST(PoliciesTest, WithASaltTheHashOfTheTraceIdDecides) {
  const Policies policies = of("  - {name: p, type: probabilistic, probabilistic: {hash_salt: a, sampling_percentage: 50}}");
  uint64_t hash = 0xcbf29ce484222325;
  const model::TraceId id = id_of(77);
  hash = (hash ^ 'a') * 0x100000001b3;
  for (const uint8_t byte : id.bytes) hash = (hash ^ byte) * 0x100000001b3;
  EXPECT_EQ(decision(policies, {{}}, 77).kept, hash < (uint64_t{1} << 63));
}

TEST(PoliciesTest, SharesOfAMillionTracesAreWithinTheBinomialIntervalAndTheirCountsAddUp) {
  constexpr int kTraces = 1'000'000;
  for (const std::string salt : {"", "hash_salt: x, "}) {
    for (const double percentage : {0.1, 5.0, 50.0}) {
      const Policies policies = of(fmt::format("  - {{name: p, type: probabilistic, probabilistic: {{{}sampling_percentage: {}}}}}", salt, percentage));
      std::mt19937_64 random(7);
      RateState rates;
      const TraceFacts facts = facts_of(policies, {{}});
      double counted = 0;
      int number = 0;
      for (int i = 0; i < kTraces; ++i) {
        model::TraceId id;
        for (uint8_t& byte : id.bytes) byte = static_cast<uint8_t>(random());
        const Decision one = policies.decide(id, facts, rates, 0);
        if (!one.kept) continue;
        ++number;
        counted += one.adjusted_count;
      }
      const double p = percentage / 100, deviation = std::sqrt(kTraces * p * (1 - p));
      EXPECT_NEAR(number, kTraces * p, 4 * deviation) << salt << percentage;
      EXPECT_NEAR(counted, kTraces, 4 * deviation / p) << salt << percentage;
    }
  }
}

TEST(PoliciesTest, ARateLetsTracesPassByTheirSpansAndWhatItRefusedIsCountedByTheNext) {
  const Policies policies = of("  - {name: r, type: rate_limiting, rate_limiting: {spans_per_second: 10, burst_capacity: 10}}");
  RateState rates;
  const TraceFacts four = facts_of(policies, {{}, {}, {}, {}});
  const auto decide = [&](double seconds) { return policies.decide(id_of(0), four, rates, static_cast<base::UnixNanos>(seconds * 1e9)); };
  EXPECT_TRUE(decide(1).kept);
  EXPECT_TRUE(decide(1).kept);
  EXPECT_FALSE(decide(1).kept) << "2 of 10 are left";
  EXPECT_FALSE(decide(1.1).kept);
  const Decision later = decide(1.3);
  EXPECT_TRUE(later.kept);
  EXPECT_DOUBLE_EQ(later.adjusted_count, 3) << "two were refused";
  EXPECT_DOUBLE_EQ(decide(100).adjusted_count, 1);
  const Policies bytes = of("  - {name: r, type: bytes_limiting, bytes_limiting: {bytes_per_second: 100}}");
  EXPECT_TRUE(kept(bytes, {{}, {}})) << "the burst is two seconds";
  EXPECT_FALSE(kept(bytes, {{}, {}, {}}));
}

TEST(PoliciesTest, InsideAndARateIsUsedOnlyByWhatComesThatFar) {
  const Policies policies = of(R"(
  - name: few-errors
    type: and
    and:
      and_sub_policy:
        - {name: err, type: status_code, status_code: {status_codes: [ERROR]}}
        - {name: rate, type: rate_limiting, rate_limiting: {spans_per_second: 1, burst_capacity: 1}}
)");
  RateState rates;
  const TraceFacts fine = facts_of(policies, {{}}), failed = facts_of(policies, {{.status = kError}});
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(policies.decide(id_of(0), fine, rates, 0).kept);
  const Decision first = policies.decide(id_of(0), failed, rates, 0);
  EXPECT_TRUE(first.kept);
  EXPECT_DOUBLE_EQ(first.adjusted_count, 1) << "those without an error were never meant";
  EXPECT_FALSE(policies.decide(id_of(0), failed, rates, 0).kept);
}

TEST(PoliciesTest, ACompositeSharesItsRateInTheOrderOfItsPolicies) {
  const Policies policies = of(R"(
  - name: c
    type: composite
    composite:
      max_total_spans_per_second: 10
      policy_order: [err, rest]
      composite_sub_policy:
        - {name: rest, type: always_sample}
        - {name: err, type: status_code, status_code: {status_codes: [ERROR]}}
      rate_allocation: [{policy: err, percent: 60}]
)");
  RateState rates;
  const TraceFacts fine = facts_of(policies, {{}, {}}), failed = facts_of(policies, {{.status = kError}, {}});
  const auto count = [&](const TraceFacts& facts, base::UnixNanos now) {
    int out = 0;
    for (int i = 0; i < 10; ++i) out += policies.decide(id_of(0), facts, rates, now).kept ? 1 : 0;
    return out;
  };
  EXPECT_EQ(count(failed, 0), 3) << "6 spans; the first that would sample decides";
  EXPECT_EQ(count(fine, 0), 2) << "what is left of 10 spans";
  EXPECT_EQ(count(failed, kNanosPerSecond), 3) << "another second";
}

TEST(PoliciesTest, AConditionSeesTheSpansOfABatchAsOneByOne) {
  const Policies policies = of(R"(
  - {name: a, type: string_attribute, string_attribute: {key: service.name, values: [shop]}}
  - {name: b, type: string_attribute, string_attribute: {key: k, values: [x]}}
  - {name: c, type: bytes_limiting, bytes_limiting: {bytes_per_second: 1}}
)");
  model::Batch batch;
  std::vector<Attribute> shop = {text("service.name", "shop")}, x = {text("k", "x")};
  batch.resources = {{}, {shop}};
  batch.spans = {{}, {.resource = 1}, {.attributes = x}, {.resource = 9}};
  BatchObserver observer(policies, batch);
  for (const Span& span : batch.spans) {
    TraceFacts together, alone;
    observer.observe(span, together);
    policies.observe(span, span.resource < 2 ? batch.resources[span.resource] : model::Resource{}, {}, alone);
    EXPECT_EQ(together.matched, alone.matched);
    EXPECT_EQ(together.bytes, alone.bytes);
    EXPECT_EQ(together.spans, 1u);
    EXPECT_EQ(together.matched.size(), span.resource == 1 || !span.attributes.empty() ? 1u : 0u);
  }
}

TEST(PoliciesTest, FactsOutliveAChangeOfPolicies) {
  const std::string x = "  - {name: a, type: string_attribute, string_attribute: {key: k, values: [x]}}\n";
  const Policies before = of("  - {name: other, type: trace_state, trace_state: {key: a, values: [b]}}\n" + x), after = of(x);
  RateState rates;
  EXPECT_TRUE(after.decide(id_of(0), facts_of(before, {{.attributes = {text("k", "x")}}}), rates, 0).kept);
  EXPECT_FALSE(after.decide(id_of(0), facts_of(before, {{.state = "a=b"}}), rates, 0).kept);
}

TEST(PoliciesTest, RulesPerServiceAndRouteTheFirstThatFitsCounts) {
  const Policies policies = parsed(R"(
keep: {rest: 0%}
rules:
  - {service: shop, route: /checkout/*, keep: 100%}
  - {service: shop, keep: 0%}
  - {route: /health, drop: true}
)");
  const auto span = [&](std::string_view service, std::string_view route) {
    return TestSpan{.attributes = {text("http.route", route)}, .resource = {text("service.name", service)}};
  };
  EXPECT_EQ(decision(policies, {span("shop", "/checkout/pay")}, 0).policy, "shop /checkout/*");
  EXPECT_FALSE(decision(policies, {span("shop", "/cart")}, kNever - 1).kept);
  EXPECT_FALSE(decision(policies, {span("other", "/checkout/pay")}, kNever - 1).kept);
  TestSpan failed = span("shop", "/cart");
  failed.status = kError;
  EXPECT_EQ(decision(policies, {failed}).policy, "errors");
  TestSpan health = span("other", "/health");
  health.status = kError;
  EXPECT_EQ(decision(policies, {health}).policy, "/health");
  EXPECT_FALSE(decision(policies, {health}).kept);
  EXPECT_FALSE(kept(parsed("keep: {errors: false, slower_than: never, rest: 0}"), {{.status = kError, .end_ms = 9999}}));
  EXPECT_EQ(decision(parsed("keep: {slower_than: 250ms}"), {{.end_ms = 250}}).policy, "slow");
}

TEST(PoliciesTest, AWholeCollectorConfigurationIsTaken) {
  const Policies policies = parsed(R"(
receivers: {otlp: {protocols: {grpc: {}}}}
processors:
  batch: {}
  tail_sampling/main:
    decision_wait: 10s
    num_traces: 100
    expected_new_traces_per_sec: 10
    decision_cache: {sampled_cache_size: 100_000}
    policies: [{name: all, type: always_sample}, {name: l, type: latency, latency: {threshold_ms: 5_000}}]
service: {pipelines: {}}
)");
  EXPECT_EQ(policies.policies().size(), 2u);
  EXPECT_EQ(policies.policies()[1].least, 5 * kNanosPerSecond);
  ASSERT_EQ(policies.notes().size(), 4u);
  EXPECT_THAT(policies.notes()[0], HasSubstr("p.yml:6:20: decision_wait has no effect"));
}

TEST(PoliciesTest, ErrorsNameThePlaceAndThePolicy) {
  EXPECT_THAT(error_of("policies:\n  - {name: a, type: magic}\n"), HasSubstr("p.yml:2:15: policy \"a\": type: unsupported: magic"));
  EXPECT_THAT(error_of("policies:\n  - name: a\n    type: status_code\n    status_code: {status_codes: [BAD]}\n"), HasSubstr("p.yml:4:19: policy \"a\": status_codes: unknown status code \"BAD\""));
  EXPECT_THAT(error_of("policies:\n  - name: a\n    type: and\n    and:\n      and_sub_policy:\n        - {name: b, type: latency, latency: {threshold: 5}}\n"),
              HasSubstr("p.yml:6:46: policy \"b\" of \"a\": unknown key: threshold"));
  EXPECT_THAT(error_of("policies: [{name: a, type: string_attribute, string_attribute: {key: k, values: ['('], enabled_regex_matching: true}}]"), HasSubstr("is no regular expression"));
  EXPECT_THAT(error_of("policies: [{name: a, type: ottl_condition, ottl_condition: {span: ['Sparkle(name)']}}]"), HasSubstr("unsupported: function \"Sparkle\""));
  EXPECT_THAT(error_of("policies: [{name: a, type: always_sample}, {name: a, type: always_sample}]"), HasSubstr("the name is there twice"));
  EXPECT_THAT(error_of("policies: [{name: a, type: and, and: {and_sub_policy: [{name: d, type: drop, drop: {drop_sub_policy: []}}]}}]"), HasSubstr("may not stand inside another policy"));
  EXPECT_THAT(error_of("policies: []"), HasSubstr("at least one policy"));
  EXPECT_THAT(error_of("processors: {batch: {}}"), HasSubstr("there is no tail_sampling"));
  EXPECT_THAT(error_of("processors: {tail_sampling/a: {}, tail_sampling/b: {}}"), HasSubstr("more than one tail_sampling"));
  EXPECT_THAT(error_of("keep: {rest: 101%}"), HasSubstr("keep: rest: a share of 0% to 100%"));
  EXPECT_THAT(error_of("rules: [{keep: 5%}]"), HasSubstr("service or route is needed"));
  EXPECT_THAT(error_of("a: ["), HasSubstr("p.yml:"));
  EXPECT_THAT(error_of("[]"), HasSubstr("a mapping with policies"));
}

}  // namespace
}  // namespace tripod::sampling
