#include "serve/syslog/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "serve/grpc/address.h"
#include "serve/syslog/losses.h"
#include "serve/syslog/networks.h"
#include "serve/syslog/tcp_connection.h"
#include "serve/syslog/udp_receiver.h"

namespace tripod::serve {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using base::Code;
using base::Result;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kReportInterval{1000};
constexpr int kReceiveBuffer = 4 << 20;  // asked of the kernel, which may give less

// An address to listen on that only those may reach who may send.
Result<ListenAddress> listen_address(const char* setting, const std::string& text, const SyslogOptions& options) {
  auto address = parse_listen_address(text);
  if (!address) return base::fail(Code::kInvalidArgument, std::string(setting) + ": " + address.error().message);
  if (!address->is_loopback && options.allow_from.empty()) {
    return base::fail(Code::kInvalidArgument, std::string(setting) + ": others can reach " + text +
                                                  ", and syslog has no credentials: name the networks that may send in syslog.allow_from");
  }
  return address;
}

template <class Protocol>
Result<std::string> bind_socket(auto& socket, const ListenAddress& address) {
  error_code ec;
  const auto ip = asio::ip::make_address(address.host, ec);
  const typename Protocol::endpoint endpoint(ip, address.port);
  if (!ec) socket.open(endpoint.protocol(), ec);
  if (!ec) socket.set_option(asio::socket_base::reuse_address(std::is_same_v<Protocol, tcp>), ec);
  if (!ec) socket.bind(endpoint, ec);
  if (ec) return base::fail(Code::kUnavailable, "cannot listen on " + address.text() + ": " + ec.message());
  ListenAddress bound = address;
  bound.port = socket.local_endpoint().port();
  return bound.text();
}

}  // namespace

struct SyslogServer::Impl {
  Impl(SyslogContext c, Networks n, ingest::syslog::Options d)
      : context(std::move(c)),
        networks(std::move(n)),
        decoding(std::move(d)),
        losses(context.ledger),
        work(asio::make_work_guard(io)),
        open(std::make_shared<std::atomic<size_t>>(0)),
        acceptor(asio::make_strand(io)),
        report_timer(io) {
    context.metrics.gauge("tripod_syslog_connections", "Open syslog connections, the UDP listener among them.", {},
                          [count = open] { return static_cast<double>(count->load()); });
  }

  // On the acceptor's strand.
  void accept() {
    acceptor.async_accept(asio::make_strand(io), [this](error_code ec, tcp::socket socket) {
      if (!acceptor.is_open()) return;
      if (!ec) admit(std::move(socket));
      if (ec == asio::error::no_descriptors) return pause_then_accept();
      accept();
    });
  }

  // Out of file descriptors: accepting again at once would spin.
  void pause_then_accept() {
    auto timer = std::make_shared<asio::steady_timer>(acceptor.get_executor(), std::chrono::milliseconds(100));
    timer->async_wait([this, timer](error_code) {
      if (acceptor.is_open()) accept();
    });
  }

  void admit(tcp::socket socket) {
    error_code ec;
    const auto remote = socket.remote_endpoint(ec);
    if (ec) return;
    const std::string peer = plain_address(remote.address()).to_string();
    if (!networks.contain(remote.address())) return losses.add(kPeerNotAllowed, peer);
    if (open->load() >= context.limits.connections) return losses.add(kTooManyConnections, peer);
    open->fetch_add(1);
    auto connection = std::make_shared<TcpConnection>(std::move(socket), context, decoding, open);
    {
      std::lock_guard lock(mu);
      std::erase_if(connections, [](const auto& weak) { return weak.expired(); });
      connections.push_back(connection);
    }
    connection->start();
  }

  void report_later() {
    report_timer.expires_after(kReportInterval);
    report_timer.async_wait([this](error_code ec) {
      if (ec) return;
      losses.report();
      report_later();
    });
  }

  template <class Fn>
  void for_each_connection(Fn fn) {
    std::lock_guard lock(mu);
    for (const auto& weak : connections) {
      if (auto connection = weak.lock()) fn(*connection);
    }
  }

