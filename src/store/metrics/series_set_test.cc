// open_series() and select() give what was stored, wherever the samples are.
#include <cstdint>
#include <map>
#include <random>

#include "store/metrics/test_support.h"

namespace tripod::store::metrics {
namespace {

using Op = LabelMatcher::Op;

std::vector<SeriesData> read_all(EmbeddedMetricStore& store, const std::vector<LabelMatcher>& matchers, TimeRangeMs range,
                                 const OpenOptions& options = {}) {
  auto set = store.open_series(matchers, range, options);
  EXPECT_TRUE(set.has_value()) << set.error().message;
  std::vector<SeriesData> out;
  const auto reader = (*set)->reader();
  std::vector<model::Label> labels;
  std::vector<model::Sample> samples;
  for (size_t i = 0; i < (*set)->size(); ++i) {
    EXPECT_TRUE(reader->read(i, labels, samples, SIZE_MAX).has_value());
    if (samples.empty()) continue;
    SeriesData& one = out.emplace_back();
    for (const model::Label& label : labels) one.labels.emplace_back(label.name, label.value);
    one.samples = samples;
  }
  return out;
}

std::string text_of(const std::vector<SeriesData>& series) {
  std::string out;
  for (const SeriesData& one : series) {
    for (const auto& [name, value] : one.labels) out += name + "=" + value + " ";
    for (const model::Sample& sample : one.samples) out += std::to_string(sample.time_ms - kTestStartMs) + ":" + std::to_string(sample.value) + " ";
    out += "\n";
  }
  return out;
}

using Model = std::map<Labels, std::map<int64_t, double>>;

std::vector<SeriesData> select_of(const Model& model, const std::vector<LabelMatcher>& matchers, TimeRangeMs range) {
  std::vector<SeriesData> out;
  for (const auto& [labels, samples] : model) {
    if (matchers[0].value == "m[01]" && labels[0].second == "m2") continue;
    SeriesData one{labels, {}};
    for (auto at = samples.lower_bound(range.start); at != samples.end() && at->first <= range.end; ++at)
      one.samples.push_back({at->first, at->second});
    if (!one.samples.empty()) out.push_back(std::move(one));
  }
  return out;
}

// Rounds of random samples of 30 series, some of them late; cuts, merges, deletions and restarts in between. Of equal times the
// first stays.
void fill(StoreFixture& f, std::mt19937& random, int rounds, Model& model) {
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < 20; ++i) {
      const auto time = static_cast<int64_t>(round) * 20'000 + i * 1000 - static_cast<int64_t>(random() % 4) * 700;
      const std::string name = "m" + std::to_string(random() % 3), instance = std::to_string(random() % 10);
      const auto value = static_cast<double>(random() % 50);
      f.append_ok(TestBatch().add(name, instance, {at(time, value)}));
      model[{{"__name__", name}, {"instance", instance}}].emplace(at(time, 0).time_ms, value);
    }
    switch (random() % 6) {
      case 0:
      case 1:
        ASSERT_TRUE(f.store->flush().has_value());
        break;
      case 2:
        ASSERT_TRUE(f.store->maintain().has_value());
        break;
      case 3:
        f.crash();
        break;
      case 4: {
        const std::string instance = std::to_string(random() % 10);
        const TimeRangeMs gone{kTestStartMs + round * 10'000, kTestStartMs + round * 15'000};
        ASSERT_TRUE(f.store->delete_series(std::vector<LabelMatcher>{{Op::kEqual, "instance", instance}}, gone).has_value());
        for (auto& [labels, samples] : model) {
          if (labels[1].second == instance) samples.erase(samples.lower_bound(gone.start), samples.upper_bound(gone.end));
        }
        break;
      }
      default:
        break;
    }
  }
}

