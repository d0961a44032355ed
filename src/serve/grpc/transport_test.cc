#include "serve/grpc/transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <mutex>
#include <thread>

#include "ingest/otlp/response.h"
#include "serve/grpc/test_client.h"

namespace tripod::serve {
namespace {

using base::Code;
using base::Error;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr size_t kMegabyte = size_t{1} << 20;
constexpr milliseconds kRetry{1500};
constexpr auto kLong = std::chrono::seconds(20);

class GrpcTransportTest : public ::testing::Test {
 protected:
  GrpcTransportTest() {
    const auto echo = [](GrpcCall&& call, GrpcResponder responder) {
      responder(call.peer.address + "|" + call.principal.name + "|" + call.message);
    };
    const auto fail = [](GrpcCall&& call, GrpcResponder responder) {
      responder(base::fail(call.message == "bad" ? Code::kInvalidArgument : Code::kUnavailable, call.message));
    };
    const auto forget = [](GrpcCall&&, GrpcResponder) {};
    const auto hold = [this](GrpcCall&&, GrpcResponder responder) {
      held_.set_value(std::make_shared<GrpcResponder>(std::move(responder)));
    };
    transport_.emplace(GrpcTransportContext{
        .methods = {{"/test.Service/Echo", echo}, {"/test.Service/Fail", fail}, {"/test.Service/Forget", forget},
                    {"/test.Service/Hold", hold}},
        .workers = workers_,
        .memory = memory_,
        .metrics = metrics_,
        .authenticate = [](const HttpRequest& request) -> base::Result<Principal> {
          if (request.header("x-tripod-key") == "wrong") return base::fail(Code::kUnauthenticated, "unknown key or token");
          return Principal{.name = std::string(request.header("x-tripod-key"))};
        },
        .refused =
            [this](const Peer& peer, const Error& error) {
              std::lock_guard lock(mu_);
              refused_.push_back(peer.address + " " + std::string(base::code_name(error.code)));
            },
        .max_message_bytes = kMegabyte,
        .retry_after = kRetry,
    });
    auto bound = transport_->listen("127.0.0.1:0");
    EXPECT_TRUE(bound);
    address_ = *bound;
  }

  GrpcReply call(const std::string& method, const std::string& message, const GrpcCallOptions& options = {}) {
    return GrpcTestClient(address_).call("/test.Service/" + method, message, options);
  }

