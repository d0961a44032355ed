// Walks the whole router: every route declares who may call it, as tests/e2e/routes.txt says, and nobody else gets through.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alert/rule_file.h"
#include "base/mem_fs.h"
#include "base/random.h"
#include "base/time_text.h"
#include "scrape/curl_fetcher.h"
#include "serve/api/context.h"
#include "serve/api/prometheus.h"
#include "serve/ingest/intake.h"
#include "store/events/embedded_event_store.h"
#include "store/meta/sqlite_meta_store.h"
#include "store/metrics/embedded_metric_store.h"

namespace tripod::serve {
namespace {

constexpr const char* kTable = "tests/e2e/routes.txt";
constexpr const char* kKey = "00112233445566778899aabbccddeeff";
constexpr const char* kAdminToken = "fixed-admin-token-0123456789";

using Table = std::map<std::string, Access>;   // "GET /api/v1/query" -> who

const std::map<std::string, Access>& access_names() {
  static const std::map<std::string, Access> names = {
      {"public", Access::kPublic}, {"local_network", Access::kLocalNetwork}, {"ingest", Access::kIngest}, {"ingest_or_dsn", Access::kIngestOrDsn},
      {"read", Access::kRead},     {"write", Access::kWrite},                {"admin", Access::kAdmin}};
  return names;
}

std::string name_of(Access access) {
  for (const auto& [name, value] : access_names()) {
    if (value == access) return name;
  }
  return "nobody";
}

std::string key_of(const Route& route) { return std::string(method_name(route.method)) + " " + route.pattern; }

Table read_table() {
  Table out;
  std::ifstream in(kTable);
  EXPECT_TRUE(in) << kTable;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    std::istringstream words(line);
    std::string method, pattern, access;
    words >> method >> pattern >> access;
    EXPECT_TRUE(access_names().contains(access)) << line;
    EXPECT_TRUE(out.emplace(method + " " + pattern, access_names().at(access)).second) << "twice: " << line;
  }
  return out;
}

// The program's router, wired as main.cc does, over stores in memory.
class RoutesTest : public testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::temp_directory_path() / ("tripod-routes-" + base::random_hex(8) + ".db");
    meta_ = std::move(*store::SqliteMetaStore::open(path_.string(), clock_));
    ASSERT_TRUE(meta_->bootstrap("default", kKey));
    events_ = std::move(*store::EmbeddedEventStore::open(fs_, clock_, memory_, *log_, {.dir = "events"}));
    samples_ = std::move(*store::EmbeddedMetricStore::open(fs_, clock_, memory_, *log_, {.dir = "metrics"}));
    ASSERT_TRUE(auth_.emplace(*meta_, clock_).load(kAdminToken));
    pipeline_ = std::move(*pipeline::Pipeline::open({*events_, *samples_, *meta_}, clock_, ledger_, *log_, {}));
    monitors_.emplace(monitor::MonitorContext{*meta_, clock_, *log_, [](model::Batch&&) { return base::Result<>(); }, [](const std::string&) { return base::Result<>(); }});
    items_.emplace(items::ItemContext{*meta_, *events_, files_, clock_, *log_, metrics_}, items::FileLimits{});
    disk_.emplace(fs_, *log_, metrics_, "events", std::vector<store::Droppable>());
    promql_.emplace(*samples_, clock_, query::promql::EngineOptions{});
    ranges_.emplace(*promql_, *samples_, memory_, metrics_, size_t{1} << 20);
    tails_.emplace(*events_, clock_, metrics_);
    scraper_.emplace(clock_, fs_, fetcher_, *log_, [](model::Batch&&, scrape::Scraper::Done) {});
    rules_.emplace(alert::RuleContext{*promql_, *samples_, clock_, *log_, metrics_, [](model::Batch&&) { return std::vector<model::Rejection>(); }});
    const Intake intake{*pipeline_, ledger_, *auth_, clock_};
    add_all_routes(router_, intake, api(clock_));
  }
  Api api(const base::Clock& clock) {
    return {.events = *events_, .metrics = *samples_, .meta = *meta_, .promql = *promql_, .promql_ranges = *ranges_, .tails = *tails_,
            .ledger = ledger_, .scraper = *scraper_, .rules = *rules_,
            .dashboards = dashboards_, .monitors = {*monitors_, *meta_}, .items = {*items_, *meta_, files_}, .auth = *auth_, .memory = memory_, .disk = *disk_, .project_rules = pipeline_->project_rules(), .registry = metrics_, .clock = clock, .reload = {}, .config = config_status_,
            .addresses = {}, .version = "test"};
  }
  void TearDown() override {
    pipeline_.reset();
    auth_.reset();
    monitors_.reset();
    items_.reset();
    meta_.reset();
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_.string() + suffix);
  }

  static HttpRequest request(Method method, std::vector<Header> headers = {}) {
    HttpRequest out;
    out.method = method;
    out.headers = std::move(headers);
    out.peer = {.address = "203.0.113.7"};
    return out;
  }
  std::string token(uint8_t scopes) { return "Bearer " + auth_->add_token("test", scopes)->token; }

  std::filesystem::path path_;
  base::ManualClock clock_{1'795'365'477'000'000'000};
  base::MemFs fs_;
  base::MemoryBudget memory_{size_t{256} << 20};
  base::MetricRegistry metrics_;
  std::unique_ptr<base::Logger> log_ = base::make_null_logger();
  pipeline::IntakeLedger ledger_{clock_, metrics_};
  scrape::CurlFetcher fetcher_;
  std::unique_ptr<store::SqliteMetaStore> meta_;
  std::unique_ptr<store::EmbeddedEventStore> events_;
  std::unique_ptr<store::EmbeddedMetricStore> samples_;
  std::optional<monitor::MonitorService> monitors_;
  items::FileStore files_{fs_, "files"};
  std::optional<items::ItemKeeper> items_;
  std::optional<Authenticator> auth_;
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  std::optional<store::DiskGuard> disk_;
  std::optional<query::promql::Engine> promql_;
  std::optional<query::promql::RangeCache> ranges_;
  std::optional<query::tail::TailService> tails_;
  std::optional<scrape::Scraper> scraper_;
  dashboards::Library dashboards_{fs_, ""};
  ConfigStatus config_status_;
  std::optional<alert::RuleManager> rules_;
  Router router_;
};

