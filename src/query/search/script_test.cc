// Every script under tests/search and the examples of docs/search.md, over the store in several states: README.md there says how to
// write one. TRIPOD_UPDATE_GOLDEN=1 writes what came back into the scripts.
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/time_text.h"
#include "query/search/run.h"
#include "store/events/field_text.h"
#include "store/events/testing/store_fixture.h"

namespace tripod::query::search {
namespace {

using store::Dataset;
using store::testing::TestBatch;

constexpr base::UnixNanos kStart = 1'700'006'400'000'000'000;  // a whole hour
constexpr std::string_view kArrow = " => ";

// -- the store in its states -------------------------------------------------------------------------------------------

enum class State { kMemory, kTinyBlocks, kManyParts, kMerged, kRestarted, kCrashed };
constexpr std::pair<State, const char*> kStates[] = {{State::kMemory, "Memory"},       {State::kTinyBlocks, "TinyBlocks"}, {State::kManyParts, "ManyParts"},
                                                     {State::kMerged, "Merged"},       {State::kRestarted, "Restarted"},   {State::kCrashed, "Crashed"}};

class ScriptStore {
 public:
  explicit ScriptStore(State state) : state_(state) {
    options_.dir = "events";
    options_.background = false;
    options_.block_rows = state == State::kTinyBlocks ? 2 : 64;
    options_.merge_fan_in = 2;
    options_.retention.fill({});
    open();
  }
  // A step of the script ends: what was acknowledged must be there in every state.
  void add(const TestBatch& batch) {
    EXPECT_TRUE(store::testing::append_and_wait(*store_, batch));
    if (state_ == State::kManyParts || state_ == State::kMerged) EXPECT_TRUE(store_->flush());
    if (state_ == State::kRestarted) open();
    if (state_ == State::kCrashed) {
      store_.reset();
      fs_.lose_power();
      open();
    }
  }
  void settle() {
    if (state_ == State::kTinyBlocks) EXPECT_TRUE(store_->flush());
    if (state_ == State::kMerged) EXPECT_TRUE(store_->maintain());
  }
  store::EventStore& store() { return *store_; }

 private:
  void open() {
    store_.reset();
    auto opened = store::EmbeddedEventStore::open(fs_, clock_, budget_, logger_, options_);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }

  const State state_;
  base::MemFs fs_;
  base::ManualClock clock_{kStart + base::kNanosPerHour};
  base::MemoryBudget budget_{1u << 30};
  store::testing::RecordingLogger logger_;
  store::EventStoreOptions options_;
  std::unique_ptr<store::EmbeddedEventStore> store_;
};

// -- records as they are written in a script ---------------------------------------------------------------------------

store::FieldValue field_value(const simdjson::dom::element& value) {
  int64_t whole = 0;
  if (value.is_string()) return std::string(value.get_string().value_unsafe());
  if (value.is_bool()) return value.get_bool().value_unsafe();
  if (value.is_int64() && value.get(whole) == simdjson::SUCCESS) return whole;
  if (value.is_double()) return value.get_double().value_unsafe();
  return store::JsonText{simdjson::minify(value)};
}

// {"a": 1, "b": "x"}
store::testing::Fields fields_of(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  EXPECT_EQ(parser.parse(json.data(), json.size()).get(object), simdjson::SUCCESS) << json;
  store::testing::Fields out;
  for (const auto [key, value] : object) {
    if (!value.is_null()) out.emplace_back(std::string(key), field_value(simdjson::dom::element(value)));
  }
  return out;
}

base::UnixNanos instant_of(std::string_view text) {
  const auto offset = base::parse_duration(text);
  EXPECT_TRUE(offset) << text;
  return kStart + offset.value_or(0);
}

std::vector<Dataset> datasets_of(std::string_view name) {
  std::vector<Dataset> out;
  for (const Dataset dataset : {Dataset::kLogs, Dataset::kSpans, Dataset::kErrors}) {
    if (name == "all" || name == store::dataset_name(dataset)) out.push_back(dataset);
  }
  EXPECT_FALSE(out.empty()) << name;
  return out;
}

// -- answers as they are written ---------------------------------------------------------------------------------------

std::string cell_text(const Cell& cell) {
  if (std::holds_alternative<std::monostate>(cell)) return "null";
  const std::string text = store::field_text(cell);
  return text.empty() || text.find(' ') != std::string::npos ? "'" + text + "'" : text;
}

// By its fields, where some were chosen; else by its `n`.
std::string record_text(const Record& record, bool chosen) {
  if (!chosen) return record.row.text("n");
  std::string out;
  for (const auto& [name, value] : record.row.fields) out += (out.empty() ? "" : " ") + name + "=" + cell_text(value);
  return "{" + out + "}";
}

std::string answer_text(const Answer& answer) {
  std::string out;
  const auto add = [&out](std::string_view separator, const std::string& text) { (out += out.empty() ? "" : separator) += text; };
  for (const Record& record : answer.records) add(" ", record_text(record, answer.fields.has_value()));
  for (const auto& line : answer.lines) {
    std::string text;
    for (const Cell& cell : line) text += (text.empty() ? "" : " ") + cell_text(cell);
    add("; ", text);
  }
  for (const Series& series : answer.series) {
    std::string text = answer.columns[series.column].name;
    for (const Cell& key : series.keys) text += " " + cell_text(key);
    text += ":";
    for (const auto& point : series.points) text += point ? " " + cell_text(*point) : " -";
    add("; ", text);
  }
  if (answer.patterns) {
    for (const auto& p : answer.patterns->patterns) add("; ", std::to_string(p.count) + (p.is_new ? " new " : " ") + "'" + p.text + "'");
  }
  if (out.empty()) out = "nothing";
  if (answer.cursor) out += " ...";
  for (const std::string& warning : answer.stats.warnings) out += " (" + warning + ")";
  return out;
}

// -- a script ----------------------------------------------------------------------------------------------------------

class Script {
 public:
  Script(std::vector<std::string> lines, State state) : lines_(std::move(lines)), store_(state) {}

