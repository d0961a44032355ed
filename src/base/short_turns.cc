#include "base/short_turns.h"

#include <linux/types.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tripod::base {
namespace {

// As sched_setattr(2) has it; older C libraries declare neither it nor the call.
struct SchedulingAttributes {
  __u32 size = sizeof(SchedulingAttributes);
  __u32 policy = SCHED_OTHER;
  __u64 flags = 0;
  __s32 nice = 0;
  __u32 priority = 0;
  __u64 runtime = 0;  // nanoseconds; of SCHED_OTHER: the slice
  __u64 deadline = 0;
  __u64 period = 0;
};
static_assert(sizeof(SchedulingAttributes) == 48);

constexpr __u64 kShortTurn = 200'000;

}  // namespace

void take_short_turns() {
  SchedulingAttributes attributes;
  attributes.nice = getpriority(PRIO_PROCESS, 0);
  attributes.runtime = kShortTurn;
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace tripod::base
