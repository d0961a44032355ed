// A data folder under `tripod store`: looked into and copied while a store writes it, damaged byte by byte, restored.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "datafolder/backup.h"
#include "datafolder/export.h"
#include "datafolder/inspect.h"
#include "datafolder/verify.h"
#include "query/search/search.h"
#include "store/events/testing/naive_store.h"
#include "store/events/testing/store_fixture.h"
#include "store/metrics/embedded_metric_store.h"

namespace tripod::datafolder {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using store::Dataset;
using store::testing::append_and_wait;
using store::testing::RandomEvents;
using store::testing::TestBatch;

class DataFolderTest : public store::testing::StoreTest {
 protected:
  DataFolderTest() {
    options_.dir = "data/events";
    options_.flush_rows = 60;
    options_.wal_segment_bytes = 4000;
    options_.merge_fan_in = 3;
    EXPECT_TRUE(fs_.create_dirs("data"));
    EXPECT_TRUE(fs_.open_append("data/lock", base::Fs::Open::kAppend));
  }

  void open_all() {
    open();
    auto metrics = store::EmbeddedMetricStore::open(fs_, clock_, budget_, logger_, metric_options("data"));
    ASSERT_TRUE(metrics) << metrics.error().message;
    metrics_ = std::move(*metrics);
  }
  void close() {
    store_.reset();
    metrics_.reset();
  }
  static store::MetricStoreOptions metric_options(const std::string& data) {
    return {.dir = data + "/metrics", .maintenance = store::MetricStoreOptions::Maintenance::kManual};
  }
  void add_samples(int64_t first, int64_t count) {
    std::vector<model::Label> labels = {{"__name__", "up"}, {"job", "shop"}};
    std::vector<model::Sample> samples;
    for (int64_t i = first; i < first + count; ++i) samples.push_back({kNow / 1'000'000 + i, static_cast<double>(i)});
    std::vector<model::SeriesSamples> series = {{labels, samples}};
    std::atomic<bool> done = false;
    metrics_->append(series, {}, [&](const auto& result) {
      EXPECT_TRUE(result);
      done = true;
    });
    while (!done) std::this_thread::yield();
  }

  // What a store that is opened on the folder finds, by sequence number.
  std::map<uint64_t, store::EventRow> found_in(const std::string& data) {
    store::EventStoreOptions options = options_;
    options.dir = data + "/events";
    options.background = false;
    auto opened = store::EmbeddedEventStore::open(fs_, clock_, budget_, logger_, options);
    EXPECT_TRUE(opened) << opened.error().message;
    store::ScanPlan plan;
    plan.limit = 1'000'000;
    auto rows = (*opened)->scan(plan);
    EXPECT_TRUE(rows && !rows->stats.incomplete);
    std::map<uint64_t, store::EventRow> out;
    for (store::EventRow& row : rows->rows) EXPECT_TRUE(out.emplace(row.sequence, row).second) << "twice";
    return out;
  }
  uint64_t samples_in(const std::string& data) {
    auto opened = store::EmbeddedMetricStore::open(fs_, clock_, budget_, logger_, metric_options(data));
    EXPECT_TRUE(opened) << opened.error().message;
    auto found = (*opened)->select({}, {0, INT64_MAX}, {});
    EXPECT_TRUE(found);
    uint64_t samples = 0;
    for (const auto& series : *found) samples += series.samples.size();
    return samples;
  }
  std::string exported(const std::string& query, store::TimeRange range = {}) {
    std::string out;
    auto filter = query::search::parse(query, Dataset::kLogs);
    EXPECT_TRUE(filter) << filter.error().message;
    auto done = export_records(fs_, clock_, {.data = "data", .range = range, .filter = *filter}, [&](std::string_view lines) -> base::Result<> {
      out += lines;
      return {};
    });
    EXPECT_TRUE(done) << done.error().message;
    EXPECT_THAT(done->damage, IsEmpty());
    return out;
  }

