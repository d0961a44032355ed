// POST /push/json?format=frames with libcurl, over one connection that is kept.
#pragma once

#include <memory>
#include <span>

#include "base/clock.h"
#include "ship/config.h"
#include "ship/transport.h"

namespace tripod::ship {

// Not thread-safe. Its work is done in poll() and wait().
class CurlTransport final : public Transport {
 public:
  explicit CurlTransport(const Output& output);
  ~CurlTransport() override;
  void start(Upload upload) override;
  std::optional<Answer> poll() override;

  // Waits until one of `readable` can be read, the transfer goes on, or the time is over. Bit i:
  // readable[i] can be.
  uint64_t wait(std::span<const int> readable, int64_t most_ns);

 private:
  struct Handles;
  std::unique_ptr<Handles> curl_;
  const Output& output_;
};

}  // namespace tripod::ship
