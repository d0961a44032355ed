#include "store/metrics/store_reader.h"

#include <algorithm>
#include <limits>
#include <thread>

#include "store/metrics/postings.h"
#include "store/metrics/series_set.h"

namespace tripod::store::metrics {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr size_t kSeriesPerSlice = 128;
constexpr size_t kBytesPerCharge = 256u << 10;

void texts_of(const HeadIndex& index, std::span<const LabelRef> refs,
              std::vector<model::Label>& out) {
  out.clear();
  for (const LabelRef& ref : refs) {
    out.push_back({index.symbols()->text(ref.name), index.symbols()->text(ref.value)});
  }
}

base::Error no_memory() { return {Code::kResourceExhausted, "the query needs more memory than there is left"}; }

std::vector<std::string> to_vector(std::set<std::string> names) {
  return {std::make_move_iterator(names.begin()), std::make_move_iterator(names.end())};
}

}  // namespace

bool StoreReader::read_slices(const Postings& ids, TimeRangeMs range, View& view,
                              std::unique_lock<std::mutex>& lock) {
  const uint64_t epoch = head_.epoch();
  for (size_t i = 0; i < ids.size(); ++i) {
    if (i % kSeriesPerSlice == kSeriesPerSlice - 1) {
      lock.unlock();
      std::this_thread::yield();
      lock.lock();
      if (head_.epoch() != epoch) return false;
    }
    if (!head_.overlaps(ids[i], range.start, range.end)) continue;
    view.series.push_back(head_.index()->at(ids[i]).labels());
  }
  return true;
}

Result<StoreReader::View> StoreReader::read_head(std::span<const CompiledMatcher> matchers,
                                                 TimeRangeMs range) {
  for (;;) {  // again when a cut came in between: they are minutes apart
    View view;
    std::unique_lock lock(mu_);
    view.blocks = blocks_.snapshot();
    view.index = head_.index();
    if (head_.min_time() > range.end) return view;
    auto ids = resolve(*view.index, matchers);
    if (!ids) return fail(std::move(ids.error()));
    if (read_slices(*ids, range, view, lock)) return view;
  }
}

Result<> StoreReader::damaged(const Block& block, base::Error error) {
  if (error.code == Code::kDataLoss) {
    error.message = "metrics block " + block_name(block.meta().id) + ": " + error.message;
    blocks_.set_aside(block, error);
  }
  return fail(std::move(error));
}

Result<> StoreReader::each_block_series(
    const Blocks& blocks, std::span<const CompiledMatcher> matchers, TimeRangeMs range,
    const std::function<Result<>(const Block&, uint32_t, const BlockSeries&)>& visit) {
  BlockSeries series;
  for (const auto& block : blocks) {
    if (!block->overlaps(range.start, range.end)) continue;
    auto ids = resolve(block->index(), matchers);
    if (!ids) return damaged(*block, std::move(ids.error()));
    for (uint32_t id : *ids) {
      if (auto read = block->index().series(id, series); !read) {
        return damaged(*block, std::move(read.error()));
      }
      if (!block->has_series_in(id, series, range.start, range.end)) continue;
      if (auto visited = visit(*block, id, series); !visited) return visited;
    }
  }
  return {};
}

Result<std::vector<SeriesData>> StoreReader::select(std::span<const LabelMatcher> matchers,
                                                    TimeRangeMs range, SelectLimits limits) {
  const auto set = open_series(matchers, range, {.max_series = limits.max_series});
  if (!set) return fail(set.error());
  const size_t most = limits.max_samples > 0 ? limits.max_samples : std::numeric_limits<size_t>::max();
  const auto reader = (*set)->reader();
  std::vector<SeriesData> out;
  std::vector<model::Label> labels;
  std::vector<model::Sample> samples;
  base::MemoryCharge charge;
  size_t count = 0;
  for (size_t i = 0; i < (*set)->size(); ++i) {
    auto read = reader->read(i, labels, samples, most - count);
    if (!read && read.error().code == Code::kResourceExhausted)
      return fail(Code::kResourceExhausted, "the query reads more than " + std::to_string(most) + " samples");
    if (!read) return fail(std::move(read.error()));
    if (samples.empty()) continue;
    count += samples.size();
    const size_t bytes = (count + samples.capacity()) * sizeof(model::Sample);
    if (!budget_.try_grow(charge, bytes, kBytesPerCharge)) return fail(no_memory());
    out.push_back({to_labels(labels), {samples.begin(), samples.end()}});
  }
  return out;
}