  // A call's memory is given back just after its answer.
  void expect_no_memory_held() {
    const auto end = std::chrono::steady_clock::now() + kLong;
    while (memory_.used() > 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    EXPECT_EQ(memory_.used(), 0u);
  }

  std::vector<std::string> refused() {
    std::lock_guard lock(mu_);
    return refused_;
  }

  // The one worker busy and the queue full, until release_ is set.
  void fill_workers() {
    ASSERT_TRUE(workers_.try_submit([this] {
      busy_.set_value();
      release_.get_future().wait();
    }));
    busy_.get_future().wait();
    ASSERT_TRUE(workers_.try_submit([] {}));
  }

  static void expect_retry_info(const GrpcReply& reply) {
    EXPECT_EQ(reply.trailers.at("google.rpc.retryinfo-bin"), ingest::otlp::encode_retry_info(kRetry));
    EXPECT_EQ(reply.details, ingest::otlp::encode_status(reply.code, reply.text, kRetry));
  }
  static void expect_no_retry_info(const GrpcReply& reply) {
    EXPECT_FALSE(reply.trailers.contains("google.rpc.retryinfo-bin"));
    EXPECT_EQ(reply.details, ingest::otlp::encode_status(reply.code, reply.text));
  }

  std::mutex mu_;
  std::vector<std::string> refused_;  // guarded by mu_
  std::promise<std::shared_ptr<GrpcResponder>> held_;
  std::promise<void> busy_, release_;
  base::MemoryBudget memory_{16 * kMegabyte};
  base::MetricRegistry metrics_;
  Workers workers_{1, 1};
  std::optional<GrpcTransport> transport_;  // goes first
  std::string address_;
};

TEST_F(GrpcTransportTest, CarriesMessagePeerAndPrincipal) {
  const GrpcReply reply = call("Echo", "hello", {.metadata = {{"x-tripod-key", "alice"}}});
  EXPECT_EQ(reply.code, 0) << reply.text;
  EXPECT_EQ(reply.message, "127.0.0.1|alice|hello");
  EXPECT_EQ(call("Echo", "").message, "127.0.0.1||");
  EXPECT_TRUE(refused().empty());
}

TEST_F(GrpcTransportTest, TakesTheLargestMessageAndGivesItsMemoryBack) {
  const std::string message(kMegabyte, 'x');
  EXPECT_EQ(call("Echo", message).message, "127.0.0.1||" + message);
  expect_no_memory_held();
}

TEST_F(GrpcTransportTest, TakesCompressionOff) {
  const std::string message(100'000, 'x');
  for (const auto compression : {GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE}) {
    const GrpcReply reply = call("Echo", message, {.compression = compression});
    EXPECT_EQ(reply.code, 0) << reply.text;
    EXPECT_EQ(reply.message, "127.0.0.1||" + message);
  }
  EXPECT_LT(metrics_.counters("tripod_grpc_request_bytes_total").at(0).value, 10'000u) << "was sent compressed";
}

TEST_F(GrpcTransportTest, StopsADecompressionBombAtTheLimit) {
  const GrpcReply reply = call("Echo", std::string(kMegabyte + 1, '\0'), {.compression = GRPC_COMPRESS_GZIP});
  EXPECT_EQ(reply.code, 8);
  expect_no_retry_info(reply);
  EXPECT_THAT(refused(), ElementsAre("127.0.0.1 too_large"));
}

TEST_F(GrpcTransportTest, RefusesATooLargeMessage) {
  EXPECT_EQ(call("Echo", std::string(kMegabyte + 1, 'x')).code, 8);
}

TEST_F(GrpcTransportTest, RefusesDamagedCompression) {
  const GrpcReply reply = call("Echo", "\x1f\x8b not gzip");
  EXPECT_EQ(reply.code, 3);
  expect_no_retry_info(reply);
  EXPECT_THAT(refused(), ElementsAre("127.0.0.1 invalid_argument"));
}

TEST_F(GrpcTransportTest, NamesAnUnknownMethod) {
  const GrpcReply reply = call("Nothing", "");
  EXPECT_EQ(reply.code, 12);
  EXPECT_EQ(reply.text, "no such method: /test.Service/Nothing");
  EXPECT_THAT(refused(), ElementsAre("127.0.0.1 unsupported"));
}

TEST_F(GrpcTransportTest, RefusesWrongCredentialsBeforeReading) {
  const GrpcReply reply = call("Echo", std::string(kMegabyte, 'x'), {.metadata = {{"x-tripod-key", "wrong"}}});
  EXPECT_EQ(reply.code, 16);
  EXPECT_THAT(refused(), ElementsAre("127.0.0.1 unauthenticated"));
  EXPECT_EQ(metrics_.counters("tripod_grpc_request_bytes_total").at(0).value, 0u);
}

TEST_F(GrpcTransportTest, CarriesErrorsOfHandlers) {
  const GrpcReply bad = call("Fail", "bad");
  EXPECT_EQ(bad.code, 3);
  EXPECT_EQ(bad.text, "bad");
  expect_no_retry_info(bad);
  const GrpcReply unavailable = call("Fail", "later");
  EXPECT_EQ(unavailable.code, 14);
  expect_retry_info(unavailable);
}

TEST_F(GrpcTransportTest, CutsLongErrorTexts) {
  const GrpcReply reply = call("Fail", std::string(100'000, '%'));
  EXPECT_EQ(reply.code, 14);
  EXPECT_EQ(reply.text, std::string(1024, '%'));
}

TEST_F(GrpcTransportTest, AForgottenCallIsAnInternalError) { EXPECT_EQ(call("Forget", "").code, 13); }

TEST_F(GrpcTransportTest, AFullQueueSaysWhenToComeBack) {
  fill_workers();
  const GrpcReply reply = call("Echo", "hello");
  release_.set_value();
  EXPECT_EQ(reply.code, 8);
  expect_retry_info(reply);
  EXPECT_THAT(refused(), ElementsAre("127.0.0.1 resource_exhausted"));
  EXPECT_EQ(metrics_.counters("tripod_grpc_overloaded_total").at(0).value, 1u);
  expect_no_memory_held();
}

TEST_F(GrpcTransportTest, AFullMemoryBudgetSaysWhenToComeBack) {
  auto all = memory_.charge(memory_.limit());
  const GrpcReply reply = call("Echo", "hello");
  EXPECT_EQ(reply.code, 8);
  expect_retry_info(reply);
  EXPECT_THAT(refused(), ElementsAre("127.0.0.1 resource_exhausted"));
}

TEST_F(GrpcTransportTest, DecompressionIsChargedToTheBudget) {
  auto most = memory_.charge(memory_.limit() - 100'000);
  const GrpcReply reply = call("Echo", std::string(500'000, 'x'), {.compression = GRPC_COMPRESS_GZIP});
  EXPECT_EQ(reply.code, 8);
  expect_retry_info(reply);
}

TEST_F(GrpcTransportTest, ACallInFlightFinishesWithinTheGraceOfAStop) {
  auto reply = std::async(std::launch::async, [&] { return call("Hold", "hello"); });
  auto held = held_.get_future().get();
  auto stopped = std::async(std::launch::async, [&] { return transport_->stop(kLong); });
  // New calls are refused once the stop has begun; until then they are taken.
  while (call("Echo", "", {.deadline = milliseconds(500)}).code == 0) std::this_thread::yield();
  (*held)(std::string("held"));
  EXPECT_EQ(reply.get().message, "held");
  EXPECT_EQ(stopped.get(), 0u);
}

TEST_F(GrpcTransportTest, AStopWithoutGraceDoesNotWaitForAnAnswer) {
  auto reply = std::async(std::launch::async, [&] { return call("Hold", "hello"); });
  auto held = held_.get_future().get();
  EXPECT_EQ(transport_->stop(milliseconds(0)), 1u);
  EXPECT_NE(reply.get().code, 0);
  (*held)(std::string("too late"));
}

TEST_F(GrpcTransportTest, AnAnswerAfterTheClientsDeadlineIsDropped) {
  auto reply = std::async(std::launch::async, [&] { return call("Hold", "hello", {.deadline = milliseconds(50)}); });
  auto held = held_.get_future().get();
  EXPECT_EQ(reply.get().code, 4);
  (*held)(std::string("too late"));
  EXPECT_EQ(call("Echo", "next").code, 0);
}

TEST_F(GrpcTransportTest, AStoppedServerAnswersNobody) {
  transport_->stop(milliseconds(0));
  EXPECT_EQ(call("Echo", "hello").code, 14);
  EXPECT_FALSE(transport_->listen("127.0.0.1:0"));
}

TEST_F(GrpcTransportTest, ATakenPortIsAnError) {
  const auto second = transport_->listen(address_);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr(address_));
  const auto other = transport_->listen("127.0.0.1:0");
  ASSERT_TRUE(other);
  EXPECT_NE(*other, address_);
  EXPECT_EQ(GrpcTestClient(*other).call("/test.Service/Echo", "x").message, "127.0.0.1||x");
}

TEST_F(GrpcTransportTest, ManyCallsAtOnceAreAnsweredOrToldToComeBack) {
  std::atomic<int> answered{0}, refused{0};
  std::vector<std::jthread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&, i] {
      GrpcTestClient client(address_);
      for (int k = 0; k < 100; ++k) {
        const std::string text = std::to_string(i * 1000 + k);
        const GrpcReply reply = client.call("/test.Service/Echo", text);
        if (reply.message == "127.0.0.1||" + text) ++answered;
        if (reply.code == 8) ++refused;
      }
    });
  }
  clients.clear();
  EXPECT_EQ(answered + refused, 400);
  EXPECT_GT(answered, 0);
  expect_no_memory_held();
}

}  // namespace
}  // namespace tripod::serve