  const SyslogContext context;
  const Networks networks;
  const ingest::syslog::Options decoding;
  std::optional<ListenAddress> tcp_address;
  std::optional<ListenAddress> udp_address;
  Losses losses;
  asio::io_context io;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  std::shared_ptr<std::atomic<size_t>> open;
  tcp::acceptor acceptor;
  std::shared_ptr<UdpReceiver> udp;  // until stopped
  asio::steady_timer report_timer;
  std::thread thread;
  std::mutex mu;
  std::vector<std::weak_ptr<TcpConnection>> connections;  // guarded by mu
  bool stopped = false;
};

Result<std::unique_ptr<SyslogServer>> SyslogServer::make(SyslogContext context, const SyslogOptions& options) {
  auto networks = options.allow_from.empty() ? Networks::loopback() : Networks::parse(options.allow_from);
  if (!networks) return base::fail(Code::kInvalidArgument, "syslog.allow_from: " + networks.error().message);
  auto zone = base::TimeZone::parse(options.time_zone);
  if (!zone) return base::fail(Code::kInvalidArgument, "syslog.time_zone: " + zone.error().message);
  ingest::syslog::Options decoding{.zone = std::move(*zone), .service = options.service, .environment = options.environment};
  auto impl = std::make_unique<Impl>(std::move(context), std::move(*networks), std::move(decoding));
  if (!options.tcp.empty()) {
    auto address = listen_address("syslog.tcp", options.tcp, options);
    if (!address) return base::fail(std::move(address.error()));
    impl->tcp_address = std::move(*address);
  }
  if (!options.udp.empty()) {
    auto address = listen_address("syslog.udp", options.udp, options);
    if (!address) return base::fail(std::move(address.error()));
    impl->udp_address = std::move(*address);
  }
  return std::unique_ptr<SyslogServer>(new SyslogServer(std::move(impl)));
}

SyslogServer::SyslogServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

// The answers of batches that came after stop() are still worked on, so that what waits for them ends.
SyslogServer::~SyslogServer() {
  stop(std::chrono::milliseconds(0));
  impl_->work.reset();
  if (impl_->thread.joinable()) impl_->thread.join();
}

Result<SyslogServer::Addresses> SyslogServer::bind() {
  Addresses out;
  if (impl_->tcp_address) {
    auto bound = bind_socket<tcp>(impl_->acceptor, *impl_->tcp_address);
    if (!bound) return base::fail(std::move(bound.error()));
    error_code ec;
    impl_->acceptor.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) return base::fail(Code::kUnavailable, "cannot listen on " + *bound + ": " + ec.message());
    out.tcp = std::move(*bound);
  }
  if (impl_->udp_address) {
    udp::socket socket(asio::make_strand(impl_->io));
    auto bound = bind_socket<udp>(socket, *impl_->udp_address);
    if (!bound) return base::fail(std::move(bound.error()));
    error_code ignored;
    socket.set_option(asio::socket_base::receive_buffer_size(kReceiveBuffer), ignored);
    impl_->open->fetch_add(1);
    impl_->udp = std::make_shared<UdpReceiver>(std::move(socket), impl_->context, impl_->decoding, impl_->networks, impl_->losses,
                                               impl_->open);
    out.udp = std::move(*bound);
  }
  return out;
}

void SyslogServer::start() {
  if (impl_->tcp_address) asio::post(impl_->acceptor.get_executor(), [impl = impl_.get()] { impl->accept(); });
  if (impl_->udp) impl_->udp->start();
  impl_->report_later();
  impl_->thread = std::thread([impl = impl_.get()] { impl->io.run(); });
}

void SyslogServer::stop(std::chrono::milliseconds grace) {
  if (std::exchange(impl_->stopped, true)) return;
  asio::post(impl_->acceptor.get_executor(), [impl = impl_.get()] {
    error_code ignored;
    impl->acceptor.close(ignored);
    impl->report_timer.cancel();
  });
  if (impl_->udp) impl_->udp->drain();
  impl_->udp.reset();
  impl_->for_each_connection([](TcpConnection& c) { c.drain(); });
  const auto end = std::chrono::steady_clock::now() + grace;
  while (impl_->open->load() > 0 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  impl_->for_each_connection([](TcpConnection& c) { c.close(); });
  impl_->losses.report();
}

}  // namespace tripod::serve
