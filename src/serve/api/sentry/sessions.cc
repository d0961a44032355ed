// Sentry's question about release health: sessions and users, by release, environment and how they ended, over time.
// https://docs.sentry.io/api/releases/retrieve-release-health-session-statistics/
#include <algorithm>
#include <map>
#include <set>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "insight/release_health.h"
#include "serve/api/bounds.h"
#include "serve/api/request_range.h"
#include "serve/api/sentry/routes.h"

namespace tripod::serve::sentry {

using base::Code;
using base::JsonWriter;
using base::Result;
using insight::Health;

namespace {

constexpr int64_t kMostIntervals = 1000;
constexpr std::string_view kStates[] = {"healthy", "errored", "crashed", "abnormal"};

enum class Field : uint8_t { kSessions, kUsers, kCrashFreeSessions, kCrashFreeUsers, kCrashSessions, kCrashUsers };
constexpr std::pair<std::string_view, Field> kFields[] = {
    {"sum(session)", Field::kSessions},
    {"count_unique(user)", Field::kUsers},
    {"crash_free_rate(session)", Field::kCrashFreeSessions},
    {"crash_free_rate(user)", Field::kCrashFreeUsers},
    {"crash_rate(session)", Field::kCrashSessions},
    {"crash_rate(user)", Field::kCrashUsers},
};

struct Question {
  std::vector<std::pair<std::string_view, Field>> fields;
  bool by_project = false, by_release = false, by_environment = false, by_state = false;
  store::TimeRange range;
  int64_t interval = base::kNanosPerHour;
  std::string release, environment, query;
};

std::unexpected<base::Error> wrong(std::string message) { return base::fail(Code::kInvalidArgument, std::move(message)); }

Result<> read_fields(const HttpRequest& request, Question& out) {
  for (const std::string_view name : request.parameters("field")) {
    const auto* const known = std::ranges::find(kFields, name, &std::pair<std::string_view, Field>::first);
    if (known == std::end(kFields)) return wrong("Invalid field: \"" + std::string(name) + "\": durations of sessions are not kept; sum(session), count_unique(user) and rates are");
    out.fields.push_back(*known);
  }
  if (out.fields.empty()) return wrong("Request is missing a \"field\"");
  for (const std::string_view name : request.parameters("groupBy")) {
    if (name == "project") out.by_project = true;
    else if (name == "release") out.by_release = true;
    else if (name == "environment") out.by_environment = true;
    else if (name == "session.status") out.by_state = true;
    else return wrong("Invalid groupBy: \"" + std::string(name) + "\"");
  }
  const bool has_rate = std::ranges::any_of(out.fields, [](const auto& f) { return f.second >= Field::kCrashFreeSessions; });
  if (has_rate && out.by_state) return wrong("Cannot group a rate by session.status");
  return {};
}

// "release:abc environment:prod".
Result<> read_query(const HttpRequest& request, Question& out) {
  out.query = std::string(request.parameter("query"));
  out.environment = std::string(request.parameter("environment"));
  std::string_view rest = out.query;
  while (!rest.empty()) {
    const size_t blank = rest.find(' ');
    const std::string_view word = rest.substr(0, blank);
    rest = blank == std::string_view::npos ? std::string_view() : rest.substr(blank + 1);
    if (word.empty()) continue;
    if (word.starts_with("release:")) out.release = std::string(word.substr(8));
    else if (word.starts_with("environment:")) out.environment = std::string(word.substr(12));
    else return wrong("Invalid query term: " + std::string(word));
  }
  return {};
}

// Whole intervals: from where the first begins to where the last ends.
Result<> read_times(const HttpRequest& request, base::UnixNanos now, Question& out) {
  if (const std::string_view text = request.parameter("interval"); !text.empty()) {
    const auto interval = base::parse_duration(text);
    if (!interval || *interval < base::kNanosPerMinute || *interval > base::kNanosPerDay) return wrong("Invalid interval: from 1m to 1d");
    out.interval = *interval;
  }
  if (const std::string_view text = request.parameter("statsPeriod"); !text.empty()) {
    const auto period = base::parse_duration(text);
    if (!period || *period <= 0) return wrong("Invalid statsPeriod: such as 24h or 14d");
    out.range = bounded({saturating_minus(now, *period), now});
  } else {
    auto range = time_range_of(request, now, base::kNanosPerDay);
    if (!range) return base::fail(std::move(range.error()));
    out.range = *range;
  }
  out.range.start -= out.range.start % out.interval;
  if (const int64_t over = out.range.end % out.interval; over != 0) out.range.end += out.interval - over;
  if ((out.range.end - out.range.start) / out.interval > kMostIntervals) {
    return wrong("Your interval and date range would create too many results. Use a larger interval, or a smaller date range.");
  }
  return {};
}

// Of one group: in all, and by interval.
struct Numbers {
  Health total;
  std::vector<Health> series;
};
using GroupKey = std::pair<std::string, std::string>;   // release, environment

uint64_t less(uint64_t a, uint64_t b) { return a - std::min(a, b); }

uint64_t count_of(const Health& h, bool users, std::string_view state) {
  const uint64_t all = users ? h.users : h.sessions, errored = users ? h.errored_users : h.errored;
  const uint64_t crashed = users ? h.crashed_users : h.crashed, abnormal = users ? h.abnormal_users : h.abnormal;
  if (state.empty()) return all;
  if (state == "crashed") return crashed;
  if (state == "abnormal") return abnormal;
  return state == "errored" ? less(errored, crashed + abnormal) : less(all, errored);
}

void write_number(JsonWriter& w, const Health& h, Field field, std::string_view state) {
  if (field == Field::kSessions || field == Field::kUsers) {
    w.uint64(count_of(h, field == Field::kUsers, state));
    return;
  }
  const bool users = field == Field::kCrashFreeUsers || field == Field::kCrashUsers;
  const auto share = users ? h.crash_free_users() : h.crash_free_sessions();
  const bool free = field == Field::kCrashFreeSessions || field == Field::kCrashFreeUsers;
  if (share) w.float64(free ? *share : 1 - *share);
  else w.null();
}

class Statistics {
 public:
  Statistics(const Api& api, const Question& question, store::QueryBounds bounds) : api_(api), q_(question), bounds_(std::move(bounds)) {}

