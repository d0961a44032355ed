// One HTTP request as handlers see it, and what they answer. Nothing of sockets or of the HTTP library.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/memory_budget.h"
#include "base/result.h"
#include "serve/auth/principal.h"
#include "serve/http/stream.h"

namespace tripod::serve {

enum class Method : uint8_t { kGet, kHead, kPost, kPut, kDelete, kOptions, kOther };
std::string_view method_name(Method method);

struct Header {
  std::string name;
  std::string value;
};

// Where a request came from and where it arrived: decides what may be done without credentials.
struct Peer {
  std::string address;            // "127.0.0.1", without port
  bool is_loopback = false;
  bool is_private = false;        // loopback, RFC 1918, RFC 4193, link-local
  bool listener_is_loopback = false;
};

// Owned by the worker that handles it.
struct HttpRequest {
  Method method = Method::kOther;
  std::string target;             // as on the request line
  std::string path;               // percent-decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  std::vector<Header> headers;
  std::vector<std::pair<std::string, std::string>> path_parameters;  // of the route's pattern
  std::string body;               // content-encoding already taken off
  Peer peer;
  Principal principal;
  base::MemoryCharge memory;      // of the body
  // Tripped when the client goes while its question is answered (routes of the query pool): nobody waits for the answer any more.
  std::stop_token client_gone;

  // Case-insensitive; empty when missing.
  std::string_view header(std::string_view name) const;
  // First value; empty when missing.
  std::string_view parameter(std::string_view name) const;
  std::vector<std::string_view> parameters(std::string_view name) const;
  std::string_view path_parameter(std::string_view name) const;
  // Content-Type without its parameters, lower-case.
  std::string media_type() const;
  // Adds the pairs of an application/x-www-form-urlencoded body to `query` (Prometheus and Loki take POSTed queries).
  void merge_form_body();
};

struct HttpResponse {
  int status = 200;
  std::vector<Header> headers;
  std::string body;
  std::string_view static_body;   // used when not empty: lives as long as the program (embedded assets)
  StreamOpener stream;            // set: the answer stays open (only where Route::stream says so); there is no body then

  static HttpResponse json(std::string body, int status = 200);
  static HttpResponse text(std::string body, int status = 200);
  static HttpResponse empty(int status) { return HttpResponse{.status = status}; }
  HttpResponse&& with(std::string name, std::string value) &&;
};

// Answers one request. Callable once, from any thread; destroying it uncalled answers 500.
class Responder {
 public:
  using Send = std::move_only_function<void(HttpResponse)>;
  explicit Responder(Send send) : send_(std::move(send)) {}
  Responder(Responder&& other) noexcept : send_(std::exchange(other.send_, {})) {}
  Responder& operator=(Responder&&) = delete;
  ~Responder();
  void operator()(HttpResponse response);

 private:
  Send send_;
};

// application/x-www-form-urlencoded and query strings.
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view text);
// Percent-decoding; '+' is a blank only where `plus_is_blank`. Bad escapes stay as they are.
std::string percent_decode(std::string_view text, bool plus_is_blank);

}  // namespace tripod::serve
