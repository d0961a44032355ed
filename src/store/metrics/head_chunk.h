// The compressed form in which recent samples stay in memory: a bit stream of delta-of-delta times
// and XORed values.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/batch.h"
#include "store/metrics/xor_codec.h"

namespace tripod::store::metrics {

inline constexpr uint16_t kSamplesPerHeadChunk = 120;

// A full (or frozen) chunk. Immutable, shared between the head, queries and the writer of a block.
struct SealedChunk {
  int64_t min_time = 0;
  int64_t max_time = 0;
  std::shared_ptr<const char[]> data;
  uint32_t size = 0;
  uint16_t count = 0;

  std::string_view bytes() const { return {data.get(), size}; }
  size_t memory() const { return sizeof(SealedChunk) + 32 + size; }
};

// A chunk that still grows. Not thread-safe.
class OpenChunk {
 public:
  // @pre empty(), or time > max_time()
  void append(int64_t time, double value);
  // Asks for the memory that append() will write to, without waiting for it.
  void prefetch() const { __builtin_prefetch(bytes_.data() + bytes_.size(), 1); }
  bool empty() const { return count_ == 0; }
  bool full() const { return count_ >= kSamplesPerHeadChunk; }
  uint16_t count() const { return count_; }
  int64_t min_time() const { return min_time_; }
  int64_t max_time() const { return max_time_; }
  std::string_view bytes() const { return bytes_; }
  size_t heap_bytes() const { return bytes_.capacity() > 15 ? bytes_.capacity() + 16 : 0; }
  // The samples so far as a sealed chunk, a copy; the chunk itself goes on.
  SealedChunk snapshot() const;
  // The same, and starts anew (and empty).
  SealedChunk seal();

 private:
  std::string bytes_;
  uint32_t bits_ = 0;
  uint16_t count_ = 0;
  XorState xor_;
  int64_t min_time_ = 0;
  int64_t max_time_ = 0;
  int64_t delta_ = 0;
};

// Appends the chunk's samples within [start, end] to `out`. False when the bytes are not a chunk of
// `count` samples.
bool decode_head_chunk(std::string_view bytes, uint16_t count, int64_t start, int64_t end,
                       std::vector<model::Sample>& out);

}  // namespace tripod::store::metrics