TEST_F(RoutesTest, EveryRouteIsInTheTableAndDeclaresTheSame) {
  Table expected = read_table();
  for (const Route& route : router_.routes()) {
    const auto found = expected.find(key_of(route));
    if (found == expected.end()) {
      ADD_FAILURE() << "not in " << kTable << ": " << key_of(route) << " " << name_of(route.access);
      continue;
    }
    EXPECT_EQ(name_of(route.access), name_of(found->second)) << key_of(route);
    expected.erase(found);
  }
  for (const auto& [key, access] : expected) ADD_FAILURE() << "in " << kTable << " and not served: " << key;
}

TEST_F(RoutesTest, NoRouteIsThereTwice) {
  std::map<std::string, int> times;
  for (const Route& route : router_.routes()) EXPECT_EQ(++times[key_of(route)], 1) << key_of(route);
}

TEST_F(RoutesTest, LokiAnswersConstantsOfAnySize) {
  const Router::Match match = router_.match(Method::kGet, "/loki/api/v1/query");
  ASSERT_NE(match.route, nullptr);
  for (const auto& [query, value] : {std::pair{"vector(1)+vector(1)", "\"2\""}, std::pair{"vector(1000000000000000000000000)", "\"1e+24\""}}) {
    HttpRequest asked = request(Method::kGet);
    asked.query = {{"query", query}};
    HttpResponse answer;
    match.route->handler(std::move(asked), Responder([&](HttpResponse response) { answer = std::move(response); }));
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_THAT(answer.body, testing::HasSubstr(value));
  }
}

