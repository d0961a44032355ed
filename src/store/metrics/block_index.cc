#include "store/metrics/block_index.h"

#include <algorithm>
#include <cstring>
#include <ranges>

#include "base/hash.h"
#include "store/metrics/varint.h"

namespace tripod::store::metrics {

using base::Code;
using base::fail;
using base::Result;

Result<std::unique_ptr<BlockIndex>> BlockIndex::open(std::unique_ptr<base::ReadFile> file) {
  std::unique_ptr<BlockIndex> index(new BlockIndex());
  if (auto loaded = index->load(std::move(file)); !loaded) {
    return fail(std::move(loaded.error()));
  }
  return index;
}

Result<> BlockIndex::load(std::unique_ptr<base::ReadFile> file) {
  file_ = std::move(file);
  bytes_ = file_->mapped();
  if (bytes_.empty()) {
    auto read = file_->read(0, file_->size());
    if (!read) return fail(std::move(read.error()));
    copy_ = std::move(*read);
    bytes_ = copy_;
  }
  if (bytes_.size() < kIndexMagic.size() + kFooterBytes || !bytes_.starts_with(kIndexMagic)) {
    return fail(Code::kDataLoss, "not a block's index");
  }
  auto table = decode_footer(bytes_.substr(bytes_.size() - kFooterBytes));
  if (!table) return fail(std::move(table.error()));
  const uint64_t end = bytes_.size() - kFooterBytes;
  for (size_t i = 0; i < kSectionCount; ++i) {
    const SectionPlace& place = (*table)[i];
    if (place.offset > end || place.size > end - place.offset) {
      return fail(Code::kDataLoss, "a section lies outside the index");
    }
    sections_[i] = bytes_.substr(place.offset, place.size);
    if (base::hash64(sections_[i]) != place.hash) {
      return fail(Code::kDataLoss,
                  "checksum of index section " + std::to_string(i) + " does not match");
    }
  }
  const size_t symbols = section(Section::kSymbolOffsets).size() / 4;
  const size_t series = section(Section::kSeriesOffsets).size() / 4;
  if (symbols == 0 || series == 0) return fail(Code::kDataLoss, "index without offsets");
  symbol_count_ = static_cast<uint32_t>(symbols - 1);
  series_count_ = static_cast<uint32_t>(series - 1);
  entry_count_ = section(Section::kPostingsTable).size() / sizeof(PostingsEntry);
  return {};
}

uint32_t BlockIndex::number_at(Section which, size_t i) const {
  uint32_t v = 0;
  std::memcpy(&v, section(which).data() + i * 4, 4);
  return v;
}

std::vector<uint32_t> BlockIndex::page_hashes() const {
  std::vector<uint32_t> out(section(Section::kPages).size() / 4);
  for (size_t i = 0; i < out.size(); ++i) out[i] = number_at(Section::kPages, i);
  return out;
}

std::optional<TimeColumnPlace> BlockIndex::time_column(uint64_t number) const {
  const std::string_view places = section(Section::kTimeColumns);
  if (number >= places.size() / kTimeColumnPlaceBytes) return std::nullopt;
  ByteReader in(places.substr(number * kTimeColumnPlaceBytes, kTimeColumnPlaceBytes));
  TimeColumnPlace out;
  out.offset = in.fixed<uint64_t>();
  out.size = in.fixed<uint32_t>();
  return out;
}

std::string_view BlockIndex::symbol(uint32_t number) const {
  if (number >= symbol_count_) return {};
  const uint32_t from = number_at(Section::kSymbolOffsets, number);
  const uint32_t to = number_at(Section::kSymbolOffsets, number + 1);
  const std::string_view texts = section(Section::kSymbols);
  if (from > to || to > texts.size()) return {};
  return texts.substr(from, to - from);
}

uint32_t BlockIndex::find_symbol(std::string_view text) const {
  const auto numbers = std::views::iota(0u, symbol_count_);
  const auto found =
      std::ranges::lower_bound(numbers, text, {}, [&](uint32_t i) { return symbol(i); });
  return found != numbers.end() && symbol(*found) == text ? *found : symbol_count_;
}

Result<> BlockIndex::series(uint32_t number, BlockSeries& out) const {
  const std::string_view all_series = section(Section::kSeries);
  const uint32_t from = number < series_count_ ? number_at(Section::kSeriesOffsets, number) : 1;
  const uint32_t to = number < series_count_ ? number_at(Section::kSeriesOffsets, number + 1) : 0;
  if (from > to || to > all_series.size())
    return fail(Code::kDataLoss, "no such series in the index");
  ByteReader in(all_series.substr(from, to - from));
  out.labels.resize(in.varint_at_most(in.left() / 2));
  for (model::Label& label : out.labels) {
    label.name = symbol(static_cast<uint32_t>(in.varint_at_most(symbol_count_)));
    label.value = symbol(static_cast<uint32_t>(in.varint_at_most(symbol_count_)));
  }
  out.chunks.resize(in.varint_at_most(in.left() / 5));
  int64_t last_time = 0;
  uint64_t last_end = 0;
  for (ChunkMeta& chunk : out.chunks) {
    chunk.min_time = wrapping_add(last_time, in.signed_varint());
    chunk.max_time = wrapping_add(chunk.min_time, static_cast<int64_t>(in.varint()));
    chunk.count = static_cast<uint32_t>(in.varint_at_most(kMostSamplesPerBlockChunk));
    chunk.offset = last_end + in.varint();
    chunk.size = static_cast<uint32_t>(in.varint_at_most(1u << 20));
    last_time = chunk.max_time;
    last_end = chunk.offset + chunk.size;
  }
  if (!in.ok()) return fail(Code::kDataLoss, "malformed series in the index");
  return {};
}

PostingsEntry BlockIndex::entry(size_t i) const {
  PostingsEntry out;
  std::memcpy(&out, section(Section::kPostingsTable).data() + i * sizeof(out), sizeof(out));
  return out;
}

std::pair<size_t, size_t> BlockIndex::entries_of(std::string_view name) const {
  const uint32_t symbol = find_symbol(name);
  if (symbol == symbol_count_) return {0, 0};
  const auto numbers = std::views::iota(size_t{0}, entry_count_);
  const auto range =
      std::ranges::equal_range(numbers, symbol, {}, [&](size_t i) { return entry(i).name; });
  if (range.empty()) return {0, 0};
  return {*range.begin(), *range.begin() + range.size()};
}

Result<Postings> BlockIndex::list(const PostingsEntry& entry) const {
  const std::string_view lists = section(Section::kPostings);
  if (entry.offset > lists.size() || entry.count > lists.size() - entry.offset) {
    return fail(Code::kDataLoss, "a postings list lies outside the index");
  }
  ByteReader in(lists.substr(entry.offset));
  Postings out;
  out.reserve(entry.count);
  uint64_t last = 0;
  for (uint32_t i = 0; i < entry.count; ++i) {
    const uint64_t delta = in.varint_at_most(series_count_);
    last += delta;
    if (!in.ok() || last >= series_count_ || (i > 0 && delta == 0)) {
      return fail(Code::kDataLoss, "malformed postings list");
    }
    out.push_back(static_cast<uint32_t>(last));
  }
  return out;
}

std::vector<std::string_view> BlockIndex::names() const {
  std::vector<std::string_view> out;
  uint32_t last = symbol_count_;
  for (size_t i = 0; i < entry_count_; ++i) {
    const uint32_t name = entry(i).name;
    if (name != last) out.push_back(symbol(name));
    last = name;
  }
  return out;
}

std::vector<std::string_view> BlockIndex::values(std::string_view name) const {
  const auto [first, last] = entries_of(name);
  std::vector<std::string_view> out;
  out.reserve(last - first);
  for (size_t i = first; i < last; ++i) out.push_back(symbol(entry(i).value));
  return out;
}

void BlockIndex::each_pair(
    const std::function<void(std::string_view, std::string_view, uint32_t)>& visit) const {
  for (size_t i = 0; i < entry_count_; ++i) {
    const PostingsEntry at = entry(i);
    visit(symbol(at.name), symbol(at.value), at.count);
  }
}

Result<Postings> BlockIndex::all() const {
  Postings out(series_count_);
  for (uint32_t i = 0; i < series_count_; ++i) out[i] = i;
  return out;
}

Result<Postings> BlockIndex::of(std::string_view name, std::string_view value) const {
  const auto [first, last] = entries_of(name);
  const uint32_t symbol = find_symbol(value);
  if (first == last || symbol == symbol_count_) return Postings{};
  const auto numbers = std::views::iota(first, last);
  const auto found =
      std::ranges::lower_bound(numbers, symbol, {}, [&](size_t i) { return entry(i).value; });
  if (found == numbers.end() || entry(*found).value != symbol) return Postings{};
  return list(entry(*found));
}

Result<Postings> BlockIndex::of_values(std::string_view name,
                                       const std::function<bool(std::string_view)>& accept) const {
  const auto [first, last] = entries_of(name);
  std::vector<Postings> lists;
  for (size_t i = first; i < last; ++i) {
    const PostingsEntry at = entry(i);
    if (!accept(symbol(at.value))) continue;
    auto postings = list(at);
    if (!postings) return postings;
    lists.push_back(std::move(*postings));
  }
  return unite(std::move(lists));
}

}  // namespace tripod::store::metrics
