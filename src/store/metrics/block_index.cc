#include "store/metrics/block_index.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <ranges>

#include "base/hash.h"
#include "store/metrics/posting_codec.h"
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
    const SectionPlace& place = table->places[i];
    if (place.offset > end || place.size > end - place.offset) {
      return fail(Code::kDataLoss, "a section lies outside the index");
    }
    sections_[i] = bytes_.substr(place.offset, place.size);
    if (base::hash64(sections_[i]) != place.hash) {
      return fail(Code::kDataLoss,
                  "checksum of index section " + std::to_string(i) + " does not match");
    }
  }
  if (section(Section::kSymbolOffsets).size() < 4) return fail(Code::kDataLoss, "index without offsets of symbols");
  version_ = table->version;
  symbols_ = SymbolsView(section(Section::kSymbolOffsets), section(Section::kSymbols));
  auto series = SeriesReader::open(version_, section(Section::kSeriesOffsets), section(Section::kSeries), symbols_);
  if (!series) return fail(std::move(series.error()));
  series_ = *series;
  entry_count_ = section(Section::kPostingsTable).size() / sizeof(PostingsEntry);
  return {};
}

std::vector<uint32_t> BlockIndex::page_hashes() const {
  std::vector<uint32_t> out(section(Section::kPages).size() / 4);
  if (!out.empty()) std::memcpy(out.data(), section(Section::kPages).data(), out.size() * 4);
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

PostingsEntry BlockIndex::entry(size_t i) const {
  PostingsEntry out;
  std::memcpy(&out, section(Section::kPostingsTable).data() + i * sizeof(out), sizeof(out));
  return out;
}

std::pair<size_t, size_t> BlockIndex::entries_of(std::string_view name) const {
  const uint32_t symbol = symbols_.find(name);
  if (symbol == symbols_.count()) return {0, 0};
  const auto numbers = std::views::iota(size_t{0}, entry_count_);
  const auto range =
      std::ranges::equal_range(numbers, symbol, {}, [&](size_t i) { return entry(i).name; });
  if (range.empty()) return {0, 0};
  return {*range.begin(), *range.begin() + range.size()};
}

Result<Postings> BlockIndex::list(const PostingsEntry& entry) const {
  const std::string_view lists = section(Section::kPostings);
  if (entry.offset > lists.size()) return fail(Code::kDataLoss, "a postings list lies outside the index");
  Postings out;
  const auto read = version_ == 1 ? read_postings_v1 : read_postings;
  if (!read(lists.substr(entry.offset), entry.count, series_count(), out)) {
    return fail(Code::kDataLoss, "malformed postings list");
  }
  return out;
}

std::vector<std::string_view> BlockIndex::names() const {
  std::vector<std::string_view> out;
  uint32_t last = symbols_.count();
  for (size_t i = 0; i < entry_count_; ++i) {
    const uint32_t name = entry(i).name;
    if (name != last) out.push_back(symbols_.text(name));
    last = name;
  }
  return out;
}

std::vector<std::string_view> BlockIndex::values(std::string_view name) const {
  const auto [first, last] = entries_of(name);
  std::vector<std::string_view> out;
  out.reserve(last - first);
  for (size_t i = first; i < last; ++i) out.push_back(symbols_.text(entry(i).value));
  return out;
}

void BlockIndex::each_pair(
    const std::function<void(std::string_view, std::string_view, uint32_t)>& visit) const {
  for (size_t i = 0; i < entry_count_; ++i) {
    const PostingsEntry at = entry(i);
    visit(symbols_.text(at.name), symbols_.text(at.value), at.count);
  }
}

Result<Postings> BlockIndex::all() const {
  Postings out(series_count());
  std::iota(out.begin(), out.end(), 0u);
  return out;
}

std::optional<PostingsEntry> BlockIndex::entry_of(std::string_view name,
                                                 std::string_view value) const {
  const auto [first, last] = entries_of(name);
  const uint32_t symbol = symbols_.find(value);
  if (first == last || symbol == symbols_.count()) return std::nullopt;
  const auto numbers = std::views::iota(first, last);
  const auto found =
      std::ranges::lower_bound(numbers, symbol, {}, [&](size_t i) { return entry(i).value; });
  if (found == numbers.end() || entry(*found).value != symbol) return std::nullopt;
  return entry(*found);
}

size_t BlockIndex::count(std::string_view name, std::string_view value) const {
  const auto entry = entry_of(name, value);
  return entry ? entry->count : 0;
}

Result<Postings> BlockIndex::of(std::string_view name, std::string_view value) const {
  const auto entry = entry_of(name, value);
  return entry ? list(*entry) : Postings{};
}

Result<Postings> BlockIndex::of_values(std::string_view name,
                                       const std::function<bool(std::string_view)>& accept) const {
  const auto [first, last] = entries_of(name);
  std::vector<Postings> lists;
  for (size_t i = first; i < last; ++i) {
    const PostingsEntry at = entry(i);
    if (!accept(symbols_.text(at.value))) continue;
    auto postings = list(at);
    if (!postings) return postings;
    lists.push_back(std::move(*postings));
  }
  return unite(std::move(lists));
}

Result<> BlockIndex::keep_if(Postings& candidates, std::string_view name,
                             const std::function<bool(std::string_view)>& accept) const {
  BlockSeries series;
  const char* last = nullptr;  // the text asked about last, by where it is; nullptr: none
  bool last_accepted = accept("");
  base::Result<> read;
  std::erase_if(candidates, [&](uint32_t number) {
    if (read) read = series_.read(number, series);
    const auto label = std::ranges::find(series.labels, name, &model::Label::name);
    const std::string_view value = label == series.labels.end() ? std::string_view() : label->value;
    if (value.data() != last) last_accepted = accept(value);
    last = value.data();
    return !last_accepted;
  });
  return read;
}

}  // namespace tripod::store::metrics
