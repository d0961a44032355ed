#include "base/heap.h"

#include <malloc.h>

#include <algorithm>
#include <thread>

namespace tripod::base {

void bound_free_memory() {
  constexpr int kKept = 4 << 20;
  const auto heaps = static_cast<int>(std::max(4u, 2 * std::thread::hardware_concurrency()));
  mallopt(M_ARENA_MAX, heaps);
  mallopt(M_MMAP_THRESHOLD, kKept);
  mallopt(M_TRIM_THRESHOLD, kKept);
}

}  // namespace tripod::base
