// Over the embedded store on a file system in memory. The clock stands still unless turned; nothing waits for time.
#include "query/tail/tail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <thread>

#include "store/events/testing/forwarding_store.h"
#include "store/events/testing/store_fixture.h"

namespace tripod::query::tail {
namespace {

using store::Dataset;
using store::Predicate;
using store::testing::TestBatch;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

std::vector<uint64_t> numbers(uint64_t first, uint64_t last) {
  std::vector<uint64_t> out;
  for (uint64_t i = first; i <= last; ++i) out.push_back(i);
  return out;
}

// Takes what it is let.
class Sink final : public TailSink {
 public:
  size_t take(std::span<const TailRow> rows, bool is_new) override {
    std::lock_guard lock(mu_);
    const size_t count = std::min(rows.size(), room_);
    for (const TailRow& row : rows.first(count)) {
      (is_new ? taken_ : old_)[row.dataset].push_back(row.row.sequence);
      bodies_.push_back(row.row.text("body"));
    }
    if (room_ != SIZE_MAX) room_ -= count;
    if (count < rows.size()) ++refused_;
    changed_.notify_all();
    return count;
  }
  bool dropped(const TailGap& gap) override {
    std::lock_guard lock(mu_);
    if (room_ == 0) return false;
    if (!gap.is_exact) ++inexact_;
    dropped_ += gap.count;
    gap_end_ = gap.end;
    changed_.notify_all();
    return true;
  }
  void reached(Dataset dataset, uint64_t sequence) override {
    std::lock_guard lock(mu_);
    EXPECT_GE(sequence, reached_[dataset]);
    reached_[dataset] = sequence;
    changed_.notify_all();
  }
  void failed(const base::Error& error) override {
    std::lock_guard lock(mu_);
    failure_ = error.message;
    changed_.notify_all();
  }

  void set_room(size_t rows) {
    std::lock_guard lock(mu_);
    room_ = rows;
  }
  void await_reached(uint64_t sequence, Dataset dataset = Dataset::kLogs) {
    std::unique_lock lock(mu_);
    changed_.wait(lock, [&] { return reached_[dataset] >= sequence || !failure_.empty(); });
    EXPECT_EQ(failure_, "");
  }
  void await_refused() {
    std::unique_lock lock(mu_);
    changed_.wait(lock, [&] { return refused_ > 0; });
    refused_ = 0;
  }
  std::vector<uint64_t> taken(Dataset dataset = Dataset::kLogs) { return copy(taken_[dataset]); }
  std::vector<uint64_t> old(Dataset dataset = Dataset::kLogs) { return copy(old_[dataset]); }
  std::vector<std::string> bodies() { return copy(bodies_); }
  uint64_t dropped() {
    std::lock_guard lock(mu_);
    return dropped_;
  }
  int inexact() {
    std::lock_guard lock(mu_);
    return inexact_;
  }
  uint64_t gap_end() {
    std::lock_guard lock(mu_);
    return gap_end_;
  }

 private:
  template <class T>
  T copy(const T& value) {
    std::lock_guard lock(mu_);
    return value;
  }
  std::mutex mu_;
  std::condition_variable changed_;
  size_t room_ = SIZE_MAX;
  std::map<Dataset, std::vector<uint64_t>> taken_, old_;
  std::vector<std::string> bodies_;
  std::map<Dataset, uint64_t> reached_;
  uint64_t dropped_ = 0;
  uint64_t gap_end_ = 0;
  int inexact_ = 0;  // gaps of which more may be missing
  int refused_ = 0;
  std::string failure_;
};

class TailTest : public store::testing::StoreTest {
 protected:
  void SetUp() override { open(); }
  void TearDown() override {
    subscriptions_.clear();
    service_.reset();
  }
  TailService& service(TailOptions options = {.interval = 0}) {
    if (!service_) service_ = std::make_unique<TailService>(*store_, clock_, metrics_, options);
    return *service_;
  }
  std::shared_ptr<Sink> subscribe(TailPlan plan) {
    auto sink = std::make_shared<Sink>();
    subscriptions_.push_back(service().subscribe(std::move(plan), sink));
    return sink;
  }
  std::shared_ptr<Sink> subscribe(Predicate filter = {}, uint64_t after = kFromNow) {
    return subscribe({.sources = {{.filter = std::move(filter), .after = after}}});
  }
  TestBatch of(Dataset dataset, size_t count) {
    TestBatch batch = lines(count);
    batch.dataset = dataset;
    return batch;
  }

