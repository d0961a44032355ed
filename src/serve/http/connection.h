// One client connection: reads a request, decides who may, hands it to the workers, writes the answer, and again.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "serve/http/server.h"
#include "serve/http/session.h"
#include "serve/http/stream_limits.h"

namespace tripod::serve {

// Counters shared by all connections.
struct HttpCounters {
  explicit HttpCounters(base::MetricRegistry& registry);
  base::Counter& requests;
  base::Counter& bytes_in;
  base::Counter& overloaded;
  base::Counter& malformed;
  base::Counter& abandoned;
  base::Counter& streams_refused;
  base::Counter& event_streams;
  base::Counter& websockets;
};

// What the connections of one server share. Outlives them.
struct ServerState {
  ServerState(HttpContext c);
  const HttpContext context;
  HttpCounters counters;
  const std::shared_ptr<std::atomic<size_t>> open;  // connections and streams
  const std::shared_ptr<StreamLimits> streams;
  Sessions sessions;
};

// What a connection takes from the address it came in by.
struct ListenerTraits {
  bool is_loopback = false;
  std::string only_protocol;  // empty: all routes
};

// Lives while an operation or a handler holds it. Everything runs on its socket's strand except the handler itself.
class Connection : public Session, public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::ip::tcp::socket socket, ServerState& server, const ListenerTraits& listener);
  void start();
  // Ends after the answer in flight, at once when idle.
  void drain() override;
  void close() override;

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using BeastResponse = boost::beast::http::response<boost::beast::http::string_body>;
  using SpanResponse = boost::beast::http::response<boost::beast::http::span_body<const char>>;

  void wait_for_request();
  void read_header();
  void on_header(boost::beast::error_code ec);
  void fill_request();
  void decide();
  base::Result<> admit_stream();
  bool is_own_origin(std::string_view origin) const;
  void read_body();
  void on_body(boost::beast::error_code ec);
  bool charge_body();
  void dispatch();
  void watch_for_hangup(std::stop_source gone);
  void run_handler(HttpRequest&& request, Responder responder);
  void refuse_after_discarding(base::Error error);
  void refuse_malformed(boost::beast::error_code ec);
  void respond(HttpResponse response);
  void become_stream(HttpResponse response);
  void write(HttpResponse response);
  void on_written(boost::beast::error_code ec, bool keep_alive);
  void linger();

  // constant after construction
  ServerState& server_;
  const HttpContext& context_;
  const std::string only_protocol_;
  HttpCounters& counters_;
  const OpenMark mark_;
  Peer peer_;

  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  Router::Match match_;
  HttpRequest request_;
  StreamLimits::Slot slot_;              // of a request that may become a stream
  base::MemoryCharge stream_memory_;     // as slot_
  std::function<bool()> may_stay_;       // as slot_
  std::optional<base::Error> refusal_;   // set: the body is read to be thrown away, then this is answered
  uint64_t request_number_ = 0;          // of answers begun: a watch that outlives its request is nobody's
  bool keep_alive_ = false;
  bool is_head_ = false;
  bool idle_ = true;
  bool draining_ = false;
  size_t lingered_ = 0;                  // bytes thrown away after the answer
  HttpResponse answer_;                  // kept while it is written
  std::optional<BeastResponse> response_;
  std::optional<SpanResponse> static_response_;
};

}  // namespace tripod::serve