TEST_F(RoutesTest, SentrysListsArePagedByTheirLinkHeader) {
  std::vector<store::IssueChange> changes;
  for (int64_t id = 1; id <= 3; ++id) {
    changes.push_back({.issue = {.id = id, .project = 1, .title = "boom", .first_seen = 10 - id, .last_seen = id}, .events = static_cast<uint64_t>(id % 3 + 1)});
  }
  changes[0].users = {"u1", "u2"};
  changes[2].users = {"u1"};
  ASSERT_TRUE(meta_->apply(changes, 3));
  const std::string path = "/api/0/projects/default/default/issues/";
  const auto ask = [&](std::vector<std::pair<std::string, std::string>> query) {
    const Router::Match match = router_.match(Method::kGet, path);
    HttpRequest asked = request(Method::kGet);
    asked.target = path + "?cursor=x";
    asked.path_parameters = {{"organisation", "default"}, {"project", "default"}};
    asked.query = std::move(query);
    HttpResponse answer;
    match.route->handler(std::move(asked), Responder([&](HttpResponse response) { answer = std::move(response); }));
    return answer;
  };
  const auto link_of = [](const HttpResponse& answer) {
    for (const Header& header : answer.headers) {
      if (header.name == "Link") return header.value;
    }
    return std::string();
  };
  const std::string url = "<" + path + "?query=is%3Aunresolved&limit=2&cursor=";
  const auto page = [&](std::string cursor) { return ask({{"query", "is:unresolved"}, {"cursor", std::move(cursor)}, {"limit", "2"}}); };
  EXPECT_EQ(link_of(page("")), url + "0:0:1>; rel=\"previous\"; results=\"false\"; cursor=\"0:0:1\", " + url +
                                   "0:2:0>; rel=\"next\"; results=\"true\"; cursor=\"0:2:0\"");
  const HttpResponse second = page("0:2:0");
  EXPECT_EQ(link_of(second), url + "0:0:1>; rel=\"previous\"; results=\"true\"; cursor=\"0:0:1\", " + url +
                                 "0:4:0>; rel=\"next\"; results=\"false\"; cursor=\"0:4:0\"");
  EXPECT_THAT(second.body, testing::StartsWith(R"([{"id":"1",)"));
  for (const auto& [sort, first] : {std::pair{"date", "3"}, std::pair{"new", "1"}, std::pair{"freq", "2"}, std::pair{"user", "1"}}) {
    EXPECT_THAT(ask({{"sort", sort}}).body, testing::StartsWith(std::string(R"([{"id":")") + first + "\",")) << sort;
  }
  for (const char* cursor : {"x", "0:1", "0:1:2", "0:-1:0", "0::0", "1:0:0", "0:1x:0", "0:100001:0"}) {
    EXPECT_EQ(page(cursor).status, 400) << cursor;
    EXPECT_EQ(page(cursor).body, R"({"detail":"Invalid cursor parameter."})") << cursor;
  }
  EXPECT_EQ(ask({{"sort", "inbox"}}).status, 400);
}

TEST_F(RoutesTest, IngestIsListedByItsProtocolAndBounded) {
  for (const Route& route : router_.routes()) {
    const bool is_ingest = route.access == Access::kIngest || route.access == Access::kIngestOrDsn;
    EXPECT_EQ(is_ingest, !route.protocol.empty()) << key_of(route);
    EXPECT_EQ(is_ingest, route.pool == Pool::kIngest) << key_of(route);
    EXPECT_TRUE(is_ingest || !route.cors) << key_of(route);
    EXPECT_LE(route.max_body_bytes, size_t{64} << 20) << key_of(route);
    EXPECT_LE(route.max_decoded_bytes, size_t{128} << 20) << key_of(route);
  }
}

TEST_F(RoutesTest, WithoutCredentialsOnlyThePublicOnesOpen) {
  for (const Route& route : router_.routes()) {
    const bool is_open = route.access == Access::kPublic || route.access == Access::kIngestOrDsn;
    EXPECT_EQ(auth_->authorize(route.access, request(route.method)).has_value(), is_open) << key_of(route);
  }
}

TEST_F(RoutesTest, EachKindOfCredentialOpensItsOwnRoutesAndNoOther) {
  const auto opens = [&](const std::vector<Header>& headers, std::initializer_list<Access> own) {
    for (const Route& route : router_.routes()) {
      const bool is_public = route.access == Access::kPublic;
      const bool is_own = std::ranges::find(own, route.access) != own.end();
      EXPECT_EQ(auth_->authorize(route.access, request(route.method, headers)).has_value(), is_public || is_own) << headers[0].name << " " << key_of(route);
    }
  };
  using enum Access;
  opens({{"x-tripod-key", kKey}}, {kIngest, kIngestOrDsn});
  opens({{"Authorization", token(kScopeRead)}}, {kRead, kLocalNetwork});
  opens({{"Authorization", token(kScopeWrite)}}, {kWrite, kIngest, kIngestOrDsn});
  opens({{"Authorization", token(kScopeAdmin)}}, {kAdmin});
  opens({{"Authorization", std::string("Bearer ") + kAdminToken}}, {kRead, kWrite, kAdmin, kIngest, kIngestOrDsn, kLocalNetwork});
  opens({{"Authorization", "Bearer trp_0000"}}, {});
}

