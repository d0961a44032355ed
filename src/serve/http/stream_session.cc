#include "serve/http/stream_session.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>

namespace tripod::serve {

namespace asio = boost::asio;
namespace beast = boost::beast;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds kMostGoodbye{2};  // what the end may take: the server stops within its grace

// A peer that vanished without a word: its kernel acknowledges nothing, and the heartbeats make this one notice.
void limit_silence(asio::ip::tcp::socket& socket, std::chrono::milliseconds most) {
  const auto timeout = static_cast<unsigned>(most.count());
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof(timeout));
}

}  // namespace

std::string_view stream_kind_name(StreamKind kind) {
  switch (kind) {
    case StreamKind::kNone: return "none";
    case StreamKind::kEvents: return "events";
    case StreamKind::kWebsocket: return "websocket";
  }
  return "none";
}

std::string sse_event(std::string_view name, std::string_view id, std::string_view data) {
  std::string out;
  out.reserve(name.size() + id.size() + data.size() + 24);
  if (!id.empty()) out.append("id: ").append(id).append("\n");
  out.append("event: ").append(name).append("\ndata: ").append(data).append("\n\n");
  return out;
}

StreamSession::StreamSession(StreamSetup setup)
    : setup_(std::move(setup)), executor_(setup_.socket.get_executor()), timer_(executor_), progress_(Clock::now()) {
  limit_silence(setup_.socket, setup_.timeouts.stream_stall);
}

void StreamSession::start() {
  start_timer();
  handshake();
}

bool StreamSession::send(std::string message) {
  {
    std::lock_guard lock(mu_);
    if (is_closed_ || (!queue_.empty() && queued_bytes_ + message.size() > kStreamQueueBytes)) return false;
    queued_bytes_ += message.size();
    queue_.push_back(std::move(message));
    if (pump_posted_) return true;
    pump_posted_ = true;
  }
  asio::post(executor_, [self = shared_from_this()] { self->pump(); });
  return true;
}

size_t StreamSession::room() const {
  std::lock_guard lock(mu_);
  return is_closed_ || queued_bytes_ >= kStreamQueueBytes ? 0 : kStreamQueueBytes - queued_bytes_;
}

void StreamSession::end(StreamEnd why) {
  {
    std::lock_guard lock(mu_);
    is_closed_ = true;
  }
  asio::post(executor_, [self = shared_from_this(), why] { self->begin_end(why); });
}

void StreamSession::close() {
  asio::post(executor_, [self = shared_from_this()] { self->gone(); });
}

void StreamSession::opened(beast::error_code ec) {
  if (is_over()) return;
  if (ec || state_ == State::kEnding) return gone();
  state_ = State::kOpen;
  progress_ = Clock::now();
  feeder_ = setup_.answer.stream(shared_from_this());
  TRIPOD_CHECK(feeder_);
  pump();
}

void StreamSession::pump() {
  std::unique_lock lock(mu_);
  pump_posted_ = false;
  if (is_writing_ || said_goodbye_ || (state_ != State::kOpen && state_ != State::kEnding)) return;
  if (queue_.empty()) {
    lock.unlock();
    if (state_ != State::kEnding) return;
    said_goodbye_ = true;
    return say_goodbye(why_);
  }
  is_writing_ = true;
  was_quiet_ = false;
  progress_ = Clock::now();
  // Started under the lock: senders only append to the queue, and what is written stays at its front.
  writing_count_ = write(queue_);
}

void StreamSession::wrote_some() { progress_ = Clock::now(); }

void StreamSession::written(beast::error_code ec) {
  if (is_over()) return;
  is_writing_ = false;
  if (ec) return gone();
  wrote_some();
  bool has_room = false;
  {
    std::lock_guard lock(mu_);
    for (; writing_count_ > 0; --writing_count_) {
      queued_bytes_ -= queue_.front().size();
      queue_.pop_front();
    }
    has_room = queued_bytes_ <= kStreamQueueBytes / 2;
  }
  if (has_room && feeder_ && state_ == State::kOpen) feeder_->on_room();
  pump();
}

void StreamSession::begin_end(StreamEnd why) {
  if (state_ == State::kOver || state_ == State::kEnding) return;
  const bool was_open = state_ == State::kOpen;
  why_ = why;
  state_ = State::kEnding;
  timer_.expires_after(kMostGoodbye);
  timer_.async_wait([self = shared_from_this()](beast::error_code ec) {
    if (!ec) self->gone();
  });
  if (was_open) pump();
}

void StreamSession::gone() {
  if (is_over()) return;
  state_ = State::kOver;
  {
    std::lock_guard lock(mu_);
    is_closed_ = true;
  }
  timer_.cancel();
  cut();
  setup_.answer.stream = nullptr;
  setup_.slot.reset();
  setup_.mark.reset();
  if (auto feeder = std::exchange(feeder_, nullptr)) feeder->on_closed();
}

void StreamSession::start_timer() {
  timer_.expires_after(setup_.timeouts.stream_heartbeat);
  timer_.async_wait([self = shared_from_this()](beast::error_code ec) {
    if (!ec) self->tick();
  });
}

void StreamSession::tick() {
  if (state_ == State::kOver || state_ == State::kEnding) return;
  const bool is_stalled = (is_writing_ || state_ == State::kOpening) && Clock::now() - progress_ > setup_.timeouts.stream_stall;
  if (is_stalled) return gone();
  if (!setup_.may_stay()) return end(StreamEnd::kNotAllowed);
  if (state_ == State::kOpen) beat(std::exchange(was_quiet_, true) && !is_writing_);
  start_timer();
}

}  // namespace tripod::serve
