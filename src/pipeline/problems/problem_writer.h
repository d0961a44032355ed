// What was found becomes error events of the pipeline, once a second.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "model/batch.h"
#include "pipeline/problems/problem_finder.h"

namespace tripod::pipeline::problems {

// Collects and submits, on a thread of its own. What could not be stored is submitted again, up to so many problems; the oldest beyond are given
// up, with a line in the log.
class ProblemWriter {
 public:
  static constexpr size_t kMostPending = 10'000;
  // Waits until it is stored. All events of a batch are of the project.
  using Submit = std::function<base::Result<>(model::Batch&& batch, uint64_t project)>;
  ProblemWriter(ProblemFinder& finder, const base::Clock& clock, base::Logger& log, Submit submit);
  ~ProblemWriter();

  void start();
  // Ends the thread; what still waits for the end of its request is judged by what is known. Nothing is added any more.
  void stop();
  // What the thread does, for tests.
  void write(bool is_last = false);

 private:
  void run();
  base::Result<> submit_pending();

  ProblemFinder& finder_;
  const base::Clock& clock_;
  base::Logger& log_;
  const Submit submit_;
  std::vector<Occurrence> pending_;   // the thread's; the oldest first
  std::mutex mu_;
  std::condition_variable wake_;
  bool stopping_ = false;   // guarded by mu_
  std::thread thread_;
};

}  // namespace tripod::pipeline::problems
