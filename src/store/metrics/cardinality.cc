#include "store/metrics/cardinality.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <limits>
#include <string_view>
#include <utility>

#include "store/metrics/embedded_metric_store.h"

namespace tripod::store {

using base::fail;
using base::Result;

namespace metrics {
namespace {

using Count = Cardinality::Count;

// Largest first, equal ones by name and value; the rest is cut off.
template <class Number>
void keep_most(std::vector<Count>& counts, size_t most, Number number) {
  const auto before = [&](const Count& a, const Count& b) {
    if (a.*number != b.*number) return a.*number > b.*number;
    return std::tie(a.name, a.value) < std::tie(b.name, b.value);
  };
  const size_t kept = std::min(most, counts.size());
  std::ranges::partial_sort(counts, counts.begin() + static_cast<ptrdiff_t>(kept), before);
  counts.resize(kept);
}

// Takes each pair of name and value once, in any order, and how many series have it.
class Counter {
 public:
  explicit Counter(size_t most) : most_(most) {}

  void add(std::string_view name, std::string_view value, uint64_t series) {
    ++out_.label_pairs;
    Count& label = labels_[name];
    label.series += series;
    ++label.values;
    label.bytes += value.size() * series;
    if (name == "__name__") push(out_.metrics, {.name = std::string(value), .series = series});
    push(out_.pairs, {.name = std::string(name), .value = std::string(value), .series = series});
  }

  Cardinality finish() {
    for (auto& [name, count] : labels_) {
      count.name = name;
      out_.labels.push_back(std::move(count));
    }
    keep_most(out_.metrics, most_, &Count::series);
    keep_most(out_.pairs, most_, &Count::series);
    keep_most(out_.labels, most_, &Count::values);
    return std::move(out_);
  }

 private:
  // Never many more than wanted are held: there may be millions of pairs.
  void push(std::vector<Count>& to, Count count) {
    to.push_back(std::move(count));
    if (to.size() > 2 * most_ + 1024) keep_most(to, most_, &Count::series);
  }

  const size_t most_;
  Cardinality out_;
  boost::unordered_flat_map<std::string_view, Count> labels_;
};

using Pairs = boost::unordered_flat_map<std::pair<std::string_view, std::string_view>, uint64_t>;

Cardinality count_pairs(const Pairs& pairs, size_t most) {
  Counter counter(most);
  for (const auto& [pair, series] : pairs) counter.add(pair.first, pair.second, series);
  return counter.finish();
}

}  // namespace

Result<HeadPairs> pairs_of(Head& head, std::span<const CompiledMatcher> matchers) {
  HeadIndex& index = *head.index();
  HeadPairs out;
  out.index = head.index();
  out.symbols = index.symbols();
  out.range = {head.min_time(), head.max_time()};
  if (matchers.empty()) {
    index.each_pair([&](Symbol name, Symbol value, size_t series) { out.pairs.push_back({name, value, series}); });
    out.series = index.size();
    return out;
  }
  auto ids = resolve(index, matchers);
  if (!ids) return fail(std::move(ids.error()));
  for (const uint32_t id : *ids) out.labels.push_back(index.at(id).labels());
  out.series = ids->size();
  return out;
}

Cardinality cardinality_of(const HeadPairs& head, size_t most) {
  const SymbolTable& symbols = *head.symbols;
  Counter counter(most);
  for (const HeadPairs::Pair& pair : head.pairs) counter.add(symbols.text(pair.name), symbols.text(pair.value), pair.series);
  boost::unordered_flat_map<uint64_t, uint64_t> series_of;
  for (const auto& labels : head.labels) {
    for (const LabelRef& label : labels) ++series_of[uint64_t{label.name} << 32 | label.value];
  }
  for (const auto& [pair, series] : series_of) {
    counter.add(symbols.text(static_cast<Symbol>(pair >> 32)), symbols.text(static_cast<Symbol>(pair)), series);
  }
  Cardinality out = counter.finish();
  out.series = head.series;
  out.in_memory = true;
  out.range = head.range;
  return out;
}

Result<Cardinality> cardinality_of(const Block& block, std::span<const CompiledMatcher> matchers, size_t most) {
  const BlockIndex& index = block.index();
  Cardinality out;
  if (matchers.empty() && block.tombstones().empty()) {
    Counter counter(most);
    index.each_pair([&](std::string_view name, std::string_view value, uint32_t series) { counter.add(name, value, series); });
    out = counter.finish();
    out.series = index.series_count();
  } else {
    auto ids = resolve(index, matchers);
    if (!ids) return fail(std::move(ids.error()));
    Pairs pairs;
    BlockSeries entry;
    uint64_t living = 0;
    for (const uint32_t id : *ids) {
      if (auto read = index.series(id, entry); !read) return fail(std::move(read.error()));
      if (!block.has_series_in(id, entry, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max())) continue;
      ++living;
      for (const model::Label& label : entry.labels) ++pairs[{label.name, label.value}];
    }
    out = count_pairs(pairs, most);
    out.series = living;
  }
  out.range = {block.meta().min_time, block.meta().max_time};
  return out;
}

}  // namespace metrics

Result<std::vector<Cardinality>> EmbeddedMetricStore::cardinality(std::span<const LabelMatcher> matchers, size_t most) {
  auto compiled = metrics::compile_matchers(matchers);
  if (!compiled) return fail(std::move(compiled.error()));
  std::vector<Cardinality> out;
  std::unique_lock lock(mu_);
  const auto blocks = blocks_.snapshot();
  const auto active = metrics::pairs_of(head_, *compiled);
  lock.unlock();
  if (!active) return fail(active.error());
  out.push_back(metrics::cardinality_of(*active, most));
  for (auto block = blocks->rbegin(); block != blocks->rend(); ++block) {
    auto counted = metrics::cardinality_of(**block, *compiled, most);
    if (!counted) {
      if (counted.error().code == base::Code::kDataLoss) blocks_.set_aside(**block, counted.error());
      return fail(std::move(counted.error()));
    }
    out.push_back(std::move(*counted));
  }
  return out;
}

}  // namespace tripod::store
