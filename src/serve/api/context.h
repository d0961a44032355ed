// What query handlers see of the rest of the program. Everything outlives the handlers.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "alert/rule_manager.h"
#include "base/clock.h"
#include "base/memory_budget.h"
#include "base/metrics.h"
#include "base/result.h"
#include "dashboards/library.h"
#include "items/item_keeper.h"
#include "monitor/service.h"
#include "pipeline/intake_ledger.h"
#include "pipeline/project_rules.h"
#include "query/promql/engine.h"
#include "query/promql/range_cache.h"
#include "query/tail/tail.h"
#include "sampling/sampler.h"
#include "scrape/scraper.h"
#include "serve/auth/authenticator.h"
#include "serve/http/router.h"
#include "store/disk/disk_guard.h"
#include "store/events/event_store.h"
#include "store/meta/meta_store.h"
#include "store/metrics/metric_store.h"

namespace tripod::serve {

// Where clients reach us, as shown in "Get started": "http://127.0.0.1:8700" and the like.
struct PublicAddresses {
  std::string http;
  std::string otlp_http;
  std::string otlp_grpc;
};

// What became of reading the configuration. Written by whoever reads it, read by handlers: thread-safe.
struct ConfigStatus {
  std::atomic<bool> last_read_succeeded = true;
  std::atomic<base::UnixNanos> in_force_since = 0;   // when the one in force was read
};

// What may be done to the samples, where --enable-admin-api is given.
struct AdminApi {
  bool enabled = false;
  // Makes a copy of the data folder in its `snapshots` and gives its name.
  std::function<base::Result<std::string>()> snapshot;
};

// Cron monitors: what they are, and what was.
struct MonitorApi {
  monitor::MonitorService& service;
  store::MonitorStore& store;
};

// What comes beside events.
struct ItemApi {
  items::ItemKeeper& keeper;
  store::ItemStore& store;
  items::FileStore& files;
};

struct Api {
  store::EventStore& events;
  store::MetricStore& metrics;
  store::MetaStore& meta;
  const query::promql::Engine& promql;
  query::promql::RangeCache& promql_ranges;
  query::tail::TailService& tails;
  const pipeline::IntakeLedger& ledger;
  scrape::Scraper& scraper;
  const alert::RuleManager& rules;
  const dashboards::Library& dashboards;
  MonitorApi monitors;
  ItemApi items;
  Authenticator& auth;
  base::MemoryBudget& memory;
  const store::DiskGuard& disk;
  pipeline::ProjectRules& project_rules;
  base::MetricRegistry& registry;
  const base::Clock& clock;
  // Reads the configuration again; on error the old one stays in force.
  std::function<base::Result<>()> reload;
  const ConfigStatus& config;
  PublicAddresses addresses;
  std::string version;
  base::UnixNanos started = 0;
  AdminApi admin = {};
  sampling::Sampler* sampler = nullptr;   // null: every span is kept
};

// One function per API; each adds its routes and shapes its prefix.
void add_app_routes(Router& router, const Api& api);
void add_prometheus_routes(Router& router, const Api& api);
void add_loki_routes(Router& router, const Api& api);
void add_jaeger_routes(Router& router, const Api& api);
void add_sentry_api_routes(Router& router, const Api& api);
void add_sentry_monitor_routes(Router& router, const Api& api);
void add_sentry_feedback_routes(Router& router, const Api& api);
void add_health_routes(Router& router, const Api& api);   // /-/ready, /-/healthy, /-/reload, /ready, /metrics

struct Intake;
// All of the above and the intake's (serve/ingest/intake.h): the whole table.
void add_all_routes(Router& router, const Intake& intake, const Api& api);

}  // namespace tripod::serve
