// A blocking HTTP/1.1 client: one keep-alive connection, one request at a time.
#pragma once

#include <string>
#include <string_view>

namespace tripod::bench {

// One thread at a time. Throws std::runtime_error where the server does not answer as HTTP.
class Connection {
 public:
  // "127.0.0.1:8700"
  explicit Connection(const std::string& address);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The status of the answer; its body is kept until the next call.
  int post(std::string_view path, std::string_view headers, std::string_view body);
  const std::string& body() const { return body_; }

 private:
  void send_all(std::string_view head, std::string_view body);
  void receive();

  const std::string address_;
  int socket_ = -1;
  std::string received_;
  std::string body_;
};

}  // namespace tripod::bench
