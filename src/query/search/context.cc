#include "query/search/context.h"

#include <algorithm>

#include "query/search/record_source.h"

namespace tripod::query::search {

using store::Predicate;

namespace {

// What tells origins of records apart; a record without one of them is of the same origin as others without it.
constexpr std::string_view kOrigin[] = {"service.name",      "service.namespace", "service.instance.id", "deployment.environment.name",
                                        "host.name",         "container.id",      "container.name",      "k8s.namespace.name",
                                        "k8s.pod.name",      "k8s.pod.uid",       "k8s.container.name",  "process.pid",
                                        "log.file.path",     "log.file.name",     "log.iostream",        "aws.log.group.names",
                                        "aws.log.stream.names"};

bool is_origin(std::string_view field) { return std::ranges::find(kOrigin, field) != std::end(kOrigin); }

Predicate scope_of(const store::EventRow& row, const ContextPlan& plan, Context& out) {
  const ContextPlan::Scope scope = plan.scope;
  std::vector<Predicate> all;
  for (const std::string_view name : kOrigin) {
    if (scope == ContextPlan::Scope::kAll || (scope == ContextPlan::Scope::kService && name != "service.name")) continue;
    const std::string field(name);
    const store::FieldValue* value = row.find(name);
    if (value == nullptr) {
      all.push_back(Predicate::negate(Predicate::exists(field)));
      continue;
    }
    if (std::holds_alternative<store::JsonText>(*value)) continue;
    out.stream.emplace_back(field, *value);
    all.push_back(Predicate::equal(field, *value));
  }
  for (const auto& [name, mark] : row.fields) {
    if (scope != ContextPlan::Scope::kStream || plan.mark_prefix.empty() || !name.starts_with(plan.mark_prefix)) continue;
    const std::string field = name.substr(plan.mark_prefix.size());
    const store::FieldValue* value = row.find(field);
    if (value == nullptr || is_origin(field) || std::holds_alternative<store::JsonText>(*value)) continue;
    out.stream.emplace_back(field, *value);
    all.push_back(Predicate::equal(field, *value));
  }
  return Predicate::all_of(std::move(all));
}

base::Result<store::ScanResult> neighbours(store::EventStore& events, const ContextPlan& plan, const Predicate& filter, store::Order order, size_t limit) {
  store::ScanPlan scan{.dataset = plan.dataset, .filter = filter, .order = order, .limit = limit};
  scan.has_after = true;
  scan.after = {plan.time, plan.sequence};
  if (order == store::Order::kNewestFirst) scan.range.end = plan.time == INT64_MAX ? INT64_MAX : plan.time + 1;
  else scan.range.start = plan.time;
  scan.bounds = plan.bounds;
  return events.scan(scan);
}

}  // namespace

base::Result<Context> find_context(store::EventStore& events, const ContextPlan& plan) {
  auto found = find_record(events, {plan.time, plan.dataset, plan.sequence}, plan.bounds);
  if (!found) return base::fail(std::move(found.error()));
  if (!*found) {
    return base::fail(base::Code::kNotFound, "no record of this time and sequence: it may have been deleted, or be past its retention");
  }
  Context out;
  out.row = std::move((*found)->row);
  const Predicate filter = Predicate::all_of({scope_of(out.row, plan, out), plan.filter});
  if (plan.before > 0) {
    auto before = neighbours(events, plan, filter, store::Order::kNewestFirst, plan.before);
    if (!before) return base::fail(std::move(before.error()));
    merge_stats(out.stats, before->stats);
    out.more_before = before->has_more;
    out.before = std::move(before->rows);
    std::ranges::reverse(out.before);
  }
  if (plan.after > 0) {
    auto after = neighbours(events, plan, filter, store::Order::kOldestFirst, plan.after);
    if (!after) return base::fail(std::move(after.error()));
    merge_stats(out.stats, after->stats);
    out.more_after = after->has_more;
    out.after = std::move(after->rows);
  }
  return out;
}

}  // namespace tripod::query::search
