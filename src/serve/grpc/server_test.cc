#include "serve/grpc/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "base/mem_fs.h"
#include "base/random.h"
#include "ingest/otlp/decoder.h"
#include "ingest/otlp/response.h"
#include "ingest/otlp/test_messages.h"
#include "ingest/testing/corpus.h"
#include "serve/grpc/test_client.h"
#include "store/events/embedded_event_store.h"
#include "store/meta/sqlite_meta_store.h"
#include "store/metrics/embedded_metric_store.h"

namespace tripod::serve {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace otlp = ingest::otlp;

constexpr const char* kKey = "00112233445566778899aabbccddeeff";
const std::string kTraces = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const std::string kLogs = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
const std::string kMetrics = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

// The server over real stores in memory (meta: a temporary file).
class GrpcServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    body_ = ingest::testing::corpus_file("otlp/traces_django.pb");
    ASSERT_TRUE(otlp::decode_traces(body_, recorded_));
    ASSERT_FALSE(recorded_.spans.empty());
    clock_.set(recorded_.spans.front().end_time);
    open_stores();
    auto pipeline = pipeline::Pipeline::open({*events_, *samples_, *meta_}, clock_, ledger_, *log_, {.drop_own_noise = false});
    ASSERT_TRUE(pipeline) << pipeline.error().message;
    pipeline_ = std::move(*pipeline);
    ASSERT_TRUE(auth_.emplace(*meta_, clock_).load(""));
    server_.emplace(GrpcContext{{*pipeline_, ledger_, *auth_, clock_}, workers_, memory_, metrics_, *log_});
    auto bound = server_->listen("127.0.0.1:0");
    ASSERT_TRUE(bound);
    address_ = *bound;
  }

  void TearDown() override {
    server_.reset();
    pipeline_.reset();
    auth_.reset();
    meta_.reset();
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_.string() + suffix);
  }

  void open_stores() {
    path_ = std::filesystem::temp_directory_path() / ("tripod-grpc-" + base::random_hex(8) + ".db");
    auto meta = store::SqliteMetaStore::open(path_.string(), clock_);
    ASSERT_TRUE(meta) << meta.error().message;
    meta_ = std::move(*meta);
    ASSERT_TRUE(meta_->bootstrap("default", kKey));
    auto events = store::EmbeddedEventStore::open(fs_, clock_, memory_, *log_, {.dir = "/events"});
    ASSERT_TRUE(events) << events.error().message;
    events_ = std::move(*events);
    auto samples = store::EmbeddedMetricStore::open(fs_, clock_, memory_, *log_, {.dir = "/metrics"});
    ASSERT_TRUE(samples) << samples.error().message;
    samples_ = std::move(*samples);
  }

  GrpcReply call(const std::string& method, const std::string& message,
                 std::vector<std::pair<std::string, std::string>> metadata = {}) {
    return GrpcTestClient(address_).call(method, message, {.metadata = std::move(metadata)});
  }

  std::shared_ptr<const std::string> body_;
  model::Batch recorded_;
  base::ManualClock clock_{0};
  const std::unique_ptr<base::Logger> log_ = base::make_null_logger();
  base::MemFs fs_;
  base::MemoryBudget memory_{size_t{512} << 20};
  base::MetricRegistry metrics_;
  pipeline::IntakeLedger ledger_{clock_, metrics_};
  Workers workers_{2, 64};
  std::filesystem::path path_;
  std::unique_ptr<store::SqliteMetaStore> meta_;
  std::unique_ptr<store::EventStore> events_;
  std::unique_ptr<store::MetricStore> samples_;
  std::optional<Authenticator> auth_;
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  std::optional<GrpcServer> server_;
  std::string address_;
};

TEST_F(GrpcServerTest, AnAnsweredExportIsInTheStore) {
  const GrpcReply reply = call(kTraces, *body_);
  ASSERT_EQ(reply.code, 0) << reply.text;
  EXPECT_THAT(reply.message, IsEmpty()) << "nothing was rejected";
  EXPECT_EQ(events_->stats(store::Dataset::kSpans).rows, recorded_.spans.size());
  EXPECT_EQ(ledger_.signal(pipeline::Signal::kTraces).count, recorded_.spans.size());
}

