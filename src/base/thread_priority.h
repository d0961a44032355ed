// Who goes first where the processor is short.
#pragma once

namespace tripod::base {

// What can wait gives way to those who wait for an acknowledgement. As nice(1) counts; a thread never gets back what it gave up.
enum class ThreadPriority : int {
  kIntake = 0,
  kQuery = 5,
  kMerge = 10,
};

// Of the calling thread (Linux: setpriority(2) of one thread). Where the system refuses it stays as it was: slower answers, none wrong.
void set_thread_priority(ThreadPriority priority);

}  // namespace tripod::base
