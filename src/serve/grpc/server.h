// OTLP over gRPC: opentelemetry.proto.collector.{trace,metrics,logs}.v1.*Service/Export.
// https://opentelemetry.io/docs/specs/otlp/#otlpgrpc
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/memory_budget.h"
#include "base/metrics.h"
#include "base/result.h"
#include "serve/http/workers.h"
#include "serve/ingest/intake.h"

namespace tripod::serve {

class GrpcTransport;

// What the server needs of the rest of the program. Everything referred to outlives the server and the workers.
struct GrpcContext {
  Intake intake;
  Workers& ingest;   // messages are decoded and handed to the pipeline here
  base::MemoryBudget& memory;
  base::MetricRegistry& metrics;
  base::Logger& log;
};

// Thread-safe. Credentials are taken from the call's metadata as from HTTP headers (authorization, x-tripod-key,
// x-honeycomb-team ...). An export is answered once the pipeline says that what was accepted is durable; rejected items are
// told as partial success. Refused and undecodable requests are in the ledger.
class GrpcServer {
 public:
  explicit GrpcServer(GrpcContext context);
  ~GrpcServer();  // stop(0)

  // Binds "host:port" ("[::1]:4317" for IPv6); port 0 picks a free one. Answers the bound "host:port".
  base::Result<std::string> listen(const std::string& address);
  // Refuses new calls as UNAVAILABLE, lets those in flight finish for at most `grace`, then cancels them. To be called before
  // the pipeline and the workers go.
  void stop(std::chrono::milliseconds grace);

 private:
  base::Logger& log_;
  std::unique_ptr<GrpcTransport> transport_;
};

}  // namespace tripod::serve
