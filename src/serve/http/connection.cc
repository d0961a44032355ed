#include "serve/http/connection.h"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <sys/socket.h>

#include "base/compress.h"
#include "serve/http/stream_session.h"

namespace tripod::serve {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using base::Code;
using base::Error;

namespace {

constexpr size_t kReadBuffer = 65536;  // without it Beast reads 64 KiB bodies seven times slower
constexpr uint32_t kHeaderLimit = 32 * 1024;
constexpr size_t kDiscardLimit = 1 << 20;  // a refused body up to this is read before it is answered
// Of a longer one so much is read after the answer, and no longer than this without a byte.
constexpr size_t kLingerLimit = size_t{256} << 20;
constexpr std::chrono::seconds kLingerPause{3};

Method method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get: return Method::kGet;
    case http::verb::head: return Method::kHead;
    case http::verb::post: return Method::kPost;
    case http::verb::put: return Method::kPut;
    case http::verb::delete_: return Method::kDelete;
    case http::verb::options: return Method::kOptions;
    default: return Method::kOther;
  }
}

bool is_private(const asio::ip::address& address) {
  if (address.is_loopback()) return true;
  if (address.is_v4()) {
    const auto b = address.to_v4().to_bytes();
    return b[0] == 10 || (b[0] == 172 && b[1] >= 16 && b[1] < 32) || (b[0] == 192 && b[1] == 168) ||
           (b[0] == 169 && b[1] == 254);
  }
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return is_private(asio::ip::make_address_v4(asio::ip::v4_mapped, v6));
  return v6.is_link_local() || (v6.to_bytes()[0] & 0xfe) == 0xfc;
}

void add_cors(HttpResponse& response) {
  response.headers.push_back({"Access-Control-Allow-Origin", "*"});
  response.headers.push_back(
      {"Access-Control-Expose-Headers", "X-Sentry-Error, X-Sentry-Rate-Limits, Retry-After"});
}

HttpResponse preflight() {
  HttpResponse response = HttpResponse::empty(204);
  response.headers.push_back({"Access-Control-Allow-Methods", "POST, OPTIONS"});
  response.headers.push_back({"Access-Control-Allow-Headers",
                              "Content-Type, Content-Encoding, Authorization, X-Sentry-Auth, X-Tripod-Key, "
                              "sentry-trace, baggage, traceparent"});
  response.headers.push_back({"Access-Control-Max-Age", "3600"});
  return response;
}

template <class Response>
void copy_headers(const HttpResponse& from, Response& to) {
  for (const Header& h : from.headers) to.insert(h.name, h.value);
  // Answers are somebody's data: only what says otherwise (the UI's files) may be kept, and none may be taken for a page.
  if (to.find(http::field::cache_control) == to.end()) to.insert(http::field::cache_control, "no-store");
  if (to.find("X-Content-Type-Options") == to.end()) to.insert("X-Content-Type-Options", "nosniff");
}

}  // namespace

HttpCounters::HttpCounters(base::MetricRegistry& registry)
    : requests(registry.counter("tripod_http_requests_total", "HTTP requests received.")),
      bytes_in(registry.counter("tripod_http_request_body_bytes_total", "Request body bytes, as received.")),
      overloaded(registry.counter("tripod_http_overloaded_total", "Requests refused because a queue or the memory budget was full.")),
      malformed(registry.counter("tripod_http_malformed_total", "Requests that were not HTTP/1.1.")),
      abandoned(registry.counter("tripod_http_abandoned_total", "Requests whose client went before they were answered.")),
      streams_refused(registry.counter("tripod_http_streams_refused_total", "Streams refused because there were too many.")),
      event_streams(registry.counter("tripod_http_streams_total", "Streams opened.", {{"kind", "events"}})),
      websockets(registry.counter("tripod_http_streams_total", "Streams opened.", {{"kind", "websocket"}})) {}

ServerState::ServerState(HttpContext c)
    : context(std::move(c)),
      counters(context.metrics),
      open(std::make_shared<std::atomic<size_t>>(0)),
      streams(std::make_shared<StreamLimits>(context.max_streams, context.max_streams_of_one)) {
  context.metrics.gauge("tripod_http_connections", "Open HTTP connections, streams among them.", {},
                        [count = open] { return static_cast<double>(count->load()); });
  context.metrics.gauge("tripod_http_streams", "Open event streams and websockets.", {},
                        [limits = streams] { return static_cast<double>(limits->open()); });
}