TEST_F(RoutesTest, ASessionChangesNothingWithoutItsCsrfToken) {
  const auto signed_in = auth_->sign_in_with_link(*auth_->make_sign_in_link(), "203.0.113.7");
  ASSERT_TRUE(signed_in);
  const Header cookie{"Cookie", "tripod_session=" + signed_in->cookie_token};
  for (const Route& route : router_.routes()) {
    if (route.access != Access::kWrite && route.access != Access::kAdmin) continue;
    const bool is_get = route.method == Method::kGet;
    EXPECT_EQ(auth_->authorize(route.access, request(route.method, {cookie})).has_value(), is_get) << key_of(route);
    EXPECT_TRUE(auth_->authorize(route.access, request(route.method, {cookie, {"X-CSRF-Token", signed_in->principal.csrf}}))) << key_of(route);
  }
}

TEST_F(RoutesTest, WhatChangesStateIsNoGetAndNeedsMoreThanReading) {
  // Signing in, and trying rules out, which changes nothing.
  const std::set<std::string> others{"POST /api/app/session", "POST /api/app/projects/{id}/rules/try"};
  for (const Route& route : router_.routes()) {
    if (route.method == Method::kGet || !route.pattern.starts_with("/api/app/") || others.contains(key_of(route))) continue;
    EXPECT_TRUE(route.access == Access::kWrite || route.access == Access::kAdmin) << key_of(route);
  }
}

TEST_F(RoutesTest, AQuestionWhoseClientIsGoneEnds) {
  const model::Attribute fields[] = {{"body", model::Value::string("x")}, {"kind", model::Value::string("server")}};
  const store::Event events[] = {{clock_.now() - base::kNanosPerSecond, 0, fields}};
  const std::span<const model::Attribute> streams[] = {{}};
  for (const store::Dataset dataset : {store::Dataset::kLogs, store::Dataset::kSpans}) {
    std::promise<bool> stored;
    events_->append({dataset, streams, events}, [&](base::Result<store::AppendSummary> done) { stored.set_value(done.has_value()); });
    ASSERT_TRUE(stored.get_future().get());
  }
  std::stop_source gone;
  for (const bool is_gone : {false, true}) {
    if (is_gone) gone.request_stop();
    const std::pair<const char*, int> questions[] = {{"/api/app/traces", 499}, {"/api/app/overview", 499}, {"/api/v1/query", 503}};
    for (const auto& [path, status] : questions) {
      const Router::Match match = router_.match(Method::kGet, path);
      ASSERT_NE(match.route, nullptr) << path;
      HttpRequest asked = request(Method::kGet);
      asked.query = {{"query", "up"}};
      asked.client_gone = gone.get_token();
      HttpResponse answer;
      match.route->handler(std::move(asked), Responder([&](HttpResponse response) { answer = std::move(response); }));
      EXPECT_EQ(answer.status, is_gone ? status : 200) << path << " " << answer.body;
    }
  }
}

// Each time it is asked for the steady time, 15 s have passed.
class HastyClock final : public base::Clock {
 public:
  explicit HastyClock(base::UnixNanos now) : now_(now) {}
  base::UnixNanos now() const override { return now_; }
  int64_t steady() const override { return 15 * base::kNanosPerSecond * asked_++; }

 private:
  const base::UnixNanos now_;
  mutable std::atomic<int64_t> asked_ = 0;
};

