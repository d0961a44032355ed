// Streams over loopback sockets: what is on the wire, what is bounded, and that every stream ends once.
#include "serve/http/stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "serve/http/server.h"
#include "serve/http/test_client.h"

namespace tripod::serve {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Remembers what the stream told it.
class Feeder final : public StreamFeeder {
 public:
  explicit Feeder(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {}
  void on_room() override {
    std::lock_guard lock(mu_);
    ++rooms_;
    changed_.notify_all();
  }
  bool on_quiet() override {
    // In turns by itself and by the server.
    std::lock_guard lock(mu_);
    return ++quiet_ % 2 == 1 && stream_->send(":beat\n\n");
  }
  void on_closed() override {
    std::lock_guard lock(mu_);
    ++closed_;
    stream_.reset();
    changed_.notify_all();
  }

  std::shared_ptr<Stream> stream() {
    std::lock_guard lock(mu_);
    return stream_;
  }
  void await_closed() {
    std::unique_lock lock(mu_);
    changed_.wait(lock, [&] { return closed_ > 0; });
  }
  void await_rooms(int count) {
    std::unique_lock lock(mu_);
    changed_.wait(lock, [&] { return rooms_ >= count; });
  }
  int closed() {
    std::lock_guard lock(mu_);
    return closed_;
  }

 private:
  std::mutex mu_;
  std::condition_variable changed_;
  std::shared_ptr<Stream> stream_;  // guarded by mu_
  int quiet_ = 0;                   // guarded by mu_
  int rooms_ = 0;                   // guarded by mu_
  int closed_ = 0;                  // guarded by mu_
};

class StreamTest : public testing::Test {
 protected:
  void SetUp() override {
    add("/events", StreamKind::kEvents);
    add("/socket", StreamKind::kWebsocket);
    router_.add({.method = Method::kGet, .pattern = "/refused", .access = Access::kRead,
                 .handler = [](HttpRequest&& r, Responder respond) {
                   respond(error_response(ErrorShape::kApp, {base::Code::kInvalidArgument, "no such question"}, r));
                 },
                 .stream = StreamKind::kEvents});
    router_.add({.method = Method::kGet, .pattern = "/long", .access = Access::kRead, .handler = [this](HttpRequest&& r, Responder respond) {
                   std::unique_lock lock(mu_);
                   ++asked_;
                   changed_.notify_all();
                   if (!changed_.wait(lock, r.client_gone, [&] { return released_; })) ++abandoned_;
                   changed_.notify_all();
                   lock.unlock();
                   respond(HttpResponse::text("answered"));
                 }});
  }
  void TearDown() override {
    if (server_) stop(milliseconds(5000));
    for (const auto& feeder : feeders_) EXPECT_EQ(feeder->closed(), 1);
  }

  void add(std::string pattern, StreamKind kind) {
    router_.add({.method = Method::kGet, .pattern = std::move(pattern), .access = Access::kRead,
                 .handler = [this](HttpRequest&&, Responder respond) {
                   respond({.stream = [this](std::shared_ptr<Stream> stream) { return opened(std::move(stream)); }});
                 },
                 .stream = kind});
  }
  std::shared_ptr<StreamFeeder> opened(std::shared_ptr<Stream> stream) {
    auto feeder = std::make_shared<Feeder>(std::move(stream));
    std::lock_guard lock(mu_);
    feeders_.push_back(feeder);
    changed_.notify_all();
    return feeder;
  }
  Feeder& feeder(size_t number = 0) {
    std::unique_lock lock(mu_);
    changed_.wait(lock, [&] { return feeders_.size() > number; });
    return *feeders_[number];
  }

  void start(HttpTimeouts timeouts = {}) {
    HttpContext context{.router = router_, .ingest = ingest_, .query = query_, .memory = memory_, .metrics = metrics_, .log = *log_,
                        .authenticate = [this](const Route&, const HttpRequest& r) { return authenticate(r); },
                        .refused = [](const Route&, const HttpRequest&, const base::Error&) {},
                        .timeouts = timeouts};
    context.max_streams = 3;
    context.max_streams_of_one = 2;
    context.public_url = "https://tripod.example.org";
    server_ = std::make_unique<HttpServer>(std::move(context), 2);
    address_ = *server_->bind("127.0.0.1:0");
    server_->accept();
  }
  void stop(milliseconds grace) {
    server_->stop(grace);
    ingest_.drain();
    query_.drain();
    server_.reset();
  }
  base::Result<Principal> authenticate(const HttpRequest& request) {
    std::lock_guard lock(mu_);
    if (revoked_) return base::fail(base::Code::kUnauthenticated, "unknown key or token");
    if (!request.header("cookie").empty()) return Principal{.kind = Principal::Kind::kUser, .scopes = kScopeRead, .id = 7};
    if (request.header("authorization").empty()) return base::fail(base::Code::kUnauthenticated, "sign in or send a token");
    return Principal{.kind = Principal::Kind::kToken, .scopes = kScopeRead, .name = std::string(request.header("authorization"))};
  }
  void revoke() {
    std::lock_guard lock(mu_);
    revoked_ = true;
  }

