// Which requests got slower from one release to another.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/events/event_store.h"

namespace tripod::insight {

struct Latency {
  uint64_t count = 0;
  double p50_ns = 0;
  double p95_ns = 0;
};

// Spans in which a service was entered (kind server or consumer), of one route of one service, in both releases.
struct RouteLatency {
  std::string service;
  std::string method;  // empty where there is none
  std::string route;   // http.route, else the span's name
  Latency base, release;
  double p50_change() const { return base.p50_ns > 0 ? release.p50_ns / base.p50_ns - 1 : 0; }
  double p95_change() const { return base.p95_ns > 0 ? release.p95_ns / base.p95_ns - 1 : 0; }
};

struct LatencyPlan {
  std::string base, release;    // service.version
  std::string environment;      // empty: all
  store::TimeRange range;
  uint64_t least_spans = 20;    // of each release: less say nothing
  double least_change = 0.2;    // of the median or the 95th percentile
  int64_t least_growth_ns = 5'000'000;
  store::QueryBounds bounds;
};

struct LatencyResult {
  std::vector<RouteLatency> slower;   // by how much the 95th percentile grew, most first
  uint64_t compared = 0;              // routes that both releases have often enough
  std::vector<std::string> warnings;  // not empty: something may be missing
};

// Quantiles are within 1 %. kResourceExhausted: more than 10,000 routes. Errors of the store.
base::Result<LatencyResult> compare_latencies(store::EventStore& events, const LatencyPlan& plan);

}  // namespace tripod::insight
