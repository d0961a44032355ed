#include "base/thread_priority.h"

#include <sys/resource.h>

namespace tripod::base {

// On Linux a process id of 0 names the calling thread.
void set_thread_priority(ThreadPriority priority) { setpriority(PRIO_PROCESS, 0, static_cast<int>(priority)); }

}  // namespace tripod::base
