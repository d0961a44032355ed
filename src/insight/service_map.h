// Services, what they call and how it goes, out of the series that are derived from spans (docs/service-map.md).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "insight/counter_increases.h"

namespace tripod::insight {

// Counts of a classic histogram, in a time range.
class LatencyBuckets {
 public:
  // Cumulative, as series have them: `le` in seconds.
  void add(std::string_view le, double count);
  // Seconds, as histogram_quantile() has it; 0 where nothing was counted.
  double quantile(double q) const;

 private:
  std::map<double, double> below_;
};

struct RequestCounts {
  double requests = 0;
  double errors = 0;
  LatencyBuckets latency;
};

enum class NodeKind : uint8_t { kService, kDatabase, kMessaging, kExternal, kUser };

struct MapNode {
  std::string name;
  NodeKind kind = NodeKind::kService;
  RequestCounts counts;  // what it was asked
};

struct MapEdge {
  std::string client, server, type;  // type as connection_type has it
  RequestCounts counts;              // latency as the client saw it
};

// Why to stop: see IncreasePlan.
using Poll = std::function<base::Result<>()>;

struct ServiceMap {
  std::vector<MapNode> nodes;  // by name
  std::vector<MapEdge> edges;  // by client, server
  bool is_cut = false;         // there is an "__overflow__" node
};

// Errors of read_increases().
base::Result<ServiceMap> load_service_map(store::MetricStore& metrics, store::TimeRange range, const Poll& poll);

// Requests that services got, by service and tracer ("otel", "sentry").
struct ServiceRequests {
  RequestCounts all;
  std::vector<RequestCounts> steps;
};
using RequestsByService = std::map<std::pair<std::string, std::string>, ServiceRequests>;

base::Result<RequestsByService> load_requests(store::MetricStore& metrics, store::TimeRange range, size_t steps, const Poll& poll);

}  // namespace tripod::insight
