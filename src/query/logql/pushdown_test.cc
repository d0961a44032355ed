#include "query/logql/pushdown.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/logql/parser.h"

namespace tripod::query::logql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

FieldCatalog catalog(std::vector<std::pair<std::string, std::string>> fields) {
  std::vector<store::FieldInfo> out;
  for (auto& [name, type] : fields) out.push_back({name, type, 1});
  return FieldCatalog(std::move(out));
}

LogPlan planned(std::string_view text, const FieldCatalog& fields = {}) {
  auto query = parse_log_query(text);
  EXPECT_TRUE(query) << query.error().message;
  return plan_logs(*query, fields);
}
std::string asked(std::string_view text, const FieldCatalog& fields = {}) { return to_string(planned(text, fields).filter); }

TEST(Pushdown, Selectors) {
  EXPECT_EQ(asked("{}"), "true");
  EXPECT_EQ(asked(R"({service_name="shop"})"), R"((= "service.name" "shop"))");
  EXPECT_EQ(asked(R"({job=~"a|b"})"), R"((regex "job" "^(?s:a|b)$"))");
  EXPECT_EQ(asked(R"({job!~"a.+"})"), R"((not (regex "job" "^(?s:a.+)$")))");
  EXPECT_EQ(asked(R"({a=""})"), R"((or (not (exists "a")) (= "a" "")))");
  EXPECT_EQ(asked(R"({a!=""})"), R"((not (or (not (exists "a")) (= "a" ""))))");
}

// The label of a record is the first of its fields that it has.
TEST(Pushdown, SeveralFieldsOfOneLabel) {
  const auto fields = catalog({{"stream.label.host_name", "bool"}, {"host_name", "string"}, {"host.name", "string"}});
  EXPECT_EQ(asked(R"({host_name="h"})", fields),
            R"((or (= "host_name" "h") (and (not (exists "host_name")) (= "host.name" "h"))))");
  // Of levels any: what was pushed, and what was found.
  const auto levels = catalog({{"stream.label.level", "bool"}, {"level", "string"}, {"severity_text", "string"}});
  EXPECT_EQ(asked(R"({level="warn"})", levels), R"((or (= "level" "warn") (= "severity_text" "warn")))");
}

// Senders choose the names: the condition of a label that a thousand fields stand for is no deep one.
TEST(Pushdown, ManyFieldsOfOneLabel) {
  std::vector<std::pair<std::string, std::string>> names;
  for (int i = 0; i < 256; ++i) {
    std::string name = "x";
    for (int bit = 0; bit < 8; ++bit) name += (i >> bit & 1) != 0 ? ".y" : "-y";
    names.emplace_back(name, "string");
  }
  const std::string text = asked(R"({x_y_y_y_y_y_y_y_y="h"})", catalog(names));
  int depth = 0, deepest = 0;
  for (const char c : text) {
    if (c == '(') deepest = std::max(deepest, ++depth);
    if (c == ')') --depth;
  }
  EXPECT_LE(deepest, 30);
  EXPECT_THAT(text, HasSubstr(R"((or (= "x-y-y-y-y-y-y-y-y" "h") (and (not (exists "x-y-y-y-y-y-y-y-y")))"));
  const auto three = catalog({{"a.b", "string"}, {"a_b", "string"}, {"a-b", "string"}});
  EXPECT_EQ(asked(R"({a_b="h"})", three),
            R"((or (= "a_b" "h") (and (not (exists "a_b")) (or (= "a-b" "h") (and (not (exists "a-b")) (= "a.b" "h"))))))");
}