TEST_F(GrpcServerTest, TakesLogsAndMetricsToo) {
  ASSERT_EQ(call(kLogs, *ingest::testing::corpus_file("otlp/logs_django.pb")).code, 0);
  ASSERT_EQ(call(kMetrics, *ingest::testing::corpus_file("otlp/metrics_worker.pb")).code, 0);
  EXPECT_GT(events_->stats(store::Dataset::kLogs).rows, 0u);
  EXPECT_GT(samples_->stats().samples, 0u);
}

TEST_F(GrpcServerTest, AnEmptyRequestIsFine) {
  for (const std::string& method : {kTraces, kLogs, kMetrics}) EXPECT_EQ(call(method, "").code, 0) << method;
}

TEST_F(GrpcServerTest, RejectedItemsArePartialSuccess) {
  const std::string nameless = otlp::message<otlp::SpanField>([&](auto& b) {
    b.add_string(otlp::SpanField::kName, "no ids");
  });
  const GrpcReply reply = call(kTraces, *otlp::request({nameless}));
  ASSERT_EQ(reply.code, 0);
  model::Batch expected;
  ASSERT_TRUE(otlp::decode_traces(otlp::request({nameless}), expected));
  EXPECT_EQ(reply.message, otlp::encode_traces_response(expected));
  EXPECT_THAT(reply.message, HasSubstr("invalid_trace_id"));
  ASSERT_EQ(ledger_.recent_rejections().size(), 1u);
  EXPECT_EQ(ledger_.recent_rejections()[0].reason, "invalid_trace_id");
}

TEST_F(GrpcServerTest, ABrokenMessageIsRefusedAndListed) {
  const GrpcReply reply = call(kTraces, body_->substr(0, body_->size() / 2));
  EXPECT_EQ(reply.code, 3);
  EXPECT_EQ(reply.details, otlp::encode_status(3, reply.text));
  const auto listed = ledger_.recent_rejections();
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].protocol, "otlp");
  EXPECT_EQ(listed[0].peer, "127.0.0.1");
  EXPECT_EQ(listed[0].reason, "invalid_argument");
  EXPECT_EQ(listed[0].detail, reply.text);
  EXPECT_EQ(events_->stats(store::Dataset::kSpans).rows, 0u);
}

TEST_F(GrpcServerTest, TakesTheKeyWhereverExportersPutIt) {
  const std::string basic = "Basic OjAwMTEyMjMzNDQ1NTY2Nzc4ODk5YWFiYmNjZGRlZWZm";  // ":" and the key
  const std::vector<std::pair<std::string, std::string>> places = {
      {"authorization", std::string("Bearer ") + kKey}, {"authorization", basic}, {"x-tripod-key", kKey},
      {"x-honeycomb-team", kKey}};
  for (const auto& place : places) EXPECT_EQ(call(kTraces, "", {place}).code, 0) << place.first;
}

TEST_F(GrpcServerTest, AWrongKeyIsRefusedEvenWhereNoneIsNeeded) {
  const GrpcReply reply = call(kTraces, *body_, {{"x-tripod-key", "wrong"}});
  EXPECT_EQ(reply.code, 16);
  ASSERT_EQ(ledger_.recent_rejections().size(), 1u);
  EXPECT_EQ(ledger_.recent_rejections()[0].reason, "unauthenticated");
  EXPECT_EQ(events_->stats(store::Dataset::kSpans).rows, 0u);
}

TEST_F(GrpcServerTest, AnOpenListenerNeedsAKey) {
  const auto bound = server_->listen("0.0.0.0:0");
  ASSERT_TRUE(bound);
  const std::string address = "127.0.0.1:" + bound->substr(bound->rfind(':') + 1);
  EXPECT_EQ(GrpcTestClient(address).call(kTraces, "").code, 16);
  EXPECT_EQ(GrpcTestClient(address).call(kTraces, "", {.metadata = {{"x-tripod-key", kKey}}}).code, 0);
}

TEST_F(GrpcServerTest, ProfilesAreNotServed) {
  const GrpcReply reply = call("/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export", "");
  EXPECT_EQ(reply.code, 12);
}

}  // namespace
}  // namespace tripod::serve
