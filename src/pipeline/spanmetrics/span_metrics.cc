#include "pipeline/spanmetrics/span_metrics.h"

#include <chrono>

namespace tripod::pipeline::spanmetrics {

namespace {

constexpr int64_t kInterval = 15 * base::kNanosPerSecond;

void add_metadata(model::Batch& batch) {
  using model::MetricType;
  batch.metadata = {{"traces_spanmetrics_calls_total", MetricType::kCounter, "Spans that were received, by what they are", ""},
                    {"traces_spanmetrics_latency", MetricType::kHistogram, "Duration of spans that were received", "seconds"},
                    {"traces_service_graph_request_total", MetricType::kCounter, "Requests between two nodes of the service graph", ""},
                    {"traces_service_graph_request_failed_total", MetricType::kCounter, "Requests between two nodes that failed on either side", ""},
                    {"traces_service_graph_request_client_seconds", MetricType::kHistogram, "Requests between two nodes as the client saw them", "seconds"},
                    {"traces_service_graph_request_server_seconds", MetricType::kHistogram, "Requests between two nodes as the server saw them", "seconds"}};
}

}  // namespace

Tally tally_of(const model::Batch& batch) {
  Tally tally;
  std::vector<ResourceFacts> resources;
  resources.reserve(batch.resources.size());
  for (const model::Resource& resource : batch.resources) resources.push_back(facts_of(resource));
  for (const model::Span& span : batch.spans) {
    const SpanFacts facts = facts_of(span);
    const ResourceFacts& resource = resources[span.resource];
    SpanGroups::count(span, resource, facts, tally.groups);
    ServiceGraph::count(span, resource, facts, tally.graph);
  }
  return tally;
}

SpanMetrics::SpanMetrics(const base::Clock& clock, base::MetricRegistry& registry, GroupLimits groups, GraphLimits graph)
    : clock_(clock),
      groups_(groups, registry.counter("tripod_span_metrics_overflow_spans_total", "Spans that were counted under __overflow__: too many distinct ones")),
      graph_(graph, {registry.counter("tripod_service_graph_unpaired_spans_total", "Client and server spans whose other side did not come in time and is not named"),
                     registry.counter("tripod_service_graph_early_spans_total", "Spans that did not wait for their other side as long as they should: too many did"),
                     registry.counter("tripod_service_graph_overflow_requests_total", "Requests that were counted between __overflow__ nodes: too many distinct ones")}),
      last_ms_(clock.now() / base::kNanosPerMilli) {}

void SpanMetrics::add(const Tally& tally) {
  const base::UnixNanos now = clock_.now();
  std::lock_guard lock(mu_);
  groups_.add(tally.groups, last_ms_);
  graph_.add(tally.graph, now, last_ms_, [this](std::string_view service) { return groups_.is_traced_by_otel(service); });
}

model::Batch SpanMetrics::collect(bool is_last) {
  model::Batch batch;
  const base::UnixNanos now = clock_.now();
  std::lock_guard lock(mu_);
  graph_.expire(is_last ? INT64_MAX : now, last_ms_);
  const int64_t now_ms = std::max(now / base::kNanosPerMilli, last_ms_ + 1);
  SeriesWriter writer(batch, now_ms);
  groups_.write(writer);
  graph_.write(writer);
  if (!batch.series.empty()) add_metadata(batch);
  last_ms_ = now_ms;
  return batch;
}

bool SpanMetrics::is_traced_by_otel(std::string_view service) const {
  std::lock_guard lock(mu_);
  return groups_.is_traced_by_otel(service);
}

void SpanMetrics::stored() {
  std::lock_guard lock(mu_);
  groups_.written();
  graph_.written();
}

SpanMetricsWriter::SpanMetricsWriter(SpanMetrics& metrics, const base::Clock& clock, base::Logger& log, Submit submit)
    : metrics_(metrics), clock_(clock), log_(log), submit_(std::move(submit)), due_(clock.now() / kInterval * kInterval + kInterval) {}

SpanMetricsWriter::~SpanMetricsWriter() {
  if (thread_.joinable()) stop();
}

void SpanMetricsWriter::start() {
  thread_ = std::thread([this] { run(); });
}

void SpanMetricsWriter::stop() {
  {
    std::lock_guard lock(mu_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  write(true);
}

bool SpanMetricsWriter::run_due() {
  const base::UnixNanos now = clock_.now();
  // The clock may be set back: then it is due at once.
  if (now < due_ && due_ - now <= kInterval) return false;
  due_ = now / kInterval * kInterval + kInterval;
  write(false);
  return true;
}

void SpanMetricsWriter::write(bool is_last) {
  model::Batch batch = metrics_.collect(is_last);
  if (batch.series.empty()) return;
  if (const auto submitted = submit_(std::move(batch)); !submitted) {
    log_.warn("span_metrics_not_stored", {{"error", std::string_view(submitted.error().message)}});
    return;
  }
  metrics_.stored();
}

void SpanMetricsWriter::run() {
  std::unique_lock lock(mu_);
  while (!stopping_) {
    wake_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_; });
    if (stopping_) return;
    lock.unlock();
    run_due();
    lock.lock();
  }
}

}  // namespace tripod::pipeline::spanmetrics
