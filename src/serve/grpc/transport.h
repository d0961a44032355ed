// gRPC server for unary methods over raw messages: sockets and framing on gRPC's threads, handlers on workers.
// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/memory_budget.h"
#include "base/metrics.h"
#include "base/result.h"
#include "serve/grpc/call.h"
#include "serve/http/workers.h"

namespace tripod::serve {

// What a transport needs of the rest of the program. Everything referred to outlives the transport and its workers.
struct GrpcTransportContext {
  std::vector<GrpcMethod> methods;
  Workers& workers;
  base::MemoryBudget& memory;
  base::MetricRegistry& metrics;
  // Who calls, or why not; the request holds the call's metadata as headers and the peer, no body. Called on a thread of
  // gRPC before the message is read: must be quick (look-ups in memory).
  std::function<base::Result<Principal>(const HttpRequest&)> authenticate;
  // A call that was refused before its handler saw it: unknown method, credentials, size, compression, overload.
  std::function<void(const Peer&, const base::Error&)> refused;
  size_t max_message_bytes = size_t{64} << 20;  // as received, and again after decompression
  std::chrono::milliseconds retry_after{1000};  // told to clients that should come back
};

// One or more listeners. Thread-safe.
//
// Errors are answered as google.rpc.Status in the trailer grpc-status-details-bin; where the client should come back
// (RESOURCE_EXHAUSTED by overload, UNAVAILABLE) it holds a RetryInfo, which is also in a trailer of its own,
// google.rpc.retryinfo-bin, the only one that OpenTelemetry's Python exporter reads.
class GrpcTransport {
 public:
  explicit GrpcTransport(GrpcTransportContext context);
  ~GrpcTransport();  // stop(0)

  // Binds "host:port" ("[::1]:4317" for IPv6); port 0 picks a free one. Answers the bound "host:port".
  base::Result<std::string> listen(const std::string& address);
  // Refuses new calls as UNAVAILABLE, lets those in flight finish for at most `grace`, then cancels them; answers how
  // many calls were cancelled meanwhile. Nothing calls `authenticate` or `refused` afterwards except what workers still hold.
  size_t stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tripod::serve