// What reads metrics without the query engine, over two samples of one series.
class MetricReadersTest : public RoutesTest {
 protected:
  void SetUp() override {
    RoutesTest::SetUp();
    model::Label labels[] = {{"__name__", "m"}, {"job", "a job with a longer name"}};
    const int64_t now_ms = clock_.now() / base::kNanosPerMilli;
    model::Sample samples[] = {{now_ms - 1000, 1}, {now_ms, 2}};
    const model::SeriesSamples series[] = {{labels, samples}};
    std::promise<bool> stored;
    samples_->append(series, {}, [&](auto done) { stored.set_value(done.has_value()); });
    ASSERT_TRUE(stored.get_future().get());
  }
  static HttpRequest question() {
    HttpRequest asked = request(Method::kGet);
    asked.query = {{"match[]", "m"}};
    return asked;
  }
  HttpResponse federate(HttpRequest asked = question()) { return prometheus::federate(api(clock_), asked); }
  HttpResponse tsdb(HttpRequest asked = question()) { return prometheus::tsdb(api(clock_), asked); }
  HttpResponse runtime_info(HttpRequest asked = question()) { return prometheus::runtime_info(api(clock_), asked); }
  // Takes of the memory budget what leaves that much free.
  base::MemoryCharge leave(size_t bytes) { return memory_.charge(memory_.limit() - memory_.used() - bytes); }
};

