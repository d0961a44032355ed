// HTTP/1.1 server: sockets on a few I/O threads, handlers on workers. The only folder that includes Boost.Beast.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/memory_budget.h"
#include "base/metrics.h"
#include "base/result.h"
#include "serve/http/router.h"
#include "serve/http/workers.h"

namespace tripod::serve {

struct HttpTimeouts {
  std::chrono::milliseconds idle{75'000};    // keep-alive between requests
  std::chrono::milliseconds header{10'000};  // from the first byte to the end of the header
  std::chrono::milliseconds body{30'000};    // without progress
  std::chrono::milliseconds write{30'000};
  std::chrono::milliseconds stream_heartbeat{15'000};  // of open streams: something is said, the credential looked at again
  std::chrono::milliseconds stream_stall{60'000};      // a client that takes nothing for so long is gone
};

// What a server needs of the rest of the program. Everything outlives the server.
struct HttpContext {
  const Router& router;
  Workers& ingest;
  Workers& query;
  base::MemoryBudget& memory;
  base::MetricRegistry& metrics;
  base::Logger& log;
  // Who calls, or why not. Called on an I/O thread with the header only: must be quick (look-ups in memory).
  std::function<base::Result<Principal>(const Route&, const HttpRequest&)> authenticate;
  // A request that was refused before its handler saw it (framing, size, credentials, overload): for the rejected list.
  std::function<void(const Route&, const HttpRequest&, const base::Error&)> refused;
  HttpTimeouts timeouts;
  size_t max_connections = 4096;
  size_t max_streams = 256;
  size_t max_streams_of_one = 32;  // of one user or token
  std::string public_url;          // pages of this origin may open websockets too, besides those of the request's own host
};

// One or more listeners sharing threads. Thread-safe. Between stop() and destruction both pools must be drained: a handler
// that still runs holds its connection.
class HttpServer {
 public:
  HttpServer(HttpContext context, size_t io_threads);
  ~HttpServer();  // stop(0)

  // Binds "host:port" ("[::1]:8700" for IPv6); port 0 picks a free one. Answers the bound "host:port". Clients that connect now wait
  // until accept(). With `only_protocol` the address serves the routes of that protocol (Route::protocol) and no others.
  base::Result<std::string> bind(const std::string& address, std::string only_protocol = "");
  // Starts answering on all bound addresses: the router must be complete.
  void accept();
  // Stops accepting, lets requests in flight finish for at most `grace`, then closes everything.
  void stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tripod::serve
