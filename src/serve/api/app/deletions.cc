// Deleting records by query: what would go, what goes, and what is still being carried out. docs/tasks/delete-data.md
#include <array>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "serve/api/app/query_text.h"
#include "serve/api/app/routes.h"
#include "serve/api/bounds.h"
#include "serve/api/json_body.h"
#include "serve/api/request_range.h"

namespace tripod::serve::app {

using base::Code;
using base::JsonWriter;
using base::Result;
using store::Dataset;

namespace {

constexpr std::array kDeletable = {Dataset::kLogs, Dataset::kSpans, Dataset::kErrors};

// Everything has to be said: a missing time must not stand for "all there is".
Result<std::string> required(const JsonBody& body, std::string_view name) {
  auto text = body.text(name);
  if (!text || text->empty()) return base::fail(Code::kInvalidArgument, "\"" + std::string(name) + "\" is missing");
  return std::move(*text);
}

Result<base::UnixNanos> instant_of(const JsonBody& body, std::string_view name, base::UnixNanos now) {
  auto text = required(body, name);
  if (!text) return base::fail(std::move(text.error()));
  auto instant = base::parse_instant(*text, now);
  if (!instant) return base::fail(Code::kInvalidArgument, std::string(name) + ": " + instant.error().message);
  return instant;
}

Result<Dataset> dataset_of(const JsonBody& body) {
  auto name = required(body, "dataset");
  if (!name) return base::fail(std::move(name.error()));
  for (Dataset dataset : kDeletable) {
    if (store::dataset_name(dataset) == *name) return dataset;
  }
  return base::fail(Code::kInvalidArgument, "dataset must be logs, spans or errors");
}

void write_removal(JsonWriter& w, const store::Removal& removal) {
  w.begin_object().field("id", removal.id).field("dataset", store::dataset_name(removal.plan.dataset));
  w.field("query", removal.plan.text).field("condition", store::to_string(removal.plan.filter));
  w.key("from_ns").int64_string(removal.plan.range.start).key("to_ns").int64_string(removal.plan.range.end);
  w.key("created_ns").int64_string(removal.created).end_object();
}

Result<HttpResponse> matching(const Api& api, const HttpRequest& request, const store::RemovePlan& plan) {
  store::AggregatePlan count{.dataset = plan.dataset, .range = plan.range, .filter = plan.filter};
  count.bounds = query_bounds(api.clock, request);
  auto result = api.events.aggregate(count);
  if (!result) return base::fail(std::move(result.error()));
  std::string out;
  JsonWriter w(out);
  w.begin_object().field("dry_run", true).field("matching", result->groups.empty() ? uint64_t{0} : result->groups[0].count);
  w.field("partial", result->stats.incomplete).key("warnings").begin_array();
  for (const std::string& warning : result->stats.warnings) w.string(warning);
  w.end_array().end_object();
  return HttpResponse::json(std::move(out));
}

Result<HttpResponse> delete_records(const Api& api, const HttpRequest& request) {
  const auto body = JsonBody::parse(request.body);
  if (!body) return base::fail(body.error());
  store::RemovePlan plan;
  auto dataset = dataset_of(*body);
  if (!dataset) return base::fail(std::move(dataset.error()));
  plan.dataset = *dataset;
  auto text = required(*body, "query");
  if (!text) return base::fail(std::move(text.error()));
  plan.text = *text;
  const base::UnixNanos now = api.clock.now();
  const auto from = instant_of(*body, "from", now);
  if (!from) return base::fail(from.error());
  const auto to = instant_of(*body, "to", now);
  if (!to) return base::fail(to.error());
  if (*from >= *to) return base::fail(Code::kInvalidArgument, "from must be before to");
  plan.range = bounded({*from, *to});
  HttpRequest question;
  question.query = {{"q", plan.text}};
  auto filter = query_of(question, plan.dataset);
  if (!filter) return std::move(filter.error());
  plan.filter = std::move(*filter);
  if (body->flag("dry_run").value_or(false)) return matching(api, request, plan);
  const auto removal = api.events.remove(plan);
  if (!removal) return base::fail(removal.error());
  if (plan.dataset == Dataset::kSpans) {
    plan.dataset = Dataset::kSpanWindow;  // else it could be seen there, and kept after all
    if (auto window = api.events.remove(plan); !window) return base::fail(std::move(window.error()));
  }
  std::string out;
  JsonWriter w(out);
  w.begin_object().field("dry_run", false).key("deletion");
  write_removal(w, *removal);
  w.end_object();
  return HttpResponse::json(std::move(out));
}

Result<HttpResponse> list_deletions(const Api& api) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().key("deletions").begin_array();
  for (Dataset dataset : kDeletable) {
    for (const store::Removal& removal : api.events.removals(dataset)) write_removal(w, removal);
  }
  w.end_array().end_object();
  return HttpResponse::json(std::move(out));
}

}  // namespace

void add_deletion_routes(Router& router, const Api& api) {
  add(router, Method::kPost, "/delete", Access::kAdmin, [api](const HttpRequest& r) { return delete_records(api, r); });
  add(router, Method::kGet, "/deletes", Access::kAdmin, [api](const HttpRequest&) { return list_deletions(api); });
}

}  // namespace tripod::serve::app
