// Releases, their commits and deploys, and repositories, as sentry-cli and scripts write and read them. https://docs.sentry.io/api/releases/
#include <algorithm>

#include "base/json_writer.h"
#include "insight/commit_fixes.h"
#include "serve/api/request_range.h"
#include "serve/api/sentry/release_body.h"
#include "serve/api/sentry/routes.h"

namespace tripod::serve::sentry {

using base::Code;
using base::JsonWriter;
using base::Result;

namespace {

std::string short_version(std::string_view version) {
  constexpr size_t kShort = 12;
  const bool is_hash = version.size() == 40 && version.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (is_hash) return std::string(version.substr(0, kShort));
  const size_t at = version.rfind('@');
  return std::string(at == std::string_view::npos ? version : version.substr(at + 1));
}

void write_deploy(JsonWriter& w, const store::Deploy& deploy) {
  const auto text = [&](std::string_view name, const std::string& value) {
    w.key(name);
    if (value.empty()) w.null();
    else w.string(value);
  };
  w.begin_object().field("id", std::to_string(deploy.id)).field("environment", deploy.environment);
  text("name", deploy.name);
  text("url", deploy.url);
  write_time(w, "dateStarted", deploy.started);
  write_time(w, "dateFinished", deploy.finished);
  w.end_object();
}

void write_commit(JsonWriter& w, const store::Commit& commit) {
  w.begin_object().field("id", commit.id).field("message", commit.message);
  write_time(w, "dateCreated", commit.time);
  w.key("repository").begin_object().field("name", commit.repository).end_object().key("author");
  if (commit.author_name.empty() && commit.author_email.empty()) w.null();
  else w.begin_object().field("name", commit.author_name).field("email", commit.author_email).end_object();
  w.end_object();
}

void write_release(JsonWriter& w, const store::ReleaseFacts& release) {
  const auto text = [&](std::string_view name, const std::string& value) {
    w.key(name);
    if (value.empty()) w.null();
    else w.string(value);
  };
  w.begin_object().field("version", release.version).field("shortVersion", short_version(release.version));
  w.field("status", release.archived ? "archived" : "open");
  text("ref", release.ref);
  text("url", release.url);
  write_time(w, "dateCreated", release.first_seen);
  write_time(w, "dateStarted", release.date_started);
  write_time(w, "dateReleased", release.date_released);
  write_time(w, "firstEvent", release.events > 0 ? release.first_seen : 0);
  write_time(w, "lastEvent", release.events > 0 ? release.last_seen : 0);
  w.field("newGroups", release.new_issues).field("commitCount", release.commits).field("deployCount", release.deploys);
  w.key("lastCommit");
  if (release.last_commit.empty()) w.null();
  else w.begin_object().field("id", release.last_commit).end_object();
  w.key("lastDeploy");
  if (release.last_deploy) write_deploy(w, *release.last_deploy);
  else w.null();
  w.key("authors").begin_array().end_array().key("data").begin_object().end_object().key("owner").null();
  w.key("projects").begin_array().begin_object().field("id", kProject).field("slug", kSlug).field("name", kSlug);
  w.field("newGroups", release.new_issues).end_object().end_array().end_object();
}

store::Actor actor_of(const HttpRequest& request) {
  const Principal& caller = request.principal;
  const bool is_token = caller.kind == Principal::Kind::kToken;
  return {.kind = is_token ? store::Actor::Kind::kToken : store::Actor::Kind::kUser, .id = caller.id, .name = caller.name};
}

template <class List, class Write>
HttpResponse json_list(const List& list, Write write) {
  std::string body;
  JsonWriter w(body);
  w.begin_array();
  for (const auto& item : list) write(w, item);
  w.end_array();
  return HttpResponse::json(std::move(body));
}

template <class Item, class Write>
HttpResponse json_one(const Item& item, Write write, int status = 200) {
  std::string body;
  JsonWriter w(body);
  write(w, item);
  return HttpResponse::json(std::move(body), status);
}

class Releases {
 public:
  explicit Releases(const Api& api) : api_(api), store_(api.meta) {}

