#include "connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>

namespace tripod::bench {

namespace {

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

// The number after `name`, which is given in lower case with its colon; 0 when missing.
size_t number_after(std::string head, std::string_view name) {
  for (char& c : head) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const size_t found = head.find(name);
  if (found == std::string::npos) return 0;
  const size_t begin = head.find_first_not_of(' ', found + name.size());
  size_t value = 0;
  std::from_chars(head.data() + begin, head.data() + head.size(), value);
  return value;
}

}  // namespace

Connection::Connection(const std::string& address) : address_(address) {
  const size_t colon = address.rfind(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(colon + 1))));
  if (inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr) != 1) throw std::runtime_error("not an address: " + address);
  socket_ = socket(AF_INET, SOCK_STREAM, 0);
  if (socket_ < 0) fail("socket");
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) fail("connect " + address);
}

Connection::~Connection() { close(socket_); }

int Connection::post(std::string_view path, std::string_view headers, std::string_view body) {
  send_all(fmt::format("POST {} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n{}\r\n", path, address_, body.size(), headers), body);
  received_.clear();
  size_t end = std::string::npos;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) receive();
  const std::string head = received_.substr(0, end);
  const size_t length = number_after(head, "content-length:");
  while (received_.size() < end + 4 + length) receive();
  body_ = received_.substr(end + 4, length);
  if (head.size() < 12) throw std::runtime_error("not an HTTP answer: " + head);
  return std::stoi(head.substr(9, 3));
}

void Connection::send_all(std::string_view head, std::string_view body) {
  iovec parts[2] = {{const_cast<char*>(head.data()), head.size()}, {const_cast<char*>(body.data()), body.size()}};
  size_t left = head.size() + body.size();
  size_t first = 0;
  while (left > 0) {
    const ssize_t sent = writev(socket_, parts + first, static_cast<int>(2 - first));
    if (sent < 0) fail("send");
    left -= static_cast<size_t>(sent);
    auto rest = static_cast<size_t>(sent);
    while (first < 2 && rest >= parts[first].iov_len) rest -= parts[first++].iov_len;
    if (first < 2) parts[first] = {static_cast<char*>(parts[first].iov_base) + rest, parts[first].iov_len - rest};
  }
}

void Connection::receive() {
  char buffer[16384];
  const ssize_t count = recv(socket_, buffer, sizeof buffer, 0);
  if (count < 0) fail("receive");
  if (count == 0) throw std::runtime_error("the server closed the connection");
  received_.append(buffer, static_cast<size_t>(count));
}

}  // namespace tripod::bench