  Result<HttpResponse> answer() {
    for (const int64_t step : {int64_t{0}, q_.interval}) {
      if (auto loaded = load(step); !loaded) return base::fail(std::move(loaded.error()));
    }
    std::string body;
    JsonWriter w(body);
    w.begin_object().field("start", base::format_rfc3339(q_.range.start)).field("end", base::format_rfc3339(q_.range.end)).field("query", q_.query);
    w.key("intervals").begin_array();
    for (base::UnixNanos at = q_.range.start; at < q_.range.end; at += q_.interval) w.string(base::format_rfc3339(at));
    w.end_array().key("groups").begin_array();
    for (const auto& [key, numbers] : groups_) {
      if (!q_.by_state) write_group(w, key, numbers, {});
      else for (const std::string_view state : kStates) write_group(w, key, numbers, state);
    }
    w.end_array().key("warnings").begin_array();
    for (const std::string& warning : warnings_) w.string(warning);
    w.end_array().end_object();
    return HttpResponse::json(std::move(body));
  }

 private:
  Result<> load(int64_t step) {
    auto found = insight::release_health(api_.events, {.range = q_.range,
                                                       .release = q_.release,
                                                       .environment = q_.environment,
                                                       .by_release = q_.by_release,
                                                       .by_environment = q_.by_environment,
                                                       .step = step,
                                                       .all_user_states = q_.by_state,
                                                       .bounds = bounds_});
    if (!found) return base::fail(std::move(found.error()));
    for (const insight::HealthGroup& g : found->groups) {
      Numbers& numbers = groups_[{g.release, g.environment}];
      numbers.series.resize(static_cast<size_t>((q_.range.end - q_.range.start) / q_.interval));
      if (step == 0) numbers.total = g.health;
      else numbers.series[static_cast<size_t>((g.bucket - q_.range.start) / q_.interval)] = g.health;
    }
    warnings_.insert(found->warnings.begin(), found->warnings.end());
    return {};
  }

  void write_group(JsonWriter& w, const GroupKey& key, const Numbers& numbers, std::string_view state) const {
    w.begin_object().key("by").begin_object();
    if (q_.by_project) w.field("project", kProject);
    if (q_.by_release) w.field("release", key.first);
    if (q_.by_environment) w.field("environment", key.second);
    if (!state.empty()) w.field("session.status", state);
    w.end_object().key("totals").begin_object();
    for (const auto& [name, field] : q_.fields) {
      w.key(name);
      write_number(w, numbers.total, field, state);
    }
    w.end_object().key("series").begin_object();
    for (const auto& [name, field] : q_.fields) {
      w.key(name).begin_array();
      for (const Health& health : numbers.series) write_number(w, health, field, state);
      w.end_array();
    }
    w.end_object().end_object();
  }

  const Api& api_;
  const Question& q_;
  const store::QueryBounds bounds_;  // of all its questions together
  std::map<GroupKey, Numbers> groups_;
  std::set<std::string> warnings_;
};

Result<HttpResponse> sessions(const Api& api, const HttpRequest& request) {
  if (auto ours = check_names(request); !ours) return base::fail(std::move(ours.error()));
  Question question;
  if (auto ok = read_fields(request, question); !ok) return base::fail(std::move(ok.error()));
  if (auto ok = read_query(request, question); !ok) return base::fail(std::move(ok.error()));
  if (auto ok = read_times(request, api.clock.now(), question); !ok) return base::fail(std::move(ok.error()));
  return Statistics(api, question, query_bounds(api.clock, request)).answer();
}

}  // namespace

void add_session_routes(Router& router, const Api& api) {
  add(router, {.pattern = "/organizations/{organisation}/sessions/"}, [api](const HttpRequest& request) { return sessions(api, request); });
}

}  // namespace tripod::serve::sentry