  base::MetricRegistry metrics_;
  std::unique_ptr<TailService> service_;
  std::vector<std::unique_ptr<Subscription>> subscriptions_;
};

TEST_F(TailTest, WhatIsStoredIsGivenOnceInOrder) {
  append(lines(3));
  const auto sink = subscribe();
  append(lines(2));
  sink->await_reached(5);
  append(lines(1));
  append(lines(4));
  sink->await_reached(10);
  EXPECT_THAT(sink->taken(), ElementsAreArray(numbers(4, 10)));
  EXPECT_THAT(sink->old(), IsEmpty());
  EXPECT_THAT(metrics_.expose(), testing::HasSubstr("tripod_tail_rows_total 7\n"));
}

TEST_F(TailTest, OrderIsThatOfTheStoreNotOfTime) {
  const auto sink = subscribe();
  append(lines(2, kNow));
  append(lines(2, kNow - 7 * base::kNanosPerDay));
  sink->await_reached(4);
  EXPECT_THAT(sink->taken(), ElementsAre(1, 2, 3, 4));
}

TEST_F(TailTest, OnlyWhatMatchesIsGivenAndTheRestIsPassed) {
  const auto sink = subscribe(Predicate::equal("n", int64_t{7}));
  append(lines(5));
  sink->await_reached(5);
  append(lines(5));
  sink->await_reached(10);
  EXPECT_THAT(sink->taken(), ElementsAre(8));
}

TEST_F(TailTest, BeginsWhereItIsTold) {
  append(lines(10));
  const auto sink = subscribe({}, 4);
  sink->await_reached(10);
  EXPECT_THAT(sink->taken(), ElementsAreArray(numbers(5, 10)));
  const auto ahead = subscribe({}, 1000);   // of another folder's store
  append(lines(1));
  ahead->await_reached(11);
  EXPECT_THAT(ahead->taken(), ElementsAre(11));
}

TEST_F(TailTest, ReadsFromPartsWhatIsNoLongerInMemory) {
  append(lines(1000));
  ASSERT_TRUE(store_->flush());
  append(lines(1000));
  const auto sink = subscribe({}, 100);
  sink->await_reached(2000);
  EXPECT_THAT(sink->taken(), ElementsAreArray(numbers(101, 2000)));
}

TEST_F(TailTest, SequencesGoOnAfterARestart) {
  append(lines(5));
  TearDown();
  open();
  EXPECT_EQ(store_->durable_sequence(Dataset::kLogs), 5u);
  const auto sink = subscribe({}, 3);
  append(lines(2));
  sink->await_reached(7);
  EXPECT_THAT(sink->taken(), ElementsAre(4, 5, 6, 7));
}

TEST_F(TailTest, DatasetsHaveTheirOwnOrder) {
  const auto sink = subscribe({.sources = {{.dataset = Dataset::kLogs}, {.dataset = Dataset::kErrors}}});
  append(of(Dataset::kLogs, 3));
  append(of(Dataset::kSpans, 3));
  append(of(Dataset::kErrors, 2));
  append(of(Dataset::kLogs, 1));
  sink->await_reached(4, Dataset::kLogs);
  sink->await_reached(2, Dataset::kErrors);
  EXPECT_THAT(sink->taken(Dataset::kLogs), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(sink->taken(Dataset::kErrors), ElementsAre(1, 2));
  EXPECT_THAT(sink->taken(Dataset::kSpans), IsEmpty());
}

TEST_F(TailTest, TheLastOnesComeFirstWithoutAGap) {
  append(lines(10));
  const auto sink = subscribe({.sources = {{}}, .last = 3});
  append(lines(2));
  sink->await_reached(12);
  EXPECT_THAT(sink->old(), ElementsAre(8, 9, 10));
  EXPECT_THAT(sink->taken(), ElementsAre(11, 12));
  const auto recent = subscribe({.sources = {{}}, .last = 100, .since = kNow + 9 * base::kNanosPerSecond});
  append(lines(1));
  recent->await_reached(13);
  EXPECT_THAT(recent->old(), ElementsAre(10));
}

// Looking for the last ones takes longer than it may: one in the middle is all that it finds.
class HastyStore final : public store::testing::ForwardingStore {
 public:
  explicit HastyStore(store::EventStore& to) : ForwardingStore(to) {}
  base::Result<store::ScanResult> scan(const store::ScanPlan& plan) override {
    auto found = ForwardingStore::scan(plan);
    if (found && plan.order == store::Order::kNewestFirst) {
      std::erase_if(found->rows, [](const store::EventRow& row) { return row.sequence != 3; });
      found->stats.incomplete = found->stats.out_of_time = true;
    }
    return found;
  }
};

TEST_F(TailTest, LastOnesThatWereNotAllFoundAreGivenWithoutAGapAndItIsSaid) {
  append(lines(5));
  HastyStore hasty(*store_);
  TailService tails(hasty, clock_, metrics_, {.interval = 0});
  auto sink = std::make_shared<Sink>();
  const auto subscription = tails.subscribe({.sources = {{}}, .last = 10}, sink);
  append(lines(2));
  sink->await_reached(7);
  EXPECT_THAT(sink->old(), ElementsAre(3, 4, 5));
  EXPECT_THAT(sink->taken(), ElementsAre(6, 7));
  EXPECT_EQ(sink->inexact(), 1);
  EXPECT_EQ(sink->dropped(), 0u);
}

TEST_F(TailTest, WhatDoesNotFitWaitsForRoomAndNothingIsLost) {
  const auto sink = std::make_shared<Sink>();
  sink->set_room(3);
  subscriptions_.push_back(service().subscribe({.sources = {{}}, .last = 10}, sink));
  append(lines(8));
  sink->await_refused();
  EXPECT_THAT(sink->taken(), ElementsAre(1, 2, 3));
  append(lines(2000));
  sink->set_room(SIZE_MAX);
  subscriptions_[0]->on_room();
  sink->await_reached(2008);
  EXPECT_THAT(sink->taken(), ElementsAreArray(numbers(1, 2008)));
  EXPECT_EQ(sink->dropped(), 0u);
}

TEST_F(TailTest, WhoIsTooFarBehindIsToldExactlyHowManyWereLeftOut) {
  service({.interval = 0, .most_behind_records = 50});
  const auto sink = subscribe(Predicate::compare(Predicate::Op::kLess, "n", int64_t{100}));
  sink->set_room(2);
  append(lines(10));
  sink->await_refused();
  for (int i = 0; i < 20; ++i) append(lines(10));   // n up to 209
  clock_.advance(5 * base::kNanosPerSecond + 1);
  sink->set_room(SIZE_MAX);
  subscriptions_[0]->on_room();
  sink->await_reached(210);
  EXPECT_THAT(sink->taken(), ElementsAre(1, 2));
  EXPECT_EQ(sink->dropped(), 98u);
  EXPECT_EQ(sink->inexact(), 0);
  EXPECT_EQ(sink->gap_end(), 210u);
  EXPECT_THAT(metrics_.expose(), testing::HasSubstr("tripod_tail_dropped_total 98\n"));
  const auto other = subscribe();
  append(lines(1));
  other->await_reached(211);
  EXPECT_THAT(other->taken(), ElementsAre(211));
}

TEST_F(TailTest, WhatTheSinkWouldHaveLeftOutIsNotCountedAsDropped) {
  service({.interval = 0, .most_behind_records = 5});
  const auto sink = subscribe({.sources = {{}}, .project = {"n"}, .counts = [](const store::EventRow& row) { return row.text("n").ends_with('7'); }});
  sink->set_room(1);
  append(lines(100));
  sink->await_refused();
  clock_.advance(5 * base::kNanosPerSecond + 1);
  sink->set_room(1);
  subscriptions_[0]->on_room();
  sink->await_reached(100);
  EXPECT_THAT(sink->taken(), ElementsAre(1));
  EXPECT_EQ(sink->dropped(), 10u);
}

TEST_F(TailTest, AShortQueueIsWaitedForAMinute) {
  const auto sink = subscribe();
  sink->set_room(1);
  append(lines(20));
  sink->await_refused();
  clock_.advance(30 * base::kNanosPerSecond);
  sink->set_room(1);
  subscriptions_[0]->on_room();
  sink->await_refused();
  EXPECT_THAT(sink->taken(), ElementsAre(1, 2));
  clock_.advance(31 * base::kNanosPerSecond);
  sink->set_room(SIZE_MAX);
  subscriptions_[0]->on_room();
  sink->await_reached(20);
  EXPECT_EQ(sink->taken().size() + sink->dropped(), 20u);
  EXPECT_EQ(sink->dropped(), 18u);
}

// The time counts from when the tail has seen the records. One thread takes the subscribers in turn: when the second one has been
// given two records that the first does not want, the first has looked at all that was there before.
TEST_F(TailTest, RecordsAreHeldBackForTheTimeAskedFor) {
  constexpr int64_t kHold = base::kNanosPerMilli;
  service({.threads = 1, .interval = 0});
  const auto sink = subscribe({.sources = {{}}, .hold = kHold});
  const auto other = subscribe({.sources = {{.dataset = Dataset::kSpans}}});
  uint64_t spans = 0;
  const auto let_look = [&] {
    for (int i = 0; i < 2; ++i) {
      append(of(Dataset::kSpans, 1));
      other->await_reached(++spans, Dataset::kSpans);
    }
  };
  append(lines(2));
  let_look();
  EXPECT_THAT(sink->taken(), IsEmpty());
  clock_.advance(kHold);
  append(lines(1));
  sink->await_reached(2);
  let_look();
  EXPECT_THAT(sink->taken(), ElementsAre(1, 2));
  clock_.advance(kHold);
  append(lines(1));
  sink->await_reached(3);
  EXPECT_THAT(sink->taken(), ElementsAre(1, 2, 3));
}

TEST_F(TailTest, LargeRecordsAreGivenInSmallerPortions) {
  const auto sink = subscribe();
  TestBatch batch = lines(40);
  for (auto& event : batch.events) event.fields[0].second = std::string(1 << 20, 'x');
  append(batch);
  sink->await_reached(40);
  EXPECT_THAT(sink->taken(), ElementsAreArray(numbers(1, 40)));
}

TEST_F(TailTest, NobodyIsGivenAnythingAfterwards) {
  const auto sink = subscribe();
  const auto other = subscribe();
  EXPECT_THAT(metrics_.expose(), testing::HasSubstr("tripod_tail_subscriptions 2\n"));
  subscriptions_[0].reset();
  EXPECT_THAT(metrics_.expose(), testing::HasSubstr("tripod_tail_subscriptions 1\n"));
  append(lines(1));
  other->await_reached(1);
  service().stop();
  append(lines(1));
  EXPECT_THAT(sink->taken(), IsEmpty());
  EXPECT_THAT(other->taken(), ElementsAre(1));
}

TEST_F(TailTest, ManyWritersAndReadersAtOnceLoseNothing) {
  TearDown();
  options_.background = true;
  options_.flush_rows = 300;
  open();
  std::vector<std::shared_ptr<Sink>> sinks;
  for (int i = 0; i < 4; ++i) sinks.push_back(subscribe());
  constexpr int kWriters = 2, kBatches = 50, kRows = 20;
  std::mutex mu;
  {
    std::vector<std::jthread> writers;
    for (int w = 0; w < kWriters; ++w) {
      writers.emplace_back([&] {
        for (int i = 0; i < kBatches; ++i) {
          TestBatch batch;
          {
            std::lock_guard lock(mu);
            batch = lines(kRows);
          }
          ASSERT_TRUE(store::testing::append_and_wait(*store_, batch));
        }
      });
    }
  }
  constexpr uint64_t kAll = uint64_t{kWriters} * kBatches * kRows;
  for (const auto& sink : sinks) {
    sink->await_reached(kAll);
    EXPECT_THAT(sink->taken(), ElementsAreArray(numbers(1, kAll)));
  }
  TearDown();
  store_.reset();
}

}  // namespace
}  // namespace tripod::query::tail
