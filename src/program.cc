// The wiring: who knows whom, what starts in which order, and how it ends.
#include "program.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <future>
#include <memory>
#include <optional>
#include <thread>

#include <fmt/format.h>
#include <pthread.h>
#include <sys/stat.h>

#include "alert/rule_file.h"
#include "alert/rule_manager.h"
#include "base/clock.h"
#include "base/file_lock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/memory_budget.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/time_text.h"
#include "dashboards/library.h"
#include "datafolder/backup.h"
#include "items/item_keeper.h"
#include "monitor/resolve.h"
#include "monitor/service.h"
#include "options.h"
#include "pipeline/intake_ledger.h"
#include "pipeline/pipeline.h"
#include "pipeline/problems/problem_writer.h"
#include "query/promql/engine.h"
#include "query/promql/range_cache.h"
#include "query/tail/tail.h"
#include "sampling/sampler.h"
#include "scrape/config.h"
#include "scrape/curl_fetcher.h"
#include "scrape/scraper.h"
#include "serve/api/context.h"
#include "serve/auth/authenticator.h"
#include "serve/grpc/server.h"
#include "serve/http/server.h"
#include "serve/ingest/intake.h"
#include "serve/ingest/sentry_rules.h"
#include "serve/syslog/server.h"
#include "serve/welcome.h"
#include "store/disk/disk_guard.h"
#include "store/events/embedded_event_store.h"
#include "store/meta/sqlite_meta_store.h"
#include "store/events/query_pool.h"
#include "store/metrics/embedded_metric_store.h"
#include "version.h"

namespace tripod {
namespace {

pipeline::RuleTexts rules_of(const cli::ServeOptions& options) {
  return {options.rules.stack, options.rules.fingerprint, options.rules.scrub, options.rules.scrub_ip_addresses};
}

using base::Result;
using std::chrono::milliseconds;

constexpr size_t kIoThreads = 2;
constexpr size_t kQueryThreads = 4;
constexpr size_t kQueryQueue = 256;
constexpr size_t kMostRangeAnswers = 32u << 20;  // bytes of range queries' answers kept
constexpr size_t kIngestQueue = 1024;
constexpr milliseconds kGrace{5000};
constexpr milliseconds kSyslogGrace{2000};  // senders wait for nothing

size_t ingest_threads() { return std::max<size_t>(2, std::thread::hardware_concurrency()); }

base::Logger::Level level_of(const std::string& name) {
  using Level = base::Logger::Level;
  if (name == "debug") return Level::kDebug;
  if (name == "warn") return Level::kWarn;
  return name == "error" ? Level::kError : Level::kInfo;
}

// SIGTERM, SIGINT and SIGHUP are waited for by one thread; blocked before any other starts, so that all inherit it.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file over the process's limit is a failed write, as on a full disk
  return set;
}

// Members are declared in the order they are needed; the servers come before the stores because answers are sent from the stores'
// threads until the last of them has ended.
class Program {
 public:
  // `flags` are those of the command line: they go before the file when that is read again.
  Program(cli::Texts flags, cli::EnvironmentOf environment, cli::ServeOptions options, std::unique_ptr<base::Logger> log)
      : flags_(std::move(flags)),
        environment_(environment),
        options_(std::move(options)),
        log_(std::move(log)),
        memory_(options_.memory),
        ledger_(clock_, metrics_),
        ingest_workers_(ingest_threads(), kIngestQueue),
        query_workers_(kQueryThreads, kQueryQueue, base::ThreadPriority::kQuery) {}

  Result<> start();
  Result<> reload();
  void stop();

 private:
  Result<> open_stores();
  void guard_disk();
  std::optional<base::Error> refusal();
  void limit_stores(const cli::ServeOptions& options);
  void tell_notes(const sampling::Policies& policies);
  Result<> open_intake();
  Result<> open_rules();
  Result<pipeline::Outcome> submit_and_wait(model::Batch&& batch, std::string protocol, uint64_t project = 0);
  Result<> open_monitors();
  Result<std::vector<model::Rejection>> keep_items(const model::Items& items);
  Result<> listen();
  Result<> listen_syslog();
  Result<std::string> snapshot();
  void add_routes(const serve::Intake& intake, serve::PublicAddresses addresses);

