// What sentry-cli asks beside releases: whose token it has, which organisations and projects there are, and whether it may upload source maps (no).
#include "base/json_writer.h"
#include "serve/api/sentry/routes.h"

namespace tripod::serve::sentry {

using base::JsonWriter;
using base::Result;

namespace {

// Sentry's words for what a scope of ours allows. https://docs.sentry.io/api/permissions/
constexpr std::pair<Scope, std::string_view> kScopes[] = {
    {kScopeRead, "event:read"},      {kScopeRead, "member:read"},       {kScopeRead, "org:read"},          {kScopeRead, "project:read"}, {kScopeRead, "team:read"},
    {kScopeWrite, "alerts:write"},   {kScopeWrite, "event:write"},      {kScopeWrite, "org:ci"},           {kScopeWrite, "project:releases"},
    {kScopeAdmin, "event:admin"},    {kScopeAdmin, "org:admin"},        {kScopeAdmin, "org:write"},        {kScopeAdmin, "project:admin"}, {kScopeAdmin, "project:write"},
};

HttpResponse who_am_i(const HttpRequest& request) {
  const Principal& caller = request.principal;
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("version", "0").key("auth").begin_object().key("scopes").begin_array();
  for (const auto& [scope, name] : kScopes) {
    if (caller.has(scope)) w.string(name);
  }
  w.end_array().end_object().key("user").begin_object().field("id", std::to_string(caller.id)).field("email", caller.name).field("name", caller.name);
  w.end_object().end_object();
  return HttpResponse::json(std::move(body));
}

void write_organisation(JsonWriter& w, const Api& api) {
  w.begin_object().field("id", std::to_string(kProject)).field("slug", kSlug).field("name", kSlug);
  write_time(w, "dateCreated", api.started);
  w.field("isEarlyAdopter", false).field("require2FA", false).field("requireEmailVerification", false);
  w.key("status").begin_object().field("id", "active").field("name", "active").end_object();
  w.key("features").begin_array().end_array().key("links").begin_object();
  w.field("organizationUrl", api.addresses.http).field("regionUrl", api.addresses.http).end_object().end_object();
}

Result<HttpResponse> projects(const Api& api) {
  const auto all = api.meta.projects();
  if (!all) return base::fail(all.error());
  std::string body;
  JsonWriter w(body);
  w.begin_array();
  for (const store::Project& project : *all) {
    w.begin_object().field("id", std::to_string(project.id)).field("slug", project.slug).field("name", project.name).key("team").null();
    w.key("teams").begin_array().end_array().field("status", "active").end_object();
  }
  w.end_array();
  return HttpResponse::json(std::move(body));
}

// Told at the first question of an upload, so that the tool says so instead of uploading.
void add_unkept(Router& router, const Api& api, Method method, std::string pattern) {
  base::Counter& asked = api.registry.counter("tripod_sentry_uploads_refused_total", "Uploads of source maps and debug files, which are not kept.");
  const Access access = method == Method::kGet ? Access::kRead : Access::kWrite;
  add(router, {.method = method, .pattern = std::move(pattern), .access = access, .most_body = kLargeBody}, [&asked](const HttpRequest&) -> Result<HttpResponse> {
    asked.add(1);
    return base::fail(base::Code::kUnsupported, "Tripod does not keep source maps and debug files: leave the upload out of your build");
  });
}

}  // namespace

void add_cli_routes(Router& router, const Api& api) {
  add(router, {.pattern = "/"}, [](const HttpRequest& request) -> Result<HttpResponse> { return who_am_i(request); });
  add(router, {.pattern = "/organizations/"}, [api](const HttpRequest&) -> Result<HttpResponse> {
    std::string body;
    JsonWriter w(body);
    w.begin_array();
    write_organisation(w, api);
    w.end_array();
    return HttpResponse::json(std::move(body));
  });
  add(router, {.pattern = "/organizations/{organisation}/"}, [api](const HttpRequest& request) -> Result<HttpResponse> {
    if (auto ours = check_names(request); !ours) return base::fail(std::move(ours.error()));
    std::string body;
    JsonWriter w(body);
    write_organisation(w, api);
    return HttpResponse::json(std::move(body));
  });
  add(router, {.pattern = "/projects/"}, [api](const HttpRequest&) { return projects(api); });
  add(router, {.pattern = "/organizations/{organisation}/projects/"}, [api](const HttpRequest& request) -> Result<HttpResponse> {
    if (auto ours = check_names(request); !ours) return base::fail(std::move(ours.error()));
    return projects(api);
  });
  add_unkept(router, api, Method::kGet, "/organizations/{organisation}/chunk-upload/");
  add_unkept(router, api, Method::kPost, "/organizations/{organisation}/chunk-upload/");
  add_unkept(router, api, Method::kPost, "/organizations/{organisation}/artifactbundle/assemble/");
  add_unkept(router, api, Method::kPost, "/organizations/{organisation}/releases/{+version}/assemble/");
  add_unkept(router, api, Method::kPost, "/projects/{organisation}/{project}/files/difs/assemble/");
}

}  // namespace tripod::serve::sentry
