#include "insight/service_map.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <set>

namespace tripod::insight {

using base::Result;
using store::LabelMatcher;

namespace {

using Op = LabelMatcher::Op;

constexpr std::string_view kOverflow = "__overflow__";
constexpr char kRequests[] = "traces_service_graph_request_total";
constexpr char kFailed[] = "traces_service_graph_request_failed_total";
constexpr char kClientSeconds[] = "traces_service_graph_request_client_seconds_bucket";
constexpr char kCalls[] = "traces_spanmetrics_calls_total";
constexpr char kLatency[] = "traces_spanmetrics_latency_bucket";

NodeKind kind_of_server(std::string_view type) {
  if (type == "database") return NodeKind::kDatabase;
  if (type == "messaging_system") return NodeKind::kMessaging;
  return type == "virtual_node" ? NodeKind::kExternal : NodeKind::kService;
}

double total(std::span<const double> grown) {
  double sum = 0;
  for (const double value : grown) sum += value;
  return sum;
}

void add(RequestCounts& counts, std::string_view metric, std::string_view le, double grown) {
  if (metric == kRequests) counts.requests += grown;
  else if (metric == kFailed) counts.errors += grown;
  else counts.latency.add(le, grown);
}

struct Maker {
  std::map<std::tuple<std::string, std::string, std::string>, MapEdge> edges;
  std::map<std::string, MapNode> nodes;
  std::set<std::string> services;  // that sent spans

  void take(std::span<const model::Label> labels, double grown) {
    const std::string_view metric = label_of(labels, "__name__"), type = label_of(labels, "connection_type");
    const std::string client(label_of(labels, "client")), server(label_of(labels, "server"));
    MapEdge& edge = edges[{client, server, std::string(type)}];
    edge.client = client;
    edge.server = server;
    edge.type = type;
    add(edge.counts, metric, label_of(labels, "le"), grown);
    add(node(server, kind_of_server(type)).counts, metric, label_of(labels, "le"), grown);
    node(client, type == "virtual_node" && client == "user" ? NodeKind::kUser : type == "messaging_system" ? NodeKind::kMessaging : NodeKind::kService);
  }
  MapNode& node(const std::string& name, NodeKind kind) {
    const auto [at, is_new] = nodes.try_emplace(name, MapNode{.name = name, .kind = kind, .counts = {}});
    return at->second;
  }
};

LabelMatcher one_of(std::string regex) { return {Op::kRegex, "__name__", std::move(regex)}; }

// Requests are the spans of kind server; of a service that both tracers tell of OpenTelemetry's.
std::vector<LabelMatcher> server_spans(std::string_view kinds) {
  return {one_of(std::string(kCalls) + "|" + kLatency), {Op::kRegex, "span_kind", std::string(kinds)}};
}

void take_request(RequestCounts& counts, std::span<const model::Label> labels, double grown) {
  if (label_of(labels, "__name__") == kLatency) return counts.latency.add(label_of(labels, "le"), grown);
  counts.requests += grown;
  if (label_of(labels, "status_code") == "STATUS_CODE_ERROR") counts.errors += grown;
}

Result<RequestsByService> load(store::MetricStore& metrics, std::string_view kinds, store::TimeRange range, size_t steps, const Poll& poll) {
  RequestsByService out;
  const IncreasePlan plan{.matchers = server_spans(kinds), .range = range, .steps = steps, .poll = poll};
  const auto read = read_increases(metrics, plan, [&](std::span<const model::Label> labels, std::span<const double> grown) {
    ServiceRequests& requests = out[{std::string(label_of(labels, "service")), std::string(label_of(labels, "telemetry_source"))}];
    requests.steps.resize(steps);
    take_request(requests.all, labels, total(grown));
    for (size_t i = 0; i < steps; ++i) {
      if (grown[i] > 0) take_request(requests.steps[i], labels, grown[i]);
    }
  });
  if (!read) return base::fail(read.error());
  std::erase_if(out, [&](const auto& entry) { return entry.first.second != "otel" && out.contains({entry.first.first, "otel"}); });
  return out;
}

}  // namespace

void LatencyBuckets::add(std::string_view le, double count) {
  double bound = std::numeric_limits<double>::infinity();
  if (le != "+Inf" && std::from_chars(le.data(), le.data() + le.size(), bound).ec != std::errc()) return;
  below_[bound] += count;
}

double LatencyBuckets::quantile(double q) const {
  if (below_.empty() || below_.rbegin()->second <= 0) return 0;
  const double rank = q * below_.rbegin()->second;
  double from = 0, below = 0;
  for (const auto& [bound, count] : below_) {
    // Bounds that did not grow are not told: at least as many are below this one as below the one before.
    const double here = std::max(count, below);
    if (here >= rank && here > below) return std::isinf(bound) ? from : from + (bound - from) * (rank - below) / (here - below);
    from = std::isinf(bound) ? from : bound;
    below = here;
  }
  return from;
}

Result<RequestsByService> load_requests(store::MetricStore& metrics, store::TimeRange range, size_t steps, const Poll& poll) {
  return load(metrics, "SPAN_KIND_SERVER", range, steps, poll);
}

Result<ServiceMap> load_service_map(store::MetricStore& metrics, store::TimeRange range, const Poll& poll) {
  Maker maker;
  const IncreasePlan plan{.matchers = {one_of(std::string(kRequests) + "|" + kFailed + "|" + kClientSeconds)}, .range = range, .poll = poll};
  if (auto ok = read_increases(metrics, plan, [&](std::span<const model::Label> labels, std::span<const double> grown) { maker.take(labels, total(grown)); }); !ok) return base::fail(ok.error());
  // What services tell of themselves is more than what their callers do: not every caller is known.
  auto services = load(metrics, "SPAN_KIND_SERVER|SPAN_KIND_CONSUMER", range, 1, poll);
  if (!services) return base::fail(std::move(services.error()));
  for (auto& [key, requests] : *services) {
    MapNode& node = maker.node(key.first, NodeKind::kService);
    node.kind = NodeKind::kService;
    node.counts = std::move(requests.all);
  }
  for (const auto& [key, edge] : maker.edges) {  // who calls databases or servers is a service, whatever else is known of it
    MapNode& client = maker.nodes.at(edge.client);
    if (edge.type != "messaging_system" && client.kind != NodeKind::kUser) client.kind = NodeKind::kService;
  }
  ServiceMap map;
  map.is_cut = maker.nodes.contains(std::string(kOverflow));
  for (auto& [name, node] : maker.nodes) map.nodes.push_back(std::move(node));
  for (auto& [key, edge] : maker.edges) map.edges.push_back(std::move(edge));
  return map;
}

}  // namespace tripod::insight
