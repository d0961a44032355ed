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

uint64_t hash_of(const Identities& ids) {
  uint64_t h = 0;
  for (std::string_view id : {ids.request_id, ids.trace_id, ids.sentry_trace_id, ids.event_id, ids.task_id, ids.session}) {
    h = base::hash64(id, h + 1);
  }
  return h;
}

}  // namespace

bool LinkLearner::remember(uint64_t identities) {
  std::lock_guard lock(mu_);
  if (current_.contains(identities) || previous_.contains(identities)) return false;
  if (current_.size() >= kGeneration) {
    previous_ = std::move(current_);
    current_.clear();
  }
  current_.insert(identities);
  return true;
}

void LinkLearner::forget(std::span<const uint64_t> memory) {
  std::lock_guard lock(mu_);
  for (const uint64_t identities : memory) {
    current_.erase(identities);
    previous_.erase(identities);
  }
}

LinkLearner::Learned LinkLearner::learn(model::Batch& batch) {
  Learned out;
  auto take = [&](const Identities& ids, base::UnixNanos time, std::string_view evidence) {
    if (ids.count() < 2) return;
    const uint64_t hash = hash_of(ids);
    if (!remember(hash)) return;
    out.events.push_back({.time = time, .stream = 0, .fields = to_fields(ids, evidence, batch.arena)});
    out.memory.push_back(hash);
  };
  for (const model::LogRecord& log : batch.logs) take(identities_of(log, batch.arena), log.time, "log record");
  for (const model::Span& span : batch.spans) take(identities_of(span, batch.arena), span.start_time, "span");
  for (const model::ErrorEvent& e : batch.errors) take(identities_of(e, batch.arena), e.time, "error event");
  return out;
}

}  // namespace tripod::pipeline
