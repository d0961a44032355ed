// Fills a data folder with issues and their events, past the limit of what may begin within an hour: bench/run issues.
#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <deque>
#include <future>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/memory_budget.h"
#include "store/events/embedded_event_store.h"
#include "store/meta/sqlite_meta_store.h"

namespace tripod {
namespace {

using model::Attribute;
using model::Value;

constexpr size_t kBatch = 2000;
constexpr int64_t kSpan = 7 * base::kNanosPerDay;
constexpr size_t kEventsOfEach = 3;
constexpr const char* kWords[] = {"payment", "order", "cart", "user", "invoice", "stock", "session", "token", "cache", "queue", "worker", "broker", "connection", "timeout",
                                  "refused", "missing", "invalid", "expired", "duplicate", "locked", "denied", "parse", "decode", "schema", "index", "table", "render", "handler"};
constexpr const char* kBrowsers[] = {"Chrome 140", "Firefox 143", "Safari 26", "Edge 140"};
constexpr const char* kLevels[] = {"error", "error", "error", "error", "warning", "fatal"};

struct Numbers {
  int64_t issues = 100'000;
  int64_t of_one = 1'000'000;   // events of issue 1
};

class Filler {
 public:
  Filler(store::SqliteMetaStore& meta, store::EventStore& events, const Numbers& numbers)
      : meta_(meta), events_(events), numbers_(numbers), start_(base::SystemClock().now() - kSpan) {}

  // Of each issue three events and of the first one as many as were asked for, mixed in time.
  void run() {
    const int64_t of_others = (numbers_.issues - 1) * static_cast<int64_t>(kEventsOfEach);
    const int64_t all = numbers_.of_one + of_others;
    changes_.resize(static_cast<size_t>(numbers_.issues));
    int64_t others = 0;
    for (int64_t i = 0; i < all; ++i) {
      const bool is_other = others * numbers_.of_one < (i - others) * of_others || i - others >= numbers_.of_one;
      const int64_t issue = is_other && others < of_others ? 2 + others++ % (numbers_.issues - 1) : 1;
      add(issue, start_ + kSpan / all * i);
    }
    send();
    TRIPOD_CHECK(events_.flush().has_value());
    for (size_t i = 0; i < changes_.size(); i += kBatch) {
      TRIPOD_CHECK(meta_.apply(std::span(changes_).subspan(i, std::min(kBatch, changes_.size() - i)), sequence_).has_value());
    }
    resolve();
    fmt::print("{{\"issues\": {}, \"events\": {}}}\n", numbers_.issues, all);
  }

 private:
  uint64_t below(uint64_t n) { return random_() % n; }
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }
  std::string sentence(size_t words) {
    std::string out;
    for (size_t i = 0; i < words; ++i) out += fmt::format("{}{}", i == 0 ? "" : " ", kWords[below(std::size(kWords))]);
    return out;
  }

