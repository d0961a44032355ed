#include "pipeline/session_book.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem_fs.h"
#include "pipeline/to_events.h"
#include "store/events/embedded_event_store.h"

namespace tripod::pipeline {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr base::UnixNanos kNow = 1'795'365'477'000'000'000;

struct Update {
  std::string_view id;
  uint64_t begun = 0, errored = 0, crashed = 0;
  std::string_view user = {};
  base::UnixNanos off = 0;  // of its start
};

model::Batch batch_of(const std::vector<Update>& updates) {
  model::Batch batch;
  const model::Attribute release{"service.version", model::Value::string("r1")};
  batch.resources.push_back({batch.arena.copy_array(std::span<const model::Attribute>(&release, 1))});
  for (const Update& u : updates) {
    batch.sessions.push_back({.started = kNow + u.off, .project = 1, .id = u.id, .user_id = u.user, .begun = u.begun, .errored = u.errored, .crashed = u.crashed});
  }
  return batch;
}

class SessionBookTest : public testing::Test {
 protected:
  SessionBookTest() {
    events_ = std::move(*store::EmbeddedEventStore::open(fs_, clock_, budget_, *log_, {.dir = "events", .background = false}));
    book_ = std::make_unique<SessionBook>(*events_, 3);
  }
  // What is left of the updates: "begun errored crashed" each; and stores it.
  std::vector<std::string> told(const std::vector<Update>& updates) {
    model::Batch batch = batch_of(updates);
    book_->count(batch);
    std::vector<std::string> out;
    for (const auto& s : batch.sessions) out.push_back(fmt::format("{} {} {}", s.begun, s.errored, s.crashed));
    if (batch.sessions.empty()) return out;
    const EventRows rows = sessions_to_events(batch);
    std::promise<bool> stored;
    events_->append(rows.batch(store::Dataset::kSessions), [&](base::Result<store::AppendSummary> r) { stored.set_value(r.has_value()); });
    EXPECT_TRUE(stored.get_future().get());
    return out;
  }
  void restart() { book_ = std::make_unique<SessionBook>(*events_, 3); }
  // Sums over everything that is stored.
  std::string stored() {
    store::AggregatePlan plan{.dataset = store::Dataset::kSessions};
    for (const auto name : {session_field::kBegun, session_field::kErrored, session_field::kCrashed}) plan.values.push_back({.field = std::string(name)});
    const auto result = events_->aggregate(plan);
    if (!result || result->groups.empty()) return "nothing";
    const auto& values = result->groups[0].values;
    return fmt::format("{} {} {}", values[0].sum, values[1].sum, values[2].sum);
  }

  base::MemFs fs_;
  base::ManualClock clock_{kNow};
  base::MemoryBudget budget_{256u << 20};
  std::unique_ptr<base::Logger> log_ = base::make_null_logger();
  std::unique_ptr<store::EmbeddedEventStore> events_;
  std::unique_ptr<SessionBook> book_;
};

TEST_F(SessionBookTest, WhatAnUpdateRepeatsIsNotCountedAgain) {
  EXPECT_THAT(told({{"a", 1}}), ElementsAre("1 0 0"));
  EXPECT_THAT(told({{"a", 0, 1}}), ElementsAre("0 1 0"));
  EXPECT_THAT(told({{"a", 0, 1}, {"a", 1, 1, 1}, {"a", 0, 1, 1}}), ElementsAre("0 0 1"));
  EXPECT_EQ(stored(), "1 1 1");
}

TEST_F(SessionBookTest, CountsOfManyStayAsTheyAre) {
  EXPECT_THAT(told({{"", 5, 2, 1}, {"", 5, 2, 1}}), ElementsAre("5 2 1", "5 2 1"));
}

TEST_F(SessionBookTest, ANewUserIsWorthARow) {
  EXPECT_THAT(told({{"a", 1}, {"a", 0, 0, 0, "ada"}, {"a", 0, 0, 0, "ada"}}), ElementsAre("1 0 0", "0 0 0"));
}

TEST_F(SessionBookTest, WhatIsForgottenIsLookedUp) {
  EXPECT_THAT(told({{"a", 1, 1}, {"b", 1}, {"c", 1}, {"d", 1}}), SizeIs(4));  // "a" is forgotten: there is room for 3
  EXPECT_THAT(told({{"a", 0, 1, 1}}), ElementsAre("0 0 1"));
  restart();
  EXPECT_THAT(told({{"a", 0, 1, 1}}), IsEmpty());
  EXPECT_THAT(told({{"a", 0, 1, 1, "ada"}}), ElementsAre("0 0 0"));
  restart();
  EXPECT_THAT(told({{"a", 0, 1, 1, "ada"}}), IsEmpty());
  EXPECT_THAT(told({{"b", 0, 1}}), ElementsAre("0 1 0"));
  EXPECT_EQ(stored(), "4 2 1");
}

// A client's clock that is off is corrected anew with each envelope.
TEST_F(SessionBookTest, TheStartMayMoveFromUpdateToUpdate) {
  told({{.id = "a", .begun = 1, .errored = 1}});
  restart();
  EXPECT_THAT(told({{.id = "a", .errored = 1, .crashed = 1, .off = 90 * base::kNanosPerMinute}}), ElementsAre("0 0 1"));
  EXPECT_EQ(stored(), "1 1 1");
}

TEST_F(SessionBookTest, SessionsOfTwoProjectsWithOneIdAreTwo) {
  EXPECT_NE(session_hash(1, "a"), session_hash(2, "a"));
  EXPECT_EQ(session_hash(1, ""), "");
}

TEST_F(SessionBookTest, WhatCouldNotBeStoredCountsAsNotTold) {
  model::Batch batch = batch_of({{"a", 1, 1}});
  const SessionBook::Entries entries = book_->count(batch);
  EXPECT_EQ(entries.updates, 1u);
  book_->forget(entries);
  EXPECT_THAT(told({{"a", 1, 1}}), ElementsAre("1 1 0"));
  model::Batch more = batch_of({{"a", 0, 1, 1}, {"a", 0, 1, 1, "ada"}});
  book_->forget(book_->count(more));
  EXPECT_THAT(told({{"a", 1, 1, 1}}), ElementsAre("0 0 1"));
}

}  // namespace
}  // namespace tripod::pipeline
