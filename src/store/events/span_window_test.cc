// The window of spans: a dataset like the others, but for how long its parts are kept.
#include <gtest/gtest.h>

#include "store/events/testing/store_fixture.h"

namespace tripod::store {
namespace {

using testing::TestBatch;

class SpanWindowTest : public testing::StoreTest {};

// A span that took an hour to come is in the window for as long as one that came at once.
TEST_F(SpanWindowTest, TheWindowCountsFromWhenSpansCame) {
  options_.retention[static_cast<size_t>(Dataset::kSpanWindow)].age = 30 * base::kNanosPerMinute;
  open();
  const auto spans = [&](base::UnixNanos time) {
    TestBatch batch = lines(100, time);
    batch.dataset = Dataset::kSpanWindow;
    append(batch);
    ASSERT_TRUE(store_->flush());
    ASSERT_TRUE(store_->maintain());
  };
  spans(kNow - base::kNanosPerDay);
  spans(kNow + base::kNanosPerHour);
  EXPECT_EQ(store_->stats(Dataset::kSpanWindow).rows, 200u);
  clock_.advance(20 * base::kNanosPerMinute);
  spans(kNow);
  EXPECT_EQ(store_->stats(Dataset::kSpanWindow).rows, 300u);
  clock_.advance(11 * base::kNanosPerMinute);
  ASSERT_TRUE(store_->maintain());
  EXPECT_EQ(store_->stats(Dataset::kSpanWindow).rows, 100u);
}

}  // namespace
}  // namespace tripod::store
