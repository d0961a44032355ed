// Blocks on disk: cut, read, damaged, dropped, merged; and what a crash leaves at every step of it.
#include <limits>
#include <random>

#include "base/hash.h"
#include "store/metrics/block_build.h"
#include "store/metrics/block_writer.h"
#include "store/metrics/test_support.h"
#include "store/metrics/varint.h"

namespace tripod::store::metrics {
namespace {

using Op = LabelMatcher::Op;
using testing::HasSubstr;

constexpr int64_t kMinuteMs = 60'000;
const std::vector<LabelMatcher> kEverything{};

// A few series over `minutes`, one sample a minute from `from` on.
TestBatch traffic(int64_t from, int64_t minutes) {
  TestBatch batch;
  for (const char* instance : {"a", "b", "c"}) {
    std::vector<model::Sample> samples;
    for (int64_t i = from; i < from + minutes; ++i) {
      samples.push_back(at(i * kMinuteMs, static_cast<double>(i * instance[0])));
    }
    batch.add("requests_total", instance, samples);
    batch.add("up", instance, {at(from * kMinuteMs, 1)});
  }
  return batch;
}

bool same(const std::vector<SeriesData>& a, const std::vector<SeriesData>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].labels != b[i].labels || a[i].samples.size() != b[i].samples.size()) return false;
    for (size_t j = 0; j < a[i].samples.size(); ++j) {
      if (a[i].samples[j].time_ms != b[i].samples[j].time_ms) return false;
      if (a[i].samples[j].value != b[i].samples[j].value) return false;
    }
  }
  return true;
}

std::vector<std::string> files(StoreFixture& f, const std::string& suffix) {
  std::vector<std::string> out;
  const auto names = f.fs.list("data/metrics/blocks").value();
  for (const std::string& name : names) {
    if (name.ends_with(suffix)) out.push_back("data/metrics/blocks/" + name);
  }
  return out;
}

TEST(Blocks, ABlockAnswersLikeMemoryDid) {
  StoreFixture f;
  f.append_ok(traffic(-2000, 1500));
  const auto before = f.select(kEverything);
  const auto part = f.select({{Op::kEqual, "instance", "b"}},
                             {kTestStartMs - 1500 * kMinuteMs, kTestStartMs - 1400 * kMinuteMs});
  ASSERT_TRUE(f.store->flush().has_value());
  EXPECT_EQ(f.store->stats().blocks, 1u);
  EXPECT_TRUE(same(f.select(kEverything), before));
  EXPECT_TRUE(same(f.select({{Op::kEqual, "instance", "b"}},
                            {kTestStartMs - 1500 * kMinuteMs, kTestStartMs - 1400 * kMinuteMs}),
                   part));
  ASSERT_EQ(part.size(), 1u);
  EXPECT_EQ(part[0].samples.size(), 101u);
  f.crash();
  EXPECT_TRUE(same(f.select(kEverything), before));
  EXPECT_EQ(f.store->stats().samples, 3u * 1501u);
}

TEST(Blocks, MemoryAndBlocksAreOneAnswer) {
  StoreFixture f;
  StoreFixture never_cut;
  for (int64_t hour = -8; hour < 0; ++hour) {
    f.append_ok(traffic(hour * 60, 60));
    never_cut.append_ok(traffic(hour * 60, 60));
    ASSERT_TRUE(hour % 2 != 0 || f.store->flush().has_value());
  }
  EXPECT_TRUE(same(f.select(kEverything), never_cut.select(kEverything)));
  EXPECT_EQ(f.store->stats().blocks, 4u);
}

TEST(Blocks, OfTwoValuesForOneTimeTheFirstStays) {
  StoreFixture f;
  f.append_ok(TestBatch().add("up", "a", {at(0, 1)}));
  ASSERT_TRUE(f.store->flush().has_value());
  f.reopen();
  // After a restart the head does not know what the block holds.
  EXPECT_EQ(f.append_ok(TestBatch().add("up", "a", {at(0, 2), at(1, 3)})).accepted, 2u);
  EXPECT_EQ(f.samples("up"), "0:1 1:3");
  ASSERT_TRUE(f.store->flush().has_value());
  EXPECT_EQ(f.samples("up"), "0:1 1:3");
}

