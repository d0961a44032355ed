#include "store/metrics/block.h"

#include "store/metrics/int_codec.h"
#include "store/metrics/value_codec.h"
#include "store/metrics/varint.h"

namespace tripod::store::metrics {

using base::Code;
using base::fail;
using base::Result;

Block::Block(BlockMeta meta, std::unique_ptr<BlockIndex> index,
             std::unique_ptr<base::ReadFile> chunks)
    : meta_(std::move(meta)),
      index_(std::move(index)),
      chunks_(std::move(chunks), meta_.chunks_bytes, index_->page_hashes()) {}

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
  return std::shared_ptr<Block>(
      new Block(std::move(*meta), std::move(*index), std::move(*chunks_file)));
}

Result<> Block::read_chunk(const ChunkMeta& chunk, int64_t start, int64_t end,
                           TimeColumnCache& cache, std::vector<model::Sample>& out) const {
  const auto damaged = [] { return fail(Code::kDataLoss, "a chunk does not decode"); };
  std::string scratch;
  auto bytes = chunks_.view(chunk.offset, chunk.size, scratch);
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
      auto view = chunks_.view(place->offset, place->size, time_scratch);
      if (!view) return fail(std::move(view.error()));
      times = *view;
    }
    if (!decode_times(times, chunk.count, column.times)) return damaged();
    column.number_plus_one = number + 1;
  }
  for (size_t i = 0; i < chunk.count; ++i) {
    const int64_t time = wrapping_add(chunk.min_time, column.times[i]);
    if (time >= start && time <= end) out.push_back({time, values[i]});
  }
  return {};
}

}  // namespace tripod::store::metrics
