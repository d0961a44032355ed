// One sender's connection: reads frames, hands them over, and reads on once they are stored. Internal to this folder.
#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "ingest/syslog/frames.h"
#include "serve/syslog/courier.h"

namespace tripod::serve {

// Lives while an operation holds it. Everything runs on its socket's strand.
class TcpConnection : public std::enable_shared_from_this<TcpConnection> {
 public:
  // `open` counts connections; it is counted already.
  TcpConnection(boost::asio::ip::tcp::socket socket, const SyslogContext& context, const ingest::syslog::Options& decoding,
                std::shared_ptr<std::atomic<size_t>> open);
  ~TcpConnection();
  void start();
  // Reads no more; ends once what was read is stored.
  void drain();
  void close();

 private:
  enum class Timeout : uint8_t { kNone, kIdle, kFrame };

  void read();
  bool make_room();
  void await_room();
  void arm();
  void on_read(boost::system::error_code ec, size_t bytes);
  void hand_over();
  void end();
  void give_up_frame();
  void deliver(std::vector<ingest::syslog::Frame> frames, size_t done, std::function<void()> then);

  const SyslogContext& context_;
  const std::shared_ptr<std::atomic<size_t>> open_;
  boost::asio::ip::tcp::socket socket_;
  const std::shared_ptr<Courier> courier_;
  std::string sender_;
  boost::asio::steady_timer timer_;
  ingest::syslog::FrameSplitter splitter_;
  std::string buffer_;       // as long as there is room; the first used_ bytes are what was read
  size_t used_ = 0;
  base::MemoryCharge memory_;  // of buffer_
  Timeout timeout_ = Timeout::kNone;
  bool draining_ = false;
};

}  // namespace tripod::serve
