// "Get started", the state of the stores, and what was received or rejected.
#include <algorithm>

#include "base/json_writer.h"
#include "serve/api/app/routes.h"
#include "serve/welcome.h"

namespace tripod::serve::app {

using base::JsonWriter;
using base::Result;
using pipeline::Signal;

namespace {

void write_signal(JsonWriter& w, const Api& api, Signal signal, uint64_t stored, base::UnixNanos newest) {
  const pipeline::SignalState state = api.ledger.signal(signal);
  const base::UnixNanos last = state.last != 0 ? state.last : newest;
  w.key(pipeline::signal_name(signal)).begin_object().field("count", std::max(state.count, stored)).key("last_ns");
  if (last == 0) w.null();
  else w.int64_string(last);
  w.end_object();
}

Result<HttpResponse> setup(const Api& api) {
  const std::string key = api.auth.default_key();
  const std::string dsn = dsn_of(api.addresses, key);
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("dsn", dsn).key("project").begin_object().field("id", 1).field("slug", "default").end_object();
  w.field("http", api.addresses.http).field("otlp_grpc", api.addresses.otlp_grpc).field("otlp_http", api.addresses.otlp_http);
  w.key("blocks").begin_array();
  for (const SetupBlock& b : setup_blocks(api.addresses, key)) {
    w.begin_object().field("id", b.id).field("title", b.title).field("language", b.language);
    w.field("text", b.text).field("curl", b.curl).end_object();
  }
  w.end_array().key("signals").begin_object();
  const auto errors = api.events.stats(store::Dataset::kErrors);
  const auto logs = api.events.stats(store::Dataset::kLogs);
  const auto spans = api.events.stats(store::Dataset::kSpans);
  write_signal(w, api, Signal::kErrors, errors.rows, errors.newest);
  write_signal(w, api, Signal::kLogs, logs.rows, logs.newest);
  write_signal(w, api, Signal::kMetrics, api.metrics.stats().samples, 0);
  write_signal(w, api, Signal::kTraces, spans.rows, spans.newest);
  w.end_object().end_object();
  return HttpResponse::json(std::move(body));
}

void write_retention(JsonWriter& w, const store::Retention& kept) {
  w.key("retention").begin_object().key("age_ns");
  if (kept.age == INT64_MAX) w.null();
  else w.int64_string(kept.age);
  w.key("bytes");
  if (kept.bytes == 0) w.null();
  else w.uint64(kept.bytes);
  w.end_object();
}

void write_dataset(JsonWriter& w, const Api& api, store::Dataset dataset) {
  const store::DatasetStats s = api.events.stats(dataset);
  w.begin_object().field("name", store::dataset_name(dataset)).field("rows", s.rows);
  w.field("bytes", s.bytes_on_disk).field("memory_bytes", s.bytes_in_memory).field("parts", s.parts).field("rare_fields", s.rare_fields);
  w.key("oldest_ns").int64_string(s.oldest).key("newest_ns").int64_string(s.newest);
  write_retention(w, s.retention);
  w.end_object();
}

void write_disk(JsonWriter& w, const store::DiskState& disk) {
  w.key("disk").begin_object().field("free", disk.space.free).field("total", disk.space.total).field("low_water", disk.low_water);
  w.field("when_low", disk.when_low == store::DiskLimits::WhenLow::kRefuse ? "refuse" : "drop_oldest");
  w.field("low", disk.is_low).field("dropped_parts", disk.dropped_parts).end_object();
}

std::string_view warning_of(const scrape::TargetStatus& target) {
  if (!target.answered_by_several) return {};
  return "several processes answer in turn, each with counters of its own, so rates are wrong: set PROMETHEUS_MULTIPROC_DIR (docs/tasks/metrics-under-gunicorn.md)";
}

void write_targets(JsonWriter& w, const Api& api) {
  const scrape::ScrapeOverview all = api.scraper.overview();
  w.key("scrape_sources").begin_array();
  for (const scrape::DiscoveryStatus& s : all.sources) {
    w.begin_object().field("job", s.job).field("source", s.source).field("targets", s.targets).key("last_refresh_ns").int64_string(s.last_refresh);
    w.field("error", s.last_error).end_object();
  }
  w.end_array().key("scrape_notes").begin_array();
  for (const std::string& note : all.notes) w.string(note);
  w.end_array().key("scrape_unusable").begin_array();
  for (const std::string& target : all.unusable) w.string(target);
  w.end_array().key("scrape_targets").begin_array();
  for (const scrape::TargetStatus& t : all.targets) {
    w.begin_object().field("job", t.job).field("url", t.url).key("up");
    if (t.health == scrape::Health::kUnknown) w.null();
    else w.boolean(t.health == scrape::Health::kUp);
    w.key("last_scrape_ns").int64_string(t.last_scrape);
    w.field("duration_ms", static_cast<double>(t.last_duration_ns) / base::kNanosPerMilli).field("samples", t.samples);
    w.field("error", t.last_error).field("warning", warning_of(t)).end_object();
  }
  w.end_array();
}

Result<HttpResponse> status(const Api& api) {
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("version", api.version).key("started_ns").int64_string(api.started);
  w.key("datasets").begin_array();
  for (auto dataset : store::kDatasets) {
    write_dataset(w, api, dataset);
  }
  const store::MetricStoreStats metrics = api.metrics.stats();
  w.end_array().key("metrics").begin_object().field("series", metrics.series).field("samples", metrics.samples);
  w.field("bytes", metrics.bytes_on_disk).field("blocks", metrics.blocks);
  write_retention(w, {.age = metrics.retention_ns, .bytes = metrics.retention_bytes});
  w.end_object();
  write_disk(w, api.disk.state());
  w.key("memory").begin_object().field("budget", static_cast<uint64_t>(api.memory.limit())).field("used", static_cast<uint64_t>(api.memory.used()));
  w.end_object().key("received").begin_array();
  for (const pipeline::ReceivedCount& r : api.ledger.received_counts()) {
    w.begin_object().field("protocol", r.protocol).field("item", r.item).field("kept", r.kept).field("count", r.count).end_object();
  }
  w.end_array();
  write_targets(w, api);
  w.end_object();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> rejected(const Api& api) {
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("items").begin_array();
  for (const pipeline::RejectedItem& r : api.ledger.recent_rejections()) {
    w.begin_object().key("time_ns").int64_string(r.time).field("protocol", r.protocol).field("reason", r.reason);
    w.field("detail", r.detail).field("count", r.count).field("peer", r.peer).end_object();
  }
  w.end_array().key("totals").begin_array();
  for (const auto& t : api.ledger.rejection_totals()) {
    w.begin_object().field("protocol", t.protocol).field("reason", t.reason).field("count", t.count).end_object();
  }
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

}  // namespace

void add_setup_routes(Router& router, const Api& api) {
  add(router, Method::kGet, "/setup", Access::kRead, [api](const HttpRequest&) { return setup(api); });
  add(router, Method::kGet, "/status", Access::kRead, [api](const HttpRequest&) { return status(api); });
  add(router, Method::kGet, "/rejected", Access::kRead, [api](const HttpRequest&) { return rejected(api); });
}

}  // namespace tripod::serve::app
