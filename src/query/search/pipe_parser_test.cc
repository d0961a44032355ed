#include <gtest/gtest.h>

#include <array>

#include "query/search/question.h"

namespace tripod::query::search {
namespace {

using store::Dataset;

std::string name_text(const FieldName& name) { return name.literal ? "'" + name.name + "'" : name.name; }

std::string keys_text(const std::vector<SortKey>& keys) {
  std::string out;
  for (const SortKey& key : keys) out += std::string(key.descending ? " -" : " +") + (key.is_time ? "@" : "") + name_text(key.field);
  return out;
}

std::string step_text(const TableStep& step) {
  if (const auto* where = std::get_if<WhereStep>(&step)) return " where " + to_string(where->filter);
  if (const auto* sort = std::get_if<SortStep>(&step)) return " sort" + keys_text(sort->keys);
  if (const auto* limit = std::get_if<LimitStep>(&step)) return " limit " + std::to_string(limit->limit);
  std::string out = " columns";
  for (const std::string& column : std::get<ColumnsStep>(step).columns) out += " " + column;
  return out;
}

// The tree as one line.
std::string tree(std::string_view text, Dataset dataset = Dataset::kLogs) {
  auto question = parse_question(text, std::array{dataset});
  if (!question) return "error " + question.error().message;
  std::string out;
  for (const Question::Part& part : question->parts) {
    if (!out.empty()) out += " ";
    out += to_string(part.filter);
  }
  if (question->kind == Question::Kind::kPatterns) return out + " patterns " + std::to_string(*question->patterns);
  if (question->kind == Question::Kind::kRows) {
    const RowSteps& rows = question->rows;
    if (!rows.dedup.empty()) out += " dedup";
    for (const FieldName& name : rows.dedup) out += " " + name_text(name);
    if (!rows.sort.empty()) out += " sort" + keys_text(rows.sort);
    if (!rows.fields.empty()) out += " fields";
    for (const FieldName& name : rows.fields) out += " " + name_text(name);
    return rows.limit ? out + " limit " + std::to_string(*rows.limit) : out;
  }
  out += " |";
  for (const Measure& m : question->aggregation.measures) {
    out += " " + m.column + "=" + std::to_string(static_cast<int>(m.function)) + "(" + name_text(m.field) + ")";
    if (m.function == Measure::Function::kQuantile) out += std::to_string(m.quantile).substr(0, 5);
  }
  for (const FieldName& name : question->aggregation.by) out += " by " + name_text(name);
  if (question->aggregation.step != 0) out += " every " + std::to_string(question->aggregation.step);
  for (const TableStep& step : question->table) out += step_text(step);
  return out;
}

TEST(Pipes, Trees) {
  const std::pair<const char*, const char*> cases[] = {
      {"boom", R"((contains "" "boom"))"},
      {"| count", "true | count=0()"},
      {"|count", "true | count=0()"},
      {"boom|count", R"((contains "" "boom") | count=0())"},
      {"x:/re/|count", R"((regex "x" "re") | count=0())"},
      {"| count by level, \"a b\"", "true | count=0() by level by 'a b'"},
      {"| count by level every 1m", "true | count=0() by level every 60000000000"},
      {"| count every 1m by level", "true | count=0() by level every 60000000000"},
      {"| rate by a every 30s", "true | rate=1() by a every 30000000000"},
      {"| stats p50, p95, max(duration_ms) by path",
       "true | p50(duration_ms)=6(duration_ms)0.500 p95(duration_ms)=6(duration_ms)0.950 max(duration_ms)=5(duration_ms) by path"},
      {"| stats max(a), p99.9", "true | max(a)=5(a) p99.9(a)=6(a)0.999"},
      {"| stats count, count(), count(x), uniq(\"y z\"), mean(a), median(a)",
       "error column 3: two columns are called \"count\": name one with \"as\""},
      {"| stats count(x), uniq(\"y z\"), mean(a), median(a), distinct(b)",
       "true | count(x)=0(x) uniq(y z)=7('y z') avg(a)=3(a) p50(a)=6(a)0.500 uniq(b)=7(b)"},
      {"| stats sum(x) as total by y", "true | total=2(x) by y"},
      {"| stats p50 as half, max(x)", "true | half=6(x)0.500 max(x)=5(x)"},
      {"| stats rate, count", "true | rate=1() count=0()"},
      {"| top 20 path", "true | count=0() by path sort -'count' limit 20"},
      {"| top path, method", "true | count=0() by path by method sort -'count' limit 10"},
      {"| count by a | sort count desc, a", "true | count=0() by a sort -'count' +'a'"},
      {"| count by a | sort -count", "true | count=0() by a sort -'count'"},
      {"| stats p95(d) by a | sort p95 desc | limit 3", "true | p95(d)=6(d)0.950 by a sort -'p95(d)' limit 3"},
      {"| stats p95(d) by a | sort p95(d)", "true | p95(d)=6(d)0.950 by a sort +'p95(d)'"},
      {"| count by a | where count > 10", R"(true | count=0() by a where (> "count" 10))"},
      {"| count by a | where count>10 AND -a:x*", R"(true | count=0() by a where (and (> "count" 10) (not (wildcard "a" "x*"))))"},
      {"| count by a | where (count >= 1 OR has:a)", R"(true | count=0() by a where (or (>= "count" 1) (exists "a")))"},
      {"| stats p95(x_ms) | where p95(x_ms) > 1.5s", R"x(true | p95(x_ms)=6(x_ms)0.950 where (> "p95(x_ms)" 1500))x"},
      {"| stats p95(x_ms) | where p95 > 20", R"x(true | p95(x_ms)=6(x_ms)0.950 where (> "p95(x_ms)" 20))x"},
      {"| count by a | fields a", "true | count=0() by a columns a"},
      {"a | where b:1 | where c:2 | limit 3", R"((and (contains "" "a") (= "b" 1) (= "c" 2)) limit 3)"},
      {"| where duration_ms > 500", R"((> "duration_ms" 500))"},
      {"| sort duration_ms desc, time, -b", "true sort -duration_ms +@time -b"},
      {"| sort \"time\"", "true sort +'time'"},
      {"| fields a, b | limit 5 | limit 3", "true fields a b limit 3"},
      {"| dedup a, b | sort c", "true dedup a b sort +c"},
      {"| patterns", "true patterns 50"},
      {"| patterns 5 | limit 2", "true patterns 2"},
      {"duration_ms > 5 path = /a", R"((and (> "duration_ms" 5) (or (= "url.path" "/a") (= "path" "/a"))))"},
      {"a > b", R"((> "a" "b"))"},
      {"x == 5", R"((= "x" 5))"},
      {"x==5", R"((= "x" 5))"},
      {"n != 5 OR m >= 2", R"((or (!= "n" 5) (>= "m" 2)))"},
      {"x >5", R"((and (contains "" "x") (contains "" ">5")))"},
      {"in:spans", "true"},
      {"in:spans boom", R"((contains "" "boom"))"},
      {"in:logs level:error OR in:errors", R"((= "severity_text" "error") true)"},
      {"NOT in:logs", "true true"},
      {"in:logs in:spans", ""},
      {"\"in\":x", R"((= "in" "x"))"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(tree(text), expected) << text;
}

TEST(Pipes, ErrorsPointAtTheColumn) {
  const std::pair<const char*, const char*> cases[] = {
      {"|", "column 2: expected a pipe (count, stats, rate, top, where, sort, fields, dedup, limit or patterns), got the end"},
      {"a || b", "column 4: expected a pipe (count, stats, rate, top, where, sort, fields, dedup, limit or patterns), got \"|\""},
      {"a | b", "column 5: expected a pipe"},
      {"(a | b)", "column 4: expected \")\" for the \"(\" at column 1, got \"|\""},
      {"a OR | count", "column 6: expected a term"},
      {"é | foo", "column 5: expected a pipe"},
      {"| count foo", "column 9: expected \"by\", \"every\", \"|\" or the end, got \"foo\""},
      {"| count by", "column 11: expected the name of a field, got the end"},
      {"| count by a,", "column 14: expected the name of a field, got the end"},
      {"| count by a by b", "column 14: \"by\" stands twice"},
      {"| count by a, a", "column 3: \"a\" stands twice behind \"by\""},
      {"| count every", "column 14: expected a duration of at least 1ms"},
      {"| count every 5", "column 15: expected a duration of at least 1ms such as 30s, 5m or 1h behind \"every\", got \"5\""},
      {"| count every 1us", "column 15: expected a duration"},
      {"| stats", "column 8: expected a function"},
      {"| stats foo(x)", "column 9: expected a function (count, rate, sum, avg, min, max, uniq, p50, p99.9 ...), got \"foo\""},
      {"| stats p101(x)", "column 9: expected a function"},
      {"| stats p95", "column 9: of which field? Write p95(duration_ms), for example"},
      {"| stats max(", "column 13: expected the name of a field, got the end"},
      {"| stats max()", "column 13: expected the name of a field, got \")\""},
      {"| stats max(a", "column 14: expected \")\" behind the field, got the end"},
      {"| stats rate(x)", "column 9: rate counts records: it has no field"},
      {"| top", "column 6: expected the name of a field, got the end"},
      {"| top 0 a", "column 7: expected a number from 1 to 10000, got \"0\""},
      {"| top 99999 a", "column 7: expected a number from 1 to 10000"},
      {"| limit", "column 8: expected a number from 1 to 10000, got the end"},
      {"| limit x", "column 9: expected a number from 1 to 10000, got \"x\""},
      {"| where", "column 8: expected a condition such as count > 10 behind \"where\", got the end"},
      {"| count by a | where b > 1", "column 22: no column \"b\": the table has a, count"},
      {"| count by a | where foo", "column 22: expected a column of the table and a comparison such as count > 10, got \"foo\""},
      {"| count by a | sort b", "column 21: no column \"b\": the table has a, count"},
      {"| stats max(a), max(b) | sort max", "column 31: no column \"max\": the table has max(a), max(b)"},
      {"| count | count", "column 11: unsupported: \"count\" behind a pipe that has made a table already"},
      {"| dedup a | count", "column 13: unsupported: \"count\" behind sort, fields, dedup or limit"},
      {"| limit 5 | sort a", "column 13: unsupported: \"sort\" behind limit"},
      {"| limit 5 | where a", "column 13: unsupported: \"where\" behind sort, fields, dedup or limit"},
      {"| sort a | dedup b", "column 12: unsupported: \"dedup\" behind sort or limit"},
      {"| count every 1m | sort count", "column 20: unsupported: \"sort\" behind \"every\""},
      {"| patterns | sort a", "column 14: unsupported: \"sort\" behind patterns"},
      {"| count \"a", "column 9: expected \"by\""},
      {"| count by \"a", "column 14: expected a closing quote for the one at column 12, got the end"},
      {"| limit 5 x", "column 11: expected \"|\" or the end of the question, got \"x\""},
      {"in:metrics", "column 4: expected logs, spans or errors after \"in:\""},
      {"in:/lo/", "column 4: expected logs, spans or errors after \"in:\""},
  };
  for (const auto& [text, expected] : cases) {
    const std::string got = tree(text);
    EXPECT_TRUE(got.starts_with(std::string("error ") + expected)) << text << ": " << got;
  }
}

TEST(Pipes, PositionsAreBytes) {
  size_t position = 0;
  ASSERT_FALSE(parse_question("é | foo", std::array{Dataset::kLogs}, &position));
  EXPECT_EQ(position, 5u);
}

}  // namespace
}  // namespace tripod::query::search