  // The lines with the answers that came.
  std::vector<std::string> run() {
    std::vector<std::string> out;
    for (size_t i = 0; i < lines_.size(); ++i) {
      const std::string& line = lines_[i];
      line_ = i + 1;
      if (line.starts_with("  ")) {
        out.push_back(mode_ == "ask" ? ask(line) : record(line));
        continue;
      }
      out.push_back(line);
      if (!line.empty() && !line.starts_with("#")) step(line);
    }
    return out;
  }
  size_t questions() const { return questions_; }

 private:
  void step(std::string_view line) {
    finish_batch();
    mode_ = line.substr(0, line.find(' '));
    const std::string_view rest = mode_.size() < line.size() ? line.substr(mode_.size() + 1) : std::string_view();
    if (mode_ == "stream") {
      const std::string_view dataset = rest.substr(0, rest.find(' '));
      batch_.dataset = datasets_of(dataset).front();
      batch_.streams = {fields_of(dataset.size() < rest.size() ? rest.substr(dataset.size() + 1) : "{}")};
    } else if (mode_ == "range") {
      options_.range = {instant_of(rest.substr(0, rest.find(".."))), instant_of(rest.substr(rest.find("..") + 2))};
    } else if (mode_ == "dataset") {
      datasets_ = datasets_of(rest);
    } else if (mode_ == "limit") {
      options_.limit = static_cast<size_t>(std::stoul(std::string(rest)));
    } else if (mode_ == "order") {
      options_.order = rest == "asc" ? store::Order::kOldestFirst : store::Order::kNewestFirst;
    } else if (mode_ == "ask") {
      store_.settle();
    } else {
      ADD_FAILURE() << "line " << line_ << ": unknown step " << mode_;
    }
  }

  std::string record(const std::string& line) {
    const std::string_view text = std::string_view(line).substr(2);
    const size_t blank = text.find(' ');
    batch_.events.push_back({instant_of(text.substr(0, blank)), 0, fields_of(text.substr(blank + 1))});
    return line;
  }
  void finish_batch() {
    if (!batch_.events.empty()) store_.add(batch_);
    batch_.events.clear();
  }

