#include "pipeline/repeated_events.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>

#include "base/log.h"
#include "base/mem_fs.h"
#include "store/events/embedded_event_store.h"

namespace tripod::pipeline {
namespace {

constexpr base::UnixNanos kNow = 1'795'365'477'000'000'000;

model::ErrorEvent event_of(uint8_t number, uint64_t project = 1) {
  model::ErrorEvent event{.time = kNow + number, .project = project};
  event.event_id.bytes.back() = number;
  event.event_id.bytes.front() = 0xee;
  return event;
}

class RepeatedEventsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = store::EmbeddedEventStore::open(fs_, clock_, budget_, *log_, {.dir = "events", .background = false});
    ASSERT_TRUE(opened);
    events_ = std::move(*opened);
  }
  void store(const model::ErrorEvent& event) {
    const std::string id = event.event_id.hex();
    const std::array<model::Attribute, 2> fields = {{{"event_id", model::Value::string(id)}, {"project", model::Value::int64(static_cast<int64_t>(event.project))}}};
    const store::Event row{.time = event.time, .fields = fields};
    const std::span<const model::Attribute> no_stream;
    events_->append({.dataset = store::Dataset::kErrors, .streams = {&no_stream, 1}, .events = {&row, 1}}, [](auto result) { EXPECT_TRUE(result); });
    ASSERT_TRUE(events_->flush());
  }
  static Seen claim(RepeatedEvents& repeated, const model::ErrorEvent& event) {
    return repeated.claim(event, [](const base::Result<>&) {});
  }
  static void settle(RepeatedEvents& repeated, const model::ErrorEvent& event, const base::Result<>& result = {}) {
    const RepeatedEvents::Claimed claimed{event.project, event.event_id, event.time};
    repeated.settle({&claimed, 1}, result);
  }
  // Stores it where it is new, as a pipeline does.
  Seen take(RepeatedEvents& repeated, const model::ErrorEvent& event) {
    const Seen seen = claim(repeated, event);
    if (seen != Seen::kFirst) return seen;
    store(event);
    settle(repeated, event);
    return seen;
  }

  base::ManualClock clock_{kNow};
  base::MemFs fs_;
  base::MemoryBudget budget_{256u << 20};
  std::unique_ptr<base::Logger> log_ = base::make_null_logger();
  std::unique_ptr<store::EmbeddedEventStore> events_;
};

TEST_F(RepeatedEventsTest, AnEventIsItsProjectsAndItsIds) {
  RepeatedEvents repeated(*events_, nullptr);
  EXPECT_EQ(take(repeated, event_of(1)), Seen::kFirst);
  EXPECT_EQ(take(repeated, event_of(1)), Seen::kStored);
  EXPECT_EQ(take(repeated, event_of(1, 2)), Seen::kFirst);
  EXPECT_EQ(take(repeated, event_of(2)), Seen::kFirst);
}

TEST_F(RepeatedEventsTest, WhoComesSecondLearnsWhatBecameOfTheFirst) {
  RepeatedEvents repeated(*events_, nullptr);
  std::optional<base::Result<>> told;
  const auto tell = [&](base::Result<> result) { told = std::move(result); };
  EXPECT_EQ(claim(repeated, event_of(1)), Seen::kFirst);
  EXPECT_EQ(repeated.claim(event_of(1), tell), Seen::kOnItsWay);
  EXPECT_FALSE(told);
  settle(repeated, event_of(1), base::fail(base::Code::kUnavailable, "no room"));
  ASSERT_TRUE(told);
  EXPECT_FALSE(*told);
  // Nobody stored it: the next one is the first again.
  told.reset();
  EXPECT_EQ(claim(repeated, event_of(1)), Seen::kFirst);
  EXPECT_EQ(repeated.claim(event_of(1), tell), Seen::kOnItsWay);
  settle(repeated, event_of(1));
  ASSERT_TRUE(told);
  EXPECT_TRUE(*told);
}

TEST_F(RepeatedEventsTest, WhatMemoryForgetsTheStoreKnows) {
  RepeatedEvents repeated(*events_, nullptr, 2);
  for (uint8_t i = 1; i <= 5; ++i) EXPECT_EQ(take(repeated, event_of(i)), Seen::kFirst);
  for (uint8_t i = 1; i <= 5; ++i) EXPECT_EQ(take(repeated, event_of(i)), Seen::kStored) << int{i};
  EXPECT_EQ(take(repeated, event_of(1, 2)), Seen::kFirst);  // of the time of one that is forgotten
  EXPECT_EQ(take(repeated, event_of(6)), Seen::kFirst);
}

TEST_F(RepeatedEventsTest, ARestartForgetsNothing) {
  {
    RepeatedEvents before(*events_, nullptr);
    for (uint8_t i = 1; i <= 5; ++i) EXPECT_EQ(take(before, event_of(i)), Seen::kFirst);
  }
  for (const size_t most : {2u, 100u}) {
    RepeatedEvents after(*events_, nullptr, most);
    ASSERT_TRUE(after.load());
    for (uint8_t i = 1; i <= 5; ++i) EXPECT_EQ(take(after, event_of(i)), Seen::kStored) << int{i};
    // Of those that are in memory the time does not matter: one that says none takes the time of its arrival.
    model::ErrorEvent moved = event_of(5);
    moved.time += 1000;
    EXPECT_EQ(take(after, moved), Seen::kStored);
  }
}

}  // namespace
}  // namespace tripod::pipeline
