// Questions over a store in memory, with small blocks, out of memory and out of parts.
#include "query/search/run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "store/events/field_text.h"
#include "store/events/testing/store_fixture.h"

namespace tripod::query::search {
namespace {

using store::Dataset;
using store::FieldValue;
using store::testing::Fields;
using store::testing::TestBatch;

constexpr std::array kAll = {Dataset::kLogs, Dataset::kSpans, Dataset::kErrors};

std::string text_of(const Cell& cell) {
  if (std::holds_alternative<std::monostate>(cell)) return "null";
  return store::field_text(cell);
}

class RunTest : public store::testing::StoreTest {
 protected:
  RunTest() {
    options_.block_rows = 4;
    open();
    for (int i = 0; i < 20; ++i) {
      add(Dataset::kLogs, i, {{"body", std::string(i % 4 == 0 ? "order paid" : "order slow")},
                              {"severity_text", std::string(i % 5 == 0 ? "error" : "info")},
                              {"path", "/p" + std::to_string(i % 3)},
                              {"duration_ms", int64_t{10 * i}},
                              {i % 2 == 0 ? "user_id" : "user", std::string(i < 10 ? "ada" : "alan")}});
    }
    for (int i = 0; i < 6; ++i) {
      add(Dataset::kSpans, i, {{"name", std::string("GET /")}, {"status_code", std::string(i == 0 ? "error" : "ok")}, {"duration_ns", int64_t{i + 1} * 1'000'000}});
    }
    add(Dataset::kErrors, 3, {{"title", std::string("ZeroDivisionError")}, {"level", std::string("error")}});
  }

  void add(Dataset dataset, int second, Fields fields) {
    TestBatch batch;
    batch.dataset = dataset;
    batch.streams = {{{"service.name", std::string(dataset == Dataset::kSpans ? "web" : "shop")}}};
    batch.events.push_back({kNow + second * base::kNanosPerSecond, 0, std::move(fields)});
    append(batch);
  }

  // The answer as one line of text; "error …" otherwise.
  std::string ask(std::string_view text, std::vector<Dataset> datasets = {Dataset::kLogs}) {
    size_t position = 0;
    auto question = parse_question(text, datasets, &position);
    if (!question) return "error " + question.error().message;
    RunOptions options;
    options.range = {kNow, kNow + 20 * base::kNanosPerSecond};
    options.limit = limit_;
    options.cursor = cursor_;
    auto answer = run(*store_, *question, options);
    if (!answer) return "error " + answer.error().message;
    warnings_ = answer->stats.warnings;
    cursor_ = answer->cursor.value_or("");
    return text_of_answer(*answer);
  }

  std::string text_of_answer(const Answer& answer) {
    std::string out;
    const auto line = [&out](const std::string& text) { out += (out.empty() ? "" : "; ") + text; };
    for (const Record& record : answer.records) {
      std::string text = std::to_string((record.row.time - kNow) / base::kNanosPerSecond);
      if (answer.fields) {
        for (const auto& [name, value] : record.row.fields) text += " " + name + "=" + text_of(value);
      } else if (record.dataset != Dataset::kLogs) {
        text += std::string(store::dataset_name(record.dataset)).substr(0, 1);
      }
      line(text);
    }
    for (const auto& cells : answer.lines) {
      std::string text;
      for (const Cell& cell : cells) text += (text.empty() ? "" : " ") + text_of(cell);
      line(text);
    }
    for (const Series& series : answer.series) {
      std::string text = answer.columns[series.column].name;
      for (const Cell& cell : series.keys) text += " " + text_of(cell);
      for (const auto& point : series.points) text += " " + (point ? text_of(*point) : "-");
      line(text);
    }
    if (answer.patterns) {
      for (const auto& pattern : answer.patterns->patterns) line(pattern.text + " " + std::to_string(pattern.count));
    }
    return out;
  }

