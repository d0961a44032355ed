// Active series by their labels: exact look-up for appends, postings for queries.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "model/batch.h"
#include "store/metrics/posting_list.h"
#include "store/metrics/postings.h"
#include "store/metrics/series.h"
#include "store/metrics/symbols.h"

namespace tripod::store::metrics {

// Externally synchronised. Series stay where they are until the index is destroyed.
class HeadIndex final : public PostingsSource {
 public:
  HeadIndex();

  // nullptr when there is none. `hash` is hash_labels() of the same labels.
  Series* find(std::span<const model::Label> labels, uint64_t hash);
  // Ask for the memory that find() of the same hash will look at, without waiting for it. Each step reads what the one before brought.
  void prefetch_slot(uint64_t hash) const { __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]); }
  void prefetch_series(uint64_t hash) const;
  void prefetch_labels(uint64_t hash) const;
  // @pre find() gave nullptr
  Series& create(std::span<const model::Label> labels, uint64_t hash);

  Series& at(uint32_t number) { return series_[number]; }
  std::deque<Series>& all_series() { return series_; }
  size_t size() const override { return series_.size(); }
  const std::shared_ptr<SymbolTable>& symbols() const { return symbols_; }
  // Everything but what hangs on the series themselves.
  size_t memory() const;

  size_t count(std::string_view name, std::string_view value) const override;
  // Calls `visit(name, value, number of series)` for each pair, unsorted.
  void each_pair(const std::function<void(Symbol, Symbol, size_t)>& visit) const;
  // Every label name in use, unsorted.
  std::vector<std::string_view> names() const;
  // Calls `visit(value, series numbers)` for each value of the label, unsorted.
  void each_value(
      std::string_view name,
      const std::function<void(std::string_view, std::span<const uint32_t>)>& visit) const;

  base::Result<Postings> all() const override;
  base::Result<Postings> of(std::string_view name, std::string_view value) const override;
  base::Result<Postings> of_values(
      std::string_view name, const std::function<bool(std::string_view)>& accept) const override;
  base::Result<> keep_if(Postings& candidates, std::string_view name,
                         const std::function<bool(std::string_view)>& accept) const override;

 private:
  struct Slot {
    uint64_t hash = 0;
    uint32_t number_plus_one = 0;  // 0: free
  };
  static uint64_t pair_key(Symbol name, Symbol value) { return uint64_t{name} << 32 | value; }
  const Series* likely(uint64_t hash) const;
  bool same_labels(const Series& series, std::span<const model::Label> labels) const;
  void insert_slot(uint64_t hash, uint32_t number);
  void grow_slots();

  std::shared_ptr<SymbolTable> symbols_;  // shared: queries read texts after the lock is gone
  base::Arena arena_;                     // LabelRefs
  std::deque<Series> series_;
  std::vector<Slot> slots_;  // open addressing, linear probing, a power of two
  boost::unordered_flat_map<uint64_t, PostingList> postings_;      // by pair_key
  boost::unordered_flat_map<Symbol, std::vector<Symbol>> values_;  // of each name
  size_t posting_heap_bytes_ = 0;
};

// Of names and values in their order; labels are sorted by name.
uint64_t hash_labels(std::span<const model::Label> labels);

}  // namespace tripod::store::metrics
