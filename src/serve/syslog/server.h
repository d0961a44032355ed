// Syslog over TCP and UDP. RFC 5424, 3164, 6587, 5426. docs/protocols/syslog.md
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/memory_budget.h"
#include "base/metrics.h"
#include "base/result.h"
#include "ingest/syslog/decoder.h"
#include "pipeline/intake_ledger.h"
#include "pipeline/pipeline.h"
#include "serve/http/workers.h"
#include "serve/syslog/options.h"

namespace tripod::serve {

struct SyslogLimits {
  size_t connections = 1024;
  // A sender that was away for so long is taken for gone. Long, since most lose the first message they send to a closed connection.
  std::chrono::milliseconds idle{3'600'000};
  std::chrono::milliseconds frame{60'000};    // within a message without progress
  size_t udp_queue_bytes = size_t{8} << 20;   // of datagrams read and not yet handed over
};

// What the listeners need of the rest of the program. Everything outlives them.
struct SyslogContext {
  Workers& workers;
  base::MemoryBudget& memory;
  base::MetricRegistry& metrics;
  const base::Clock& clock;
  pipeline::IntakeLedger& ledger;
  // Stores a batch and then calls back, from any thread: Pipeline::submit.
  std::function<void(model::Batch, pipeline::Source, pipeline::Pipeline::Done)> submit;
  SyslogLimits limits = {};
};

// Called by one thread. Between stop() and destruction the workers must be drained and every batch answered.
class SyslogServer {
 public:
  // Error: kInvalidArgument where the options cannot be, as an address that others reach without networks that may send.
  static base::Result<std::unique_ptr<SyslogServer>> make(SyslogContext context, const SyslogOptions& options);
  ~SyslogServer();  // stop(0)

  // As bound: port 0 picks a free one. Empty: not listened.
  struct Addresses {
    std::string tcp;
    std::string udp;
  };
  base::Result<Addresses> bind();
  // Starts reading on what is bound.
  void start();
  // Reads no more, and waits at most `grace` for what was read to be stored.
  void stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  explicit SyslogServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tripod::serve