Result<std::unique_ptr<SeriesSet>> StoreReader::open_series(std::span<const LabelMatcher> matchers,
                                                            TimeRangeMs range,
                                                            const OpenOptions& options) {
  auto compiled = compile_matchers(matchers);
  if (!compiled) return fail(std::move(compiled.error()));
  std::shared_ptr<const Blocks> blocks;
  base::MemoryCharge charge;
  auto head = copy_head(*compiled, {{range, options.newest_only}, options.poll}, blocks, charge);
  if (!head) return fail(std::move(head.error()));
  if (!budget_.try_grow(charge, (*head)->memory())) return fail(no_memory());
  std::vector<std::pair<size_t, Postings>> found;
  for (size_t i = 0; i < blocks->size(); ++i) {
    const Block& block = *(*blocks)[i];
    if (!block.overlaps(range.start, range.end)) continue;
    if (options.poll) {
      if (auto ok = options.poll(); !ok) return fail(std::move(ok.error()));
    }
    auto ids = resolve(block.index(), *compiled);
    if (!ids) return fail(damaged(block, std::move(ids.error())).error());
    if (!ids->empty()) found.emplace_back(i, std::move(*ids));
  }
  auto set = std::make_unique<StoreSeriesSet>(blocks_, budget_, blocks, range, options);
  set->keep(std::move(charge));
  const bool has_head = (*head)->size() > 0;
  for (const auto& [block, ids] : found) {
    auto added = set->add_block(block, ids, found.size() == 1 && !has_head);
    if (!added) return fail(std::move(added.error()));
  }
  if (has_head) {
    auto added = set->add_head(std::move(*head), found.empty());
    if (!added) return fail(std::move(added.error()));
  }
  if (auto done = set->finish(); !done) return fail(std::move(done.error()));
  return set;
}

// Again when a cut came in between: they are minutes apart.
Result<std::unique_ptr<HeadCopy>> StoreReader::copy_head(std::span<const CompiledMatcher> matchers,
                                                         const CopyOptions& options,
                                                         std::shared_ptr<const Blocks>& blocks,
                                                         base::MemoryCharge& charge) {
  for (;;) {
    std::unique_lock lock(mu_);
    blocks = blocks_.snapshot();
    auto copy = std::make_unique<HeadCopy>(head_.index(), options.of_head);
    if (head_.min_time() > options.of_head.range.end) return copy;
    auto ids = resolve(*head_.index(), matchers);
    if (!ids) return fail(std::move(ids.error()));
    const uint64_t epoch = head_.epoch();
    size_t in_slice = 0;
    bool whole = true;
    for (const uint32_t id : *ids) {
      if (++in_slice % kSeriesPerSlice == 0) {
        lock.unlock();
        if (options.poll) {
          if (auto ok = options.poll(); !ok) return fail(std::move(ok.error()));
        }
        if (!budget_.try_grow(charge, copy->memory(), kBytesPerCharge)) return fail(no_memory());
        std::this_thread::yield();
        lock.lock();
        whole = head_.epoch() == epoch;
        if (!whole) break;
      }
      copy->take(id);
    }
    if (whole) return copy;
  }
}

// What the index of a block lists may be deleted: then each series is looked at.
Result<> StoreReader::each_series_of(const std::shared_ptr<Block>& block, TimeRangeMs range,
                                     const LabelsVisitor& visit) {
  return each_block_series({block}, {}, range,
                           [&](const Block&, uint32_t, const BlockSeries& series) -> Result<> {
                             visit(series.labels);
                             return {};
                           });
}

Result<> StoreReader::each_series(std::span<const LabelMatcher> matchers, TimeRangeMs range,
                                  const LabelsVisitor& visit) {
  auto compiled = compile_matchers(matchers);
  if (!compiled) return fail(std::move(compiled.error()));
  auto view = read_head(*compiled, range);
  if (!view) return fail(std::move(view.error()));
  std::vector<model::Label> labels;
  for (const std::span<const LabelRef> refs : view->series) {
    texts_of(*view->index, refs, labels);
    visit(labels);
  }
  return each_block_series(*view->blocks, *compiled, range,
                           [&](const Block&, uint32_t, const BlockSeries& series) -> Result<> {
                             visit(series.labels);
                             return {};
                           });
}

