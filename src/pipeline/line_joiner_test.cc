#include "pipeline/line_joiner.h"

#include <gtest/gtest.h>

#include <thread>

namespace tripod::pipeline {
namespace {

using model::Attribute;
using model::Batch;
using model::LogRecord;
using model::Value;

constexpr base::UnixNanos kNow = 1'795'365'600'000'000'000;
constexpr std::string_view kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr std::string_view kSentryTrace = "0af7651916cd43dd8448eb211c80319c";

struct Line {
  std::string_view body = "order_paid";
  std::string_view request = "r-1";
  base::UnixNanos time = kNow;
  std::string_view service = "shop";
};

class LineJoinerTest : public ::testing::Test {
 protected:
  static Batch batch_of(std::string_view service) {
    Batch batch;
    const std::vector<Attribute> resource{{"service.name", Value::string(service)}};
    batch.resources.push_back({batch.arena.copy_array(std::span<const Attribute>(resource))});
    return batch;
  }
  static LogRecord record_of(Batch& batch, const Line& line, std::vector<Attribute> more) {
    std::vector<Attribute> attributes;
    if (!line.request.empty()) attributes.push_back({"request_id", Value::string(line.request)});
    attributes.insert(attributes.end(), more.begin(), more.end());
    LogRecord record;
    record.time = line.time;
    record.body = Value::string(line.body);
    record.severity_number = 9;
    record.severity_text = "info";
    record.scope = UINT32_MAX;
    record.attributes = batch.arena.copy_array(std::span<const Attribute>(attributes));
    return record;
  }
  static LogRecord printed(Batch& batch, const Line& line = {}) {
    LogRecord out = record_of(batch, line, {{"order_id", Value::int64(7)}});
    out.original = "{the line}";
    out.time_is_of_line = true;
    return out;
  }
  static LogRecord exported(Batch& batch, const Line& line = {}) {
    LogRecord out = record_of(batch, line, {{"code.line.number", Value::int64(42)}, {"code.file.path", Value::string("/a.py")}});
    out.trace_id = model::TraceId::from_hex(kTrace);
    return out;
  }
  static LogRecord of_sentry(Batch& batch, const Line& line = {}) {
    LogRecord out = record_of(batch, line, {{"code.line.number", Value::int64(42)}, {"code.file.path", Value::string("/a.py")}});
    out.source = model::SpanSource::kSentry;
    out.trace_id = model::TraceId::from_hex(kSentryTrace);
    return out;
  }
  // Joins, and tells that the batch got these numbers.
  LineJoiner::Joined join(Batch& batch, std::string_view protocol, uint64_t first, base::UnixNanos now = kNow) {
    auto joined = joiner_.join(batch, protocol, now);
    if (joined.place) joined.place->numbered(first);
    return joined;
  }
  LineJoiner::Joined print(const Line& line, uint64_t first, base::UnixNanos now = kNow) {
    Batch batch = batch_of(line.service);
    batch.logs.push_back(printed(batch, line));
    return join(batch, "loki", first, now);
  }
  LineJoiner::Joined send(const Line& line, uint64_t first, base::UnixNanos now = kNow) {
    Batch batch = batch_of(line.service);
    batch.logs.push_back(exported(batch, line));
    return join(batch, "otlp", first, now);
  }

