// From which time on what is stored has changed, so that answers of before can be told from those that still hold.
#pragma once

#include <cstdint>
#include <limits>
#include <mutex>
#include <vector>

namespace tripod::store::metrics {

// Thread-safe. Bounded: of long ago it says that more has changed than did.
class ChangeLog {
 public:
  // To be called once a reader sees the change: samples at `oldest_ms` and after it may be others.
  void changed_from(int64_t oldest_ms);
  // Samples of whatever time may be gone.
  void changed() { changed_from(std::numeric_limits<int64_t>::min()); }

  // Taken before reading: what is read then holds as long as nothing has changed since.
  uint64_t mark() const;
  // The oldest time of all changes since; INT64_MAX where there are none.
  int64_t oldest_since(uint64_t mark) const;

 private:
  struct Change {
    uint64_t number;
    int64_t oldest_ms;
  };
  static constexpr size_t kMost = 1024;

  mutable std::mutex mu_;
  uint64_t last_ = 0;
  // Rising in both members: a change hides those before it that are not older than it.
  std::vector<Change> changes_;
};

}  // namespace tripod::store::metrics