  // sentry-cli prints what it is given: the newest hundred.
  Result<HttpResponse> list(const HttpRequest& request) const {
    const auto limit = int_parameter(request, "per_page", 100, 1, 100);
    if (!limit) return base::fail(limit.error());
    auto all = store_.release_facts(kProject);
    if (!all) return base::fail(std::move(all.error()));
    const std::string_view query = request.parameter("query");
    std::erase_if(*all, [&](const store::ReleaseFacts& r) { return r.version.find(query) == std::string::npos; });
    if (all->size() > static_cast<size_t>(*limit)) all->resize(static_cast<size_t>(*limit));
    return json_list(*all, write_release);
  }

  // One that is there is changed: 208.
  Result<HttpResponse> create(const HttpRequest& request) const {
    auto body = parse_release_body(request.body);
    if (!body) return base::fail(std::move(body.error()));
    if (!is_release_name(body->version)) return base::fail(Code::kInvalidArgument, "version: Invalid release name");
    for (const std::string& project : body->projects) {
      if (project != kSlug && project != std::to_string(kProject)) return base::fail(Code::kInvalidArgument, "projects: Invalid project slugs: " + project);
    }
    const auto is_new = apply(body->version, *body, actor_of(request));
    if (!is_new) return base::fail(is_new.error());
    return answer(body->version, *is_new ? 201 : 208);
  }

  Result<HttpResponse> show(const HttpRequest& request) const { return answer(version_of(request), 200); }

  Result<HttpResponse> update(const HttpRequest& request) const {
    const std::string version = version_of(request);
    if (auto known = store_.release_facts_of(kProject, version); !known) return base::fail(std::move(known.error()));
    const auto body = parse_release_body(request.body);
    if (!body) return base::fail(body.error());
    if (auto done = apply(version, *body, actor_of(request)); !done) return base::fail(std::move(done.error()));
    return answer(version, 200);
  }

  Result<HttpResponse> remove(const HttpRequest& request) const {
    if (auto removed = store_.remove_release(kProject, version_of(request)); !removed) return base::fail(std::move(removed.error()));
    return HttpResponse::empty(204);
  }

  Result<HttpResponse> commits(const HttpRequest& request) const {
    const std::string version = version_of(request);
    if (auto known = store_.release_facts_of(kProject, version); !known) return base::fail(std::move(known.error()));
    const auto commits = store_.release_commits(kProject, version);
    if (!commits) return base::fail(commits.error());
    return json_list(*commits, write_commit);
  }

  // The last release before this one that has commits, `{}` where there is none: what sentry-cli counts new commits from.
  Result<HttpResponse> previous(const HttpRequest& request) const {
    const auto all = store_.release_facts(kProject);
    if (!all) return base::fail(all.error());
    const std::string version = version_of(request);
    auto at = std::ranges::find(*all, version, &store::ReleaseFacts::version);
    at = at == all->end() ? all->begin() : at + 1;
    at = std::find_if(at, all->end(), [](const store::ReleaseFacts& r) { return r.commits > 0; });
    if (at == all->end()) return HttpResponse::json("{}");
    return json_one(*at, write_release);
  }

  Result<HttpResponse> add_deploy(const HttpRequest& request) const {
    const auto deploy = parse_deploy_body(request.body);
    if (!deploy) return base::fail(deploy.error());
    const auto added = store_.add_deploy(kProject, version_of(request), *deploy);
    if (!added) return base::fail(added.error());
    return json_one(*added, write_deploy, 201);
  }

  Result<HttpResponse> deploys(const HttpRequest& request) const {
    const std::string version = version_of(request);
    if (auto known = store_.release_facts_of(kProject, version); !known) return base::fail(std::move(known.error()));
    const auto deploys = store_.release_deploys(kProject, version);
    if (!deploys) return base::fail(deploys.error());
    return json_list(*deploys, write_deploy);
  }

  Result<HttpResponse> repositories(const HttpRequest& /*request*/) const {
    const auto all = store_.repositories();
    if (!all) return base::fail(all.error());
    return json_list(*all, write_repository);
  }

  Result<HttpResponse> add_repository(const HttpRequest& request) const {
    const auto repository = parse_repository_body(request.body);
    if (!repository) return base::fail(repository.error());
    const auto added = store_.add_repository(*repository);
    if (!added) return base::fail(added.error());
    return json_one(*added, write_repository, 201);
  }