  void add(int64_t issue, base::UnixNanos time) {
    store::IssueChange& change = changes_[static_cast<size_t>(issue - 1)];
    if (change.events == 0) begin(change, issue, time);
    const std::string release = fmt::format("shop@1.{}.0", (time - start_) * 40 / kSpan);
    ++change.events;
    change.issue.last_seen = time;
    change.issue.last_release = release;
    count_release(change, release, time);
    const store::Issue& i = change.issue;
    std::vector<Attribute>& f = fields_.emplace_back();
    f = {{"event_id", Value::string(keep(fmt::format("{:016x}{:016x}", random_(), random_())))},
         {"issue.id", Value::int64(issue)},
         {"issue.hashes", Value::json(keep(fmt::format("[\"{}\"]", change.hashes[0])))},
         {"project", Value::int64(1)},
         {"title", Value::string(i.title)},
         {"exception.type", Value::string(i.type)},
         {"exception.message", Value::string(i.value)},
         {"culprit", Value::string(i.culprit)},
         {"level", Value::string(i.level)},
         {"platform", Value::string("python")},
         {"transaction", Value::string(keep(fmt::format("/view/{}/", below(200))))},
         {"user.id", Value::string(keep(fmt::format("{}", below(3000))))},
         {"service.version", Value::string(keep(release))},
         {"tags.browser", Value::string(kBrowsers[below(std::size(kBrowsers))])},
         {"tags.runtime", Value::string("CPython 3.13")},
         {"tags.tenant", Value::string(keep(fmt::format("tenant-{}", below(5000))))},
         {"tags.customer", Value::string(keep(fmt::format("customer-{}", below(500'000))))},
         {"payload", Value::json(keep(fmt::format(R"({{"exception":{{"values":[{{"type":"{}","value":"{}"}}]}},"extra":{{"order":{}}}}})", i.type, i.value, random_())))}};
    times_.push_back(time);
    if (times_.size() == kBatch) send();
  }

  void begin(store::IssueChange& change, int64_t id, base::UnixNanos time) {
    store::Issue& i = change.issue;
    i = {.id = id, .project = 1, .type = fmt::format("{}Error", kWords[below(std::size(kWords))]), .value = fmt::format("{} {}", sentence(8), below(1'000'000)), .first_seen = time};
    i.title = i.type + ": " + i.value;
    i.culprit = fmt::format("shop.{}.{} in {}", kWords[below(std::size(kWords))], kWords[below(std::size(kWords))], kWords[below(std::size(kWords))]);
    i.level = kLevels[below(std::size(kLevels))];
    i.platform = "python";
    i.first_release = fmt::format("shop@1.{}.0", (time - start_) * 40 / kSpan);
    change.hashes = {fmt::format("{:032x}", id)};
    change.environments = {{below(4) == 0 ? "staging" : "production", 1}};
    for (uint64_t user = below(40) + 1; user > 0; --user) change.users.push_back(fmt::format("{:016x}", random_()));
  }

  static void count_release(store::IssueChange& change, const std::string& release, base::UnixNanos time) {
    if (change.releases.empty() || change.releases.back().release != release) change.releases.push_back({.release = release, .first_seen = time});
    ++change.releases.back().events;
    change.releases.back().last_seen = time;
  }

  void send() {
    const std::vector<Attribute> stream = {{"deployment.environment.name", Value::string("production")}, {"host.name", Value::string("web-1")}};
    const std::span<const Attribute> streams[] = {stream};
    std::vector<store::Event> events;
    for (size_t i = 0; i < times_.size(); ++i) events.push_back({times_[i], 0, fields_[i]});
    std::promise<uint64_t> last;
    events_.append({store::Dataset::kErrors, streams, events}, [&](base::Result<store::AppendSummary> done) {
      TRIPOD_CHECK(done.has_value());
      last.set_value(done->first_sequence + done->accepted - 1);
    });
    if (!events.empty()) sequence_ = last.get_future().get();
    times_.clear();
    fields_.clear();
    texts_.clear();
  }

  // Three of ten are not unresolved; one of thirty is somebody's.
  void resolve() {
    std::vector<int64_t> resolved, archived, assigned;
    for (int64_t id = 2; id <= numbers_.issues; ++id) {
      if (id % 10 < 2) resolved.push_back(id);
      if (id % 10 == 2) archived.push_back(id);
      if (id % 30 == 3) assigned.push_back(id);
    }
    TRIPOD_CHECK(meta_.resolve_issues(resolved, {}, {}).has_value());
    TRIPOD_CHECK(meta_.archive_issues(archived, {}, {}).has_value());
    TRIPOD_CHECK(meta_.assign_issues(assigned, 1, {}).has_value());
  }

  store::SqliteMetaStore& meta_;
  store::EventStore& events_;
  const Numbers numbers_;
  const base::UnixNanos start_;
  std::mt19937_64 random_{7};
  std::vector<store::IssueChange> changes_;
  std::vector<base::UnixNanos> times_;
  std::vector<std::vector<Attribute>> fields_;
  std::deque<std::string> texts_;
  uint64_t sequence_ = 0;
};

int fill(const std::string& data, const Numbers& numbers) {
  base::RealFs fs;
  base::SystemClock clock;
  base::MemoryBudget budget(size_t{4} << 30);
  const auto logger = base::make_null_logger();
  TRIPOD_CHECK(fs.create_dirs(data).has_value());
  auto meta = store::SqliteMetaStore::open(data + "/meta.db", clock);
  auto events = store::EmbeddedEventStore::open(fs, clock, budget, *logger, {.dir = data + "/events"});
  if (!meta || !events) {
    fmt::print(stderr, "{}\n", !meta ? meta.error().message : events.error().message);
    return 1;
  }
  TRIPOD_CHECK((*meta)->bootstrap("default", "").has_value());
  Filler(**meta, **events, numbers).run();
  return 0;
}

}  // namespace
}  // namespace tripod

int main(int argc, char** argv) {
  tripod::Numbers numbers;
  const auto number = [&](int at, int64_t& into) {
    const std::string_view text = argc > at ? argv[at] : "";
    return text.empty() || std::from_chars(text.data(), text.data() + text.size(), into).ptr == text.data() + text.size();
  };
  if (argc < 2 || argc > 4 || !number(2, numbers.issues) || !number(3, numbers.of_one) || numbers.issues < 2 || numbers.of_one < 1) {
    fmt::print(stderr, "usage: tripod_fill_issues DATA_FOLDER [ISSUES [EVENTS_OF_ISSUE_1]]\n");
    return 2;
  }
  return tripod::fill(argv[1], numbers);
}
