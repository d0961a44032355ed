// Every script under tests/logql, over a naive store and over the embedded one in several states.
#include "query/logql/testing/script.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/log.h"
#include "base/mem_fs.h"
#include "store/events/embedded_event_store.h"
#include "store/events/testing/store_fixture.h"

namespace tripod::query::logql::testing {
namespace {

enum class State { kNaive, kMemory, kTinyBlocks, kManyParts, kMerged };
constexpr std::pair<State, const char*> kStates[] = {
    {State::kNaive, "Naive"}, {State::kMemory, "Memory"}, {State::kTinyBlocks, "TinyBlocks"}, {State::kManyParts, "ManyParts"}, {State::kMerged, "Merged"}};

// The embedded store over a file system in memory.
class EmbeddedScriptStore final : public ScriptStore {
 public:
  explicit EmbeddedScriptStore(State state) : state_(state) {
    store::EventStoreOptions options;
    options.dir = "events";
    options.background = false;
    options.block_rows = state == State::kTinyBlocks ? 2 : 64;
    options.merge_fan_in = 2;
    options.retention.fill({});
    auto opened = store::EmbeddedEventStore::open(fs_, clock_, budget_, logger_, options);
    EXPECT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }
  void add(const store::testing::TestBatch& batch) override {
    EXPECT_TRUE(store::testing::append_and_wait(*store_, batch));
    if (state_ == State::kManyParts || state_ == State::kMerged) EXPECT_TRUE(store_->flush());
  }
  void settle() override {
    if (state_ == State::kTinyBlocks) EXPECT_TRUE(store_->flush());
    if (state_ == State::kMerged) EXPECT_TRUE(store_->maintain());
  }
  store::EventStore& store() override { return *store_; }

 private:
  const State state_;
  base::MemFs fs_;
  base::ManualClock clock_{1'700'006'400'000'000'000};
  base::MemoryBudget budget_{1u << 30};
  store::testing::RecordingLogger logger_;
  std::unique_ptr<store::EmbeddedEventStore> store_;
};

ScriptStoreFactory factory(State state) {
  if (state == State::kNaive) return naive_script_store;
  return [state] { return std::make_unique<EmbeddedScriptStore>(state); };
}

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<std::string> scripts() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator("tests/logql")) {
    if (entry.path().extension() == ".test") out.push_back(entry.path().stem().string());
  }
  std::ranges::sort(out);
  return out;
}

class Script : public ::testing::TestWithParam<std::tuple<std::string, size_t>> {};

TEST_P(Script, Holds) {
  const auto& [name, state] = GetParam();
  const std::string path = "tests/logql/" + name + ".test";
  size_t questions = 0;
  for (const ScriptFailure& failure : run_script(read(path), factory(kStates[state].first), &questions)) {
    ADD_FAILURE() << path << ":" << failure.line << ": " << failure.message;
  }
  EXPECT_GT(questions, 0u);
}

INSTANTIATE_TEST_SUITE_P(LogQL, Script,
                         ::testing::Combine(::testing::ValuesIn(scripts()), ::testing::Range<size_t>(0, std::size(kStates))),
                         [](const auto& param_info) {
                           return std::get<0>(param_info.param) + kStates[std::get<1>(param_info.param)].second;
                         });

// A runner that cannot fail proves nothing.
TEST(ScriptRunner, SeesWrongAnswers) {
  const auto failures = [](const std::string& script) {
    return run_script("stream {a=\"b\"}\n  1s hello\n  2s world\n" + script, naive_script_store).size();
  };
  EXPECT_EQ(failures("lines {a=\"b\"}\n  hello\n  world\n"), 0u);
  EXPECT_EQ(failures("lines {a=\"b\"}\n  world\n  hello\n"), 1u);
  EXPECT_EQ(failures("lines {a=\"b\"}\n  hello\n"), 1u);
  EXPECT_EQ(failures("lines {a=\"c\"}\n  hello\n"), 1u);
  EXPECT_EQ(failures("lines {a=\"b\"}\n  error boom\n"), 1u);
  EXPECT_EQ(failures("lines {a=\n"), 1u);
  EXPECT_EQ(failures("lines {a=\n  error unexpected\n"), 0u);
  EXPECT_EQ(failures("logs {a=\"b\"} |= \"hello\"\n  {a=\"b\"} hello\n"), 0u);
  EXPECT_EQ(failures("logs {a=\"b\"} |= \"hello\"\n  {a=\"c\"} hello\n"), 1u);
  EXPECT_EQ(failures("instant 5s count_over_time({a=\"b\"}[1m])\n  {a=\"b\"} 2\n"), 0u);
  EXPECT_EQ(failures("instant 5s count_over_time({a=\"b\"}[1m])\n  {a=\"b\"} 3\n"), 1u);
  EXPECT_EQ(failures("instant 5s count_over_time({a=\"b\"}[1m])\n"), 1u);
  EXPECT_EQ(failures("parse {a=\"b\"}\n  {a=\"c\"}\n"), 1u);
  EXPECT_EQ(failures("nonsense\n"), 1u);
}

}  // namespace
}  // namespace tripod::query::logql::testing
