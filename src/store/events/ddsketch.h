// Quantiles within 1 % relative error in bounded memory: DDSketch (Masson, Rim, Lee: "DDSketch: A Fast and Fully-Mergeable
// Quantile Sketch with Relative-Error Guarantees", VLDB 2019), collapsing the smallest magnitudes past 2048 bins.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "store/events/heap_bytes.h"

namespace tripod::store {

// Not thread-safe.
class DDSketch {
 public:
  // @pre not NaN. Infinities count as the lowest and highest values.
  void add(double value) { add(std::span(&value, 1)); }
  void add(std::span<const double> values);
  // As if everything that `other` has seen had been added here.
  void merge(const DDSketch& other);
  // As if each value had been added `factor` times, 1 or more; counts are rounded.
  void scale(double factor);
  // The value below which the share `quantile` (0..1) of the values lies; 0 without values.
  double quantile(double quantile) const;
  uint64_t count() const { return count_; }
  size_t memory_bytes() const {
    return heap_bytes(sizeof(*this)) + positive_.memory_bytes() + negative_.memory_bytes();
  }

 private:
  // Counts of consecutive bins; bin i holds magnitudes in (gamma^(i-1), gamma^i].
  class Bins {
   public:
    void add(int32_t bin, uint64_t count);
    // Once each.
    void add(std::span<const int32_t> bins);
    void merge(const Bins& other);
    void scale(double factor);
    uint64_t total() const { return total_; }
    size_t memory_bytes() const { return heap_bytes(counts_.capacity() * sizeof(uint64_t)); }
    // The bin of the rank-th value (0 = smallest magnitude). @pre rank < total().
    int32_t bin_of_rank(uint64_t rank) const;

   private:
    void make_room(int32_t bin);
    std::vector<uint64_t> counts_;
    int32_t first_ = 0;  // bin of counts_[0]
    uint64_t total_ = 0;
  };

  // What is no finite number above 0.
  void add_other(double value);

  Bins positive_;
  Bins negative_;
  uint64_t zeros_ = 0;
  uint64_t plus_infinities_ = 0;
  uint64_t minus_infinities_ = 0;
  uint64_t count_ = 0;
};

}  // namespace tripod::store
