#include "store/metrics/block_series.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace tripod::store::metrics {

using base::Code;
using base::fail;
using base::Result;

namespace {

// Bits of an entry's first number; those above are the labels whose values differ from the series before.
constexpr uint64_t kSameSpans = 1;  // number of chunks, and each one's times and samples
constexpr uint64_t kSameNames = 2;
constexpr unsigned kChangedShift = 2;
constexpr size_t kMostMaskedLabels = 62;

constexpr uint64_t kMostChunkBytes = 1u << 20;

bool same_spans(std::span<const ChunkMeta> a, std::span<const ChunkMeta> b) {
  return std::ranges::equal(a, b, [](const ChunkMeta& x, const ChunkMeta& y) {
    return x.min_time == y.min_time && x.max_time == y.max_time && x.count == y.count;
  });
}

// Times of the series' chunks, the first one's after `time`.
void put_chunk_spans(std::string& out, std::span<const ChunkMeta> chunks, int64_t time) {
  put_varint(out, chunks.size());
  for (const ChunkMeta& chunk : chunks) {
    put_signed(out, wrapping_sub(chunk.min_time, time));
    put_varint(out, static_cast<uint64_t>(wrapping_sub(chunk.max_time, chunk.min_time)));
    put_varint(out, chunk.count);
    time = chunk.max_time;
  }
}

void read_span(ByteReader& in, int64_t& time, ChunkMeta& out) {
  out.min_time = wrapping_add(time, in.signed_varint());
  out.max_time = wrapping_add(out.min_time, static_cast<int64_t>(in.varint()));
  out.count = static_cast<uint32_t>(in.varint_at_most(kMostSamplesPerBlockChunk));
  time = out.max_time;
}

void read_place(ByteReader& in, uint64_t& end, ChunkMeta& out) {
  out.offset = end + in.varint();
  out.size = static_cast<uint32_t>(in.varint_at_most(kMostChunkBytes));
  end = out.offset + out.size;
}

uint64_t end_of(std::span<const ChunkMeta> chunks) {
  return chunks.empty() ? 0 : chunks.back().offset + chunks.back().size;
}

}  // namespace

void SeriesWriter::add(Labels labels, std::span<const ChunkMeta> chunks) {
  if (count_++ % kSeriesPerRun == 0) {
    put_fixed(offsets_, static_cast<uint32_t>(entries_.size()));
    last_labels_.clear();
    last_chunks_.clear();
  }
  const bool same_names = labels.size() <= kMostMaskedLabels &&
                          std::ranges::equal(labels, last_labels_, {}, [](const auto& l) { return l.first; }, [](const auto& l) { return l.first; });
  uint64_t changed = 0;
  for (size_t i = 0; same_names && i < labels.size(); ++i) {
    if (labels[i].second != last_labels_[i].second) changed |= uint64_t{1} << i;
  }
  const bool same_times = same_spans(chunks, last_chunks_);
  put_varint(entries_, changed << kChangedShift | (same_names ? kSameNames : 0) | (same_times ? kSameSpans : 0));
  put_labels(labels, same_names, changed);
  if (!same_times) put_chunk_spans(entries_, chunks, last_chunks_.empty() ? 0 : last_chunks_.front().min_time);
  uint64_t end = end_of(last_chunks_);
  for (const ChunkMeta& chunk : chunks) {
    put_varint(entries_, chunk.offset - end);
    put_varint(entries_, chunk.size);
    end = chunk.offset + chunk.size;
  }
  last_labels_.assign(labels.begin(), labels.end());
  last_chunks_.assign(chunks.begin(), chunks.end());
}

void SeriesWriter::put_labels(Labels labels, bool same_names, uint64_t changed) {
  if (!same_names) put_varint(entries_, labels.size());
  for (size_t i = 0; i < labels.size(); ++i) {
    if (!same_names) put_varint(entries_, labels[i].first);
    if (!same_names || (changed >> i & 1) != 0) put_varint(entries_, labels[i].second);
  }
}

std::string SeriesWriter::take_offsets() {
  put_fixed(offsets_, static_cast<uint32_t>(entries_.size()));
  put_fixed(offsets_, count_);
  return std::move(offsets_);
}

uint32_t SeriesReader::offset(size_t i) const {
  uint32_t v = 0;
  std::memcpy(&v, offsets_.data() + i * 4, 4);
  return v;
}

