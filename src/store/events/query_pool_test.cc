#include "store/events/query_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace tripod::store {
namespace {

TEST(QueryPoolTest, HelpersTakePart) {
  QueryPool pool(3);
  // Two helpers and the caller meet: nobody goes on before all are there.
  std::latch all(3);
  std::atomic<int> ran = 0;
  {
    QueryTeam team(&pool, [&] {
      all.arrive_and_wait();
      ++ran;
    });
    team.call_helpers();
    team.call_helpers();  // once is enough
    all.arrive_and_wait();
  }
  EXPECT_EQ(ran.load(), 2);
}

TEST(QueryPoolTest, WhoHasNotBegunIsCalledOff) {
  QueryPool pool(2);
  std::latch begun(1), go_on(1);
  std::atomic<int> ran = 0;
  QueryTeam slow(&pool, [&] {
    begun.count_down();
    go_on.wait();
  });
  slow.call_helpers();
  begun.wait();
  // One thread of the pool may be free, the other waits: this query does not wait for it.
  for (int i = 0; i < 100; ++i) {
    QueryTeam team(&pool, [&] { ++ran; });
    team.call_helpers();
  }
  go_on.count_down();
  EXPECT_LE(ran.load(), 100);
}

TEST(QueryPoolTest, WithoutAPoolTheCallerIsAlone) {
  QueryTeam team(nullptr, [] { FAIL(); });
  team.call_helpers();
  QueryPool none(0);
  QueryTeam other(&none, [] { FAIL(); });
  other.call_helpers();
}

}  // namespace
}  // namespace tripod::store