TEST_F(MetricReadersTest, NeedMemoryThatIsFree) {
  const size_t used = memory_.used();
  EXPECT_EQ(federate().status, 200);
  EXPECT_EQ(tsdb().status, 200);
  EXPECT_EQ(memory_.used(), used);
  {
    const auto taken = leave(sizeof(model::Sample));   // the store has no room for the series
    EXPECT_EQ(federate().status, 422);
  }
  {
    const auto taken = leave(300);   // and here there is no room for the labels
    const HttpResponse refused = federate();
    EXPECT_EQ(refused.status, 422);
    EXPECT_THAT(refused.body, testing::StartsWith("the request needs more memory than is free ("));
  }
  const auto taken = leave(2 * sizeof(model::Sample));
  const HttpResponse uncounted = tsdb();
  EXPECT_EQ(uncounted.status, 422);
  EXPECT_THAT(uncounted.body, testing::HasSubstr(R"("errorType":"execution","error":"the request needs more memory than is free ()"));
}

TEST_F(MetricReadersTest, EndAtTheirDeadlineAndWithTheirClient) {
  const HastyClock hasty(clock_.now());
  HttpRequest two = question();
  two.query.emplace_back("match[]", "n");
  EXPECT_EQ(prometheus::federate(api(hasty), two).status, 503);   // before the second
  HttpRequest asked = question();
  const HttpResponse late = prometheus::tsdb(api(hasty), asked);   // before the first label's values
  EXPECT_EQ(late.status, 503);
  EXPECT_THAT(late.body, testing::HasSubstr(R"("errorType":"timeout")"));
  std::stop_source gone;
  gone.request_stop();
  asked.client_gone = gone.get_token();
  EXPECT_EQ(federate(std::move(asked)).status, 503);
}

TEST_F(MetricReadersTest, SayWhatIsNotCounted) {
  EXPECT_THAT(tsdb().body, testing::AllOf(testing::HasSubstr(R"("numLabelPairs":2)"), testing::Not(testing::HasSubstr("warnings"))));
  HttpRequest asked = question();
  EXPECT_THAT(prometheus::tsdb(api(clock_), asked, 1).body,
              testing::AllOf(testing::HasSubstr(R"("numLabelPairs":1)"),
                             testing::HasSubstr(R"("warnings":["seriesCountByLabelValuePair and numLabelPairs count the first 1 pairs that were met"])")));
}

TEST_F(MetricReadersTest, TellWhatBecameOfTheConfiguration) {
  config_status_.in_force_since = clock_.now();
  const std::string since = R"("lastConfigTime":")" + base::format_rfc3339(clock_.now()) + "\"";
  clock_.advance(base::kNanosPerSecond);
  EXPECT_THAT(runtime_info().body, testing::AllOf(testing::HasSubstr(R"("reloadConfigSuccess":true)"), testing::HasSubstr(since)));
  config_status_.last_read_succeeded = false;
  EXPECT_THAT(runtime_info().body, testing::AllOf(testing::HasSubstr(R"("reloadConfigSuccess":false)"), testing::HasSubstr(since)));
}

TEST_F(MetricReadersTest, ListRulesByTheirConfiguredLabels) {
  const auto parsed = alert::parse_rule_file(R"(groups:
- {name: empty, rules: []}
- name: shop
  rules:
  - {record: total, expr: 'sum(value)by(job)', labels: {team: web}}
  - {alert: High, expr: value>3, labels: {team: db, severity: page}}
)", "r.yml");
  ASSERT_TRUE(parsed.errors.empty());
  rules_->reload({parsed.groups, {"r.yml"}});
  const auto list = [&](std::vector<std::string> selectors) {
    HttpRequest asked = request(Method::kGet);
    for (std::string& one : selectors) asked.query.emplace_back("match[]", std::move(one));
    return prometheus::rules(api(clock_), asked).body;
  };
  EXPECT_THAT(list({}), testing::AllOf(testing::HasSubstr(R"x("query":"sum by (job) (value)")x"), testing::HasSubstr(R"("query":"value > 3")")));
  EXPECT_THAT(list({}), testing::Not(testing::HasSubstr("empty"))) << "a group without rules";
  EXPECT_THAT(list({R"({team=~"d.*"})"}), testing::AllOf(testing::HasSubstr("High"), testing::Not(testing::HasSubstr("total"))));
  EXPECT_THAT(list({R"({team="db",severity="none"})", R"({team="web"})"}), testing::AllOf(testing::HasSubstr("total"), testing::Not(testing::HasSubstr("High"))));
  EXPECT_THAT(list({R"({team="other"})"}), testing::HasSubstr(R"("groups":[])"));
  EXPECT_THAT(list({"{"}), testing::HasSubstr("match[]"));
}

TEST_F(RoutesTest, ASavedDashboardThatCannotBeReadAnyMoreIsStillThereToBeMended) {
  const std::string text = "title: Old\ncolour: red\n";
  const auto board = meta_->add_view({.owner = 7, .owner_name = "ada", .name = "Old one", .query = text, .dataset = "dashboard"});
  const auto question = meta_->add_view({.owner = 7, .owner_name = "ada", .name = "Errors", .query = "level:error", .dataset = "logs"});
  ASSERT_TRUE(board && question);
  const auto ask = [&](const std::string& path, int64_t user, std::vector<std::pair<std::string, std::string>> parameters) {
    const Router::Match match = router_.match(Method::kGet, path);
    HttpRequest asked = request(Method::kGet);
    asked.principal = {.kind = Principal::Kind::kUser, .scopes = kScopeRead, .id = user};
    asked.path_parameters = std::move(parameters);
    HttpResponse answer;
    match.route->handler(std::move(asked), Responder([&](HttpResponse response) { answer = std::move(response); }));
    return answer;
  };
  const std::string id = "saved-" + std::to_string(board->id);
  const auto one = [&](const std::string& which, int64_t user) { return ask("/api/app/dashboards/" + which, user, {{"id", which}}); };
  const std::string wrong = R"("error":"line 2, column 1: dashboard: unknown key \"colour\"")";
  const HttpResponse opened = one(id, 7);
  EXPECT_EQ(opened.status, 200);
  EXPECT_THAT(opened.body, testing::AllOf(testing::HasSubstr(R"("dashboard":null)"), testing::HasSubstr(wrong),
                                          testing::HasSubstr("\"view\":" + std::to_string(board->id)), testing::HasSubstr(R"("text":"title: Old\ncolour: red\n")")));
  const HttpResponse listed = ask("/api/app/dashboards", 7, {});
  EXPECT_THAT(listed.body, testing::AllOf(testing::HasSubstr("\"id\":\"" + id + "\",\"title\":\"Old one\""), testing::HasSubstr(wrong), testing::HasSubstr("\"id\":\"django\"")));
  EXPECT_THAT(ask("/api/app/dashboards", 8, {}).body, testing::Not(testing::HasSubstr("Old one")));
  EXPECT_EQ(one(id, 8).status, 404);
  // What is a question is no dashboard.
  EXPECT_EQ(one("saved-" + std::to_string(question->id), 7).status, 404);
  EXPECT_EQ(one("saved-x", 7).status, 404);
  EXPECT_EQ(one("nothing", 7).status, 404);
  EXPECT_EQ(one("django", 8).status, 200);
  EXPECT_THAT(ask("/api/app/views", 7, {}).body, testing::AllOf(testing::HasSubstr("Errors"), testing::Not(testing::HasSubstr("Old one"))));
}

