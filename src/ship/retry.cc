#include "ship/retry.h"

#include <algorithm>

#include "base/clock.h"

namespace tripod::ship {

Meaning meaning_of(const Answer& answer) {
  const int status = answer.status;
  if (status >= 200 && status < 300) return Meaning::kTaken;
  if (status == 413) return Meaning::kTooLarge;
  if (status < 400 || status >= 500) return Meaning::kLater;
  for (const int later : {401, 403, 404, 405, 407, 408, 425, 429}) {
    if (status == later) return Meaning::kLater;
  }
  return Meaning::kNever;
}

Backoff::Backoff(int64_t first_ns, int64_t most_ns, std::function<double()> random)
    : first_ns_(first_ns), most_ns_(most_ns), random_(std::move(random)) {}

int64_t Backoff::next_ns(int64_t retry_after_s) {
  constexpr uint32_t kMostDoublings = 20;
  constexpr double kLeastPart = 0.125;
  const int64_t whole = std::min(most_ns_, first_ns_ << std::min(tries_, kMostDoublings));
  ++tries_;
  const double part = kLeastPart + (1 - kLeastPart) * random_();
  const auto wait = static_cast<int64_t>(static_cast<double>(whole) * part);
  const int64_t asked = std::min<int64_t>(retry_after_s, 3600) * base::kNanosPerSecond;
  return std::max(wait, asked);
}

}  // namespace tripod::ship