  static std::string get(const std::string& path, const std::string& headers = "Authorization: one\r\n") {
    return "GET " + path + " HTTP/1.1\r\nHost: host:80\r\n" + headers + "\r\n";
  }
  static std::string upgrade(const std::string& headers = "Authorization: one\r\n") {
    return get("/socket", headers + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
                                    "dGhlIHNhbXBsZSBub25jZQ==\r\n");
  }
  static std::string chunk(const std::string& text) {
    char length[32];
    std::snprintf(length, sizeof(length), "%zx\r\n", text.size());
    return length + text + "\r\n";
  }
  std::string ask(const std::string& request) {
    TestClient client(address_);
    client.send(request);
    return client.receive();
  }
  double open_streams() {
    const std::string text = metrics_.expose();
    const size_t at = text.find("\ntripod_http_streams ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + 21));
  }

  std::mutex mu_;
  std::condition_variable_any changed_;
  std::vector<std::shared_ptr<Feeder>> feeders_;  // guarded by mu_
  int asked_ = 0;                                 // guarded by mu_
  int abandoned_ = 0;                             // guarded by mu_
  bool released_ = false;                         // guarded by mu_
  bool revoked_ = false;                          // guarded by mu_
  Router router_;
  base::MemoryBudget memory_{1u << 20};
  base::MetricRegistry metrics_;
  std::unique_ptr<base::Logger> log_ = base::make_null_logger();
  Workers ingest_{1, 4};
  Workers query_{2, 16};
  std::unique_ptr<HttpServer> server_;
  std::string address_;
};

TEST_F(StreamTest, EventsComeInChunksAsTheyAreSent) {
  start();
  TestClient client(address_);
  client.send(get("/events"));
  EXPECT_THAT(client.receive_header(), AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Type: text/event-stream\r\n"),
                                             HasSubstr("Transfer-Encoding: chunked\r\n"), HasSubstr("Cache-Control: no-store\r\n")));
  const std::string first = sse_event("row", "logs.1", R"({"n":1})");
  EXPECT_EQ(first, "id: logs.1\nevent: row\ndata: {\"n\":1}\n\n");
  EXPECT_TRUE(feeder().stream()->send(first));
  EXPECT_EQ(client.receive_bytes(chunk(first).size()), chunk(first));
  const std::string second = sse_event("dropped", "", R"({"count":2})");
  EXPECT_TRUE(feeder().stream()->send(second));
  EXPECT_EQ(client.receive_bytes(chunk(second).size()), chunk(second));
  feeder().stream()->end(StreamEnd::kDone);
  EXPECT_EQ(client.receive_bytes(5), "0\r\n\r\n");
  EXPECT_TRUE(client.at_end());
}

TEST_F(StreamTest, AnOldClientGetsThemUnchunked) {
  start();
  TestClient client(address_);
  client.send("GET /events HTTP/1.0\r\nAuthorization: one\r\n\r\n");
  EXPECT_THAT(client.receive_header(), AllOf(HasSubstr("Connection: close\r\n"), Not(HasSubstr("chunked"))));
  EXPECT_TRUE(feeder().stream()->send(":x\n\n"));
  EXPECT_EQ(client.receive_bytes(4), ":x\n\n");
}

TEST_F(StreamTest, AQuietStreamBeatsAndIsNotCutOffAsSlow) {
  start({.idle = milliseconds(20), .header = milliseconds(20), .body = milliseconds(20), .write = milliseconds(20), .stream_heartbeat = milliseconds(10)});
  TestClient client(address_);
  client.send(get("/events"));
  client.receive_header();
  std::string beats;
  for (int i = 0; i < 5; ++i) beats += chunk(":beat\n\n") + chunk(":\n\n");
  EXPECT_EQ(client.receive_bytes(beats.size()), beats);
  EXPECT_EQ(feeder().closed(), 0);
}

TEST_F(StreamTest, AClientThatGoesIsNoticedAtOnceAndFreesItsPlace) {
  start();
  {
    TestClient client(address_);
    client.send(get("/events"));
    client.receive_header();
    auto stream = feeder().stream();
    EXPECT_EQ(open_streams(), 1);
    client.close();
    feeder().await_closed();
    EXPECT_FALSE(stream->send(":x\n\n"));
    EXPECT_EQ(stream->room(), 0u);
  }
  EXPECT_EQ(open_streams(), 0);
}

TEST_F(StreamTest, WhatAClientDoesNotTakeIsBounded) {
  start({.stream_heartbeat = milliseconds(20), .stream_stall = milliseconds(200)});
  TestClient client(address_);
  client.send(get("/events"));
  client.receive_header();
  auto stream = feeder().stream();
  const std::string message(10'000, 'x');
  // More than the sockets hold: then the queue fills up, and then there is no room. Nothing is taken for the stall time.
  bool was_refused = false;
  while (feeder().closed() == 0) {
    was_refused = !stream->send(message) || was_refused;
    ASSERT_LE(memory_.used(), kStreamQueueBytes);
  }
  EXPECT_TRUE(was_refused);
}

TEST_F(StreamTest, AClientThatReadsAgainMakesRoomAndLosesNothing) {
  start();
  TestClient client(address_);
  client.send(get("/events"));
  client.receive_header();
  auto stream = feeder().stream();
  int sent = 0;
  std::thread sender([&] {
    for (; sent < 4000; ++sent) {
      const std::string message = sse_event("row", std::to_string(sent), std::string(1000, 'x'));
      while (!stream->send(message)) std::this_thread::yield();
    }
    stream->end(StreamEnd::kDone);
  });
  const std::string body = client.receive_chunks();
  sender.join();
  size_t at = 0;
  for (int i = 0; i < 4000; ++i) {
    at = body.find("id: " + std::to_string(i) + "\n", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
  feeder().await_rooms(1);
}

TEST_F(StreamTest, AnErrorOfTheHandlerIsAnOrdinaryAnswer) {
  start();
  TestClient client(address_);
  for (int i = 0; i < 5; ++i) {   // each gives its place back
    client.send(get("/refused"));
    EXPECT_THAT(client.receive(), AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("no such question")));
  }
  EXPECT_EQ(open_streams(), 0);
  EXPECT_EQ(memory_.used(), 0u);
}

TEST_F(StreamTest, WithoutCredentialsThereIsNone) {
  start();
  EXPECT_THAT(ask(get("/events", "")), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(ask(upgrade("")), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(ask("HEAD /events HTTP/1.1\r\nHost: x\r\nAuthorization: one\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 400"));
}

TEST_F(StreamTest, TooManyOfOneAndOfAllAreRefused) {
  start();
  std::deque<TestClient> clients;
  size_t streams = 0;
  const auto open = [&](const std::string& who) {
    clients.emplace_back(address_);
    clients.back().send(get("/events", "Authorization: " + who + "\r\n"));
    const std::string header = clients.back().receive_header();
    if (header.starts_with("HTTP/1.1 200")) feeder(streams++);   // the header may be here first: feeders are in the order of their clients
    return header;
  };
  EXPECT_THAT(open("one"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(open("one"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(open("one"), AllOf(StartsWith("HTTP/1.1 429"), HasSubstr("Retry-After")));
  EXPECT_THAT(open("two"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(open("three"), StartsWith("HTTP/1.1 429"));
  EXPECT_THAT(metrics_.expose(), HasSubstr("\ntripod_http_streams_refused_total 2\n"));
  clients[0].close();
  feeder(0).await_closed();
  EXPECT_THAT(open("three"), StartsWith("HTTP/1.1 200"));
}

TEST_F(StreamTest, AStreamEndsWhenItsCredentialIsTakenAway) {
  start({.stream_heartbeat = milliseconds(10)});
  TestClient client(address_);
  client.send(get("/events"));
  client.receive_header();
  TestClient socket(address_);
  socket.send(upgrade());
  socket.receive_header();
  feeder(1);
  revoke();
  client.receive_chunks();
  EXPECT_TRUE(client.at_end());
  EXPECT_EQ(socket.receive_frame(), (TestFrame{0x8, std::string("\x03\xf0", 2)}));   // 1008
}

TEST_F(StreamTest, AWebsocketCarriesTextPingsAndCloses) {
  start({.stream_stall = milliseconds(2000)});
  TestClient client(address_);
  client.send(upgrade());
  EXPECT_THAT(client.receive_header(), AllOf(StartsWith("HTTP/1.1 101"), HasSubstr("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")));
  EXPECT_TRUE(feeder().stream()->send("hello"));
  EXPECT_EQ(client.receive_frame(), (TestFrame{0x1, "hello"}));
  client.send_frame(0x1, "whatever");       // dropped
  client.send_frame(0x9, "are you there");
  EXPECT_EQ(client.receive_frame(), (TestFrame{0xa, "are you there"}));
  feeder().stream()->end(StreamEnd::kFailed);
  EXPECT_EQ(client.receive_frame(), (TestFrame{0x8, std::string("\x03\xf3", 2)}));   // 1011
  client.send_frame(0x8, std::string("\x03\xf3", 2));
  EXPECT_TRUE(client.at_end());
}

TEST_F(StreamTest, AWebsocketIsPingedAndEndsWithoutAPong) {
  start({.stream_stall = milliseconds(200)});
  TestClient client(address_);
  client.send(upgrade());
  client.receive_header();
  for (int i = 0; i < 5; ++i) {   // longer than the time without
    const TestFrame ping = client.receive_frame();
    ASSERT_EQ(ping.opcode, 0x9);
    client.send_frame(0xa, ping.payload);
  }
  feeder().await_closed();
}

TEST_F(StreamTest, AClientsCloseAndItsTooLongMessageEndAWebsocket) {
  start();
  for (const auto& [opcode, payload] : {std::pair{0x8, std::string("\x03\xe8", 2)}, std::pair{0x1, std::string(100'000, 'x')}}) {
    TestClient client(address_);
    client.send(upgrade());
    client.receive_header();
    Feeder& own = feeder(opcode == 0x8 ? 0 : 1);
    client.send_frame(opcode, payload);
    EXPECT_EQ(client.receive_frame().opcode, 0x8);
    client.close();
    own.await_closed();
  }
}

TEST_F(StreamTest, APageOfAnotherOriginOpensNoWebsocketWithTheUsersCookie) {
  start();
  const std::string cookie = "Cookie: tripod_session=x\r\n";
  EXPECT_THAT(ask(upgrade(cookie + "Origin: https://evil.example.org\r\n")), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(ask(upgrade(cookie + "Origin: null\r\n")), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(ask(upgrade(cookie + "Origin: http://host:81\r\n")), StartsWith("HTTP/1.1 403"));
  size_t number = 0;
  for (const char* origin : {"Origin: http://HOST:80\r\n", "Origin: https://tripod.example.org\r\n", ""}) {
    TestClient client(address_);
    client.send(upgrade(cookie + origin));
    EXPECT_THAT(client.receive_header(), StartsWith("HTTP/1.1 101")) << origin;
    client.close();
    feeder(number++).await_closed();
  }
  TestClient client(address_);
  client.send(upgrade("Authorization: one\r\nOrigin: https://grafana.example.org\r\n"));
  EXPECT_THAT(client.receive_header(), StartsWith("HTTP/1.1 101"));
}

TEST_F(StreamTest, AWebsocketsAddressAskedPlainlySaysSo) {
  start();
  EXPECT_THAT(ask(get("/socket")), AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("websocket")));
}

TEST_F(StreamTest, StopEndsOpenStreamsPolitely) {
  start();
  TestClient client(address_);
  client.send(get("/events"));
  client.receive_header();
  EXPECT_TRUE(feeder(0).stream()->send(":last\n\n"));
  TestClient socket(address_);
  socket.send(upgrade());
  socket.receive_header();
  feeder(1);
  std::thread stopper([&] { stop(milliseconds(5000)); });
  EXPECT_EQ(client.receive_chunks(), ":last\n\n");
  EXPECT_EQ(socket.receive_frame(), (TestFrame{0x8, std::string("\x03\xe9", 2)}));   // 1001
  socket.send_frame(0x8, std::string("\x03\xe9", 2));
  EXPECT_TRUE(socket.at_end());
  socket.close();
  stopper.join();
}

TEST_F(StreamTest, StopWithoutGraceTellsEveryFeeder) {
  start();
  TestClient client(address_);
  client.send(get("/events"));
  client.receive_header();
  feeder();
  stop(milliseconds(0));
}

TEST_F(StreamTest, AQuestionIsToldThatItsClientIsGone) {
  start();
  TestClient client(address_);
  client.send(get("/long"));
  std::unique_lock lock(mu_);
  changed_.wait(lock, [&] { return asked_ == 1; });
  client.close();
  changed_.wait(lock, [&] { return abandoned_ == 1; });
}

TEST_F(StreamTest, AClientThatWaitsOrAsksAheadIsNotGone) {
  start();
  TestClient client(address_);
  client.send(get("/long"));
  {
    std::unique_lock lock(mu_);
    changed_.wait(lock, [&] { return asked_ == 1; });
  }
  client.send(get("/long"));
  {
    std::unique_lock lock(mu_);
    released_ = true;
    changed_.notify_all();
  }
  EXPECT_THAT(client.receive(), HasSubstr("answered"));
  EXPECT_THAT(client.receive(), HasSubstr("answered"));
  client.send(get("/long"));
  EXPECT_THAT(client.receive(), HasSubstr("answered"));
  std::lock_guard lock(mu_);
  EXPECT_EQ(abandoned_, 0);
}

}  // namespace
}  // namespace tripod::serve