  std::unique_ptr<store::EmbeddedMetricStore> metrics_;
};

TEST_F(DataFolderTest, ABackupHasAllAndComesBack) {
  open_all();
  RandomEvents random(3);
  store::testing::NaiveStore kept;
  for (int i = 0; i < 20; ++i) {
    const TestBatch batch = random.batch(1 + random.below(20));
    kept.add(batch, append_and_wait(*store_, batch)->first_sequence);
    add_samples(i * 10, 10);
    if (i % 6 == 5) ASSERT_TRUE(store_->flush());
    if (i % 8 == 7) ASSERT_TRUE(metrics_->flush());
  }
  auto summary = make_backup(fs_, clock_, "data", "backup");
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_GT(summary->linked_files, 3u);
  // The original goes on, and away: the backup is apart from it.
  append(lines(100));
  ASSERT_TRUE(store_->flush());
  ASSERT_TRUE(store_->maintain());
  close();
  fs_.lose_power();
  ASSERT_TRUE(fs_.remove_all("data"));
  auto restored = restore_backup(fs_, "backup", "restored");
  ASSERT_TRUE(restored) << restored.error().message;
  fs_.lose_power();
  EXPECT_THAT(verify(fs_, "backup")->damage, IsEmpty());
  EXPECT_THAT(verify(fs_, "restored")->damage, IsEmpty());
  const auto found = found_in("restored");
  EXPECT_EQ(found.size(), kept.rows().size());
  for (const auto& row : kept.rows()) {
    ASSERT_TRUE(found.contains(row.sequence));
    EXPECT_EQ(found.at(row.sequence).fields.size(), row.fields.size());
  }
  EXPECT_EQ(samples_in("restored"), 200u);
  EXPECT_EQ(found_in("restored").size(), kept.rows().size()) << "the restored folder is a store like any other";
}

// Writers, flushes, merges and backups at the same time: all that was acknowledged when a backup began is in it.
TEST_F(DataFolderTest, ABackupUnderLoadIsOfOneMoment) {
  options_.background = true;
  open_all();
  std::atomic<uint64_t> acknowledged = 0;
  std::atomic<bool> writing = true;
  std::jthread writer([&] {
    while (writing) {
      ASSERT_TRUE(append_and_wait(*store_, lines(5)));
      acknowledged += 5;
      if (acknowledged % 50 == 0) (void)store_->flush();
      if (acknowledged % 250 == 0) (void)store_->maintain();
    }
  });
  for (int i = 0; i < 8; ++i) {
    const uint64_t before = acknowledged;
    while (acknowledged < before + 100) std::this_thread::yield();
    const uint64_t had = acknowledged;
    const std::string backup = "backup" + std::to_string(i);
    auto made = make_backup(fs_, clock_, "data", backup);
    ASSERT_TRUE(made) << made.error().message;
    const auto found = found_in(backup);
    EXPECT_GE(found.size(), had);
    EXPECT_EQ(found.size() % 5, 0u) << "whole batches";
    for (uint64_t sequence = 1; sequence <= had; ++sequence) ASSERT_TRUE(found.contains(sequence)) << sequence;
    auto verified = verify(fs_, "data");
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_THAT(verified->damage, IsEmpty()) << verified->damage[0].file << ": " << verified->damage[0].what;
  }
  writing = false;
}

TEST_F(DataFolderTest, NothingIsOverwritten) {
  open_all();
  append(lines(3));
  ASSERT_TRUE(make_backup(fs_, clock_, "data", "backup"));
  auto again = make_backup(fs_, clock_, "data", "backup");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, base::Code::kAlreadyExists);
  auto over = restore_backup(fs_, "backup", "data");
  ASSERT_FALSE(over);
  EXPECT_THAT(over.error().message, HasSubstr("data is not empty"));
  EXPECT_EQ(scan().rows.size(), 3u);
  ASSERT_TRUE(fs_.remove("backup/BACKUP"));
  EXPECT_THAT(restore_backup(fs_, "backup", "new").error().message, HasSubstr("not a whole backup"));
  EXPECT_FALSE(fs_.exists("new"));
  EXPECT_EQ(make_backup(fs_, clock_, "nowhere", "other").error().code, base::Code::kNotFound);
  // Of a disk that gets full nothing is left that could pass for a backup.
  fs_.set_fault_hook([](base::MemFs::Op op, const std::string& path) -> std::optional<base::MemFs::Fault> {
    if (op != base::MemFs::Op::kAppend || !path.starts_with("full/")) return std::nullopt;
    return base::MemFs::Fault{{base::Code::kResourceExhausted, "No space left on device"}, 1};
  });
  EXPECT_THAT(make_backup(fs_, clock_, "data", "full").error().message, HasSubstr("No space left"));
  fs_.set_fault_hook({});
  EXPECT_FALSE(restore_backup(fs_, "full", "new"));
}

