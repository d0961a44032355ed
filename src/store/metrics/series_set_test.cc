// open_series() gives what select() gives, wherever the samples are.
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
    EXPECT_TRUE(reader->read(i, labels, samples).has_value());
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

// Rounds of random samples of 30 series, some of them late; cuts, merges, deletions and restarts in between.
void fill(StoreFixture& f, std::mt19937& random, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < 20; ++i) {
      const auto time = static_cast<int64_t>(round) * 20'000 + i * 1000 - static_cast<int64_t>(random() % 4) * 700;
      f.append_ok(TestBatch().add("m" + std::to_string(random() % 3), std::to_string(random() % 10), {at(time, static_cast<double>(random() % 50))}));
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
      case 4:
        ASSERT_TRUE(f.store->delete_series(std::vector<LabelMatcher>{{Op::kEqual, "instance", std::to_string(random() % 10)}},
                                           {kTestStartMs + round * 10'000, kTestStartMs + round * 15'000}).has_value());
        break;
      default:
        break;
    }
  }
}

TEST(SeriesSet, GivesWhatSelectGives) {
  for (uint32_t seed = 1; seed <= 8; ++seed) {
    std::mt19937 random(seed);
    StoreFixture f;
    fill(f, random, 25);
    for (int question = 0; question < 20; ++question) {
      const int64_t start = kTestStartMs + static_cast<int64_t>(random() % 500'000);
      const TimeRangeMs range{start, start + static_cast<int64_t>(random() % 300'000)};
      const std::vector<LabelMatcher> matchers{{Op::kRegex, "__name__", random() % 2 == 0 ? "m[01]" : "m.*"}};
      const auto selected = f.select(matchers, range);
      EXPECT_EQ(text_of(read_all(*f.store, matchers, range)), text_of(selected)) << "seed " << seed;
      auto unsorted = read_all(*f.store, matchers, range, {.sorted = false});
      std::ranges::sort(unsorted, {}, &SeriesData::labels);
      EXPECT_EQ(text_of(unsorted), text_of(selected)) << "seed " << seed;
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
  ASSERT_TRUE(reader->read(0, labels, samples).has_value());
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

}  // namespace
}  // namespace tripod::store::metrics
