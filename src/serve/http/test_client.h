// A blocking client socket for tests: answers with a length, chunks, websocket frames. Bounded by a receive timeout.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tripod::serve {

// Of a websocket, whole and unmasked.
struct TestFrame {
  int opcode = 0;
  std::string payload;
  friend bool operator==(const TestFrame&, const TestFrame&) = default;
};

// Closed at the end.
class TestClient {
 public:
  // The number a text begins with, 0 where there is none.
  template <class T>
  static T number(std::string_view text) {
    T out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
  }
  explicit TestClient(const std::string& address) {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(number<uint16_t>(address.substr(address.rfind(':') + 1)));
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0;
    timeval limit{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  }
  ~TestClient() { close(); }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  bool connected() const { return connected_; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void send(std::string_view bytes) {
    ASSERT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  // One response with a Content-Length (or none).
  std::string receive() {
    const std::string header = receive_header();
    size_t length = 0;
    if (const size_t at = header.find("Content-Length: "); at != std::string::npos) length = number<size_t>(std::string_view(header).substr(at + 16));
    return header + receive_bytes(length);
  }
  // Up to the empty line.
  std::string receive_header() {
    while (buffer_.find("\r\n\r\n") == std::string::npos && more()) {
    }
    const size_t end = buffer_.find("\r\n\r\n");
    return take(end == std::string::npos ? buffer_.size() : end + 4);
  }
  std::string receive_bytes(size_t count) {
    while (buffer_.size() < count && more()) {
    }
    return take(count);
  }
  // The rest of a chunked body, up to its last chunk or the connection's end.
  std::string receive_chunks() {
    std::string body;
    while (true) {
      while (buffer_.find("\r\n") == std::string::npos && more()) {
      }
      size_t length = 0;
      std::from_chars(buffer_.data(), buffer_.data() + buffer_.size(), length, 16);
      const size_t end = buffer_.find("\r\n");
      if (end == std::string::npos) return body;
      take(end + 2);
      body += receive_bytes(length);
      receive_bytes(2);
      if (length == 0) return body;
    }
  }
  TestFrame receive_frame() {
    const std::string head = receive_bytes(2);
    if (head.size() < 2) return {};
    size_t length = static_cast<uint8_t>(head[1]) & 0x7f;
    const size_t more_bytes = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (more_bytes > 0) length = 0;
    for (const char c : receive_bytes(more_bytes)) length = length << 8 | static_cast<uint8_t>(c);
    return {head[0] & 0x0f, receive_bytes(length)};
  }
  // Masked with zeroes, as a client's must be masked (RFC 6455, 5.3).
  void send_frame(int opcode, std::string_view payload) {
    std::string out(1, static_cast<char>(0x80 | opcode));
    if (payload.size() < 126) {
      out += static_cast<char>(0x80 | payload.size());
    } else {
      out += static_cast<char>(0x80 | 127);
      for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(payload.size() >> shift);
    }
    send(out + std::string(4, '\0') + std::string(payload));
  }
  // Whether the other side has closed and nothing is left to read.
  bool at_end() { return buffer_.empty() && !more(); }

 private:
  bool more() {
    char chunk[4096];
    const ssize_t n = ::recv(fd_, chunk, sizeof(chunk), 0);
    if (n > 0) buffer_.append(chunk, static_cast<size_t>(n));
    return n > 0;
  }
  std::string take(size_t count) {
    std::string out = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return out;
  }

  int fd_ = -1;
  bool connected_ = false;
  std::string buffer_;
};

}  // namespace tripod::serve
