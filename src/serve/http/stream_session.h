// An open stream over its socket: the queue between feeder and client, heartbeats, the end. What goes over the wire is in
// event_stream.cc and websocket.cc.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/memory_budget.h"
#include "serve/http/message.h"
#include "serve/http/server.h"
#include "serve/http/session.h"
#include "serve/http/stream.h"
#include "serve/http/stream_limits.h"

namespace tripod::serve {

// What a connection hands over when it becomes a stream.
struct StreamSetup {
  boost::asio::ip::tcp::socket socket;
  boost::beast::http::request<boost::beast::http::string_body> request;  // its header
  HttpResponse answer;                                                   // header, and who feeds the stream
  HttpTimeouts timeouts;
  // Whether the caller may still read: asked at every heartbeat.
  std::function<bool()> may_stay;
  StreamLimits::Slot slot;
  base::MemoryCharge memory;  // of the queue
  std::unique_ptr<OpenMark> mark;
};

// Lives while an operation, the feeder's Stream or a posted call holds it. Everything but send(), room(), end(), drain() and close()
// runs on its socket's strand.
class StreamSession : public Stream, public Session, public std::enable_shared_from_this<StreamSession> {
 public:
  // On the socket's strand.
  void start();

  bool send(std::string message) override;
  size_t room() const override;
  void end(StreamEnd why) override;
  void drain() override { end(StreamEnd::kGoingAway); }
  void close() override;
  void abandon() override { gone(); }

 protected:
  using Executor = boost::asio::any_io_executor;
  explicit StreamSession(StreamSetup setup);

  // The wire. Each operation ends in one of the calls below it.
  virtual void handshake() = 0;
  void opened(boost::beast::error_code ec);
  // Takes from the queue's front and writes; answers how many messages it took.
  virtual size_t write(const std::deque<std::string>& queue) = 0;
  void wrote_some();  // progress within a write
  void written(boost::beast::error_code ec);
  virtual void say_goodbye(StreamEnd why) = 0;
  virtual void beat(bool was_quiet) = 0;
  virtual void cut() = 0;
  // The client is gone, or all is said: the end of the session.
  void gone();

  bool is_over() const { return state_ == State::kOver; }
  StreamFeeder* feeder() const { return feeder_.get(); }
  template <class Derived>
  std::shared_ptr<Derived> self() {
    return std::static_pointer_cast<Derived>(shared_from_this());
  }

  StreamSetup setup_;

 private:
  enum class State : uint8_t { kOpening, kOpen, kEnding, kOver };
  void pump();
  void begin_end(StreamEnd why);
  void start_timer();
  void tick();

  const Executor executor_;
  // on the strand
  State state_ = State::kOpening;
  std::shared_ptr<StreamFeeder> feeder_;
  boost::asio::steady_timer timer_;
  std::chrono::steady_clock::time_point progress_;
  bool is_writing_ = false;
  size_t writing_count_ = 0;   // messages at the queue's front that are being written
  bool was_quiet_ = true;      // nothing was written since the last tick
  bool said_goodbye_ = false;
  StreamEnd why_ = StreamEnd::kDone;

  mutable std::mutex mu_;
  // guarded by mu_
  std::deque<std::string> queue_;
  size_t queued_bytes_ = 0;
  bool is_closed_ = false;     // nothing is taken any more
  bool pump_posted_ = false;
};

std::shared_ptr<StreamSession> make_event_stream(StreamSetup setup);
std::shared_ptr<StreamSession> make_websocket(StreamSetup setup);

}  // namespace tripod::serve
