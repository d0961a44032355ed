#include "store/metrics/head_copy.h"

#include "base/result.h"

namespace tripod::store::metrics {

bool HeadCopy::take(uint32_t number) {
  const Series& series = index_->at(number);
  const auto [start, end] = options_.range;
  const auto overlaps = [&](int64_t min_time, int64_t max_time) { return min_time <= end && max_time >= start; };
  Entry entry{.hash = series.hash, .labels = series.labels(), .chunk = static_cast<uint32_t>(chunks_.size()), .recent = static_cast<uint32_t>(recent_.size())};
  // No sample is later than the last one in order.
  if (!series.has_samples() || series.last_time < start) return false;
  const bool last_is_here = (!series.open.empty() && series.open.max_time() == series.last_time) ||
                            (!series.sealed.empty() && series.sealed.back().max_time() == series.last_time);
  if (options_.newest_only && series.last_time <= end && last_is_here) {
    recent_.push_back({series.last_time, series.last_value});
    entry.recents = 1;
    entries_.push_back(entry);
    return true;
  }
  for (const SealedChunk& chunk : series.sealed) {
    if (overlaps(chunk.min_time(), chunk.max_time())) chunks_.push_back(chunk);
  }
  const OpenChunk& open = series.open;
  if (!open.empty() && overlaps(open.min_time(), open.max_time())) {
    entry.open = open_.copy(open.bytes()).data();
    entry.open_size = static_cast<uint32_t>(open.bytes().size());
    entry.open_count = open.count();
  }
  if (series.out_of_order != nullptr) {
    for (const SealedChunk& chunk : series.out_of_order->sealed) {
      if (overlaps(chunk.min_time(), chunk.max_time())) chunks_.push_back(chunk);
    }
    for (const model::Sample& sample : series.out_of_order->recent) {
      if (sample.time_ms >= start && sample.time_ms <= end) recent_.push_back(sample);
    }
  }
  entry.chunks = static_cast<uint32_t>(chunks_.size() - entry.chunk);
  entry.recents = static_cast<uint32_t>(recent_.size() - entry.recent);
  if (entry.chunks == 0 && entry.recents == 0 && entry.open_count == 0) return false;
  entries_.push_back(entry);
  return true;
}

size_t HeadCopy::memory() const {
  if (entries_.empty()) return 0;
  return entries_.size() * sizeof(Entry) + chunks_.size() * sizeof(SealedChunk) + open_.bytes_reserved() +
         recent_.size() * sizeof(model::Sample);
}

void HeadCopy::labels(size_t i, std::vector<model::Label>& out) const {
  const SymbolTable& symbols = *index_->symbols();
  out.clear();
  for (const LabelRef& ref : entries_[i].labels) out.push_back({symbols.text(ref.name), symbols.text(ref.value)});
}

// Of the growing chunk the times are not known here.
SampleBounds HeadCopy::bounds(size_t i) const {
  const Entry& entry = entries_[i];
  SampleBounds out{entry.recents, size_t{entry.recents} + entry.open_count};
  for (size_t at = entry.chunk; at < entry.chunk + entry.chunks; ++at) {
    out.add(options_.range, chunks_[at].min_time(), chunks_[at].max_time(), chunks_[at].count());
  }
  return out;
}

void HeadCopy::read(size_t i, ChunkScratch& scratch, std::vector<model::Sample>& out) const {
  const Entry& entry = entries_[i];
  const auto [start, end] = options_.range;
  for (size_t at = entry.chunk; at < entry.chunk + entry.chunks; ++at) {
    chunks_[at].decode(start, end, scratch, out);
  }
  if (entry.open_count > 0) {
    const std::string_view bytes(entry.open, entry.open_size);
    TRIPOD_CHECK(decode_open_chunk(bytes, entry.open_count, start, end, out));
  }
  const auto recent = recent_.begin() + static_cast<ptrdiff_t>(entry.recent);
  out.insert(out.end(), recent, recent + entry.recents);
}

}  // namespace tripod::store::metrics
