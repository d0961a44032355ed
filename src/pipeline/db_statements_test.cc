#include "pipeline/db_statements.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "pipeline/to_events.h"

namespace tripod::pipeline {
namespace {

using model::Attribute;
using model::Value;

// The span's fields as they are stored.
std::vector<Attribute> stored(model::Batch& batch, std::vector<Attribute> attributes) {
  sql::StatementCache cache;
  batch.spans.push_back({});
  batch.spans.back().attributes = batch.arena.copy_array(std::span<const Attribute>(attributes));
  describe_statements(batch, cache);
  const EventRows rows = spans_to_events(batch);
  return {rows.events.back().fields.begin(), rows.events.back().fields.end()};
}

std::string text(const std::vector<Attribute>& attributes, std::string_view key) {
  const Attribute* found = model::find_attribute(attributes, key);
  return found == nullptr ? "" : std::string(found->value.text());
}

TEST(DescribeStatements, AddsWhatTheStatementSays) {
  model::Batch batch;
  const auto all = stored(batch, {{"db.system.name", Value::string("postgresql")}, {"db.query.text", Value::string("SELECT a FROM b WHERE c = %s")}});
  EXPECT_EQ(text(all, kFingerprintField), sql::fingerprint_text(sql::normalise("select a from b where c = 7", sql::Dialect::kPostgres).fingerprint));
  EXPECT_EQ(text(all, "db.query.text"), "SELECT a FROM b WHERE c = %s");
  EXPECT_TRUE(batch.spans[0].statement->is_select);
}

TEST(DescribeStatements, LeavesWhatTheSpanSaysItself) {
  model::Batch batch;
  const auto all = stored(batch, {{kFingerprintField, Value::string("mine")}, {"db.query.text", Value::string("SELECT a FROM b")}});
  EXPECT_EQ(text(all, kFingerprintField), "mine");
  EXPECT_EQ(all.size(), stored(batch, {{"a", Value::string("b")}, {"db.query.text", Value::string("-- no")}}).size());
}

TEST(DescribeStatements, LeavesOtherSpansAlone) {
  model::Batch batch;
  EXPECT_EQ(text(stored(batch, {{"db.system.name", Value::string("redis")}, {"db.query.text", Value::string("GET ?")}}), kFingerprintField), "");
  EXPECT_EQ(text(stored(batch, {{"http.request.method", Value::string("GET")}}), kFingerprintField), "");
  EXPECT_EQ(text(stored(batch, {{"db.query.text", Value::string("-- nothing")}}), kFingerprintField), "");
}

TEST(DescribeStatements, SpansThatCameWithOthersKeepTheirOwn) {
  model::Batch batch;
  for (int i = 0; i < 300; ++i) {
    const std::string statement = "SELECT a FROM table_" + std::to_string(i % 100);
    const auto all = stored(batch, {{"db.query.text", Value::string(batch.arena.copy(statement))}});
    ASSERT_EQ(text(all, kFingerprintField), sql::fingerprint_text(sql::normalise(statement, sql::Dialect::kGeneric).fingerprint));
  }
}

}  // namespace
}  // namespace tripod::pipeline
