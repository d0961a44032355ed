// Waits for several completions and reports once: the first error, or success when all succeeded.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "base/result.h"

namespace tripod::base {

// Thread-safe. Made with a count of one for its maker: add() per completion to wait for, arrive() for each, and a last
// arrive() by the maker once everything is started; `done` then runs on the thread that arrives last.
class Join {
 public:
  using Done = std::move_only_function<void(Result<>)>;
  explicit Join(Done done) : done_(std::move(done)) {}

  void add() {
    std::lock_guard lock(mu_);
    ++left_;
  }
  void arrive(Result<> result = {}) {
    {
      std::lock_guard lock(mu_);
      if (!result && !error_) error_ = std::move(result.error());
      if (--left_ > 0) return;
    }
    if (error_) done_(fail(std::move(*error_)));
    else done_({});
  }

 private:
  std::mutex mu_;
  size_t left_ = 1;               // guarded by mu_
  std::optional<Error> error_;    // guarded by mu_ until the last arrival
  Done done_;
};

}  // namespace tripod::base