  size_t limit_ = 100;
  std::string cursor_;
  std::vector<std::string> warnings_;
};

struct Case {
  const char* question;
  const char* answer;
};

TEST_F(RunTest, Answers) {
  const Case cases[] = {
      {"| limit 3", "19; 18; 17"},
      {"level:error", "15; 10; 5; 0"},
      {"level:error | sort time", "0; 5; 10; 15"},
      {"level:error | sort duration_ms", "0; 5; 10; 15"},
      {"level:error | sort duration_ms desc | limit 2", "15; 10"},
      {"| sort path desc, duration_ms | limit 3", "2; 5; 8"},
      {"| where duration_ms > 170 | sort duration_ms", "18; 19"},
      {"| dedup path", "19; 18; 17"},
      {"| dedup user", "19; 9"},
      {"| dedup user, level", "19; 15; 9; 5"},
      {"| dedup path | sort path", "18; 19; 17"},
      {"| dedup missing", ""},
      {"duration_ms<30 | fields duration_ms, user", "2 duration_ms=20 user=ada; 1 duration_ms=10 user=ada; 0 duration_ms=0 user=ada"},
      {"| count", "20"},
      {"nothing | count", "0"},
      {"| count by level", "info 16; error 4"},
      {"| count by level, path", "info /p1 6; info /p0 5; info /p2 5; error /p0 2; error /p1 1; error /p2 1"},
      {"| count by user", "ada 10; alan 10"},
      {"| count by missing", "null 20"},
      {"| top 2 path", "/p0 7 35; /p1 7 35"},
      {"| top path | where count < 7", "/p2 6 30"},
      {"| stats min, max(duration_ms), avg(duration_ms), sum(duration_ms), count(missing), uniq(path) by level | sort level",
       "error 0 150 75 300 0 3; info 10 190 100 1600 0 3"},
      {"| stats p0(duration_ms) as least, p100(duration_ms) as most", "0 190"},
      {"| stats sum(body)", "null"},
      {"| stats uniq(user), count", "2 20"},
      {"| count by path | sort path desc | limit 1", "/p2 6"},
      {"| count by path | where count >= 7 AND path:/p1", "/p1 7"},
      {"| count by path | where path:*1 OR count<7", "/p1 7; /p2 6"},
      {"| count by path | fields count", "7; 7; 6"},
      {"| stats max(duration_ms) by path | where max > 0.175s", "/p0 180; /p1 190"},
      {"| rate", "1"},
      {"| rate by path | limit 1", "/p0 0.35"},
      {"| count every 10s", "count 10 10"},
      {"| count by level every 10s", "count info 8 8; count error 2 2"},
      {"| rate every 5s", "rate 1 1 1 1"},
      {"| stats max(duration_ms), count by path every 10s | where count < 4",
       "max(duration_ms) /p0 - 180; count /p0 - 3; max(duration_ms) /p1 70 -; count /p1 3 -; max(duration_ms) /p2 80 170; count /p2 3 3"},
      {"| count by path every 10s | limit 1", "count /p0 4 3"},
      {"level:error | stats avg(duration_ms) every 4s", "avg(duration_ms) 0 50 100 150 -"},
      {"| patterns", "order slow 15; order paid 5"},
      {"| patterns 1", "order slow 15"},
  };
  for (const bool flushed : {false, true}) {
    if (flushed) ASSERT_TRUE(store_->flush());
    for (const Case& c : cases) EXPECT_EQ(ask(c.question), c.answer) << c.question << (flushed ? " of parts" : " of memory");
  }
}

TEST_F(RunTest, SeveralDatasets) {
  const std::vector<Dataset> all(kAll.begin(), kAll.end());
  EXPECT_EQ(ask("level:error", all), "15; 10; 5; 3e; 0s; 0");
  EXPECT_EQ(ask("level:error | sort time", all), "0; 0s; 3e; 5; 10; 15");
  EXPECT_EQ(ask("in:spans"), "5s; 4s; 3s; 2s; 1s; 0s");
  EXPECT_EQ(ask("in:(spans OR errors) level:error"), "3e; 0s");
  EXPECT_EQ(ask("-in:logs | count"), "7");
  EXPECT_EQ(ask("in:logs in:spans"), "");
  EXPECT_EQ(ask("| count by service", all), "shop 21; web 6");
  EXPECT_EQ(ask("| count every 10s", all), "count 17 10");
  EXPECT_EQ(ask("in:spans | stats max(duration), p100(duration)"), "6000000 6000000");
  EXPECT_EQ(ask("| stats uniq(service)", all), "2");
  EXPECT_EQ(ask("| where in:errors | count"), "1");
  EXPECT_EQ(ask("in:errors | patterns"), "ZeroDivisionError 1");
}

// Every record once, whatever the size of a page.
TEST_F(RunTest, PagesHaveEveryRecordOnce) {
  const std::vector<Dataset> all(kAll.begin(), kAll.end());
  for (const char* question : {"", "| sort time", "| sort duration_ms", "| sort path desc", "| dedup path", "| limit 7"}) {
    limit_ = 1000;
    cursor_.clear();
    const std::string whole = ask(question, all);
    ASSERT_TRUE(cursor_.empty());
    for (const size_t limit : {1u, 2u, 5u}) {
      limit_ = limit;
      std::string pages;
      for (int i = 0; i < 100; ++i) {
        const std::string page = ask(question, all);
        ASSERT_FALSE(page.starts_with("error")) << page;
        pages += (pages.empty() || page.empty() ? "" : "; ") + page;
        if (cursor_.empty()) break;
      }
      EXPECT_EQ(pages, whole) << question << " by " << limit;
    }
  }
}

TEST_F(RunTest, CursorsOfOtherQuestionsAreRefused) {
  for (const char* cursor : {"x", "1", "1.2.9.4", "skip.1x", "skip.99999999", "skip.3"}) {
    cursor_ = cursor;
    EXPECT_EQ(ask(""), "error cursor: not one of this question's") << cursor;
  }
  cursor_ = "1.2.0.4";
  EXPECT_EQ(ask("| sort path"), "error cursor: not one of this question's");
  cursor_ = "skip.3";
  EXPECT_EQ(ask("| count"), "error cursor: only records have pages");
}

// More records than are read whole: the store's sketches narrow numbers, texts are read by their keys first.
TEST_F(RunTest, SortingManyRecords) {
  TestBatch batch;
  for (int64_t i = 0; i < 12'000; ++i) {
    batch.events.push_back({kNow + i * 1'000'000, 0, {{"n", (i * 7919) % 12'000}, {"text", "t" + std::to_string(100'000 + (i * 7919) % 12'000)}}});
  }
  batch.streams = {{}};
  append(batch);
  limit_ = 3;
  for (const bool flushed : {false, true}) {
    if (flushed) ASSERT_TRUE(store_->flush());
    for (const auto& [question, answer] : {std::pair{"has:n | sort n desc | fields n", "n=11999 n=11998 n=11997"},
                                           std::pair{"| sort n | fields n", "n=0 n=1 n=2"},
                                           std::pair{"| sort text desc | fields n", "n=11999 n=11998 n=11997"},
                                           std::pair{"| sort text | fields n", "n=0 n=1 n=2"}}) {
      cursor_.clear();
      std::string got;
      std::string text = ask(question);
      for (size_t at = text.find("n="); at != std::string::npos; at = text.find("n=", at + 1)) {
        got += (got.empty() ? "" : " ") + text.substr(at, std::min(text.find(';', at), text.size()) - at);
      }
      EXPECT_EQ(got, answer) << question;
    }
  }
}

TEST_F(RunTest, BoundsAreErrorsThatSayWhatToNarrow) {
  EXPECT_EQ(ask("| count every 1ms"),
            "error so short a step gives 20000 points over this range, at most 11000 are given: a longer step behind \"every\", or a shorter range");
  auto question = parse_question("| count by path", std::array{Dataset::kLogs});
  ASSERT_TRUE(question);
  RunOptions options;
  options.range = {kNow, kNow + base::kNanosPerHour};
  options.bounds.deadline_steady = clock_.steady() - 1;
  auto late = run(*store_, *question, options);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, base::Code::kDeadlineExceeded);
  options.bounds = {};
  options.bounds.max_memory_bytes = 10;
  auto large = run(*store_, *question, options);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, base::Code::kResourceExhausted);
  EXPECT_NE(large.error().message.find("narrow"), std::string::npos);
}

// A page goes on behind its last record: what another dataset could not give would be passed over for ever.
TEST_F(RunTest, NoPageLeavesOutWhatMemoryDoesNotSufficeFor) {
  add(Dataset::kSpans, 19, {{"name", std::string(1u << 20, 'x')}});
  for (const char* text : {"", "| dedup service.name", "| dedup service.name | sort time desc"}) {
    auto question = parse_question(text, kAll);
    ASSERT_TRUE(question);
    RunOptions options;
    options.range = {kNow, kNow + base::kNanosPerHour};
    options.limit = 3;
    options.bounds.max_memory_bytes = 100'000;
    auto page = run(*store_, *question, options);
    ASSERT_FALSE(page) << text;
    EXPECT_EQ(page.error().code, base::Code::kResourceExhausted) << text;
    options.bounds = {};
    EXPECT_TRUE(run(*store_, *question, options)) << text;
  }
}

// Points of one key are asked together, of whatever columns the condition speaks.
TEST_F(RunTest, PointsOfManyKeys) {
  TestBatch batch;
  for (int64_t key = 0; key < 3'000; ++key) {
    for (int64_t i = 0; i <= key % 3; ++i) {
      batch.events.push_back({kNow + i * 10 * base::kNanosPerSecond, 0, {{"key", "k" + std::to_string(key)}, {"n", key}}});
    }
  }
  append(batch);
  auto question = parse_question("has:key | stats count(), max(n) by key every 10s | where count = 1 max(n) >= 2990 key:*2", std::array{Dataset::kLogs});
  ASSERT_TRUE(question) << question.error().message;
  RunOptions options;
  options.range = {kNow, kNow + 20 * base::kNanosPerSecond};
  const auto answer = run(*store_, *question, options);
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_EQ(answer->series.size(), 2u);
  for (const Series& series : answer->series) {
    EXPECT_EQ(text_of(series.keys[0]), "k2992");
    EXPECT_EQ(series.points.size(), 2u);
    EXPECT_TRUE(series.points[0]);
    EXPECT_TRUE(series.points[1]);
  }
}

// Many different values are estimated, and it is said.
TEST_F(RunTest, EstimatesAreSaid) {
  TestBatch batch;
  for (int64_t i = 0; i < 9'000; ++i) batch.events.push_back({kNow + i, 0, {{"id", "id" + std::to_string(i)}}});
  batch.streams = {{}};
  append(batch);
  const int64_t count = std::stoll(ask("| stats uniq(id)"));
  EXPECT_NEAR(static_cast<double>(count), 9'000.0, 300.0);
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_NE(warnings_[0].find("uniq(id) is estimated"), std::string::npos);
}

TEST_F(RunTest, AColumnOfNothingIsSaid) {
  ask("| stats p50(duration_ms), count", {Dataset::kSpans});
  EXPECT_THAT(warnings_, testing::ElementsAre("no record has a number in duration_ms: spans have duration_ns, or duration"));
  ask("| stats p50(duration), count(no_such), uniq(no_such)", {Dataset::kSpans});
  EXPECT_THAT(warnings_, testing::IsEmpty());
  ask("| stats max(no_such) by level");
  EXPECT_THAT(warnings_, testing::ElementsAre("no record has a number in no_such"));
  ask("level:nothing | stats max(no_such)");
  EXPECT_THAT(warnings_, testing::IsEmpty()) << "no record was found at all";
}

}  // namespace
}  // namespace tripod::query::search
