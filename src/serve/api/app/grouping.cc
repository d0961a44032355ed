// Why an event is in its issue: its grouping, worked out anew from what is stored.
#include <algorithm>

#include "base/json_writer.h"
#include "ingest/sentry/decode.h"
#include "insight/traces.h"
#include "pipeline/group/explanation_json.h"
#include "pipeline/issue_fields.h"
#include "serve/api/app/routes.h"
#include "serve/api/app/stored_event.h"
#include "serve/api/thinned.h"
#include "serve/api/bounds.h"

namespace tripod::serve::app {

using base::JsonWriter;
using base::Result;

namespace {

// Whether the event would find its issue by what it says today.
bool finds(const std::vector<std::string>& hashes, const std::vector<std::string>& stored) {
  return std::ranges::any_of(hashes, [&](const std::string& hash) { return std::ranges::find(stored, hash) != stored.end(); });
}

void write_texts(JsonWriter& w, std::string_view key, const std::vector<std::string>& texts) {
  w.key(key).begin_array();
  for (const std::string& text : texts) w.string(text);
  w.end_array();
}

Result<HttpResponse> grouping(const Api& api, const HttpRequest& request) {
  const auto stored = stored_event(api, request, request.path_parameter("event_id"));
  if (!stored) return base::fail(stored.error());
  if (!stored->row.text("issue.type").empty()) {
    return base::fail(base::Code::kUnsupported, "what was found in a trace is not grouped by rules: its issue is that of its type, service, route and statement");
  }
  const auto explanation = api.project_rules.grouper().explain(stored->event());
  const std::vector<std::string> hashes = pipeline::hashes_from_json(stored->row.text("issue.hashes"));
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("event_id", stored->row.text("event_id")).key("issue_id").raw(stored->row.text("issue.id"));
  w.key("stored").begin_object().field("version", stored->row.text("issue.grouping"));
  write_texts(w, "hashes", hashes);
  w.end_object().field("in_force", finds(explanation.hashes, hashes));
  pipeline::group::write_explanation(w, explanation);
  w.end_object();
  return HttpResponse::json(std::move(body));
}

}  // namespace

Result<StoredEvent> stored_event(const Api& api, const HttpRequest& request, std::string_view event_id) {
  store::ScanPlan plan{.dataset = store::Dataset::kErrors,
                       .filter = store::Predicate::equal("event_id", insight::normalise_id(event_id)),
                       .limit = 1};
  plan.bounds = query_bounds(api.clock, request);
  auto result = api.events.scan(plan);
  if (!result) return base::fail(std::move(result.error()));
  if (result->rows.empty()) return base::fail(base::Code::kNotFound, "no such event");
  if (is_thinned(result->rows[0])) return base::fail(base::Code::kNotFound, "the event was one of a flood and is stored without its payload");
  StoredEvent out;
  out.row = std::move(result->rows[0]);
  ingest::sentry::SentryContext context;
  if (const auto* project = out.row.find("project"); project != nullptr) {
    if (const auto* id = std::get_if<int64_t>(project)) context.project = static_cast<uint64_t>(*id);
  }
  context.received_time = out.row.time;
  const auto payload = std::make_shared<const std::string>(out.row.text("payload"));
  if (auto decoded = ingest::sentry::decode_store(payload, context, out.batch); !decoded) return base::fail(std::move(decoded.error()));
  if (out.batch.errors.empty()) return base::fail(base::Code::kNotFound, "the event is kept without what it was made of");
  return out;
}

void add_grouping_routes(Router& router, const Api& api) {
  add(router, Method::kGet, "/events/{event_id}/grouping", Access::kRead, [api](const HttpRequest& r) { return grouping(api, r); });
}

}  // namespace tripod::serve::app
