#include "ingest/elastic/actions.h"

#include <gtest/gtest.h>

namespace tripod::ingest::elastic {
namespace {

TEST(ActionReaderTest, ReadsWhatEachClientWrites) {
  struct Case {
    const char* line;
    Action action;
    const char* index;
    const char* id;
  };
  const Case cases[] = {
      {R"({"create":{"_index":"logs"}})", Action::kCreate, "logs", ""},
      {R"({"index":{}})", Action::kIndex, "", ""},
      {R"({"create":{"_index":"fluent-bit","_type":"_doc"}})", Action::kCreate, "fluent-bit", ""},
      {R"({"index":{"_id":null,"_index":"logstash-2026.11.22","routing":null}})", Action::kIndex, "logstash-2026.11.22", ""},
      {R"( {"index" : {"_index":"a","_id":"x-1","dynamic_templates":{"f":"t"}}})", Action::kIndex, "a", "x-1"},
      {R"({"index":{"_index":"a","_id":17}})", Action::kIndex, "a", "17"},
      {R"({"update":{"_index":"a","_id":"1"}})", Action::kUpdate, "a", "1"},
      {R"({"delete":{"_index":"a","_id":"1"}})", Action::kDelete, "a", "1"},
  };
  ActionReader reader;
  base::Arena arena;
  for (const Case& c : cases) {
    const std::string_view line(c.line);
    const auto read = reader.read(line.substr(line.find('{')), arena);
    ASSERT_TRUE(read) << c.line;
    EXPECT_EQ(action_name(read->action), action_name(c.action)) << c.line;
    EXPECT_EQ(read->index, c.index) << c.line;
    EXPECT_EQ(read->id, c.id) << c.line;
  }
}

TEST(ActionReaderTest, RefusesWhatIsNoAction) {
  ActionReader reader;
  base::Arena arena;
  for (const char* line : {"", "{}", "[1]", "not json", R"({"event":"x"})", R"({"index":"x"})", R"({"index":null})", R"({"index":[]})",
                           R"({"index":{},"create":{}})", R"({"index":{}} {"index":{}})", R"({"indexes":{}})",
                           R"({"index":{"_index":"a"},"message":"x"})", R"({"index":{"_index":"a")"}) {
    EXPECT_FALSE(reader.read(line, arena)) << line;
  }
}

}  // namespace
}  // namespace tripod::ingest::elastic
