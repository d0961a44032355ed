#include "ship/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tripod::ship {
namespace {

using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

Surroundings surroundings() {
  return {.read_file = [](const std::string& path) -> base::Result<std::string> {
            if (path == "/key") return "s3cret\n";
            return base::fail(base::Code::kNotFound,
                              "open " + path + ": No such file or directory");
          },
          .environment = [](const char* name) -> const char* {
            return std::string_view(name) == "SHIP_KEY" ? "from-env" : nullptr;
          },
          .host_name = "web1"};
}

constexpr const char* kFull = R"(
to: https://tripod.example.com/
key_file: /key
state: /var/lib/tripod-ship
host: false
labels: {env: production}
compression: none
batch: {max_bytes: 256KiB, linger: 1s}
retry: {first: 100ms, most: 10s}
spool: {max_bytes: 10MB}
rejected: {max_bytes: 1MiB}
timeout: 5s
poll_interval: 100ms
rotated_wait: 1m
drain: 2s
max_files: 5
log_level: warn
inputs:
  - paths: [/var/log/shop/*.log, /srv/**/app.log]
    exclude: "*.old"
    service: shop
    labels: {env: staging, team: web}
    multiline: {start: '^\d{4}-', max_lines: 10, wait: 2s}
    max_line_bytes: 64KiB
    start: end
  - stdin: true
    multiline: off
)";

TEST(ShipConfigTest, AllThatTheFileMaySay) {
  const auto config = parse_config(kFull, surroundings());
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->output.url, "https://tripod.example.com/");
  EXPECT_EQ(config->output.key, "s3cret");
  EXPECT_FALSE(config->output.compress);
  EXPECT_EQ(config->output.batch_bytes, 256u << 10);
  EXPECT_EQ(config->spool_bytes, 10'000'000u);
  EXPECT_EQ(config->most_files, 5u);
  EXPECT_EQ(config->rotated_wait_ns, base::kNanosPerMinute);
  ASSERT_EQ(config->inputs.size(), 2u);
  const Input& shop = config->inputs[0];
  EXPECT_EQ(shop.paths.size(), 2u);
  EXPECT_THAT(shop.labels, UnorderedElementsAre(Pair("service_name", "shop"),
                                                Pair("env", "staging"), Pair("team", "web")));
  EXPECT_EQ(shop.lines.join, Join::kStart);
  EXPECT_EQ(shop.lines.max_lines, 10u);
  EXPECT_EQ(shop.lines.max_bytes, 64u << 10);
  EXPECT_EQ(shop.start, Input::Start::kEnd);
  EXPECT_TRUE(config->read_stdin);
  EXPECT_EQ(config->inputs[1].lines.join, Join::kOff);
  EXPECT_THAT(config->inputs[1].labels, UnorderedElementsAre(Pair("env", "production")));
}

