#include "serve/syslog/tcp_connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include "ingest/syslog/decoder.h"
#include "serve/syslog/networks.h"

namespace tripod::serve {

namespace asio = boost::asio;
namespace syslog = ingest::syslog;
using boost::system::error_code;

namespace {

constexpr size_t kReadBytes = size_t{64} << 10;
constexpr std::chrono::milliseconds kMemoryPause{100};

std::string address_of(const asio::ip::tcp::socket& socket) {
  error_code ec;
  const auto remote = socket.remote_endpoint(ec);
  return ec ? std::string() : plain_address(remote.address()).to_string();
}

}  // namespace

TcpConnection::TcpConnection(asio::ip::tcp::socket socket, const SyslogContext& context, const syslog::Options& decoding,
                             std::shared_ptr<std::atomic<size_t>> open)
    : context_(context),
      open_(std::move(open)),
      socket_(std::move(socket)),
      courier_(std::make_shared<Courier>(context, decoding, socket_.get_executor())),
      sender_(address_of(socket_)),
      timer_(socket_.get_executor()),
      splitter_(syslog::kMostMessageBytes) {
  error_code ignored;
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
}

TcpConnection::~TcpConnection() { open_->fetch_sub(1); }

void TcpConnection::start() {
  asio::dispatch(socket_.get_executor(), [self = shared_from_this()] { self->read(); });
}

void TcpConnection::drain() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->draining_ = true;
    self->courier_->hurry();
    error_code ignored;
    self->socket_.cancel(ignored);
    self->timer_.cancel();
  });
}

void TcpConnection::close() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    error_code ignored;
    self->socket_.close(ignored);
    self->timer_.cancel();
  });
}

void TcpConnection::read() {
  error_code none;
  // What the kernel has taken is acknowledged to the sender: it is read also when nothing more is awaited.
  if (draining_ && socket_.available(none) == 0) return end();
  if (!make_room()) return await_room();
  arm();
  socket_.async_read_some(asio::buffer(buffer_.data() + used_, buffer_.size() - used_),
                          [self = shared_from_this()](error_code ec, size_t bytes) { self->on_read(ec, bytes); });
}

// The buffer grows only for a message that does not fit: what is split off leaves it.
bool TcpConnection::make_room() {
  const size_t wanted = used_ + kReadBytes;
  if (buffer_.size() >= wanted) return true;
  auto charge = context_.memory.try_charge(2 * wanted);
  if (!charge) return false;
  buffer_.resize(2 * wanted);
  memory_ = std::move(charge);
  return true;
}

// The memory budget is used up: the sender waits, as when the pipeline is full.
void TcpConnection::await_room() {
  timer_.expires_after(kMemoryPause);
  timer_.async_wait([self = shared_from_this()](error_code) { self->read(); });
}

void TcpConnection::arm() {
  timeout_ = Timeout::kNone;
  const Timeout kind = used_ > 0 ? Timeout::kFrame : Timeout::kIdle;
  timer_.expires_after(used_ > 0 ? context_.limits.frame : context_.limits.idle);
  timer_.async_wait([weak = weak_from_this(), kind](error_code ec) {
    const auto self = weak.lock();
    // A timer that expired just before it was set anew calls back all the same.
    if (ec || !self || self->timer_.expiry() > std::chrono::steady_clock::now()) return;
    self->timeout_ = kind;
    error_code ignored;
    self->socket_.cancel(ignored);
  });
}

void TcpConnection::on_read(error_code ec, size_t bytes) {
  timer_.cancel();
  used_ += bytes;
  if (!ec) return hand_over();
  if (ec == asio::error::operation_aborted && draining_) return read();
  if (ec == asio::error::operation_aborted && timeout_ == Timeout::kFrame) return give_up_frame();
  end();
}

void TcpConnection::hand_over() {
  std::vector<syslog::Frame> frames;
  const size_t done = splitter_.split({buffer_.data(), used_}, frames);
  if (!frames.empty()) return deliver(std::move(frames), done, [self = shared_from_this()] { self->read(); });
  buffer_.erase(0, done);  // blank frames, or what is skipped
  buffer_.resize(buffer_.size() + done);
  used_ -= done;
  read();
}

// Nobody will send the rest: a message without its end is rejected, since nobody knows whether it is whole.
void TcpConnection::end() {
  std::vector<syslog::Frame> frames;
  splitter_.end({buffer_.data(), used_}, syslog::FrameSplitter::End::kCutsLine, frames);
  if (frames.empty()) return close();
  deliver(std::move(frames), used_, [self = shared_from_this()] { self->close(); });
}

void TcpConnection::give_up_frame() {
  splitter_.abandon({buffer_.data(), used_});
  deliver({{0, used_, syslog::FrameFault::kIncomplete}}, used_, [self = shared_from_this()] { self->read(); });
}

// The buffer goes with the frames, which point into its first `done` bytes; the others begin the next one.
void TcpConnection::deliver(std::vector<syslog::Frame> frames, size_t done, std::function<void()> then) {
  std::string rest = buffer_.substr(done, used_ - done);
  Delivery delivery{.body = std::make_shared<const std::string>(std::move(buffer_)),
                    .frames = std::move(frames),
                    .senders = {sender_},
                    .received = context_.clock.now(),
                    .memory = std::move(memory_)};
  used_ = rest.size();
  buffer_ = std::move(rest);
  memory_ = {};
  courier_->deliver(std::move(delivery), std::move(then));
}

}  // namespace tripod::serve
