// Hands a batch's items (check-ins, reports, files) to whoever keeps them. One thread: they are few, and each waits for the disk.
#pragma once

#include <functional>
#include <thread>
#include <vector>

#include "base/bounded_queue.h"
#include "base/result.h"
#include "model/batch.h"

namespace tripod::pipeline {

// Thread-safe.
class ItemCommitter {
 public:
  // Durable when it returns; answers what was not taken. An error: nothing is known to be kept, and all of it may come again.
  using Keep = std::function<base::Result<std::vector<model::Rejection>>(const model::Items&)>;
  explicit ItemCommitter(Keep keep);
  ~ItemCommitter();  // keeps what is queued

  // `done` runs once, on the committer's thread, or at once with kResourceExhausted where too many are waiting. The items live until then.
  using Done = std::move_only_function<void(base::Result<std::vector<model::Rejection>>)>;
  void submit(const model::Items& items, Done done);

 private:
  struct Entry {
    const model::Items* items = nullptr;
    Done done;
  };
  void run();

  const Keep keep_;
  base::BoundedQueue<Entry> queue_;
  std::thread thread_;
};

}  // namespace tripod::pipeline
