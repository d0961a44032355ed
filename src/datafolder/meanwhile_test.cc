// What a server does to its data folder while a backup, an export or a look into it is under way: at each of their steps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <functional>
#include <memory>
#include <set>
#include <thread>

#include "base/wal_format.h"
#include "datafolder/backup.h"
#include "datafolder/export.h"
#include "datafolder/inspect.h"
#include "datafolder/metrics_command.h"
#include "store/events/testing/store_fixture.h"
#include "store/metrics/test_support.h"

namespace tripod::datafolder {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using store::Dataset;
using store::testing::append_and_wait;
using store::testing::TestBatch;

// A file system as its reader sees it who is overtaken: before a path is met the first time, something else happens.
class OvertakenFs final : public base::Fs {
 public:
  OvertakenFs(base::Fs& fs, std::string path, std::function<void()> then) : fs_(fs), path_(std::move(path)), then_(std::move(then)) {}

  base::Result<std::unique_ptr<base::AppendFile>> open_append(const std::string& path, Open how) override { return fs_.open_append(path, how); }
  base::Result<std::unique_ptr<base::ReadFile>> open_read(const std::string& path) override {
    meet(path);
    return fs_.open_read(path);
  }
  base::Result<> create_dirs(const std::string& path) override { return fs_.create_dirs(path); }
  base::Result<std::vector<std::string>> list(const std::string& path) override {
    meet(path);
    return fs_.list(path);
  }
  bool exists(const std::string& path) override { return fs_.exists(path); }
  base::Result<base::FileStatus> status(const std::string& path) override { return fs_.status(path); }
  base::Result<> rename(const std::string& from, const std::string& to) override { return fs_.rename(from, to); }
  base::Result<> link(const std::string& from, const std::string& to) override {
    meet(from);
    return fs_.link(from, to);
  }
  base::Result<> remove(const std::string& path) override { return fs_.remove(path); }
  base::Result<> remove_all(const std::string& path) override { return fs_.remove_all(path); }
  base::Result<> truncate(const std::string& path, uint64_t size) override { return fs_.truncate(path, size); }
  base::Result<> sync_dir(const std::string& path) override { return fs_.sync_dir(path); }
  base::Result<base::DiskSpace> disk_space(const std::string& path) override { return fs_.disk_space(path); }

  bool was_met() const { return then_ == nullptr; }

 private:
  void meet(const std::string& path) {
    if (path == path_ && then_ != nullptr) std::exchange(then_, nullptr)();
  }

  base::Fs& fs_;
  const std::string path_;
  std::function<void()> then_;
};

class MeanwhileTest : public store::testing::StoreTest {
 protected:
  MeanwhileTest() {
    options_.dir = "data/events";
    options_.flush_rows = 60;
    options_.merge_fan_in = 2;
    for (const char* folder : {"data/metrics/wal", "data/metrics/blocks"}) EXPECT_TRUE(fs_.create_dirs(folder));
    EXPECT_TRUE(fs_.open_append("data/lock", base::Fs::Open::kAppend));
  }