TEST(Blocks, TheWalIsReleasedAndReplayTakesOnlyTheRest) {
  MetricStoreOptions options;
  options.wal_segment_bytes = 1024;
  StoreFixture f(options);
  for (int i = 0; i < 200; ++i) f.append_ok(TestBatch().add("up", "a", {at(i * 1000, i)}));
  const size_t before = f.fs.list("data/metrics/wal").value().size();
  ASSERT_TRUE(f.store->flush().has_value());
  f.append_ok(TestBatch().add("up", "a", {at(200'000, 200)}));
  f.reopen();
  EXPECT_LT(f.fs.list("data/metrics/wal").value().size(), before);
  EXPECT_EQ(f.store->stats().samples, 201u);
  const auto found = f.select({{Op::kEqual, "__name__", "up"}});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].samples.size(), 201u);
}

// Every file operation of a cut fails once, or the power goes there: nothing acknowledged is ever
// lost, nothing doubled.
TEST(Blocks, ACutThatFailsOrCrashesAnywhereLosesNothing) {
  for (const bool power_loss : {false, true}) {
    for (int at_operation = 0;; ++at_operation) {
      StoreFixture f;
      f.append_ok(traffic(-200, 150));
      const auto before = f.select(kEverything);
      int operation = 0;
      bool hit = false;
      f.fs.set_fault_hook(
          [&](base::MemFs::Op op, const std::string& path) -> std::optional<base::MemFs::Fault> {
            if (!path.contains("blocks") && !path.contains("metadata")) return std::nullopt;
            if (op == base::MemFs::Op::kRead || operation++ < at_operation) return std::nullopt;
            hit = true;
            return base::MemFs::Fault{{base::Code::kIo, "injected"}, 7};
          });
      const bool cut = f.store->flush().has_value();
      f.fs.set_fault_hook({});
      EXPECT_NE(cut, hit);
      if (power_loss) {
        f.crash();
        EXPECT_TRUE(same(f.select(kEverything), before)) << at_operation;
        EXPECT_EQ(f.store->stats().samples, 3u * 151u) << at_operation;
      } else {
        EXPECT_TRUE(same(f.select(kEverything), before)) << at_operation;
        f.append_ok(traffic(-50, 10));
        ASSERT_TRUE(f.store->flush().has_value());
        f.reopen();
        EXPECT_EQ(f.store->stats().samples, 3u * 162u) << at_operation;
      }
      if (!hit) break;
    }
  }
}

TEST(Blocks, ABitFlippedInAnyFileIsNoticed) {
  StoreFixture whole;
  whole.append_ok(traffic(-200, 150));
  const auto before = whole.select(kEverything);
  ASSERT_TRUE(whole.store->flush().has_value());
  for (const char* suffix : {".meta", ".index", ".chunks"}) {
    const std::string path = files(whole, suffix).at(0);
    const size_t size = whole.fs.read_all(path)->size();
    for (size_t offset = 0; offset < size; offset += 1 + size / 40) {
      StoreFixture f;
      f.append_ok(traffic(-200, 150));
      ASSERT_TRUE(f.store->flush().has_value());
      f.store.reset();
      f.fs.flip_bit(path, offset);
      f.open();
      // Either the store noticed while opening (and the WAL, where it is still there, gave the
      // samples back), or the query does; a wrong answer is never given.
      const auto answer = f.store->select(kEverything, {0, kTestStartMs * 2}, {});
      if (answer) {
        EXPECT_TRUE(answer->empty() || same(*answer, before)) << path << " " << offset;
      } else {
        EXPECT_EQ(answer.error().code, base::Code::kDataLoss);
      }
      ASSERT_EQ(f.store->warnings().size(), 1u) << path << " " << offset;
      EXPECT_THAT(f.store->warnings()[0], HasSubstr("damaged and was set aside"));
      EXPECT_EQ(files(f, ".damaged").size(), 3u);
      // The store goes on, also after a restart.
      f.append_ok(TestBatch().add("later", "a", {at(0, 1)}));
      f.reopen();
      EXPECT_EQ(f.samples("later"), "0:1");
    }
  }
}

TEST(Blocks, ABlockOfALaterVersionStopsTheStart) {
  StoreFixture f;
  f.append_ok(traffic(-10, 5));
  ASSERT_TRUE(f.store->flush().has_value());
  const std::string path = files(f, ".meta").at(0);
  std::string bytes = f.fs.read_all(path).value();
  bytes[kMetaMagic.size()] = kBlockVersion + 1;
  bytes.resize(bytes.size() - 8);
  put_fixed(bytes, base::hash64(bytes));
  ASSERT_TRUE(f.fs.write_atomically(path, bytes).has_value());
  f.store.reset();
  MetricStoreOptions options;
  options.dir = "data/metrics";
  options.maintenance = MetricStoreOptions::Maintenance::kManual;
  auto logger = base::make_null_logger();
  auto opened = EmbeddedMetricStore::open(f.fs, f.clock, f.budget, *logger, options);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, base::Code::kUnsupported);
}

TEST(Blocks, MaintenanceCutsWhenDueAndDropsWhatIsTooOld) {
  MetricStoreOptions options;
  options.retention_ns = 10 * base::kNanosPerDay;
  StoreFixture f(options);
  f.append_ok(traffic(-30, 30));
  ASSERT_TRUE(f.store->maintain().has_value());
  EXPECT_EQ(f.store->stats().blocks, 0u);
  f.clock.advance(2 * base::kNanosPerHour);
  ASSERT_TRUE(f.store->maintain().has_value());
  EXPECT_EQ(f.store->stats().blocks, 1u);
  f.clock.advance(9 * base::kNanosPerDay);
  ASSERT_TRUE(f.store->maintain().has_value());
  EXPECT_EQ(f.store->stats().blocks, 1u);
  f.clock.advance(1 * base::kNanosPerDay);
  ASSERT_TRUE(f.store->maintain().has_value());
  EXPECT_EQ(f.store->stats().blocks, 0u);
  EXPECT_THAT(f.fs.list("data/metrics/blocks").value(), testing::ElementsAre("position"));
}

TEST(Blocks, RetentionBySizeDropsTheOldest) {
  StoreFixture one;
  one.append_ok(traffic(-300, 100));
  ASSERT_TRUE(one.store->flush().has_value());
  MetricStoreOptions options;
  options.retention_bytes = 2 * (one.fs.read_all(files(one, ".index")[0])->size() +
                                 one.fs.read_all(files(one, ".chunks")[0])->size());
  StoreFixture f(options);
  for (int i = 0; i < 3; ++i) {
    f.append_ok(traffic(-300 + i * 100, 100));
    ASSERT_TRUE(f.store->flush().has_value());
  }
  ASSERT_EQ(f.store->stats().blocks, 3u);
  ASSERT_TRUE(f.store->maintain().has_value());
  const auto left = f.select({{Op::kEqual, "__name__", "requests_total"}});
  ASSERT_EQ(left.size(), 3u);
  EXPECT_LT(f.store->stats().blocks, 3u);
  EXPECT_EQ(left[0].samples.back().time_ms, kTestStartMs - kMinuteMs);
}

// Blocks of long ago that came in last, by a backfill.
TEST(Blocks, TheOldestSamplesGoFirstHoweverLateTheyCameIn) {
  const auto fill = [](StoreFixture& f) {
    for (const int64_t from : {-200, -100, -400, -300}) {
      f.append_ok(traffic(from, 100));
      ASSERT_TRUE(f.store->flush().has_value());
    }
    ASSERT_EQ(f.store->stats().blocks, 4u);
  };
  const auto oldest = [](StoreFixture& f) {
    const auto left = f.select({{Op::kEqual, "__name__", "requests_total"}});
    return left.empty() ? 0 : (left[0].samples.front().time_ms - kTestStartMs) / kMinuteMs;
  };
  StoreFixture full;
  fill(full);
  for (const int64_t left : {-300, -200, -100}) {
    EXPECT_GT(full.store->drop_oldest(), 0u);
    EXPECT_EQ(oldest(full), left);
  }
  StoreFixture sized;
  fill(sized);
  uint64_t blocks = 0;
  for (const std::string& name : files(sized, ".chunks")) blocks += sized.fs.read_all(name)->size();
  for (const std::string& name : files(sized, ".index")) blocks += sized.fs.read_all(name)->size();
  sized.store->set_retention(std::numeric_limits<int64_t>::max(), blocks - 1);
  ASSERT_TRUE(sized.store->maintain().has_value());
  EXPECT_EQ(sized.store->stats().blocks, 3u);
  EXPECT_EQ(oldest(sized), -300);
}

TEST(Blocks, SmallBlocksAreMergedAndSayTheSame) {
  StoreFixture f;
  StoreFixture plain;
  for (int64_t i = 0; i < 16; ++i) {
    const TestBatch batch = traffic(-960 + i * 60 - (i % 3 == 2 ? 90 : 0), 60);
    f.append_ok(batch);
    plain.append_ok(batch);
    ASSERT_TRUE(f.store->flush().has_value());
    ASSERT_TRUE(f.store->maintain().has_value());
    EXPECT_LT(f.store->stats().blocks, 7u);
  }
  EXPECT_EQ(f.store->stats().blocks, 1u);
  EXPECT_TRUE(same(f.select(kEverything), plain.select(kEverything)));
  EXPECT_EQ(files(f, ".chunks").size(), 1u);
  f.crash();
  EXPECT_TRUE(same(f.select(kEverything), plain.select(kEverything)));
}

TEST(Blocks, AMergeThatCrashesAnywhereLosesNothing) {
  for (int at_operation = 0;; ++at_operation) {
    StoreFixture f;
    for (int64_t i = 0; i < 4; ++i) {
      f.append_ok(traffic(-240 + i * 60, 60));
      ASSERT_TRUE(f.store->flush().has_value());
    }
    const auto before = f.select(kEverything);
    int operation = 0;
    bool hit = false;
    f.fs.set_fault_hook(
        [&](base::MemFs::Op op, const std::string&) -> std::optional<base::MemFs::Fault> {
          if (op == base::MemFs::Op::kRead || operation++ < at_operation) return std::nullopt;
          hit = true;
          return base::MemFs::Fault{{base::Code::kIo, "injected"}, 7};
        });
    EXPECT_NE(f.store->maintain().has_value(), hit);
    f.fs.set_fault_hook({});
    EXPECT_TRUE(same(f.select(kEverything), before)) << at_operation;
    f.crash();
    EXPECT_TRUE(same(f.select(kEverything), before)) << at_operation;
    EXPECT_EQ(f.store->stats().samples, 3u * 244u) << at_operation;
    if (!hit) break;
  }
}

TEST(Blocks, SeriesThatStoppedLeaveMemory) {
  StoreFixture f;
  TestBatch many;
  for (int i = 0; i < 1000; ++i) many.add("old", std::to_string(i), {at(0, 1)});
  f.append_ok(many);
  f.append_ok(TestBatch().add("up", "a", {at(0, 1)}));
  ASSERT_TRUE(f.store->flush().has_value());
  EXPECT_EQ(f.store->stats().series, 1001u);
  const size_t before = f.store->head_memory();
  f.append_ok(TestBatch().add("up", "a", {at(1000, 2)}));
  ASSERT_TRUE(f.store->flush().has_value());
  EXPECT_EQ(f.store->stats().series, 1u);
  EXPECT_LT(f.store->head_memory(), before / 4);
  f.append_ok(TestBatch().add("up", "a", {at(2000, 3)}).add("old", "7", {at(2000, 4)}));
  EXPECT_EQ(f.samples("up"), "0:1 1000:2 2000:3");
  f.crash();
  EXPECT_EQ(f.samples("up"), "0:1 1000:2 2000:3");
  EXPECT_EQ(f.select({{Op::kEqual, "__name__", "old"}}).size(), 1000u);
}

TEST(Blocks, AFullMemoryBudgetCutsEarly) {
  StoreFixture f;
  f.append_ok(traffic(-30, 30));
  {
    const auto all = f.budget.charge(f.budget.limit());
    // What is charged already may still be filled up.
    TestBatch many;
    for (int i = 0; i < 5000; ++i) many.add("more", std::to_string(i), {at(0, 1)});
    const auto refused = append(*f.store, many);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, base::Code::kResourceExhausted);
  }
  ASSERT_TRUE(f.store->maintain().has_value());
  EXPECT_EQ(f.store->stats().blocks, 1u);
}

