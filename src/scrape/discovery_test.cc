#include "scrape/discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/mem_fs.h"

namespace tripod::scrape {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr base::UnixNanos kNow = 1'795'365'600'000'000'000;

class Answers final : public Fetcher {
 public:
  base::Result<FetchResponse> fetch(const FetchRequest& request, std::stop_token) override {
    requests.push_back(request);
    return answer;
  }
  void say(std::string body, std::string type = "application/json", int status = 200) {
    answer = FetchResponse{status, std::move(type), std::make_shared<const std::string>(std::move(body))};
  }
  base::Result<FetchResponse> answer = base::fail(base::Code::kUnavailable, "nobody listens");
  std::vector<FetchRequest> requests;
};

class DiscoveryTest : public ::testing::Test {
 protected:
  void configure(const std::string& job) {
    auto parsed = parse_scrape_configs("scrape_configs: [{job_name: a, " + job + "}]", "/etc/tripod.yml", fs_);
    ASSERT_TRUE(parsed) << parsed.error().message;
    config_ = std::move(*parsed);
    discovery_.configure(config_);
  }
  void write(const std::string& path, const std::string& text) {
    ASSERT_TRUE(fs_.create_dirs(base::parent_dir(path)));
    ASSERT_TRUE(fs_.write_atomically(path, text));
  }
  bool refresh() { return discovery_.refresh(now_ += base::kNanosPerMinute, {}); }
  std::vector<std::string> found() {
    std::vector<std::string> out;
    auto list = make_targets(config_, discovery_.groups());
    for (const Target& target : list->targets) {
      std::string text = target.url;
      for (const auto& [name, value] : target.labels.pairs()) text += name == "env" ? " " + value : "";
      out.push_back(text);
    }
    return out;
  }
  std::string error() { return discovery_.status().at(0).last_error; }

  base::MemFs fs_;
  Answers answers_;
  std::unique_ptr<base::Logger> log_ = base::make_null_logger();
  Discovery discovery_{fs_, answers_, *log_};
  ScrapeConfig config_;
  base::UnixNanos now_ = kNow;
};

TEST_F(DiscoveryTest, FilesAreReadWhenTheyChange) {
  write("/etc/targets/web.json", R"([{"targets": ["web1:80", "web2:80"], "labels": {"env": "prod"}}])");
  write("/etc/targets/db.yml", "- targets: ['db:9187']\n");
  configure("file_sd_configs: [{files: ['targets/*.json', 'targets/*.yml']}]");
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_TRUE(refresh());
  EXPECT_THAT(found(), ElementsAre("http://db:9187/metrics", "http://web1:80/metrics prod", "http://web2:80/metrics prod"));
  EXPECT_FALSE(refresh());
  write("/etc/targets/web.json", R"([{"targets": ["web3:80"]}])");
  EXPECT_TRUE(refresh());
  EXPECT_THAT(found(), ElementsAre("http://db:9187/metrics", "http://web3:80/metrics"));
  // Half a file keeps what was there, and says so.
  write("/etc/targets/web.json", R"([{"targets": ["web4:80")");
  EXPECT_FALSE(refresh());
  EXPECT_THAT(error(), HasSubstr("web.json: target groups:"));
  EXPECT_FALSE(refresh());
  EXPECT_THAT(error(), HasSubstr("web.json"));
  EXPECT_THAT(found(), ElementsAre("http://db:9187/metrics", "http://web3:80/metrics"));
  // One that is gone takes its targets with it.
  ASSERT_TRUE(fs_.remove("/etc/targets/db.yml"));
  EXPECT_TRUE(refresh());
  EXPECT_THAT(found(), ElementsAre("http://web3:80/metrics"));
  write("/etc/targets/web.json", "[]");
  EXPECT_TRUE(refresh());
  EXPECT_EQ(error(), "");
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(DiscoveryTest, AnAddressAnswersGroups) {
  configure("http_sd_configs: [{url: 'http://sd/targets', basic_auth: {username: u, password: p}}], relabel_configs: [{source_labels: [__meta_url], target_label: env}]");
  answers_.say(R"([{"targets": ["web1:80"], "labels": {"__meta_zone": "a"}}])");
  EXPECT_TRUE(refresh());
  EXPECT_EQ(answers_.requests.at(0).user, "u");
  EXPECT_THAT(found(), ElementsAre("http://web1:80/metrics http://sd/targets"));
  EXPECT_FALSE(refresh());
  // The last list stays while the address does not answer with one.
  for (const auto& [body, type, status, why] : std::vector<std::tuple<std::string, std::string, int, std::string>>{
           {"[]", "application/json", 500, "status 500"},
           {"[]", "text/html", 200, "not application/json"},
           {"{}", "application/json", 200, "a list of target groups"},
           {R"([{"targets": [""]}])", "application/json", 200, "an empty address"}}) {
    answers_.say(body, type, status);
    EXPECT_FALSE(refresh());
    EXPECT_THAT(error(), HasSubstr(why));
    EXPECT_THAT(found(), ElementsAre("http://web1:80/metrics http://sd/targets"));
  }
}

TEST_F(DiscoveryTest, AskedAtItsIntervalAndKeptOverAReload) {
  configure("http_sd_configs: [{url: 'http://sd/targets', refresh_interval: 5m}]");
  answers_.say(R"([{"targets": ["web1:80"]}])");
  EXPECT_TRUE(refresh());
  EXPECT_EQ(discovery_.next_due(), now_ + 5 * base::kNanosPerMinute);
  EXPECT_FALSE(refresh());
  EXPECT_EQ(answers_.requests.size(), 1u);
  // Whatever else of the job has changed, and while nobody answers.
  answers_.answer = base::fail(base::Code::kUnavailable, "nobody listens");
  configure("honor_labels: true, http_sd_configs: [{url: 'http://sd/targets', refresh_interval: 1m}]");
  EXPECT_THAT(found(), ElementsAre("http://web1:80/metrics"));
  EXPECT_FALSE(refresh());
  EXPECT_THAT(found(), ElementsAre("http://web1:80/metrics"));
  configure("static_configs: []");
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_EQ(discovery_.next_due(), INT64_MAX);
}

TEST_F(DiscoveryTest, FoundTargetsThatCannotBeScrapedAreNamed) {
  write("/etc/t.json", R"([{"targets": ["a:1", "b:2"]}])");
  configure("file_sd_configs: [{files: [t.json]}], relabel_configs: [{source_labels: [__address__], regex: 'b.*', target_label: __scheme__, replacement: gopher}]");
  EXPECT_TRUE(refresh());
  const auto list = make_targets(config_, discovery_.groups());
  EXPECT_EQ(list->targets.size(), 1u);
  EXPECT_THAT(list->unusable, ElementsAre(HasSubstr("target \"b:2\": the scheme")));
}

}  // namespace
}  // namespace tripod::scrape
