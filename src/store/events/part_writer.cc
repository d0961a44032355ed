#include "store/events/part_writer.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/compress.h"
#include "base/hash.h"
#include "store/events/rare_fields.h"

namespace tripod::store {
namespace {

template <class T>
std::string_view bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}
template <class T>
std::string_view bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

}  // namespace

size_t PartWriter::TextHash::operator()(std::string_view text) const { return base::hash64(text); }

base::Result<std::unique_ptr<PartWriter>> PartWriter::create(base::Fs& fs, const std::string& path,
                                                             PartWriterOptions options) {
  TRIPOD_CHECK(options.block_rows > 0 && options.block_rows <= kMaxBlockRows);
  auto file = fs.open_append(path, base::Fs::Open::kTruncate);
  if (!file) return base::fail(std::move(file.error()));
  std::unique_ptr<PartWriter> writer(new PartWriter(std::move(*file), options));
  PartHeader header{};
  std::copy(std::begin(kPartMagic), std::end(kPartMagic), header.magic);
  header.version = kPartVersion;
  if (auto done = writer->append(bytes_of(header)); !done) return base::fail(std::move(done.error()));
  return writer;
}

PartWriter::PartWriter(std::unique_ptr<base::AppendFile> file, PartWriterOptions options)
    : file_(std::move(file)), options_(options), columns_(options.zstd_level), fields_(kSystemColumns) {}

uint32_t PartWriter::field(std::string_view name) {
  const auto found = numbers_.find(name);
  if (found != numbers_.end()) return found->second;
  const auto number = static_cast<uint32_t>(fields_.size());
  fields_.emplace_back().name = name;
  numbers_.emplace(name, number);
  return number;
}

base::Result<> PartWriter::start_stream() { return is_worth_a_block(block_rows_, 0) ? end_block() : base::Result<>(); }

base::Result<> PartWriter::start_row(const RowPlace& row) {
  if (block_rows_ >= options_.block_rows || block_bytes_ >= options_.block_bytes) {
    if (auto done = end_block(); !done) return done;
  }
  place(row);
  block_bytes_ += kRowBytes;
  return {};
}

void PartWriter::place(const RowPlace& place) {
  if (block_rows_ == 0) {
    block_ = {};
    block_.min_time = block_.max_time = place.time;
    block_.min_sequence = block_.max_sequence = place.sequence;
  }
  block_.min_time = std::min(block_.min_time, place.time);
  block_.max_time = std::max(block_.max_time, place.time);
  block_.min_sequence = std::min(block_.min_sequence, place.sequence);
  block_.max_sequence = std::max(block_.max_sequence, place.sequence);
  times_.push_back(place.time);
  sequences_.push_back(static_cast<int64_t>(place.sequence));
  fields_[kStreamColumn].stage.add(static_cast<uint16_t>(block_rows_++), model::Value::int64(static_cast<int64_t>(place.stream)));
}

void PartWriter::add(uint32_t number, const model::Value& value) {
  ColumnStage& stage = fields_[number].stage;
  const auto row = static_cast<uint16_t>(block_rows_ - 1);
  if (stage.empty()) {
    in_block_.push_back(number);
  } else if (stage.rows.back() == row) {
    return;
  }
  stage.add(row, value);
  block_bytes_ += bytes_in_block(value);
}

base::Result<> PartWriter::start_block(std::span<const RowPlace> places) {
  if (auto done = end_block(); !done) return done;
  for (const RowPlace& row : places) place(row);
  return {};
}

ColumnStage& PartWriter::column(uint32_t field) {
  in_block_.push_back(field);
  return fields_[field].stage;
}

base::Result<> PartWriter::end_block() {
  if (block_rows_ == 0) return {};
  block_.rows = static_cast<uint32_t>(block_rows_);
  std::string out;
  columns_.start_block(static_cast<uint32_t>(blocks_.size()), block_rows_, offset_, out);
  write_columns();
  end_filter();
  blocks_.push_back(block_);
  rows_ += block_rows_;
  ++gathered_blocks_;
  times_.clear();
  sequences_.clear();
  fields_[kStreamColumn].stage.clear();
  for (uint32_t number : in_block_) fields_[number].stage.clear();
  in_block_.clear();
  block_rows_ = block_bytes_ = 0;
  return append(out);
}

// The offset is made one of the file when the filters are written.
void PartWriter::end_filter() {
  const size_t start = filters_.size();
  const TextFilterBuilder::Sizes sizes = columns_.finish_filter(filters_);
  block_.filter_offset = start;
  block_.bloom_bytes = sizes.bloom_bytes;
  block_.gram_bytes = sizes.gram_bytes;
  block_.filter_checksum = base::hash64(std::string_view(filters_).substr(start));
}

void PartWriter::write_columns() {
  fields_[kTimeColumn].entries.push_back(columns_.write_system(times_));
  fields_[kSequenceColumn].entries.push_back(columns_.write_system(sequences_));
  // Streams are few: a dictionary fits them.
  Field& stream = fields_[kStreamColumn];
  stream.entries.push_back(columns_.write(stream.stage, stream.counts));
  const std::vector<uint32_t> rare = split_rare();
  for (uint32_t number : in_block_) {
    Field& field = fields_[number];
    field.types |= field.stage.types;
    field.rows += field.stage.size();
    if (std::ranges::binary_search(rare, number)) continue;
    field.entries.push_back(columns_.write(field.stage, field.counts));
  }
  if (!rare.empty()) write_rare(rare);
}

