#include "ingest/sentry/span_words.h"

#include <array>
#include <utility>

#include "ingest/sentry/common_fields.h"

namespace tripod::ingest::sentry {
namespace {

using model::SpanKind;
using model::StatusCode;

// An op is the word itself or starts with it and a dot.
bool op_is(std::string_view op, std::string_view word) {
  return op == word || (op.size() > word.size() && op.starts_with(word) && op[word.size()] == '.');
}

constexpr std::array<std::pair<std::string_view, SpanKind>, 17> kKinds = {{
    {"http.server", SpanKind::kServer},
    {"websocket.server", SpanKind::kServer},
    {"rpc.server", SpanKind::kServer},
    {"grpc.server", SpanKind::kServer},
    {"function.aws", SpanKind::kServer},
    {"http.client", SpanKind::kClient},
    {"rpc.client", SpanKind::kClient},
    {"grpc.client", SpanKind::kClient},
    {"db", SpanKind::kClient},
    {"cache", SpanKind::kClient},
    {"graphql", SpanKind::kInternal},
    {"queue.publish", SpanKind::kProducer},
    {"queue.submit", SpanKind::kProducer},
    {"queue.create", SpanKind::kProducer},
    {"queue.process", SpanKind::kConsumer},
    {"queue.receive", SpanKind::kConsumer},
    {"queue.task", SpanKind::kConsumer},
}};

constexpr std::array<std::string_view, 8> kClientFaults = {
    "invalid_argument", "not_found",           "permission_denied",  "unauthenticated",
    "already_exists",   "failed_precondition", "resource_exhausted", "out_of_range"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kNames = {{
    {"url", "url.full"},
    {"http.query", "url.query"},
    {"http.fragment", "url.fragment"},
    {"http.method", "http.request.method"},
    {"http.status_code", "http.response.status_code"},
    {"status_code", "http.response.status_code"},
}};

bool is_method(std::string_view word) {
  for (const std::string_view method :
       {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "QUERY"}) {
    if (word == method) return true;
  }
  return false;
}

}  // namespace

SpanKind kind_of_op(std::string_view op) {
  for (const auto& [word, kind] : kKinds) {
    if (op_is(op, word)) return kind;
  }
  return SpanKind::kInternal;
}

SpanKind kind_of_word(std::string_view word) {
  if (word == "server") return SpanKind::kServer;
  if (word == "client") return SpanKind::kClient;
  if (word == "producer") return SpanKind::kProducer;
  if (word == "consumer") return SpanKind::kConsumer;
  if (word == "internal") return SpanKind::kInternal;
  return SpanKind::kUnspecified;
}

StatusCode status_of_word(std::string_view word, SpanKind kind) {
  if (word == "ok") return StatusCode::kOk;
  if (word.empty() || word == "unknown" || word == "unset" || word == "cancelled") {
    return StatusCode::kUnset;
  }
  if (kind == SpanKind::kServer) {
    for (const std::string_view fault : kClientFaults) {
      if (word == fault) return StatusCode::kUnset;
    }
  }
  return StatusCode::kError;
}

std::string_view current_name(std::string_view key) {
  for (const auto& [old_name, name] : kNames) {
    if (key == old_name) return name;
  }
  return key;
}

void add_known_names(std::string_view op, std::string_view description, AttributeList& attributes) {
  if (op_is(op, "db")) {
    attributes.add_text("db.query.text", description);
    return;
  }
  if (!op_is(op, "http.client")) return;
  const size_t space = description.find(' ');  // "GET https://host/path"
  if (space == std::string_view::npos || !is_method(description.substr(0, space))) return;
  attributes.add_text("http.request.method", description.substr(0, space));
  const std::string_view url = description.substr(space + 1);
  if (url.find("://") != std::string_view::npos) attributes.add_text("url.full", url);
  attributes.add_text("url.path", path_of_url(attributes.text("url.full")));
}

}  // namespace tripod::ingest::sentry