TEST(ShipConfigTest, ErrorsNameTheLine) {
  const struct {
    const char* yaml;
    const char* error;
  } cases[] = {
      {"", "line 1: the file must be a mapping"},
      {"inputs:\n- paths: [a\n", "ship.yml: line "},
      {"to: http://x\ninputs:\n  - paths: /a\n    sevice: x\n",
       "ship.yml: line 4: an input has no key \"sevice\""},
      {"to: ftp://x\ninputs: [{paths: /a}]\n", "line 1: the server's URL must be like"},
      {"to: http://user:pw@x\ninputs: [{paths: /a}]\n", "must not hold a password"},
      {"\nspool: {max_bytes: lots}\ninputs: [{paths: /a}]\n", "line 2: max_bytes must be a size"},
      {"inputs:\n  - paths: /a\n    multiline: {start: '('}\n",
       "line 3: \"(\" is not a regular expression"},
      {"inputs:\n  - paths: ['/a/[']\n", "line 2: \"/a/[\" has a [ without ]"},
      {"inputs:\n  - service: x\n", "line 2: an input has either paths or"},
      {"inputs:\n  - paths: /a\n    stdin: true\n", "line 2: an input has either paths or"},
      {"inputs: [{stdin: true}, {stdin: true}]\n", "standard input can be read only once"},
      {"inputs:\n  - paths: /a\n    labels: {'a b': x}\n", "line 3: a label's name has letters"},
      {"inputs: []\n", "nothing to follow"},
      {"timeout: -1s\ninputs: [{paths: /a}]\n", "line 1: timeout must be a time"},
      {"state: /a\nstate: /b\ninputs: [{paths: /a}]\n", "line 2: \"state\" is there twice"},
      {"key_file: /none\ninputs: [{paths: /a}]\n", "the key: open /none"},
      {"key_env: NONE\ninputs: [{paths: /a}]\n", "no variable NONE"},
      {"key_file: /key\nkey_env: SHIP_KEY\ninputs: [{paths: /a}]\n", "exclude each other"},
      {"log_level: loud\ninputs: [{paths: /a}]\n", "line 1: log_level must be"},
      {"max_files: 0\ninputs: [{paths: /a}]\n", "line 1: max_files must be a whole number"},
      {"batch: {max_bytes: 1GiB}\ninputs: [{paths: /a}]\n", "a batch must have"},
  };
  for (const auto& c : cases) {
    const auto config = parse_config(c.yaml, surroundings());
    ASSERT_FALSE(config) << c.yaml;
    EXPECT_EQ(config.error().code, base::Code::kInvalidArgument);
    EXPECT_THAT(config.error().message, HasSubstr(c.error)) << c.yaml;
    EXPECT_THAT(config.error().message, ::testing::Not(HasSubstr("s3cret")));
  }
}

TEST(ShipConfigTest, OptionsAlone) {
  const auto config = make_config({.values = {{"to", "http://h:8700"},
                                              {"key-env", "SHIP_KEY"},
                                              {"service", "shop"},
                                              {"label", "env=a=b"},
                                              {"label", "x=1"},
                                              {"exclude", "*.old"},
                                              {"multiline", "off"},
                                              {"start", "end"},
                                              {"spool-size", "1GiB"},
                                              {"no-compression", "true"}},
                                   .paths = {"/var/log/*.log", "-"}},
                                  surroundings());
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->inputs.size(), 2u);
  EXPECT_TRUE(config->read_stdin);
  EXPECT_TRUE(config->inputs[1].paths.empty());
  EXPECT_THAT(config->inputs[0].labels,
              UnorderedElementsAre(Pair("host.name", "web1"), Pair("service_name", "shop"),
                                   Pair("env", "a=b"), Pair("x", "1")));
  EXPECT_EQ(config->output.key, "from-env");
  EXPECT_EQ(config->spool_bytes, 1u << 30);
  EXPECT_EQ(config->inputs[0].lines.join, Join::kOff);
}

TEST(ShipConfigTest, WrongOptionsAreTold) {
  const auto error = [](Options options) {
    const auto config = make_config(options, surroundings());
    return config ? "" : config.error().message;
  };
  EXPECT_THAT(error({}), HasSubstr("nothing to follow"));
  EXPECT_THAT(error({.values = {{"label", "x"}}, .paths = {"/a"}}), HasSubstr("NAME=TEXT"));
  EXPECT_THAT(error({.values = {{"multiline", "maybe"}}, .paths = {"/a"}}),
              HasSubstr("--multiline cannot be"));
  EXPECT_THAT(error({.values = {{"spool-size", "1"}}, .paths = {"/a"}}),
              HasSubstr("at least 1MiB"));
  EXPECT_THAT(error({.values = {{"config", "/none"}}}), HasSubstr("/none"));
  EXPECT_THAT(error({.values = {{"config", "/key"}}, .paths = {"/a"}}),
              HasSubstr("stand in the file"));
  EXPECT_THAT(error({.values = {{"config", "/key"}, {"service", "x"}}}),
              ::testing::Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace tripod::ship