Result<std::vector<Labels>> StoreReader::series(std::span<const LabelMatcher> matchers,
                                                TimeRangeMs range) {
  std::vector<Labels> found;
  const auto settle = [&] {
    if (!std::ranges::is_sorted(found)) std::ranges::sort(found);
    const auto repeated = std::ranges::unique(found);
    found.erase(repeated.begin(), repeated.end());
  };
  constexpr size_t kFewSeries = 4096;
  size_t distinct = 0;
  auto done = each_series(matchers, range, [&](std::span<const model::Label> labels) {
    found.push_back(to_labels(labels));
    if (found.size() < 2 * distinct + kFewSeries) return;
    settle();  // a series is in many blocks
    distinct = found.size();
  });
  if (!done) return fail(std::move(done.error()));
  settle();
  return found;
}

Result<bool> StoreReader::has_sample_since(std::span<const model::Label> labels, int64_t time_ms) {
  constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();
  std::unique_lock lock(mu_);
  const Series* series = head_.find(labels, hash_labels(labels));
  if (series != nullptr && Head::overlaps(*series, time_ms, kEnd)) return true;
  const auto blocks = blocks_.snapshot();
  lock.unlock();
  if (std::ranges::none_of(*blocks, [&](const auto& block) { return block->overlaps(time_ms, kEnd); })) return false;
  std::vector<LabelMatcher> matchers;
  for (const model::Label& label : labels) matchers.push_back({LabelMatcher::Op::kEqual, std::string(label.name), std::string(label.value)});
  // Series with more labels match too.
  const auto found = this->series(matchers, {time_ms, kEnd});
  if (!found) return fail(found.error());
  return std::ranges::any_of(*found, [&](const Labels& one) { return one.size() == labels.size(); });
}

void StoreReader::head_names(TimeRangeMs range, std::set<std::string>& out) {
  for (std::string_view name : head_.index()->names()) {
    bool found = false;
    head_.index()->each_value(name, [&](std::string_view, std::span<const uint32_t> ids) {
      found = found || std::ranges::any_of(ids, [&](uint32_t id) {
                return head_.overlaps(id, range.start, range.end);
              });
    });
    if (found) out.emplace(name);
  }
}

void StoreReader::head_values(std::string_view label, TimeRangeMs range,
                              std::set<std::string>& out) {
  head_.index()->each_value(label, [&](std::string_view value, std::span<const uint32_t> ids) {
    const bool found = std::ranges::any_of(
        ids, [&](uint32_t id) { return head_.overlaps(id, range.start, range.end); });
    if (found) out.emplace(value);
  });
}

Result<std::vector<std::string>> StoreReader::label_names(std::span<const LabelMatcher> matchers,
                                                          TimeRangeMs range) {
  std::set<std::string> names;
  if (matchers.empty()) {
    std::unique_lock lock(mu_);
    const auto blocks = blocks_.snapshot();
    if (head_.min_time() <= range.end) head_names(range, names);
    lock.unlock();
    for (const auto& block : *blocks) {
      if (!block->overlaps(range.start, range.end)) continue;
      if (!block->tombstones().empty()) {
        auto read = each_series_of(block, range, [&](std::span<const model::Label> labels) {
          for (const model::Label& label : labels) names.emplace(label.name);
        });
        if (!read) return fail(std::move(read.error()));
        continue;
      }
      for (std::string_view name : block->index().names()) names.emplace(name);
    }
    return to_vector(std::move(names));
  }
  auto done = each_series(matchers, range, [&](std::span<const model::Label> labels) {
    for (const model::Label& label : labels) names.emplace(label.name);
  });
  if (!done) return fail(std::move(done.error()));
  return to_vector(std::move(names));
}

Result<std::vector<std::string>> StoreReader::label_values(std::string_view label,
                                                           std::span<const LabelMatcher> matchers,
                                                           TimeRangeMs range) {
  std::set<std::string> values;
  if (matchers.empty()) {
    std::unique_lock lock(mu_);
    const auto blocks = blocks_.snapshot();
    if (head_.min_time() <= range.end) head_values(label, range, values);
    lock.unlock();
    for (const auto& block : *blocks) {
      if (!block->overlaps(range.start, range.end)) continue;
      if (!block->tombstones().empty()) {
        auto read = each_series_of(block, range, [&](std::span<const model::Label> labels) {
          for (const model::Label& one : labels) {
            if (one.name == label) values.emplace(one.value);
          }
        });
        if (!read) return fail(std::move(read.error()));
        continue;
      }
      for (std::string_view value : block->index().values(label)) values.emplace(value);
    }
    return to_vector(std::move(values));
  }
  auto done = each_series(matchers, range, [&](std::span<const model::Label> labels) {
    for (const model::Label& one : labels) {
      if (one.name == label) values.emplace(one.value);
    }
  });
  if (!done) return fail(std::move(done.error()));
  return to_vector(std::move(values));
}

}  // namespace tripod::store::metrics
