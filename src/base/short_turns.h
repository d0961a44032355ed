// Threads that are woken often and work briefly, beside threads that compute.
#pragma once

namespace tripod::base {

// The calling thread works in short bursts, and somebody waits for each: once it is woken it need not wait until those that compute have
// had their turns. It gets no larger share than before. Linux 6.12 and later: the slice that sched_setattr(2) asks for; elsewhere nothing
// changes.
void take_short_turns();

}  // namespace tripod::base
