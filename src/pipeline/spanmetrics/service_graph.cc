#include "pipeline/spanmetrics/service_graph.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/hash.h"

namespace tripod::pipeline::spanmetrics {

namespace {

using model::SpanKind;

constexpr std::string_view kDatabase = "database";
constexpr std::string_view kMessaging = "messaging_system";
constexpr std::string_view kVirtual = "virtual_node";
constexpr std::string_view kUser = "user";  // who calls a server without being traced

void keep_longer(Example& kept, const Example& other) {
  if (other.duration_ns > kept.duration_ns) kept = other;
}

std::string join(std::string_view first, std::string_view second) {
  std::string out(first);
  if (!second.empty()) out.append(first.empty() ? "" : "/").append(second);
  return out;
}

std::string peer_of(const SpanFacts& facts) {
  if (!facts.peer_service.empty()) return std::string(facts.peer_service);
  if (!facts.destination.empty() || !facts.messaging_system.empty()) return join(facts.messaging_system, facts.destination);
  return std::string(facts.server);
}

}  // namespace

size_t ServiceGraph::SpanKeyHash::operator()(const SpanKey& key) const {
  uint64_t trace = 0, span = 0;
  std::memcpy(&trace, key.trace_id.bytes.data() + 8, 8);
  std::memcpy(&span, key.span_id.bytes.data(), 8);
  const uint64_t both[] = {trace, span};
  return base::hash64({reinterpret_cast<const char*>(both), sizeof both});
}

void ServiceGraph::count(const model::Span& span, const ResourceFacts& resource, const SpanFacts& facts, Tally& tally) {
  const bool is_client = span.kind == SpanKind::kClient || span.kind == SpanKind::kProducer;
  if (!is_client && span.kind != SpanKind::kServer && span.kind != SpanKind::kConsumer) return;
  const bool failed = span.status_code == model::StatusCode::kError;
  const bool is_otel = span.source == model::SpanSource::kOtel;
  const Example example{.trace_id = span.trace_id, .span_id = span.span_id, .duration_ns = std::max<int64_t>(span.end_time - span.start_time, 0), .time_ms = span.end_time / base::kNanosPerMilli};
  if (span.kind != SpanKind::kClient || facts.db_system.empty()) {
    tally.sides.push_back({span.trace_id, is_client ? span.span_id : span.parent_span_id, resource.service, facts, example, span.kind, failed, is_otel});
    return;
  }
  const std::string_view where = facts.db_namespace.empty() ? facts.server : facts.db_namespace;
  auto calls = std::ranges::find_if(tally.databases, [&](const DatabaseCalls& c) {
    return c.service == resource.service && c.system == facts.db_system && c.where == where && c.is_otel == is_otel;
  });
  if (calls == tally.databases.end()) {
    tally.databases.push_back({.service = resource.service, .system = facts.db_system, .where = where, .is_otel = is_otel});
    calls = tally.databases.end() - 1;
  }
  calls->failed += failed ? 1 : 0;
  calls->durations.add(example.duration_ns);
  keep_longer(calls->example, example);
}

void ServiceGraph::add(const DatabaseCalls& calls, int64_t zero_ms) {
  Edge& to = edge(calls.service, join(calls.system, calls.where), kDatabase, zero_ms);
  to.requests += calls.durations.count;
  to.failed += calls.failed;
  // Nobody but the client says how long it took.
  to.client_durations.add(calls.durations);
  to.server_durations.add(calls.durations);
  keep_longer(to.client_example, calls.example);
  keep_longer(to.server_example, calls.example);
}

void ServiceGraph::add(const Side& side, base::UnixNanos now, int64_t zero_ms) {
  const bool is_client = side.kind == SpanKind::kClient || side.kind == SpanKind::kProducer;
  const SpanKey key{side.trace_id, side.client};
  Waiting waiting{.until = now + limits_.wait,
                  .service = std::string(side.service),
                  .peer = peer_of(side.facts),
                  .example = side.example,
                  .failed = side.failed,
                  .is_messaging = side.kind == SpanKind::kProducer || side.kind == SpanKind::kConsumer};
  if (is_client) {
    const auto [first, last] = servers_.equal_range(key);
    for (auto server = first; server != last; ++server) meet(waiting, server->second, zero_ms);
    waiting.met = first != last;
    servers_.erase(first, last);
    return wait(key, std::move(waiting), true, zero_ms);
  }
  if (side.client.empty()) {
    if (side.kind == SpanKind::kServer) add_virtual(kUser, side.service, waiting, kVirtual, zero_ms);
    else if (!waiting.peer.empty()) add_virtual(waiting.peer, side.service, waiting, kMessaging, zero_ms);
    return;
  }
  const auto client = clients_.find(key);
  if (client == clients_.end()) return wait(key, std::move(waiting), false, zero_ms);
  client->second.met = true;
  meet(client->second, waiting, zero_ms);
}

void ServiceGraph::meet(const Waiting& client, const Waiting& server, int64_t zero_ms) {
  Edge& to = edge(client.service, server.service, client.is_messaging || server.is_messaging ? kMessaging : std::string_view(), zero_ms);
  ++to.requests;
  to.failed += client.failed || server.failed ? 1 : 0;
  to.client_durations.add(client.example.duration_ns);
  to.server_durations.add(server.example.duration_ns);
  keep_longer(to.client_example, client.example);
  keep_longer(to.server_example, server.example);
}

void ServiceGraph::add_virtual(std::string_view client, std::string_view server, const Waiting& side, std::string_view type, int64_t zero_ms) {
  Edge& to = edge(client, server, type, zero_ms);
  ++to.requests;
  to.failed += side.failed ? 1 : 0;
  to.client_durations.add(side.example.duration_ns);
  to.server_durations.add(side.example.duration_ns);
  keep_longer(to.client_example, side.example);
  keep_longer(to.server_example, side.example);
}

void ServiceGraph::wait(const SpanKey& key, Waiting side, bool is_client, int64_t zero_ms) {
  while (expiries_.size() >= limits_.waiting) {
    counters_.early.add();
    expire_oldest(zero_ms);
  }
  expiries_.push_back({side.until, key, is_client});
  if (is_client) clients_.insert_or_assign(key, std::move(side));
  else servers_.emplace(key, std::move(side));
}

void ServiceGraph::expire(base::UnixNanos now, int64_t zero_ms) {
  while (!expiries_.empty() && expiries_.front().at <= now) expire_oldest(zero_ms);
}

void ServiceGraph::expire_oldest(int64_t zero_ms) {
  const Expiry oldest = expiries_.front();
  expiries_.pop_front();
  if (oldest.is_client) {
    auto client = clients_.extract(oldest.key);
    if (client.empty() || client.mapped().met) return;
    const Waiting& side = client.mapped();
    if (side.peer.empty()) counters_.unpaired.add();
    else add_virtual(side.service, side.peer, side, side.is_messaging ? kMessaging : kVirtual, zero_ms);
    return;
  }
  // Those that came later for the same client wait no shorter in vain: it has not come by now.
  auto servers = servers_.equal_range(oldest.key);
  for (auto server = servers.first; server != servers.second; ++server) {
    if (!server->second.is_messaging) add_virtual(kUser, server->second.service, server->second, kVirtual, zero_ms);
    else if (server->second.peer.empty()) counters_.unpaired.add();
    else add_virtual(server->second.peer, server->second.service, server->second, kMessaging, zero_ms);
  }
  servers_.erase(servers.first, servers.second);
}

ServiceGraph::Edge& ServiceGraph::edge(std::string_view client, std::string_view server, std::string_view type, int64_t zero_ms) {
  const auto key_of = [&] { return std::string(client).append(1, '\0').append(server).append(1, '\0').append(type); };
  std::string key = key_of();
  if (const auto found = edges_.find(key); found != edges_.end()) {
    found->second->emission.idle_ticks = 0;
    return *found->second;
  }
  if (edges_.size() >= limits_.edges && client != kOverflow) {
    counters_.overflow.add();
    return edge(kOverflow, kOverflow, type, zero_ms);
  }
  auto made = std::make_unique<Edge>();
  made->client = client;
  made->server = server;
  made->type = type;
  made->emission.zero_ms = zero_ms;
  return *edges_.emplace(std::move(key), std::move(made)).first->second;
}

void ServiceGraph::write(SeriesWriter& writer) {
  for (auto& [key, edge] : edges_) {
    edge->ends = ++edge->emission.idle_ticks > kMostIdleTicks;
    edge->emission.on_its_way = true;
    writer.end_series(edge->ends);
    const model::Label labels[] = {{"client", edge->client}, {"connection_type", edge->type}, {"server", edge->server}};
    writer.counter("traces_service_graph_request_total", labels, edge->emission, edge->requests);
    writer.counter("traces_service_graph_request_failed_total", labels, edge->emission, edge->failed);
    writer.histogram({"traces_service_graph_request_client_seconds_bucket", "traces_service_graph_request_client_seconds_sum", "traces_service_graph_request_client_seconds_count"}, labels,
                     edge->emission, edge->client_durations, std::exchange(edge->client_example, {}));
    writer.histogram({"traces_service_graph_request_server_seconds_bucket", "traces_service_graph_request_server_seconds_sum", "traces_service_graph_request_server_seconds_count"}, labels,
                     edge->emission, edge->server_durations, std::exchange(edge->server_example, {}));
  }
  writer.end_series(false);
}

void ServiceGraph::written() {
  std::erase_if(edges_, [](const auto& entry) {
    Edge& edge = *entry.second;
    edge.emission.written |= std::exchange(edge.emission.on_its_way, false);
    return edge.ends && edge.emission.idle_ticks > 0;
  });
}

}  // namespace tripod::pipeline::spanmetrics
