// The rules of a project, for grouping and for scrubbing: read, changed, and tried against a stored event before they are saved.
#include <algorithm>
#include <charconv>

#include "base/json_writer.h"
#include "pipeline/group/explanation_json.h"
#include "pipeline/issue_fields.h"
#include "serve/api/app/routes.h"
#include "serve/api/app/stored_event.h"
#include "serve/api/json_body.h"

namespace tripod::serve::app {

using base::Code;
using base::JsonWriter;
using base::Result;
using pipeline::RuleTexts;

namespace {

Result<int64_t> project_of(const Api& api, const HttpRequest& request) {
  const std::string_view text = request.path_parameter("id");
  int64_t id = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), id);
  const auto projects = api.meta.projects();
  if (!projects) return base::fail(projects.error());
  const bool known = ec == std::errc() && end == text.data() + text.size() && std::ranges::find(*projects, id, &store::Project::id) != projects->end();
  if (!known) return base::fail(Code::kNotFound, "no such project");
  return id;
}

HttpResponse answer_rules(const pipeline::ProjectRuleTexts& texts) {
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("stack_rules", texts.now.stack_rules).field("fingerprint_rules", texts.now.fingerprint_rules);
  w.field("scrub_rules", texts.now.scrub_rules).field("scrub_ip_addresses", texts.now.scrub_ip_addresses);
  w.key("former");
  if (texts.former) {
    w.begin_object().field("stack_rules", texts.former->stack_rules).field("fingerprint_rules", texts.former->fingerprint_rules).end_object();
  } else {
    w.null();
  }
  w.end_object();
  return HttpResponse::json(std::move(body));
}

// What the body says, and what holds already where it says nothing.
RuleTexts rules_of(const JsonBody& body, const RuleTexts& now) {
  RuleTexts out;
  out.stack_rules = body.text("stack_rules").value_or(now.stack_rules);
  out.fingerprint_rules = body.text("fingerprint_rules").value_or(now.fingerprint_rules);
  out.scrub_rules = body.text("scrub_rules").value_or(now.scrub_rules);
  out.scrub_ip_addresses = body.flag("scrub_ip_addresses").value_or(now.scrub_ip_addresses);
  return out;
}

Result<HttpResponse> change(const Api& api, const HttpRequest& request) {
  const auto project = project_of(api, request);
  if (!project) return base::fail(project.error());
  const auto body = JsonBody::parse(request.body);
  if (!body) return base::fail(body.error());
  const RuleTexts rules = rules_of(*body, api.project_rules.of(*project).now);
  if (auto ok = api.project_rules.set(*project, rules, body->flag("keep_issues").value_or(true)); !ok) return base::fail(std::move(ok.error()));
  return answer_rules(api.project_rules.of(*project));
}

void write_grouping(JsonWriter& w, std::string_view key, const pipeline::group::Explanation& explanation) {
  w.key(key).begin_object();
  pipeline::group::write_explanation(w, explanation);
  w.end_object();
}

// Whether events that shared the stored event's issue would still find it.
bool stays(const std::vector<std::string>& hashes, const std::vector<std::string>& stored) {
  return std::ranges::any_of(hashes, [&](const std::string& hash) { return std::ranges::find(stored, hash) != stored.end(); });
}

Result<HttpResponse> try_out(const Api& api, const HttpRequest& request) {
  const auto project = project_of(api, request);
  if (!project) return base::fail(project.error());
  const auto body = JsonBody::parse(request.body);
  if (!body) return base::fail(body.error());
  const RuleTexts rules = rules_of(*body, api.project_rules.of(*project).now);
  const auto grouping = api.project_rules.grouping_of(rules);
  if (!grouping) return base::fail(grouping.error());
  const auto scrubber = api.project_rules.scrubber_of(rules);
  if (!scrubber) return base::fail(scrubber.error());
  auto stored = stored_event(api, request, body->text("event_id").value_or(""));
  if (!stored) return base::fail(stored.error());
  if (stored->event().project != static_cast<uint64_t>(*project)) return base::fail(Code::kNotFound, "no such event in this project");
  const auto before = api.project_rules.grouper().explain(stored->event());
  // As on the way in: scrubbed, then grouped.
  pipeline::scrub::ScrubTally tally;
  const auto payload = (*scrubber)->scrub_json(stored->event().payload, &tally);
  if (!payload) return base::fail(payload.error());
  (*scrubber)->scrub_batch(stored->batch);
  const auto after = api.project_rules.grouper().explain_with(stored->event(), *grouping);
  std::string out;
  JsonWriter w(out);
  w.begin_object().field("event_id", stored->row.text("event_id"));
  write_grouping(w, "before", before);
  write_grouping(w, "after", after);
  w.field("same_issue", stays(after.hashes, pipeline::hashes_from_json(stored->row.text("issue.hashes"))));
  w.key("scrubbed").raw(tally.json()).key("payload").raw(*payload).end_object();
  return HttpResponse::json(std::move(out));
}

}  // namespace

void add_rule_routes(Router& router, const Api& api) {
  add(router, Method::kGet, "/projects/{id}/rules", Access::kRead, [api](const HttpRequest& r) -> Result<HttpResponse> {
    const auto project = project_of(api, r);
    if (!project) return base::fail(project.error());
    return answer_rules(api.project_rules.of(*project));
  });
  add(router, Method::kPut, "/projects/{id}/rules", Access::kAdmin, [api](const HttpRequest& r) { return change(api, r); });
  add(router, Method::kPost, "/projects/{id}/rules/try", Access::kRead, [api](const HttpRequest& r) { return try_out(api, r); });
}

}  // namespace tripod::serve::app
