#include "pipeline/own_noise.h"

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

}  // namespace

size_t drop_own_noise(model::Batch& batch) {
  return std::erase_if(batch.spans, [](const model::Span& span) {
    if (span.kind != model::SpanKind::kClient || !span.parent_span_id.empty()) return false;
    return is_intake_path(model::find_text(span.attributes, "url.full"));
  });
}

}  // namespace tripod::pipeline
