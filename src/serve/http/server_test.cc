#include "serve/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "serve/http/test_client.h"

namespace tripod::serve {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using std::chrono::milliseconds;

using Client = TestClient;

std::string gzip(std::string_view text) {
  z_stream z{};
  deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, text.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::string post(std::string_view path, std::string_view body, std::string_view more_headers = "") {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(more_headers) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

class HttpServerTest : public testing::Test {
 protected:
  void SetUp() override {
    add(Method::kPost, "/echo", [](HttpRequest&& r, Responder respond) { respond(HttpResponse::text(r.body)); });
    add(Method::kGet, "/items/{id}", [](HttpRequest&& r, Responder respond) {
      respond(HttpResponse::text(std::string(r.path_parameter("id")) + "|" + std::string(r.parameter("q"))));
    });
    add(Method::kPost, "/blocked", [this](HttpRequest&&, Responder respond) {
      std::unique_lock lock(mu_);
      ++blocked_;
      changed_.notify_all();
      changed_.wait(lock, [&] { return released_; });
      respond(HttpResponse::text("done"));
    });
    router_.add({.method = Method::kGet, .pattern = "/closed", .handler = [](HttpRequest&&, Responder respond) { respond(HttpResponse::text("secret")); }});
    router_.shape_prefix("/api/v1/", ErrorShape::kPrometheus);
  }
  void TearDown() override {
    release();
    if (server_) stop();
  }

  void add(Method method, std::string pattern, Handler handler) {
    router_.add({.method = method, .pattern = std::move(pattern), .access = Access::kPublic, .handler = std::move(handler),
                 .pool = Pool::kIngest, .errors = ErrorShape::kApp, .max_body_bytes = 100'000, .max_decoded_bytes = 200'000, .protocol = "test"});
  }
  void start(HttpTimeouts timeouts = {}) {
    ingest_ = std::make_unique<Workers>(1, 1);
    query_ = std::make_unique<Workers>(1, 4);
    HttpContext context{.router = router_,
                        .ingest = *ingest_,
                        .query = *query_,
                        .memory = memory_,
                        .metrics = metrics_,
                        .log = *log_,
                        .authenticate = [](const Route& route, const HttpRequest&) -> base::Result<Principal> {
                          if (route.access == Access::kPublic) return Principal{};
                          return base::fail(base::Code::kPermissionDenied, "closed");
                        },
                        .refused =
                            [this](const Route&, const HttpRequest&, const base::Error& error) {
                              std::lock_guard lock(mu_);
                              refused_.push_back(error.code);
                            },
                        .timeouts = timeouts};
    server_ = std::make_unique<HttpServer>(std::move(context), 2);
    auto bound = server_->bind("127.0.0.1:0");
    ASSERT_TRUE(bound) << bound.error().message;
    address_ = *bound;
    server_->accept();
  }
  void stop() {
    server_->stop(milliseconds(100));
    ingest_->drain();
    query_->drain();
    server_.reset();
  }
  std::string ask(std::string_view request) {
    Client client(address_);
    client.send(request);
    return client.receive();
  }
  void release() {
    std::lock_guard lock(mu_);
    released_ = true;
    changed_.notify_all();
  }
  std::vector<base::Code> refused() {
    std::lock_guard lock(mu_);
    return refused_;
  }

  std::mutex mu_;
  std::condition_variable changed_;
  int blocked_ = 0;          // guarded by mu_
  bool released_ = false;    // guarded by mu_
  std::vector<base::Code> refused_;   // guarded by mu_
  Router router_;
  base::MemoryBudget memory_{64u << 20};
  base::MetricRegistry metrics_;
  std::unique_ptr<base::Logger> log_ = base::make_null_logger();
  std::unique_ptr<Workers> ingest_;
  std::unique_ptr<Workers> query_;
  std::unique_ptr<HttpServer> server_;
  std::string address_;
};

TEST_F(HttpServerTest, KeepsTheConnectionForTheNextRequest) {
  start();
  Client client(address_);
  for (const char* body : {"one", "two", "three"}) {
    client.send(post("/echo", body));
    EXPECT_THAT(client.receive(), AllOf(StartsWith("HTTP/1.1 200"), EndsWith(body)));
  }
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  Client client(address_);
  client.send(post("/echo", "one") + post("/echo", "two"));
  EXPECT_THAT(client.receive(), EndsWith("one"));
  EXPECT_THAT(client.receive(), EndsWith("two"));
}

TEST_F(HttpServerTest, TakesChunkedBodies) {
  start();
  EXPECT_THAT(ask("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"), EndsWith("abcdefg"));
}

TEST_F(HttpServerTest, SaysContinueBeforeTheBodyAndNotWhereItIsRefused) {
  start();
  Client client(address_);
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_THAT(client.receive(), StartsWith("HTTP/1.1 100 Continue"));
  client.send("ok");
  EXPECT_THAT(client.receive(), EndsWith("ok"));
  EXPECT_THAT(ask("POST /nothing HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"), StartsWith("HTTP/1.1 404"));
}

TEST_F(HttpServerTest, TakesOffContentEncodings) {
  start();
  EXPECT_THAT(ask(post("/echo", gzip("hello"), "Content-Encoding: gzip\r\n")), EndsWith("hello"));
}

TEST_F(HttpServerTest, RefusesBombsTruncatedAndUnknownEncodings) {
  start();
  EXPECT_THAT(ask(post("/echo", gzip(std::string(5'000'000, 'a')), "Content-Encoding: gzip\r\n")), StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(ask(post("/echo", gzip("hello").substr(0, 12), "Content-Encoding: gzip\r\n")), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(ask(post("/echo", "x", "Content-Encoding: lzma\r\n")), StartsWith("HTTP/1.1 415"));
  EXPECT_THAT(refused(), testing::ElementsAre(base::Code::kTooLarge, base::Code::kInvalidArgument, base::Code::kUnsupported));
}

TEST_F(HttpServerTest, RefusesBodiesOverTheLimitWithAndWithoutALength) {
  start();
  const std::string large(200'000, 'a');
  EXPECT_THAT(ask(post("/echo", large)), StartsWith("HTTP/1.1 413"));
  Client client(address_);
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n30d40\r\n" + large.substr(0, 150'000));
  EXPECT_THAT(client.receive(), StartsWith("HTTP/1.1 413"));
}

TEST_F(HttpServerTest, AClientThatSendsAllItHasBeforeItReadsIsStillTold) {
  start();
  const std::string huge(20'000'000, 'a');   // more than the sockets hold
  Client client(address_);
  client.send(post("/echo", huge));
  EXPECT_THAT(client.receive(), StartsWith("HTTP/1.1 413"));
}

TEST_F(HttpServerTest, TellsPathParametersAndQueries) {
  start();
  EXPECT_THAT(ask("GET /items/a%20b?q=c+d%26 HTTP/1.1\r\nHost: x\r\n\r\n"), EndsWith("a b|c d&"));
}

TEST_F(HttpServerTest, AnswersHeadWithoutABody) {
  start();
  Client client(address_);
  client.send("HEAD /items/abc HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string answer = client.receive();
  EXPECT_THAT(answer, HasSubstr("Content-Length: 4"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(HttpServerTest, ARouteWithoutAccessIsClosed) {
  start();
  const std::string answer = ask("GET /closed HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(answer, testing::Not(HasSubstr("secret")));
}

TEST_F(HttpServerTest, UnknownPathsAndMethodsAreToldInTheApisShape) {
  start();
  EXPECT_THAT(ask("GET /api/v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n"), AllOf(StartsWith("HTTP/1.1 404"), HasSubstr("\"errorType\":\"not_found\"")));
  EXPECT_THAT(ask("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 405"));
}

TEST_F(HttpServerTest, RefusesWhatIsNotHttp) {
  start();
  EXPECT_THAT(ask("hello\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(ask("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(50'000, 'a') + "\r\n\r\n"), StartsWith("HTTP/1.1 431"));
}

TEST_F(HttpServerTest, AFullQueueSaysWhenToComeBack) {
  start();
  Client first(address_);
  first.send(post("/blocked", ""));
  {
    std::unique_lock lock(mu_);
    changed_.wait(lock, [&] { return blocked_ == 1; });
  }
  // One request runs and one fills the queue: the next is refused.
  Client second(address_);
  second.send(post("/echo", "x"));
  while (ingest_->queued() == 0) std::this_thread::yield();
  EXPECT_THAT(ask(post("/echo", "y")), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("Retry-After: 1")));
  release();
  EXPECT_THAT(first.receive(), EndsWith("done"));
  EXPECT_THAT(second.receive(), EndsWith("x"));
}

TEST_F(HttpServerTest, SlowHeadersAndBodiesAreCutOff) {
  start({.idle = milliseconds(10'000), .header = milliseconds(100), .body = milliseconds(100), .write = milliseconds(1000)});
  Client header(address_);
  header.send("GET / HT");
  EXPECT_TRUE(header.at_end());
  Client body(address_);
  body.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_TRUE(body.at_end());
}

TEST_F(HttpServerTest, StopLetsTheRequestInFlightFinish) {
  start();
  Client client(address_);
  client.send(post("/blocked", ""));
  {
    std::unique_lock lock(mu_);
    changed_.wait(lock, [&] { return blocked_ == 1; });
  }
  std::thread stopper([&] { server_->stop(milliseconds(10'000)); });
  release();
  EXPECT_THAT(client.receive(), EndsWith("done"));
  stopper.join();
}

TEST_F(HttpServerTest, StopMayComeWhileClientsConnect) {
  for (int round = 0; round < 30; ++round) {
    start();
    std::jthread clients([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) Client client(address_);
    });
    Client first(address_);
    first.send(post("/echo", "x"));
    EXPECT_THAT(first.receive(), EndsWith("x"));
    stop();
  }
}

TEST_F(HttpServerTest, AnAddressOfOneProtocolServesNoOther) {
  router_.add({.method = Method::kPost, .pattern = "/other", .access = Access::kPublic,
               .handler = [](HttpRequest&&, Responder respond) { respond(HttpResponse::text("other")); }, .protocol = "other"});
  start();
  auto bound = server_->bind("127.0.0.1:0", "test");
  ASSERT_TRUE(bound);
  server_->accept();
  EXPECT_THAT(ask(post("/other", "")), StartsWith("HTTP/1.1 200"));
  address_ = *bound;
  EXPECT_THAT(ask(post("/echo", "x")), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask(post("/other", "")), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(ask("GET /closed HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 404"));
}

TEST_F(HttpServerTest, BadAddressesAreNamed) {
  start();
  for (const char* address : {"nonsense", "127.0.0.1:x", "127.0.0.1:70000", "example.org:80"}) {
    EXPECT_EQ(server_->bind(address).error().code, base::Code::kInvalidArgument) << address;
  }
  EXPECT_EQ(server_->bind(address_).error().code, base::Code::kUnavailable);
}

}  // namespace
}  // namespace tripod::serve