// Random appends, cuts, merges and crashes against a plain map.
TEST(Blocks, RandomHistoryAgainstAModel) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 4; ++round) {
    StoreFixture f;
    std::map<std::string, std::map<int64_t, double>> model;
    for (int step = 0; step < 80; ++step) {
      switch (random() % 8) {
        case 0:
          ASSERT_TRUE(f.store->flush().has_value());
          break;
        case 1:
          ASSERT_TRUE(f.store->maintain().has_value());
          break;
        case 2:
          f.crash(random() % 20);
          break;
        default: {
          TestBatch batch;
          std::map<std::string, std::map<int64_t, double>> added;
          for (int i = 0; i < 5; ++i) {
            const std::string instance(1, static_cast<char>('a' + random() % 5));
            std::vector<model::Sample> samples;
            for (int j = 0; j < 40; ++j) {
              const auto time = -static_cast<int64_t>(random() % 3000) + step * 10;
              if (time > 0 || added[instance].contains(time)) continue;
              added[instance][time] = static_cast<double>(random() % 1000);
              samples.push_back(at(time, added[instance][time]));
            }
            batch.add("m", instance, samples);
          }
          f.append_ok(batch);
          for (const auto& [instance, samples] : added) {
            for (const auto& [time, value] : samples) model[instance].emplace(time, value);
          }
        }
      }
      const auto found = f.select({{Op::kEqual, "__name__", "m"}});
      std::map<std::string, std::map<int64_t, double>> got;
      for (const SeriesData& series : found) {
        for (const auto& sample : series.samples) {
          got[series.labels[1].second][sample.time_ms - kTestStartMs] = sample.value;
        }
      }
      std::erase_if(model, [](const auto& pair) { return pair.second.empty(); });
      ASSERT_EQ(got, model) << "round " << round << " step " << step;
    }
  }
}

}  // namespace
}  // namespace tripod::store::metrics
