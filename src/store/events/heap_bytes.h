// What memory really takes: an allocator rounds up and keeps its own notes beside each piece.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

namespace tripod::store {

// A piece of so many bytes, as glibc's malloc hands it out.
inline size_t heap_bytes(size_t bytes) {
  return bytes == 0 ? 0 : std::max<size_t>(32, (bytes + sizeof(size_t) + 15) / 16 * 16);
}

// What a text has beside itself.
inline size_t heap_bytes(const std::string& text) {
  return text.capacity() > std::string().capacity() ? heap_bytes(text.capacity() + 1) : 0;
}

}  // namespace tripod::store
