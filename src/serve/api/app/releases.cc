// Releases: how healthy they are, what they brought, and two of them compared. docs/tasks/which-release-broke-it.md
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/json_writer.h"
#include "insight/release_health.h"
#include "insight/release_latency.h"
#include "serve/api/app/issue_json.h"
#include "serve/api/app/routes.h"
#include "serve/api/bounds.h"
#include "serve/api/request_range.h"
#include "store/meta/releases.h"

namespace tripod::serve::app {

using base::Code;
using base::JsonWriter;
using base::Result;
using insight::Health;
using store::ReleaseFacts;

namespace {

constexpr int64_t kProject = 1;
constexpr int64_t kPoints = 48;
constexpr size_t kIssues = 50;        // of each list of a release
constexpr size_t kSlower = 50;        // routes
constexpr int64_t kTwoWeeks = 14 * base::kNanosPerDay;

double milliseconds(double nanos) { return nanos / static_cast<double>(base::kNanosPerMilli); }

// A release with what its sessions say.
struct Row {
  ReleaseFacts facts;
  Health health;          // in the range that was asked for
  double adoption = 0;    // share of the sessions of the last 24 hours
  bool has_adoption = false;
};

void write_share(JsonWriter& w, std::string_view name, std::optional<double> share) {
  w.key(name);
  if (share) w.float64(*share);
  else w.null();
}

void write_health(JsonWriter& w, const Health& h) {
  w.field("sessions", h.sessions).field("errored", h.errored).field("crashed", h.crashed).field("abnormal", h.abnormal);
  write_share(w, "crash_free_sessions", h.crash_free_sessions());
  w.field("users", h.users).field("crashed_users", h.crashed_users).field("users_exact", h.users_are_exact);
  write_share(w, "crash_free_users", h.crash_free_users());
}

void write_time(JsonWriter& w, std::string_view name, base::UnixNanos time) {
  w.key(name);
  if (time == 0) w.null();
  else w.int64_string(time);
}

void write_deploy(JsonWriter& w, const store::Deploy& d) {
  w.begin_object().field("id", d.id).field("environment", d.environment).field("name", d.name).field("url", d.url);
  write_time(w, "started_ns", d.started);
  write_time(w, "finished_ns", d.finished);
  w.end_object();
}

// Members of an object that is open.
void write_facts(JsonWriter& w, const Row& row) {
  const ReleaseFacts& r = row.facts;
  w.field("version", r.version).key("first_seen_ns").int64_string(r.first_seen).key("last_seen_ns").int64_string(r.last_seen);
  write_time(w, "started_ns", r.date_started);
  write_time(w, "released_ns", r.date_released);
  w.field("ref", r.ref).field("url", r.url).field("archived", r.archived).field("events", r.events).field("new_issues", r.new_issues);
  w.field("commit_count", r.commits).field("deploy_count", r.deploys).field("last_commit", r.last_commit).key("last_deploy");
  if (r.last_deploy) write_deploy(w, *r.last_deploy);
  else w.null();
  w.key("health").begin_object();
  write_health(w, row.health);
  write_share(w, "adoption", row.has_adoption ? std::optional(row.adoption) : std::nullopt);
  w.end_object();
}

void write_warnings(JsonWriter& w, const std::set<std::string>& warnings) {
  w.key("warnings").begin_array();
  for (const std::string& warning : warnings) w.string(warning);
  w.end_array();
}

// What one request asks of sessions: all its questions share bounds and warnings.
class HealthReader {
 public:
  HealthReader(const Api& api, const HttpRequest& request) : api_(api), environment_(request.parameter("environment")), bounds_(query_bounds(api.clock, request)) {}

