#include "query/search/facets.h"

#include <algorithm>
#include <map>

#include "query/search/answer.h"
#include "query/search/fields.h"
#include "store/events/field_text.h"

namespace tripod::query::search {

using base::Code;
using store::Dataset;
using store::Predicate;

namespace {

constexpr size_t kMostFacets = 14;
constexpr size_t kMostCandidates = 60;      // fields that are counted to find them: of thousands most are ids or in few records
constexpr size_t kMostFacetValues = 2'000;  // of a field that nobody asked for; more are an id, not a facet

// What people look at first.
constexpr std::string_view kPreferred[] = {"service", "level", "env", "host", "logger", "method", "route", "path", "status", "release", "kind", "name", "type"};

std::string wildcard_of_prefix(std::string_view prefix) {
  std::string out;
  for (const char c : prefix) {
    if (c == '*' || c == '?' || c == '\\') out += '\\';
    out += c;
  }
  return out + "*";
}

// Some field behind the name exists and, with a prefix, begins so.
Predicate has_value(const std::vector<std::string>& fields, const std::string& prefix) {
  std::vector<Predicate> any;
  for (const std::string& field : fields) {
    if (prefix.empty()) any.push_back(Predicate::exists(field));
    else any.push_back(Predicate::compare(Predicate::Op::kWildcard, field, wildcard_of_prefix(prefix)));
  }
  return Predicate::any_of(std::move(any));
}

void set_key(store::AggregatePlan& plan, const std::vector<std::string>& fields) {
  plan.by = {fields.front()};
  plan.fallbacks[fields.front()] = {fields.begin() + 1, fields.end()};
}

bool begins_with(std::string_view text, std::string_view prefix) {
  if (text.size() < prefix.size()) return false;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return std::ranges::equal(text.substr(0, prefix.size()), prefix, {}, lower, lower);
}

// Fields that hold sentences, payloads or identifiers: nobody narrows by picking one of their values.
bool is_facet(Dataset dataset, const store::FieldInfo& field) {
  static constexpr std::string_view kNever[] = {"body", "original", "payload", "events", "links", "trace_id", "span_id", "parent_span_id", "request_id",
                                                "task_id", "event_id", "received_ns", "duration_ns", "exception.stacktrace", "url.full"};
  if (field.type == "json" || field.type == "float64" || is_prose(dataset, field.name)) return false;
  if (field.name.ends_with("_ns") || field.name.ends_with("_ms") || field.name.ends_with("_seconds")) return false;
  return std::ranges::find(kNever, field.name) == std::end(kNever);
}

// The names under which the parts' fields are known, the best first.
base::Result<std::vector<FieldName>> choose_facets(store::EventStore& events, Parts parts, const FacetPlan& plan) {
  std::map<std::string, uint64_t> rows;
  for (const Question::Part& part : parts) {
    auto fields = events.fields(part.dataset, plan.range);
    if (!fields) return base::fail(std::move(fields.error()));
    for (const store::FieldInfo& field : *fields) {
      if (!is_facet(part.dataset, field) || (plan.is_hidden && plan.is_hidden(field.name))) continue;
      rows[friendly_name(part.dataset, field.name)] += field.rows;
    }
  }
  std::vector<std::pair<std::string, uint64_t>> ranked(rows.begin(), rows.end());
  const auto rank = [](const std::string& name) { return std::ranges::find(kPreferred, name) - std::begin(kPreferred); };
  std::ranges::stable_sort(ranked, [&](const auto& a, const auto& b) {
    const auto left = rank(a.first), right = rank(b.first);
    return left != right ? left < right : a.second > b.second;
  });
  std::vector<FieldName> out;
  for (size_t i = 0; i < std::min(ranked.size(), kMostCandidates); ++i) out.push_back({ranked[i].first, false});
  return out;
}

// One key's counts over time: of many keys most are in few buckets.
struct Counts {
  uint64_t total = 0;
  std::vector<std::pair<uint32_t, uint64_t>> buckets;
};

void add_counts(const Counts& from, Histogram::Series& to) {
  for (const auto& [bucket, count] : from.buckets) to.counts[bucket] += count;
  to.total += from.total;
}

// The largest by themselves, all others as one.
void lay_series(const std::map<std::string, Counts>& counts, size_t buckets, Histogram& out) {
  std::vector<std::map<std::string, Counts>::const_iterator> ranked;
  for (auto at = counts.begin(); at != counts.end(); ++at) ranked.push_back(at);
  const size_t most = std::min(ranked.size(), kMostHistogramSeries);
  std::ranges::partial_sort(ranked, ranked.begin() + static_cast<ptrdiff_t>(most), [](auto a, auto b) {
    return a->second.total != b->second.total ? a->second.total > b->second.total : a->first < b->first;
  });
  for (size_t i = 0; i < ranked.size(); ++i) {
    if (i <= most) out.series.push_back({i < most ? ranked[i]->first : "other", std::vector<uint64_t>(buckets), 0});
    add_counts(ranked[i]->second, out.series.back());
  }
}

}  // namespace

base::Result<ValueCounts> count_values(store::EventStore& events, Parts parts, const ValuePlan& plan) {
  ValueCounts out;
  std::map<std::string, ValueCount> counts;
  for (const Question::Part& part : parts) {
    const auto fields = fields_behind(part.dataset, plan.field);
    store::AggregatePlan ask{.dataset = part.dataset, .range = plan.range};
    ask.filter = Predicate::all_of({part.filter, has_value(fields, plan.prefix)});
    set_key(ask, fields);
    ask.max_groups = plan.max_values;
    ask.bounds = plan.bounds;
    auto result = events.aggregate(ask);
    if (!result) return base::fail(std::move(result.error()));
    merge_stats(out.stats, result->stats);
    for (const store::AggregateGroup& group : result->groups) {
      const bool is_text = std::holds_alternative<std::string>(group.by[0]);
      std::string text = store::field_text(group.by[0]);
      // Of several fields behind a name the first one has the value, another one may have begun so.
      if (!begins_with(text, plan.prefix)) continue;
      ValueCount& value = counts.try_emplace(text, ValueCount{text, 0, is_text}).first->second;
      value.count += group.count;
      out.rows += group.count;
    }
  }
  for (auto& [text, value] : counts) out.values.push_back(std::move(value));
  std::ranges::stable_sort(out.values, std::ranges::greater{}, &ValueCount::count);
  for (size_t i = plan.limit; i < out.values.size(); ++i) out.other += out.values[i].count;
  if (out.values.size() > plan.limit) out.values.resize(plan.limit);
  return out;
}

base::Result<Facets> find_facets(store::EventStore& events, Parts parts, const FacetPlan& plan) {
  Facets out;
  auto total = count_over_time(events, parts, {.by = {}, .range = plan.range, .buckets = 1, .bounds = plan.bounds});
  if (!total) return base::fail(std::move(total.error()));
  out.total = total->total;
  merge_stats(out.stats, total->stats);
  const bool chosen = plan.fields.empty();
  auto names = chosen ? choose_facets(events, parts, plan) : base::Result<std::vector<FieldName>>(plan.fields);
  if (!names) return base::fail(std::move(names.error()));
  for (const FieldName& name : *names) {
    if (chosen && out.facets.size() == kMostFacets) break;
    ValuePlan values{.field = name, .prefix = {}, .range = plan.range, .limit = plan.limit, .bounds = plan.bounds};
    if (chosen) values.max_values = kMostFacetValues;
    auto counted = count_values(events, parts, values);
    if (!counted && counted.error().code == Code::kResourceExhausted) {
      if (!chosen) out.stats.warnings.push_back(name.name + " has more than " + std::to_string(values.max_values) + " different values: narrow the question");
      continue;
    }
    if (!counted) return base::fail(std::move(counted.error()));
    merge_stats(out.stats, counted->stats);
    // No other field would be counted either.
    if (counted->stats.out_of_time) break;
    if (counted->rows == 0 && chosen) continue;
    const Dataset dataset = parts.empty() ? Dataset::kLogs : parts.front().dataset;
    out.facets.push_back({fields_behind(dataset, name).front(), name.name, std::move(*counted)});
  }
  return out;
}

base::Result<std::vector<FieldSummary>> list_fields(store::EventStore& events, std::span<const Dataset> datasets, store::TimeRange range) {
  std::map<std::string, FieldSummary> merged;
  for (const Dataset dataset : datasets) {
    auto fields = events.fields(dataset, range);
    if (!fields) return base::fail(std::move(fields.error()));
    for (store::FieldInfo& field : *fields) {
      FieldSummary& into = merged.try_emplace(field.name, FieldSummary{field.name, field.type, 0}).first->second;
      if (into.type != field.type) into.type = "mixed";
      into.rows += field.rows;
    }
  }
  std::vector<FieldSummary> out;
  for (auto& [name, field] : merged) out.push_back(std::move(field));
  return out;
}

base::Result<Histogram> count_over_time(store::EventStore& events, Parts parts, const HistogramPlan& plan) {
  Histogram out;
  out.start = plan.range.start;
  const auto length = static_cast<uint64_t>(plan.range.end) - static_cast<uint64_t>(plan.range.start);
  out.step = static_cast<int64_t>(std::max<uint64_t>((length + plan.buckets - 1) / plan.buckets, 1));
  std::map<std::string, Counts> counts;
  for (const Question::Part& part : parts) {
    store::AggregatePlan ask{.dataset = part.dataset, .range = plan.range, .filter = part.filter};
    ask.step = plan.buckets == 1 ? 0 : out.step;
    if (!plan.by.name.empty()) set_key(ask, fields_behind(part.dataset, plan.by));
    ask.max_groups = 1'000'000;
    ask.bounds = plan.bounds;
    auto result = events.aggregate(ask);
    if (!result) return base::fail(std::move(result.error()));
    merge_stats(out.stats, result->stats);
    for (const store::AggregateGroup& group : result->groups) {
      Counts& one = counts[group.by.empty() ? "" : store::field_text(group.by[0])];
      const auto bucket = std::min(static_cast<size_t>((group.bucket - out.start) / out.step), plan.buckets - 1);
      one.buckets.emplace_back(static_cast<uint32_t>(bucket), group.count);
      one.total += group.count;
      out.total += group.count;
    }
  }
  lay_series(counts, plan.buckets, out);
  return out;
}

}  // namespace tripod::query::search