  std::string ask(const std::string& line) {
    ++questions_;
    const size_t arrow = line.rfind(kArrow);
    const std::string question = line.substr(2, arrow == std::string::npos ? std::string::npos : arrow - 2);
    const std::string expected = arrow == std::string::npos ? "" : line.substr(arrow + kArrow.size());
    const std::string got = answer(question.substr(0, question.find_last_not_of(' ') + 1));
    const bool open = expected.ends_with("...") && expected.starts_with("error");
    const bool same = open ? got.starts_with(expected.substr(0, expected.size() - 3)) : got == expected;
    if (same) return line;
    if (std::getenv("TRIPOD_UPDATE_GOLDEN") == nullptr) ADD_FAILURE() << "line " << line_ << ": " << question << "\n  got      " << got << "\n  expected " << expected;
    return "  " + question + std::string(kArrow) + got;
  }

  std::string answer(const std::string& text) {
    auto question = parse_question(text, datasets_);
    if (!question) return "error " + question.error().message;
    auto result = query::search::run(store_.store(), *question, options_);
    return result ? answer_text(*result) : "error " + result.error().message;
  }

  const std::vector<std::string> lines_;
  ScriptStore store_;
  std::string_view mode_;
  TestBatch batch_;
  std::vector<Dataset> datasets_ = {Dataset::kLogs};
  RunOptions options_{.range = {kStart, kStart + base::kNanosPerMinute}, .limit = 100, .order = store::Order::kOldestFirst, .cursor = {}, .bounds = {}};
  size_t line_ = 0;
  size_t questions_ = 0;
};

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream in(path);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

// Of a page the blocks between ```search and ```; its other lines are empty, so that numbers of lines stay.
std::vector<std::string> examples_of(std::vector<std::string> lines) {
  bool inside = false;
  for (std::string& line : lines) {
    const bool fence = line.starts_with("```");
    if (fence) inside = line == "```search";
    if (fence || !inside) line.clear();
  }
  return lines;
}

constexpr const char* kPage = "docs/search.md";

std::vector<std::string> scripts() {
  std::vector<std::string> out = {kPage};
  for (const auto& entry : std::filesystem::directory_iterator("tests/search")) {
    if (entry.path().extension() == ".test") out.push_back(entry.path().string());
  }
  std::ranges::sort(out);
  return out;
}

// Writes the answers that came where those of the script stood.
void update(const std::string& path, const std::vector<std::string>& script, const std::vector<std::string>& answered) {
  std::vector<std::string> lines = lines_of(path);
  for (size_t i = 0; i < lines.size(); ++i) {
    if (script[i] != answered[i]) lines[i] = answered[i];
  }
  std::ofstream out(path);
  for (const std::string& line : lines) out << line << "\n";
}

class Scripts : public ::testing::TestWithParam<std::tuple<std::string, size_t>> {};

TEST_P(Scripts, Hold) {
  const auto& [path, state] = GetParam();
  SCOPED_TRACE(path);
  std::vector<std::string> lines = lines_of(path);
  if (path == kPage) lines = examples_of(std::move(lines));
  Script script(lines, kStates[state].first);
  const auto answered = script.run();
  EXPECT_GT(script.questions(), 0u);
  if (std::getenv("TRIPOD_UPDATE_GOLDEN") != nullptr && answered != lines) update(path, lines, answered);
}

INSTANTIATE_TEST_SUITE_P(Search, Scripts, ::testing::Combine(::testing::ValuesIn(scripts()), ::testing::Range<size_t>(0, std::size(kStates))),
                         [](const auto& param) {
                           return std::filesystem::path(std::get<0>(param.param)).stem().string() + kStates[std::get<1>(param.param)].second;
                         });

// A runner that cannot fail proves nothing.
TEST(ScriptRunner, SeesWrongAnswers) {
  const std::vector<std::string> lines = {"stream logs", "  1s {\"n\": 1}", "ask", "  n:1 => 1", "  n:1 => 2", "  n:2 => 1", "  ( => nothing", "  | count => 1"};
  Script script(lines, State::kMemory);
  std::vector<std::string> answered;
  ::testing::TestPartResultArray failures;
  {
    ::testing::ScopedFakeTestPartResultReporter reporter(::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &failures);
    answered = script.run();
  }
  EXPECT_EQ(failures.size(), std::getenv("TRIPOD_UPDATE_GOLDEN") == nullptr ? 3 : 0);
  EXPECT_EQ(answered[4], "  n:1 => 1");
  EXPECT_EQ(answered[5], "  n:2 => nothing");
}

}  // namespace
}  // namespace tripod::query::search
