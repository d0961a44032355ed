// Who calls whom: requests between services, and to databases, queues and servers outside, out of spans.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "model/batch.h"
#include "pipeline/spanmetrics/series_writer.h"
#include "pipeline/spanmetrics/span_facts.h"

namespace tripod::pipeline::spanmetrics {

struct GraphLimits {
  size_t edges = 1000;
  size_t waiting = 100'000;                        // spans that wait for the other side of their request; about 150 bytes each
  int64_t wait = 15 * base::kNanosPerSecond;       // an SDK flushes every 5 s
};

// Not thread-safe. A span of kind client (producer) and a span of kind server (consumer) that is its child are one request from the
// one's service to the other's, in whichever order and batches they come. A client span to a database is a request at once; one whose
// server does not come in time is a request to what it names: peer.service, messaging.destination.name or server.address.
// A request to a server whose client is not known by then, or that has none, is one of "user". Names of series and the types of connections are those of Tempo's metrics generator.
class ServiceGraph {
 public:
  struct Counters {
    base::Counter& unpaired;  // spans whose other side never came and is not named
    base::Counter& early;     // spans that waited shorter than they should: too many did
    base::Counter& overflow;  // requests beyond the limit of edges
  };
  // A span that is one side of a request. Views into the batch.
  struct Side {
    model::TraceId trace_id;
    model::SpanId client;     // the client's span, also where this is the server
    std::string_view service;
    SpanFacts facts;
    Example example;          // of the span itself
    model::SpanKind kind = model::SpanKind::kUnspecified;
    bool failed = false;
    bool is_otel = true;
  };
  // Requests to one database of one batch.
  struct DatabaseCalls {
    std::string_view service, system, where;  // db.namespace, else server.address
    bool is_otel = true;
    uint64_t failed = 0;
    DurationHistogram durations;
    Example example;
  };
  struct Tally {
    std::vector<Side> sides;
    std::vector<DatabaseCalls> databases;
  };

  ServiceGraph(GraphLimits limits, Counters counters) : limits_(limits), counters_(counters) {}

  static void count(const model::Span& span, const ResourceFacts& resource, const SpanFacts& facts, Tally& tally);
  // Edges that are new begin at `zero_ms`. Spans of Sentry's of services for which `leave_out` says so do not count: OpenTelemetry tells
  // of the same requests.
  template <class LeaveOut>
  void add(const Tally& tally, base::UnixNanos now, int64_t zero_ms, LeaveOut&& leave_out) {
    for (const DatabaseCalls& calls : tally.databases) {
      if (calls.is_otel || !leave_out(calls.service)) add(calls, zero_ms);
    }
    for (const Side& side : tally.sides) {
      if (side.is_otel || !leave_out(side.service)) add(side, now, zero_ms);
    }
  }
  // What waits no longer than until now is decided by what is known; INT64_MAX: all of it.
  void expire(base::UnixNanos now, int64_t zero_ms);
  void write(SeriesWriter& writer);
  void written();
  size_t edges() const { return edges_.size(); }
  size_t waiting() const { return clients_.size() + servers_.size(); }

 private:
  struct SpanKey {
    model::TraceId trace_id;
    model::SpanId span_id;
    bool operator==(const SpanKey&) const = default;
  };
  struct SpanKeyHash {
    size_t operator()(const SpanKey& key) const;
  };
  struct Waiting {
    base::UnixNanos until = 0;
    std::string service;
    std::string peer;                 // of a client: what it calls, should nobody answer
    Example example;
    bool failed = false;
    bool is_messaging = false;
    bool met = false;                 // of a client: a server was found; another may follow
  };
  struct Edge {
    std::string client, server;
    std::string_view type;            // "", "database", "messaging_system", "virtual_node"
    uint64_t requests = 0, failed = 0;
    DurationHistogram client_durations, server_durations;
    Example client_example, server_example;
    Emission emission;
    bool ends = false;
  };
  struct Expiry {
    base::UnixNanos at;
    SpanKey key;
    bool is_client;
  };

  void add(const DatabaseCalls& calls, int64_t zero_ms);
  void add(const Side& side, base::UnixNanos now, int64_t zero_ms);
  void meet(const Waiting& client, const Waiting& server, int64_t zero_ms);
  void add_virtual(std::string_view client, std::string_view server, const Waiting& side, std::string_view type, int64_t zero_ms);
  void wait(const SpanKey& key, Waiting side, bool is_client, int64_t zero_ms);
  void expire_oldest(int64_t zero_ms);
  Edge& edge(std::string_view client, std::string_view server, std::string_view type, int64_t zero_ms);

  const GraphLimits limits_;
  const Counters counters_;
  std::unordered_map<std::string, std::unique_ptr<Edge>> edges_;  // by client, server and type
  std::unordered_map<SpanKey, Waiting, SpanKeyHash> clients_;
  std::unordered_multimap<SpanKey, Waiting, SpanKeyHash> servers_;  // by the client's span
  std::deque<Expiry> expiries_;  // the oldest first; of what has met too
};

}  // namespace tripod::pipeline::spanmetrics
