// Arena, memory budget and bounded queue: what keeps memory in hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <numeric>
#include <thread>

#include "base/arena.h"
#include "base/bounded_queue.h"
#include "base/memory_budget.h"

namespace tripod::base {
namespace {

using ::testing::ElementsAre;

TEST(Arena, KeepsWhatItGaveAndAligns) {
  Arena arena;
  std::vector<std::string_view> copies;
  for (int i = 0; i < 5000; ++i) {
    copies.push_back(arena.copy(std::to_string(i)));
    auto* number = static_cast<double*>(arena.allocate(sizeof(double), alignof(double)));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(number) % alignof(double), 0u);
    *number = i;
  }
  for (int i = 0; i < 5000; ++i) EXPECT_EQ(copies[static_cast<size_t>(i)], std::to_string(i));
  EXPECT_EQ(arena.copy("").size(), 0u);
  const std::string huge(3 << 20, 'h');
  EXPECT_EQ(arena.copy(huge), huge);
  EXPECT_GE(arena.bytes_reserved(), huge.size());
}

TEST(Arena, ArraysAreValueInitialised) {
  Arena arena;
  auto array = arena.make_array<int>(100);
  EXPECT_EQ(std::accumulate(array.begin(), array.end(), 0), 0);
  const int from[] = {1, 2, 3};
  EXPECT_THAT(arena.copy_array(std::span<const int>(from)), ElementsAre(1, 2, 3));
  EXPECT_TRUE(arena.make_array<int>(0).empty());
}

TEST(Arena, MovingKeepsPointersAndEmptiesTheSource) {
  Arena first;
  const std::string_view text = first.copy("stays");
  Arena second = std::move(first);
  EXPECT_EQ(first.bytes_reserved(), 0u);  // NOLINT: what is left after a move is the subject
  const std::string_view other = first.copy("new chunk");
  second = std::move(first);
  EXPECT_EQ(other, "new chunk");
  Arena third = std::move(second);
  EXPECT_EQ(third.copy("x"), "x");
  (void)text;
}

TEST(MemoryBudget, RefusesPastTheLimitAndTakesBack) {
  MemoryBudget budget(100);
  {
    auto first = budget.try_charge(60);
    ASSERT_TRUE(first);
    EXPECT_FALSE(budget.try_charge(41));
    auto second = budget.try_charge(40);
    ASSERT_TRUE(second);
    EXPECT_EQ(budget.used(), 100u);
    const MemoryCharge forced = budget.charge(50);
    EXPECT_EQ(budget.used(), 150u);
    EXPECT_FALSE(budget.try_charge(0));
    MemoryCharge moved = std::move(first);
    EXPECT_FALSE(first);  // NOLINT: as above
    EXPECT_EQ(moved.bytes(), 60u);
  }
  EXPECT_EQ(budget.used(), 0u);
  EXPECT_FALSE(budget.try_charge(SIZE_MAX));
}

TEST(MemoryBudget, AChargeGrowsByWhatIsMissing) {
  MemoryBudget budget(100);
  {
    MemoryCharge in_steps;
    EXPECT_TRUE(budget.try_grow(in_steps, 40, 30));
    EXPECT_EQ(in_steps.bytes(), 70u);
    EXPECT_TRUE(budget.try_grow(in_steps, 90, 30));
    EXPECT_EQ(in_steps.bytes(), 90u);
  }
  {
    MemoryCharge charge;
    EXPECT_TRUE(budget.try_grow(charge, 40));
    EXPECT_TRUE(budget.try_grow(charge, 10));
    EXPECT_EQ(charge.bytes(), 40u);
    EXPECT_TRUE(budget.try_grow(charge, 100));
    EXPECT_EQ(charge.bytes(), 100u);
    EXPECT_EQ(budget.used(), 100u);
    EXPECT_FALSE(budget.try_grow(charge, 101));
    EXPECT_EQ(budget.used(), 100u);
    MemoryCharge other;
    EXPECT_FALSE(budget.try_grow(other, 1));
    EXPECT_FALSE(other);
    const MemoryCharge forced = budget.charge(1);
    EXPECT_TRUE(budget.try_grow(other, 0));  // nothing is not too much
  }
  EXPECT_EQ(budget.used(), 0u);
}

TEST(MemoryBudget, NeverOverchargesUnderContention) {
  MemoryBudget budget(10);
  std::atomic<size_t> most{0};
  {
    std::deque<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 2000; ++i) {
          const auto charge = budget.try_charge(3);
          const size_t used = budget.used();
          if (used > most) most = used;
        }
      });
    }
  }
  EXPECT_LE(most, 10u);
  EXPECT_EQ(budget.used(), 0u);
}

TEST(BoundedQueue, RefusesWhenFullAndDrainsAfterClose) {
  BoundedQueue<std::unique_ptr<int>> queue(2);
  EXPECT_TRUE(queue.try_push(std::make_unique<int>(1)));
  EXPECT_TRUE(queue.try_push(std::make_unique<int>(2)));
  auto third = std::make_unique<int>(3);
  EXPECT_FALSE(queue.try_push(std::move(third)));
  EXPECT_NE(third, nullptr);  // untouched when refused
  queue.close();
  EXPECT_FALSE(queue.push(std::make_unique<int>(4)));
  EXPECT_EQ(**queue.pop(), 1);
  EXPECT_EQ(queue.size(), 1u);
  EXPECT_EQ(queue.pop_many(10).size(), 1u);
  EXPECT_EQ(queue.pop(), std::nullopt);
  EXPECT_TRUE(queue.pop_many(10).empty());
}

TEST(BoundedQueue, HandsOverEverythingOnce) {
  BoundedQueue<int> queue(4);
  std::atomic<int64_t> sum{0};
  {
    std::deque<std::jthread> consumers;
    for (int t = 0; t < 2; ++t) {
      consumers.emplace_back([&] {
        while (auto item = queue.pop()) sum += *item;
      });
    }
    consumers.emplace_back([&] {
      for (auto items = queue.pop_many(3); !items.empty(); items = queue.pop_many(3)) {
        for (const int item : items) sum += item;
      }
    });
    {
      std::deque<std::jthread> producers;
      for (int t = 0; t < 3; ++t) {
        producers.emplace_back([&] {
          for (int i = 1; i <= 1000; ++i) EXPECT_TRUE(queue.push(int{i}));
        });
      }
    }
    queue.close();
  }
  EXPECT_EQ(sum, 3 * 500'500);
}

}  // namespace
}  // namespace tripod::base