// A bit of every byte in turn: found, in the right file, and at the right place of it where that can be said.
TEST_F(DataFolderTest, EveryFlippedBitIsFound) {
  open_all();
  append(lines(70));
  add_samples(0, 30);
  ASSERT_TRUE(store_->flush());
  ASSERT_TRUE(metrics_->flush());
  append(lines(3));
  append(lines(3));
  add_samples(30, 5);
  add_samples(35, 5);
  close();
  ASSERT_THAT(verify(fs_, "data")->damage, IsEmpty());
  std::vector<std::string> files = part_files("data/events/logs");
  ASSERT_EQ(files.size(), 1u);
  for (const char* folder : {"data/events/logs/wal", "data/metrics/wal", "data/metrics/blocks"}) {
    const auto names = fs_.list(folder);
    for (const std::string& name : *names) files.push_back(std::string(folder) + "/" + name);
  }
  files.push_back("data/events/logs/MANIFEST");
  ASSERT_GE(files.size(), 7u);
  for (const std::string& file : files) {
    const uint64_t size = fs_.status(file)->size;
    for (uint64_t at = 0; at < size; at += size > 2000 ? 7 : 1) {
      fs_.flip_bit(file, at);
      auto verified = verify(fs_, "data");
      if (verified) {
        // What looks like the write that a crash interrupted is all that may pass.
        const bool is_tail = file.find("/wal/") != std::string::npos;
        ASSERT_TRUE(!verified->damage.empty() || is_tail) << file << " byte " << at;
        for (const base::DamagedBytes& d : verified->damage) {
          ASSERT_THAT(d.file, HasSubstr(file.substr(0, file.rfind('.') == std::string::npos ? file.size() : file.rfind('.'))));
          const bool has_place = d.bytes != 0 && d.what.find("part:") == std::string::npos;
          if (has_place && file.ends_with(".part")) EXPECT_TRUE(at >= d.offset && at < d.offset + d.bytes) << at << ": " << d.what;
        }
      } else {
        EXPECT_EQ(verified.error().code, base::Code::kUnsupported) << "a version that is not ours: " << verified.error().message;
      }
      fs_.flip_bit(file, at);
    }
  }
  EXPECT_THAT(verify(fs_, "data")->damage, IsEmpty());
}

TEST_F(DataFolderTest, AMissingPartIsNamed) {
  open_all();
  append(lines(70));
  ASSERT_TRUE(store_->flush());
  close();
  const std::string part = part_files("data/events/logs")[0];
  ASSERT_TRUE(fs_.remove(part));
  const auto verified = verify(fs_, "data");
  ASSERT_TRUE(verified);
  ASSERT_EQ(verified->damage.size(), 1u);
  EXPECT_EQ(verified->damage[0].file, part);
  EXPECT_EQ(verified->damage[0].what, "the file is missing");
  EXPECT_THAT(make_backup(fs_, clock_, "data", "backup").error().message, HasSubstr("missing"));
}

