#include "scrape/curl_fetcher.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <mutex>
#include <thread>

#include "base/clock.h"

namespace tripod::scrape {
namespace {

using testing::HasSubstr;

// Answers each connection on loopback with the same prepared bytes and keeps the last request. An
// empty answer: never.
class OneAnswerServer {
 public:
  explicit OneAnswerServer(std::string answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    socklen_t size = sizeof(address);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~OneAnswerServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    for (int fd : held_) ::close(fd);
    ::close(listener_);
  }
  std::string url(const std::string& path = "/metrics") const {
    return "http://127.0.0.1:" + std::to_string(port) + path;
  }
  uint16_t port = 0;
  size_t connections() {
    std::lock_guard lock(mu_);
    return connections_;
  }
  // The request answered last: known once its answer has arrived.
  std::string last_request() {
    std::lock_guard lock(mu_);
    return last_request_;
  }

 private:
  void serve() {
    for (;;) {
      const int fd = ::accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      {
        std::lock_guard lock(mu_);
        ++connections_;
      }
      if (answer_.empty()) {
        held_.push_back(fd);
        continue;
      }
      const bool keeps = !answer_.contains("Connection: close");
      while (answer_one(fd) && keeps) {
      }
      ::close(fd);
    }
  }
  bool answer_one(int fd) {
    std::string request;
    char buffer[4096];
    while (!request.contains("\r\n\r\n")) {
      const ssize_t got = ::recv(fd, buffer, sizeof(buffer), 0);
      if (got <= 0) return false;
      request.append(buffer, static_cast<size_t>(got));
    }
    {
      std::lock_guard lock(mu_);
      last_request_ = request;
    }
    size_t sent = 0;
    while (sent < answer_.size()) {
      const ssize_t put = ::send(fd, answer_.data() + sent, answer_.size() - sent, MSG_NOSIGNAL);
      if (put <= 0) return false;
      sent += static_cast<size_t>(put);
    }
    return true;
  }
  const std::string answer_;
  std::mutex mu_;
  size_t connections_ = 0;    // guarded by mu_
  std::string last_request_;  // guarded by mu_
  int listener_ = -1;
  std::vector<int> held_;
  std::thread thread_;
};

std::string http(const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close\r\n" +
         headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string gzip(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

FetchRequest request_of(const std::string& url) {
  FetchRequest out;
  out.url = url;
  out.timeout_ns = 10 * base::kNanosPerSecond;
  return out;
}

TEST(CurlFetcher, BodyTypeAndHeaders) {
  OneAnswerServer server(http("a 1\n"));
  CurlFetcher fetcher;
  FetchRequest request = request_of(server.url("/metrics/?a=b"));
  request.headers = {{"Accept", "text/plain"}, {"X-Prometheus-Scrape-Timeout-Seconds", "10"}};
  request.user = "u";
  request.password = "p";
  auto response = fetcher.fetch(request, {});
  ASSERT_TRUE(response.has_value()) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(*response->body, "a 1\n");
  EXPECT_EQ(response->content_type, "text/plain; version=0.0.4");
  EXPECT_THAT(server.last_request(), HasSubstr("GET /metrics/?a=b HTTP/1.1"));
  EXPECT_THAT(server.last_request(), HasSubstr("Accept: text/plain\r\n"));
  EXPECT_THAT(server.last_request(), HasSubstr("Accept-Encoding: gzip\r\n"));
  EXPECT_THAT(server.last_request(), HasSubstr("Authorization: Basic dTpw\r\n"));
}

TEST(CurlFetcher, GzipIsUndoneAndCountedAfterwards) {
  const std::string body(100'000, 'x');
  OneAnswerServer server(http(gzip(body), "Content-Encoding: gzip\r\n"));
  CurlFetcher fetcher;
  FetchRequest request = request_of(server.url());
  auto response = fetcher.fetch(request, {});
  ASSERT_TRUE(response.has_value()) << response.error().message;
  EXPECT_EQ(*response->body, body);
  request.max_body_bytes = 50'000;
  response = fetcher.fetch(request, {});
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code, base::Code::kTooLarge);
}

TEST(CurlFetcher, RedirectsOnlyWhereAllowedAndOnlyToHttp) {
  OneAnswerServer to(http("there\n"));
  OneAnswerServer from("HTTP/1.1 302 Found\r\nLocation: " + to.url() +
                       "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  OneAnswerServer file(
      "HTTP/1.1 302 Found\r\nLocation: file:///etc/hostname\r\nConnection: close\r\n"
      "Content-Length: 0\r\n\r\n");
  CurlFetcher fetcher;
  FetchRequest request = request_of(from.url());
  EXPECT_EQ(*fetcher.fetch(request, {})->body, "there\n");
  request.follow_redirects = false;
  EXPECT_EQ(fetcher.fetch(request, {})->status, 302);
  EXPECT_FALSE(fetcher.fetch(request_of(file.url()), {}).has_value());
}

TEST(CurlFetcher, TimeoutsAndRefusalsAreTold) {
  OneAnswerServer silent("");
  CurlFetcher fetcher;
  FetchRequest request = request_of(silent.url());
  request.timeout_ns = 50 * base::kNanosPerMilli;
  auto response = fetcher.fetch(request, {});
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code, base::Code::kDeadlineExceeded);
  EXPECT_EQ(response.error().message, "no answer within 50 ms");
  response = fetcher.fetch(request_of("http://127.0.0.1:1/metrics"), {});
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code, base::Code::kUnavailable);
}

// One target's connection is there for its next scrape, however many others were scraped in between.
TEST(CurlFetcher, ConnectionsAreKept) {
  constexpr size_t kServers = 24;
  std::vector<std::unique_ptr<OneAnswerServer>> servers;
  for (size_t i = 0; i < kServers; ++i) {
    servers.push_back(std::make_unique<OneAnswerServer>("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\na 1\n"));
  }
  {
    CurlFetcher fetcher;
    for (int round = 0; round < 3; ++round) {
      for (const auto& server : servers) EXPECT_TRUE(fetcher.fetch(request_of(server->url()), {}).has_value());
    }
  }
  for (const auto& server : servers) EXPECT_EQ(server->connections(), 1u);
}

TEST(CurlFetcher, StopEndsATransfer) {
  OneAnswerServer silent("");
  CurlFetcher fetcher;
  std::stop_source stop;
  stop.request_stop();
  auto response = fetcher.fetch(request_of(silent.url()), stop.get_token());
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code, base::Code::kCancelled);
}

}  // namespace
}  // namespace tripod::scrape
