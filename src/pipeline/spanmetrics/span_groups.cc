#include "pipeline/spanmetrics/span_groups.h"

#include <utility>

#include "base/hash.h"

namespace tripod::pipeline::spanmetrics {

namespace {

// As Tempo and the spanmetrics connector say them.
std::string_view kind_text(model::SpanKind kind) {
  static constexpr std::string_view kTexts[] = {"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER"};
  return kTexts[static_cast<size_t>(kind)];
}

std::string_view status_text(model::StatusCode status) {
  static constexpr std::string_view kTexts[] = {"STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"};
  return kTexts[static_cast<size_t>(status)];
}

}  // namespace

uint64_t GroupKey::hash() const {
  uint64_t h = static_cast<uint64_t>(http_status) << 24 | static_cast<uint64_t>(kind) << 16 | static_cast<uint64_t>(status) << 8 | static_cast<uint64_t>(source);
  for (const std::string_view text : {service, name, environment, version, route, db_system}) {
    if (!text.empty()) h = base::hash64(text, h * 31 + 1);
  }
  return h;
}

void SpanGroups::count(const model::Span& span, const ResourceFacts& resource, const SpanFacts& facts, Tally& tally) {
  const GroupKey key{.service = resource.service,
                     .name = label_text(span.name),
                     .environment = resource.environment,
                     .version = resource.version,
                     .route = facts.route,
                     .db_system = facts.db_system,
                     .http_status = facts.http_status,
                     .kind = span.kind,
                     .status = span.status_code,
                     .source = span.source};
  Counted& counted = tally[key];
  const int64_t duration = span.end_time > span.start_time ? span.end_time - span.start_time : 0;
  counted.durations.add(duration);
  if (duration <= counted.example.duration_ns) return;
  counted.example = {.trace_id = span.trace_id, .span_id = span.span_id, .duration_ns = duration, .time_ms = span.end_time / base::kNanosPerMilli};
}

void SpanGroups::add(const Tally& tally, int64_t zero_ms) {
  for (const auto& [key, counted] : tally) {
    Group& group = group_of(key, counted.durations.count, zero_ms);
    group.durations.add(counted.durations);
    group.emission.idle_ticks = 0;
    if (counted.example.duration_ns > group.example.duration_ns) group.example = counted.example;
  }
}

bool SpanGroups::is_traced_by_otel(std::string_view service) const {
  const auto found = services_.find(service);
  return found != services_.end() && found->second.has_otel;
}

SpanGroups::Group& SpanGroups::group_of(const GroupKey& key, uint64_t spans, int64_t zero_ms) {
  if (const auto found = groups_.find(key); found != groups_.end()) return *found->second;
  auto service = services_.find(key.service);
  if (service == services_.end() && services_.size() < limits_.services) service = services_.emplace(key.service, Service()).first;
  if (service != services_.end()) service->second.has_otel |= key.source == model::SpanSource::kOtel;
  const bool fits = service != services_.end() && service->second.groups < limits_.per_service && groups_.size() - overflow_groups_ < limits_.in_all;
  if (fits) {
    ++service->second.groups;
    return make(key, zero_ms);
  }
  overflow_.add(spans);
  const GroupKey rest{.service = service == services_.end() ? kOverflow : key.service, .name = kOverflow, .kind = key.kind, .status = key.status, .source = key.source};
  if (const auto found = groups_.find(rest); found != groups_.end()) return *found->second;
  Group& group = make(rest, zero_ms);
  group.is_overflow = true;
  ++overflow_groups_;
  return group;
}

SpanGroups::Group& SpanGroups::make(const GroupKey& key, int64_t zero_ms) {
  auto group = std::make_unique<Group>();
  group->texts = {std::string(key.service), std::string(key.name), std::string(key.environment), std::string(key.version), std::string(key.route), std::string(key.db_system)};
  group->key = key;
  GroupKey& own = group->key;
  size_t i = 0;
  for (std::string_view* text : {&own.service, &own.name, &own.environment, &own.version, &own.route, &own.db_system}) *text = group->texts[i++];
  if (key.http_status != 0) group->http_status = std::to_string(key.http_status);
  group->emission.zero_ms = zero_ms;
  Group& made = *group;
  groups_.emplace(own, std::move(group));
  return made;
}

void SpanGroups::write(SeriesWriter& writer, const Group& group) {
  const GroupKey& key = group.key;
  const model::Label labels[] = {{"db_system", key.db_system},
                                 {"deployment_environment", key.environment},
                                 {"http_response_status_code", group.http_status},
                                 {"http_route", key.route},
                                 {"service", key.service},
                                 {"service_version", key.version},
                                 {"span_kind", kind_text(key.kind)},
                                 {"span_name", key.name},
                                 {"status_code", status_text(key.status)},
                                 {"telemetry_source", key.source == model::SpanSource::kSentry ? "sentry" : "otel"}};
  writer.counter("traces_spanmetrics_calls_total", labels, group.emission, group.durations.count);
  writer.histogram({"traces_spanmetrics_latency_bucket", "traces_spanmetrics_latency_sum", "traces_spanmetrics_latency_count"}, labels, group.emission, group.durations, group.example);
}

void SpanGroups::write(SeriesWriter& writer) {
  for (auto& [key, group] : groups_) {
    group->ends = ++group->emission.idle_ticks > kMostIdleTicks;
    group->emission.on_its_way = true;
    writer.end_series(group->ends);
    write(writer, *group);
    group->example = {};
  }
  writer.end_series(false);
}

void SpanGroups::written() {
  std::erase_if(groups_, [this](const auto& entry) {
    Group& group = *entry.second;
    group.emission.written |= std::exchange(group.emission.on_its_way, false);
    if (!group.ends || group.emission.idle_ticks == 0) return false;
    if (group.is_overflow) --overflow_groups_;
    else if (const auto service = services_.find(group.key.service); service != services_.end()) --service->second.groups;
    return true;
  });
}

}  // namespace tripod::pipeline::spanmetrics
