#include "serve/syslog/udp_receiver.h"

#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

namespace tripod::serve {

namespace asio = boost::asio;
namespace syslog = ingest::syslog;
using asio::ip::udp;
using boost::system::error_code;

namespace {

constexpr size_t kDatagramBytes = size_t{64} << 10;  // none is longer
constexpr unsigned kBurst = 16;                      // datagrams a system call
constexpr int kBurstsInARow = 64;                    // before what waits is handed over
constexpr size_t kOverhead = 64;                     // of a datagram that waits, besides its bytes

}  // namespace

struct UdpReceiver::Burst {
  Burst() {
    for (unsigned i = 0; i < kBurst; ++i) {
      parts[i] = {bytes[i].data(), bytes[i].size()};
      messages[i].msg_hdr = {.msg_name = from[i].data(), .msg_namelen = 0, .msg_iov = &parts[i], .msg_iovlen = 1,
                             .msg_control = nullptr, .msg_controllen = 0, .msg_flags = 0};
    }
  }
  std::array<std::array<char, kDatagramBytes>, kBurst> bytes;
  std::array<udp::endpoint, kBurst> from;
  std::array<iovec, kBurst> parts;
  std::array<mmsghdr, kBurst> messages;
};

UdpReceiver::UdpReceiver(udp::socket socket, const SyslogContext& context, const syslog::Options& decoding,
                         const Networks& networks, Losses& losses, std::shared_ptr<std::atomic<size_t>> open)
    : context_(context),
      networks_(networks),
      losses_(losses),
      open_(std::move(open)),
      socket_(std::move(socket)),
      courier_(std::make_shared<Courier>(context, decoding, socket_.get_executor())),
      burst_(std::make_unique<Burst>()),
      memory_(context.memory.charge(sizeof(Burst) + 2 * context.limits.udp_queue_bytes)) {}

UdpReceiver::~UdpReceiver() { open_->fetch_sub(1); }

void UdpReceiver::start() {
  asio::dispatch(socket_.get_executor(), [self = shared_from_this()] { self->read(); });
}

void UdpReceiver::drain() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    if (std::exchange(self->draining_, true)) return;
    for (int i = 0; i < kBurstsInARow && self->read_burst(); ++i) {
    }
    self->count_kernel_drops();
    error_code ignored;
    self->socket_.close(ignored);
    self->courier_->hurry();
    self->hand_over();
  });
}

void UdpReceiver::read() {
  socket_.async_wait(udp::socket::wait_read, [self = shared_from_this()](error_code ec) {
    if (ec || self->draining_) return;
    for (int i = 0; i < kBurstsInARow && self->read_burst(); ++i) {
    }
    self->count_kernel_drops();
    self->hand_over();
    self->read();
  });
}

bool UdpReceiver::read_burst() {
  for (unsigned i = 0; i < kBurst; ++i) {
    burst_->messages[i].msg_hdr.msg_namelen = static_cast<socklen_t>(burst_->from[i].capacity());
  }
  const int count = recvmmsg(socket_.native_handle(), burst_->messages.data(), kBurst, MSG_DONTWAIT, nullptr);
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<size_t>(i);
    burst_->from[at].resize(burst_->messages[at].msg_hdr.msg_namelen);
    take({burst_->bytes[at].data(), burst_->messages[at].msg_len}, burst_->from[at]);
  }
  return count == static_cast<int>(kBurst);
}

// Datagrams of one sender mostly follow each other.
void UdpReceiver::meet(const udp::endpoint& from) {
  if (from.address() == last_ && !last_text_.empty()) return;
  last_ = from.address();
  last_text_ = plain_address(last_).to_string();
  last_is_allowed_ = networks_.contain(last_);
}

void UdpReceiver::take(std::string_view datagram, const udp::endpoint& from) {
  meet(from);
  if (!last_is_allowed_) return losses_.add(kPeerNotAllowed, last_text_);
  // Some senders end their datagrams as they end lines.
  const size_t end = datagram.find_last_not_of(std::string_view("\r\n\0", 3));
  if (end == datagram.npos) return;
  datagram = datagram.substr(0, end + 1);
  if (body_.size() + datagram.size() + kOverhead * (frames_.size() + 1) > context_.limits.udp_queue_bytes) {
    return losses_.add(kQueueFull, last_text_);
  }
  const auto [found, is_new] = sender_index_.try_emplace(last_text_, static_cast<uint32_t>(senders_.size()));
  if (is_new) senders_.push_back(last_text_);
  frames_.push_back({body_.size(), datagram.size()});
  sender_of_.push_back(found->second);
  body_.append(datagram);
}

// The kernel counts what it dropped of a socket since it was opened. A drop needs a full buffer, so that after the buffer was
// read to its end, none is left uncounted.
void UdpReceiver::count_kernel_drops() {
  std::array<uint32_t, SK_MEMINFO_VARS> info{};
  socklen_t size = sizeof(info);
  if (getsockopt(socket_.native_handle(), SOL_SOCKET, SO_MEMINFO, info.data(), &size) != 0) return;
  const uint32_t drops = info[SK_MEMINFO_DROPS];
  losses_.add(kKernelDropped, "", drops - kernel_drops_);
  kernel_drops_ = drops;
}

void UdpReceiver::hand_over() {
  if (courier_->busy() || frames_.empty()) return;
  Delivery delivery{.body = std::make_shared<const std::string>(std::exchange(body_, {})),
                    .frames = std::exchange(frames_, {}),
                    .senders = std::exchange(senders_, {}),
                    .sender_of = std::exchange(sender_of_, {}),
                    .received = context_.clock.now()};
  sender_index_.clear();
  courier_->deliver(std::move(delivery), [self = shared_from_this()] { self->hand_over(); });
}

}  // namespace tripod::serve
