#include "store/metrics/block_index_builder.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/hash.h"
#include "store/metrics/posting_codec.h"
#include "store/metrics/varint.h"

namespace tripod::store::metrics {
namespace {

std::string& section(std::array<std::string, kSectionCount>& sections, Section which) {
  return sections[static_cast<size_t>(which)];
}

void put_offset(std::string& out, size_t offset) { put_fixed(out, static_cast<uint32_t>(offset)); }

}  // namespace

BlockIndexBuilder::BlockIndexBuilder(const SymbolTable& symbols)
    : symbols_(symbols), sorted_(symbols.size()), rank_(symbols.size()) {
  std::iota(sorted_.begin(), sorted_.end(), 0u);
  std::ranges::sort(sorted_, {}, [&](Symbol s) { return symbols_.text(s); });
  for (uint32_t i = 0; i < sorted_.size(); ++i) rank_[sorted_[i]] = i;
  add_symbols();
}

void BlockIndexBuilder::add_symbols() {
  std::string& offsets = section(sections_, Section::kSymbolOffsets);
  std::string& texts = section(sections_, Section::kSymbols);
  for (Symbol symbol : sorted_) {
    put_offset(offsets, texts.size());
    texts += symbols_.text(symbol);
  }
  put_offset(offsets, texts.size());
}

void BlockIndexBuilder::add_series(const IndexedSeries& series) {
  labels_.clear();
  for (const auto& [name, value] : series.labels) {
    labels_.emplace_back(rank_[name], rank_[value]);
    pairs_.emplace_back(uint64_t{rank_[name]} << 32 | rank_[value], series_.count());
  }
  series_.add(labels_, series.chunks);
}

void BlockIndexBuilder::add_postings() {
  std::string& table = section(sections_, Section::kPostingsTable);
  std::string& lists = section(sections_, Section::kPostings);
  PostingsWriter writer(lists);
  std::ranges::sort(pairs_);
  for (size_t i = 0; i < pairs_.size();) {
    const uint64_t key = pairs_[i].first;
    const size_t begin = lists.size();
    const size_t first = i;
    for (; i < pairs_.size() && pairs_[i].first == key; ++i) writer.add(pairs_[i].second);
    writer.finish();
    put_offset(table, key >> 32);
    put_offset(table, key & 0xffffffffu);
    put_offset(table, begin);
    put_offset(table, i - first);
  }
}

base::Result<std::string> BlockIndexBuilder::finish(std::string_view page_hashes,
                                                    std::string_view time_columns) {
  section(sections_, Section::kSeriesOffsets) = series_.take_offsets();
  section(sections_, Section::kSeries) = series_.take_entries();
  add_postings();
  section(sections_, Section::kTimeColumns) = time_columns;
  section(sections_, Section::kPages) = page_hashes;
  std::string out(kIndexMagic);
  SectionTable table;
  for (size_t i = 0; i < kSectionCount; ++i) {
    if (sections_[i].size() > std::numeric_limits<uint32_t>::max()) {
      return base::fail(base::Code::kTooLarge, "a section of a block's index exceeds 4 GiB");
    }
    table.places[i] = {out.size(), sections_[i].size(), base::hash64(sections_[i])};
    out += sections_[i];
    sections_[i] = std::string();
  }
  out += encode_footer(table);
  return out;
}

}  // namespace tripod::store::metrics
