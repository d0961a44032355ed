#include "sampling/sampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <future>
#include <map>
#include <random>

#include "pipeline/to_events.h"
#include "store/events/testing/store_fixture.h"

namespace tripod::sampling {
namespace {

using base::kNanosPerMilli;
using base::kNanosPerSecond;
using model::TraceId;
using store::Dataset;

constexpr int64_t kSlow = kNanosPerSecond;

TraceId id_of(uint64_t n, bool of_the_share = false) {
  TraceId id;
  for (size_t i = 0; i < 8; ++i) id.bytes[i] = static_cast<uint8_t>(n >> (8 * i));
  // Its low 56 bits are what chance decides by.
  for (size_t i = 9; i < 16; ++i) id.bytes[i] = of_the_share ? 0xff : 0x10;
  return id;
}

struct TestSpan {
  TraceId trace;
  uint64_t span = 1;
  uint64_t parent = 0;  // 0: a root
  int64_t duration = 10 * kNanosPerMilli;
  bool error = false;
  std::string_view name = "GET /orders/";
};

class SamplerTest : public store::testing::StoreTest {
 protected:
  SamplerTest() {
    sampling_.traces.cached_decisions = 4096;
    options_.block_rows = 256;
  }
  ~SamplerTest() override { sampler_.reset(); }

