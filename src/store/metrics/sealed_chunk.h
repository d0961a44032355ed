// A full (or frozen) chunk of the head: one piece of memory, shared between the head, queries and the writer of a block.
#pragma once

#include <atomic>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/batch.h"

namespace tripod::store::metrics {

inline constexpr size_t kHeapBlockBytes = 8;  // what the allocator adds to each block

// What decoding needs beside the samples; kept from one chunk to the next, so that its memory is, and the times of series
// that were scraped together are decoded once. Not thread-safe.
struct ChunkScratch {
  std::string time_bytes;
  std::vector<int64_t> times;
  std::vector<double> values;
};

// Immutable; a copy is another reference to the same bytes. Different copies may be used by different threads.
class SealedChunk {
 public:
  enum class Form : uint8_t {
    kBits,     // as OpenChunk grows
    kColumns,  // times, then values, as in a block
  };
  SealedChunk(Form form, int64_t min_time, int64_t max_time, uint16_t count, std::string_view bytes);
  // @pre samples ascend by time, are not empty and fewer than 65,536. kColumns.
  static SealedChunk of(std::span<const model::Sample> samples);

  int64_t min_time() const { return body_->min_time; }
  int64_t max_time() const { return body_->max_time; }
  uint16_t count() const { return body_->count; }
  std::string_view bytes() const { return {body_->data(), body_->size}; }
  size_t memory() const { return sizeof(SealedChunk) + sizeof(Body) + body_->size + 2 * kHeapBlockBytes; }
  // Appends the samples within [start, end] to `out`. The bytes are ours: that they cannot be read is an end of the program.
  void decode(int64_t start, int64_t end, ChunkScratch& scratch, std::vector<model::Sample>& out) const;

 private:
  // The bytes follow it.
  struct Body {
    int64_t min_time;
    int64_t max_time;
    mutable std::atomic<uint32_t> references;
    uint32_t size;
    uint16_t count;
    Form form;

    const char* data() const { return reinterpret_cast<const char*>(this + 1); }
    friend void intrusive_ptr_add_ref(const Body* body) { body->references.fetch_add(1, std::memory_order_relaxed); }
    friend void intrusive_ptr_release(const Body* body) { body->release(); }

   private:
    void release() const;
  };

  boost::intrusive_ptr<const Body> body_;
};

}  // namespace tripod::store::metrics