Connection::Connection(asio::ip::tcp::socket socket, ServerState& server, const ListenerTraits& listener)
    : server_(server),
      context_(server.context),
      only_protocol_(listener.only_protocol),
      counters_(server.counters),
      mark_(server.open),
      stream_(std::move(socket)) {
  beast::error_code ec;
  const auto remote = stream_.socket().remote_endpoint(ec);
  peer_.address = ec ? "" : remote.address().to_string();
  peer_.is_loopback = !ec && remote.address().is_loopback();
  peer_.is_private = !ec && is_private(remote.address());
  peer_.listener_is_loopback = listener.is_loopback;
  stream_.socket().set_option(asio::ip::tcp::no_delay(true), ec);
  buffer_.reserve(kReadBuffer);
}

void Connection::start() {
  asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->wait_for_request(); });
}

void Connection::drain() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    self->draining_ = true;
    if (self->idle_) self->stream_.close();
  });
}

void Connection::close() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] { self->stream_.close(); });
}

// Between requests only the first byte is awaited, with the long idle time; the header then has the short one.
void Connection::wait_for_request() {
  idle_ = true;
  parser_.emplace();
  parser_->header_limit(kHeaderLimit);
  parser_->body_limit(boost::none);
  if (buffer_.size() > 0) return read_header();
  stream_.expires_after(context_.timeouts.idle);
  stream_.async_read_some(buffer_.prepare(kReadBuffer),
                          [self = shared_from_this()](beast::error_code ec, size_t bytes) {
                            if (ec) return self->stream_.close();
                            self->buffer_.commit(bytes);
                            self->read_header();
                          });
}

void Connection::read_header() {
  idle_ = false;
  stream_.expires_after(context_.timeouts.header);
  http::async_read_header(stream_, buffer_, *parser_,
                          [self = shared_from_this()](beast::error_code ec, size_t) { self->on_header(ec); });
}

void Connection::on_header(beast::error_code ec) {
  if (ec == http::error::end_of_stream || ec == beast::error::timeout || ec == asio::error::operation_aborted ||
      ec == asio::error::connection_reset) {
    return stream_.close();
  }
  if (ec) return refuse_malformed(ec);
  counters_.requests.add();
  fill_request();
  decide();
}