  Result<std::vector<insight::HealthGroup>> ask(insight::HealthPlan plan) {
    if (plan.environment.empty()) plan.environment = environment_;
    plan.bounds = bounds_;
    auto found = insight::release_health(api_.events, plan);
    if (!found) return base::fail(std::move(found.error()));
    warnings.insert(found->warnings.begin(), found->warnings.end());
    return std::move(found->groups);
  }
  // Health of each release within the range, and its adoption. `release` empty: of all.
  Result<> join(std::vector<Row>& rows, store::TimeRange range) {
    const base::UnixNanos now = api_.clock.now();
    auto in_range = ask({.range = range, .by_release = true});
    auto of_day = ask({.range = {now - base::kNanosPerDay, now + base::kNanosPerMinute}, .by_release = true});
    if (!in_range) return base::fail(std::move(in_range.error()));
    if (!of_day) return base::fail(std::move(of_day.error()));
    std::map<std::string, Health, std::less<>> health;
    std::map<std::string, uint64_t, std::less<>> sessions;
    uint64_t all = 0;
    for (insight::HealthGroup& g : *in_range) health.emplace(std::move(g.release), g.health);
    for (insight::HealthGroup& g : *of_day) {
      all += g.health.sessions;
      sessions.emplace(std::move(g.release), g.health.sessions);
    }
    for (Row& row : rows) {
      if (const auto found = health.find(row.facts.version); found != health.end()) row.health = found->second;
      const auto of_release = sessions.find(row.facts.version);
      row.has_adoption = all > 0;
      if (all > 0 && of_release != sessions.end()) row.adoption = static_cast<double>(of_release->second) / static_cast<double>(all);
    }
    return {};
  }
  const store::QueryBounds& bounds() const { return bounds_; }
  const std::string& environment() const { return environment_; }

  std::set<std::string> warnings;

