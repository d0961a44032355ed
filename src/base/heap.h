// What the C library keeps of memory that was freed.
#pragma once

namespace tripod::base {

// Bounds that (glibc: mallopt(3)), which otherwise grows with the largest buffer ever freed and with the number of threads: buffers
// of 4 MiB and more, and the free end of each of a few heaps, go back to the system at once. To be called before other threads start.
void bound_free_memory();

}  // namespace tripod::base
