#include "insight/links.h"

#include <algorithm>
#include <array>

#include "insight/evidence.h"
#include "insight/spans.h"

namespace tripod::insight {

using base::Result;
using store::Dataset;
using store::EventRow;
using store::Predicate;

namespace {

constexpr std::array<std::string_view, 6> kKinds = {"request_id", "trace_id", "sentry_trace_id", "event_id", "task_id", "session"};
constexpr size_t kMostIdentities = 50;
constexpr size_t kMostLinks = 500;
constexpr int64_t kMargin = 10 * base::kNanosPerMinute;

class Finder {
 public:
  Finder(store::EventStore& events, const store::QueryBounds& bounds) : events_(events), bounds_(bounds) {}

  Result<Links> find(std::string_view id) {
    links_.id = std::string(id);
    for (auto step : {&Finder::start, &Finder::follow_learned, &Finder::follow_evidence, &Finder::follow_learned,
                      &Finder::load_errors, &Finder::load_traces, &Finder::count_logs}) {
      if (auto ok = (this->*step)(); !ok) return base::fail(std::move(ok.error()));
    }
    add_hint();
    return std::move(links_);
  }

 private:
  struct Where {
    Dataset dataset;
    const char* field;
    const char* kind;
  };

  // An id by itself does not say what it is: ask each place that could hold it.
  Result<> start() {
    static constexpr std::array<Where, 5> kPlaces = {{{Dataset::kSpans, "trace_id", "trace_id"},
                                                      {Dataset::kErrors, "event_id", "event_id"},
                                                      {Dataset::kErrors, "trace_id", "sentry_trace_id"},
                                                      {Dataset::kLogs, "request_id", "request_id"},
                                                      {Dataset::kLogs, "trace_id", "trace_id"}}};
    const std::string hex = normalise_id(links_.id);
    for (const Where& place : kPlaces) {
      store::ScanPlan plan{.dataset = place.dataset, .filter = equals_either(place.field, hex), .limit = 1};
      plan.project = {place.field, "source"};
      auto rows = scan(plan);
      if (!rows) return base::fail(std::move(rows.error()));
      if (rows->empty()) continue;
      const EventRow& row = rows->front();
      const bool sentry_span = place.dataset == Dataset::kSpans && row.text("source") == "sentry";
      add(sentry_span ? "sentry_trace_id" : place.kind, row.text(place.field), true, "the id itself");
    }
    if (links_.identities.empty()) {
      for (std::string_view kind : kKinds) pending_.push_back({std::string(kind), links_.id});
    }
    return {};
  }

  // Breadth first over learned links.
  Result<> follow_learned() {
    while (!pending_.empty() && links_.identities.size() < kMostIdentities) {
      auto [kind, value] = std::move(pending_.back());
      pending_.pop_back();
      store::ScanPlan plan{.dataset = Dataset::kLinks, .filter = Predicate::equal(kind, value), .limit = kMostLinks};
      auto rows = scan(plan);
      if (!rows) return base::fail(std::move(rows.error()));
      for (const EventRow& row : *rows) {
        for (std::string_view other : kKinds) {
          if (std::string text = row.text(other); !text.empty()) {
            add(other, std::move(text), true, "one " + row.text("evidence") + " holds both this " + std::string(other) + " and the " + kind);
          }
        }
      }
    }
    return {};
  }

  Result<> follow_evidence() {
    for (const Identity& known : std::vector<Identity>(links_.identities)) {
      Result<> ok;
      if (known.kind == "event_id" && !has_kind("trace_id")) ok = from_event(known.value);
      if (known.kind == "trace_id" || known.kind == "sentry_trace_id") ok = from_trace(known);
      if (!ok) return ok;
    }
    return {};
  }

  Result<> from_event(const std::string& event_id) {
    store::ScanPlan plan{.dataset = Dataset::kErrors, .filter = Predicate::equal("event_id", event_id), .limit = 1};
    plan.project = {"url.full", "http.request.method"};
    auto rows = scan(plan);
    if (!rows) return base::fail(std::move(rows.error()));
    if (rows->empty()) return {};
    auto found = otel_trace_of_event(events_, rows->front(), bounds_);
    if (!found) return base::fail(std::move(found.error()));
    if (*found) add("trace_id", (*found)->value, false, (*found)->text);
    return {};
  }

  Result<> from_trace(const Identity& trace) {
    store::ScanPlan plan{.dataset = Dataset::kSpans,
                         .filter = Predicate::all_of({Predicate::equal("trace_id", trace.value), Predicate::equal("kind", std::string("server"))}),
                         .order = store::Order::kOldestFirst,
                         .limit = 1};
    plan.project = {"trace_id", "source", "duration_ns", "url.path", "url.full", "http.request.method"};
    auto rows = scan(plan);
    if (!rows) return base::fail(std::move(rows.error()));
    if (rows->empty()) return {};
    const EventRow& span = rows->front();
    const bool is_otel = trace.kind == "trace_id";
    if (!has_kind(is_otel ? "sentry_trace_id" : "trace_id")) {
      auto twin = twin_of_server_span(events_, span, bounds_);
      if (!twin) return base::fail(std::move(twin.error()));
      if (*twin) add(is_otel ? "sentry_trace_id" : "trace_id", (*twin)->value, false, (*twin)->text);
    }
    if (!is_otel || has_kind("event_id")) return {};
    auto errors = events_of_otel_span(events_, span, bounds_);
    if (!errors) return base::fail(std::move(errors.error()));
    for (const Evidence& e : *errors) add("event_id", e.value, false, e.text);
    return {};
  }