 private:
  const Api& api_;
  const std::string environment_;
  const store::QueryBounds bounds_;
};

using Sort = double (*)(const Row&);
constexpr std::pair<std::string_view, Sort> kSorts[] = {
    {"sessions", [](const Row& r) { return static_cast<double>(r.health.sessions); }},
    {"users", [](const Row& r) { return static_cast<double>(r.health.users); }},
    {"adoption", [](const Row& r) { return r.adoption; }},
    // Worst first; those without sessions last.
    {"crash_free_sessions", [](const Row& r) { return -r.health.crash_free_sessions().value_or(2); }},
    {"crash_free_users", [](const Row& r) { return -r.health.crash_free_users().value_or(2); }},
    {"new_issues", [](const Row& r) { return static_cast<double>(r.facts.new_issues); }},
    {"events", [](const Row& r) { return static_cast<double>(r.facts.events); }},
    {"last_seen", [](const Row& r) { return static_cast<double>(r.facts.last_seen); }},
};

Result<> sort_rows(std::vector<Row>& rows, std::string_view by) {
  if (by.empty() || by == "date") return {};  // as the store has them
  const auto* const known = std::ranges::find(kSorts, by, &std::pair<std::string_view, Sort>::first);
  if (known == std::end(kSorts)) {
    return base::fail(Code::kInvalidArgument, "sort must be date, sessions, users, adoption, crash_free_sessions, crash_free_users, new_issues, events or last_seen");
  }
  std::ranges::stable_sort(rows, std::greater(), known->second);
  return {};
}

bool contains(std::string_view text, std::string_view part) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::search(text, part, std::ranges::equal_to(), lower, lower).begin() != text.end() || part.empty();
}

Result<HttpResponse> list(const Api& api, const HttpRequest& request) {
  const auto range = time_range_of(request, api.clock.now(), base::kNanosPerDay);
  if (!range) return base::fail(range.error());
  const auto limit = int_parameter(request, "limit", 50, 1, 500);
  if (!limit) return base::fail(limit.error());
  const auto offset = int_parameter(request, "offset", 0, 0, 1'000'000);
  if (!offset) return base::fail(offset.error());
  auto all = api.meta.release_facts(kProject);
  if (!all) return base::fail(std::move(all.error()));
  std::vector<Row> rows;
  for (ReleaseFacts& facts : *all) {
    if (contains(facts.version, request.parameter("query"))) rows.push_back({.facts = std::move(facts)});
  }
  HealthReader reader(api, request);
  if (auto joined = reader.join(rows, *range); !joined) return base::fail(std::move(joined.error()));
  if (auto sorted = sort_rows(rows, request.parameter("sort")); !sorted) return base::fail(std::move(sorted.error()));
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("total", static_cast<uint64_t>(rows.size())).key("releases").begin_array();
  const size_t end = std::min(rows.size(), static_cast<size_t>(*offset + *limit));
  for (size_t i = static_cast<size_t>(*offset); i < end; ++i) {
    w.begin_object();
    write_facts(w, rows[i]);
    w.end_object();
  }
  w.end_array();
  write_warnings(w, reader.warnings);
  w.end_object();
  return HttpResponse::json(std::move(body));
}

Result<> write_issue_list(JsonWriter& w, const Api& api, const HttpRequest& request, const store::ReleaseIssuesQuery& query) {
  const auto ids = api.meta.release_issues(query);
  if (!ids) return base::fail(ids.error());
  std::vector<store::Issue> issues;
  for (const int64_t id : *ids) {
    auto issue = api.meta.issue(id);
    if (issue) issues.push_back(std::move(*issue));
    else if (issue.error().code != Code::kNotFound) return base::fail(std::move(issue.error()));
  }
  return write_issues(w, api, request, issues);
}

void write_commits(JsonWriter& w, std::span<const store::Commit> commits) {
  w.key("commits").begin_array();
  for (const store::Commit& c : commits) {
    w.begin_object().field("id", c.id).field("repository", c.repository).field("message", c.message);
    w.field("author_name", c.author_name).field("author_email", c.author_email);
    write_time(w, "time_ns", c.time);
    w.key("files").begin_array();
    for (const store::PatchedFile& f : c.files) w.begin_object().field("path", f.path).field("type", std::string_view(&f.type, 1)).end_object();
    w.end_array().end_object();
  }
  w.end_array();
}

// Health over time, and by environment.
Result<> write_over_time(JsonWriter& w, HealthReader& reader, const std::string& version, store::TimeRange range) {
  const int64_t step = std::max<int64_t>((range.end - range.start + kPoints - 1) / kPoints, 1);
  const auto series = reader.ask({.range = range, .release = version, .step = step});
  if (!series) return base::fail(series.error());
  const auto environments = reader.ask({.range = range, .release = version, .by_environment = true});
  if (!environments) return base::fail(environments.error());
  w.key("start_ns").int64_string(range.start).key("end_ns").int64_string(range.end).key("step_ns").int64_string(step).key("series").begin_array();
  for (const insight::HealthGroup& g : *series) {
    w.begin_object().key("time_ns").int64_string(g.bucket);
    write_health(w, g.health);
    w.end_object();
  }
  w.end_array().key("environments").begin_array();
  for (const insight::HealthGroup& g : *environments) {
    w.begin_object().field("environment", g.environment);
    write_health(w, g.health);
    w.end_object();
  }
  w.end_array();
  return {};
}

Result<Row> row_of(const Api& api, HealthReader& reader, std::string_view version, store::TimeRange range) {
  auto facts = api.meta.release_facts_of(kProject, version);
  if (!facts) return base::fail(std::move(facts.error()));
  std::vector<Row> rows{{.facts = std::move(*facts)}};
  if (auto joined = reader.join(rows, range); !joined) return base::fail(std::move(joined.error()));
  return std::move(rows.front());
}

Result<HttpResponse> detail(const Api& api, const HttpRequest& request) {
  using Which = store::ReleaseIssuesQuery::Which;
  const auto range = time_range_of(request, api.clock.now(), kTwoWeeks);
  if (!range) return base::fail(range.error());
  HealthReader reader(api, request);
  const auto row = row_of(api, reader, request.path_parameter("version"), *range);
  if (!row) return base::fail(row.error());
  const std::string& version = row->facts.version;
  const auto commits = api.meta.release_commits(kProject, version);
  if (!commits) return base::fail(commits.error());
  const auto deploys = api.meta.release_deploys(kProject, version);
  if (!deploys) return base::fail(deploys.error());
  std::string body;
  JsonWriter w(body);
  w.begin_object();
  write_facts(w, *row);
  if (auto ok = write_over_time(w, reader, version, *range); !ok) return base::fail(std::move(ok.error()));
  for (const auto& [name, which] : {std::pair{"new_issue_list", Which::kNew}, std::pair{"regressed_issue_list", Which::kRegressed}}) {
    w.key(name);
    if (auto ok = write_issue_list(w, api, request, {.version = version, .which = which, .not_in = {}, .limit = kIssues}); !ok) return base::fail(std::move(ok.error()));
  }
  write_commits(w, *commits);
  w.key("deploys").begin_array();
  for (const store::Deploy& deploy : *deploys) write_deploy(w, deploy);
  w.end_array();
  write_warnings(w, reader.warnings);
  w.end_object();
  return HttpResponse::json(std::move(body));
}

void write_latency(JsonWriter& w, std::string_view name, const insight::Latency& latency) {
  w.key(name).begin_object().field("count", latency.count).field("p50_ms", milliseconds(latency.p50_ns)).field("p95_ms", milliseconds(latency.p95_ns)).end_object();
}

Result<> write_slower(JsonWriter& w, const Api& api, const insight::LatencyPlan& plan, std::set<std::string>& warnings) {
  const auto result = insight::compare_latencies(api.events, plan);
  if (!result) return base::fail(result.error());
  w.field("compared_routes", result->compared).key("slower").begin_array();
  for (size_t i = 0; i < std::min(result->slower.size(), kSlower); ++i) {
    const insight::RouteLatency& r = result->slower[i];
    w.begin_object().field("service", r.service).field("method", r.method).field("route", r.route);
    write_latency(w, "base", r.base);
    write_latency(w, "release", r.release);
    w.field("p50_change", r.p50_change()).field("p95_change", r.p95_change()).end_object();
  }
  w.end_array();
  warnings.insert(result->warnings.begin(), result->warnings.end());
  return {};
}

Result<HttpResponse> compare(const Api& api, const HttpRequest& request) {
  const auto range = time_range_of(request, api.clock.now(), kTwoWeeks);
  if (!range) return base::fail(range.error());
  HealthReader reader(api, request);
  const std::string base_version(request.parameter("base")), version(request.parameter("release"));
  if (base_version.empty() || version.empty()) return base::fail(Code::kInvalidArgument, "base and release must name two releases");
  std::string body;
  JsonWriter w(body);
  w.begin_object();
  for (const auto& [name, asked] : {std::pair{"base", &base_version}, std::pair{"release", &version}}) {
    const auto row = row_of(api, reader, *asked, *range);
    if (!row) return base::fail(row.error());
    w.key(name).begin_object();
    write_facts(w, *row);
    w.end_object();
  }
  for (const auto& [name, in, not_in] : {std::tuple{"new_issues", &version, &base_version}, std::tuple{"gone_issues", &base_version, &version}}) {
    w.key(name);
    if (auto ok = write_issue_list(w, api, request, {.version = *in, .not_in = *not_in, .limit = kIssues}); !ok) return base::fail(std::move(ok.error()));
  }
  const insight::LatencyPlan latencies{.base = base_version, .release = version, .environment = reader.environment(), .range = *range, .bounds = reader.bounds()};
  if (auto ok = write_slower(w, api, latencies, reader.warnings); !ok) return base::fail(std::move(ok.error()));
  write_warnings(w, reader.warnings);
  w.end_object();
  return HttpResponse::json(std::move(body));
}

}  // namespace

void add_release_routes(Router& router, const Api& api) {
  add(router, Method::kGet, "/releases", Access::kRead, [api](const HttpRequest& r) { return list(api, r); });
  add(router, Method::kGet, "/releases/compare", Access::kRead, [api](const HttpRequest& r) { return compare(api, r); });
  add(router, Method::kGet, "/releases/{+version}", Access::kRead, [api](const HttpRequest& r) { return detail(api, r); });
}

}  // namespace tripod::serve::app
