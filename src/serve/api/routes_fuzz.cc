// Any request ("METHOD target\nname: value\n…\n\nbody") to every route of the program, over stores
// in memory: answered once, never by a defect of ours (500), and what says that it is JSON is.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <semaphore>
#include <string>
#include <string_view>

#include "base/compress.h"
#include "base/json_text.h"
#include "base/mem_fs.h"
#include "base/random.h"
#include "base/utf8.h"
#include "scrape/curl_fetcher.h"
#include "serve/api/context.h"
#include "serve/ingest/intake.h"
#include "store/events/embedded_event_store.h"
#include "store/meta/sqlite_meta_store.h"
#include "store/metrics/embedded_metric_store.h"

namespace {

using namespace tripod;
using namespace tripod::serve;

constexpr size_t kMostBytes = 1u << 20;  // of a body once decoded

// The program's router, wired as main.cc does.
class Program {
 public:
  Program() {
    TRIPOD_CHECK(meta_->bootstrap("default", "00112233445566778899aabbccddeeff"));
    TRIPOD_CHECK(auth_.load("fixed-admin-token-0123456789"));
    add_all_routes(router_, {*pipeline_, ledger_, auth_, clock_},
                   {.events = *events_,
                    .metrics = *samples_,
                    .meta = *meta_,
                    .promql = promql_,
                    .promql_ranges = ranges_,
                    .tails = tails_,
                    .ledger = ledger_,
                    .scraper = scraper_,
                    .rules = rules_,
                    .dashboards = dashboards_,
                    .monitors = {monitors_, *meta_},
                    .items = {items_, *meta_, files_},
                    .auth = auth_,
                    .memory = memory_,
                    .disk = disk_,
                    .project_rules = pipeline_->project_rules(),
                    .registry = metrics_,
                    .clock = clock_,
                    .reload = [] { return base::Result<>(); },
                    .config = config_,
                    .addresses = {.http = "http://127.0.0.1:8700",
                                  .otlp_http = "http://127.0.0.1:4318",
                                  .otlp_grpc = "http://127.0.0.1:4317"},
                    .version = "fuzz",
                    .admin = {.enabled = true,
                              .snapshot = [] { return base::Result<std::string>("2026-11-22"); }}});
  }
  ~Program() {
    pipeline_.reset();
    meta_.reset();
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + suffix);
  }

  // Nothing where no route takes it.
  std::optional<HttpResponse> answer(HttpRequest request) {
    const Router::Match match = router_.match(request.method, std::string_view(request.target).substr(0, request.target.find('?')));
    if (match.route == nullptr) return std::nullopt;
    request.path_parameters = match.parameters;
    if (match.route->decode_content) {
      auto body =
          base::decode_content(request.header("content-encoding"), request.body, kMostBytes);
      if (!body) return std::nullopt;
      request.body = std::move(*body);
    }
    std::optional<HttpResponse> out;
    std::binary_semaphore answered(0);
    match.route->handler(std::move(request), Responder([&](HttpResponse response) {
                           out = std::move(response);
                           answered.release();
                         }));
    answered.acquire();
    return out;
  }

