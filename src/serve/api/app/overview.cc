// Golden signals per service from the series that are derived from spans, else from the server spans that are stored, and the open issues seen in the time range.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/json_writer.h"
#include "insight/service_map.h"
#include "serve/api/app/issue_json.h"
#include "serve/api/app/routes.h"
#include "serve/api/bounds.h"
#include "serve/api/request_range.h"

namespace tripod::serve::app {

using base::JsonWriter;
using base::Result;
using store::Predicate;

namespace {

constexpr int64_t kMostPoints = 60;
constexpr int64_t kLeastStep = 15 * base::kNanosPerSecond;  // series have no finer ones
constexpr size_t kIssues = 10;  // of those seen last

struct Point {
  uint64_t requests = 0;
  uint64_t errors = 0;
  double p95_ms = 0;
  bool has_p95 = false;
};

struct Service {
  uint64_t requests = 0;
  uint64_t errors = 0;
  double p50_ms = 0, p95_ms = 0, p99_ms = 0;
  std::vector<Point> points = {};
};

using Services = std::map<std::pair<std::string, std::string>, Service>;   // service, source

uint64_t whole(double count) { return static_cast<uint64_t>(std::llround(count)); }

double milliseconds_of(const insight::RequestCounts& counts, double quantile) { return counts.latency.quantile(quantile) * 1000; }

double milliseconds(double nanos) { return nanos / static_cast<double>(base::kNanosPerMilli); }

std::string text_of(const store::FieldValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr ? *text : std::string();
}

// Requests are the server spans; where a service is traced by both tracers only OpenTelemetry's count, or each would count twice.
class Overview {
 public:
  Overview(const Api& api, store::TimeRange range, store::QueryBounds bounds, insight::Poll poll) : api_(api), range_(range), bounds_(std::move(bounds)), poll_(std::move(poll)) {
    const int64_t length = std::max<int64_t>(range.end - range.start, 1);
    points_ = std::clamp<int64_t>(length / kLeastStep, 1, kMostPoints);
    step_ = (length + points_ - 1) / points_;
  }

  Result<> load() {
    if (auto ok = run(false, 0); !ok) return ok;
    if (auto ok = run(true, 0); !ok) return ok;
    if (auto ok = run(false, step_); !ok) return ok;
    if (auto ok = run(true, step_); !ok) return ok;
    if (auto ok = take_counted(); !ok) return ok;
    std::set<std::string> otel;
    for (const auto& [key, service] : services_) {
      if (key.second == "otel") otel.insert(key.first);
    }
    std::erase_if(services_, [&](const auto& entry) { return entry.first.second != "otel" && otel.contains(entry.first.first); });
    return {};
  }

  void write(JsonWriter& w) const {
    w.key("start_ns").int64_string(range_.start).key("end_ns").int64_string(range_.end).key("step_ns").int64_string(step_);
    w.key("services").begin_array();
    for (const auto& [key, service] : services_) write_service(w, key.first, key.second, service);
    w.end_array().key("warnings").begin_array();
    for (const std::string& warning : warnings_) w.string(warning);
    w.end_array();
  }

 private:
  // Of services that were counted as their spans came: also those of traces that were not kept.
  Result<> take_counted() {
    const auto counted = insight::load_requests(api_.metrics, range_, static_cast<size_t>(points_), poll_);
    if (!counted) return base::fail(counted.error());
    for (const auto& [key, requests] : *counted) {
      Service& service = services_[key];
      service = {};
      service.requests = whole(requests.all.requests);
      service.errors = whole(requests.all.errors);
      service.p50_ms = milliseconds_of(requests.all, 0.5);
      service.p95_ms = milliseconds_of(requests.all, 0.95);
      service.p99_ms = milliseconds_of(requests.all, 0.99);
      for (const insight::RequestCounts& step : requests.steps) {
        service.points.push_back({whole(step.requests), whole(step.errors), milliseconds_of(step, 0.95), step.requests > 0});
      }
    }
    return {};
  }

