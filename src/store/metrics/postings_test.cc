// Matchers over memory and over a block's index against looking at every series.
#include "store/metrics/postings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/mem_fs.h"
#include "store/metrics/block.h"
#include "store/metrics/block_writer.h"
#include "store/metrics/head_index.h"

namespace tripod::store::metrics {
namespace {

using Op = LabelMatcher::Op;
using LabelTexts = std::vector<std::pair<std::string, std::string>>;

std::vector<model::Label> views(const LabelTexts& texts) {
  std::vector<model::Label> out;
  for (const auto& [name, value] : texts) out.push_back({name, value});
  return out;
}

// Series in the order of their labels: a label of every value, one of many, one of few, one that half of them lack.
std::vector<LabelTexts> many_series() {
  std::vector<LabelTexts> out;
  std::mt19937 random(7);
  for (int i = 0; i < 800; ++i) {
    LabelTexts labels{{"__name__", "m" + std::to_string(random() % 3)}, {"id", std::to_string(i)}};
    if (random() % 2 == 0) labels.emplace_back("job", "j" + std::to_string(random() % 5));
    labels.emplace_back("shard", "s" + std::to_string(random() % 400));
    out.push_back(std::move(labels));
  }
  std::ranges::sort(out);
  return out;
}

std::vector<LabelMatcher> random_matchers(std::mt19937& random) {
  const auto number = [&](unsigned below) { return std::to_string(random() % below); };
  std::vector<LabelMatcher> out;
  for (unsigned left = 1 + random() % 4; left > 0; --left) {
    const Op op = static_cast<Op>(random() % 4);
    const bool regex = op == Op::kRegex || op == Op::kNotRegex;
    switch (random() % 6) {
      case 0: out.push_back({op, "__name__", "m" + number(4)}); break;
      case 1: out.push_back({op, "id", regex ? number(10) + ".*" : number(800)}); break;
      case 2: out.push_back({op, "job", regex ? "j[" + number(5) + "4]|" : "j" + number(6)}); break;
      case 3: out.push_back({op, "shard", regex ? "s1" + number(10) + "?|s" + number(400) : "s" + number(400)}); break;
      case 4: out.push_back({op, "job", ""}); break;
      default: out.push_back({op, "none", regex ? "x?" : "x"}); break;
    }
  }
  return out;
}

std::shared_ptr<Block> block_of(base::Fs& fs, const std::vector<LabelTexts>& all) {
  auto writer = BlockWriter::create(fs, "blocks", {.id = 1});
  const std::vector<model::Sample> samples{{1000, 1}};
  for (const LabelTexts& texts : all) EXPECT_TRUE((*writer)->add_series(views(texts), samples).has_value());
  EXPECT_TRUE((*writer)->finish().has_value());
  auto block = Block::open(fs, "blocks", 1);
  EXPECT_TRUE(block.has_value());
  return *block;
}

TEST(Resolve, MemoryAndBlocksSelectWhatLookingAtEverySeriesDoes) {
  const auto all = many_series();
  HeadIndex head;
  for (const LabelTexts& texts : all) head.create(views(texts), hash_labels(views(texts)));
  base::MemFs fs;
  ASSERT_TRUE(fs.create_dirs("blocks").has_value());
  const auto block = block_of(fs, all);
  std::mt19937 random(11);
  size_t selected = 0;
  for (int i = 0; i < 500; ++i) {
    const auto matchers = random_matchers(random);
    const auto compiled = compile_matchers(matchers);
    ASSERT_TRUE(compiled.has_value());
    Postings wanted;
    for (uint32_t n = 0; n < all.size(); ++n) {
      if (matches_all(*compiled, views(all[n]))) wanted.push_back(n);
    }
    selected += wanted.size();
    std::string asked;
    for (const auto& m : matchers) asked += m.name + " " + std::to_string(static_cast<int>(m.op)) + " " + m.value + ", ";
    ASSERT_EQ(resolve(head, *compiled).value(), wanted) << asked;
    ASSERT_EQ(resolve(block->index(), *compiled).value(), wanted) << asked;
  }
  EXPECT_GT(selected, 10'000u);
}

}  // namespace
}  // namespace tripod::store::metrics
