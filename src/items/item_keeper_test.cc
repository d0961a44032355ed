#include "items/item_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <memory>

#include "base/mem_fs.h"
#include "base/random.h"
#include "store/events/embedded_event_store.h"
#include "store/meta/sqlite_meta_store.h"

namespace tripod::items {
namespace {

using model::Attachment;
using model::EventId;
using model::Items;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr base::UnixNanos kNow = 1'795'365'477'000'000'000;
const EventId kEvent = EventId::from_hex("83a7c03ed0a04e1b97e2e3b18d38f244");

class ItemKeeperTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::filesystem::temp_directory_path() / ("tripod-items-" + base::random_hex(8));
    std::filesystem::create_directories(dir_);
    meta_ = std::move(*store::SqliteMetaStore::open((dir_ / "meta.db").string(), clock_));
    ASSERT_TRUE(meta_->bootstrap("default", ""));
    events_ = std::move(*store::EmbeddedEventStore::open(fs_, clock_, budget_, *log_, {.dir = "events", .background = false}));
    restart({});
  }
  void TearDown() override {
    keeper_.reset();
    events_.reset();
    meta_.reset();
    std::filesystem::remove_all(dir_);
  }
  void restart(FileLimits limits) {
    keeper_.emplace(ItemContext{*meta_, *events_, files_, clock_, *log_, metrics_}, limits);
    ASSERT_TRUE(keeper_->tidy());
  }
  // The reasons of what is not taken.
  std::vector<std::string> keep(const Items& items) {
    const auto rejected = keeper_->keep(items);
    EXPECT_TRUE(rejected);
    std::vector<std::string> out;
    for (const model::Rejection& one : *rejected) out.push_back(one.reason);
    return out;
  }
  Attachment file(std::string name, std::string_view bytes, EventId event = kEvent) {
    return {.project = 1, .time = clock_.now(), .event_id = event, .name = std::move(name), .content_type = "text/plain", .attachment_type = "event.attachment", .bytes = bytes};
  }
  void keep_file(std::string name, std::string_view bytes) {
    Items items;
    items.attachments.push_back(file(std::move(name), bytes));
    EXPECT_THAT(keep(items), IsEmpty());
  }
  std::vector<std::string> names() {
    std::vector<std::string> out;
    const auto rows = *meta_->attachments_of(kEvent.hex());
    for (const store::AttachmentRow& row : rows) out.push_back(row.name);
    return out;
  }
  void store_event(int64_t issue) {
    const std::string id = kEvent.hex();
    const std::array<model::Attribute, 2> fields = {{{"event_id", model::Value::string(id)}, {"issue.id", model::Value::int64(issue)}}};
    const store::Event row{.time = kNow, .fields = fields};
    const std::span<const model::Attribute> no_stream;
    events_->append({.dataset = store::Dataset::kErrors, .streams = {&no_stream, 1}, .events = {&row, 1}}, [](auto result) { EXPECT_TRUE(result); });
    ASSERT_TRUE(events_->flush());
  }

  std::filesystem::path dir_;
  base::ManualClock clock_{kNow};
  base::MemFs fs_;
  base::MemoryBudget budget_{256u << 20};
  base::MetricRegistry metrics_;
  std::unique_ptr<base::Logger> log_ = base::make_null_logger();
  std::unique_ptr<store::SqliteMetaStore> meta_;
  std::unique_ptr<store::EmbeddedEventStore> events_;
  FileStore files_{fs_, "files"};
  std::optional<ItemKeeper> keeper_;
};

TEST_F(ItemKeeperTest, ReportsAddUpByDayReasonAndCategory) {
  Items items;
  items.client_reports = {{.project = 1, .time = kNow, .reason = "ratelimit_backoff", .category = "error", .quantity = 400},
                          {.project = 1, .time = kNow, .reason = "odd_reason", .category = "error", .quantity = 3}};
  EXPECT_THAT(keep(items), IsEmpty());
  items.client_reports.resize(1);
  items.client_reports[0].quantity = 12;
  EXPECT_THAT(keep(items), IsEmpty());
  items.client_reports[0].time += base::kNanosPerDay;
  EXPECT_THAT(keep(items), IsEmpty());
  const auto rows = *meta_->discarded(0, INT64_MAX);
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(rows[0].quantity, 412u);
  EXPECT_EQ(rows[0].reason, "ratelimit_backoff");
  EXPECT_EQ(rows[0].day % base::kNanosPerDay, 0);
  EXPECT_EQ(rows[1].reason, "odd_reason");
  EXPECT_EQ(rows[2].quantity, 12u);
  EXPECT_EQ(metrics_.counter("tripod_sdk_discarded_items_total", "", {{"category", "error"}, {"reason", "other"}}).value(), 3u);
  // Days that nobody asks for any more go.
  items.client_reports[0].time += 200 * base::kNanosPerDay;
  EXPECT_THAT(keep(items), IsEmpty());
  EXPECT_THAT(*meta_->discarded(0, INT64_MAX), SizeIs(1));
}