 private:
  const std::string path_ =
      (std::filesystem::temp_directory_path() / ("tripod-fuzz-" + base::random_hex(8) + ".db"))
          .string();
  base::ManualClock clock_{1'795'365'477'000'000'000};
  base::MemFs fs_;
  base::MemoryBudget memory_{size_t{256} << 20};
  base::MetricRegistry metrics_;
  const std::unique_ptr<base::Logger> log_ = base::make_null_logger();
  pipeline::IntakeLedger ledger_{clock_, metrics_};
  scrape::CurlFetcher fetcher_;
  std::unique_ptr<store::SqliteMetaStore> meta_ =
      std::move(*store::SqliteMetaStore::open(path_, clock_));
  const std::unique_ptr<store::EmbeddedEventStore> events_ =
      std::move(*store::EmbeddedEventStore::open(fs_, clock_, memory_, *log_, {.dir = "events"}));
  const std::unique_ptr<store::EmbeddedMetricStore> samples_ =
      std::move(*store::EmbeddedMetricStore::open(fs_, clock_, memory_, *log_, {.dir = "metrics"}));
  Authenticator auth_{*meta_, clock_};
  std::unique_ptr<pipeline::Pipeline> pipeline_ = std::move(
      *pipeline::Pipeline::open({*events_, *samples_, *meta_}, clock_, ledger_, *log_, {}));
  const store::DiskGuard disk_{fs_, *log_, metrics_, "events", {}};
  const query::promql::Engine promql_{*samples_, clock_, {.max_samples = 100'000}};
  query::promql::RangeCache ranges_{promql_, *samples_, memory_, metrics_, size_t{1} << 20};
  query::tail::TailService tails_{*events_, clock_, metrics_};
  const ConfigStatus config_;
  const dashboards::Library dashboards_{fs_, ""};
  items::FileStore files_{fs_, "files"};
  items::ItemKeeper items_{{*meta_, *events_, files_, clock_, *log_, metrics_}, {}};
  monitor::MonitorService monitors_{{*meta_, clock_, *log_, [](model::Batch&&) { return base::Result<>(); }, [](const std::string&) { return base::Result<>(); }}};
  scrape::Scraper scraper_{clock_, fs_, fetcher_, *log_, [](model::Batch&&, auto) {}};
  alert::RuleManager rules_{
      alert::RuleContext{promql_, *samples_, clock_, *log_, metrics_,
                         [](model::Batch&&) { return std::vector<model::Rejection>(); }}};
  Router router_;
};

std::string_view take(std::string_view& rest, char end) {
  const size_t at = rest.find(end);
  const std::string_view out = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return out;
}

HttpRequest read_request(std::string_view text) {
  HttpRequest out;
  std::string_view line = take(text, '\n');
  const std::string_view method = take(line, ' ');
  for (const Method one : {Method::kGet, Method::kPost, Method::kPut, Method::kDelete}) {
    if (method == method_name(one)) out.method = one;
  }
  out.target = line;
  out.path = percent_decode(take(line, '?'), false);
  out.query = parse_query(line);
  for (line = take(text, '\n'); !line.empty(); line = take(text, '\n')) {
    const std::string_view name = take(line, ':');
    out.headers.push_back({std::string(name), std::string(line.substr(line.starts_with(' ')))});
  }
  out.body = text;
  out.peer = {.address = "127.0.0.1", .is_loopback = true, .is_private = true};
  out.principal = {.kind = Principal::Kind::kToken,
                   .scopes = kScopeRead | kScopeWrite | kScopeAdmin,
                   .project = 1,
                   .id = 1,
                   .name = "fuzz"};
  return out;
}

void check(const HttpResponse& response) {
  TRIPOD_CHECK(response.status >= 200 && response.status < 600 && response.status != 500);
  for (const Header& header : response.headers) {
    TRIPOD_CHECK(header.value.find_first_of("\r\n") == std::string::npos);
    if (header.name != "Content-Type" || !header.value.starts_with("application/json")) continue;
    TRIPOD_CHECK(base::is_valid_utf8(response.body));
    TRIPOD_CHECK(base::check_json(response.body, base::kMostJsonDepth).fault ==
                 base::JsonFault::kNone);
  }
}

}  // namespace

// What is stored stays allocated after a run: libFuzzer would look for leaks each time, for longer
// than the run took.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static std::optional<Program> program;
  static int runs = 0;
  // What was stored is asked for by later inputs; not for so long that it piles up.
  if (runs++ % 1000 == 0) program.emplace();
  const auto answer = program->answer(read_request({reinterpret_cast<const char*>(data), size}));
  if (answer) check(*answer);
  return 0;
}