TEST_F(DataFolderTest, ALostDatasetIsNamed) {
  open_all();
  close();
  ASSERT_TRUE(fs_.remove_all("data/events/sessions"));
  const auto verified = verify(fs_, "data");
  ASSERT_TRUE(verified) << verified.error().message;
  ASSERT_EQ(verified->damage.size(), 1u);
  EXPECT_EQ(verified->damage[0].file, "data/events/sessions/MANIFEST");
  // Neither is there: an older program wrote the folder.
  ASSERT_TRUE(fs_.remove_all("data/events/span_window"));
  EXPECT_THAT(verify(fs_, "data")->damage, IsEmpty());
}

TEST_F(DataFolderTest, ExportsWhatASearchFinds) {
  open_all();
  append(lines(3));
  ASSERT_TRUE(store_->flush());
  append(lines(2, kNow + base::kNanosPerHour));  // in the log alone
  ASSERT_TRUE(store_->remove({.range = {}, .filter = store::Predicate::equal("n", int64_t{1}), .text = "n:1"}));
  const std::string third =
      R"({"time":"2023-11-14T22:13:22.000000Z","time_ns":"1700000002000000000","fields":{"body":"line 2","n":2,"service.name":"shop","trace_id":")" + trace_id(2) + "\"}}\n";
  EXPECT_EQ(exported("n:2"), third);
  EXPECT_EQ(exported("line", {kNow + 1, kNow + base::kNanosPerHour}), third);
  const std::string all = exported("");
  EXPECT_EQ(std::ranges::count(all, '\n'), 4) << "without the deleted one";
  EXPECT_LT(all.find("line 0"), all.find("line 2"));
  EXPECT_LT(all.find("line 2"), all.find("line 4"));
  close();
  EXPECT_EQ(exported(""), all) << "the same with the server gone";
}

TEST_F(DataFolderTest, InspectCountsWhatIsThere) {
  open_all();
  append(lines(70));
  ASSERT_TRUE(store_->flush());
  append(lines(4));
  add_samples(0, 30);
  ASSERT_TRUE(metrics_->flush());
  auto logs = inspect_dataset(fs_, "data", Dataset::kLogs);
  ASSERT_TRUE(logs) << logs.error().message;
  EXPECT_EQ(logs->rows(), 74u);
  EXPECT_EQ(logs->rows_in_log, 4u);
  EXPECT_EQ(logs->parts(), 1u);
  EXPECT_EQ(logs->bytes(), fs_.status(part_files("data/events/logs")[0])->size);
  ASSERT_EQ(logs->partitions.size(), 1u);
  EXPECT_EQ(logs->partitions[0].name, "20231114");
  uint64_t bytes = logs->filter_bytes;
  std::map<std::string, ColumnSummary> columns;
  for (const ColumnSummary& column : logs->columns) {
    bytes += column.stored_bytes + column.index_bytes;
    columns[column.name] = column;
  }
  EXPECT_LT(bytes, logs->bytes());
  EXPECT_GT(bytes + 2000, logs->bytes()) << "but for tables and footers all is some column's";
  EXPECT_EQ(columns.at("n").rows, 70u);
  EXPECT_EQ(columns.at("n").encodings, (std::map<std::string, uint64_t>{{"int64", 2}}));
  EXPECT_EQ(columns.at("trace_id").encodings, (std::map<std::string, uint64_t>{{"hex", 2}}));
  EXPECT_EQ(columns.at("service.name").encodings, (std::map<std::string, uint64_t>{{"constant", 2}}));
  auto metrics = inspect_metrics(fs_, "data");
  ASSERT_TRUE(metrics);
  EXPECT_EQ(metrics->samples, 30u);
  EXPECT_THAT(as_text({*logs}, &*metrics), HasSubstr("logs: 74 rows in 1 parts"));
  EXPECT_THAT(as_json({*logs}, &*metrics), HasSubstr(R"("rows":74,"parts":1)"));
}

}  // namespace
}  // namespace tripod::datafolder