  Result<> run(bool only_errors, int64_t step) {
    std::vector<Predicate> all = {Predicate::equal("kind", std::string("server"))};
    if (only_errors) all.push_back(Predicate::equal("status_code", std::string("error")));
    store::AggregatePlan plan{.dataset = store::Dataset::kSpans, .range = range_, .filter = Predicate::all_of(std::move(all)), .step = step, .by = {"service.name", "source"}};
    if (!only_errors) {
      plan.value = "duration_ns";
      plan.quantiles = step == 0 ? std::vector{0.5, 0.95, 0.99} : std::vector{0.95};
    }
    plan.weight = store::kAdjustedCountField;
    plan.bounds = bounds_;
    auto result = api_.events.aggregate(plan);
    if (!result) return base::fail(std::move(result.error()));
    for (const store::AggregateGroup& g : result->groups) take(g, only_errors, step);
    warnings_.insert(result->stats.warnings.begin(), result->stats.warnings.end());
    return {};
  }

  void take(const store::AggregateGroup& g, bool only_errors, int64_t step) {
    Service& service = services_[{text_of(g.by[0]), text_of(g.by[1])}];
    service.points.resize(static_cast<size_t>(points_));
    if (step == 0) {
      if (only_errors) {
        service.errors = g.count;
        return;
      }
      service.requests = g.count;
      if (g.quantiles.size() < 3) return;
      service.p50_ms = milliseconds(g.quantiles[0]);
      service.p95_ms = milliseconds(g.quantiles[1]);
      service.p99_ms = milliseconds(g.quantiles[2]);
      return;
    }
    const auto index = static_cast<size_t>((g.bucket - range_.start) / step);
    if (index >= service.points.size()) return;
    Point& point = service.points[index];
    if (only_errors) {
      point.errors = g.count;
      return;
    }
    point.requests = g.count;
    point.has_p95 = !g.quantiles.empty();
    if (point.has_p95) point.p95_ms = milliseconds(g.quantiles[0]);
  }

  void write_service(JsonWriter& w, const std::string& name, const std::string& source, const Service& s) const {
    const double seconds = static_cast<double>(range_.end - range_.start) / static_cast<double>(base::kNanosPerSecond);
    w.begin_object().field("service", name).field("source", source).field("requests", s.requests).field("errors", s.errors);
    w.field("rate", seconds > 0 ? static_cast<double>(s.requests) / seconds : 0.0);
    w.field("error_ratio", s.requests > 0 ? static_cast<double>(s.errors) / static_cast<double>(s.requests) : 0.0);
    w.field("p50_ms", s.p50_ms).field("p95_ms", s.p95_ms).field("p99_ms", s.p99_ms).key("series").begin_object();
    w.key("time_ns").begin_array();
    for (size_t i = 0; i < s.points.size(); ++i) w.int64_string(range_.start + static_cast<int64_t>(i) * step_);
    w.end_array().key("requests").begin_array();
    for (const Point& p : s.points) w.uint64(p.requests);
    w.end_array().key("errors").begin_array();
    for (const Point& p : s.points) w.uint64(p.errors);
    w.end_array().key("p95_ms").begin_array();
    for (const Point& p : s.points) {
      if (p.has_p95) w.float64(p.p95_ms);
      else w.null();
    }
    w.end_array().end_object().end_object();
  }

  const Api& api_;
  const store::TimeRange range_;
  const store::QueryBounds bounds_;  // of all its questions together
  const insight::Poll poll_;
  int64_t step_ = 1;
  int64_t points_ = 1;
  Services services_;
  std::set<std::string> warnings_;
};

Result<HttpResponse> overview(const Api& api, const HttpRequest& request) {
  const auto range = time_range_of(request, api.clock.now());
  if (!range) return base::fail(range.error());
  Overview overview(api, *range, query_bounds(api.clock, request), query_poll(api.clock, request));
  if (auto ok = overview.load(); !ok) return base::fail(std::move(ok.error()));
  uint64_t total = 0;
  auto issues = api.meta.issues({.status = store::IssueStatus::kUnresolved, .seen_since = range->start, .seen_until = range->end, .limit = kIssues}, &total);
  if (!issues) return base::fail(std::move(issues.error()));
  std::string body;
  JsonWriter w(body);
  w.begin_object();
  overview.write(w);
  w.field("issues_total", total).key("issues");
  if (auto ok = write_issues(w, api, request, *issues); !ok) return base::fail(std::move(ok.error()));
  w.end_object();
  return HttpResponse::json(std::move(body));
}

}  // namespace

void add_overview_routes(Router& router, const Api& api) {
  add(router, Method::kGet, "/overview", Access::kRead, [api](const HttpRequest& r) { return overview(api, r); });
}

}  // namespace tripod::serve::app