// Sorted. Fields with hardly any value, and those past the number of columns a block may have.
std::vector<uint32_t> PartWriter::split_rare() {
  const size_t least_values = block_rows_ / 512;
  std::vector<uint32_t> by_values = in_block_;
  std::ranges::stable_sort(by_values, std::greater<>(), [this](uint32_t number) {
    return fields_[number].stage.size();
  });
  size_t kept = std::min(by_values.size(), options_.max_columns);
  while (kept > 0 && fields_[by_values[kept - 1]].stage.size() < least_values) --kept;
  std::vector<uint32_t> rare(by_values.begin() + static_cast<ptrdiff_t>(kept), by_values.end());
  std::ranges::sort(rare);
  return rare;
}

void PartWriter::write_rare(std::span<const uint32_t> rare) {
  std::string raw;
  std::vector<const ColumnStage*> stages;
  for (uint32_t number : rare) {
    fields_[number].in_rare = true;
    fields_[number].stage.spell_out();
    append_rare_field(raw, number, fields_[number].stage);
    stages.push_back(&fields_[number].stage);
  }
  fields_[kRareColumn].entries.push_back(columns_.write_raw(Encoding::kRareFields, raw, stages));
}

base::Result<> PartWriter::append(std::string_view bytes) {
  offset_ += bytes.size();
  return file_->append(bytes);
}

base::Result<SectionRef> PartWriter::write_section(std::string_view stored, size_t raw_bytes) {
  const SectionRef ref{offset_, static_cast<uint32_t>(stored.size()), static_cast<uint32_t>(raw_bytes),
                       base::hash64(stored)};
  if (auto done = append(stored); !done) return base::fail(std::move(done.error()));
  return ref;
}

base::Result<> PartWriter::write_filters() {
  for (BlockEntry& block : blocks_) block.filter_offset += offset_;
  return append(filters_);
}

base::Result<PartDirectory> PartWriter::write_fields() {
  std::vector<uint32_t> order(fields_.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin() + kSystemColumns, order.end(),
            [this](uint32_t a, uint32_t b) { return fields_[a].name < fields_[b].name; });
  PartDirectory directory;
  for (uint32_t number : order) {
    const Field& field = fields_[number];
    directory.fields.push_back({field.name, number, field.types, field.in_rare, field.rows, offset_,
                                static_cast<uint32_t>(field.entries.size()), {}});
    if (auto done = append(bytes_of(field.entries)); !done) return base::fail(std::move(done.error()));
  }
  for (size_t i = 0; i < order.size(); ++i) {
    const ValueCountsBuilder& counts = fields_[order[i]].counts;
    if (counts.empty()) continue;
    const std::string plain = counts.encode();
    auto section = write_section(base::zstd_compress(plain, options_.zstd_level), plain.size());
    if (!section) return base::fail(std::move(section.error()));
    directory.fields[i].counts = *section;
  }
  return directory;
}

base::Result<PartFooter> PartWriter::finish(base::UnixNanos created, std::vector<uint64_t> replaces) {
  TRIPOD_CHECK(rows() > 0);
  if (auto done = end_block(); !done) return base::fail(std::move(done.error()));
  if (auto done = write_filters(); !done) return base::fail(std::move(done.error()));
  auto directory = write_fields();
  if (!directory) return base::fail(std::move(directory.error()));
  directory->replaces = std::move(replaces);
  PartFooter footer{};
  footer.dataset = static_cast<uint8_t>(options_.dataset);
  footer.blocks = static_cast<uint32_t>(blocks_.size());
  footer.rows = rows_;
  footer.min_time = std::ranges::min(blocks_, {}, &BlockEntry::min_time).min_time;
  footer.max_time = std::ranges::max(blocks_, {}, &BlockEntry::max_time).max_time;
  footer.min_sequence = std::ranges::min(blocks_, {}, &BlockEntry::min_sequence).min_sequence;
  footer.max_sequence = std::ranges::max(blocks_, {}, &BlockEntry::max_sequence).max_sequence;
  footer.created = created;
  footer.raw_bytes = columns_.raw_bytes();
  const std::string plain = directory->encode();
  auto block_table = write_section(bytes_of(blocks_), blocks_.size() * sizeof(BlockEntry));
  if (!block_table) return base::fail(std::move(block_table.error()));
  auto directory_at = write_section(base::zstd_compress(plain, options_.zstd_level), plain.size());
  if (!directory_at) return base::fail(std::move(directory_at.error()));
  footer.block_table = *block_table;
  footer.directory = *directory_at;
  footer.version = kPartVersion;
  footer.rare_fields = static_cast<uint32_t>(std::ranges::count(directory->fields, true, &FieldEntry::in_rare));
  footer.checksum = footer.own_checksum();
  std::copy(std::begin(kPartMagic), std::end(kPartMagic), footer.magic);
  if (auto done = append(bytes_of(footer)); !done) return base::fail(std::move(done.error()));
  if (auto done = file_->sync(); !done) return base::fail(std::move(done.error()));
  return footer;
}

}  // namespace tripod::store