  Result<> load_errors() {
    std::vector<Predicate> any;
    for (const Identity& known : links_.identities) {
      if (known.kind == "event_id") any.push_back(Predicate::equal("event_id", known.value));
      if (known.kind == "sentry_trace_id") any.push_back(Predicate::equal("trace_id", known.value));
      if (known.kind == "request_id") any.push_back(Predicate::equal("request_id", known.value));
    }
    if (any.empty()) return {};
    store::ScanPlan plan{.dataset = Dataset::kErrors, .filter = Predicate::any_of(std::move(any)), .limit = 100};
    plan.project = {"event_id", "issue.id", "title", "trace_id", "span_id"};
    auto rows = scan(plan);
    if (!rows) return base::fail(std::move(rows.error()));
    for (const EventRow& row : *rows) {
      const store::FieldValue* issue = row.find("issue.id");
      const auto* number = issue != nullptr ? std::get_if<int64_t>(issue) : nullptr;
      links_.errors.push_back({row.text("event_id"), number != nullptr ? *number : 0, row.text("title"), row.time, row.text("trace_id"), row.text("span_id")});
      widen(row.time, row.time);
    }
    return {};
  }

  Result<> load_traces() {
    std::vector<std::string> ids;
    for (const Identity& known : links_.identities) {
      if (known.kind == "trace_id" || known.kind == "sentry_trace_id") ids.push_back(known.value);
    }
    auto list = summarise_traces(events_, ids, bounds_);
    if (!list) return base::fail(std::move(list.error()));
    links_.traces = std::move(list->traces);
    links_.warnings.insert(links_.warnings.end(), list->warnings.begin(), list->warnings.end());
    for (const TraceSummary& trace : links_.traces) widen(trace.start, trace.start + trace.duration);
    return {};
  }

  Result<> count_logs() {
    std::vector<Predicate> any;
    for (const Identity& known : links_.identities) {
      if (known.kind != "request_id" && known.kind != "trace_id" && known.kind != "task_id") continue;
      any.push_back(Predicate::equal(known.kind, known.value));
      links_.log_query += (links_.log_query.empty() ? "" : " OR ") + known.kind + ":\"" + known.value + "\"";
    }
    if (any.empty()) return {};
    store::AggregatePlan plan{.dataset = Dataset::kLogs, .filter = Predicate::any_of(std::move(any))};
    plan.bounds = bounds_;
    auto counted = events_.aggregate(plan);
    if (!counted) return base::fail(std::move(counted.error()));
    for (const store::AggregateGroup& g : counted->groups) links_.log_count += g.count;
    note(counted->stats);
    return {};
  }

  void add_hint() {
    const bool guessed = std::ranges::any_of(links_.identities, [](const Identity& i) { return !i.is_exact; });
    if (!guessed) return;
    links_.hint =
        "Sentry and OpenTelemetry trace this service separately. To make this link exact, tag Sentry's events with the OpenTelemetry trace "
        "id: in before_send, set event['tags']['otel.trace_id'] = format(trace.get_current_span().get_span_context().trace_id, '032x').";
  }

  Predicate equals_either(const char* field, const std::string& hex) const {
    if (hex == links_.id) return Predicate::equal(field, hex);
    return Predicate::any_of({Predicate::equal(field, hex), Predicate::equal(field, links_.id)});
  }
  bool has_kind(std::string_view kind) const { return std::ranges::find(links_.identities, kind, &Identity::kind) != links_.identities.end(); }

  void add(std::string_view kind, std::string value, bool exact, std::string evidence) {
    for (const Identity& known : links_.identities) {
      if (known.kind == kind && known.value == value) return;
    }
    if (links_.identities.size() >= kMostIdentities) return;
    // A session spans many requests: it is shown, not followed.
    if (kind != "session") pending_.push_back({std::string(kind), value});
    links_.identities.push_back({std::string(kind), std::move(value), exact, std::move(evidence)});
  }

  Result<std::vector<EventRow>> scan(store::ScanPlan& plan) {
    plan.bounds = bounds_;
    auto result = plan.dataset == Dataset::kSpans ? scan_spans(events_, plan) : events_.scan(plan);
    if (!result) return base::fail(std::move(result.error()));
    note(result->stats);
    return std::move(result->rows);
  }

  void note(const store::QueryStats& stats) { links_.warnings.insert(links_.warnings.end(), stats.warnings.begin(), stats.warnings.end()); }

  void widen(base::UnixNanos from, base::UnixNanos to) {
    const bool first = links_.log_range.end == INT64_MAX;
    links_.log_range.start = first ? from - kMargin : std::min(links_.log_range.start, from - kMargin);
    links_.log_range.end = first ? to + kMargin : std::max(links_.log_range.end, to + kMargin);
  }

  store::EventStore& events_;
  const store::QueryBounds bounds_;
  Links links_;
  std::vector<std::pair<std::string, std::string>> pending_;   // kind, value: to look up among learned links
};

}  // namespace

Result<Links> find_links(store::EventStore& events, std::string_view id, const store::QueryBounds& bounds) {
  return Finder(events, bounds).find(id);
}

}  // namespace tripod::insight