  const cli::Texts flags_;
  const cli::EnvironmentOf environment_;
  const cli::ServeOptions options_;
  const std::unique_ptr<base::Logger> log_;
  const base::SystemClock clock_;
  base::RealFs fs_;
  base::FileLock lock_;  // on the data folder
  base::MemoryBudget memory_;
  base::MetricRegistry metrics_;
  pipeline::IntakeLedger ledger_;
  serve::SentryRules sentry_rules_;
  serve::Router router_;
  serve::Workers ingest_workers_;
  serve::Workers query_workers_;
  std::unique_ptr<serve::HttpServer> http_;
  std::unique_ptr<serve::SyslogServer> syslog_;  // null: not listened
  serve::SyslogServer::Addresses syslog_addresses_;

  std::unique_ptr<store::SqliteMetaStore> meta_;
  std::unique_ptr<store::EventStore> events_;
  std::unique_ptr<store::EmbeddedMetricStore> samples_;
  std::unique_ptr<store::DiskGuard> disk_;
  std::unique_ptr<serve::Authenticator> auth_;
  std::unique_ptr<items::FileStore> files_;
  std::unique_ptr<items::ItemKeeper> items_;
  std::unique_ptr<monitor::MonitorService> monitors_;
  std::unique_ptr<sampling::Sampler> sampler_;
  pipeline::spanmetrics::SpanMetrics span_metrics_{clock_, metrics_};
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  std::unique_ptr<pipeline::spanmetrics::SpanMetricsWriter> span_metrics_writer_;
  pipeline::problems::ProblemFinder problem_finder_{clock_, metrics_, [this](std::string_view service) { return span_metrics_.is_traced_by_otel(service); }};
  std::unique_ptr<pipeline::problems::ProblemWriter> problem_writer_;
  query::promql::AskedMetrics asked_metrics_;
  store::QueryPool promql_pool_{std::max<size_t>(2, std::thread::hardware_concurrency())};
  std::unique_ptr<query::promql::Engine> promql_;
  std::unique_ptr<query::promql::RangeCache> promql_ranges_;
  std::unique_ptr<query::tail::TailService> tails_;
  scrape::CurlFetcher fetcher_;
  std::unique_ptr<scrape::Scraper> scraper_;
  std::unique_ptr<alert::RuleManager> rules_;
  std::unique_ptr<dashboards::Library> dashboards_;
  serve::ConfigStatus config_status_;
  std::unique_ptr<serve::GrpcServer> grpc_;
};

Result<> Program::open_stores() {
  if (auto ok = fs_.create_dirs(options_.data); !ok) return ok;
  auto lock = base::FileLock::take(options_.data + "/lock");
  if (!lock) return base::fail(lock.error().code, "the data folder is in use: " + lock.error().message);
  lock_ = std::move(*lock);
  auto meta = store::SqliteMetaStore::open(options_.data + "/meta.db", clock_);
  if (!meta) return base::fail(std::move(meta.error()));
  meta_ = std::move(*meta);
  if (auto made = meta_->bootstrap("default", options_.dsn_key); !made) return base::fail(std::move(made.error()));
  store::EventStoreOptions event_options{.dir = options_.data + "/events"};
  const cli::RetentionSettings& kept = options_.retention;
  event_options.retention = {retention_of(kept.logs), retention_of(kept.spans), retention_of(kept.errors), retention_of(kept.links), retention_of(kept.sessions), retention_of(options_.sampling.window)};
  auto events = store::EmbeddedEventStore::open(fs_, clock_, memory_, *log_, std::move(event_options));
  if (!events) return base::fail(std::move(events.error()));
  events_ = std::move(*events);
  auto samples = store::EmbeddedMetricStore::open(fs_, clock_, memory_, *log_, {.dir = options_.data + "/metrics", .retention_ns = kept.metrics.age, .retention_bytes = kept.metrics.bytes});
  if (!samples) return base::fail(std::move(samples.error()));
  samples_ = std::move(*samples);
  samples_->set_series_limits(series_limits_of(options_.series));
  auto series = series_retention_of(kept.series);
  if (!series) return base::fail(std::move(series.error()));
  if (auto set = samples_->set_retention_rules(std::move(*series)); !set) return set;
  guard_disk();
  return {};
}

void Program::guard_disk() {
  std::vector<store::Droppable> data;
  for (const store::Dataset dataset : store::kDatasets) {
    data.push_back({std::string(store::dataset_name(dataset)), [this, dataset] { return events_->stats(dataset).bytes_on_disk; },
                    [this, dataset] { return events_->drop_oldest(dataset); }});
  }
  data.push_back({"metrics", [this] { return samples_->stats().bytes_on_disk; }, [this]() -> Result<uint64_t> { return samples_->drop_oldest(); }});
  disk_ = std::make_unique<store::DiskGuard>(fs_, *log_, metrics_, options_.data, std::move(data));
  disk_->set_limits(disk_limits_of(options_.disk));
  disk_->start();
}

// Why nothing is taken in. One store without room is enough: they share the disk, and a request that only some of them have kept
// would be there twice when it is sent again.
std::optional<base::Error> Program::refusal() {
  if (auto refused = disk_->refusal()) return refused;
  if (auto refused = events_->refusal()) return refused;
  return samples_->refusal();
}

// What may change while the program runs.
void Program::limit_stores(const cli::ServeOptions& options) {
  const cli::RetentionSettings& kept = options.retention;
  events_->set_retention(store::Dataset::kLogs, retention_of(kept.logs));
  events_->set_retention(store::Dataset::kSpans, retention_of(kept.spans));
  events_->set_retention(store::Dataset::kErrors, retention_of(kept.errors));
  events_->set_retention(store::Dataset::kLinks, retention_of(kept.links));
  events_->set_retention(store::Dataset::kSessions, retention_of(kept.sessions));
  events_->set_retention(store::Dataset::kSpanWindow, retention_of(options.sampling.window));
  samples_->set_retention(kept.metrics.age, kept.metrics.bytes);
  samples_->set_series_limits(series_limits_of(options.series));
  pipeline_->set_time_bounds(time_bounds_of(kept));
  pipeline_->set_thinning(thinning_rules_of(options.thinning));
  disk_->set_limits(disk_limits_of(options.disk));
  items_->set_limits(file_limits_of(options.attachments));
}

// What a file of policies says that has no effect here.
void Program::tell_notes(const sampling::Policies& policies) {
  for (const std::string& note : policies.notes()) log_->info("sampling_setting_without_effect", {{"setting", note}});
}

Result<> Program::open_intake() {
  auto limits = serve::SentryLimits::parse(options_.sentry.limits);
  if (!limits) return base::fail(std::move(limits.error()));
  sentry_rules_.set(sentry_filters_of(options_.sentry), *limits);
  auth_ = std::make_unique<serve::Authenticator>(*meta_, clock_);
  if (auto ok = auth_->load(options_.admin_token); !ok) return ok;
  if (auto ok = open_monitors(); !ok) return ok;
  auto policies = policies_of(options_.sampling, fs_);
  if (!policies) return base::fail(std::move(policies.error()));
  tell_notes(**policies);
  auto sampler = sampling::Sampler::open({fs_, clock_, memory_, *log_, metrics_, *events_}, std::move(*policies), sampler_options_of(options_));
  if (!sampler) return base::fail(std::move(sampler.error()));
  sampler_ = std::move(*sampler);
  auto pipeline = pipeline::Pipeline::open({*events_, *samples_, *meta_}, clock_, ledger_, *log_,
                                           {.time_bounds = time_bounds_of(options_.retention),
                                            .drop_own_noise = !options_.keep_own_noise,
                                            .refusal = [this] { return refusal(); },
                                            .memory = &memory_,
                                            .most_delta_bytes = memory_.limit() / 16,
                                            .rules = rules_of(options_),
                                            .thinning = thinning_rules_of(options_.thinning),
                                            .keep_items = [this](const model::Items& items) { return keep_items(items); },
                                            .sampler = options_.sampling.is_on ? sampler_.get() : nullptr,
                                            .span_metrics = &span_metrics_,
                                            .problems = &problem_finder_});
  if (!pipeline) return base::fail(std::move(pipeline.error()));
  pipeline_ = std::move(*pipeline);
  span_metrics_writer_ = std::make_unique<pipeline::spanmetrics::SpanMetricsWriter>(span_metrics_, clock_, *log_, [this](model::Batch&& batch) -> Result<> {
    const auto outcome = submit_and_wait(std::move(batch), "span_metrics");
    return outcome ? Result<>() : base::fail(outcome.error());
  });
  problem_writer_ = std::make_unique<pipeline::problems::ProblemWriter>(problem_finder_, clock_, *log_, [this](model::Batch&& batch, uint64_t project) -> Result<> {
    const auto outcome = submit_and_wait(std::move(batch), "performance", project);
    return outcome ? Result<>() : base::fail(outcome.error());
  });
  promql_ = std::make_unique<query::promql::Engine>(*samples_, clock_, query::promql::EngineOptions{
                                             .memory = &memory_,
                                             .asked = &asked_metrics_,
                                             .with_helpers = [this](std::function<void()> help, const std::function<void()>& own) {
                                               store::QueryTeam team(&promql_pool_, std::move(help));
                                               team.call_helpers();
                                               own();
                                             }});
  promql_ranges_ = std::make_unique<query::promql::RangeCache>(*promql_, *samples_, memory_, metrics_,
                                                               std::min(kMostRangeAnswers, memory_.limit() / 16));
  tails_ = std::make_unique<query::tail::TailService>(*events_, clock_, metrics_);
  config_status_.in_force_since = clock_.now();
  dashboards_ = std::make_unique<dashboards::Library>(fs_, options_.dashboards);
  for (const auto& trouble : dashboards_->read().troubles) {
    log_->warn("dashboard_refused", {{"file", trouble.file}, {"reason", trouble.message}});
  }
  auto targets = scrape::parse_scrape_configs(options_.config_text, options_.config, fs_);
  if (!targets) return base::fail(base::Code::kInvalidArgument, targets.error().message);
  scraper_ = std::make_unique<scrape::Scraper>(clock_, fs_, fetcher_, *log_, [this](model::Batch&& batch, scrape::Scraper::Done done) {
    pipeline_->submit(std::move(batch), {.protocol = "scrape", .peer = ""},
                      [done = std::move(done)](Result<pipeline::Outcome> outcome) mutable {
                        if (!outcome) return done(base::fail(std::move(outcome.error())));
                        done(std::move(outcome->rejections));
                      });
  });
  if (auto ok = scraper_->reload(*targets); !ok) return ok;
  return open_rules();
}

Result<pipeline::Outcome> Program::submit_and_wait(model::Batch&& batch, std::string protocol, uint64_t project) {
  auto answered = std::make_shared<std::promise<Result<pipeline::Outcome>>>();
  auto answer = answered->get_future();
  pipeline_->submit(std::move(batch), {.protocol = std::move(protocol), .peer = "", .project = project}, [answered](Result<pipeline::Outcome> outcome) { answered->set_value(std::move(outcome)); });
  return answer.get();
}

Result<> Program::open_rules() {
  auto rules = alert::read_rules(options_.config_text, options_.config, fs_);
  if (!rules) return base::fail(std::move(rules.error()));
  rules_ = std::make_unique<alert::RuleManager>(alert::RuleContext{
      *promql_, *samples_, clock_, *log_, metrics_, [this](model::Batch&& batch) -> Result<std::vector<model::Rejection>> {
        Result<pipeline::Outcome> outcome = submit_and_wait(std::move(batch), "rules");
        if (!outcome) return base::fail(std::move(outcome.error()));
        return std::move(outcome->rejections);
      }});
  rules_->reload(*rules);
  return {};
}

Result<> Program::open_monitors() {
  monitors_ = std::make_unique<monitor::MonitorService>(monitor::MonitorContext{
      .store = *meta_,
      .clock = clock_,
      .log = *log_,
      .submit = [this](model::Batch&& batch) -> Result<> {
        const auto outcome = submit_and_wait(std::move(batch), "monitors");
        return outcome ? Result<>() : base::fail(outcome.error());
      },
      .resolve_issue = [this](const std::string& event_id) -> Result<> {
        const auto issue = items_->issue_of(model::EventId::from_hex(event_id));
        return issue ? monitor::resolve_issue(*meta_, *issue) : base::fail(issue.error());
      }});
  files_ = std::make_unique<items::FileStore>(fs_, options_.data + "/files");
  items_ = std::make_unique<items::ItemKeeper>(items::ItemContext{*meta_, *events_, *files_, clock_, *log_, metrics_}, file_limits_of(options_.attachments));
  if (auto ok = items_->tidy(); !ok) return ok;
  return monitors_->load();
}

Result<std::vector<model::Rejection>> Program::keep_items(const model::Items& items) {
  auto taken = monitors_->take(items.check_ins);
  if (!taken) return taken;
  auto kept = items_->keep(items);
  if (kept) std::ranges::move(*taken, std::back_inserter(*kept));
  return kept;
}

void Program::add_routes(const serve::Intake& intake, serve::PublicAddresses addresses) {
  const serve::Api api{.events = *events_,
                       .metrics = *samples_,
                       .meta = *meta_,
                       .promql = *promql_,
                       .promql_ranges = *promql_ranges_,
                       .tails = *tails_,
                       .ledger = ledger_,
                       .scraper = *scraper_,
                       .rules = *rules_,
                       .dashboards = *dashboards_,
                       .monitors = {*monitors_, *meta_},
                       .items = {*items_, *meta_, *files_},
                       .auth = *auth_,
                       .memory = memory_,
                       .disk = *disk_,
                       .project_rules = pipeline_->project_rules(),
                       .registry = metrics_,
                       .clock = clock_,
                       .reload = [this] { return reload(); },
                       .config = config_status_,
                       .addresses = std::move(addresses),
                       .version = kVersion,
                       .started = clock_.now(),
                       .admin = {.enabled = options_.enable_admin_api, .snapshot = [this] { return snapshot(); }},
                       .sampler = options_.sampling.is_on ? sampler_.get() : nullptr};
  serve::add_all_routes(router_, intake, api);
}

// A backup below the data folder, named by its time.
Result<std::string> Program::snapshot() {
  std::string name = base::format_rfc3339(clock_.now() / base::kNanosPerSecond * base::kNanosPerSecond) + "-" + base::random_hex(8);
  std::erase_if(name, [](char c) { return c == ':'; });
  const std::string folder = options_.data + "/snapshots/" + name;
  if (auto ok = fs_.create_dirs(folder); !ok) return base::fail(std::move(ok.error()));
  if (auto made = datafolder::make_backup(fs_, clock_, options_.data, folder); !made) {
    (void)fs_.remove_all(folder);  // half a snapshot is none, and its links would keep room
    return base::fail(std::move(made.error()));
  }
  return name;
}

Result<> Program::listen_syslog() {
  const cli::ServeOptions::Syslog& settings = options_.syslog;
  if (settings.tcp.empty() && settings.udp.empty()) return {};
  serve::SyslogContext context{.workers = ingest_workers_,
                               .memory = memory_,
                               .metrics = metrics_,
                               .clock = clock_,
                               .ledger = ledger_,
                               .submit = [this](model::Batch batch, pipeline::Source source, pipeline::Pipeline::Done done) {
                                 pipeline_->submit(std::move(batch), std::move(source), std::move(done));
                               }};
  auto server = serve::SyslogServer::make(std::move(context), {.tcp = settings.tcp,
                                                               .udp = settings.udp,
                                                               .allow_from = settings.allow_from,
                                                               .service = settings.service,
                                                               .environment = settings.environment,
                                                               .time_zone = settings.time_zone});
  if (!server) return base::fail(std::move(server.error()));
  syslog_ = std::move(*server);
  auto bound = syslog_->bind();
  if (!bound) return base::fail(std::move(bound.error()));
  syslog_addresses_ = std::move(*bound);
  return {};
}

Result<> Program::listen() {
  const serve::Intake intake{*pipeline_, ledger_, *auth_, clock_, &sentry_rules_};
  serve::HttpContext context{
      .router = router_,
      .ingest = ingest_workers_,
      .query = query_workers_,
      .memory = memory_,
      .metrics = metrics_,
      .log = *log_,
      .authenticate = [this](const serve::Route& route, const serve::HttpRequest& request) { return auth_->authorize(route.access, request); },
      .refused =
          [this](const serve::Route& route, const serve::HttpRequest& request, const base::Error& error) {
            if (route.protocol.empty()) return;
            const model::Rejection rejection{std::string(base::code_name(error.code)), error.message, 1};
            ledger_.rejected(route.protocol, request.peer.address, {&rejection, 1});
          },
      .timeouts = {},
      .public_url = options_.public_url};
  http_ = std::make_unique<serve::HttpServer>(std::move(context), kIoThreads);
  grpc_ = std::make_unique<serve::GrpcServer>(serve::GrpcContext{intake, ingest_workers_, memory_, metrics_, *log_});
  // Bound first, accepting last: routes need to know the addresses that were picked.
  auto http = http_->bind(options_.http);
  if (!http) return base::fail(std::move(http.error()));
  auto otlp_http = http_->bind(options_.otlp_http, "otlp");
  if (!otlp_http) return base::fail(std::move(otlp_http.error()));
  auto otlp_grpc = grpc_->listen(options_.otlp_grpc);
  if (!otlp_grpc) return base::fail(std::move(otlp_grpc.error()));
  if (auto ok = listen_syslog(); !ok) return ok;
  serve::PublicAddresses addresses{.http = options_.public_url.empty() ? "http://" + *http : options_.public_url,
                                   .otlp_http = "http://" + *otlp_http,
                                   .otlp_grpc = "http://" + *otlp_grpc};
  add_routes(intake, addresses);
  sampler_->start();  // off too: what was undecided when it was on
  http_->accept();
  if (syslog_) syslog_->start();
  scraper_->start();
  rules_->start();
  span_metrics_writer_->start();
  problem_writer_->start();
  monitors_->start();
  log_->info("listening", {{"http", std::string_view(*http)},
                           {"otlp_http", std::string_view(*otlp_http)},
                           {"otlp_grpc", std::string_view(*otlp_grpc)},
                           {"syslog_tcp", std::string_view(syslog_addresses_.tcp)},
                           {"syslog_udp", std::string_view(syslog_addresses_.udp)}});
  // Until somebody has set a password, each start offers a link; old ones stay valid for their hour.
  auto link = auth_->has_any_password() ? Result<std::string>("") : auth_->make_sign_in_link();
  if (!link) return base::fail(std::move(link.error()));
  serve::print_welcome(addresses, auth_->default_key(), *link);
  return {};
}

Result<> Program::start() {
  if (auto ok = open_stores(); !ok) return ok;
  if (auto ok = open_intake(); !ok) return ok;
  return listen();
}

// A bad file leaves the old configuration in force and says why.
Result<> Program::reload() {
  auto options = cli::resolve(flags_, environment_);
  auto series = options ? series_retention_of(options->retention.series) : base::fail(std::move(options.error()));
  auto targets = series ? scrape::parse_scrape_configs(options->config_text, options->config, fs_)
                        : Result<scrape::ScrapeConfig>(base::fail(std::move(series.error())));
  auto rules = targets ? alert::read_rules(options->config_text, options->config, fs_) : Result<alert::RuleSet>(base::fail(std::move(targets.error())));
  auto limits = rules ? serve::SentryLimits::parse(options->sentry.limits) : base::fail(std::move(rules.error()));
  auto policies = limits ? policies_of(options->sampling, fs_) : base::fail(std::move(limits.error()));
  auto reloaded = policies ? scraper_->reload(*targets) : Result<>(base::fail(std::move(policies.error())));
  if (reloaded) reloaded = samples_->set_retention_rules(std::move(*series));
  if (reloaded) rules_->reload(*rules);
  if (reloaded) limit_stores(*options);
  if (reloaded) tell_notes(**policies);
  if (reloaded) sampler_->set_policies(std::move(*policies));
  if (reloaded) sentry_rules_.set(sentry_filters_of(options->sentry), *limits);
  config_status_.last_read_succeeded = reloaded.has_value();
  if (reloaded) config_status_.in_force_since = clock_.now();
  if (reloaded) log_->info("configuration_reloaded");
  else log_->error("configuration_not_reloaded", {{"error", reloaded.error().message}});
  return reloaded;
}

void Program::stop() {
  log_->info("stopping");
  scraper_->stop();
  rules_->stop();
  monitors_->stop();
  if (syslog_) syslog_->stop(kSyslogGrace);
  http_->stop(kGrace);
  grpc_->stop(kGrace);
  tails_->stop();
  ingest_workers_.drain();
  query_workers_.drain();
  span_metrics_writer_->stop();
  problem_writer_->stop();
  grpc_.reset();
  pipeline_.reset();
  sampler_->stop();
  for (auto flushed : {events_->flush(), samples_->flush()}) {
    if (!flushed) log_->error("not_flushed", {{"error", std::string_view(flushed.error().message)}});
  }
  log_->info("stopped");
}

}  // namespace

int serve_until_signal(const cli::ServeCommand& command, cli::EnvironmentOf environment) {
  auto options = cli::resolve(command.flags, environment);
  if (!options) {
    fmt::print(stderr, "tripod: {}\n", options.error().message);
    return 2;
  }
  umask(077);  // what is stored is for this user alone
  const sigset_t signals = block_signals();
  auto log = base::make_stderr_logger(level_of(options->log_level));
  Program program(command.flags, environment, std::move(*options), std::move(log));
  if (auto ok = program.start(); !ok) {
    fmt::print(stderr, "tripod: {}\n", ok.error().message);
    return 1;
  }
  for (int signal = 0; sigwait(&signals, &signal) == 0;) {
    if (signal != SIGHUP) break;
    (void)program.reload();   // it has said in the log what became of it
  }
  program.stop();
  return 0;
}

}  // namespace tripod
