#include "base/random.h"

#include <sys/random.h>

#include <cerrno>

#include "base/hex.h"
#include "base/result.h"

namespace tripod::base {

std::string random_bytes(size_t count) {
  std::string out(count, '\0');
  size_t at = 0;
  while (at < count) {
    const ssize_t got = ::getrandom(out.data() + at, count - at, 0);
    TRIPOD_CHECK(got >= 0 || errno == EINTR);
    if (got > 0) at += static_cast<size_t>(got);
  }
  return out;
}

std::string random_hex(size_t bytes) { return to_hex(random_bytes(bytes)); }

}  // namespace tripod::base