  LineJoiner joiner_;
};

TEST_F(LineJoinerTest, TheSecondCopyTakesUpTheFirstInEitherOrder) {
  for (const bool printed_first : {true, false}) {
    LineJoiner joiner;
    Batch a = batch_of("shop"), b = batch_of("shop");
    a.scopes.push_back({"structlog", ""});
    a.logs.push_back(exported(a));
    a.logs.back().scope = 0;
    b.logs.push_back(printed(b));
    Batch& first = printed_first ? b : a;
    Batch& second = printed_first ? a : b;
    auto before = joiner.join(first, printed_first ? "loki" : "otlp", kNow);
    EXPECT_TRUE(before.supersedes.empty());
    before.place->numbered(17);
    first = Batch();  // nothing of it is needed any more
    const auto joined = joiner.join(second, printed_first ? "otlp" : "loki", kNow + base::kNanosPerSecond);
    EXPECT_EQ(joined.supersedes, std::vector<uint64_t>{17});
    EXPECT_EQ(joined.count, 1u);
    ASSERT_EQ(second.logs.size(), 1u);
    const LogRecord& r = second.logs[0];
    EXPECT_EQ(r.original, "{the line}");
    EXPECT_EQ(r.trace_id.hex(), kTrace);
    EXPECT_EQ(model::find_text(r.attributes, "request_id"), "r-1");
    EXPECT_NE(model::find_attribute(r.attributes, "order_id"), nullptr);
    EXPECT_EQ(model::find_text(r.attributes, "code.file.path"), "/a.py");
    EXPECT_EQ(model::find_text(r.attributes, "otel.scope.name"), "structlog");
    EXPECT_EQ(model::find_attribute(r.attributes, kOriginsAttribute)->value,
              Value::string(printed_first ? "loki, otlp" : "otlp, loki"));
    EXPECT_EQ(model::find_text(second.resources[r.resource].attributes, "service.name"), "shop");
  }
}

TEST_F(LineJoinerTest, LinesThatAreTwoStayTwo) {
  print({}, 1);
  // Printed again, by the same way.
  EXPECT_EQ(print({}, 2).count, 0u);
  // Another request, message, service; too far apart.
  EXPECT_EQ(send({.request = "r-2"}, 3).count, 0u);
  EXPECT_EQ(send({.body = "order_lost"}, 4).count, 0u);
  EXPECT_EQ(send({.time = kNow + base::kNanosPerSecond}, 5).count, 0u);
  EXPECT_EQ(send({.request = "", .time = kNow + 11 * base::kNanosPerMilli}, 6).count, 0u);
  EXPECT_EQ(send({.request = "", .service = "other"}, 7).count, 0u);
  // What a request asks of another service is logged with its id too.
  EXPECT_EQ(send({.service = "other"}, 7).count, 0u);
  // Two were printed, so two copies find one each, and a third none.
  EXPECT_EQ(send({}, 8).supersedes, std::vector<uint64_t>{1});
  EXPECT_EQ(send({}, 9).supersedes, std::vector<uint64_t>{2});
  EXPECT_EQ(send({}, 10).count, 0u);
}

TEST_F(LineJoinerTest, AContradictionIsNoCopy) {
  Batch batch = batch_of("shop");
  batch.logs.push_back(printed(batch));
  join(batch, "loki", 1);
  Batch other = batch_of("shop");
  other.logs.push_back(record_of(other, {}, {{"order_id", Value::int64(8)}}));
  EXPECT_EQ(join(other, "otlp", 2).count, 0u);
  Batch louder = batch_of("shop");
  louder.logs.push_back(exported(louder));
  louder.logs.back().severity_number = 17;
  EXPECT_EQ(join(louder, "otlp", 3).count, 0u);
}

TEST_F(LineJoinerTest, InstancesOfAServiceStayApart) {
  const auto batch_at = [](std::string_view key, std::string_view value) {
    Batch batch;
    const std::vector<Attribute> resource{{"service.name", Value::string("shop")}, {key, Value::string(value)}};
    batch.resources.push_back({batch.arena.copy_array(std::span<const Attribute>(resource))});
    return batch;
  };
  for (const std::string_view key : {"service.instance.id", "k8s.pod.name", "host.name"}) {
    for (const std::string_view request : {"", "r-1"}) {
      LineJoiner joiner;
      const auto joined = [&](std::string_view at) {
        Batch batch = batch_at(key, at);
        batch.logs.push_back(exported(batch, {.request = request}));
        batch.logs.back().trace_id = {};
        const auto found = joiner.join(batch, "otlp", kNow);
        joiner.undo(found);
        return found.count;
      };
      Batch first = batch_at(key, "a");
      first.logs.push_back(printed(first, {.request = request}));
      joiner.join(first, "loki", kNow).place->numbered(1);
      // A host may be named by the shipper, and differently: with an id it decides nothing.
      EXPECT_EQ(joined("b"), key == "host.name" && !request.empty() ? 1u : 0u) << key;
      EXPECT_EQ(joined("a"), 1u) << key;
    }
  }
}

TEST_F(LineJoinerTest, TheSpanOfOneCopyIsKept) {
  Batch batch = batch_of("shop");
  batch.logs.push_back(printed(batch));
  batch.logs.back().trace_id = model::TraceId::from_hex(kTrace);
  join(batch, "loki", 1);
  Batch sdk = batch_of("shop");
  sdk.logs.push_back(exported(sdk));
  sdk.logs.back().span_id = model::SpanId::from_hex("00f067aa0ba902b7");
  EXPECT_EQ(join(sdk, "otlp", 2).count, 1u);
  EXPECT_EQ(sdk.logs[0].span_id.hex(), "00f067aa0ba902b7");
}

TEST_F(LineJoinerTest, WithoutAnIdOneServiceAndOneTimeAreEvidence) {
  print({.request = ""}, 1);
  EXPECT_EQ(send({.request = "", .time = kNow + 9 * base::kNanosPerMilli}, 2).supersedes, std::vector<uint64_t>{1});
}

TEST_F(LineJoinerTest, ATimeOfShippingIsLaterThanTheProgramsOwn) {
  for (const bool has_id : {true, false}) {
    const std::string_view request = has_id ? "r-9" : "";
    Batch batch = batch_of("shop");
    batch.logs.push_back(printed(batch, {.request = request, .time = kNow + 3 * base::kNanosPerSecond}));
    batch.logs.back().time_is_of_line = false;
    join(batch, "loki", 1);
    Batch sdk = batch_of("shop");
    sdk.logs.push_back(exported(sdk, {.request = request}));
    EXPECT_EQ(join(sdk, "otlp", 2).count, has_id ? 1u : 0u);
    if (has_id) EXPECT_EQ(sdk.logs[0].time, kNow);
  }
}

TEST_F(LineJoinerTest, TheNearestIsTaken) {
  for (int i = 0; i < 5; ++i) print({.time = kNow + i * 100 * base::kNanosPerMilli}, static_cast<uint64_t>(10 + i));
  EXPECT_EQ(send({.time = kNow + 310 * base::kNanosPerMilli}, 20).supersedes, std::vector<uint64_t>{13});
  EXPECT_EQ(send({.time = kNow + 290 * base::kNanosPerMilli}, 21).supersedes, std::vector<uint64_t>{12});
}

TEST_F(LineJoinerTest, CopiesOfOneBatchAreOneRecord) {
  // A collector sends what it read from a file beside what it got from the SDK.
  Batch batch = batch_of("shop");
  const std::vector<Attribute> file{{"service.name", Value::string("shop")}, {"log.file.path", Value::string("/var/log/a")}};
  batch.resources.push_back({batch.arena.copy_array(std::span<const Attribute>(file))});
  batch.logs.push_back(exported(batch, {.body = "alone"}));
  batch.logs.push_back(exported(batch));
  batch.logs.push_back(printed(batch));
  batch.logs.back().resource = 1;
  batch.logs.push_back(exported(batch, {.body = "last"}));
  const auto joined = join(batch, "otlp", 5);
  EXPECT_EQ(joined.count, 1u);
  EXPECT_EQ(joined.taken_out, 1u);
  EXPECT_TRUE(joined.supersedes.empty());
  ASSERT_EQ(batch.logs.size(), 3u);
  EXPECT_EQ(batch.logs[1].original, "{the line}");
  EXPECT_EQ(batch.logs[1].trace_id.hex(), kTrace);
  EXPECT_EQ(batch.logs[2].body.text(), "last");
  // What stands behind has moved up.
  EXPECT_EQ(print({.body = "last"}, 9).supersedes, std::vector<uint64_t>{7});
}

TEST_F(LineJoinerTest, SentrysCopyJoinsAndLeavesItsTraceBeside) {
  print({}, 1);
  EXPECT_EQ(send({}, 2).supersedes, std::vector<uint64_t>{1});
  Batch batch = batch_of("default");
  batch.logs.push_back(of_sentry(batch, {.request = ""}));
  EXPECT_EQ(join(batch, "sentry", 3).supersedes, std::vector<uint64_t>{2});
  const LogRecord& r = batch.logs[0];
  EXPECT_EQ(r.trace_id.hex(), kTrace);
  EXPECT_EQ(r.source, model::SpanSource::kOtel);
  EXPECT_EQ(model::find_text(r.attributes, "sentry.trace_id"), kSentryTrace);
  EXPECT_EQ(model::find_text(batch.resources[r.resource].attributes, "service.name"), "shop");
  EXPECT_EQ(model::find_attribute(r.attributes, kOriginsAttribute)->value, Value::string("loki, otlp, sentry"));
}

TEST_F(LineJoinerTest, OpenTelemetrysTraceComesBeforeSentrys) {
  Batch sentry = batch_of("default");
  sentry.logs.push_back(of_sentry(sentry));
  join(sentry, "sentry", 1);
  Batch batch = batch_of("shop");
  batch.logs.push_back(exported(batch));
  EXPECT_EQ(join(batch, "otlp", 2).supersedes, std::vector<uint64_t>{1});
  EXPECT_EQ(batch.logs[0].trace_id.hex(), kTrace);
  EXPECT_EQ(model::find_text(batch.logs[0].attributes, "sentry.trace_id"), kSentryTrace);
}

TEST_F(LineJoinerTest, ABatchThatIsOnItsWayIsWaitedFor) {
  Batch first = batch_of("shop");
  first.logs.push_back(printed(first));
  const auto before = joiner_.join(first, "loki", kNow);
  std::jthread later([&] { before.place->numbered(4); });
  EXPECT_EQ(send({}, 5).supersedes, std::vector<uint64_t>{4});
}

TEST_F(LineJoinerTest, OfARefusedBatchNothingIsTaken) {
  Batch first = batch_of("shop");
  first.logs.push_back(printed(first));
  const auto before = joiner_.join(first, "loki", kNow);
  before.place->refused();
  Batch second = batch_of("shop");
  second.logs.push_back(exported(second));
  const auto alone = join(second, "otlp", 2);
  EXPECT_TRUE(alone.supersedes.empty());
  EXPECT_EQ(second.logs[0].original, "");
  // Sent again, the first finds the second.
  EXPECT_EQ(print({}, 3).supersedes, std::vector<uint64_t>{2});
}

TEST_F(LineJoinerTest, ARefusedBatchIsNotFound) {
  Batch first = batch_of("shop");
  first.logs.push_back(printed(first));
  const auto refused = joiner_.join(first, "loki", kNow);
  refused.place->refused();
  joiner_.undo(refused);
  EXPECT_EQ(joiner_.held_bytes(), 0u);
  print({}, 2);  // it was sent again
  EXPECT_EQ(send({}, 3).supersedes, std::vector<uint64_t>{2});
}

TEST_F(LineJoinerTest, WhatARecordTookInStaysWhereTheEarlierOneWasRefused) {
  Batch sentry = batch_of("default");
  sentry.logs.push_back(of_sentry(sentry));
  const auto refused = joiner_.join(sentry, "sentry", kNow);
  refused.place->refused();
  // A collector's batch with what it read and what the SDK sent.
  Batch both = batch_of("shop");
  const std::vector<Attribute> file{{"service.name", Value::string("shop")}, {"log.file.path", Value::string("/var/log/a")}};
  both.resources.push_back({both.arena.copy_array(std::span<const Attribute>(file))});
  both.logs.push_back(printed(both));
  both.logs.back().resource = 1;
  both.logs.push_back(exported(both));
  const auto joined = join(both, "otlp", 2);
  EXPECT_TRUE(joined.supersedes.empty());
  ASSERT_EQ(both.logs.size(), 1u);
  EXPECT_EQ(both.logs[0].original, "{the line}");
  EXPECT_EQ(both.logs[0].trace_id.hex(), kTrace);
}

TEST_F(LineJoinerTest, WhatARefusedBatchWasToReplaceIsFoundAgain) {
  print({}, 1);
  const auto refused = send({}, 2);
  EXPECT_EQ(refused.supersedes, std::vector<uint64_t>{1});
  joiner_.undo(refused);
  EXPECT_EQ(send({}, 3).supersedes, std::vector<uint64_t>{1});
}

// The first line finds no copy and stays for its two minutes.
TEST_F(LineJoinerTest, JoinedRecordsAreGivenBackBehindOneThatIsNot) {
  base::MemoryBudget budget(64u << 20);
  LineJoiner joiner(&budget);
  uint64_t sequence = 0;
  const auto one = [&](bool is_printed, std::string_view body) {
    Batch batch = batch_of("shop");
    batch.logs.push_back(is_printed ? printed(batch, {.body = body}) : exported(batch, {.body = body}));
    const auto joined = joiner.join(batch, is_printed ? "loki" : "otlp", kNow);
    if (joined.place) joined.place->numbered(++sequence);
  };
  one(true, "alone");
  const auto held = budget.used();
  for (int i = 0; i < 1000; ++i) {
    const std::string body = "line " + std::to_string(i);
    one(true, body);
    one(false, body);
    Batch batch = batch_of("default");
    batch.logs.push_back(of_sentry(batch, {.body = body}));
    EXPECT_EQ(joiner.join(batch, "sentry", kNow).count, 1u);
  }
  EXPECT_EQ(budget.used(), held);
  EXPECT_EQ(joiner.held_bytes(), static_cast<size_t>(held));
}

TEST_F(LineJoinerTest, MemoryIsBoundedAndGivenBack) {
  base::MemoryBudget budget(1u << 20);
  {
    LineJoiner joiner(&budget, {.bytes = 100'000});
    for (int i = 0; i < 1000; ++i) {
      Batch batch = batch_of("shop");
      const std::string body = "line " + std::to_string(i);
      batch.logs.push_back(printed(batch, {.body = body}));
      joiner.join(batch, "loki", kNow);
    }
    EXPECT_LE(joiner.held_bytes(), 100'000u);
    EXPECT_GT(joiner.held_bytes(), 50'000u);
    EXPECT_LE(budget.used(), 100'000u);
    Batch late = batch_of("shop");
    late.logs.push_back(exported(late, {.body = "much later"}));
    joiner.join(late, "otlp", kNow + 3 * base::kNanosPerMinute);
    EXPECT_LT(joiner.held_bytes(), 3'000u);
  }
  EXPECT_EQ(budget.used(), 0u);
}

TEST_F(LineJoinerTest, AnOriginThatNeverComesIsNotWaitedFor) {
  LineJoiner joiner(nullptr, {.patience = 10});
  const auto print_one = [&](const std::string& body) {
    Batch batch = batch_of("shop");
    batch.logs.push_back(printed(batch, {.body = body}));
    return joiner.join(batch, "loki", kNow).place != nullptr;
  };
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(print_one("line " + std::to_string(i)));
  EXPECT_FALSE(print_one("one too many"));
  Batch batch = batch_of("shop");
  batch.logs.push_back(exported(batch, {.body = "here it is"}));
  joiner.join(batch, "otlp", kNow);
  EXPECT_TRUE(print_one("waited for again"));
}

}  // namespace
}  // namespace tripod::pipeline
