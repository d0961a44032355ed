// Bodies to the server and its answers back, one at a time, as a seam: libcurl in production,
// prepared answers in tests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tripod::ship {

struct Upload {
  std::string body;  // frames, not compressed
  std::string batch_id;
  std::string key;  // empty: none
};

struct Answer {
  int status = 0;  // of HTTP; 0: there was none, `error` says why
  std::string error;
  std::string body;
  int64_t retry_after_s = -1;  // of the header; -1: none
};

// Not thread-safe.
class Transport {
 public:
  virtual ~Transport() = default;
  // Called when nothing is under way.
  virtual void start(Upload upload) = 0;
  // The answer, once; nothing while it is awaited, or nothing is under way.
  virtual std::optional<Answer> poll() = 0;
};

}  // namespace tripod::ship