TEST(Pushdown, LineFilters) {
  EXPECT_EQ(asked(R"({} |= "42")"),
            R"((or (contains "original" "42") (and (not (exists "original")) (contains "body" "42"))))");
  EXPECT_THAT(asked(R"({} |= "a.b")"), HasSubstr(R"((and (contains "original" "a.b") (regex "original" "a\\.b")))"));
  EXPECT_EQ(asked("{} |= ``"), "true");
  EXPECT_TRUE(planned(R"({} |= "x" | json |~ "y")").stages.size() == 1);
  // What stages write, addresses and patterns are not for the store.
  EXPECT_EQ(planned(R"({} | line_format "x" |= "x")").stages.size(), 2u);
  EXPECT_EQ(planned(R"({} |= ip("10.0.0.1"))").stages.size(), 1u);
  EXPECT_EQ(planned(R"({} |> "<_> x")").stages.size(), 1u);
}

TEST(Pushdown, LabelFilters) {
  const auto fields = catalog({{"status", "int64"}, {"took", "string"}, {"mixed", "mixed"}});
  EXPECT_EQ(asked(R"({} | trace_id="abc")", fields), R"((= "trace_id" "abc"))");
  EXPECT_EQ(asked("{} | status >= 400", fields), R"((>= "status" 400.0))");
  EXPECT_TRUE(planned("{} | status >= 400", fields).stages.empty());
  EXPECT_EQ(planned("{} | mixed >= 400", fields).stages.size(), 1u);
  EXPECT_EQ(planned("{} | took > 5s", fields).stages.size(), 1u);
  EXPECT_EQ(planned(R"({} | status > 5 or took > 1s)", fields).stages.size(), 1u);
  EXPECT_TRUE(planned(R"({} | status > 5 or took="x")", fields).stages.empty());
  // Behind a parser the label may be the parser's; the store is asked for lines in which the value stands.
  const auto behind = planned(R"({} | json | order="abc")", fields);
  EXPECT_EQ(behind.stages.size(), 2u);
  EXPECT_THAT(to_string(behind.filter), HasSubstr(R"((contains "original" "abc"))"));
  EXPECT_THAT(to_string(behind.filter), HasSubstr(R"((= "order" "abc"))"));
  EXPECT_EQ(asked(R"({} | label_format order="x" | order="abc")"), "true");
}

TEST(Pushdown, IdleErrorFilters) {
  EXPECT_TRUE(planned(R"({} | __error__="" | drop __error__, __error_details__)").stages.empty());
  EXPECT_EQ(planned(R"({} | json | __error__="")").stages.size(), 2u);
  EXPECT_EQ(planned(R"({} | __error__!="")").stages.size(), 1u);
}

TEST(Labels, AndFields) {
  EXPECT_EQ(field_to_loki_label("service.name"), "service_name");
  EXPECT_EQ(field_to_loki_label("severity_text"), "level");
  EXPECT_EQ(field_to_loki_label("a-b/c d"), "a_b_c_d");
  EXPECT_EQ(field_to_loki_label("attributes.app"), "app");
  EXPECT_EQ(field_to_loki_label("5xx"), "_5xx");
  EXPECT_EQ(field_to_loki_label(""), "_");
  const FieldCatalog none;
  EXPECT_THAT(none.fields_of("service_name"), ElementsAre("service.name"));
  EXPECT_THAT(none.fields_of("level"), ElementsAre("severity_text"));
  EXPECT_THAT(none.fields_of("order_id"), ElementsAre("order_id"));
  const auto known = catalog({{"level", "string"}, {"order.id", "int64"}, {"severity_text", "string"}, {"x.y", "string"}, {"x_y", "string"},
                              {"stream.label.app", "bool"}, {"app", "string"}, {"service.name", "string"}});
  EXPECT_THAT(known.fields_of("order_id"), ElementsAre("order.id"));
  EXPECT_THAT(known.fields_of("x_y"), ElementsAre("x_y", "x.y"));
  EXPECT_THAT(known.fields_of("level"), ElementsAre("severity_text", "level"));
  EXPECT_THAT(known.fields_of("detected_level"), ElementsAre("severity_text"));
  EXPECT_THAT(known.stream_labels(), ElementsAre("app", "level", "service_name"));
  EXPECT_THAT(known.stream_fields(), ElementsAre("app", "service.name", "severity_text", "stream.label.app"));
}

}  // namespace
}  // namespace tripod::query::logql
