#include "pipeline/release_book.h"

#include "base/hash.h"

namespace tripod::pipeline {

namespace {

constexpr uint64_t kProject = 1;  // spans do not say of which project they are; there is one
constexpr size_t kMostVersionBytes = 250;

std::string_view version_of(const model::Batch& batch, uint32_t resource) {
  if (resource >= batch.resources.size()) return {};
  const model::Attribute* version = model::find_attribute(batch.resources[resource].attributes, "service.version");
  return version == nullptr ? std::string_view() : version->value.text();
}

}  // namespace

void ReleaseBook::saw(const model::Batch& batch, base::UnixNanos now) {
  for (const model::SessionUpdate& session : batch.sessions) saw(session.project, version_of(batch, session.resource), session.started, now);
  uint32_t last = UINT32_MAX;
  for (const model::Span& span : batch.spans) {
    if (span.source != model::SpanSource::kSentry || span.resource == last) continue;
    last = span.resource;
    saw(kProject, version_of(batch, span.resource), span.start_time, now);
  }
}

void ReleaseBook::saw(uint64_t project, std::string_view version, base::UnixNanos time, base::UnixNanos now) {
  if (version.empty() || version.size() > kMostVersionBytes) return;
  const uint64_t key = base::hash64(version, project);
  if (!is_due(key, now)) return;
  if (auto written = releases_.saw_release(static_cast<int64_t>(project), version, time); !written) {
    log_.warn("release_not_written", {{"error", std::string_view(written.error().message)}});
    std::lock_guard lock(mu_);
    written_.erase(key);
  }
}

bool ReleaseBook::is_due(uint64_t key, base::UnixNanos now) {
  std::lock_guard lock(mu_);
  if (written_.size() >= kMost && !written_.contains(key)) written_.clear();
  base::UnixNanos& last = written_[key];
  if (last != 0 && now - last < base::kNanosPerMinute) return false;
  last = now;
  return true;
}

}  // namespace tripod::pipeline
