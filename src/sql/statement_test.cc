#include "sql/statement.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tripod::sql {
namespace {

std::string text(std::string_view statement, Dialect dialect = Dialect::kPostgres) { return normalise(statement, dialect).normalised; }
uint64_t print(std::string_view statement, Dialect dialect = Dialect::kPostgres) { return normalise(statement, dialect).fingerprint; }
std::string summary(std::string_view statement, Dialect dialect = Dialect::kPostgres) { return normalise(statement, dialect).summary; }
std::string table(std::string_view statement, Dialect dialect = Dialect::kPostgres) { return normalise(statement, dialect).collection; }

TEST(NormaliseStatement, LeavesValuesAndPlaceholdersOut) {
  const struct {
    Dialect dialect;
    std::string_view statement, expected;
  } cases[] = {
      {Dialect::kPostgres, "SELECT * FROM a WHERE id = 5", "SELECT * FROM a WHERE id = ?"},
      {Dialect::kPostgres, "SELECT * FROM a WHERE id = %s", "SELECT * FROM a WHERE id = ?"},
      {Dialect::kPostgres, "SELECT * FROM a WHERE id = %(id)s", "SELECT * FROM a WHERE id = ?"},
      {Dialect::kPostgres, "SELECT * FROM a WHERE id = $1", "SELECT * FROM a WHERE id = ?"},
      {Dialect::kGeneric, "SELECT * FROM a WHERE id = :id", "SELECT * FROM a WHERE id = ?"},
      {Dialect::kSqlite, "SELECT * FROM a WHERE id = ?1 AND b = @b AND c = $c", "SELECT * FROM a WHERE id = ? AND b = ? AND c = ?"},
      {Dialect::kSqlServer, "SELECT [id] FROM [dbo].[a] WHERE id = @p0", "SELECT [id] FROM [dbo].[a] WHERE id = ?"},
      {Dialect::kPostgres, "SELECT 'it''s', E'a\\'b', N'x', X'ff', U&'\\0041', $$x$$, $t$ '$$' $t$", "SELECT ?, ?, ?, ?, ?, ?, ?"},
      {Dialect::kPostgres, "SELECT '\\', a FROM b", "SELECT ?, a FROM b"},
      {Dialect::kMySql, "SELECT 'it\\'s', \"it's\", _utf8'x', `a b` FROM `c``d`", "SELECT ?, ?, ?, `a b` FROM `c``d`"},
      {Dialect::kPostgres, "SELECT \"a'b\" FROM \"c\"", "SELECT \"a'b\" FROM \"c\""},
      {Dialect::kPostgres, "SELECT 1, 1.5, .5, 1e-10, 0xFF, 1_000, -7, a - 7, a -7", "SELECT ?, ?, ?, ?, ?, ?, ?, a - ?, a -?"},
      {Dialect::kPostgres, "SELECT a1, t2.b3, x$1y FROM t2", "SELECT a1, t2.b3, x$1y FROM t2"},
      {Dialect::kPostgres, "SELECT a::int, b::text[] FROM c", "SELECT a::int, b::text[] FROM c"},
      {Dialect::kPostgres, "SELECT 10 %% a FROM b WHERE c LIKE 'x%%'", "SELECT ? % a FROM b WHERE c LIKE ?"},
      {Dialect::kPostgres, "SELECT NULL, TRUE FROM a WHERE b IS NOT NULL", "SELECT NULL, TRUE FROM a WHERE b IS NOT NULL"},
      {Dialect::kPostgres, "SELECT a WHERE b ?| array['x'] AND c @> '{}'", "SELECT a WHERE b ?| array[?] AND c @> ?"},
      {Dialect::kPostgres, "SELECT a['x'], b[1:2]", "SELECT a[?], b[?:?]"},
      {Dialect::kPostgres, "SELECT 'größe', \"naïve\", é FROM t", "SELECT ?, \"naïve\", é FROM t"},
  };
  for (const auto& c : cases) EXPECT_EQ(text(c.statement, c.dialect), c.expected) << c.statement;
}

TEST(NormaliseStatement, LeavesCommentsAndWhiteSpaceOut) {
  EXPECT_EQ(text("/*+ hint */ SELECT\n\t a , b -- why\n FROM /* x /* y */ z */ c ;  "), "SELECT a, b FROM c");
  EXPECT_EQ(text("SELECT a # why\nFROM b -- x\n/* y */", Dialect::kMySql), "SELECT a FROM b");
  EXPECT_EQ(text("SELECT 5--3", Dialect::kMySql), "SELECT ?-?") << "no comment in MySQL without white space behind it";
  EXPECT_EQ(text("SELECT a FROM b /*traceparent='00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'*/"), "SELECT a FROM b");
  EXPECT_EQ(text("  /* nothing */ -- at all"), "");
  EXPECT_EQ(print("  /* nothing */"), 0U);
}

TEST(NormaliseStatement, CollapsesLists) {
  EXPECT_EQ(text("SELECT a FROM b WHERE c IN (1, 2, 3) AND d NOT IN ('x','y')"), "SELECT a FROM b WHERE c IN (?) AND d NOT IN (?)");
  EXPECT_EQ(text("SELECT a FROM b WHERE c IN (%s, %s, %s)"), "SELECT a FROM b WHERE c IN (?)");
  EXPECT_EQ(text("SELECT a WHERE (b, c) IN ((1, 2), (3, 4))"), "SELECT a WHERE (b, c) IN ((?, ?))");
  EXPECT_EQ(text("INSERT INTO a (b, c) VALUES (1, 'x'), (2, 'y'), (3, 'z')"), "INSERT INTO a (b, c) VALUES (?, ?)");
  EXPECT_EQ(text("INSERT INTO a VALUES (1, DEFAULT), (2, DEFAULT) ON CONFLICT DO NOTHING"), "INSERT INTO a VALUES (?, DEFAULT) ON CONFLICT DO NOTHING");
  EXPECT_EQ(text("SELECT a WHERE b = ANY(ARRAY[1, 2, 3])"), "SELECT a WHERE b = ANY(ARRAY[?])");
  EXPECT_EQ(text("SELECT a WHERE b IN (SELECT c FROM d WHERE e = 1)"), "SELECT a WHERE b IN (SELECT c FROM d WHERE e = ?)");
  EXPECT_EQ(text("SELECT a WHERE b IN (1, c, 2)"), "SELECT a WHERE b IN (?, c, ?)");
}

TEST(NormaliseStatement, LeavesMadeUpNamesOut) {
  EXPECT_EQ(text("SAVEPOINT \"s140_x1\""), "SAVEPOINT ?");
  EXPECT_EQ(text("ROLLBACK TO SAVEPOINT s1_x2"), "ROLLBACK TO SAVEPOINT ?");
  EXPECT_EQ(print("SAVEPOINT \"s140_x1\""), print("SAVEPOINT \"s7_x33\""));
  EXPECT_EQ(text("FETCH FORWARD 100 FROM \"_django_curs_1_sync_2\""), "FETCH FORWARD ? FROM ?");
}

TEST(NormaliseStatement, FingerprintsAreOfTheStructure) {
  for (const Dialect dialect : {Dialect::kGeneric, Dialect::kPostgres, Dialect::kMySql, Dialect::kSqlite, Dialect::kSqlServer}) {
    const uint64_t one = print("SELECT a FROM b WHERE c = 1 AND d IN (1, 2)", dialect);
    EXPECT_EQ(one, print("select a\nfrom b where c = 'x' and d in (%s) -- y", dialect));
    EXPECT_NE(one, print("SELECT a FROM b WHERE c = 1", dialect));
    EXPECT_NE(one, print("SELECT a FROM e WHERE c = 1 AND d IN (1, 2)", dialect));
    EXPECT_NE(one, print("SELECT a FROM b WHERE f = 1 AND d IN (1, 2)", dialect));
  }
  EXPECT_EQ(print("SELECT `a` FROM `b`", Dialect::kMySql), print("SELECT a FROM b", Dialect::kMySql));
  EXPECT_EQ(fingerprint_text(0x0123456789abcdef), "0123456789abcdef");
}

// PostgreSQL's parser knows that these are the same; the tokens do not.
TEST(NormaliseStatement, PostgresqlsParserTellsFingerprints) {
  EXPECT_EQ(print("SELECT a AS x FROM b AS y WHERE c = 1"), print("SELECT a FROM b WHERE (c = 1)"));
  EXPECT_NE(print("SELECT a AS x FROM b WHERE c = 1", Dialect::kGeneric), print("SELECT a FROM b WHERE c = 1", Dialect::kGeneric));
  EXPECT_EQ(print("SELECT a FROM b WHERE c > now() - INTERVAL '1 day'"), print("SELECT a FROM b WHERE c > now() - INTERVAL '3 weeks'"));
}

TEST(NormaliseStatement, WhatTheParserRefusesHasAFingerprintToo) {
  EXPECT_NE(print("SELECT FROM WHERE"), 0U);
  EXPECT_NE(print("DO NOT KNOW"), print("DO NOT CARE"));
  std::string deep(5000, '(');
  EXPECT_NE(print("SELECT " + deep + "1" + std::string(5000, ')')), 0U);
  EXPECT_NE(print(std::string("SELECT a\0b", 10)), 0U);
}

TEST(NormaliseStatement, SaysWhatWasCut) {
  for (const std::string_view cut : {"SELECT a FROM b WHERE c = 'x", "SELECT a FROM b WHERE ...", "SELECT a FROM b WHE…", "SELECT \"a", "SELECT a /* x", "SELECT $$x"}) {
    EXPECT_TRUE(normalise(cut, Dialect::kPostgres).is_cut) << cut;
  }
  EXPECT_TRUE(normalise("SELECT " + std::string(kLongestStatement, 'a'), Dialect::kGeneric).is_cut);
  EXPECT_FALSE(normalise("SELECT 'a...' FROM b", Dialect::kPostgres).is_cut);
}

TEST(NormaliseStatement, SummaryNamesOperationsAndTables) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"SELECT a FROM b", "SELECT b"},
      {"SELECT \"b\".\"a\" FROM \"b\" INNER JOIN \"c\" ON (\"b\".\"id\" = \"c\".\"id\") WHERE d = %s", "SELECT b c"},
      {"SELECT * FROM public.b AS x, c y, d WHERE 1 = 1", "SELECT public.b c d"},
      {"INSERT INTO a (b) SELECT c FROM d", "INSERT a SELECT d"},
      {"INSERT INTO a(b) VALUES (1) ON CONFLICT (b) DO UPDATE SET b = 1 RETURNING id", "INSERT a"},
      {"UPDATE a SET b = 1 WHERE c IN (SELECT d FROM e)", "UPDATE a SELECT e"},
      {"UPDATE ONLY a SET b = 1", "UPDATE a"},
      {"DELETE FROM a USING b WHERE a.id = b.id", "DELETE a b"},
      {"SELECT a FROM b FOR UPDATE", "SELECT b"},
      {"WITH x AS (SELECT a FROM b), y AS (SELECT c FROM x) SELECT * FROM x JOIN y ON true", "SELECT b SELECT"},
      {"SELECT EXTRACT(YEAR FROM created) FROM b", "SELECT b"},
      {"SELECT a IS DISTINCT FROM c FROM b", "SELECT b"},
      {"SELECT * FROM generate_series(1, 10)", "SELECT"},
      {"SELECT count(*) FROM (SELECT a FROM b) sub", "SELECT b"},
      {"SELECT pg_sleep(0.8)", "SELECT"},
      {"CREATE TABLE IF NOT EXISTS a (b int REFERENCES c ON DELETE CASCADE)", "CREATE TABLE a"},
      {"DROP TABLE a", "DROP TABLE a"},
      {"BEGIN", "BEGIN"},
      {"SAVEPOINT x", "SAVEPOINT"},
      {"commit;", "COMMIT"},
      {"TRUNCATE TABLE a", "TRUNCATE a"},
      {"", ""},
  };
  for (const auto& [statement, expected] : cases) EXPECT_EQ(summary(statement), expected) << statement;
  EXPECT_EQ(summary("REPLACE INTO `a` VALUES (1)", Dialect::kMySql), "REPLACE a");
  EXPECT_LE(summary("SELECT a FROM " + std::string(400, 'x')).size(), kLongestSummary);
}

