#include "sql/statement_cache.h"

#include <gtest/gtest.h>

#include <string>

namespace tripod::sql {
namespace {

std::string numbered(int i) { return "SELECT a FROM table_" + std::to_string(i); }

TEST(StatementCache, AnswersWithTheSameStatement) {
  StatementCache cache;
  const auto first = cache.find("SELECT a FROM b WHERE c = 1", Dialect::kGeneric);
  EXPECT_EQ(first, cache.find("SELECT a FROM b WHERE c = 1", Dialect::kGeneric));
  EXPECT_EQ(first->summary, "SELECT b");
  EXPECT_NE(cache.find("SELECT \"a\"", Dialect::kMySql)->normalised, cache.find("SELECT \"a\"", Dialect::kSqlite)->normalised);
}

TEST(StatementCache, ForgetsWhatNobodyAskedFor) {
  StatementCache cache(32, 1 << 20);
  const std::weak_ptr<const Statement> idle = cache.find("SELECT idle", Dialect::kGeneric);
  const std::weak_ptr<const Statement> busy = cache.find("SELECT busy", Dialect::kGeneric);
  for (int i = 0; i < 1000; ++i) {
    (void)cache.find(numbered(i), Dialect::kGeneric);
    (void)cache.find("SELECT busy", Dialect::kGeneric);
  }
  EXPECT_TRUE(idle.expired());
  EXPECT_FALSE(busy.expired());
}

TEST(StatementCache, IsBoundedInBytesToo) {
  StatementCache cache(1 << 20, 64 << 10);
  const std::weak_ptr<const Statement> first = cache.find("SELECT first", Dialect::kGeneric);
  for (int i = 0; i < 1000; ++i) (void)cache.find(numbered(i) + std::string(1000, 'x'), Dialect::kGeneric);
  EXPECT_TRUE(first.expired());
}

}  // namespace
}  // namespace tripod::sql
