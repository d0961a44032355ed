// What an administrator may do to the samples, where --enable-admin-api is given: /api/v1/admin/tsdb/*.
#include "serve/api/prometheus.h"
#include "serve/api/prometheus_parameters.h"

namespace tripod::serve::prometheus {

using base::Code;
using base::JsonWriter;

namespace {

HttpResponse disabled() { return failure({Code::kUnavailable, "admin APIs disabled"}); }

}  // namespace

HttpResponse delete_series(const Api& api, HttpRequest& request) {
  if (!api.admin.enabled) return disabled();
  request.merge_form_body();
  const auto range = range_of(api, request);
  if (!range) return failure(range.error());
  const auto matchers = matchers_of(request);
  if (!matchers) return failure(matchers.error());
  if (matchers->empty()) return failure({Code::kInvalidArgument, "no match[] parameter provided"});
  for (const auto& one : *matchers) {
    if (auto gone = api.metrics.delete_series(one, *range); !gone) return failure(gone.error());
  }
  return HttpResponse::empty(204);
}

// Deleted samples are gone at once; merges free their room. What is in memory becomes a block now, so that they reach it.
HttpResponse clean_tombstones(const Api& api, HttpRequest&) {
  if (!api.admin.enabled) return disabled();
  if (auto ok = api.metrics.flush(); !ok) return failure(ok.error());
  return HttpResponse::empty(204);
}

HttpResponse snapshot(const Api& api, HttpRequest&) {
  if (!api.admin.enabled) return disabled();
  const auto name = api.admin.snapshot();
  if (!name) return failure(name.error());
  return success([&](JsonWriter& w) { w.begin_object().field("name", *name).end_object(); });
}

}  // namespace tripod::serve::prometheus