 private:
  static std::string version_of(const HttpRequest& request) { return std::string(request.path_parameter("version")); }

  static void write_repository(JsonWriter& w, const store::Repository& r) {
    const std::string provider = r.provider.empty() ? "unknown" : r.provider;
    w.begin_object().field("id", std::to_string(r.id)).field("name", r.name).key("url");
    if (r.url.empty()) w.null();
    else w.string(r.url);
    w.key("provider").begin_object().field("id", provider).field("name", r.provider.empty() ? "Unknown Provider" : provider).end_object();
    w.field("status", "active");
    write_time(w, "dateCreated", r.created);
    w.end_object();
  }

  // Whether the release is new. Issues that its commits say they fix are resolved in it.
  Result<bool> apply(const std::string& version, const ReleaseBody& body, const store::Actor& by) const {
    auto is_new = store_.update_release(kProject, version, body.update);
    if (!is_new || !body.commits) return is_new;
    if (auto set = store_.set_release_commits(kProject, version, *body.commits); !set) return base::fail(std::move(set.error()));
    for (const store::Commit& commit : *body.commits) {
      for (const int64_t issue : insight::issues_fixed_by(commit.message, kSlug)) {
        if (auto resolved = resolve(issue, version, by); !resolved) return base::fail(std::move(resolved.error()));
      }
    }
    return is_new;
  }

  // One that is not there, or is resolved so already, stays as it is.
  Result<> resolve(int64_t id, const std::string& version, const store::Actor& by) const {
    const auto issue = api_.meta.issue(id);
    if (!issue) return issue.error().code == Code::kNotFound ? Result<>() : base::fail(issue.error());
    const store::Resolution resolution{.kind = store::Resolution::Kind::kInRelease, .release = version};
    if (issue->status == store::IssueStatus::kResolved && issue->resolution == resolution) return {};
    return api_.meta.resolve_issues({&id, 1}, resolution, by);
  }

  Result<HttpResponse> answer(const std::string& version, int status) const {
    const auto release = store_.release_facts_of(kProject, version);
    if (!release) return base::fail(release.error());
    return json_one(*release, write_release, status);
  }

  const Api api_;
  store::ReleaseStore& store_;
};

}  // namespace

void add_release_routes(Router& router, const Api& api) {
  const auto route = [&](Method method, const char* pattern, Result<HttpResponse> (Releases::*handle)(const HttpRequest&) const) {
    const Access access = method == Method::kGet ? Access::kRead : Access::kWrite;
    add(router, {.method = method, .pattern = pattern, .access = access, .most_body = kLargeBody}, [releases = Releases(api), handle](const HttpRequest& request) -> Result<HttpResponse> {
      if (auto ours = check_names(request); !ours) return base::fail(std::move(ours.error()));
      return (releases.*handle)(request);
    });
  };
  route(Method::kGet, "/projects/{organisation}/{project}/releases/", &Releases::list);
  route(Method::kGet, "/organizations/{organisation}/releases/", &Releases::list);
  route(Method::kPost, "/organizations/{organisation}/releases/", &Releases::create);
  route(Method::kGet, "/organizations/{organisation}/releases/{+version}/", &Releases::show);
  route(Method::kPut, "/organizations/{organisation}/releases/{+version}/", &Releases::update);
  route(Method::kDelete, "/organizations/{organisation}/releases/{+version}/", &Releases::remove);
  route(Method::kGet, "/organizations/{organisation}/releases/{+version}/commits/", &Releases::commits);
  route(Method::kGet, "/organizations/{organisation}/releases/{+version}/previous-with-commits/", &Releases::previous);
  route(Method::kGet, "/organizations/{organisation}/releases/{+version}/deploys/", &Releases::deploys);
  route(Method::kPost, "/organizations/{organisation}/releases/{+version}/deploys/", &Releases::add_deploy);
  route(Method::kGet, "/organizations/{organisation}/repos/", &Releases::repositories);
  route(Method::kPost, "/organizations/{organisation}/repos/", &Releases::add_repository);
}

}  // namespace tripod::serve::sentry
