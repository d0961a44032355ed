#include "serve/http/connection.h"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "base/compress.h"

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
      malformed(registry.counter("tripod_http_malformed_total", "Requests that were not HTTP/1.1.")) {}

Connection::Connection(asio::ip::tcp::socket socket, const HttpContext& context, HttpCounters& counters,
                       const ListenerTraits& listener, std::shared_ptr<std::atomic<size_t>> open_connections)
    : context_(context),
      only_protocol_(listener.only_protocol),
      counters_(counters),
      open_connections_(std::move(open_connections)),
      stream_(std::move(socket)) {
  beast::error_code ec;
  const auto remote = stream_.socket().remote_endpoint(ec);
  peer_.address = ec ? "" : remote.address().to_string();
  peer_.is_loopback = !ec && remote.address().is_loopback();
  peer_.is_private = !ec && is_private(remote.address());
  peer_.listener_is_loopback = listener.is_loopback;
  stream_.socket().set_option(asio::ip::tcp::no_delay(true), ec);
  buffer_.reserve(kReadBuffer);
  open_connections_->fetch_add(1);
}

Connection::~Connection() { open_connections_->fetch_sub(1); }

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
  match_ = context_.router.match(request_.method, request_.path);
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

// On a worker.
void Connection::run_handler(HttpRequest&& request, Responder responder) {
  const Route& route = *match_.route;
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
  if (match_.route == nullptr && match_.path_known && response.status == 415) response.status = 405;
  if (match_.route != nullptr && match_.route->cors) add_cors(response);
  write(std::move(response));
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