TEST_F(ItemKeeperTest, ADayHasAsManyReasonsAsThereIsRoomFor) {
  Items items;
  for (int i = 0; i < 300; ++i) items.client_reports.push_back({.project = 1, .time = kNow, .reason = "r" + std::to_string(i), .category = "error", .quantity = 1});
  EXPECT_THAT(keep(items), IsEmpty());
  const auto rows = *meta_->discarded(0, INT64_MAX);
  ASSERT_EQ(rows.size(), static_cast<size_t>(store::ItemStore::kMostDiscardedOfDay) + 1);
  EXPECT_EQ(rows[0].reason, "other");
  EXPECT_EQ(rows[0].quantity, 100u);
}

TEST_F(ItemKeeperTest, FeedbackFindsItsIssueWhicheverComesFirst) {
  Items items;
  items.feedback = {{.id = kEvent, .project = 1, .time = kNow, .event_id = kEvent, .name = "Ann", .email = "ann@example.com", .message = "It broke", .source = "user_report"},
                    {.id = EventId::from_hex("11111111111111111111111111111111"), .project = 1, .time = kNow, .message = "Nice", .source = "widget"}};
  EXPECT_THAT(keep(items), IsEmpty());
  EXPECT_THAT(*keeper_->feedback(7, INT64_MAX, 10), IsEmpty());
  EXPECT_THAT(*keeper_->feedback(0, INT64_MAX, 10), SizeIs(2));
  store_event(7);
  const auto found = *keeper_->feedback(7, INT64_MAX, 10);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].feedback.message, "It broke");
  // Sent again, the same one says what was said last.
  items.feedback.resize(1);
  items.feedback[0].message = "It broke again";
  EXPECT_THAT(keep(items), IsEmpty());
  const auto all = *keeper_->feedback(0, INT64_MAX, 10);
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[1].feedback.message, "It broke again");
  EXPECT_EQ(all[1].issue, 7);
}

TEST_F(ItemKeeperTest, AFileIsKeptOnceUnderAnIdOfOurOwn) {
  keep_file("../../etc/passwd", "hello");
  keep_file("../../etc/passwd", "hello");
  keep_file("other.txt", "hello");
  const auto rows = *meta_->attachments_of(kEvent.hex());
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_TRUE(FileStore::is_id(rows[0].id));
  EXPECT_EQ(*files_.read(rows[0].id), "hello");
  EXPECT_THAT(*files_.list(), SizeIs(2));
  EXPECT_FALSE(files_.read("../../etc/passwd"));
  EXPECT_FALSE(meta_->attachment("../../etc/passwd"));
}

TEST_F(ItemKeeperTest, WhatIsTooLargeOrOfNoEventIsNotKept) {
  restart({.most_bytes = 4});
  Items items;
  items.attachments = {file("a", "12345"), file("b", "1234"), file("c", "1", EventId())};
  EXPECT_THAT(keep(items), ElementsAre("attachment_too_large", "attachment_without_event"));
  EXPECT_THAT(names(), ElementsAre("b"));
}

TEST_F(ItemKeeperTest, TheOldestFilesMakeRoom) {
  restart({.total_bytes = 10});
  for (const char* name : {"a", "b", "c"}) {
    keep_file(name, std::string(4, name[0]));
    clock_.advance(base::kNanosPerSecond);
  }
  EXPECT_THAT(names(), ElementsAre("b", "c"));
  EXPECT_THAT(*files_.list(), SizeIs(2));
  // Sent again and again it takes no more room.
  for (int i = 0; i < 5; ++i) keep_file("c", "cccc");
  EXPECT_THAT(names(), ElementsAre("b", "c"));
}

TEST_F(ItemKeeperTest, FilesGoWithTheirAge) {
  keep_file("a", "1");
  clock_.advance(31 * base::kNanosPerDay);
  keep_file("b", "2");
  EXPECT_THAT(names(), ElementsAre("b"));
}

TEST_F(ItemKeeperTest, AFileThatNoListNamesIsGoneAfterARestart) {
  keep_file("a", "1");
  ASSERT_TRUE(files_.write("0123456789abcdef0123456789abcdef", "half"));
  restart({});
  EXPECT_THAT(*files_.list(), SizeIs(1));
  EXPECT_THAT(names(), ElementsAre("a"));
}

}  // namespace
}  // namespace tripod::items
