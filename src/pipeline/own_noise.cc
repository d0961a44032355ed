#include "pipeline/own_noise.h"

#include <algorithm>
#include <iterator>

namespace tripod::pipeline {

namespace {

bool all_digits(std::string_view text) {
  for (char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return !text.empty();
}

// "/api/1/envelope/", "/v1/traces", "/loki/api/v1/push" at the end of an URL (a prefix before them is allowed).
bool is_intake_path(std::string_view url) {
  url = url.substr(0, url.find('?'));
  for (std::string_view tail : {"/v1/traces", "/v1/metrics", "/v1/logs", "/loki/api/v1/push"}) {
    if (url.ends_with(tail)) return true;
  }
  for (std::string_view tail : {"/envelope/", "/store/"}) {
    if (!url.ends_with(tail)) continue;
    std::string_view rest = url.substr(0, url.size() - tail.size());
    const size_t slash = rest.rfind('/');
    if (slash == std::string_view::npos) continue;
    return all_digits(rest.substr(slash + 1)) && rest.substr(0, slash).ends_with("/api");
  }
  return false;
}

// A queue worker's talk with its Redis broker (heartbeats, polling, bookkeeping of results): outside of any task, so of no request.
bool is_broker_chatter(const model::Span& span) {
  if (model::find_text(span.attributes, "db.system.name") != "redis") return false;
  static constexpr std::string_view kVerbs[] = {"PUBLISH",   "SUBSCRIBE", "UNSUBSCRIBE", "PSUBSCRIBE", "BRPOP", "BLPOP", "EVALSHA", "SCRIPT",
                                                "PING",      "INFO",      "LLEN",        "ZADD",       "ZREM",  "ZRANGE", "ZREVRANGEBYSCORE",
                                                "SADD",      "SREM",      "SMEMBERS",    "HSET",       "HDEL",  "WATCH",  "MULTI"};
  const std::string_view verb = span.name.substr(0, span.name.find(' '));
  return std::ranges::find(kVerbs, verb) != std::end(kVerbs);
}

}  // namespace

OwnNoise drop_own_noise(model::Batch& batch) {
  OwnNoise dropped;
  std::erase_if(batch.spans, [&](const model::Span& span) {
    if (span.source != model::SpanSource::kOtel || span.kind != model::SpanKind::kClient || !span.parent_span_id.empty()) return false;
    const bool is_export = is_intake_path(model::find_text(span.attributes, "url.full"));
    const bool is_chatter = !is_export && is_broker_chatter(span);
    dropped.exports += is_export ? 1 : 0;
    dropped.broker_chatter += is_chatter ? 1 : 0;
    return is_export || is_chatter;
  });
  return dropped;
}

}  // namespace tripod::pipeline
