#include "store/metrics/block.h"

#include <algorithm>

#include "store/metrics/int_codec.h"
#include "store/metrics/value_codec.h"
#include "store/metrics/varint.h"

namespace tripod::store::metrics {

using base::Code;
using base::fail;
using base::Result;

namespace {

// Of a block without such a file: nothing was deleted.
Result<Tombstones> read_tombstones(base::Fs& fs, const std::string& base_path) {
  auto bytes = fs.read_all(base_path + std::string(kTombstonesSuffix));
  if (!bytes && bytes.error().code == Code::kNotFound) return Tombstones();
  if (!bytes) return fail(std::move(bytes.error()));
  return Tombstones::decode(*bytes);
}

}  // namespace

Block::Block(BlockMeta meta, std::shared_ptr<const BlockIndex> index,
             std::shared_ptr<const PagedFile> chunks, Tombstones tombstones)
    : meta_(std::move(meta)),
      index_(std::move(index)),
      chunks_(std::move(chunks)),
      tombstones_(std::make_shared<const Tombstones>(std::move(tombstones))) {}

std::shared_ptr<Block> Block::with(Tombstones tombstones) const {
  return std::shared_ptr<Block>(new Block(meta_, index_, chunks_, std::move(tombstones)));
}

bool Block::has_series_in(uint32_t series, const BlockSeries& entry, int64_t start,
                          int64_t end) const {
  return std::ranges::any_of(entry.chunks, [&](const ChunkMeta& chunk) {
    return chunk.min_time <= end && chunk.max_time >= start &&
           !tombstones_->covers(series, std::max(start, chunk.min_time),
                                std::min(end, chunk.max_time));
  });
}

Result<> Block::read_series(uint32_t number, const BlockSeries& entry, TimeRangeMs range,
                            TimeColumnCache& cache, std::vector<model::Sample>& out) const {
  const size_t before = out.size();
  for (const ChunkMeta& chunk : entry.chunks) {
    if (chunk.min_time > range.end || chunk.max_time < range.start) continue;
    if (auto read = read_chunk(chunk, range.start, range.end, cache, out); !read) return read;
  }
  if (!tombstones_->empty()) tombstones_->erase_from(number, out, before);
  return {};
}

Result<> Block::read_newest(uint32_t number, const BlockSeries& entry, TimeRangeMs range,
                            TimeColumnCache& cache, std::vector<model::Sample>& out) const {
  const size_t before = out.size();
  for (auto chunk = entry.chunks.rbegin(); chunk != entry.chunks.rend(); ++chunk) {
    if (chunk->min_time > range.end || chunk->max_time < range.start) continue;
    if (auto read = read_chunk(*chunk, range.start, range.end, cache, out); !read) return read;
    if (!tombstones_->empty()) tombstones_->erase_from(number, out, before);
    if (out.size() > before) return {};
  }
  return {};
}

Result<std::shared_ptr<Block>> Block::open(base::Fs& fs, const std::string& dir, uint64_t id) {
  const std::string base_path = dir + "/" + block_name(id);
  auto meta_bytes = fs.read_all(base_path + std::string(kMetaSuffix));
  if (!meta_bytes) return fail(std::move(meta_bytes.error()));
  auto meta = decode_block_meta(*meta_bytes);
  if (!meta) return fail(std::move(meta.error()));
  if (meta->id != id) return fail(Code::kDataLoss, "the meta file is of another block");
  auto index_file = fs.open_read(base_path + std::string(kIndexSuffix));
  auto chunks_file = fs.open_read(base_path + std::string(kChunksSuffix));
  if (!index_file || !chunks_file) {
    return fail(Code::kDataLoss, "a file of the block is missing");
  }
  if ((*index_file)->size() != meta->index_bytes || (*chunks_file)->size() != meta->chunks_bytes) {
    return fail(Code::kDataLoss, "a file of the block has another size than when it was written");
  }
  auto index = BlockIndex::open(std::move(*index_file));
  if (!index) return fail(std::move(index.error()));
  auto tombstones = read_tombstones(fs, base_path);
  if (!tombstones) return fail(std::move(tombstones.error()));
  auto chunks = std::make_shared<const PagedFile>(std::move(*chunks_file), meta->chunks_bytes,
                                                  (*index)->page_hashes());
  return std::shared_ptr<Block>(new Block(std::move(*meta), std::move(*index), std::move(chunks),
                                          std::move(*tombstones)));
}

Result<> Block::read_chunk(const ChunkMeta& chunk, int64_t start, int64_t end,
                           TimeColumnCache& cache, std::vector<model::Sample>& out) const {
  const auto damaged = [] { return fail(Code::kDataLoss, "a chunk does not decode"); };
  std::string scratch;
  auto bytes = chunks_->view(chunk.offset, chunk.size, scratch);
  if (!bytes) return fail(std::move(bytes.error()));
  ByteReader in(*bytes);
  const uint64_t number = in.varint();
  std::vector<double> values;
  if (!in.ok() || !decode_values(in, chunk.count, values)) return damaged();

  TimeColumnCache::Slot& column = cache.slot(number);
  if (column.number_plus_one != number + 1 || column.times.size() != chunk.count) {
    column.number_plus_one = 0;
    const auto place = index_->time_column(number);
    if (!place) return damaged();
    std::string time_scratch;
    std::string_view times;
    if (place->size > 0) {
      auto view = chunks_->view(place->offset, place->size, time_scratch);
      if (!view) return fail(std::move(view.error()));
      times = *view;
    }
    if (!decode_times(times, chunk.count, column.times)) return damaged();
    column.number_plus_one = number + 1;
  }
  // Times rise.
  const auto time_of = [&](int64_t since_first) { return wrapping_add(chunk.min_time, since_first); };
  const auto first = std::ranges::lower_bound(column.times, start, {}, time_of) - column.times.begin();
  const auto last = std::ranges::upper_bound(column.times, end, {}, time_of) - column.times.begin();
  if (first >= last) return {};
  const size_t before = out.size();
  out.resize(before + static_cast<size_t>(last - first));
  for (ptrdiff_t i = first; i < last; ++i) {
    out[before + static_cast<size_t>(i - first)] = {time_of(column.times[static_cast<size_t>(i)]), values[static_cast<size_t>(i)]};
  }
  return {};
}

}  // namespace tripod::store::metrics
