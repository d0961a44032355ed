#include "serve/http/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <charconv>
#include <mutex>
#include <thread>
#include <vector>

#include "base/short_turns.h"
#include "serve/http/connection.h"

namespace tripod::serve {

namespace asio = boost::asio;
using asio::ip::tcp;

struct HttpServer::Impl {
  struct Listener {
    tcp::acceptor acceptor;  // on a strand of its own: accepting and closing may come from different threads
    ListenerTraits traits;
  };

  Impl(HttpContext context, size_t threads) : state(std::move(context)), work(asio::make_work_guard(io)) {
    for (size_t i = 0; i < threads; ++i) {
      io_threads.emplace_back([this] {
        base::take_short_turns();
        io.run();
      });
    }
  }

  // On the listener's strand.
  void accept(const std::shared_ptr<Listener>& listener) {
    listener->acceptor.async_accept(asio::make_strand(io), [this, listener](boost::system::error_code ec, tcp::socket socket) {
      if (!listener->acceptor.is_open()) return;
      if (!ec && state.open->load() < state.context.max_connections) admit(std::move(socket), listener->traits);
      if (ec == asio::error::no_descriptors) return pause_then_accept(listener);
      accept(listener);
    });
  }

  // Out of file descriptors: accepting again at once would spin.
  void pause_then_accept(const std::shared_ptr<Listener>& listener) {
    auto timer = std::make_shared<asio::steady_timer>(listener->acceptor.get_executor(), std::chrono::milliseconds(100));
    timer->async_wait([this, listener, timer](boost::system::error_code) {
      if (listener->acceptor.is_open()) accept(listener);
    });
  }

  void admit(tcp::socket socket, const ListenerTraits& traits) {
    auto connection = std::make_shared<Connection>(std::move(socket), state, traits);
    if (state.sessions.add(connection)) connection->start();
  }

  ServerState state;
  asio::io_context io;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  std::vector<std::thread> io_threads;
  std::mutex mu;
  std::vector<std::shared_ptr<Listener>> listeners;    // guarded by mu
  bool stopped = false;                                // guarded by mu
};

HttpServer::HttpServer(HttpContext context, size_t io_threads)
    : impl_(std::make_unique<Impl>(std::move(context), io_threads)) {}

HttpServer::~HttpServer() { stop(std::chrono::milliseconds(0)); }

base::Result<std::string> HttpServer::bind(const std::string& address, std::string only_protocol) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) {
    return base::fail(base::Code::kInvalidArgument, "address without a port: " + address);
  }
  std::string host = address.substr(0, colon);
  if (host.size() > 1 && host.front() == '[') host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  boost::system::error_code ec;
  const auto ip = asio::ip::make_address(host.empty() ? "0.0.0.0" : host, ec);
  if (ec) return base::fail(base::Code::kInvalidArgument, "not an IP address: " + host);
  int port = 0;
  const std::string_view digits = std::string_view(address).substr(colon + 1);
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size() || port < 0 || port > 65535) {
    return base::fail(base::Code::kInvalidArgument, "not a port: " + std::string(digits));
  }
  const tcp::endpoint endpoint(ip, static_cast<uint16_t>(port));
  auto listener = std::make_shared<Impl::Listener>(Impl::Listener{tcp::acceptor(asio::make_strand(impl_->io)), {ip.is_loopback(), std::move(only_protocol)}});
  tcp::acceptor& acceptor = listener->acceptor;
  acceptor.open(endpoint.protocol(), ec);
  if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(1024, ec);
  if (ec) return base::fail(base::Code::kUnavailable, "cannot listen on " + address + ": " + ec.message());
  const auto bound = acceptor.local_endpoint();
  {
    std::lock_guard lock(impl_->mu);
    impl_->listeners.push_back(listener);
  }
  const std::string shown = bound.address().is_v6() ? "[" + bound.address().to_string() + "]" : bound.address().to_string();
  return shown + ":" + std::to_string(bound.port());
}

void HttpServer::accept() {
  std::lock_guard lock(impl_->mu);
  for (const auto& listener : impl_->listeners) {
    asio::post(listener->acceptor.get_executor(), [impl = impl_.get(), listener] { impl->accept(listener); });
  }
}

void HttpServer::stop(std::chrono::milliseconds grace) {
  {
    std::lock_guard lock(impl_->mu);
    if (impl_->stopped) return;
    impl_->stopped = true;
    for (auto& listener : impl_->listeners) {
      asio::post(listener->acceptor.get_executor(), [listener] {
        boost::system::error_code ignored;
        listener->acceptor.close(ignored);
      });
    }
  }
  Sessions& sessions = impl_->state.sessions;
  sessions.stop();
  sessions.for_each([](Session& s) { s.drain(); });
  const auto end = std::chrono::steady_clock::now() + grace;
  while (impl_->state.open->load() > 0 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  sessions.for_each([](Session& s) { s.close(); });
  impl_->work.reset();
  impl_->io.stop();
  for (std::thread& thread : impl_->io_threads) thread.join();
  impl_->io_threads.clear();
  sessions.for_each([](Session& s) { s.abandon(); });
}

}  // namespace tripod::serve
