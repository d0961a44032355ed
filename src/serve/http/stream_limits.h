// How many streams may be open: in the process, and of one caller.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "serve/auth/principal.h"

namespace tripod::serve {

// Thread-safe. Slots keep it alive.
class StreamLimits : public std::enable_shared_from_this<StreamLimits> {
 public:
  StreamLimits(size_t most, size_t most_of_one) : most_(most), most_of_one_(most_of_one) {}

  // Given back on destruction.
  using Slot = std::shared_ptr<void>;
  // kResourceExhausted when there are as many as there may be.
  base::Result<Slot> take(const Principal& caller);
  size_t open() const;

 private:
  void give_back(const std::string& caller);

  const size_t most_;
  const size_t most_of_one_;
  mutable std::mutex mu_;
  size_t open_ = 0;                          // guarded by mu_
  std::map<std::string, size_t> by_caller_;  // guarded by mu_
};

}  // namespace tripod::serve
