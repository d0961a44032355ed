// A set of sequence numbers that is cheap to copy: copies share what neither has changed.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tripod::store {

// Thread-safe to read; a copy may be changed while others read the original.
class SequenceSet {
 public:
  bool empty() const { return size_ == 0; }
  uint64_t size() const { return size_; }
  uint64_t last() const;  // @pre not empty
  bool contains(uint64_t sequence) const;
  // Whether any number of [first, last] is in the set, and how many are.
  bool meets(uint64_t first, uint64_t last) const;
  uint64_t count(uint64_t first, uint64_t last) const;
  // Bytes held, shared ones included.
  size_t memory_bytes() const { return chunks_.size() * (sizeof(Chunk) + sizeof(Slot)); }

  void insert(uint64_t sequence);
  void insert_range(uint64_t first, uint64_t last);
  void insert(std::span<const uint64_t> sequences);
  void insert(const SequenceSet& other);
  void erase(uint64_t sequence);
  void erase(const SequenceSet& other);
  void erase_range(uint64_t first, uint64_t last);

  // `fn(sequence)` for those of [first, last], rising.
  template <class Fn>
  void for_each(uint64_t first, uint64_t last, Fn&& fn) const {
    for (auto slot = slot_from(first / kChunk); slot != chunks_.end() && slot->number <= last / kChunk; ++slot) {
      for (size_t w = 0; w < kWords; ++w) {
        for (uint64_t word = slot->chunk->words[w]; word != 0; word &= word - 1) {
          const uint64_t sequence = slot->number * kChunk + w * 64 + static_cast<uint64_t>(std::countr_zero(word));
          if (sequence >= first && sequence <= last) fn(sequence);
        }
      }
    }
  }
  template <class Fn>
  void for_each(Fn&& fn) const {
    for_each(0, UINT64_MAX, std::forward<Fn>(fn));
  }

  // Varint number of ranges, then per range the varint distance from the end of the one before and the varint length.
  std::string encode() const;
  // kDataLoss for anything but what encode() makes, or more than `most` numbers.
  static base::Result<SequenceSet> decode(std::string_view bytes, uint64_t most);

 private:
  static constexpr uint64_t kChunk = 4096;
  static constexpr size_t kWords = kChunk / 64;
  struct Chunk {
    std::array<uint64_t, kWords> words{};
    uint64_t count() const;
  };
  struct Slot {
    uint64_t number;
    std::shared_ptr<Chunk> chunk;  // never empty
  };
  std::vector<Slot>::const_iterator slot_from(uint64_t number) const;
  Chunk& own_chunk(uint64_t number);
  template <class Change>
  void change_chunk(uint64_t number, Change&& change);

  std::vector<Slot> chunks_;  // by number
  uint64_t size_ = 0;
};

}  // namespace tripod::store
