#include "insight/waterfall.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "base/clock.h"
#include "insight/evidence.h"
#include "insight/traces.h"

namespace tripod::insight {

using store::EventRow;

namespace {

constexpr int64_t kApart = 50 * base::kNanosPerMilli;
constexpr int64_t kSlack = base::kNanosPerMilli;  // the tracers read their clocks one after the other
constexpr size_t kMostLevels = 64;                // looked up for the service of a span
constexpr ptrdiff_t kNeighbours = 16;             // candidates before and after in time: bounds the work where thousands are alike

std::string upper_first_word(std::string_view text) {
  std::string word(text.substr(0, text.find(' ')));
  for (char& c : word) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return word;
}

// How sure a pair has to be. A process that is stopped between a tracer's two looks at the clock has spans that lie beside their twins:
// those are looked for among what is left, by their whole statement.
enum class Match : uint8_t { kNested, kNear };

// What a span does, the same for both tracers; empty where that cannot be told.
std::string operation_of(const EventRow& row, Match match) {
  const std::string kind = row.text("kind");
  const std::string method = row.text("http.request.method");
  if (kind == "server") return "server " + method;
  if (kind == "producer" || kind == "consumer") {
    const std::string name = row.text("name");  // "apply_async/shop.tasks.f" and "shop.tasks.f"
    return kind + " " + name.substr(name.rfind('/') + 1);
  }
  if (kind != "client") return "";
  if (const std::string system = row.text("db.system.name"); !system.empty()) {
    // Redis's arguments are left out by one tracer.
    const bool whole = match == Match::kNear && system != "redis";
    return system + " " + (whole ? row.text("db.query.text") : upper_first_word(row.text("db.query.text")));
  }
  return method.empty() ? "" : method + " " + path_of_url(row.text("url.full"));
}

struct Interval {
  int64_t start;
  int64_t end;
  explicit Interval(const EventRow& row) : start(row.time), end(row.time + duration_of(row)) {}
  bool contains(const Interval& other) const { return start <= other.start + kSlack && other.end <= end + kSlack; }
  int64_t apart(const Interval& other) const {
    return std::max(std::llabs(start - other.start), std::llabs(end - other.end));
  }
};

using Candidates = std::vector<const EventRow*>;            // Sentry's spans of one operation, oldest first
using Twins = std::map<const EventRow*, const EventRow*>;   // OpenTelemetry's -> Sentry's

const EventRow* nearest(const Candidates& candidates, const EventRow& row, Match match, const std::set<const EventRow*>& taken) {
  const Interval own(row);
  const EventRow* best = nullptr;
  int64_t best_apart = kApart;
  const auto middle = std::ranges::lower_bound(candidates, row.time, {}, [](const EventRow* c) { return c->time; });
  const auto begin = middle - std::min(kNeighbours, middle - candidates.begin());
  const auto end = middle + std::min(kNeighbours, candidates.end() - middle);
  for (auto it = begin; it != end; ++it) {
    const Interval other(**it);
    const int64_t apart = own.apart(other);
    const bool fits = match == Match::kNear || own.contains(other) || other.contains(own);
    if (!fits || apart > best_apart || taken.contains(*it)) continue;
    best = *it;
    best_apart = apart;
  }
  return best;
}

void add_twins(std::span<const EventRow> rows, Match match, Twins& twins) {
  std::set<const EventRow*> taken;
  for (const auto& [row, twin] : twins) taken.insert(twin);
  std::map<std::string, Candidates> sentry;
  for (const EventRow& row : rows) {
    if (row.text("source") != "sentry" || taken.contains(&row)) continue;
    if (std::string operation = operation_of(row, match); !operation.empty()) sentry[std::move(operation)].push_back(&row);
  }
  if (sentry.empty()) return;
  for (const EventRow& row : rows) {
    if (row.text("source") == "sentry" || twins.contains(&row)) continue;
    const auto found = sentry.find(operation_of(row, match));
    if (found == sentry.end()) continue;
    if (const EventRow* twin = nearest(found->second, row, match, taken)) {
      twins.emplace(&row, twin);
      taken.insert(twin);
    }
  }
}

using ById = std::map<std::string, const WaterfallSpan*, std::less<>>;

// Of Sentry's spans: the first joined span above it that had the same name for its service knows the real one.
std::string service_of(const WaterfallSpan& span, const ById& by_id) {
  std::string own = span.row->text("service.name");
  if (span.row->text("source") != "sentry") return own;
  const WaterfallSpan* above = &span;
  for (size_t level = 0; level < kMostLevels; ++level) {
    const auto found = by_id.find(above->parent_span_id);
    if (found == by_id.end()) return own;
    above = found->second;
    if (above->twin != nullptr) return above->twin->text("service.name") == own ? above->row->text("service.name") : own;
  }
  return own;
}

void name_services(std::vector<WaterfallSpan>& spans) {
  ById by_id;
  for (const WaterfallSpan& span : spans) by_id.emplace(span.row->text("span_id"), &span);
  for (WaterfallSpan& span : spans) span.service = service_of(span, by_id);
}

}  // namespace

Waterfall join_tracers(std::span<const EventRow> rows) {
  Twins twins;
  for (const Match match : {Match::kNested, Match::kNear}) add_twins(rows, match, twins);
  Waterfall out;
  std::set<std::string, std::less<>> ids;
  for (const EventRow& row : rows) ids.insert(row.text("span_id"));
  for (const auto& [row, twin] : twins) out.shown_as.emplace(twin->text("span_id"), row->text("span_id"));
  const auto shown = [&out](const std::string& id) {
    const auto found = out.shown_as.find(id);
    return found == out.shown_as.end() ? id : found->second;
  };
  for (const EventRow& row : rows) {
    if (row.text("source") == "sentry" && out.shown_as.contains(row.text("span_id"))) continue;
    const auto found = twins.find(&row);
    WaterfallSpan span{.row = &row, .twin = found == twins.end() ? nullptr : found->second, .parent_span_id = row.text("parent_span_id"), .service = {}};
    if (span.twin != nullptr) {
      std::string parent = span.twin->text("parent_span_id");
      if (span.parent_span_id.empty() || ids.contains(parent)) span.parent_span_id = std::move(parent);
    }
    span.parent_span_id = shown(span.parent_span_id);
    out.spans.push_back(std::move(span));
  }
  name_services(out.spans);
  return out;
}

}  // namespace tripod::insight
