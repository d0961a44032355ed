// The compressed form in which recent samples stay in memory: a bit stream of delta-of-delta times
// and XORed values.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "model/batch.h"
#include "store/metrics/sealed_chunk.h"
#include "store/metrics/xor_codec.h"

namespace tripod::store::metrics {

inline constexpr uint16_t kSamplesPerHeadChunk = 120;

// Bytes that grow a little at a time: there are as many as there are series. Not thread-safe.
class GrowingBytes {
 public:
  GrowingBytes() = default;
  GrowingBytes(GrowingBytes&& other) noexcept { *this = std::move(other); }
  GrowingBytes& operator=(GrowingBytes&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }

  char* data() { return data_.get(); }
  const char* data() const { return data_.get(); }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  // @pre size() <= size < 64 KiB. New bytes are zero.
  void resize(size_t size) {
    if (size > capacity_) grow(size);
    size_ = static_cast<uint16_t>(size);
  }

 private:
  void grow(size_t at_least);

  std::unique_ptr<char[]> data_;  // zero from size_ on
  uint16_t size_ = 0;
  uint16_t capacity_ = 0;
};

// A chunk that still grows. Not thread-safe.
class OpenChunk {
 public:
  // @pre empty(), or time > max_time()
  void append(int64_t time, double value);
  // Asks for the memory that append() will write to, without waiting for it.
  void prefetch() const { __builtin_prefetch(bytes_.data() + bytes_.size(), 1); }
  bool empty() const { return count_ == 0; }
  uint16_t count() const { return count_; }
  int64_t min_time() const { return min_time_; }
  int64_t max_time() const { return max_time_; }
  std::string_view bytes() const { return {bytes_.data(), bytes_.size()}; }
  size_t heap_bytes() const { return bytes_.capacity() > 0 ? bytes_.capacity() + kHeapBlockBytes : 0; }
  // Gives the samples so far and starts anew, empty. Quick: they stay in the form they have.
  SealedChunk seal();
  // The same in columns: a third of the bytes, for some microseconds.
  SealedChunk seal_columns();

 private:
  GrowingBytes bytes_;
  uint32_t bits_ = 0;
  uint16_t count_ = 0;
  XorState xor_;
  int64_t min_time_ = 0;
  int64_t max_time_ = 0;
  int64_t delta_ = 0;
};

// Appends the chunk's samples within [start, end] to `out`. False when the bytes are not a chunk of
// `count` samples.
bool decode_open_chunk(std::string_view bytes, uint16_t count, int64_t start, int64_t end,
                       std::vector<model::Sample>& out);

}  // namespace tripod::store::metrics
