#include "store/events/flush_columns.h"

#include <algorithm>
#include <numeric>

namespace tripod::store {

void FlushColumns::gather(std::span<const MemoryRow> rows) {
  rows_.reserve(rows.size());
  for (size_t at = 0; at < rows.size();) {
    const uint32_t number = rows[at].batch;
    const StoredBatch& batch = block_.batch(number);
    const RowBatch& of_batch = *batch.rows;
    start_batch(of_batch);
    const size_t all = of_batch.rows().size();
    const bool is_whole = at + all <= rows.size() && rows[at].row == 0 && rows[at + all - 1].batch == number;
    if (is_whole && of_batch.columns() != nullptr) {
      add_batch(of_batch, batch.first_sequence);
      at += all;
      continue;
    }
    for (; at < rows.size() && rows[at].batch == number; ++at) {
      add_row(of_batch, of_batch.rows()[rows[at].row], batch.first_sequence + rows[at].row);
    }
    for (FlushColumn* column : columns_of_keys_) column->judge();
  }
}

size_t FlushColumns::memory_bytes() const {
  size_t bytes = texts_.bytes_reserved() + rows_.capacity() * (sizeof(Row) + sizeof(RowPlace) + 2 * sizeof(uint32_t));
  for (const FlushColumn& column : columns_) bytes += column.memory_bytes();
  return bytes;
}

// Batches of one sender mostly have the same fields in the same order.
void FlushColumns::start_batch(const RowBatch& batch) {
  const auto& keys = batch.keys();
  columns_of_keys_.resize(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (i >= keys_.size() || keys_[i] != keys[i]) columns_of_keys_[i] = column_of(keys[i]);
  }
  keys_ = keys;
  batch_streams_.assign(batch.streams().size(), {});
  shared_.clear();
}

FlushColumn* FlushColumns::column_of(std::string_view key) {
  FlushColumn*& column = by_key_[key];
  if (column == nullptr) column = &columns_.emplace_back(writer_.field(key));
  return column;
}

// All its rows.
void FlushColumns::add_batch(const RowBatch& batch, uint64_t first_sequence) {
  const auto first = static_cast<uint32_t>(rows_.size());
  for (const RowBatch::Row& row : batch.rows()) {
    rows_.push_back({row.time, first_sequence++, stream_of(batch, row.stream).stream, kRowBytes});
  }
  for (uint32_t key = 0; key < batch.keys().size(); ++key) {
    const bool is_shared = std::ranges::find(shared_, key, &SharedField::key) != shared_.end();
    if (is_shared) add_shared_column(batch, key, first);
    else add_column(batch, key, first);
    columns_of_keys_[key]->judge();
  }
  for (size_t i = first; i < rows_.size(); ++i) {
    ++streams_[rows_[i].stream].rows;
    streams_[rows_[i].stream].bytes += rows_[i].bytes;
  }
}

// Of a key that the streams do not have.
void FlushColumns::add_column(const RowBatch& batch, uint32_t key, uint32_t first) {
  FlushColumn& column = *columns_of_keys_[key];
  const auto fields = batch.columns()->fields(key);
  column.numbers_of(batch, batch.columns()->values(key), texts_, numbered_);
  column.put(first, fields, numbered_);
  for (const BatchColumns::Field& field : fields) rows_[first + field.row].bytes += numbered_[field.value].bytes;
}

// The record's own field hides its stream's.
void FlushColumns::add_shared_column(const RowBatch& batch, uint32_t key, uint32_t first) {
  of_stream_.assign(batch.streams().size(), nullptr);
  for (size_t stream = 0; stream < batch_streams_.size(); ++stream) {
    for (uint32_t i = batch_streams_[stream].begin; i < batch_streams_[stream].end; ++i) {
      if (shared_[i].key == key && of_stream_[stream] == nullptr) of_stream_[stream] = &shared_[i];
    }
  }
  FlushColumn& column = *columns_of_keys_[key];
  auto fields = batch.columns()->fields(key);
  column.numbers_of(batch, batch.columns()->values(key), texts_, numbered_);
  for (uint32_t row = 0; row < batch.rows().size(); ++row) {
    Row& to = rows_[first + row];
    if (!fields.empty() && fields.front().row == row) {
      const FlushColumn::Numbered& own = numbered_[fields.front().value];
      column.put(first + row, own.number);
      to.bytes += own.bytes;
      fields = fields.subspan(1);
    } else if (const SharedField* shared = of_stream_[batch.rows()[row].stream]; shared != nullptr) {
      column.put(first + row, shared->number);
      to.bytes += shared->bytes;
    }
  }
}

// The record's own fields hide its stream's, and the first of several with one key counts.
void FlushColumns::add_row(const RowBatch& batch, const RowBatch::Row& row, uint64_t sequence) {
  const auto number = static_cast<uint32_t>(rows_.size());
  size_t bytes = kRowBytes;
  uint32_t key = 0;
  for (FieldCursor own = batch.own_fields(row); own.next_key(key);) {
    const model::Value value = own.read_value();
    FlushColumn& column = *columns_of_keys_[key];
    if (column.has(number)) continue;
    column.put(number, column.number_of(value, texts_));
    bytes += bytes_in_block(value);
  }
  const BatchStream& stream = stream_of(batch, row.stream);
  for (uint32_t i = stream.begin; i < stream.end; ++i) {
    const SharedField& field = shared_[i];
    if (field.column->has(number)) continue;
    field.column->put(number, field.number);
    bytes += field.bytes;
  }
  rows_.push_back({row.time, sequence, stream.stream, static_cast<uint32_t>(bytes)});
  ++streams_[stream.stream].rows;
  streams_[stream.stream].bytes += bytes;
}

const FlushColumns::BatchStream& FlushColumns::stream_of(const RowBatch& batch, uint32_t stream) {
  BatchStream& out = batch_streams_[stream];
  if (out.known) return out;
  out.known = true;
  const uint64_t id = batch.streams()[stream].id;
  const auto [found, is_new] = stream_numbers_.try_emplace(id, static_cast<uint32_t>(streams_.size()));
  if (is_new) streams_.push_back({.id = id});
  out.stream = found->second;
  out.begin = static_cast<uint32_t>(shared_.size());
  uint32_t key = 0;
  model::Value value;
  for (FieldCursor fields = batch.stream_fields(stream); fields.next(key, value);) {
    FlushColumn* column = columns_of_keys_[key];
    shared_.push_back({key, column, column->number_of(value, texts_), static_cast<uint32_t>(bytes_in_block(value))});
  }
  out.end = static_cast<uint32_t>(shared_.size());
  return out;
}

base::Result<> FlushColumns::write() {
  sort();
  size_t most_values = 0;
  for (const FlushColumn& column : columns_) most_values = std::max(most_values, column.values());
  codes_.assign(most_values, FlushColumn::kNoCode);
  uint32_t begin = 0;
  for (const uint32_t end : plan_blocks()) {
    if (auto written = write_block(begin, end); !written) return written;
    begin = end;
  }
  // The last block still views what is kept here.
  return writer_.end_block();
}

// Rows have come in the order of their sequence numbers, and mostly of their times.
void FlushColumns::sort() {
  sorted_streams_.resize(streams_.size());
  std::iota(sorted_streams_.begin(), sorted_streams_.end(), 0);
  std::ranges::sort(sorted_streams_, {}, [this](uint32_t stream) { return streams_[stream].id; });
  uint32_t first = 0;
  for (const uint32_t stream : sorted_streams_) {
    streams_[stream].first = first;
    first += streams_[stream].rows;
  }
  std::vector<uint32_t> next(streams_.size());
  for (size_t i = 0; i < streams_.size(); ++i) next[i] = streams_[i].first;
  order_.resize(rows_.size());
  for (uint32_t row = 0; row < rows_.size(); ++row) order_[next[rows_[row].stream]++] = row;
  const auto time_of = [this](uint32_t row) { return rows_[row].time; };
  for (const Stream& stream : streams_) {
    const auto rows = std::span(order_).subspan(stream.first, stream.rows);
    if (!std::ranges::is_sorted(rows, {}, time_of)) std::ranges::stable_sort(rows, {}, time_of);
  }
  std::vector<uint32_t> places(rows_.size()), scratch;
  for (uint32_t place = 0; place < order_.size(); ++place) places[order_[place]] = place;
  for (FlushColumn& column : columns_) column.sort(places, scratch);
}

// Where blocks end.
std::vector<uint32_t> FlushColumns::plan_blocks() const {
  const PartWriterOptions& options = writer_.options();
  std::vector<uint32_t> ends;
  uint64_t rows = 0, bytes = 0;  // of the last one
  bool ends_with_stream = false;
  const auto end_at = [&](uint32_t place) {
    if (rows > 0) ends.push_back(place);
    rows = bytes = 0;
  };
  for (const uint32_t number : sorted_streams_) {
    const Stream& stream = streams_[number];
    const bool fills_blocks = writer_.is_worth_a_block(stream.rows, stream.bytes);
    if (fills_blocks || ends_with_stream || writer_.is_worth_a_block(rows, 0)) end_at(stream.first);
    ends_with_stream = fills_blocks;
    uint64_t most_rows = options.block_rows, most_bytes = options.block_bytes;
    if (fills_blocks) {
      const uint64_t blocks = std::max((stream.rows + most_rows - 1) / most_rows, (stream.bytes + most_bytes - 1) / most_bytes);
      most_rows = (stream.rows + blocks - 1) / blocks;
      most_bytes += most_bytes / 4;  // of one that has longer records than the others
    }
    for (uint32_t place = stream.first; place < stream.first + stream.rows; ++place) {
      if (rows >= most_rows || bytes >= most_bytes) end_at(place);
      ++rows;
      bytes += rows_[order_[place]].bytes;
    }
  }
  end_at(static_cast<uint32_t>(order_.size()));
  return ends;
}

base::Result<> FlushColumns::write_block(uint32_t begin, uint32_t end) {
  places_.clear();
  for (uint32_t place = begin; place < end; ++place) {
    const Row& row = rows_[order_[place]];
    places_.push_back({streams_[row.stream].id, row.time, row.sequence});
  }
  if (auto started = writer_.start_block(places_); !started) return started;
  for (FlushColumn& column : columns_) {
    if (column.has_before(end)) column.take(begin, end, codes_, writer_.column(column.field()));
  }
  return {};
}

}  // namespace tripod::store