TEST(NormaliseStatement, TheMainTableIsTheFirstOfTheStatement) {
  EXPECT_EQ(table("SELECT a FROM \"shop_order\" JOIN c ON true"), "shop_order");
  EXPECT_EQ(table("WITH x AS (SELECT a FROM b) UPDATE c SET d = 1 FROM x"), "c");
  EXPECT_EQ(table("SELECT [a] FROM [dbo].[Orders]", Dialect::kSqlServer), "dbo.Orders");
  EXPECT_EQ(table("SELECT 1"), "");
  const Statement with = normalise("WITH x AS (DELETE FROM b RETURNING a) SELECT * FROM x", Dialect::kPostgres);
  EXPECT_EQ(with.operation, "SELECT");
  EXPECT_EQ(normalise("begin", Dialect::kGeneric).operation, "BEGIN");
}

TEST(Dialects, AreKnownByTheNameOfTheSystem) {
  EXPECT_EQ(dialect_of("mariadb"), Dialect::kMySql);
  EXPECT_EQ(dialect_of("postgresql"), Dialect::kPostgres);
  EXPECT_EQ(dialect_of("oracle.db"), Dialect::kGeneric);
  EXPECT_FALSE(is_sql("redis"));
  EXPECT_TRUE(is_sql(""));
}

}  // namespace
}  // namespace tripod::sql