void Connection::fill_request() {
  const auto& message = parser_->get();
  request_ = HttpRequest{};
  refusal_.reset();
  keep_alive_ = message.keep_alive();
  is_head_ = message.method() == http::verb::head;
  request_.method = method_of(message.method());
  request_.target = std::string(message.target());
  request_.peer = peer_;
  std::string_view target = request_.target;
  const size_t question = target.find('?');
  request_.path = percent_decode(target.substr(0, question), false);
  if (question != std::string_view::npos) request_.query = parse_query(target.substr(question + 1));
  for (const auto& field : message) {
    request_.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
}

void Connection::decide() {
  const std::string_view target = request_.target;
  match_ = context_.router.match(request_.method, target.substr(0, target.find('?')));
  if (match_.route != nullptr && !only_protocol_.empty() && match_.route->protocol != only_protocol_) {
    match_.route = nullptr;
    match_.path_known = false;
  }
  if (match_.route == nullptr) {
    if (match_.path_known) {
      return refuse_after_discarding({Code::kUnsupported, "method not allowed here"});
    }
    return refuse_after_discarding({Code::kNotFound, "no such path: " + request_.path});
  }
  request_.path_parameters = match_.parameters;
  if (request_.method == Method::kOptions && match_.route->cors) {
    return respond(preflight());
  }
  auto principal = context_.authenticate(*match_.route, request_);
  if (!principal) {
    context_.refused(*match_.route, request_, principal.error());
    return refuse_after_discarding(std::move(principal.error()));
  }
  request_.principal = std::move(*principal);
  if (match_.route->stream != StreamKind::kNone) {
    if (auto admitted = admit_stream(); !admitted) {
      context_.refused(*match_.route, request_, admitted.error());
      return refuse_after_discarding(std::move(admitted.error()));
    }
  }
  if (const auto length = parser_->content_length(); length && *length > match_.route->max_body_bytes) {
    Error error{Code::kTooLarge, "the body has " + std::to_string(*length) + " bytes; the limit is " +
                                     std::to_string(match_.route->max_body_bytes)};
    context_.refused(*match_.route, request_, error);
    return refuse_after_discarding(std::move(error));
  }
  if (parser_->get()[http::field::expect] == "100-continue") {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    stream_.expires_after(context_.timeouts.write);
    asio::async_write(stream_, asio::buffer(kContinue), [self = shared_from_this()](beast::error_code ec, size_t) {
      if (ec) return self->stream_.close();
      self->read_body();
    });
    return;
  }
  read_body();
}

// Everything that can be refused before the handler has run: afterwards only the handler's own answer is left.
base::Result<> Connection::admit_stream() {
  const StreamKind kind = match_.route->stream;
  if (is_head_) return base::fail(Code::kInvalidArgument, "a stream has no HEAD");
  if (kind == StreamKind::kWebsocket) {
    if (!beast::websocket::is_upgrade(parser_->get())) {
      return base::fail(Code::kInvalidArgument, "a websocket is opened here: the request is no upgrade to one");
    }
    // A page of any site can open a websocket, and the browser sends our cookie along; it also says whose page it is (RFC 6455, 10.2).
    const bool is_by_token = request_.principal.kind == Principal::Kind::kToken || request_.principal.kind == Principal::Kind::kIngestKey;
    const std::string_view origin = request_.header("origin");
    if (!is_by_token && !origin.empty() && !is_own_origin(origin)) {
      return base::fail(Code::kPermissionDenied, "a page of another origin may not open a websocket here");
    }
  }
  auto slot = server_.streams->take(request_.principal);
  if (slot) stream_memory_ = context_.memory.try_charge(kStreamQueueBytes);
  if (slot && !stream_memory_) slot = base::fail(Code::kUnavailable, "the memory budget is used up, try again");
  if (!slot) {
    counters_.streams_refused.add();
    return base::fail(std::move(slot.error()));
  }
  slot_ = std::move(*slot);
  HttpRequest header;
  header.method = request_.method;
  header.headers = request_.headers;
  header.query = request_.query;
  header.peer = request_.peer;
  may_stay_ = [&context = context_, route = match_.route, header = std::make_shared<HttpRequest>(std::move(header))] {
    return context.authenticate(*route, *header).has_value();
  };
  return {};
}

// An origin is "scheme://host[:port]"; behind a proxy with TLS the scheme is not ours to know.
bool Connection::is_own_origin(std::string_view origin) const {
  const auto authority = [](std::string_view url) {
    const size_t begin = url.find("://");
    if (begin == std::string_view::npos) return std::string_view();
    url.remove_prefix(begin + 3);
    return url.substr(0, url.find('/'));
  };
  const std::string_view from = authority(origin);
  if (from.empty()) return false;
  return beast::iequals(from, request_.header("host")) || beast::iequals(from, authority(context_.public_url));
}

void Connection::read_body() {
  if (parser_->is_done()) return on_body({});
  stream_.expires_after(context_.timeouts.body);
  http::async_read_some(stream_, buffer_, *parser_,
                        [self = shared_from_this()](beast::error_code ec, size_t) { self->on_body(ec); });
}

void Connection::on_body(beast::error_code ec) {
  if (ec == http::error::need_buffer) ec = {};
  if (ec) {
    if (match_.route != nullptr && !refusal_) {
      context_.refused(*match_.route, request_, {Code::kInvalidArgument, "the body ended early: " + ec.message()});
    }
    if (ec == beast::error::timeout || ec == http::error::partial_message || ec == asio::error::connection_reset ||
        ec == asio::error::operation_aborted) {
      return stream_.close();
    }
    return refuse_malformed(ec);
  }
  const size_t received = parser_->get().body().size();
  const size_t limit = refusal_ ? kDiscardLimit : match_.route->max_body_bytes;
  if (received > limit) {
    keep_alive_ = false;
    if (refusal_) return respond(error_response(match_.errors, *refusal_, request_));
    Error error{Code::kTooLarge, "the body is over the limit of " + std::to_string(limit) + " bytes"};
    context_.refused(*match_.route, request_, error);
    return respond(error_response(match_.errors, error, request_));
  }
  if (!charge_body()) {
    counters_.overloaded.add();
    keep_alive_ = false;
    return respond(error_response(match_.errors, {Code::kUnavailable, "the memory budget is used up, try again"}, request_));
  }
  if (!parser_->is_done()) return read_body();
  counters_.bytes_in.add(received);
  if (refusal_) return respond(error_response(match_.errors, *refusal_, request_));
  request_.body = std::move(parser_->get().body());
  dispatch();
}

// Grows the charge in doubling steps as the body comes in.
bool Connection::charge_body() {
  const size_t received = parser_->get().body().size();
  if (received <= request_.memory.bytes()) return true;
  auto charge = context_.memory.try_charge(std::max<size_t>(kReadBuffer, received * 2));
  if (!charge) return false;
  request_.memory = std::move(charge);
  return true;
}

void Connection::dispatch() {
  const Route& route = *match_.route;
  Workers& workers = route.pool == Pool::kIngest ? context_.ingest : context_.query;
  auto self = shared_from_this();
  Responder responder([self](HttpResponse response) {
    asio::post(self->stream_.get_executor(),
               [self, response = std::move(response)]() mutable { self->respond(std::move(response)); });
  });
  stream_.expires_never();
  if (route.pool == Pool::kQuery && route.stream == StreamKind::kNone) {
    std::stop_source gone;
    request_.client_gone = gone.get_token();
    watch_for_hangup(std::move(gone));
  }
  auto shared = std::make_shared<std::pair<HttpRequest, Responder>>(std::move(request_), std::move(responder));
  Workers::Task task = [self, shared]() mutable {
    self->run_handler(std::move(shared->first), std::move(shared->second));
  };
  if (!workers.try_submit(std::move(task))) {
    counters_.overloaded.add();
    const Error error{Code::kUnavailable, "overloaded, try again"};
    context_.refused(route, shared->first, error);
    shared->second(error_response(route.errors, error, shared->first));
  }
}

// Looks without reading, so that a request sent ahead stays where it is; behind one that was, a hang-up is not seen.
void Connection::watch_for_hangup(std::stop_source gone) {
  stream_.socket().async_wait(asio::ip::tcp::socket::wait_read, [self = shared_from_this(), gone, request = request_number_](beast::error_code ec) mutable {
    if (ec || request != self->request_number_) return;
    char byte = 0;
    const ssize_t count = ::recv(self->stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return self->watch_for_hangup(std::move(gone));
    if (count <= 0) gone.request_stop();
  });
}

// On a worker.
void Connection::run_handler(HttpRequest&& request, Responder responder) {
  const Route& route = *match_.route;
  if (request.client_gone.stop_requested()) {
    counters_.abandoned.add();
    return responder(error_response(route.errors, {Code::kCancelled, "the client is gone"}, request));
  }
  const std::string_view encoding = request.header("content-encoding");
  if (route.decode_content && !encoding.empty()) {
    auto decoded = base::decode_content(encoding, request.body, route.max_decoded_bytes);
    if (!decoded) {
      context_.refused(route, request, decoded.error());
      return responder(error_response(route.errors, decoded.error(), request));
    }
    auto charge = context_.memory.try_charge(decoded->size());
    if (!charge) {
      counters_.overloaded.add();
      return responder(
          error_response(route.errors, {Code::kUnavailable, "the memory budget is used up, try again"}, request));
    }
    request.memory = std::move(charge);
    request.body = std::move(*decoded);
  }
  route.handler(std::move(request), std::move(responder));
}

void Connection::refuse_after_discarding(Error error) {
  const auto length = parser_->content_length();
  const bool expects_continue = parser_->get()[http::field::expect] == "100-continue";
  refusal_ = std::move(error);
  if (expects_continue || (length && *length > kDiscardLimit)) {
    keep_alive_ = false;
    return respond(error_response(match_.errors, *refusal_, request_));
  }
  read_body();
}

void Connection::refuse_malformed(beast::error_code ec) {
  counters_.malformed.add();
  keep_alive_ = false;
  HttpResponse response = HttpResponse::text("malformed request: " + ec.message() + "\n", 400);
  if (ec == http::error::header_limit) response.status = 431;
  if (ec == http::error::body_limit) response.status = 413;
  write(std::move(response));
}

void Connection::respond(HttpResponse response) {
  ++request_number_;
  if (match_.route == nullptr && match_.path_known && response.status == 415) response.status = 405;
  if (match_.route != nullptr && match_.route->cors) add_cors(response);
  if (response.stream) return become_stream(std::move(response));
  slot_.reset();
  stream_memory_ = {};
  may_stay_ = nullptr;
  write(std::move(response));
}

// The socket moves on into a session of its own; this one ends.
void Connection::become_stream(HttpResponse response) {
  TRIPOD_CHECK(slot_);
  const StreamKind kind = match_.route->stream;
  (kind == StreamKind::kWebsocket ? counters_.websockets : counters_.event_streams).add();
  StreamSetup setup{.socket = stream_.release_socket(),
                    .request = parser_->release(),
                    .answer = std::move(response),
                    .timeouts = context_.timeouts,
                    .may_stay = std::exchange(may_stay_, nullptr),
                    .slot = std::exchange(slot_, nullptr),
                    .memory = std::move(stream_memory_),
                    .mark = std::make_unique<OpenMark>(server_.open)};
  auto session = kind == StreamKind::kWebsocket ? make_websocket(std::move(setup)) : make_event_stream(std::move(setup));
  session->start();
  if (!server_.sessions.add(session)) session->drain();
}

void Connection::write(HttpResponse response) {
  answer_ = std::move(response);
  const bool keep = keep_alive_ && !draining_;
  const auto status = static_cast<http::status>(answer_.status);
  stream_.expires_after(context_.timeouts.write);
  auto done = [self = shared_from_this(), keep](beast::error_code ec, size_t) { self->on_written(ec, keep); };
  auto send = [&](auto& message) {
    message.version(11);
    message.result(status);
    copy_headers(answer_, message);
    message.keep_alive(keep);
    if (answer_.status != 204 && answer_.status != 304) message.prepare_payload();
    if (is_head_) {
      auto serializer = std::make_shared<
          http::response_serializer<typename std::remove_reference_t<decltype(message)>::body_type>>(message);
      http::async_write_header(stream_, *serializer,
                               [serializer, done = std::move(done)](beast::error_code ec, size_t n) mutable { done(ec, n); });
    } else {
      http::async_write(stream_, message, std::move(done));
    }
  };
  if (!answer_.static_body.empty()) {
    static_response_.emplace();
    static_response_->body() = {answer_.static_body.data(), answer_.static_body.size()};
    send(*static_response_);
  } else {
    response_.emplace();
    response_->body() = std::move(answer_.body);
    send(*response_);
  }
}

void Connection::on_written(beast::error_code ec, bool keep_alive) {
  response_.reset();
  static_response_.reset();
  request_ = HttpRequest{};
  if (ec || !keep_alive || draining_) {
    const bool is_sending = !ec && !draining_ && parser_ && !parser_->is_done();
    beast::error_code ignored;
    stream_.socket().shutdown(is_sending ? asio::ip::tcp::socket::shutdown_send : asio::ip::tcp::socket::shutdown_both, ignored);
    if (!is_sending) return stream_.close();
    parser_.reset();
    return linger();
  }
  wait_for_request();
}

// Closing while the client is still sending resets the connection, and most clients then never read the answer that says why.
void Connection::linger() {
  buffer_.clear();
  stream_.expires_after(kLingerPause);
  stream_.async_read_some(buffer_.prepare(kReadBuffer), [self = shared_from_this()](beast::error_code ec, size_t count) {
    self->lingered_ += count;
    if (ec || self->draining_ || self->lingered_ > kLingerLimit) return self->stream_.close();
    self->linger();
  });
}

}  // namespace tripod::serve
