// What of a span its metrics are made of.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/batch.h"

namespace tripod::pipeline::spanmetrics {

// Under current attribute names (pipeline/normalise). Views into the batch; empty: not said.
struct ResourceFacts {
  std::string_view service;      // service.name, or "unknown_service"
  std::string_view environment;  // deployment.environment.name
  std::string_view version;      // service.version
};

struct SpanFacts {
  std::string_view route;         // http.route
  std::string_view db_system;     // db.system.name
  std::string_view db_namespace;  // db.namespace
  std::string_view server;        // server.address
  std::string_view peer_service;  // peer.service
  std::string_view messaging_system, destination;  // messaging.system, messaging.destination.name
  int64_t http_status = 0;        // http.response.status_code; 0: none
};

ResourceFacts facts_of(const model::Resource& resource);
// One look at each attribute.
SpanFacts facts_of(const model::Span& span);

// Not longer than a label value may be, at the boundary of a character.
std::string_view label_text(std::string_view text);

inline constexpr std::string_view kOverflow = "__overflow__";

}  // namespace tripod::pipeline::spanmetrics