TEST(SeriesSet, GivesWhatWasStored) {
  for (uint32_t seed = 1; seed <= 8; ++seed) {
    std::mt19937 random(seed);
    StoreFixture f;
    Model model;
    fill(f, random, 25, model);
    for (int question = 0; question < 20; ++question) {
      const int64_t start = kTestStartMs + static_cast<int64_t>(random() % 500'000);
      const TimeRangeMs range{start, start + static_cast<int64_t>(random() % 300'000)};
      const std::vector<LabelMatcher> matchers{{Op::kRegex, "__name__", random() % 2 == 0 ? "m[01]" : "m.*"}};
      const auto selected = select_of(model, matchers, range);
      EXPECT_EQ(text_of(f.select(matchers, range)), text_of(selected)) << "seed " << seed;
      EXPECT_EQ(text_of(read_all(*f.store, matchers, range)), text_of(selected)) << "seed " << seed;
      for (const SeriesOrder order : {SeriesOrder::kHash, SeriesOrder::kAny}) {
        auto unsorted = read_all(*f.store, matchers, range, {.order = order});
        std::ranges::sort(unsorted, {}, &SeriesData::labels);
        EXPECT_EQ(text_of(unsorted), text_of(selected)) << "seed " << seed;
      }
      const auto newest = read_all(*f.store, matchers, range, {.newest_only = true});
      ASSERT_EQ(newest.size(), selected.size()) << "seed " << seed;
      for (size_t i = 0; i < newest.size(); ++i) {
        EXPECT_EQ(newest[i].labels, selected[i].labels);
        EXPECT_EQ(newest[i].samples.back().time_ms, selected[i].samples.back().time_ms);
        EXPECT_EQ(newest[i].samples.back().value, selected[i].samples.back().value);
      }
    }
  }
}

TEST(SeriesSet, StaysWhatItWasWhileTheStoreGoesOn) {
  StoreFixture f;
  f.append_ok(TestBatch().add("up", "a", {at(0, 1)}));
  ASSERT_TRUE(f.store->flush().has_value());
  f.append_ok(TestBatch().add("up", "a", {at(1000, 2)}).add("up", "b", {at(1000, 3)}));
  const std::vector<LabelMatcher> up{{Op::kEqual, "__name__", "up"}};
  const TimeRangeMs all{0, kTestStartMs * 2};
  auto set = f.store->open_series(up, all, {});
  ASSERT_TRUE(set.has_value());
  ASSERT_TRUE(f.store->delete_series(up, all).has_value());
  ASSERT_TRUE(f.store->maintain().has_value());
  f.append_ok(TestBatch().add("up", "c", {at(2000, 4)}));
  ASSERT_EQ((*set)->size(), 2u);
  const auto reader = (*set)->reader();
  std::vector<model::Label> labels;
  std::vector<model::Sample> samples;
  ASSERT_TRUE(reader->read(0, labels, samples, SIZE_MAX).has_value());
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[1].value, 2);
  EXPECT_EQ(labels[1].value, "a");
}

TEST(SeriesSet, LimitsAreErrors) {
  StoreFixture f;
  f.append_ok(TestBatch().add("up", "a", {at(0, 1)}).add("up", "b", {at(0, 1)}));
  const std::vector<LabelMatcher> up{{Op::kEqual, "__name__", "up"}};
  EXPECT_TRUE(f.store->open_series(up, {0, kTestStartMs * 2}, {.max_series = 2}).has_value());
  const auto refused = f.store->open_series(up, {0, kTestStartMs * 2}, {.max_series = 1});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, base::Code::kResourceExhausted);
  const auto no_memory = f.budget.charge(f.budget.limit());
  EXPECT_FALSE(f.store->open_series(up, {0, kTestStartMs * 2}, {}).has_value());
}

const std::vector<LabelMatcher> kUp{{Op::kEqual, "__name__", "up"}};
constexpr TimeRangeMs kAll{0, kTestStartMs * 2};

TEST(SeriesSet, ASeriesOfTooManySamplesIsNotDecoded) {
  StoreFixture f;
  std::vector<model::Sample> samples;
  for (int i = 0; i < 5000; ++i) samples.push_back(at(i * 100, i));
  f.append_ok(TestBatch().add("up", "a", samples));
  for (const char* where : {"memory", "a block"}) {
    auto set = f.store->open_series(kUp, kAll, {});
    ASSERT_TRUE(set.has_value());
    const auto reader = (*set)->reader();
    std::vector<model::Label> labels;
    std::vector<model::Sample> read;
    const auto refused = reader->read(0, labels, read, 4000);
    ASSERT_FALSE(refused.has_value()) << where;
    EXPECT_EQ(refused.error().code, base::Code::kResourceExhausted);
    EXPECT_EQ(read.capacity(), 0u) << where;
    EXPECT_TRUE(reader->read(0, labels, read, 5000).has_value()) << where;
    EXPECT_EQ(read.size(), 5000u);
    // What of a chunk is outside the range does not count.
    set = f.store->open_series(kUp, {at(10'000, 0).time_ms, at(11'000, 0).time_ms}, {});
    ASSERT_TRUE(set.has_value());
    const auto of_part = (*set)->reader();
    EXPECT_TRUE(of_part->read(0, labels, read, 11).has_value()) << where;
    EXPECT_FALSE(of_part->read(0, labels, read, 10).has_value()) << where;
    ASSERT_TRUE(f.store->flush().has_value());
  }
}

std::vector<std::string> instances(EmbeddedMetricStore& store, TimeRangeMs range, SeriesOrder order) {
  std::vector<std::string> out;
  for (const SeriesData& one : read_all(store, kUp, range, {.order = order})) out.push_back(one.labels[1].second);
  return out;
}

TEST(SeriesSet, OrderByHashIsTheSameWhereverSamplesAre) {
  StoreFixture f;
  std::mt19937 random(5);
  std::vector<int> numbers(200);
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<int>(i);
  const auto append_all = [&](int64_t time) {
    std::ranges::shuffle(numbers, random);
    for (const int number : numbers) f.append_ok(TestBatch().add("up", std::to_string(number), {at(time, 1)}));
  };
  append_all(0);
  const auto order = instances(*f.store, kAll, SeriesOrder::kHash);
  ASSERT_EQ(order.size(), 200u);
  EXPECT_FALSE(std::ranges::is_sorted(order));  // else the rest says nothing
  ASSERT_TRUE(f.store->flush().has_value());
  EXPECT_EQ(instances(*f.store, kAll, SeriesOrder::kHash), order);  // one block
  append_all(60'000);
  EXPECT_EQ(instances(*f.store, kAll, SeriesOrder::kHash), order);  // a block and memory
  EXPECT_EQ(instances(*f.store, {at(30'000, 0).time_ms, kAll.end}, SeriesOrder::kHash), order);  // memory
  ASSERT_TRUE(f.store->flush().has_value());
  EXPECT_EQ(instances(*f.store, kAll, SeriesOrder::kHash), order);  // two blocks
}

TEST(SeriesSet, OpeningCanBeStopped) {
  StoreFixture f;
  TestBatch batch;
  for (int i = 0; i < 3000; ++i) batch.add("up", std::to_string(i), {at(0, 1)});
  f.append_ok(batch);
  for (const char* where : {"memory", "a block"}) {
    size_t asked = 0;
    EXPECT_TRUE(f.store->open_series(kUp, kAll, {.poll = [&]() -> base::Result<> {
      ++asked;
      return {};
    }}).has_value());
    EXPECT_GE(asked, 3u) << where;
    for (size_t most = 0; most < asked; ++most) {
      size_t left = most;
      const auto stopped = f.store->open_series(kUp, kAll, {.poll = [&]() -> base::Result<> {
        if (left-- > 0) return {};
        return base::fail(base::Code::kCancelled, "stopped");
      }});
      ASSERT_FALSE(stopped.has_value()) << where;
      EXPECT_EQ(stopped.error().code, base::Code::kCancelled);
    }
    ASSERT_TRUE(f.store->flush().has_value());
  }
}

TEST(SeriesSet, MemoryIsChargedWhileTheSetIsMade) {
  StoreFixture f;
  TestBatch batch;
  for (int i = 0; i < 20'000; ++i) batch.add("up", std::to_string(i), {at(0, 1)});
  f.append_ok(batch);
  for (const char* where : {"memory", "a block"}) {
    for (const SeriesOrder order : {SeriesOrder::kLabels, SeriesOrder::kHash, SeriesOrder::kAny}) {
      const size_t before = f.budget.used();
      {
        auto set = f.store->open_series(kUp, kAll, {.order = order});
        ASSERT_TRUE(set.has_value());
        EXPECT_GE(f.budget.used(), before + 20'000 * 20) << where;
        // What it was made with is given back.
        EXPECT_LE(f.budget.used(), before + 20'000 * 300) << where;
      }
      EXPECT_EQ(f.budget.used(), before) << where;
      const auto rest = f.budget.charge(f.budget.limit() - before - 300'000);
      const auto refused = f.store->open_series(kUp, kAll, {.order = order});
      ASSERT_FALSE(refused.has_value()) << where;
      EXPECT_EQ(refused.error().code, base::Code::kResourceExhausted);
      EXPECT_EQ(f.budget.used(), f.budget.limit() - 300'000) << where;
    }
    ASSERT_TRUE(f.store->flush().has_value());
  }
}

}  // namespace
}  // namespace tripod::store::metrics
