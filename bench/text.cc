#include <chrono>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "load.h"

namespace tripod::bench {

int64_t now_nanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void append_rfc3339(std::string& out, int64_t nanos) {
  // The part down to the second changes rarely; formatting it each time would cost more than the rest of a line.
  thread_local int64_t last_second = -1;
  thread_local std::string prefix;
  const int64_t second = nanos / 1'000'000'000;
  if (second != last_second) {
    last_second = second;
    prefix = fmt::format("{:%Y-%m-%dT%H:%M:%S}.", fmt::gmtime(static_cast<std::time_t>(second)));
  }
  out += prefix;
  fmt::format_to(std::back_inserter(out), FMT_STRING("{:06}Z"), nanos % 1'000'000'000 / 1000);
}

void append_hex(std::string& out, Random& random, int digits) {
  uint64_t bits = 0;
  for (int i = 0; i < digits; ++i) {
    if (i % 16 == 0) bits = random.next();
    out += "0123456789abcdef"[bits & 15];
    bits >>= 4;
  }
}

void append_uuid(std::string& out, Random& random) {
  append_hex(out, random, 8);
  out += '-';
  append_hex(out, random, 4);
  out += "-4";
  append_hex(out, random, 3);
  out += "-a";
  append_hex(out, random, 3);
  out += '-';
  append_hex(out, random, 12);
}

}  // namespace tripod::bench