  void start() {
    sampler_.reset();
    open();
    auto opened = Sampler::open({fs_, clock_, budget_, logger_, metrics_, *store_}, std::make_shared<Policies>(kSlow, 5), sampling_, observer_);
    ASSERT_TRUE(opened);
    sampler_ = std::move(*opened);
    ASSERT_TRUE(sampler_->tick());
  }
  // As the pipeline does it. They end now.
  base::Result<> send(std::span<const TestSpan> spans) {
    if (auto refused = sampler_->refusal()) return base::fail(std::move(*refused));
    model::Batch batch;
    const model::Attribute service{"service.name", model::Value::string("djzen")};
    batch.resources.push_back({batch.arena.copy_array(std::span<const model::Attribute>(&service, 1))});
    batch.scopes.push_back({});
    for (const TestSpan& span : spans) batch.spans.push_back(made_of(span));
    auto parts = sampler_->observe(batch);
    const auto rows = pipeline::spans_to_events(batch);
    std::promise<base::Result<>> stored;
    sampler_->append(rows.batch(Dataset::kSpanWindow), std::move(parts), [&](base::Result<store::AppendSummary> result) {
      stored.set_value(result ? base::Result<>() : base::fail(std::move(result.error())));
    });
    return stored.get_future().get();
  }
  void sent(std::vector<TestSpan> spans) {
    auto ok = send(spans);
    ASSERT_TRUE(ok) << ok.error().message;
  }
  void wait(int64_t nanos) {
    clock_.advance(nanos);
    auto ok = sampler_->tick();
    ASSERT_TRUE(ok) << ok.error().message;
  }
  std::vector<store::EventRow> rows(Dataset dataset, const TraceId& id) {
    store::ScanPlan plan{.dataset = dataset, .filter = store::Predicate::equal("trace_id", id.hex()), .limit = 100'000};
    return store_->scan(plan)->rows;
  }
  size_t kept(const TraceId& id) { return rows(Dataset::kSpans, id).size(); }
  std::map<std::string, size_t> kept_by_trace() {
    std::map<std::string, size_t> out;
    auto ok = scan_all(*store_, {.dataset = Dataset::kSpans, .project = {"trace_id"}}, [&](const store::EventRow& row) { return ++out[row.text("trace_id")] > 0; });
    EXPECT_TRUE(ok);
    return out;
  }
  uint64_t kept_in_all() { return store_->stats(Dataset::kSpans).rows; }
  std::string policy(const TraceId& id) {
    const auto found = rows(Dataset::kSpans, id);
    return found.empty() ? "" : found[0].text(kPolicyField);
  }
  uint64_t counted(std::string_view outcome) {
    for (const auto& counter : metrics_.counters("tripod_sampling_spans_total")) {
      if (counter.labels[0].second == outcome) return counter.value;
    }
    return 0;
  }

  model::Span made_of(const TestSpan& span) const {
    const auto span_id = [](uint64_t n) {
      model::SpanId id;
      for (size_t i = 0; i < 8; ++i) id.bytes[i] = static_cast<uint8_t>(n >> (8 * i));
      return id;
    };
    return {.trace_id = span.trace,
            .span_id = span_id(span.span),
            .parent_span_id = span_id(span.parent),
            .name = span.name,
            .kind = span.parent == 0 ? model::SpanKind::kServer : model::SpanKind::kClient,
            .status_code = span.error ? model::StatusCode::kError : model::StatusCode::kUnset,
            .start_time = clock_.now() - span.duration,
            .end_time = clock_.now()};
  }

  base::MetricRegistry metrics_;
  SamplerOptions sampling_;
  TraceObserver observer_;
  std::unique_ptr<Sampler> sampler_;
};

TEST_F(SamplerTest, ATraceIsDecidedSixSecondsAfterItsRootHasEnded) {
  start();
  const TraceId bad = id_of(1), good = id_of(2), chosen = id_of(3, true);
  sent({{.trace = bad}, {.trace = good}, {.trace = chosen}, {.trace = good, .span = 2, .parent = 1}});
  wait(5 * kNanosPerSecond);
  sent({{.trace = bad, .span = 2, .parent = 1, .error = true}});
  EXPECT_EQ(kept_in_all(), 0u);
  EXPECT_EQ(sampler_->stats().undecided, 3u);
  wait(1250 * kNanosPerMilli);
  EXPECT_EQ(kept(bad), 2u);
  EXPECT_EQ(policy(bad), "errors");
  EXPECT_EQ(kept(good), 0u);
  ASSERT_EQ(kept(chosen), 1u);
  const store::EventRow row = rows(Dataset::kSpans, chosen)[0];
  EXPECT_EQ(row.text("sampling.policy"), "rest");
  EXPECT_NEAR(std::get<double>(*row.find("sampling.adjusted_count")), 20, 1e-9);
  EXPECT_EQ(row.text("service.name"), "djzen");
  EXPECT_EQ(std::get<double>(*rows(Dataset::kSpans, bad)[0].find("sampling.adjusted_count")), 1);
  EXPECT_EQ(rows(Dataset::kSpanWindow, good).size(), 2u);  // to be looked at for a while
  EXPECT_EQ(sampler_->stats().undecided, 0u);
  EXPECT_EQ(sampler_->stats().held_bytes, 0u);
  EXPECT_EQ(counted("kept"), 3u);
  EXPECT_EQ(counted("dropped"), 2u);
}

TEST_F(SamplerTest, WithoutItsRootATraceIsDecidedAfterAMinute) {
  start();
  sent({{.trace = id_of(1), .parent = 7, .error = true}, {.trace = id_of(2), .parent = 7}});
  wait(30 * kNanosPerSecond);
  EXPECT_EQ(sampler_->stats().held_bytes, 0u);  // its rows are on the disk alone by now
  wait(29 * kNanosPerSecond);
  EXPECT_EQ(sampler_->stats().undecided, 2u);
  wait(2 * kNanosPerSecond);
  EXPECT_EQ(sampler_->stats().undecided, 0u);
  EXPECT_EQ(kept(id_of(1)), 1u);
  EXPECT_EQ(kept_in_all(), 1u);
}

TEST_F(SamplerTest, ARootThatComesLongAfterItsEndIsWaitedForAMoment) {
  start();
  clock_.advance(-3600 * kNanosPerSecond);
  model::Batch batch;
  batch.spans.push_back(made_of({.trace = id_of(1), .error = true}));
  clock_.advance(3600 * kNanosPerSecond);
  auto parts = sampler_->observe(batch);
  std::promise<void> stored;
  sampler_->append(pipeline::spans_to_events(batch).batch(Dataset::kSpanWindow), std::move(parts), [&](auto) { stored.set_value(); });
  stored.get_future().wait();
  wait(500 * kNanosPerMilli);
  EXPECT_EQ(kept(id_of(1)), 0u);
  wait(kNanosPerSecond);
  EXPECT_EQ(kept(id_of(1)), 1u);
}

TEST_F(SamplerTest, LateSpansGoTheWayOfTheirTrace) {
  start();
  const TraceId bad = id_of(1), good = id_of(2), later_bad = id_of(3), later_slow = id_of(4);
  sent({{.trace = bad, .error = true}, {.trace = good}, {.trace = later_bad}, {.trace = later_slow, .span = 2, .parent = 1}});
  wait(7 * kNanosPerSecond);
  sent({{.trace = bad, .span = 2, .parent = 1}, {.trace = good, .span = 2, .parent = 1}, {.trace = later_bad, .span = 2, .parent = 1, .error = true}});
  wait(kNanosPerSecond);
  EXPECT_EQ(kept(bad), 2u);
  EXPECT_EQ(kept(good), 0u);
  EXPECT_EQ(kept(later_bad), 2u);  // all of it, out of the window
  wait(60 * kNanosPerSecond);
  EXPECT_EQ(kept(later_slow), 0u);
  sent({{.trace = later_slow, .duration = 70 * kNanosPerSecond}});
  wait(kNanosPerSecond);
  EXPECT_EQ(kept(later_slow), 2u);
  EXPECT_EQ(counted("late_kept"), 1u);
  EXPECT_EQ(counted("late_dropped"), 1u);
}

TEST_F(SamplerTest, ATraceIsKeptOnRequestOnceHoweverOftenItIsAsked) {
  start();
  const TraceId dropped = id_of(1), undecided = id_of(2), to_come = id_of(3);
  sent({{.trace = dropped}, {.trace = dropped, .span = 2, .parent = 1}});
  wait(7 * kNanosPerSecond);
  sent({{.trace = undecided}});
  for (int i = 0; i < 2; ++i) {
    for (const TraceId& id : {dropped, undecided, to_come}) ASSERT_TRUE(sampler_->keep(id, "request"));
  }
  wait(kNanosPerSecond);
  EXPECT_EQ(kept(dropped), 2u);
  EXPECT_EQ(policy(dropped), "request");
  EXPECT_EQ(kept(undecided), 0u);
  wait(6 * kNanosPerSecond);
  ASSERT_TRUE(sampler_->keep(dropped, "request"));
  sent({{.trace = to_come}, {.trace = dropped, .span = 3, .parent = 1}});
  wait(kNanosPerSecond);
  EXPECT_EQ(kept(dropped), 3u);
  EXPECT_EQ(kept(undecided), 1u);
  EXPECT_EQ(kept(to_come), 1u);
}

// Sentry's trace, and the other tracer's of the same request: known by a log record of the request that holds its trace.
TEST_F(SamplerTest, AnErrorEventKeepsTheTracesItIsLinkedWith) {
  start();
  const TraceId sentry = id_of(1), otel = id_of(2), other = id_of(3);
  sent({{.trace = sentry}, {.trace = otel}, {.trace = other}});
  wait(8 * kNanosPerSecond);
  EXPECT_EQ(kept_in_all(), 0u);
  sampler_->error_event(sentry);
  store::testing::TestBatch links{.dataset = Dataset::kLinks, .streams = {{}}, .events = {}};
  links.events.push_back({clock_.now(), 0, {{"sentry_trace_id", sentry.hex()}, {"request_id", std::string("r-1")}}});
  append(links);
  wait(3 * kNanosPerSecond);
  EXPECT_EQ(kept(sentry), 1u);
  EXPECT_EQ(policy(sentry), "error_event");
  links.events = {{clock_.now(), 0, {{"trace_id", otel.hex()}, {"request_id", std::string("r-1")}}}};
  append(links);
  wait(15 * kNanosPerSecond);
  EXPECT_EQ(kept(otel), 1u);
  EXPECT_EQ(kept(other), 0u);
}

TEST_F(SamplerTest, UnderPressureTheOldestAreDecidedByWhatIsKnown) {
  sampling_.most_bytes = 4u << 20;
  start();
  std::mt19937_64 random(7);
  std::map<uint64_t, bool> traces;  // with an error or slow?
  uint64_t next = 0, refused = 0, most_held = 0;
  // About five times what there is room for, within the six seconds, so that nothing is due yet.
  for (int batch = 0; batch < 300; ++batch) {
    std::vector<TestSpan> spans;
    std::map<uint64_t, bool> these;
    for (int i = 0; i < 20; ++i) {
      const bool error = random() % 20 == 0, slow = random() % 20 == 0;
      these[++next] = error || slow;
      spans.push_back({.trace = id_of(next), .duration = slow ? 2 * kSlow : kNanosPerMilli});
      for (uint64_t child = 2; child < 10; ++child) spans.push_back({.trace = id_of(next), .span = child, .parent = 1, .error = error && child == 5});
    }
    if (send(spans)) traces.merge(these);
    else ++refused;
    most_held = std::max(most_held, sampler_->stats().held_bytes);
    if (batch % 10 == 9) wait(10 * kNanosPerMilli);
  }
  EXPECT_LT(most_held, sampling_.most_bytes + (1u << 20));
  EXPECT_GT(kept_in_all(), 0u);  // before their time
  for (int i = 0; i < 30; ++i) wait(kNanosPerSecond);
  auto found = kept_by_trace();
  for (const auto& [n, wanted] : traces) ASSERT_EQ(found[id_of(n).hex()], wanted ? 9u : 0u) << n;
  EXPECT_EQ(refused, 0u);
}

// What is refused was never acknowledged, and what was acknowledged is kept once there is room on the disk again.
TEST_F(SamplerTest, WhatCannotBeTakenIsRefused) {
  sampling_.most_bytes = 1u << 20;
  sampling_.in_memory = 3600 * kNanosPerSecond;
  start();
  bool is_full = true;
  fs_.set_fault_hook([&](base::MemFs::Op op, const std::string& path) -> std::optional<base::MemFs::Fault> {
    if (!is_full || op != base::MemFs::Op::kAppend || path.find("events/spans/") == std::string::npos) return std::nullopt;
    return base::MemFs::Fault{{base::Code::kResourceExhausted, "no space left on device"}, 0};
  });
  std::vector<uint64_t> taken;
  uint64_t refused = 0;
  for (uint64_t n = 1; n <= 100; ++n) {
    std::vector<TestSpan> spans;
    for (uint64_t child = 1; child <= 100; ++child) spans.push_back({.trace = id_of(n), .span = child, .parent = child - 1, .error = child == 1});
    const auto ok = send(spans);
    if (ok) taken.push_back(n);
    else ++refused;
    if (!ok) EXPECT_EQ(ok.error().code, base::Code::kResourceExhausted);
    clock_.advance(100 * kNanosPerMilli);
    (void)sampler_->tick();
  }
  EXPECT_GT(refused, 5u);
  EXPECT_GT(taken.size(), 10u);
  is_full = false;
  ASSERT_TRUE(store_->flush());  // finds that there is room again
  wait(10 * kNanosPerSecond);
  auto found = kept_by_trace();
  for (const uint64_t n : taken) ASSERT_EQ(found[id_of(n).hex()], 100u) << n;
  EXPECT_EQ(sampler_->refusal(), std::nullopt);
}

TEST_F(SamplerTest, ARestartFindsWhatWasUndecided) {
  start();
  sent({{.trace = id_of(1), .error = true}});
  wait(7 * kNanosPerSecond);
  EXPECT_EQ(kept(id_of(1)), 1u);
  sent({{.trace = id_of(2)}, {.trace = id_of(3), .error = true}, {.trace = id_of(4, true)}});
  EXPECT_EQ(sampler_->stats().settled_sequence, 1u);
  start();
  EXPECT_EQ(sampler_->stats().undecided, 3u);
  // Late spans of what was decided before go the same way, and what comes meanwhile joins what was there.
  sent({{.trace = id_of(1), .span = 2, .parent = 1}, {.trace = id_of(2), .span = 2, .parent = 1, .error = true}});
  wait(7 * kNanosPerSecond);
  EXPECT_EQ(kept(id_of(1)), 2u);
  EXPECT_EQ(kept(id_of(2)), 2u);
  EXPECT_EQ(kept(id_of(3)), 1u);
  EXPECT_EQ(kept(id_of(4, true)), 1u);
  wait(60 * kNanosPerSecond);
  EXPECT_EQ(sampler_->stats().settled_sequence, store_->durable_sequence(Dataset::kSpanWindow));
  start();
  EXPECT_EQ(sampler_->stats().undecided, 0u);
}

TEST_F(SamplerTest, AnErrorEventBeforeTheRestartKeepsItsTrace) {
  start();
  sent({{.trace = id_of(1)}});
  store::testing::TestBatch error{.dataset = Dataset::kErrors, .streams = {{}}, .events = {{clock_.now(), 0, {{"trace_id", id_of(1).hex()}}}}};
  append(error);
  start();
  wait(7 * kNanosPerSecond);
  EXPECT_EQ(kept(id_of(1)), 1u);
  EXPECT_EQ(policy(id_of(1)), "error_event");
}

// The power goes at any moment: what was acknowledged is in the window, and every span worth keeping is kept, once.
TEST_F(SamplerTest, ACrashNeitherLosesNorDoubles) {
  std::mt19937_64 random(11);
  std::map<uint64_t, uint64_t> bad;  // spans by trace
  uint64_t next = 0;
  start();
  for (int round = 0; round < 25; ++round) {
    const int steps = static_cast<int>(random() % 12);
    for (int step = 0; step < steps; ++step) {
      std::vector<TestSpan> spans;
      for (int i = 0; i < 5; ++i) {
        const bool error = random() % 2 == 0;
        spans.push_back({.trace = id_of(++next), .error = error});
        if (error) bad[next] = 1;
      }
      // A child of an earlier one, decided or not.
      if (const uint64_t earlier = 1 + random() % next; bad.contains(earlier)) {
        spans.push_back({.trace = id_of(earlier), .span = 100 + ++bad[earlier], .parent = 1});
      }
      sent(std::move(spans));
      if (random() % 3 != 0) wait(static_cast<int64_t>(random() % 4) * kNanosPerSecond);
      if (random() % 10 == 0) ASSERT_TRUE(store_->flush());
    }
    if (random() % 2 == 0) {  // in the midst of a round
      uint64_t left = random() % 6;
      fs_.set_fault_hook([left](base::MemFs::Op op, const std::string&) mutable -> std::optional<base::MemFs::Fault> {
        if (op == base::MemFs::Op::kRead || left-- > 0) return std::nullopt;
        left = 0;
        return base::MemFs::Fault{{base::Code::kUnavailable, "gone"}, 0};
      });
      clock_.advance(7 * kNanosPerSecond);
      (void)sampler_->tick();
    }
    sampler_.reset();
    store_.reset();
    fs_.set_fault_hook({});
    fs_.lose_power();
    start();
  }
  wait(70 * kNanosPerSecond);
  wait(kNanosPerSecond);
  for (const auto& [n, spans] : bad) ASSERT_EQ(kept(id_of(n)), spans) << n;
  for (uint64_t n = 1; n <= next; ++n) {
    ASSERT_FALSE(rows(Dataset::kSpanWindow, id_of(n)).empty()) << n;
    if (!bad.contains(n)) ASSERT_EQ(kept(id_of(n)), 0u) << n;
  }
}

TEST_F(SamplerTest, ACompleteTraceIsShownBeforeItIsDecided) {
  std::map<std::string, size_t> seen;
  observer_ = {.least_client_calls = 2, .complete = [&](const TraceId& id, std::span<const StoredSpan> spans) {
                 seen[id.hex()] = spans.size();
                 EXPECT_EQ(spans[1].span.kind, model::SpanKind::kClient);
                 EXPECT_EQ(spans[0].resource.attributes[0].value.text(), "djzen");
               }};
  start();
  sent({{.trace = id_of(1)}, {.trace = id_of(1), .span = 2, .parent = 1}, {.trace = id_of(2)}, {.trace = id_of(1), .span = 3, .parent = 1}});
  wait(7 * kNanosPerSecond);
  EXPECT_EQ(seen, (std::map<std::string, size_t>{{id_of(1).hex(), 3}}));
}

TEST(TraceTableTest, OfAMillionTracesErrorsAndSlowOnesAreKeptAndTheRestByChance) {
  constexpr uint64_t kTraces = 1'000'000;
  const Policies policies(kSlow, 5);
  TraceTable table({});
  RateState rates;
  std::mt19937_64 random(3);
  uint64_t special = 0, special_kept = 0, others = 0, others_kept = 0;
  double counted = 0;
  const auto decide = [&](const TraceId& id, const UndecidedTrace& trace) -> PastDecision {
    const Decision decision = policies.decide(id, trace.facts, rates, 0);
    const bool is_special = trace.facts.has_error || trace.facts.longest_root >= kSlow;
    ++(is_special ? special : others);
    if (decision.kept) ++(is_special ? special_kept : others_kept);
    if (decision.kept) counted += decision.adjusted_count;
    return {decision.kept, decision.policy, decision.adjusted_count};
  };
  for (uint64_t n = 0; n < kTraces; ++n) {
    model::Span span{.start_time = 0, .end_time = random() % 100 == 0 ? kSlow : kSlow / 10};
    for (uint8_t& byte : span.trace_id.bytes) byte = static_cast<uint8_t>(random());
    span.status_code = random() % 100 == 0 ? model::StatusCode::kError : model::StatusCode::kUnset;
    TracePart part{.id = span.trace_id};
    part.root_end = 1;
    policies.observe(span, {}, {}, part.facts);
    const auto now = static_cast<base::UnixNanos>(n * 100'000);  // 10,000 a second
    (void)table.add(part, {}, now);
    if (n % 1000 == 0) (void)table.decide_due(now, decide);
  }
  (void)table.decide_due(static_cast<base::UnixNanos>(kTraces) * 100'000 + 60 * kNanosPerSecond, decide);
  EXPECT_EQ(special + others, kTraces);
  EXPECT_EQ(special_kept, special);
  EXPECT_GT(special, 18'000u);
  const double expected = static_cast<double>(others) * 0.05;
  const double deviation = std::sqrt(static_cast<double>(others) * 0.05 * 0.95);
  EXPECT_NEAR(static_cast<double>(others_kept), expected, 4 * deviation);
  EXPECT_NEAR(counted, static_cast<double>(kTraces), 20 * 4 * deviation);
}

TEST(DecisionCacheTest, OfTooManyTheOldestGo) {
  DecisionCache cache(1024);
  for (uint64_t n = 0; n < 100'000; ++n) cache.put(id_of(n), {.kept = n % 2 == 0, .policy = "p", .adjusted_count = 3});
  size_t found = 0;
  for (uint64_t n = 0; n < 100'000; ++n) {
    const auto past = cache.find(id_of(n));
    if (!past) continue;
    ++found;
    EXPECT_EQ(past->kept, n % 2 == 0);
    if (past->kept) EXPECT_EQ(past->adjusted_count, 3);
  }
  EXPECT_EQ(found, 1024u);
  EXPECT_TRUE(cache.find(id_of(99'999)));
}

}  // namespace
}  // namespace tripod::sampling
