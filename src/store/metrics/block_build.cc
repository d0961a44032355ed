#include "store/metrics/block_build.h"

#include <algorithm>
#include <limits>

#include "store/metrics/series_order.h"

namespace tripod::store::metrics {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr int64_t kAllTimeStart = std::numeric_limits<int64_t>::min();
constexpr int64_t kAllTimeEnd = std::numeric_limits<int64_t>::max();

void texts_of(const SymbolTable& symbols, std::span<const LabelRef> refs,
              std::vector<model::Label>& out) {
  out.clear();
  for (const LabelRef& ref : refs) out.push_back({symbols.text(ref.name), symbols.text(ref.value)});
}

// One block read from its first series to its last.
class BlockCursor {
 public:
  explicit BlockCursor(std::shared_ptr<Block> block) : block_(std::move(block)) {}

  const std::shared_ptr<Block>& block() const { return block_; }
  bool done() const { return next_ > block_->index().series_count(); }
  std::span<const model::Label> labels() const { return series_.labels; }
  // To the next series (at the start: the first one).
  Result<> advance() {
    if (next_ >= block_->index().series_count()) {
      ++next_;
      return {};
    }
    return block_->index().series(next_++, series_);
  }
  Result<> read(std::vector<model::Sample>& out) {
    return block_->read_series(next_ - 1, series_, {kAllTimeStart, kAllTimeEnd}, cache_, out);
  }

 private:
  std::shared_ptr<Block> block_;
  BlockSeries series_;
  TimeColumnCache cache_;
  uint32_t next_ = 0;
};

}  // namespace

Result<> write_frozen(base::Fs& fs, const std::string& dir, FrozenHead frozen, BlockOrigin origin) {
  const SymbolTable& symbols = *frozen.index->symbols();
  std::vector<model::Label> a;
  std::vector<model::Label> b;
  std::ranges::sort(frozen.series, [&](const FrozenHead::Series& x, const FrozenHead::Series& y) {
    texts_of(symbols, x.labels, a);
    texts_of(symbols, y.labels, b);
    return labels_less(a, b);
  });
  auto writer = BlockWriter::create(fs, dir, std::move(origin));
  if (!writer) return fail(std::move(writer.error()));
  std::vector<model::Sample> samples;
  ChunkScratch scratch;
  for (const FrozenHead::Series& series : frozen.series) {
    samples.clear();
    for (const SealedChunk& chunk : frozen.chunks_of(series)) chunk.decode(kAllTimeStart, kAllTimeEnd, scratch, samples);
    order_samples(samples);
    texts_of(symbols, series.labels, a);
    if (auto added = (*writer)->add_series(a, samples); !added) return added;
  }
  if (auto finished = (*writer)->finish(); !finished) return fail(std::move(finished.error()));
  return {};
}

std::expected<void, MergeFailure> merge_blocks(base::Fs& fs, const std::string& dir,
                                               std::span<const std::shared_ptr<Block>> blocks,
                                               BlockOrigin origin) {
  auto failed = [](base::Error error, std::shared_ptr<Block> damaged = nullptr) {
    return std::unexpected(MergeFailure{std::move(error), std::move(damaged)});
  };
  auto writer = BlockWriter::create(fs, dir, std::move(origin));
  if (!writer) return failed(std::move(writer.error()));
  std::vector<BlockCursor> cursors;
  for (const auto& block : blocks) {
    if (auto first = cursors.emplace_back(block).advance(); !first) {
      return failed(std::move(first.error()), block);
    }
  }
  std::vector<model::Label> labels;
  std::vector<model::Sample> samples;
  for (;;) {
    const BlockCursor* lowest = nullptr;
    for (const BlockCursor& cursor : cursors) {
      if (cursor.done()) continue;
      if (lowest == nullptr || labels_less(cursor.labels(), lowest->labels())) lowest = &cursor;
    }
    if (lowest == nullptr) break;
    labels.assign(lowest->labels().begin(), lowest->labels().end());
    samples.clear();
    for (BlockCursor& cursor : cursors) {
      if (cursor.done() || labels_less(labels, cursor.labels())) continue;
      if (auto read = cursor.read(samples); !read)
        return failed(std::move(read.error()), cursor.block());
      if (auto next = cursor.advance(); !next)
        return failed(std::move(next.error()), cursor.block());
    }
    order_samples(samples);
    if (samples.empty()) continue;
    auto added = (*writer)->add_series(labels, samples);
    if (!added) return failed(std::move(added.error()));
  }
  if (auto finished = (*writer)->finish(); !finished) return failed(std::move(finished.error()));
  return {};
}

std::vector<std::shared_ptr<Block>> choose_merge(std::span<const std::shared_ptr<Block>> blocks,
                                                 int64_t max_span_ms,
                                                 const std::set<uint64_t>& skipped) {
  const auto is_skipped = [&](const auto& block) { return skipped.contains(block->meta().id); };
  for (size_t i = 0; i + kBlocksPerMerge <= blocks.size(); ++i) {
    const auto run = blocks.subspan(i, kBlocksPerMerge);
    if (std::ranges::any_of(run, is_skipped)) continue;
    int64_t min_time = run.front()->meta().min_time;
    int64_t max_time = run.front()->meta().max_time;
    bool same_level = true;
    for (const auto& block : run) {
      same_level = same_level && block->meta().level == run.front()->meta().level;
      min_time = std::min(min_time, block->meta().min_time);
      max_time = std::max(max_time, block->meta().max_time);
    }
    // A merged block that spans too long would keep old samples past their retention.
    if (same_level && (min_time > max_time || max_time - min_time <= max_span_ms)) return {run.begin(), run.end()};
  }
  // After those, which keep the number of blocks small: where many blocks are to be written anew, that takes long.
  for (const auto& block : blocks) {
    if (!block->tombstones().empty() && !is_skipped(block)) return {block};
  }
  return {};
}

}  // namespace tripod::store::metrics