  uint64_t replace(uint64_t sequence) {
    TestBatch batch = lines(1);
    batch.supersedes = {sequence};
    auto done = append_and_wait(*store_, batch);
    EXPECT_TRUE(done);
    return done ? done->first_sequence : 0;
  }
  std::vector<store::EventRow> rows_backed_up(base::Fs& through, const std::string& backup) {
    auto made = make_backup(through, clock_, "data", backup);
    EXPECT_TRUE(made) << made.error().message;
    store::EventStoreOptions options = options_;
    options.dir = backup + "/events";
    options.background = false;
    auto opened = store::EmbeddedEventStore::open(fs_, clock_, budget_, logger_, options);
    EXPECT_TRUE(opened) << opened.error().message;
    auto rows = (*opened)->scan({.limit = 1'000'000});
    EXPECT_TRUE(rows && !rows->stats.incomplete);
    return std::move(rows->rows);
  }
  // The numbers of the lines, each once.
  std::set<int64_t> backed_up(base::Fs& through, const std::string& backup) {
    std::set<int64_t> out;
    for (const store::EventRow& row : rows_backed_up(through, backup)) EXPECT_TRUE(out.insert(std::stoll(row.text("n"))).second) << "twice";
    return out;
  }
  std::vector<int64_t> versions_backed_up(const std::string& backup) {
    std::vector<int64_t> out;
    for (const store::EventRow& row : rows_backed_up(fs_, backup)) {
      if (!row.text("version").empty()) out.push_back(std::stoll(row.text("version")));
    }
    return out;
  }
  std::vector<int64_t> versions_exported() {
    std::vector<int64_t> out;
    const ExportRequest request{.data = "data", .range = {}, .filter = store::Predicate::exists("version"), .page_rows = 1};
    auto done = export_records(fs_, clock_, request, [&](std::string_view lines) -> base::Result<> {
      const size_t at = lines.find("\"version\":");
      if (at != std::string_view::npos) out.push_back(std::stoll(std::string(lines.substr(at + 10, 20))));
      return {};
    });
    EXPECT_TRUE(done) << done.error().message;
    return out;
  }
  std::set<int64_t> exported(base::Fs& through, ExportRequest request = {.data = "data", .range = {}, .filter = {}},
                             const std::function<void()>& after_each_page = [] {}) {
    std::set<int64_t> out;
    auto done = export_records(through, clock_, request, [&](std::string_view lines) -> base::Result<> {
      static constexpr std::string_view kKey = "\"n\":";
      for (size_t at = lines.find(kKey); at != std::string_view::npos; at = lines.find(kKey, at + 1)) {
        EXPECT_TRUE(out.insert(std::stoll(std::string(lines.substr(at + kKey.size(), 20)))).second) << "twice";
      }
      after_each_page();
      return {};
    });
    EXPECT_TRUE(done) << done.error().message;
    EXPECT_THAT(done->damage, IsEmpty());
    return out;
  }
};

// The replaced record or the one that replaced it, whatever is read before it happens and whatever after, never none of them.
TEST_F(MeanwhileTest, ReplacedRecordsAreFoundOrWhatReplacedThem) {
  const std::string logs = "data/events/logs";
  int met = 0;
  for (const char* place : {"/wal", "", "/DELETIONS", "/MANIFEST", "/SUPERSEDED"}) {
    for (const char* what : {"merges", "flushes others", "flushes all"}) {
      for (const bool exports : {false, true}) {
        SCOPED_TRACE(std::string(place) + ", " + what + (exports ? ", export" : ", backup"));
        next_line_ = 0;
        open();
        for (int part = 0; part < 2; ++part) {
          append(lines(70));
          ASSERT_TRUE(store_->flush());
        }
        OvertakenFs fs(fs_, logs + place, [&] {
          if (what == std::string("flushes others")) append(lines(60));
          EXPECT_GT(replace(5), 140u);
          if (what == std::string("flushes all")) {
            ASSERT_TRUE(store_->flush());
          } else {
            ASSERT_TRUE(store_->maintain());
          }
        });
        const std::set<int64_t> found = exports ? exported(fs) : backed_up(fs, "backup");
        met += fs.was_met() ? 1 : 0;
        const int64_t replaced = 4, by = what == std::string("flushes others") ? 200 : 140;
        EXPECT_NE(found.contains(replaced), found.contains(by)) << "one of both";
        for (int64_t n = 0; n < 140; ++n) EXPECT_TRUE(n == replaced || found.contains(n)) << n;
        store_.reset();
        ASSERT_TRUE(fs_.remove_all("backup"));
        ASSERT_TRUE(fs_.remove_all("data/events"));
      }
    }
  }
  EXPECT_GE(met, 24);
}

// A record that is replaced again and again under load: each backup and each export has it, no older than it was when they began.
TEST_F(MeanwhileTest, AReplacedRecordIsInEachBackupAndExport) {
  options_.background = true;
  options_.wal_segment_bytes = 4000;
  open();
  std::atomic<int64_t> acknowledged = -1;
  std::atomic<bool> writing = true;
  std::jthread writer([&] {
    uint64_t last = 0;
    for (int64_t i = 0; writing; ++i) {
      TestBatch batch = lines(3);
      batch.events[0].fields.emplace_back("version", i);
      if (i > 0) batch.supersedes = {last};
      auto done = append_and_wait(*store_, batch);
      ASSERT_TRUE(done);
      last = done->first_sequence;
      acknowledged = i;
      if (i % 7 == 6) (void)store_->flush();
      if (i % 20 == 19) (void)store_->maintain();
    }
  });
  // There may be two: read between the write of the manifest and that of what its newest part replaces.
  const auto expect_one = [](const std::vector<int64_t>& versions, int64_t had) {
    ASSERT_FALSE(versions.empty());
    EXPECT_GE(std::ranges::max(versions), had);
  };
  for (int i = 0; i < 8 && !HasFatalFailure(); ++i) {
    SCOPED_TRACE(i);
    const int64_t before = acknowledged;
    while (acknowledged < before + 30) std::this_thread::yield();
    int64_t had = acknowledged;
    expect_one(versions_backed_up("backup" + std::to_string(i)), had);
    had = acknowledged;
    expect_one(versions_exported(), had);
  }
  writing = false;
}

// A newest segment that comes to nothing, as on a full disk, is gone when it is to be copied.
TEST_F(MeanwhileTest, ASegmentThatVanishesTakesNoOtherWithIt) {
  options_.wal_segment_bytes = 2000;
  open();
  for (int i = 0; i < 12; ++i) append(lines(4));
  ASSERT_GE(fs_.list("data/events/logs/wal")->size(), 2u);
  const std::string half_made = "data/events/logs/wal/" + base::wal_segment_name(1000);
  ASSERT_TRUE((*fs_.open_append(half_made, base::Fs::Open::kTruncate))->append("half"));
  OvertakenFs fs(fs_, half_made, [&] { ASSERT_TRUE(fs_.remove(half_made)); });
  EXPECT_EQ(backed_up(fs, "backup").size(), 48u);
  EXPECT_TRUE(fs.was_met());
}

TEST_F(MeanwhileTest, AnExportIsWholeThoughItsPartsAreMerged) {
  open();
  for (const size_t parts : {4u, 260u}) {  // the more than it keeps open
    SCOPED_TRACE(parts);
    for (size_t i = 0; i < parts; ++i) {
      append(lines(2));
      ASSERT_TRUE(store_->flush());
    }
    const size_t before = part_files("data/events/logs").size();
    const std::set<int64_t> found = exported(fs_, {.data = "data", .range = {}, .filter = {}, .page_rows = 3}, [&] { ASSERT_TRUE(store_->maintain()); });
    EXPECT_LT(part_files("data/events/logs").size(), before);
    EXPECT_EQ(found.size(), next_line_);
  }
}

TEST_F(MeanwhileTest, WhatIsLookedIntoIsWholeThoughItIsMerged) {
  open();
  for (size_t i = 0; i < 260; ++i) {
    append(lines(2));
    ASSERT_TRUE(store_->flush());
  }
  // Looked at last: the first is not kept open any more when it is looked into.
  OvertakenFs fs(fs_, part_files("data/events/logs").back(), [&] {
    ASSERT_TRUE(store_->maintain());
  });
  auto logs = inspect_dataset(fs, "data", Dataset::kLogs);
  ASSERT_TRUE(logs) << logs.error().message;
  EXPECT_TRUE(fs.was_met());
  EXPECT_EQ(logs->rows(), 520u);
  EXPECT_THAT(logs->damage, IsEmpty());
}

// What says which records to leave out is damaged: the rest is shown, and it is told.
TEST_F(MeanwhileTest, DamagedListsAreTold) {
  open();
  append(lines(5));
  ASSERT_TRUE(store_->flush());
  replace(2);
  ASSERT_TRUE(store_->flush());
  ASSERT_TRUE(store_->remove({.range = {}, .filter = store::Predicate::equal("n", int64_t{3}), .text = "n:3"}));
  store_.reset();
  EXPECT_EQ(exported(fs_), (std::set<int64_t>{0, 2, 4, 5}));
  for (const char* name : {"DELETIONS", "SUPERSEDED"}) {
    SCOPED_TRACE(name);
    const std::string file = std::string("data/events/logs/") + name;
    fs_.flip_bit(file, fs_.status(file)->size - 1);
    auto done = export_records(fs_, clock_, {.data = "data", .range = {}, .filter = {}}, [](std::string_view) { return base::Result<>(); });
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_GE(done->records, 4u);
    EXPECT_THAT(done->damage, IsEmpty());
    ASSERT_EQ(done->unhidden.size(), 1u);
    EXPECT_THAT(done->unhidden[0], HasSubstr(name));
    auto logs = inspect_dataset(fs_, "data", Dataset::kLogs);
    ASSERT_TRUE(logs) << logs.error().message;
    EXPECT_EQ(logs->damage, done->unhidden);
    fs_.flip_bit(file, fs_.status(file)->size - 1);
  }
}

// Each sample is counted, whatever is read before a merge and whatever after it.
TEST(MetricsMeanwhile, AnalyzeCountsWhatAMergeTookAway) {
  std::vector<std::string> places;
  for (size_t at = 0; at == 0 || at < places.size(); ++at) {
    store::metrics::StoreFixture f;
    for (int i = 0; i < 4; ++i) {
      f.append_ok(store::metrics::TestBatch().add("up", "a", {store::metrics::at(i * 1000, 1)}));
      ASSERT_TRUE(f.store->flush());
    }
    ASSERT_TRUE(f.fs.create_dirs("data/events"));
    ASSERT_TRUE(f.fs.open_append("data/lock", base::Fs::Open::kAppend));
    const std::string folder = "data/metrics/blocks";
    if (at == 0) {
      places.push_back(folder);
      for (const std::string& name : f.fs.list(folder).value()) {
        if (name.ends_with(".meta") || name.ends_with(".index")) places.push_back(folder + "/" + name);
      }
      ASSERT_EQ(places.size(), 9u);
    }
    OvertakenFs fs(f.fs, places[at], [&] {
      ASSERT_TRUE(f.store->maintain());
      ASSERT_EQ(f.store->stats().blocks, 1u);
    });
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::tmpfile(), [](std::FILE* file) { return std::fclose(file); });
    ASSERT_EQ(run_command(fs, f.clock, {.action = MetricsCommand::Action::kAnalyze, .data = "data"}, out.get(), stderr), 0) << places[at];
    EXPECT_TRUE(fs.was_met()) << places[at];
    std::string text(10'000, '\0');
    std::rewind(out.get());
    text.resize(std::fread(text.data(), 1, text.size(), out.get()));
    EXPECT_THAT(text, HasSubstr("1 blocks: 1 series at most in one, 4 samples")) << places[at];
  }
}

}  // namespace
}  // namespace tripod::datafolder