Result<SeriesReader> SeriesReader::open(uint32_t version, std::string_view offsets, std::string_view entries, SymbolsView symbols) {
  SeriesReader out;
  out.version_ = version;
  out.offsets_ = offsets;
  out.entries_ = entries;
  out.symbols_ = symbols;
  const size_t numbers = offsets.size() / 4;
  if (numbers < 2 && (version > 1 || numbers == 0)) return fail(Code::kDataLoss, "index without offsets of series");
  if (version == 1) {
    out.count_ = static_cast<uint32_t>(numbers - 1);
    return out;
  }
  out.count_ = out.offset(numbers - 1);
  if ((out.count_ + uint64_t{kSeriesPerRun} - 1) / kSeriesPerRun != numbers - 2) {
    return fail(Code::kDataLoss, "index with another number of series than of their runs");
  }
  return out;
}

bool SeriesReader::read_labels(ByteReader& in, std::vector<model::Label>& out) const {
  out.resize(in.varint_at_most(in.left() / 2));
  for (model::Label& label : out) {
    label.name = symbols_.text(static_cast<uint32_t>(in.varint_at_most(symbols_.count())));
    label.value = symbols_.text(static_cast<uint32_t>(in.varint_at_most(symbols_.count())));
  }
  return in.ok();
}

bool SeriesReader::read_next(ByteReader& in, bool first_of_run, BlockSeries& out) const {
  if (first_of_run) {
    out.labels.clear();
    out.chunks.clear();
  }
  uint64_t end = end_of(out.chunks);
  const uint64_t head = in.varint();
  if ((head & kSameNames) == 0) {
    read_labels(in, out.labels);
  } else {
    uint64_t changed = head >> kChangedShift;
    for (; changed != 0; changed &= changed - 1) {
      const auto i = static_cast<size_t>(std::countr_zero(changed));
      if (i >= out.labels.size()) return false;
      out.labels[i].value = symbols_.text(static_cast<uint32_t>(in.varint_at_most(symbols_.count())));
    }
  }
  if ((head & kSameSpans) == 0) {
    int64_t time = out.chunks.empty() ? 0 : out.chunks.front().min_time;
    out.chunks.resize(in.varint_at_most(in.left() / 5));
    for (ChunkMeta& chunk : out.chunks) read_span(in, time, chunk);
  }
  for (ChunkMeta& chunk : out.chunks) read_place(in, end, chunk);
  return in.ok();
}

bool SeriesReader::read_v1(uint32_t number, BlockSeries& out) const {
  const uint32_t from = offset(number);
  const uint32_t to = offset(number + 1);
  if (from > to || to > entries_.size()) return false;
  ByteReader in(entries_.substr(from, to - from));
  read_labels(in, out.labels);
  out.chunks.resize(in.varint_at_most(in.left() / 5));
  int64_t time = 0;
  uint64_t end = 0;
  for (ChunkMeta& chunk : out.chunks) {
    read_span(in, time, chunk);
    read_place(in, end, chunk);
  }
  return in.ok();
}

Result<> SeriesReader::read(uint32_t number, BlockSeries& out) const {
  if (number >= count_) return fail(Code::kDataLoss, "no such series in the index");
  const auto malformed = [&] {
    out.entries = nullptr;
    return fail(Code::kDataLoss, "malformed series in the index");
  };
  if (version_ == 1) {
    if (!read_v1(number, out)) return malformed();
    return {};
  }
  const uint32_t run = number / kSeriesPerRun;
  const uint32_t begin = offset(run);
  const uint32_t run_end = offset(run + 1);
  if (begin > run_end || run_end > entries_.size()) return malformed();
  const bool goes_on = out.entries == entries_.data() && out.number / kSeriesPerRun == run && out.number < number && out.next <= run_end;
  uint32_t at = goes_on ? out.number + 1 : run * kSeriesPerRun;
  const size_t from = goes_on ? out.next : begin;
  ByteReader in(entries_.substr(from, run_end - from));
  for (; at <= number; ++at) {
    if (!read_next(in, at % kSeriesPerRun == 0, out)) return malformed();
  }
  out.entries = entries_.data();
  out.number = number;
  out.next = run_end - in.left();
  return {};
}

}  // namespace tripod::store::metrics
