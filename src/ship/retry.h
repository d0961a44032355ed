// What an answer means, and when to try again.
#pragma once

#include <cstdint>
#include <functional>

#include "ship/transport.h"

namespace tripod::ship {

enum class Meaning : uint8_t {
  kTaken,  // 2xx: durable at the server
  kLater,  // no answer, 408, 425, 429, 5xx; and 401, 403, 404, 405, 3xx: of an address or key that
           // somebody will put right
  kTooLarge,  // 413: half of it may be taken
  kNever,     // any other: the same bytes will be refused again
};
Meaning meaning_of(const Answer& answer);

// Exponential with full jitter: the wait before try n is a random part of first * 2^n, at most
// `most`, never under an eighth of that. Not thread-safe.
class Backoff {
 public:
  // `random` answers numbers of 0..1.
  Backoff(int64_t first_ns, int64_t most_ns, std::function<double()> random);
  // After a failed try; at least what the server asked for, which counts up to an hour.
  int64_t next_ns(int64_t retry_after_s);
  void reset() { tries_ = 0; }
  uint32_t tries() const { return tries_; }

 private:
  const int64_t first_ns_;
  const int64_t most_ns_;
  const std::function<double()> random_;
  uint32_t tries_ = 0;
};

}  // namespace tripod::ship
