#include "store/metrics/block_writer.h"

#include <algorithm>
#include <limits>

#include "base/hash.h"
#include "store/metrics/block_index_builder.h"
#include "store/metrics/int_codec.h"
#include "store/metrics/value_codec.h"
#include "store/metrics/varint.h"

namespace tripod::store::metrics {

using base::fail;
using base::Result;

BlockWriter::BlockWriter(base::Fs& fs, std::string dir, BlockOrigin origin)
    : fs_(fs), dir_(std::move(dir)), name_(block_name(origin.id)) {
  meta_.id = origin.id;
  meta_.wal_sequence = origin.wal_sequence;
  meta_.level = origin.level;
  meta_.replaces = std::move(origin.replaces);
  meta_.min_time = std::numeric_limits<int64_t>::max();
  meta_.max_time = std::numeric_limits<int64_t>::min();
}

Result<std::unique_ptr<BlockWriter>> BlockWriter::create(base::Fs& fs, std::string dir,
                                                         BlockOrigin origin) {
  std::unique_ptr<BlockWriter> writer(new BlockWriter(fs, std::move(dir), std::move(origin)));
  auto file = fs.open_append(writer->path(kChunksSuffix), base::Fs::Open::kTruncate);
  if (!file) return fail(std::move(file.error()));
  writer->chunks_ = std::move(*file);
  if (auto wrote = writer->write(kChunksMagic); !wrote) return fail(std::move(wrote.error()));
  return writer;
}

Result<> BlockWriter::flush_page(size_t size) {
  const std::string_view page = std::string_view(page_).substr(0, size);
  put_fixed(page_hashes_, static_cast<uint32_t>(base::hash64(page)));
  if (auto wrote = chunks_->append(page); !wrote) return wrote;
  flushed_ += size;
  page_.erase(0, size);
  return {};
}

Result<> BlockWriter::write(std::string_view bytes) {
  page_ += bytes;
  while (page_.size() >= kPageBytes) {
    if (auto flushed = flush_page(kPageBytes); !flushed) return flushed;
  }
  return {};
}

Result<> BlockWriter::add_chunk(std::span<const model::Sample> samples) {
  constexpr size_t kMostTimeColumns = 1 << 16;
  const std::string times = encode_times(samples);
  if (time_columns_.size() >= kMostTimeColumns) time_columns_.clear();
  const auto [at, is_new] = time_columns_.try_emplace(base::hash64(times));
  TimeColumn& column = at->second;
  if (is_new || column.bytes != times) {
    column = {static_cast<uint32_t>(time_column_places_.size() / kTimeColumnPlaceBytes), times};
    put_fixed(time_column_places_, position());
    put_fixed(time_column_places_, static_cast<uint32_t>(times.size()));
    if (auto wrote = write(times); !wrote) return wrote;
  }
  ChunkMeta chunk;
  chunk.min_time = samples.front().time_ms;
  chunk.max_time = samples.back().time_ms;
  chunk.count = static_cast<uint32_t>(samples.size());
  chunk.offset = position();
  std::string bytes;
  put_varint(bytes, column.number);
  encode_values(samples, bytes);
  chunk.size = static_cast<uint32_t>(bytes.size());
  chunk_metas_.push_back(chunk);
  meta_.min_time = std::min(meta_.min_time, chunk.min_time);
  meta_.max_time = std::max(meta_.max_time, chunk.max_time);
  meta_.samples += samples.size();
  return write(bytes);
}

Result<> BlockWriter::add_series(std::span<const model::Label> labels,
                                 std::span<const model::Sample> samples) {
  TRIPOD_CHECK(!samples.empty());
  Entry entry;
  entry.first_label = static_cast<uint32_t>(labels_.size());
  entry.labels = static_cast<uint32_t>(labels.size());
  entry.first_chunk = static_cast<uint32_t>(chunk_metas_.size());
  for (const model::Label& label : labels) {
    labels_.emplace_back(symbols_.intern(label.name), symbols_.intern(label.value));
  }
  // Equal parts: series of one target, cut at the same samples, go on sharing their time columns.
  const size_t parts = (samples.size() + kSamplesPerBlockChunk - 1) / kSamplesPerBlockChunk;
  for (size_t i = 0; i < parts; ++i) {
    const size_t from = samples.size() * i / parts;
    const size_t to = samples.size() * (i + 1) / parts;
    if (auto added = add_chunk(samples.subspan(from, to - from)); !added) return added;
  }
  entry.chunks = static_cast<uint32_t>(parts);
  entries_.push_back(entry);
  return {};
}

Result<> BlockWriter::write_index() {
  BlockIndexBuilder builder(symbols_);
  for (const Entry& entry : entries_) {
    builder.add_series({std::span(labels_).subspan(entry.first_label, entry.labels),
                        std::span(chunk_metas_).subspan(entry.first_chunk, entry.chunks)});
  }
  auto bytes = builder.finish(page_hashes_, time_column_places_);
  if (!bytes) return fail(std::move(bytes.error()));
  meta_.index_bytes = bytes->size();
  auto file = fs_.open_append(path(kIndexSuffix), base::Fs::Open::kTruncate);
  if (!file) return fail(std::move(file.error()));
  if (auto wrote = (*file)->append(*bytes); !wrote) return wrote;
  return (*file)->sync();
}

Result<BlockMeta> BlockWriter::finish() {
  if (!page_.empty()) {
    if (auto flushed = flush_page(page_.size()); !flushed) return fail(std::move(flushed.error()));
  }
  if (auto synced = chunks_->sync(); !synced) return fail(std::move(synced.error()));
  meta_.chunks_bytes = flushed_;
  meta_.series = entries_.size();
  if (auto wrote = write_index(); !wrote) return fail(std::move(wrote.error()));
  if (auto synced = fs_.sync_dir(dir_); !synced) return fail(std::move(synced.error()));
  auto wrote = fs_.write_atomically(path(kMetaSuffix), encode_block_meta(meta_));
  if (!wrote) return fail(std::move(wrote.error()));
  return meta_;
}

}  // namespace tripod::store::metrics
