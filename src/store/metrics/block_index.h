// Reads a block's index: symbols, series, postings. Layout: docs/formats/metrics.md.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fs.h"
#include "base/result.h"
#include "model/batch.h"
#include "store/metrics/block_format.h"
#include "store/metrics/block_series.h"
#include "store/metrics/postings.h"
#include "store/metrics/symbols_view.h"

namespace tripod::store::metrics {

// Immutable after open(); thread-safe. Never reads outside the bytes, whatever they are.
class BlockIndex final : public PostingsSource {
 public:
  // Maps or reads the file and verifies every section. kDataLoss when damaged.
  static base::Result<std::unique_ptr<BlockIndex>> open(std::unique_ptr<base::ReadFile> file);

  uint32_t series_count() const { return series_.count(); }
  std::vector<uint32_t> page_hashes() const;
  // nullopt when there is none of this number.
  std::optional<TimeColumnPlace> time_column(uint64_t number) const;
  // See SeriesReader::read().
  base::Result<> series(uint32_t number, BlockSeries& out) const { return series_.read(number, out); }
  // Sorted.
  std::vector<std::string_view> names() const;
  std::vector<std::string_view> values(std::string_view name) const;

  // Of each pair of name and value, sorted: how many series have it.
  void each_pair(const std::function<void(std::string_view name, std::string_view value,
                                          uint32_t series)>& visit) const;

  base::Result<Postings> all() const override;
  size_t size() const override { return series_.count(); }
  size_t count(std::string_view name, std::string_view value) const override;
  base::Result<Postings> of(std::string_view name, std::string_view value) const override;
  base::Result<Postings> of_values(
      std::string_view name, const std::function<bool(std::string_view)>& accept) const override;
  base::Result<> keep_if(Postings& candidates, std::string_view name,
                         const std::function<bool(std::string_view)>& accept) const override;

 private:
  BlockIndex() = default;
  base::Result<> load(std::unique_ptr<base::ReadFile> file);
  std::string_view section(Section which) const { return sections_[static_cast<size_t>(which)]; }
  PostingsEntry entry(size_t i) const;
  // Entries [first, last) of the table that belong to the name.
  std::pair<size_t, size_t> entries_of(std::string_view name) const;
  std::optional<PostingsEntry> entry_of(std::string_view name, std::string_view value) const;
  base::Result<Postings> list(const PostingsEntry& entry) const;

  std::unique_ptr<base::ReadFile> file_;
  std::string copy_;  // where the file cannot be mapped
  std::string_view bytes_;
  std::array<std::string_view, kSectionCount> sections_;
  uint32_t version_ = 0;
  SymbolsView symbols_;
  SeriesReader series_;
  size_t entry_count_ = 0;
};

}  // namespace tripod::store::metrics
