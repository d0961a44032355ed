// A growing list of ascending series numbers in 16 bytes: most label values of a head belong to one
// or two series.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

namespace tripod::store::metrics {

// Movable; not thread-safe.
class PostingList {
 public:
  PostingList() = default;
  PostingList(PostingList&& other) noexcept { swap(other); }
  PostingList& operator=(PostingList&& other) noexcept {
    swap(other);
    return *this;
  }
  PostingList(const PostingList&) = delete;
  PostingList& operator=(const PostingList&) = delete;
  ~PostingList() {
    if (capacity_ > kInline) delete[] ids_.heap;
  }

  void push_back(uint32_t id) {
    if (size_ == capacity_) grow();
    data()[size_++] = id;
  }
  std::span<const uint32_t> ids() const {
    return {capacity_ > kInline ? ids_.heap : ids_.here, size_};
  }
  size_t heap_bytes() const { return capacity_ > kInline ? capacity_ * sizeof(uint32_t) + 16 : 0; }

 private:
  static constexpr uint32_t kInline = 2;
  uint32_t* data() { return capacity_ > kInline ? ids_.heap : ids_.here; }
  void grow() {
    const uint32_t capacity = capacity_ * 2;
    auto* bigger = new uint32_t[capacity];
    std::copy_n(data(), size_, bigger);
    if (capacity_ > kInline) delete[] ids_.heap;
    ids_.heap = bigger;
    capacity_ = capacity;
  }
  void swap(PostingList& other) {
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    std::swap(ids_, other.ids_);
  }

  uint32_t size_ = 0;
  uint32_t capacity_ = kInline;
  union {
    uint32_t here[kInline] = {0, 0};
    uint32_t* heap;
  } ids_;
};

}  // namespace tripod::store::metrics