TEST_F(RoutesTest, PartsOfAQueryAreCutBeyondTheHundredth) {
  const std::function<std::string(int)> sum_of = [&](int leaves) {
    return leaves == 1 ? std::string("a") : "(" + sum_of(leaves / 2) + "+" + sum_of(leaves - leaves / 2) + ")";
  };
  const auto explained = [&](const std::string& query) {
    HttpRequest asked = request(Method::kGet);
    asked.query = {{"query", query}, {"start", "1795365400"}, {"end", "1795365460"}, {"step", "60"}};
    return prometheus::explain(api(clock_), asked).body;
  };
  // An aggregation, 50 selectors and 49 operators between them.
  EXPECT_THAT(explained("sum(" + sum_of(50) + ")"), testing::HasSubstr(R"("cut":false)"));
  EXPECT_THAT(explained("sum(" + sum_of(51) + ")"), testing::HasSubstr(R"("cut":true)"));
}

TEST_F(RoutesTest, TheOverviewHasTheOpenIssuesOfItsTimeRange) {
  constexpr int64_t kHour = 3600 * base::kNanosPerSecond;
  const base::UnixNanos now = clock_.now();
  std::vector<store::IssueChange> changes;
  for (int64_t id = 1; id <= 12; ++id) changes.push_back({.issue = {.id = id, .project = 1, .title = "boom", .first_seen = now - kHour / 2, .last_seen = now - kHour / 4}, .events = 1});
  changes.push_back({.issue = {.id = 13, .project = 1, .title = "long ago", .first_seen = now - 50 * kHour, .last_seen = now - 49 * kHour}, .events = 1});
  ASSERT_TRUE(meta_->apply(changes, 13));
  ASSERT_TRUE(meta_->resolve_issues(std::vector<int64_t>{12}, {}, {}));
  const auto ask = [&](const char* start) {
    HttpRequest asked = request(Method::kGet);
    asked.query = {{"start", start}, {"end", "now"}};
    HttpResponse answer;
    router_.match(Method::kGet, "/api/app/overview").route->handler(std::move(asked), Responder([&](HttpResponse response) { answer = std::move(response); }));
    return answer.body;
  };
  EXPECT_THAT(ask("now-1h"), testing::AllOf(testing::HasSubstr(R"("issues_total":11)"), testing::HasSubstr("boom"), testing::Not(testing::HasSubstr("long ago"))));
  EXPECT_THAT(ask("now-3d"), testing::HasSubstr(R"("issues_total":12)"));
  EXPECT_THAT(ask("now-5m"), testing::HasSubstr(R"("issues_total":0,"issues":[])"));
}

TEST_F(RoutesTest, OurOwnMetricsAreForPrivatePeers) {
  const auto match = router_.match(Method::kGet, "/metrics");
  ASSERT_NE(match.route, nullptr);
  EXPECT_FALSE(auth_->authorize(match.route->access, request(Method::kGet)));
  HttpRequest near = request(Method::kGet);
  near.peer = {.address = "10.1.2.3", .is_private = true};
  EXPECT_TRUE(auth_->authorize(match.route->access, near));
}

TEST_F(RoutesTest, UnknownPathsSpeakTheirApisWords) {
  const std::vector<std::pair<const char*, ErrorShape>> paths = {
      {"/api/v1/nothing", ErrorShape::kPrometheus}, {"/loki/api/v1/nothing", ErrorShape::kLoki}, {"/jaeger/api/nothing", ErrorShape::kJaeger},
      {"/api/0/nothing/", ErrorShape::kSentryApi},  {"/api/app/nothing", ErrorShape::kApp},      {"/v1/nothing", ErrorShape::kOtlp},
      {"/api/v2/nothing", ErrorShape::kApp},        {"/api/prom/query", ErrorShape::kLoki}};
  for (const auto& [path, shape] : paths) {
    const auto match = router_.match(Method::kGet, path);
    EXPECT_EQ(match.route, nullptr) << path;
    EXPECT_EQ(match.errors, shape) << path;
  }
}

}  // namespace
}  // namespace tripod::serve
