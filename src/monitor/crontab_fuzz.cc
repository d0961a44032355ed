// Any text as a crontab: what is taken has a next time, which is meant by it, and none is between.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "monitor/schedule.h"

using tripod::base::kNanosPerMinute;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto crontab = tripod::monitor::Crontab::parse(text);
  if (!crontab) return 0;
  tripod::base::UnixNanos at = 1'795'365'477'000'000'000;
  for (int i = 0; i < 3; ++i) {
    const auto next = crontab->next_after(at);
    if (!next) return 0;  // in more than 40 years
    if (*next <= at || *next % kNanosPerMinute != 0 || !crontab->matches(*next)) std::abort();
    for (auto between = *next - kNanosPerMinute; between > at && between > *next - 100 * kNanosPerMinute; between -= kNanosPerMinute) {
      if (crontab->matches(between)) std::abort();
    }
    at = *next;
  }
  // In the hours in which a clock is put back or forward it still goes on.
  const auto schedule = tripod::monitor::Schedule::crontab(text, "Europe/Berlin");
  if (!schedule) std::abort();
  for (const int64_t around : {1'792'890'000LL, 1'774'747'800LL}) {
    tripod::base::UnixNanos time = around * tripod::base::kNanosPerSecond;
    for (int i = 0; i < 3; ++i) {
      const auto next = schedule->next_after(time);
      if (!next) return 0;
      if (*next <= time) std::abort();
      time = *next;
    }
  }
  return 0;
}
