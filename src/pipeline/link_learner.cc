#include "pipeline/link_learner.h"

#include "base/hash.h"

namespace tripod::pipeline {

using model::Attribute;
using model::Value;

namespace {

std::span<Attribute> to_fields(const Identities& ids, std::string_view evidence, base::Arena& arena) {
  auto fields = arena.make_array<Attribute>(static_cast<size_t>(ids.count()) + 1);
  size_t n = 0;
  auto add = [&](std::string_view key, std::string_view id) {
    if (!id.empty()) fields[n++] = {key, Value::string(id)};
  };
  add(link_field::kRequestId, ids.request_id);
  add(link_field::kTraceId, ids.trace_id);
  add(link_field::kSentryTraceId, ids.sentry_trace_id);
  add(link_field::kEventId, ids.event_id);
  add(link_field::kTaskId, ids.task_id);
  add(link_field::kSessionId, ids.session);
  fields[n++] = {"evidence", Value::string(evidence)};
  return fields;
}

}  // namespace

bool LinkLearner::seen_recently(const Identities& ids) {
  uint64_t h = 0;
  for (std::string_view id : {ids.request_id, ids.trace_id, ids.sentry_trace_id, ids.event_id, ids.task_id, ids.session}) {
    h = base::hash64(id, h + 1);
  }
  std::lock_guard lock(mu_);
  if (current_.contains(h) || previous_.contains(h)) return true;
  if (current_.size() >= kGeneration) {
    previous_ = std::move(current_);
    current_.clear();
  }
  current_.insert(h);
  return false;
}

std::vector<store::Event> LinkLearner::learn(model::Batch& batch) {
  std::vector<store::Event> out;
  auto take = [&](const Identities& ids, base::UnixNanos time, std::string_view evidence) {
    if (ids.count() < 2 || seen_recently(ids)) return;
    out.push_back({.time = time, .stream = 0, .fields = to_fields(ids, evidence, batch.arena)});
  };
  for (const model::LogRecord& log : batch.logs) take(identities_of(log, batch.arena), log.time, "log record");
  for (const model::Span& span : batch.spans) take(identities_of(span, batch.arena), span.start_time, "span");
  for (const model::ErrorEvent& e : batch.errors) take(identities_of(e, batch.arena), e.time, "error event");
  return out;
}

}  // namespace tripod::pipeline
